//! Values held to the model, against all fixtures of the app-server protocol: what the emitted types accept and refuse, and
//! where. `fixtures/README.md` says what each folder means.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wiregate_codegen::conform::{Conform, Fault, Json, Spelling, Use};
use wiregate_codegen::ir::{self, DefName, Protocol};
use wiregate_codegen::skeleton::Skeletons;

/// Everything stands open.
fn open(_: &str) -> bool {
    true
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn model(file: &str) -> Protocol {
    ir::read(&fs::read(root().join(file)).unwrap()).unwrap()
}

fn hold(
    protocol: &Protocol,
    definition: &DefName,
    text: &str,
    spelling: Spelling,
) -> Result<Vec<Use>, Fault> {
    let value = Json::read(text).unwrap();
    let (outcome, uses) = Conform::new(protocol, spelling, &open).definition(definition, &value);
    outcome.map(|()| uses)
}

/// Calls `check` with each fixture of a relation: its name, its definition and its text; it says what is wrong.
fn each(relation: &str, least: usize, check: impl Fn(&Protocol, &str, &DefName, &str) -> Option<String>) {
    let protocol = model("generated/protocol.json");
    let (mut count, mut wrong) = (0, Vec::new());
    for (name, _) in &protocol.definitions {
        let folder = root().join("fixtures").join(name.name()).join(relation);
        let Ok(entries) = fs::read_dir(folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let shown = path.strip_prefix(root()).unwrap().display().to_string();
            let text = fs::read_to_string(&path).unwrap();
            count += 1;
            if let Some(what) = check(&protocol, &shown, name, &text) {
                wrong.push(format!("{shown}: {what}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count >= least, "only {count} fixtures");
}

fn accepted(outcome: Result<Vec<Use>, Fault>) -> Option<String> {
    outcome.err().map(|fault| fault.to_string())
}

fn refused_at(outcome: Result<Vec<Use>, Fault>, path: &str) -> Option<String> {
    match outcome {
        Ok(_) => Some("it was accepted".to_owned()),
        Err(fault) if fault.path() == path => None,
        Err(fault) => Some(format!("`{fault}`, not at `{path}`")),
    }
}

#[test]
fn what_is_valid_is_read() {
    each("valid", 900, |protocol, _, name, text| {
        accepted(hold(protocol, name, text, Spelling::Read))
    });
}

#[test]
fn what_rust_writes_is_written_as_the_model_says() {
    let otherwise = |shown: &str| root().join(shown.replace(".json", ".written.json")).exists();
    each("valid", 900, |protocol, shown, name, text| {
        if otherwise(shown) {
            return None;
        }
        accepted(hold(protocol, name, text, Spelling::Written))
    });
}

#[test]
fn what_is_lenient_is_read_and_written_as_the_model_says() {
    each("lenient", 100, |protocol, _, name, text| {
        let fixture: Value = serde_json::from_str(text).unwrap();
        let read = hold(protocol, name, &fixture["value"].to_string(), Spelling::Read);
        let written = hold(protocol, name, &fixture["written"].to_string(), Spelling::Written);
        accepted(read).or(accepted(written).map(|fault| format!("written: {fault}")))
    });
}

#[test]
fn what_is_spelled_as_it_once_was_is_not_written() {
    let mut old = 0;
    let protocol = model("generated/protocol.json");
    let fixtures = [
        ("AppScreenshot", "snake-case-spelling"),
        ("DynamicToolSpec", "hidden-by-old-field"),
    ];
    for (name, shows) in fixtures {
        let path = root().join(format!("fixtures/{name}/lenient/{shows}.json"));
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let fixture: Value = serde_json::from_str(&text).unwrap();
        let definition = DefName::new(Some("v2"), name);
        let outcome = hold(
            &protocol,
            &definition,
            &fixture["value"].to_string(),
            Spelling::Written,
        );
        assert!(outcome.is_err(), "{name}/{shows} was accepted");
        old += 1;
    }
    assert!(old > 0);
}

#[test]
fn what_is_invalid_is_refused_where_rust_refuses_it() {
    each("invalid", 170, |protocol, _, name, text| {
        let fixture: Value = serde_json::from_str(text).unwrap();
        let outcome = hold(protocol, name, &fixture["value"].to_string(), Spelling::Read);
        refused_at(outcome, fixture["path"].as_str().unwrap())
    });
}

#[test]
fn what_no_schema_can_refuse_is_refused() {
    each("beyond-schema", 12, |protocol, _, name, text| {
        let fixture: Value = serde_json::from_str(text).unwrap();
        let outcome = hold(protocol, name, fixture["text"].as_str().unwrap(), Spelling::Read);
        refused_at(outcome, fixture["path"].as_str().unwrap())
    });
}

#[test]
fn messages_to_start_from_are_read_and_those_with_every_field_are_written() {
    let mut count = 0;
    for file in [
        "generated/protocol.json",
        "examples/foundry/generated/protocol.json",
    ] {
        let protocol = model(file);
        let skeletons = Skeletons::new(&protocol);
        for name in protocol.definitions.keys() {
            for skeleton in skeletons.of_definition(name) {
                let text = skeleton.message.to_string();
                let read = hold(&protocol, name, &text, Spelling::Read);
                assert!(read.is_ok(), "{name}, {}: {read:?}: {text}", skeleton.shows);
                if skeleton.shows == "every-field" {
                    let written = hold(&protocol, name, &text, Spelling::Written);
                    assert!(written.is_ok(), "{name}: {written:?}: {text}");
                }
                count += 1;
            }
        }
    }
    assert!(count > 500, "only {count} messages");
}
