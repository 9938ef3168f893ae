//! `test`: everything that must hold before a change lands, one step after another.
//!
//! In: the working tree. Out: each step's own output, then one line that counts them. What a step needs beyond the
//! toolchain, Node and npm, it installs itself from lock files.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// How much to run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What an author runs before every push.
    Usual,
    /// With what takes longer: benchmarks, packaging.
    Full,
}

struct Step {
    name: &'static str,
    folder: &'static str,
    command: &'static [&'static str],
}

/// Tools that must be there, and how to get them.
const TOOLS: &[(&[&str], &str)] = &[
    (
        &["cargo", "fmt", "--version"],
        "install it with `rustup component add rustfmt`",
    ),
    (
        &["cargo", "clippy", "--version"],
        "install it with `rustup component add clippy`",
    ),
    (
        &["node", "--version"],
        "install Node 20 or later from https://nodejs.org",
    ),
    (&["npm", "--version"], "it comes with Node: https://nodejs.org"),
];

const AGREEMENT: &str = "tests/typescript";
const SECOND: &str = "examples/foundry";

#[rustfmt::skip]
const USUAL: &[Step] = &[
    step("format", ".", &["cargo", "fmt", "--all", "--check"]),
    step("benchmarks, format", "bench", &["cargo", "fmt", "--all", "--check"]),
    step("fuzz targets, format", "runtime/fuzz", &["cargo", "fmt", "--all", "--check"]),
    step("protocol rules and changes", ".", &["cargo", "xtask", "check", "--deny-warnings"]),
    step("fresh output", ".", &["cargo", "xtask", "gen", "--check"]),
    step("lints", ".", &[
        "cargo", "clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings",
    ]),
    step("Rust tests", ".", &["cargo", "test", "--quiet", "--locked", "--workspace", "--all-features", "--no-fail-fast"]),
    step("TypeScript tools", AGREEMENT, &["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]),
    step("TypeScript tests", AGREEMENT, &["npm", "test", "--silent"]),
    step("second protocol, format", SECOND, &["cargo", "fmt", "--all", "--check"]),
    // It shows a gate with a day of decision, which will pass.
    step("second protocol, rules", SECOND, &["cargo", "xtask", "check", "--deny-warnings", "--today", "2027-01-01"]),
    step("second protocol, fresh output", SECOND, &["cargo", "xtask", "gen", "--check"]),
    step("second protocol, Rust tests", SECOND, &["cargo", "test", "--quiet", "--locked", "--workspace", "--all-features", "--no-fail-fast"]),
];

#[rustfmt::skip]
const FULL: &[Step] = &[
    // Without the peers, which are most of the work and know nothing of ours.
    step("benchmarks, lints", "bench", &["cargo", "clippy", "--quiet", "--locked", "--workspace", "--no-default-features", "--", "-D", "warnings"]),
    step("fuzz targets, lints", "runtime/fuzz", &["cargo", "clippy", "--quiet", "--locked", "--all-targets", "--", "-D", "warnings"]),
    step("package wiregate-codegen", ".", &["cargo", "package", "--quiet", "--locked", "--allow-dirty", "-p", "wiregate-codegen"]),
    step("package wiregate-runtime", ".", &["cargo", "package", "--quiet", "--locked", "--allow-dirty", "-p", "wiregate-runtime"]),
];

/// The shapes that the app-server protocol is compared with lie beside the repository, where they are there at all.
const REFERENCE: &str = "../shared/reference/app-server";

#[rustfmt::skip]
const AGAINST_REFERENCE: &[Step] = &[
    step("definitions equal the reference", ".", &[
        "python3", "../shared/tools/schema_equiv.py", "generated/json/experimental/app-server.namespaced.json",
        "../shared/reference/app-server/experimental.schemas.json", "--deviations", "fixtures/reference/deviations.experimental.json",
    ]),
    step("definitions without what is gated equal the reference", ".", &[
        "python3", "../shared/tools/schema_equiv.py", "generated/json/stable/app-server.namespaced.json",
        "../shared/reference/app-server/stable.schemas.json", "--deviations", "fixtures/reference/deviations.stable.json",
    ]),
];

const fn step(name: &'static str, folder: &'static str, command: &'static [&'static str]) -> Step {
    Step {
        name,
        folder,
        command,
    }
}

/// Runs every step, also after one that failed, so that one run says all that is wrong.
pub(crate) fn run(extent: Extent) -> ExitCode {
    let missing: Vec<_> = TOOLS.iter().filter(|(command, _)| !answers(command)).collect();
    for (command, help) in &missing {
        eprintln!(
            "error: `{}` is not there\nhelp: {help}",
            command[..command.len() - 1].join(" ")
        );
    }
    if !missing.is_empty() {
        return ExitCode::from(4);
    }
    let mut steps: Vec<&Step> = USUAL.iter().collect();
    if extent == Extent::Full {
        steps.extend(FULL);
    }
    if Path::new(REFERENCE).exists() {
        steps.extend(AGAINST_REFERENCE);
    } else {
        for step in AGAINST_REFERENCE {
            println!("== {}: left out, {REFERENCE} is not there", step.name);
        }
    }
    let mut failed = Vec::new();
    for step in &steps {
        let begin = Instant::now();
        println!("== {}: {}", step.name, step.command.join(" "));
        let held = perform(step);
        println!(
            "== {}: {} ({:.1} s)",
            step.name,
            if held { "ok" } else { "FAILED" },
            begin.elapsed().as_secs_f32()
        );
        if !held {
            failed.push(step);
        }
    }
    println!();
    for step in &failed {
        println!(
            "failed: {}: (cd {} && {})",
            step.name,
            step.folder,
            step.command.join(" ")
        );
    }
    println!("{} passed, {} failed", steps.len() - failed.len(), failed.len());
    if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn perform(step: &Step) -> bool {
    let [program, arguments @ ..] = step.command else {
        return false;
    };
    let status = Command::new(program)
        .args(arguments)
        .current_dir(Path::new(step.folder))
        .status();
    match status {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("error: cannot run `{program}`: {error}");
            false
        }
    }
}

fn answers(command: &[&str]) -> bool {
    Command::new(command[0])
        .args(&command[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
