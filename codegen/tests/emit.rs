//! What comes out of each construct of the language: every case under `tests/emit`, in every target.
//!
//! `tests/emit/<feature>/input.idl` is compiled, with the foreign schemas and `exchanges/` beside it; `<target>.snap`
//! beside it holds what that target makes of it, so that one review shows one change in every language. Files that are
//! the same for every protocol are left out but in the cases of [`WHOLE`]. An input that declares no `protocol` is given one.
//!
//! `cargo test --test emit -- presence` runs the cases whose name holds that; `INSTA_UPDATE=always` or `cargo insta`
//! accepts what has changed.

mod cases;

use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

use cases::{entries, name};
use libtest_mimic::{Arguments, Failed, Trial};
use wiregate_codegen::compile;
use wiregate_codegen::emit::{self, EmitOptions};
use wiregate_codegen::exchanges::Exchanges;
use wiregate_codegen::files::Files;
use wiregate_codegen::gates::{EXPERIMENTAL, STABLE};
use wiregate_codegen::render::{Format, render};
use wiregate_codegen::source::SourceMap;

/// Each target, with the beginning of the paths that it writes, and what is left out where a case is not about it. What
/// there is by profile is shown with every gate open, and once more with none where the case declares a gate.
const TARGETS: &[(&str, &str, &[&str])] = &[
    ("model", "protocol.json", &[]),
    (
        "rust",
        "rust/src/",
        &[
            "/errors.rs",
            "/lib.rs",
            "/messages.rs",
            "/methods.rs",
            "/mod.rs",
            "/peers.rs",
            "/router.rs",
            "/services.rs",
            "/support.rs",
            "/v2_input.rs",
        ],
    ),
    (
        "typescript",
        "typescript/{profile}/",
        &["JsonValue.ts", "index.ts", "methods.ts", "package.json"],
    ),
    (
        "json",
        "json/{profile}/case.flat.json",
        &["Notification.json", "Request.json"],
    ),
    ("docs", "docs/", &["README.md"]),
];

/// Cases that show the files that others leave out.
const WHOLE: &[&str] = &["gates", "methods"];

/// A case, and the one of those files that it is about.
const ABOUT: (&str, &str) = ("keys", "/methods.rs");

fn main() -> io::Result<ExitCode> {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emit");
    let mut trials = Vec::new();
    for folder in entries(&root)? {
        let title = name(&folder);
        trials.push(Trial::test(title, move || check(&folder)));
    }
    assert!(!trials.is_empty(), "{} holds no case", root.display());
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

/// Compiles a case and holds what each target makes of it against its snapshot.
fn check(folder: &Path) -> Result<(), Failed> {
    let sources = sources(folder)?;
    let (protocol, diagnostics) = compile(&sources);
    let diagnostics = diagnostics.into_sorted();
    let Some(protocol) = protocol else {
        return Err(render(&sources, &diagnostics, Format::Human, false).into());
    };
    let options = EmitOptions {
        command: "cargo xtask gen".to_owned(),
        ..EmitOptions::default()
    };
    let exchanges = Exchanges::read(&protocol, &exchanges(folder)?).map_err(|faults| faults.join("\n"))?;
    let files = emit::emit(&protocol, &options, &exchanges);
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let gated = !protocol.gates.is_empty();
    let whole = if gated { EXPERIMENTAL } else { STABLE };
    for (target, beginning, boilerplate) in TARGETS {
        let case = name(folder);
        let shown = |file: &str| WHOLE.contains(&case.as_str()) || ABOUT == (&*case, file);
        let left_out = boilerplate.iter().copied().filter(|file| !shown(file));
        let left_out: Vec<&str> = left_out.collect();
        let text_of = |profile: &str| text(&files, &beginning.replace("{profile}", profile), &left_out);
        settings.bind(|| insta::assert_snapshot!(*target, text_of(whole)));
        if gated && beginning.contains("{profile}") {
            settings.bind(|| insta::assert_snapshot!(format!("{target}-stable"), text_of(STABLE)));
        }
    }
    Ok(())
}

/// The files of one target as one text.
fn text(files: &Files, beginning: &str, left_out: &[&str]) -> String {
    files
        .iter()
        .filter(|(path, _)| path.starts_with(beginning))
        .filter(|(path, _)| !left_out.iter().any(|end| path.ends_with(end)))
        .map(|(path, bytes)| format!("==> {path}\n{}\n", String::from_utf8_lossy(bytes)))
        .collect()
}

/// The exchanges beside a case: `exchanges/<method>.json`.
fn exchanges(folder: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut folders = vec![(folder.join("exchanges"), String::new())];
    while let Some((folder, below)) = folders.pop() {
        for path in entries(&folder).unwrap_or_default() {
            let shown = format!("{below}{}", name(&path));
            if path.is_dir() {
                folders.push((path, format!("{shown}/")));
            } else {
                files.push((shown, fs::read(&path)?));
            }
        }
    }
    Ok(files)
}

fn sources(folder: &Path) -> io::Result<SourceMap> {
    let input = fs::read(folder.join("input.idl"))?;
    let declared = String::from_utf8_lossy(&input)
        .lines()
        .any(|line| line.starts_with("protocol "));
    let mut files = vec![("input.idl".to_owned(), input)];
    for path in entries(folder)? {
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push((name(&path), fs::read(&path)?));
        }
    }
    if !declared {
        let protocol = "//! Declares the protocol of this case.\n\nprotocol Case version \"0.1.0\";\n";
        files.push(("protocol.idl".to_owned(), protocol.into()));
    }
    Ok(SourceMap::from_files(files))
}
