//! Bytes as base64 text.
//!
//! In: `base64` of the language: text in the standard alphabet, padded (RFC 4648, section 4). Out: bytes. Only the one
//! text that writing gives is read: no white space, no missing padding, no stray bits in the last character.

use std::fmt;

use crate::json::{Decode, Encode, Reader, Writer};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The value of each character; 64 for those outside the alphabet.
const VALUES: [u8; 256] = {
    let mut values = [64; 256];
    let mut at = 0;
    while at < 64 {
        values[ALPHABET[at] as usize] = at as u8;
        at += 1;
    }
    values
};

/// Bytes that go over the wire as base64.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Base64(pub Vec<u8>);

impl Base64 {
    /// The bytes that a text stands for; none where it is no base64.
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        if !text.len().is_multiple_of(4) {
            return None;
        }
        let padding = text
            .iter()
            .rev()
            .take(2)
            .take_while(|&&byte| byte == b'=')
            .count();
        let digits = &text[..text.len() - padding];
        let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
        for group in digits.chunks(4) {
            let mut bits = 0_u32;
            for &digit in group {
                let value = VALUES[usize::from(digit)];
                if value == 64 {
                    return None;
                }
                bits = bits << 6 | u32::from(value);
            }
            let missing = 4 - group.len();
            bits <<= 6 * missing;
            let [_, group @ ..] = bits.to_be_bytes();
            let (kept, stray) = group.split_at(3 - missing);
            if stray.iter().any(|&byte| byte != 0) {
                return None;
            }
            bytes.extend_from_slice(kept);
        }
        Some(Self(bytes))
    }

    /// The text.
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.0.len().div_ceil(3) * 4);
        for group in self.0.chunks(3) {
            let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for digit in 0..4 {
                text.push(match digit <= group.len() {
                    true => char::from(ALPHABET[(bits >> (18 - 6 * digit) & 63) as usize]),
                    false => '=',
                });
            }
        }
        text
    }
}

impl From<Vec<u8>> for Base64 {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<Base64> for Vec<u8> {
    fn from(bytes: Base64) -> Self {
        bytes.0
    }
}

impl AsRef<[u8]> for Base64 {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl std::ops::Deref for Base64 {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base64({} bytes)", self.0.len())
    }
}

impl Decode for Base64 {
    fn blank() -> Self {
        Self::default()
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        match r.word().map(Self::from_text) {
            Some(Some(bytes)) => *self = bytes,
            _ => r.refuse("base64"),
        }
    }
}

impl Encode for Base64 {
    fn encode(&self, w: &mut Writer) {
        w.string(&self.to_text());
    }
}
