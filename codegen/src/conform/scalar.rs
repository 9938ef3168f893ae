//! The words of the language that are types: strings with formats, numbers with ranges.
//!
//! In: a scalar and a value. Out: whether it is one.

use crate::ir::Scalar;

use super::{Fault, Json};

/// The integers that JavaScript holds exactly.
const SAFE: i128 = (1 << 53) - 1;

/// Whether `value` is a `scalar`. What is `written` stays within what JavaScript holds.
pub(super) fn check(scalar: Scalar, value: &Json<'_>, written: bool) -> Result<(), Fault> {
    let integer = |expected: &'static str, least: i128, most: i128| match value {
        Json::Integer(integer) if (least..=most).contains(integer) => Ok(()),
        _ => Err(Fault::mismatch(expected, value)),
    };
    let text = |expected: &'static str, fits: fn(&str) -> bool| match value {
        Json::String(text) if fits(text) => Ok(()),
        _ => Err(Fault::mismatch(expected, value)),
    };
    match scalar {
        Scalar::Json => Ok(()),
        Scalar::Bool if matches!(value, Json::Bool(_)) => Ok(()),
        Scalar::Bool => Err(Fault::mismatch("a boolean", value)),
        Scalar::I8 => integer("i8", i8::MIN.into(), i8::MAX.into()),
        Scalar::I16 => integer("i16", i16::MIN.into(), i16::MAX.into()),
        Scalar::I32 => integer("i32", i32::MIN.into(), i32::MAX.into()),
        Scalar::I64 if written => integer("an integer that JavaScript can hold", -SAFE, SAFE),
        Scalar::I64 | Scalar::BigInt => integer("i64", i64::MIN.into(), i64::MAX.into()),
        Scalar::U8 => integer("u8", 0, u8::MAX.into()),
        Scalar::U16 => integer("u16", 0, u16::MAX.into()),
        Scalar::U32 => integer("u32", 0, u32::MAX.into()),
        Scalar::U64 if written => integer("an integer that JavaScript can hold", 0, SAFE),
        Scalar::U64 => integer("u64", 0, u64::MAX.into()),
        Scalar::F64 if matches!(value, Json::Integer(_) | Json::Number(_)) => Ok(()),
        Scalar::F64 => Err(Fault::mismatch("a number", value)),
        Scalar::String => text("a string", |_| true),
        Scalar::Path => text("an absolute path", is_absolute),
        Scalar::Base64 => text("base64", is_base64),
        Scalar::Uuid => text("a UUID", is_uuid),
    }
}

/// Of either kind of system: a recording may come from another one.
fn is_absolute(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes {
        [b'/', ..] | [b'\\', b'\\', ..] => true,
        [drive, b':', b'/' | b'\\', ..] => drive.is_ascii_alphabetic(),
        _ => false,
    }
}

/// The standard alphabet, padded, and no bits set in the padding (RFC 4648, section 4).
fn is_base64(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = bytes
        .strip_suffix(b"==")
        .or(bytes.strip_suffix(b"="))
        .unwrap_or(bytes);
    let last = |allowed: &[u8]| digits.last().is_some_and(|last| allowed.contains(last));
    bytes.len().is_multiple_of(4)
        && digits
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        && match bytes.len() - digits.len() {
            0 => true,
            1 => last(b"AEIMQUYcgkosw048"),
            _ => last(b"AQgw"),
        }
}

/// 8-4-4-4-12 hexadecimal digits (RFC 9562, section 4).
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
