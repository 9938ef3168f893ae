//! Recordings of what went over the wire: what is found in them, rule by rule.
//!
//! `tests/recordings/<rule>/<situation>.jsonl` breaks the rule, and `<situation>.snap` beside it holds what is printed; those
//! called `ok-*` keep it, and nothing is found but what their clients do wrong. They are of the protocol in `tests/recordings/protocol`, or of that of
//! `examples/foundry`, which is strict.
//!
//! `cargo test --test recordings -- order` checks the recordings whose path holds that; `INSTA_UPDATE=always` or
//! `cargo insta` accepts what has changed.

mod cases;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use cases::{entries, name};
use libtest_mimic::{Arguments, Failed, Trial};
use wiregate_codegen::ir::{self, Protocol};
use wiregate_codegen::recording::{Finding, Rule, Side, check};
use wiregate_codegen::source::SourceMap;

fn main() -> io::Result<ExitCode> {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let mut shown = BTreeSet::new();
    for folder in entries(&root().join("tests/recordings"))? {
        let rule = name(&folder);
        for case in entries(&folder)? {
            if case.extension().is_some_and(|extension| extension == "jsonl") {
                let situation = case
                    .file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                shown.insert((rule.clone(), situation.starts_with("ok-")));
                let title = format!("{rule}/{situation}");
                let rule = rule.clone();
                trials.push(Trial::test(title, move || hold(&case, &rule, &situation)));
            }
        }
    }
    trials.push(Trial::test("every_rule_is_shown_broken_and_kept", move || {
        every_rule(&shown)
    }));
    trials.push(Trial::test("every_rule_is_documented", documented));
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The protocol that a recording is of.
fn protocol(recording: &str) -> Protocol {
    if recording.contains(r#""protocol":"Foundry""#) {
        let model = fs::read(root().join("../examples/foundry/generated/protocol.json")).unwrap();
        return ir::read(&model).unwrap();
    }
    let sources = SourceMap::load(&root().join("tests/recordings/protocol"), "protocol").unwrap();
    let (protocol, diagnostics) = wiregate_codegen::compile(&sources);
    let diagnostics = diagnostics.into_sorted();
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    protocol.unwrap()
}

fn hold(case: &Path, rule: &str, situation: &str) -> Result<(), Failed> {
    let text = fs::read_to_string(case)?;
    let mut findings = Vec::new();
    let summary = check(&protocol(&text), text.as_bytes(), &mut |finding: &Finding| {
        findings.push(finding.clone());
    })?;
    let mut printed = String::new();
    for found in &findings {
        let note = if found.note { "note: " } else { "" };
        let by = found.by.map_or("file", |by| by.as_str());
        let see = found
            .see
            .map_or_else(String::new, |line| format!(" (line {line})"));
        let help = found
            .help
            .map_or_else(String::new, |help| format!("\n  help: {help}"));
        printed += &format!(
            "{}: {}: {note}{by}: {}{see}{help}\n",
            found.line,
            found.rule.name(),
            found.text
        );
    }
    if situation.starts_with("ok-") {
        let by_client = |found: &Finding| found.by == Some(Side::Client) && found.rule.name() != rule;
        return match findings.iter().all(by_client) {
            true => Ok(()),
            false => Err(format!("something is found in a good recording:\n{printed}").into()),
        };
    }
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(case.parent().unwrap_or(case));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(situation, format!("{printed}{summary:#?}")));
    if !findings.iter().any(|found| found.rule.name() == rule) {
        return Err(format!("`{rule}` is not found:\n{printed}").into());
    }
    Ok(())
}

fn every_rule(shown: &BTreeSet<(String, bool)>) -> Result<(), Failed> {
    for rule in Rule::ALL {
        for kept in [false, true] {
            if !shown.contains(&(rule.name().to_owned(), kept)) {
                return Err(format!(
                    "no recording shows `{}` {}",
                    rule.name(),
                    if kept { "kept" } else { "broken" }
                )
                .into());
            }
        }
    }
    let names: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    match names.len() == Rule::ALL.len() {
        true => Ok(()),
        false => Err("two rules have one name".into()),
    }
}

fn documented() -> Result<(), Failed> {
    let page = fs::read_to_string(root().join("../docs/recordings.md"))?;
    for rule in Rule::ALL {
        let row = format!("| `{}` | {} |", rule.name(), rule.purpose());
        if !page.contains(&row) {
            return Err(format!("docs/recordings.md has no row:\n{row}").into());
        }
    }
    Ok(())
}
