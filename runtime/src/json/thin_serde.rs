//! Bridges to serde, so that generated types can sit inside anybody's serde types.
//!
//! In: a value of ours, or serde's tree. Out: the other of the two. Both go through [`serde_json::Value`]: what matters
//! here is that the bytes are the same, not the time.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::Value;

use super::{Decode, Encode, Json, from_str, to_string};

/// Writes a value to any serde format that can hold a JSON tree.
///
/// # Errors
/// When the value cannot be written as JSON, or the format fails.
pub fn serialize<T: Encode, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let text = to_string(value).map_err(ser::Error::custom)?;
    let value: Value = serde_json::from_str(&text).map_err(ser::Error::custom)?;
    value.serialize(serializer)
}

/// Reads a value from any serde format that can yield a JSON tree.
///
/// # Errors
/// When the format fails, or the tree is not of this type.
pub fn deserialize<'de, T: Decode, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    from_str(&value.to_string()).map_err(de::Error::custom)
}

/// Implements `serde::Serialize` and `serde::Deserialize` for types that are [`Encode`] and [`Decode`].
#[macro_export]
macro_rules! impl_serde {
    ($($name:ident),* $(,)?) => {$(
        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::json::serialize(self, serializer)
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::json::deserialize(deserializer)
            }
        }
    )*};
}

use crate::{AbsolutePath, Base64, BigInt, Uuid};

impl_serde!(Json, AbsolutePath, Base64, BigInt, Uuid);
