//! The JSON Schema that schemars derives for each twin against the emitted one.
//!
//! In: the twins, and the emitted flat bundle. Out: each definition of which the two say something different.

use std::collections::HashSet;

use app_server_protocol::oracle::DEFINITIONS;
use serde_json::{Map, Value};
use wiregate_codegen::ir::Shape;

use crate::normal_form::{Document, normal};
use crate::repository::{MODEL, bare, json, report, root};

#[test]
fn derived_schemas_are_the_emitted_ones() {
    let bundle: Value = json(&root().join("generated/json/experimental/app-server.flat.json"));
    let emitted = bundle["definitions"]
        .as_object()
        .expect("the bundle holds definitions");
    let aliases = MODEL.definitions.iter();
    let aliases = aliases.filter(|(_, definition)| matches!(definition.shape, Shape::Alias { .. }));
    let transparent: HashSet<&str> = aliases.map(|(name, _)| name.name()).collect();
    let mut count = 0;
    let mut wrong = Vec::new();
    for definition in DEFINITIONS {
        // What no method reaches is in no bundle.
        let Some(ours) = emitted.get(bare(definition.name)) else {
            continue;
        };
        let derived = (definition.schema)().to_value();
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
            wrong.push(format!(
                "{}:\n    emitted {one:?}\n    derived {other:?}",
                definition.name
            ));
        }
    }
    report("derived schemas", count, &wrong);
}
