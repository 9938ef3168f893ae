//! 64-bit integers that may exceed what a JavaScript number holds.
//!
//! In: `bigint` of the language. Out: an `i64` whose every value can be written.

use crate::json::{Decode, Encode, Reader, Writer};

/// A 64-bit integer that is a `bigint` in TypeScript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BigInt(pub i64);

impl From<i64> for BigInt {
    fn from(value: i64) -> Self {
        Self(value)
    }
}

impl From<BigInt> for i64 {
    fn from(value: BigInt) -> Self {
        value.0
    }
}

impl std::fmt::Display for BigInt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Decode for BigInt {
    fn blank() -> Self {
        Self(0)
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        match r.integer("i64") {
            Ok(value) => self.0 = value,
            Err(error) => r.fail(error),
        }
    }
}

impl Encode for BigInt {
    fn encode(&self, w: &mut Writer) {
        w.integer(self.0);
    }
}
