//! UUIDs as text.
//!
//! In: `uuid` of the language: text. Out: the text in lower case, checked: 8-4-4-4-12 hexadecimal digits (RFC 9562, section
//! 4). Of any version and variant.

use std::fmt;

use crate::json::{Decode, Encode, Reader, Writer};

/// A UUID, in lower case.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid(Box<str>);

impl Uuid {
    /// The UUID, in lower case; none where the text is not one.
    pub fn new(text: impl AsRef<str>) -> Option<Self> {
        let text = text.as_ref();
        let valid = text.len() == 36
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
        valid.then(|| Self(text.to_ascii_lowercase().into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Decode for Uuid {
    fn blank() -> Self {
        Self(Box::default())
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        match r.word().map(Self::new) {
            Some(Some(uuid)) => *self = uuid,
            _ => r.refuse("a UUID"),
        }
    }
}

impl Encode for Uuid {
    fn encode(&self, w: &mut Writer) {
        w.string(&self.0);
    }
}
