//! The thin runtime that generated protocol code stands on.
//!
//! Without features it is what generated types need: the JSON reader and writer of their implementations ([`json`]), and
//! the types of values that JSON has no word for.

mod base64;
mod bigint;
pub mod json;
mod patch;
mod path;
mod uuid;

pub use base64::Base64;
pub use bigint::BigInt;
pub use json::Json;
pub use patch::Patch;
pub use path::AbsolutePath;
pub use uuid::Uuid;

#[doc(hidden)]
pub use serde;

/// A JSON object whose names are keys, in the order of the wire.
pub type Map<K, V> = indexmap::IndexMap<K, V>;
