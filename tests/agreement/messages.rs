//! Random messages against the emitted types and the emitted JSON Schema.
//!
//! In: the model, and the types that were emitted from it. Out: messages that are refused though they are legal, or
//! written otherwise than they should be. What the schema says is ajv's business: the messages are left for
//! `tests/typescript`, with what Rust said of each.

use std::fmt::Write;

use serde_json::{Value, json};
use wiregate_codegen::ir::DefName;

use crate::fixtures::same;
use crate::instances::Instances;
use crate::mutations::mutated;
use crate::random::Random;
use crate::repository::{BY_NAME, MODEL, leave, report};

/// How many messages of each definition are made.
pub(crate) const VALID: usize = 20;
const FAULTY: usize = 40;

#[test]
fn random_messages_are_read_and_written_back() {
    for unknown in [false, true] {
        let mut count = 0;
        let mut wrong = Vec::new();
        let mut instances = Instances::new(&MODEL);
        instances.unknown = unknown;
        for name in MODEL.definitions.keys() {
            for sample in instances.of(name, VALID) {
                count += 1;
                let given = sample.given.to_string();
                match emitted(name, &given) {
                    Ok(written) if same(&written, &sample.written) => {}
                    Ok(written) => wrong.push(format!(
                        "{name}: reads  {given}\n    writes {written}\n    not    {}",
                        sample.written
                    )),
                    Err(error) => wrong.push(format!("{name}: refuses {given}: {error}")),
                }
            }
        }
        report("random messages", count, &wrong);
    }
}

#[test]
fn faulty_messages_are_left_for_the_schema() {
    let mut lines = String::new();
    let (mut count, mut accepted) = (0, 0);
    for (name, value) in faulty() {
        let read = emitted(name, &value.to_string());
        count += 1;
        accepted += usize::from(read.is_ok());
        let why = read.err();
        writeln!(
            lines,
            "{}",
            json!({ "definition": name, "value": value, "refused": why })
        )
        .expect("text grows");
    }
    leave("messages.jsonl", &lines);
    report("messages left for the schema", count, &[]);
    // Were all of them refused, or none, the schema would not be tested.
    assert!(
        accepted > count / 10 && accepted < count * 9 / 10,
        "{accepted} of {count} accepted"
    );
}

/// Messages of every definition that have one fault, or none.
pub(crate) fn faulty() -> Vec<(&'static DefName, Value)> {
    let mut instances = Instances::new(&MODEL);
    let mut messages = Vec::new();
    for name in MODEL.definitions.keys() {
        let samples = instances.of(name, FAULTY);
        let mut random = Random::of(name.as_str());
        messages.extend(
            samples
                .iter()
                .map(|sample| (name, mutated(&sample.given, &mut random))),
        );
    }
    messages
}

/// What the emitted type reads and writes.
pub(crate) fn emitted(name: &DefName, text: &str) -> Result<Value, String> {
    let written = (BY_NAME[name.name()].emitted)(text.as_bytes()).map_err(|(_, error)| error)?;
    serde_json::from_slice(&written).map_err(|error| error.to_string())
}
