//! The writer: text that grows, value by value.
//!
//! In: calls of [`Encode`] implementations, in the order of the text. Out: the text, or the first number that it cannot
//! hold. A member's name comes as it is written, with the comma before it, so that it is copied at once: `,"name":`. The
//! comma is left out behind the opening bracket.
//!
//! The text is for somebody who has opened some gates, or for who sees everything. A value that must not be sent is withheld,
//! and the nearest place that is whole without it takes back what it has written.

use std::ptr;

use super::error::EncodeError;
use super::raw::Json;
use super::reader::Reader;
use super::text::{ends_in_word, plain_end};
use super::{Constant, Encode, Members};
use crate::gates::Gates;
use crate::{Map, Patch};

/// The largest integer that a JavaScript number holds for sure, and its opposite.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// A JSON text that is being written, for somebody whose gates live as long as `'g`.
#[derive(Debug, Default)]
pub struct Writer<'g> {
    text: String,
    error: Option<EncodeError>,
    /// The gates that are open; none where all are. Borrowed, for most texts are short, and counting references costs as much as
    /// a member.
    gates: Option<&'g Gates>,
    /// Gates that were asked for, and whether they are open: a text asks for few, and for one of them often. Each by where in
    /// memory its name stands.
    asked: [Option<(&'static str, bool)>; 4],
    /// Whether the value that is being written must not be sent.
    withheld: bool,
}

impl<'g> Writer<'g> {
    /// An empty text.
    pub fn new() -> Self {
        Self {
            text: String::with_capacity(128),
            ..Self::default()
        }
    }

    /// Writes on at the end of `text`.
    pub fn after(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }

    /// Writes for somebody who has opened these gates; for who sees everything where there are none. Said once, before the first value.
    #[inline]
    pub fn set_gates(&mut self, open: Option<&'g Gates>) {
        debug_assert!(self.asked == [None; 4], "a text is for one reader");
        self.gates = open;
    }

    /// Whether a gate is open to whom this is for.
    #[inline]
    pub fn is_open(&mut self, gate: &'static str) -> bool {
        let Some(gates) = self.gates else { return true };
        let address = gate.as_ptr().addr();
        let slot = &mut self.asked[(address ^ (address >> 4)) % 4];
        match *slot {
            // The same place in memory is the same name; another place may be, too.
            Some((asked, open)) if ptr::eq(asked, gate) => open,
            _ => ask(gates, gate, slot),
        }
    }

    /// Withholds the value that is being written: nothing stands in for it, so that what holds it does without.
    #[cold]
    pub fn withhold(&mut self) {
        self.withheld = true;
    }

    /// Whether the whole text must not be sent.
    #[inline]
    pub fn is_withheld(&self) -> bool {
        self.withheld
    }

    /// Writes something that what holds it can miss; nothing, and false, when it is withheld.
    fn attempt(&mut self, write: impl FnOnce(&mut Self)) -> bool {
        if self.withheld {
            return true;
        }
        let (start, failed) = (self.text.len(), self.error.is_some());
        write(self);
        if !self.withheld {
            return true;
        }
        self.text.truncate(start);
        self.withheld = false;
        if !failed {
            self.error = None;
        }
        false
    }

    /// The text.
    ///
    /// # Errors
    /// When a number was met that JSON cannot hold, or that JavaScript would round: the first one.
    pub fn finish(self) -> Result<String, EncodeError> {
        match self.error {
            None => Ok(self.text),
            Some(error) => Err(error),
        }
    }

    /// Opens an object.
    pub fn begin_object(&mut self) {
        self.text.push('{');
    }

    /// Closes an object.
    pub fn end_object(&mut self) {
        self.text.push('}');
    }

    /// Opens a list.
    pub fn begin_list(&mut self) {
        self.text.push('[');
    }

    /// Closes a list.
    pub fn end_list(&mut self) {
        self.text.push(']');
    }

    /// Writes an element of a list of fixed length.
    pub fn element<T: Encode + ?Sized>(&mut self, value: &T) {
        self.separate();
        value.encode(self);
    }

    /// Writes the elements of a list, but for those that are withheld.
    pub fn elements<T: Encode>(&mut self, list: &[T]) {
        for value in list {
            if T::may_be_withheld() {
                self.attempt(|w| w.element(value));
            } else {
                self.element(value);
            }
        }
    }

    /// Writes a member. `name` is all that stands before its value: `,"name":`.
    pub fn member<T: Encode + ?Sized>(&mut self, name: &str, value: &T) {
        self.name(name);
        value.encode(self);
    }

    /// As [`Writer::member`]; nothing for what is withheld, and false then.
    pub fn unless_withheld<T: Encode>(&mut self, name: &str, value: &T) -> bool {
        self.attempt(|w| w.member(name, value))
    }

    /// As [`Writer::member`]; nothing for none, and for what is withheld.
    pub fn optional<T: Encode>(&mut self, name: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// Writes the value of a member that can be left out.
    #[inline]
    fn set<T: Encode>(&mut self, name: &str, value: &T) {
        if T::may_be_withheld() {
            self.unless_withheld(name, value);
        } else {
            self.member(name, value);
        }
    }

    /// Writes a value, or null where it is withheld.
    #[inline]
    pub fn nullable<T: Encode>(&mut self, value: &T) {
        if !T::may_be_withheld() {
            value.encode(self);
        } else if !self.attempt(|w| value.encode(w)) {
            self.null();
        }
    }

    /// As [`Writer::member`], for a member that has three states.
    pub fn patch<T: Encode>(&mut self, name: &str, value: &Patch<T>) {
        match value {
            Patch::Keep => {}
            Patch::Clear => {
                self.name(name);
                self.null();
            }
            Patch::Set(value) => self.set(name, value),
        }
    }

    /// Writes an entry of a map.
    pub fn entry<K: Encode + ?Sized, V: Encode>(&mut self, key: &K, value: &V) {
        self.separate();
        key.encode(self);
        self.text.push(':');
        value.encode(self);
    }

    /// Writes the entries of a map into the object that is open, but for those that are withheld.
    pub fn entries<K: Encode, V: Encode>(&mut self, map: &Map<K, V>) {
        for (key, value) in map {
            if V::may_be_withheld() {
                self.attempt(|w| w.entry(key, value));
            } else {
                self.entry(key, value);
            }
        }
    }

    /// Opens an object and writes what comes first: `{"tag":"value"`.
    pub fn begin_tagged(&mut self, start: &str) {
        self.text.push_str(start);
    }

    /// Writes a value that is always the same, as it stands in the text: an object that has a tag and nothing else.
    pub fn fixed(&mut self, value: &str) {
        self.text.push_str(value);
    }

    /// Writes the members of an object that is kept as its text into the object that is open.
    pub fn members_of(&mut self, object: &Json) {
        let inner = object
            .text()
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'));
        if let Some(inner) = inner.map(str::trim).filter(|inner| !inner.is_empty()) {
            self.separate();
            self.text.push_str(inner);
        }
    }

    /// Writes an object of one member, which begins with `{"name":`.
    pub fn single<T: Encode + ?Sized>(&mut self, start: &str, value: &T) {
        self.text.push_str(start);
        value.encode(self);
        self.end_object();
    }

    /// Writes a value.
    #[inline]
    pub fn value<T: Encode + ?Sized>(&mut self, value: &T) {
        value.encode(self);
    }

    /// Writes the only value that a place admits.
    pub fn constant(&mut self, value: &Constant) {
        match value {
            Constant::Text(text) => self.string(text),
            Constant::Integer(integer) => self.integer(*integer),
            Constant::Bool(value) => self.bool(*value),
        }
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.text.push_str("null");
    }

    /// Writes a boolean.
    pub fn bool(&mut self, value: bool) {
        self.text.push_str(if value { "true" } else { "false" });
    }

    /// Writes a string.
    pub fn string(&mut self, value: &str) {
        self.text.reserve(value.len() + 2);
        self.text.push('"');
        let end = plain_end(value.as_bytes(), 0);
        if end == value.len() {
            self.text.push_str(value);
        } else {
            self.escaped(value);
        }
        self.text.push('"');
    }

    /// Writes an integer of any size.
    pub fn integer(&mut self, value: impl itoa::Integer) {
        self.text.push_str(itoa::Buffer::new().format(value));
    }

    /// Writes an integer that JavaScript reads as a number; one that it would round is an error.
    pub fn safe_integer(&mut self, value: impl itoa::Integer, magnitude: u64) {
        if magnitude > MAX_SAFE_INTEGER {
            let text = itoa::Buffer::new().format(value).to_owned();
            self.fail("an integer between -(2^53 - 1) and 2^53 - 1", text);
        }
        self.integer(value);
    }

    /// Writes a double; one that is infinite or not a number is an error.
    pub fn double(&mut self, value: f64) {
        if value.is_finite() {
            self.text.push_str(zmij::Buffer::new().format_finite(value));
        } else {
            self.fail("a finite number", value.to_string());
            self.null();
        }
    }

    /// Writes what is JSON already.
    #[cfg(feature = "tokio")]
    pub(crate) fn text(&mut self, value: &str) {
        self.text.push_str(value);
    }

    /// Writes a value that is kept as its text.
    pub fn raw(&mut self, value: &Json) {
        self.text.push_str(value.text());
    }

    #[inline]
    fn name(&mut self, name: &str) {
        debug_assert!(name.starts_with(",\"") && name.ends_with("\":"), "{name}");
        let name = if self.is_behind_bracket() {
            &name[1..]
        } else {
            name
        };
        self.text.push_str(name);
    }

    #[inline]
    fn separate(&mut self) {
        if !self.is_behind_bracket() {
            self.text.push(',');
        }
    }

    /// Whether nothing stands yet in the object or list that is open.
    #[inline]
    fn is_behind_bracket(&self) -> bool {
        matches!(self.text.as_bytes().last(), Some(b'{' | b'['))
    }

    /// Writes text that needs escapes.
    fn escaped(&mut self, value: &str) {
        let (words, rest) = value.as_bytes().as_chunks();
        let mut last = [b' '; 8];
        last[..rest.len()].copy_from_slice(rest);
        let mut start = 0;
        for (index, word) in words.iter().enumerate() {
            let ends = ends_in_word(word);
            if ends != 0 {
                start = self.escaped_word(value, start, 8 * index, ends);
            }
        }
        start = self.escaped_word(value, start, 8 * words.len(), ends_in_word(&last));
        self.text.push_str(&value[start..]);
    }

    /// Writes the text from `start` to the last escape in the word at `at`, where `ends` says that there are some. Gives where
    /// the text behind it begins.
    fn escaped_word(&mut self, value: &str, mut start: usize, at: usize, mut ends: u64) -> usize {
        while ends != 0 {
            let end = at + ends.trailing_zeros() as usize / 8;
            self.text.push_str(&value[start..end]);
            self.escape(value.as_bytes()[end]);
            start = end + 1;
            ends &= ends - 1;
        }
        start
    }

    #[inline]
    fn escape(&mut self, byte: u8) {
        // In the order of how often they come.
        match byte {
            b'"' => self.text.push_str("\\\""),
            b'\n' => self.text.push_str("\\n"),
            b'\\' => self.text.push_str("\\\\"),
            _ => self.rare_escape(byte),
        }
    }

    #[inline(never)]
    fn rare_escape(&mut self, byte: u8) {
        match byte {
            b'\t' => self.text.push_str("\\t"),
            b'\r' => self.text.push_str("\\r"),
            0x8 => self.text.push_str("\\b"),
            0xc => self.text.push_str("\\f"),
            _ => self.text.push_str(&format!("\\u{byte:04x}")),
        }
    }

    #[cold]
    fn fail(&mut self, what: &'static str, value: String) {
        if self.error.is_none() {
            let path = path_of_end(&self.text);
            self.error = Some(EncodeError::new(what, value, path));
        }
    }
}

#[inline(never)]
fn ask(gates: &Gates, gate: &'static str, slot: &mut Option<(&'static str, bool)>) -> bool {
    let open = gates.is_open(gate);
    *slot = Some((gate, open));
    open
}

/// The place at which an unfinished text ends: `items[3].size`.
fn path_of_end(text: &str) -> String {
    let mut path = String::new();
    let mut reader = Reader::new(text);
    descend(&mut reader, &mut path);
    path
}

/// Reads on in an unfinished text until the value in which it ends.
fn descend(reader: &mut Reader<'_>, path: &mut String) {
    static NONE: Members = Members::new(&[]);
    loop {
        if reader.peek() == Some(b'{')
            && let Ok(mut object) = reader.object(&NONE)
        {
            let mut name = String::new();
            while let Ok(Some(_)) = reader.member(&mut object) {
                name = object.text_of_name(reader).into_owned();
                let start = reader.at;
                if reader.skip().is_err() || reader.peek().is_none() {
                    reader.at = start;
                    break;
                }
            }
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&name);
        } else if reader.peek() == Some(b'[') {
            let mut list = reader.list();
            while reader.element(&mut list) {
                let start = reader.at;
                if reader.skip().is_err() || reader.peek().is_none() {
                    reader.at = start;
                    break;
                }
            }
            path.push_str(&format!("[{}]", list.index()));
        } else {
            return;
        }
    }
}
