//! What authors read when something is wrong: every case under `tests/ui`, with the diagnostics it gets.
//!
//! `tests/ui/<code>/<situation>.idl`, or a folder `<situation>/` of several files, is compiled; `<situation>.snap` beside
//! it holds what is drawn. Cases called `ok-*` are compiled without a word. What a case may leave out, so that each shows
//! its own fault alone, is in `given`.
//!
//! `cargo test --test ui -- unknown-mark` runs the cases whose path holds that; `INSTA_UPDATE=always` or `cargo insta`
//! accepts what has changed.

mod cases;
mod given;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

use cases::{entries, name};
use libtest_mimic::{Arguments, Failed, Trial};
use wiregate_codegen::render::{Format, render};
use wiregate_codegen::rules;
use wiregate_codegen::source::MAX_FILE_BYTES;

use given::compile_example;

fn main() -> io::Result<ExitCode> {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut trials = Vec::new();
    let mut folders = BTreeSet::new();
    for folder in entries(&root)? {
        let code = name(&folder);
        for case in entries(&folder)? {
            if case.is_dir() || case.extension().is_some_and(|extension| extension == "idl") {
                let code = code.clone();
                let title = format!("{code}/{}", situation(&case));
                trials.push(Trial::test(title, move || check(&case, &code)));
            }
        }
        folders.insert(code);
    }
    trials.push(Trial::test("every_rule_has_a_case", move || pairing(&folders)));
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

/// Compiles a case and holds what is drawn against its snapshot.
fn check(case: &Path, code: &str) -> Result<(), Failed> {
    let situation = situation(case);
    let mut files = files(case)?;
    if code == "file-too-large" {
        // Padded here, so that no such file is in the repository.
        files
            .iter_mut()
            .for_each(|(_, text)| text.resize(text.len() + MAX_FILE_BYTES, b'\n'));
    }
    let (sources, diagnostics) = compile_example(files, code);
    let drawn = render(&sources, &diagnostics, Format::Human, false);
    if situation.starts_with("ok-") {
        return match diagnostics.is_empty() {
            true => Ok(()),
            false => Err(format!("a good case is reported:\n{drawn}").into()),
        };
    }
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(case.parent().unwrap_or(case));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(situation, drawn));
    if !diagnostics.iter().any(|diagnostic| diagnostic.rule.code == code) {
        return Err(format!("`{code}` is not reported:\n{drawn}").into());
    }
    Ok(())
}

/// The files of a case, by their paths in it.
fn files(case: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    if !case.is_dir() {
        return Ok(vec![(name(case), fs::read(case)?)]);
    }
    let mut files = Vec::new();
    let mut folders = vec![(case.to_owned(), String::new())];
    while let Some((folder, below)) = folders.pop() {
        for entry in entries(&folder)? {
            let path = format!("{below}{}", name(&entry));
            match entry.is_dir() {
                true => folders.push((entry, format!("{path}/"))),
                false => files.push((path, fs::read(entry)?)),
            }
        }
    }
    Ok(files)
}

/// Every code has a folder, and every folder is a code.
fn pairing(folders: &BTreeSet<String>) -> Result<(), Failed> {
    let codes: BTreeSet<String> = rules::RULES.iter().map(|rule| rule.code.to_owned()).collect();
    let strangers: Vec<_> = folders.difference(&codes).collect();
    if !strangers.is_empty() {
        return Err(format!("no rule has the code of these folders: {strangers:?}").into());
    }
    let missing: Vec<_> = codes.difference(folders).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!("these rules have no case under tests/ui: {missing:?}").into()),
    }
}

fn situation(case: &Path) -> String {
    case.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
