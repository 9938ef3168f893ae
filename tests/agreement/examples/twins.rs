//! Prints the TypeScript that ts-rs derives for each twin, by the name of the definition, as one JSON object.
//!
//! In: the twins of the generated crate. Out: what `tests/typescript/test/twins.test.js` holds against the emitted types.

use app_server_protocol::oracle::DEFINITIONS;
use serde_json::{Map, Value};

fn main() {
    let types: Map<String, Value> = DEFINITIONS
        .iter()
        .map(|definition| (definition.name.to_owned(), (definition.typescript)().into()))
        .collect();
    println!("{}", Value::Object(types));
}
