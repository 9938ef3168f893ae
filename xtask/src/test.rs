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
    /// With what takes longer: packaging.
    Full,
}

struct Step {
    name: &'static str,
    command: &'static [&'static str],
    folder: &'static str,
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

const USUAL: &[Step] = &[
    Step {
        name: "format",
        command: &["cargo", "fmt", "--all", "--check"],
        folder: ".",
    },
    Step {
        name: "fresh output",
        command: &["cargo", "xtask", "gen", "--check"],
        folder: ".",
    },
    Step {
        name: "protocol rules",
        command: &["cargo", "xtask", "check", "--deny-warnings"],
        folder: ".",
    },
    Step {
        name: "lints",
        command: &[
            "cargo",
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
        folder: ".",
    },
    Step {
        name: "Rust tests",
        command: &[
            "cargo",
            "test",
            "--quiet",
            "--workspace",
            "--all-features",
            "--locked",
        ],
        folder: ".",
    },
];

const FULL: &[Step] = &[
    Step {
        name: "package wiregate-codegen",
        command: &[
            "cargo",
            "package",
            "--quiet",
            "--locked",
            "--allow-dirty",
            "-p",
            "wiregate-codegen",
        ],
        folder: ".",
    },
    Step {
        name: "package wiregate-runtime",
        command: &[
            "cargo",
            "package",
            "--quiet",
            "--locked",
            "--allow-dirty",
            "-p",
            "wiregate-runtime",
        ],
        folder: ".",
    },
];

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
    let full: &[Step] = if extent == Extent::Full { FULL } else { &[] };
    let mut failed = Vec::new();
    let steps = USUAL.iter().chain(full);
    let count = steps.clone().count();
    for step in steps {
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
    println!("{} passed, {} failed", count - failed.len(), failed.len());
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
