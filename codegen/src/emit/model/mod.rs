//! `protocol.json`, the model itself, and the JSON Schema that documents it.
//!
//! In: the model. Out: its dump, which reviewers, `compat` and emitters of other people read, beside its schema.

use crate::files::Files;
use crate::ir::Protocol;

/// The JSON Schema (draft-07) of `protocol.json`, written by hand: it describes every member of [`crate::ir`].
pub const SCHEMA: &str = include_str!("protocol.schema.json");

/// Writes `protocol.json` and `protocol.schema.json`.
pub fn emit(protocol: &Protocol) -> Files {
    let mut files = Files::new();
    files.add("protocol.json", dump(protocol));
    files.add("protocol.schema.json", SCHEMA);
    files
}

/// The model as JSON text, two spaces deep, ending with a line break.
pub fn dump(protocol: &Protocol) -> String {
    let mut text = serde_json::to_string_pretty(protocol).expect("every key of the model is a string");
    text.push('\n');
    text
}
