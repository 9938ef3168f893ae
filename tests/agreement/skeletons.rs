//! What `fixtures new` writes, against the emitted types.
//!
//! In: the messages to start from, of every method of every protocol. Out: those that are no valid fixtures.

use serde_json::Value;
use wiregate_codegen::skeleton::{Skeleton, Skeletons};

use crate::fixtures::same;
use crate::repository::{Emitted, Type, protocols, report};

#[test]
fn what_the_fixtures_of_a_method_start_from_is_valid() {
    for protocol in protocols() {
        let maker = Skeletons::new(&protocol.model);
        let mut count = 0;
        let mut wrong = Vec::new();
        for method in protocol.model.methods.keys() {
            for Skeleton {
                definition,
                shows,
                message,
            } in maker.of_method(method).expect("the method is there")
            {
                let (_, ty) = protocol
                    .named(definition.name())
                    .expect("Rust has every definition");
                count += 1;
                let why = not_as_it_was(ty, &message);
                wrong.extend(why.map(|why| format!("{method}: {definition} {shows}: {why}")));
            }
        }
        report("messages to start from", count, &wrong);
    }
}

#[test]
fn what_any_definition_starts_from_is_valid() {
    for protocol in protocols() {
        let messages = to_start_from(protocol);
        let wrong: Vec<String> = messages
            .iter()
            .filter_map(|(ty, message)| not_as_it_was(ty, message).map(|why| format!("{} {why}", ty.name)))
            .collect();
        report("messages to start from", messages.len(), &wrong);
    }
}

/// The messages to start from of every definition.
pub(crate) fn to_start_from(protocol: &Emitted) -> Vec<(&Type, Value)> {
    let maker = Skeletons::new(&protocol.model);
    let mut messages = Vec::new();
    for (name, ty) in protocol.definitions() {
        let made = maker.of_definition(name).into_iter();
        messages.extend(made.map(|each| (ty, each.message)));
    }
    messages
}

/// What Rust does with a message other than read it and write it as it was.
fn not_as_it_was(ty: &Type, message: &Value) -> Option<String> {
    match ty.read(&message.to_string()) {
        Ok(written) if same(&written, message) => None,
        Ok(written) => Some(format!("{message}\n    written as {written}")),
        Err(error) => Some(format!("{message}\n    refused: {error}")),
    }
}
