//! Strings.
//!
//! In: a reader before a string. Out: its text, borrowed where nothing is escaped. Control characters, unknown escapes
//! and lone surrogates are refused.

use std::borrow::Cow;

use super::error::DecodeError;
use super::reader::{Rare, Reader};

impl<'a> Reader<'a> {
    /// Reads a string.
    ///
    /// # Errors
    /// When something else stands here.
    #[inline]
    pub fn string(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        if self.peek() != Some(b'"') {
            return Err(self.mismatch("a string"));
        }
        self.text_token()
    }

    /// Reads a string, none where something else stands here; [`Reader::refuse`] says then what was expected.
    pub fn word(&mut self) -> Option<&str> {
        let next = self.peek();
        self.looked_at = (self.at, None);
        if next != Some(b'"') {
            return None;
        }
        let outcome = self.text_token();
        let text = self.kept(outcome)?;
        Some(self.held(text))
    }

    /// The text, held by the reader where it is not part of the document.
    pub(super) fn held(&mut self, text: Cow<'a, str>) -> &str {
        match text {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => {
                let rare = self.rare.get_or_insert_with(Box::<Rare>::default);
                rare.text = text;
                &rare.text
            }
        }
    }

    /// Reads the string that begins here.
    #[inline]
    pub(super) fn text_token(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        let start = self.at + 1;
        let end = plain_end(self.text.as_bytes(), start);
        self.at = end;
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(&self.text[start..end]));
        }
        let mut owned = String::new();
        self.escaped(start, Some(&mut owned))?;
        Ok(Cow::Owned(owned))
    }

    /// Steps over the string that begins here.
    pub(super) fn skip_text(&mut self) -> Result<(), DecodeError> {
        let start = self.at + 1;
        self.at = plain_end(self.text.as_bytes(), start);
        if self.text.as_bytes().get(self.at) == Some(&b'"') {
            self.at += 1;
            return Ok(());
        }
        self.escaped(start, None)
    }

    /// Reads on, from a stretch of plain text that began at `start` and ends here, up to the closing quote.
    #[cold]
    fn escaped(&mut self, mut start: usize, mut owned: Option<&mut String>) -> Result<(), DecodeError> {
        loop {
            if let Some(owned) = &mut owned {
                owned.push_str(&self.text[start..self.at]);
            }
            match self.text.as_bytes().get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    let character = self.escape()?;
                    if let Some(owned) = &mut owned {
                        owned.push(character);
                    }
                }
                Some(_) => return Err(self.syntax("no control character in a string")),
                None => return Err(self.syntax("the end of a string")),
            }
            start = self.at;
            self.at = plain_end(self.text.as_bytes(), start);
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<char, DecodeError> {
        let character = match self.text.as_bytes().get(self.at) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return Err(self.syntax("an escape")),
        };
        self.at += 1;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Result<char, DecodeError> {
        let start = self.at;
        let first = self.hex4()?;
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        // A surrogate: the first of a pair, or alone.
        if first < 0xdc00 && self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let second = self.hex4()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                if let Some(character) = char::from_u32(code) {
                    return Ok(character);
                }
            }
        }
        self.at = start;
        Err(self.syntax("a pair of surrogates"))
    }

    fn hex4(&mut self) -> Result<u32, DecodeError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self
                .text
                .as_bytes()
                .get(self.at)
                .and_then(|&byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.syntax("a hexadecimal digit"));
            };
            code = code << 4 | digit;
            self.at += 1;
        }
        Ok(code)
    }
}

/// Whether two names are the same. Most are short, and a call of the C library costs more than it saves.
#[inline]
pub(super) fn same_name(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    match one.len() {
        0..4 => one.iter().zip(other).all(|(one, other)| one == other),
        // The last bytes overlap the first ones.
        4..8 => ends_of::<4>(one) == ends_of::<4>(other),
        8..=16 => ends_of::<8>(one) == ends_of::<8>(other),
        _ => one == other,
    }
}

#[inline]
fn ends_of<const N: usize>(name: &[u8]) -> (Option<&[u8; N]>, Option<&[u8; N]>) {
    (name.first_chunk(), name.last_chunk())
}

/// The first byte from `at` on that ends plain text: a quote, a backslash, or a control character; or the end.
///
/// Most strings are short, and a call costs more than it saves.
#[inline]
pub(super) fn plain_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    for _ in 0..2 {
        let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) else {
            break;
        };
        if let Some(end) = end_in_word(word) {
            return at + end;
        }
        at += 8;
    }
    plain_end_far(bytes, start, at)
}

/// As [`plain_end`], where the text from `start` to `at` is plain.
#[inline(never)]
fn plain_end_far(bytes: &[u8], start: usize, mut at: usize) -> usize {
    let ends = |byte| u8::from(byte == b'"') | u8::from(byte == b'\\') | u8::from(byte < 0x20);
    // As many as the compiler looks at together.
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<32>) {
        if chunk.iter().fold(0, |found, &byte| found | ends(byte)) != 0 {
            break;
        }
        at += 32;
    }
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        if let Some(end) = end_in_word(word) {
            return at + end;
        }
        at += 8;
    }
    // The last word overlaps the one before it, where there was one.
    if let Some(word) = bytes.get(start..).and_then(<[u8]>::last_chunk) {
        return bytes.len() - word.len() + end_in_word(word).unwrap_or(word.len());
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest
        .iter()
        .position(|&byte| ends(byte) != 0)
        .unwrap_or(rest.len())
}

/// The bytes of a word that end plain text, by their high bits.
#[inline]
pub(super) fn ends_in_word(word: &[u8; 8]) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const LOWS: u64 = ONES * 0x7f;
    let word = u64::from_le_bytes(*word);
    // Each adds up to the high bit of a byte, unless that is what is looked for; no byte reaches into the next one.
    let (quote, backslash) = (word ^ (ONES * 0x22), word ^ (ONES * 0x5c));
    let no_quote = ((quote & LOWS) + LOWS) | quote;
    let no_backslash = ((backslash & LOWS) + LOWS) | backslash;
    let no_control = ((word & LOWS) + ONES * 0x60) | word;
    !(no_quote & no_backslash & no_control) & !LOWS
}

/// The first of them, for less: [`ends_in_word`] in its place costs 1.3 % more instructions a message.
#[inline]
fn end_in_word(word: &[u8; 8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES << 7;
    let word = u64::from_le_bytes(*word);
    // The high bit of a byte is set where it was zero before, or a byte below it was: the lowest is right.
    let quote = (word ^ (ONES * 0x22)).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * 0x5c)).wrapping_sub(ONES);
    let control = word.wrapping_sub(ONES * 0x20);
    let found = (quote | backslash | control) & !word & HIGHS;
    (found != 0).then(|| (found.trailing_zeros() / 8) as usize)
}
