//! The JSON Schema that schemars derives for each twin against the emitted one.
//!
//! In: the twins, and the emitted flat bundles. Out: each definition of which the two say something different.

use std::collections::HashSet;

use serde_json::{Map, Value};
use wiregate_codegen::ir::Shape;

use crate::normal_form::{Document, normal};
use crate::repository::{Emitted, protocols, report};

#[test]
fn derived_schemas_are_the_emitted_ones() {
    for protocol in protocols() {
        check(protocol);
    }
}

fn check(protocol: &Emitted) {
    let bundle = protocol.flat_bundle();
    let emitted = bundle["definitions"]
        .as_object()
        .expect("the bundle holds definitions");
    let aliases = protocol.model.definitions.iter();
    let aliases = aliases.filter(|(_, definition)| matches!(definition.shape, Shape::Alias { .. }));
    let transparent: HashSet<&str> = aliases.map(|(name, _)| name.name()).collect();
    let mut count = 0;
    let mut wrong = Vec::new();
    for (name, ty) in protocol.definitions() {
        // What no method reaches is in no bundle.
        let Some(ours) = emitted.get(name.name()) else {
            continue;
        };
        let derived = (ty.schema)().to_value();
        let none = Map::new();
        let definitions = derived.get("definitions").and_then(Value::as_object);
        let in_bundle = Document {
            definitions: emitted,
            transparent: &transparent,
        };
        let in_derived = Document {
            definitions: definitions.unwrap_or(&none),
            transparent: &transparent,
        };
        let (one, other) = (normal(ours, &in_bundle), normal(&derived, &in_derived));
        count += 1;
        if one != other {
            wrong.push(format!("{name}:\n    emitted {one:?}\n    derived {other:?}"));
        }
    }
    report("derived schemas", count, &wrong);
}
