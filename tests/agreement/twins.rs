//! Messages, read by the emitted types and by their derived twins.
//!
//! In: fixtures, random messages, faulty ones. Out: where one takes a message and the other refuses it, or writes something
//! else; but for what derives are known to do otherwise. The TypeScript of the twins is left for `tests/typescript`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::fixtures::{fixtures, same};
use crate::messages::{faulty, legal};
use crate::repository::{APP_SERVER, Type, leave, protocols, report};

/// What a type and its twin make of a message: what they write, or why they refuse it.
struct Readings {
    given: Value,
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
            let texts = ["unknown variant `", "did not match any variant of untagged enum"];
            readings.emitted.is_ok() && texts.iter().any(|text| derived_says(readings, text))
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
        shows: |readings| {
            readings.derived.is_ok() && readings.emitted.is_err() && holds_null_alone(&readings.given)
        },
    },
    Difference {
        why: "the twins leave base64 and UUIDs as text",
        shows: |readings| {
            let texts = ["expected base64, found \"", "expected a UUID, found \""];
            readings.derived.is_ok() && texts.iter().any(|text| emitted_says(readings, text))
        },
    },
];

#[test]
fn twins_take_what_types_take() {
    let messages = messages();
    let mut known: BTreeMap<&str, usize> = DIFFERENCES.iter().map(|difference| (difference.why, 0)).collect();
    let mut wrong = Vec::new();
    for (ty, given) in &messages {
        let text = given.to_string();
        let readings = Readings {
            given: given.clone(),
            emitted: ty.read(&text),
            derived: ty.read_by_twin(&text),
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
                "{}: {text}\n    type {}\n    twin {}",
                ty.name,
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
    let types = APP_SERVER.types.iter();
    let types: Map<String, Value> = types
        .map(|ty| (ty.name.to_owned(), (ty.typescript)().into()))
        .collect();
    report("TypeScript of twins", types.len(), &[]);
    leave("twins.json", &Value::Object(types).to_string());
}

/// Valid fixtures, and random messages of every definition, with a fault and without.
fn messages() -> Vec<(&'static Type, Value)> {
    let mut messages = Vec::new();
    for fixture in fixtures("valid") {
        let named = APP_SERVER.named(&fixture.definition);
        messages.extend(named.map(|(_, ty)| (ty, fixture.content())));
    }
    for protocol in protocols() {
        messages.extend(legal(protocol));
        messages.extend(faulty(protocol));
    }
    messages
}

/// Whether an object of one member that is null stands somewhere.
fn holds_null_alone(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(holds_null_alone),
        Value::Object(members) => {
            let alone = members.len() == 1 && members.values().all(Value::is_null);
            alone || members.values().any(holds_null_alone)
        }
        _ => false,
    }
}

fn emitted_says(readings: &Readings, text: &str) -> bool {
    readings.emitted.as_ref().is_err_and(|error| error.contains(text))
}

fn derived_says(readings: &Readings, text: &str) -> bool {
    readings.derived.as_ref().is_err_and(|error| error.contains(text))
}

fn shown(reading: &Result<Value, String>) -> String {
    match reading {
        Ok(written) => format!("writes {written}"),
        Err(error) => format!("refuses it: {error}"),
    }
}
