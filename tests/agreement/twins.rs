//! Messages, read by the emitted types and by their derived twins.
//!
//! In: fixtures, random messages, faulty ones. Out: where one takes a message and the other refuses it, or writes something
//! else; but for what derives are known to do otherwise. The TypeScript of the twins is left for `tests/typescript`.

use std::collections::BTreeMap;

use app_server_protocol::oracle::DEFINITIONS;
use serde_json::{Map, Value};
use wiregate_codegen::ir::DefName;

use crate::fixtures::{fixtures, same};
use crate::instances::Instances;
use crate::messages::{VALID, emitted, faulty};
use crate::repository::{BY_NAME, MODEL, leave, report};

/// What a type and its twin make of a message: what they write, or why they refuse it.
struct Readings {
    emitted: Result<Value, String>,
    derived: Result<Value, String>,
}

/// Where derives do not what the protocol says, and how that shows.
struct Difference {
    why: &'static str,
    shows: fn(&Readings) -> bool,
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        why: "a derived enum cannot keep a member that it does not know",
        shows: |readings| {
            readings.emitted.is_ok()
                && derived_says(
                    readings,
                    &["unknown variant `", "did not match any variant of untagged enum"],
                )
        },
    },
    Difference {
        why: "a derived struct is also read from the list of its members",
        shows: |readings| {
            readings.derived.is_ok() && emitted_says(readings, "expected an object, found a list")
        },
    },
    Difference {
        why: "a derived enum reads `{\"name\": null}` for a member that is the string \"name\"",
        shows: |readings| readings.derived.is_ok() && emitted_says(readings, "found an object"),
    },
    Difference {
        why: "the twins leave base64 as text",
        shows: |readings| readings.derived.is_ok() && emitted_says(readings, "expected base64, found \""),
    },
];

#[test]
fn twins_take_what_types_take() {
    let messages = messages();
    let mut known: BTreeMap<&str, usize> = DIFFERENCES.iter().map(|difference| (difference.why, 0)).collect();
    let mut wrong = Vec::new();
    for (name, text) in &messages {
        let readings = Readings {
            emitted: emitted(name, text),
            derived: derived(name, text),
        };
        let agree = match (&readings.emitted, &readings.derived) {
            (Ok(one), Ok(other)) => same(one, other),
            (Err(_), Err(_)) => true,
            _ => false,
        };
        if agree {
            continue;
        }
        match DIFFERENCES
            .iter()
            .find(|difference| (difference.shows)(&readings))
        {
            Some(difference) => *known.entry(difference.why).or_default() += 1,
            None => wrong.push(format!(
                "{name}: {text}\n    type {}\n    twin {}",
                shown(&readings.emitted),
                shown(&readings.derived)
            )),
        }
    }
    report("messages read by types and twins", messages.len(), &wrong);
    for (why, count) in known {
        println!("{count} differ since {why}");
        assert!(count > 0, "nothing differs since {why}: take it off the list");
    }
}

#[test]
fn derived_typescript_is_left_for_the_compiler() {
    let types: Map<String, Value> = DEFINITIONS
        .iter()
        .map(|definition| (definition.name.to_owned(), (definition.typescript)().into()))
        .collect();
    leave("twins.json", &Value::Object(types).to_string());
    report("TypeScript of twins", DEFINITIONS.len(), &[]);
}

/// Valid fixtures, and random messages of every definition, with a fault and without.
fn messages() -> Vec<(&'static DefName, String)> {
    let mut messages: Vec<(&DefName, String)> = Vec::new();
    for fixture in fixtures("valid") {
        let name = MODEL
            .definitions
            .keys()
            .find(|name| name.name() == fixture.definition);
        messages.extend(name.map(|name| (name, fixture.text())));
    }
    let mut instances = Instances::new(&MODEL);
    for name in MODEL.definitions.keys() {
        let samples = instances.of(name, VALID);
        messages.extend(samples.into_iter().map(|sample| (name, sample.given.to_string())));
    }
    messages.extend(
        faulty()
            .into_iter()
            .map(|(name, value)| (name, value.to_string())),
    );
    messages
}

fn derived(name: &DefName, text: &str) -> Result<Value, String> {
    let written = (BY_NAME[name.name()].derived)(text.as_bytes())?;
    serde_json::from_slice(&written).map_err(|error| error.to_string())
}

fn emitted_says(readings: &Readings, text: &str) -> bool {
    readings.emitted.as_ref().is_err_and(|error| error.contains(text))
}

fn derived_says(readings: &Readings, texts: &[&str]) -> bool {
    let error = readings.derived.as_ref().err();
    error.is_some_and(|error| texts.iter().any(|text| error.contains(text)))
}

fn shown(reading: &Result<Value, String>) -> String {
    match reading {
        Ok(written) => format!("writes {written}"),
        Err(error) => format!("refuses it: {error}"),
    }
}
