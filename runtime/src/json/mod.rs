//! JSON for generated types: one trait each way over a concrete reader and writer, nothing generic over formats.
//!
//! In: text, or values. Out: values, or text. The reader refuses all that `serde_json` refuses, and duplicate members and
//! positional arrays of structs beside; its errors carry the path, what was expected and what was found.
//!
//! Both ways the first fault is kept, in the reader as in the writer, and reported at the end: implementations are plain
//! calls without a `?` behind each, which makes them short, and quick to compile.

mod error;
mod fields;
mod impls;
mod list;
mod number;
mod object;
mod raw;
mod reader;
mod skip;
mod text;
mod thin_serde;
mod union;
mod writer;

pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use fields::Fields;
pub use list::List;
pub use object::{Members, Object};
pub use raw::Json;
pub use reader::{Kind, Reader};
pub use thin_serde::{deserialize, serialize};
pub use union::{Constant, Key, Shape, Shapes};
pub use writer::Writer;

use crate::gates::Gates;

/// Something that can be written as JSON.
pub trait Encode {
    /// Writes one JSON value. What cannot be written is kept in the writer, which reports it at the end.
    fn encode(&self, w: &mut Writer);

    /// Whether some value of this type has no form for who has not opened a gate; see [`Writer::withhold`].
    fn may_be_withheld() -> bool
    where
        Self: Sized,
    {
        false
    }
}

/// Something that can be read from JSON.
pub trait Decode {
    /// A value to read into: what may be absent is as if it were, and the rest says nothing, and need not be valid. Only who
    /// reads ever sees it.
    fn blank() -> Self
    where
        Self: Sized;

    /// Reads one JSON value into a blank, from its first byte to its last. What cannot be read is kept in the reader, which
    /// reports it at the end and reads nothing any more.
    fn decode(&mut self, r: &mut Reader<'_>);
}

/// A value to read into: [`Decode::blank`].
pub fn blank<T: Decode>() -> T {
    T::blank()
}

/// Reads a whole document.
///
/// # Errors
/// When it is not UTF-8, no JSON, or not of this type. Malformed text is reported even where a value of another type stands
/// before it.
pub fn from_slice<T: Decode>(document: &[u8]) -> Result<T, DecodeError> {
    from_str(text_of(document)?)
}

/// Reads a whole document.
///
/// # Errors
/// As [`from_slice`].
pub fn from_str<T: Decode>(document: &str) -> Result<T, DecodeError> {
    let mut value = T::blank();
    Reader::new(document).whole(&mut value)?;
    Ok(value)
}

/// Whether a document is JSON that the reader takes.
///
/// # Errors
/// When it is not UTF-8 or no JSON; never of kind [`DecodeErrorKind::Shape`].
pub fn validate(document: &[u8]) -> Result<(), DecodeError> {
    let mut reader = Reader::new(text_of(document)?);
    reader.skip()?;
    reader.finish()
}

/// Writes a value.
///
/// # Errors
/// When it holds a number that JSON cannot hold, or that JavaScript would round.
pub fn to_vec<T: Encode + ?Sized>(value: &T) -> Result<Vec<u8>, EncodeError> {
    to_string(value).map(String::into_bytes)
}

/// Writes a value.
///
/// # Errors
/// As [`to_vec`].
pub fn to_string<T: Encode + ?Sized>(value: &T) -> Result<String, EncodeError> {
    let mut writer = Writer::new();
    value.encode(&mut writer);
    writer.finish()
}

/// Writes a value as a connection sees it that has `open` these gates. None when nothing of it may be sent.
///
/// # Errors
/// As [`to_vec`].
pub fn to_string_for<T: Encode + ?Sized>(value: &T, open: &Gates) -> Result<Option<String>, EncodeError> {
    let mut writer = Writer::new();
    writer.set_gates(Some(open));
    value.encode(&mut writer);
    if writer.is_withheld() {
        return Ok(None);
    }
    writer.finish().map(Some)
}

/// The value of a literal that the compiler of the protocol has checked.
///
/// # Panics
/// When the literal is not of this type, which is a fault of the code that calls.
#[doc(hidden)]
pub fn literal<T: Decode>(text: &'static str) -> T {
    from_str(text).unwrap_or_else(|error| panic!("the literal {text} was checked: {error}"))
}

fn text_of(document: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(document).map_err(|error| DecodeError::not_utf8(document, error.valid_up_to()))
}
