//! `protocol.json`, the model itself, and the JSON Schema that documents it.
//!
//! In: the model. Out: its dump, which reviewers, `compat` and emitters of other people read, beside its schema.

mod pretty;

use serde::Serialize;
use serde_json::Serializer;

use crate::files::Files;
use crate::ir::Protocol;

use pretty::Pretty;

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
    let mut text = Vec::with_capacity(2048 * (1 + protocol.definitions.len()));
    let mut serializer = Serializer::with_formatter(&mut text, Pretty::default());
    protocol
        .serialize(&mut serializer)
        .expect("every key of the model is a string");
    text.push(b'\n');
    String::from_utf8(text).expect("JSON is UTF-8")
}
