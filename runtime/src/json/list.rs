//! Lists, element by element, and maps, entry by entry.
//!
//! In: a reader before a list or map. Out: the reader before each value in turn, and behind the whole.

use super::Decode;
use super::error::{DecodeError, DecodeErrorKind};
use super::reader::Reader;

/// A list that is being read.
#[derive(Debug, Default)]
pub struct List {
    index: Option<usize>,
}

impl List {
    /// The index of the element that was announced last.
    pub fn index(&self) -> usize {
        self.index.unwrap_or_default()
    }
}

impl Reader<'_> {
    /// Opens a list.
    pub fn list(&mut self) -> List {
        let outcome = self.open(b'[', "a list");
        self.kept(outcome);
        List::default()
    }

    /// Goes to the next element; false behind the last one, when the list is closed, or after a fault.
    pub fn element(&mut self, list: &mut List) -> bool {
        if let Some(error) = self.fault.take() {
            self.fault = Some(match list.index.take() {
                Some(index) => error.in_element(index),
                None => error,
            });
            return false;
        }
        match self.next_element(list) {
            Ok(true) => true,
            Ok(false) => {
                list.index = None;
                false
            }
            Err(error) => {
                self.fail(error);
                false
            }
        }
    }

    fn next_element(&mut self, list: &mut List) -> Result<bool, DecodeError> {
        match (self.peek(), list.index) {
            (Some(b']'), _) => {
                self.at += 1;
                self.depth += 1;
                return Ok(false);
            }
            (Some(b','), Some(index)) => {
                self.at += 1;
                if self.peek() == Some(b']') {
                    return Err(self.syntax("a value"));
                }
                list.index = Some(index + 1);
            }
            (Some(_), None) => list.index = Some(0),
            _ => return Err(self.syntax("`,` or `]`")),
        }
        Ok(true)
    }

    /// Reads the part of a tuple that stands at `index`.
    pub(super) fn part<T: Decode>(
        &mut self,
        list: &mut List,
        index: usize,
        expected: &'static str,
        part: &mut T,
    ) {
        if self.element(list) {
            part.decode(self);
        } else if !self.failed() {
            self.wrong_length(expected, format!("a list of {index}"));
        }
    }

    /// Reads the end of a tuple.
    pub(super) fn end_of_parts(&mut self, list: &mut List, expected: &'static str) {
        if self.element(list) {
            self.wrong_length(expected, "a longer one".to_owned());
        }
    }

    /// Opens a map.
    pub(super) fn entries(&mut self) -> List {
        let outcome = self.open(b'{', "an object");
        self.kept(outcome);
        List::default()
    }

    fn open(&mut self, bracket: u8, expected: &'static str) -> Result<(), DecodeError> {
        if self.peek() != Some(bracket) {
            return Err(self.mismatch(expected));
        }
        self.descend()?;
        self.at += 1;
        Ok(())
    }

    #[cold]
    fn wrong_length(&mut self, expected: &'static str, found: String) {
        self.fail(self.fault_here(DecodeErrorKind::Shape, expected, found));
    }
}

impl<'a> Reader<'a> {
    /// Goes to the value of the next entry and gives its name as it is written, with its quotes; none behind the last one,
    /// when the map is closed, or after a fault.
    pub(super) fn entry(&mut self, entries: &mut List) -> Option<&'a str> {
        if self.failed() {
            return None;
        }
        let outcome = self.next_entry(entries);
        self.kept(outcome).flatten()
    }

    fn next_entry(&mut self, entries: &mut List) -> Result<Option<&'a str>, DecodeError> {
        match (self.peek(), entries.index) {
            (Some(b'}'), _) => {
                self.at += 1;
                self.depth += 1;
                return Ok(None);
            }
            (Some(b','), Some(_)) => {
                self.at += 1;
                self.peek();
            }
            (Some(_), None) => entries.index = Some(0),
            _ => return Err(self.syntax("`,` or `}`")),
        }
        if self.peek() != Some(b'"') {
            return Err(self.syntax("the name of a member"));
        }
        let start = self.at;
        self.skip_text()?;
        let name = &self.text[start..self.at];
        self.colon()?;
        Ok(Some(name))
    }

    /// Reads the key of an entry. A name is a string, and keys are read from one.
    pub(super) fn key_of_entry<K: Decode>(&mut self, name: &'a str) -> K {
        let mut reader = Reader::new(name);
        let key = reader.value();
        if let Some(error) = reader.fault {
            self.fail(error);
        }
        key
    }

    /// Ends an entry: one that could not be read is noted by its name.
    pub(super) fn end_entry(&mut self, name: &str) {
        if let Some(error) = self.fault.take() {
            let name = Reader::new(name).text_token().unwrap_or_default().into_owned();
            self.fault = Some(error.in_member(name));
        }
    }
}
