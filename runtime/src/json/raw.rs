//! Any JSON value, kept as its text.
//!
//! In: a value of any shape. Out: the same text again; opened only by who wants to look inside.

use std::fmt;

use serde_json::Value;

use super::{Decode, DecodeError, Encode, EncodeError, Reader, Writer, from_str, to_string};

/// Any JSON value, null included, kept as the text that came.
///
/// Two are equal when their values are. Invariant: the text is JSON that [`Reader`] takes, and has no line breaks, so that
/// it can stand in a line of its own: white space that holds one is taken out when the text is read. None stands for `null`.
#[derive(Clone, Default)]
pub struct Json(Option<Box<str>>);

impl Json {
    /// `null`
    pub fn null() -> Self {
        Self(None)
    }

    /// What `value` is written as.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn of<T: Encode + ?Sized>(value: &T) -> Result<Self, EncodeError> {
        Ok(Self::of_text(to_string(value)?))
    }

    /// The value as a type.
    ///
    /// # Errors
    /// When it is not of this type.
    pub fn read<T: Decode>(&self) -> Result<T, DecodeError> {
        from_str(self.text())
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.0.as_deref().unwrap_or("null")
    }

    /// The value of a text that a writer has written.
    pub(crate) fn of_text(text: String) -> Self {
        Self((text != "null").then(|| text.into()))
    }

    /// The value as a tree.
    pub fn to_value(&self) -> Value {
        // Our reader takes no text that serde_json refuses.
        serde_json::from_str(self.text()).unwrap_or_default()
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self::of_text(value.to_string())
    }
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        Self::of_text(value.to_string())
    }
}

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        json.to_value()
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.to_value() == other.to_value()
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({})", self.text())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Decode for Json {
    fn blank() -> Self {
        Self::null()
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        // Where this is an unknown member of a union, its tag stays in it.
        r.tag = None;
        self.0 = match r.raw() {
            Ok("null") => None,
            Ok(text) if memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_some() => {
                Some(on_one_line(text).into())
            }
            Ok(text) => Some(text.into()),
            Err(error) => return r.fail(error),
        };
    }
}

impl Encode for Json {
    fn encode(&self, w: &mut Writer) {
        w.raw(self);
    }
}

/// Takes out the line breaks, which can only stand between tokens.
fn on_one_line(text: &str) -> String {
    text.chars()
        .filter(|character| !matches!(character, '\n' | '\r'))
        .collect()
}
