//! Random messages against the emitted types and the emitted JSON Schema.
//!
//! In: the model, and the types that were emitted from it. Out: messages that are refused though they are legal, or
//! written otherwise than they should be. What the schema says is ajv's business: the messages are left for
//! `tests/typescript`, with what Rust said of each.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::coverage::without_fields;
use crate::fixtures::same;
use crate::instances::Instances;
use crate::mutations::mutated;
use crate::random::Random;
use crate::repository::{APP_SERVER, Emitted, Type, leave, protocols, report};
use crate::skeletons::to_start_from;

/// How many messages of each definition are made.
const VALID: usize = 20;
const FAULTY: usize = 40;

#[test]
fn random_messages_are_read_and_written_back() {
    for protocol in protocols() {
        for unknown in [false, true] {
            let mut instances = Instances::new(&protocol.model);
            instances.unknown = unknown;
            let mut count = 0;
            let mut wrong = Vec::new();
            for (name, ty) in protocol.definitions() {
                for sample in instances.of(name, VALID) {
                    count += 1;
                    let given = sample.given.to_string();
                    let expected = sample.written;
                    match ty.read(&given) {
                        Ok(written) if same(&written, &expected) => {}
                        Ok(written) => wrong.push(format!(
                            "{name}: reads  {given}\n    writes {written}\n    not    {expected}"
                        )),
                        Err(error) => wrong.push(format!("{name}: refuses {given}: {error}")),
                    }
                }
            }
            report("random messages", count, &wrong);
        }
    }
}

#[test]
fn messages_are_left_for_the_schema() {
    for protocol in protocols() {
        let mut lines = String::new();
        let (mut count, mut accepted) = (0, 0);
        let mut messages = faulty(protocol);
        // The fixtures are of one protocol.
        if protocol.model.name == APP_SERVER.model.name {
            let cases = without_fields().into_iter();
            messages.extend(cases.map(|case| (case.ty, case.value)));
        }
        messages.extend(to_start_from(protocol));
        for (ty, value) in messages {
            let read = ty.read(&value.to_string());
            count += 1;
            accepted += usize::from(read.is_ok());
            let line = match read {
                Ok(written) => json!({ "definition": ty.name, "value": value, "written": written }),
                Err(error) => json!({ "definition": ty.name, "value": value, "refused": error }),
            };
            writeln!(lines, "{line}").expect("text grows");
        }
        leave(&format!("{}.messages.jsonl", protocol.model.name), &lines);
        report("messages left for the schema", count, &[]);
        // Were all of them refused, or none, the schema would not be tested.
        let some = count / 10..count - count / 10;
        assert!(some.contains(&accepted), "{accepted} of {count} accepted");
    }
}

/// Messages of every definition that are legal.
pub(crate) fn legal(protocol: &Emitted) -> Vec<(&Type, Value)> {
    let mut instances = Instances::new(&protocol.model);
    let mut messages = Vec::new();
    for (name, ty) in protocol.definitions() {
        let samples = instances.of(name, VALID).into_iter();
        messages.extend(samples.map(|sample| (ty, sample.given)));
    }
    messages
}

/// Messages of every definition that have one fault, or none.
pub(crate) fn faulty(protocol: &Emitted) -> Vec<(&Type, Value)> {
    let mut instances = Instances::new(&protocol.model);
    let mut messages = Vec::new();
    for (name, ty) in protocol.definitions() {
        let mut random = Random::of(name.as_str());
        let samples = instances.of(name, FAULTY).into_iter();
        messages.extend(samples.map(|sample| (ty, mutated(&sample.given, &mut random))));
    }
    messages
}
