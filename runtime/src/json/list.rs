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
    ///
    /// # Errors
    /// When something else stands here.
    pub fn list(&mut self) -> Result<List, DecodeError> {
        if self.peek() != Some(b'[') {
            return Err(self.mismatch("a list"));
        }
        self.descend()?;
        self.at += 1;
        Ok(List::default())
    }

    /// Goes to the next element; false behind the last one, when the list is closed.
    ///
    /// # Errors
    /// When the text is no JSON.
    pub fn element(&mut self, list: &mut List) -> Result<bool, DecodeError> {
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
    ) -> Result<T, DecodeError> {
        if !self.element(list)? {
            return Err(self.wrong_length(expected, format!("a list of {index}")));
        }
        T::decode(self).map_err(|error| error.in_element(index))
    }

    /// Reads the end of a tuple.
    pub(super) fn end_of_parts(
        &mut self,
        list: &mut List,
        expected: &'static str,
    ) -> Result<(), DecodeError> {
        if self.element(list)? {
            return Err(self.wrong_length(expected, "a longer one".to_owned()));
        }
        Ok(())
    }

    /// Opens a map.
    pub(super) fn entries(&mut self) -> Result<List, DecodeError> {
        if self.peek() != Some(b'{') {
            return Err(self.mismatch("an object"));
        }
        self.descend()?;
        self.at += 1;
        Ok(List::default())
    }

    #[cold]
    fn wrong_length(&self, expected: &'static str, found: String) -> DecodeError {
        self.fault(DecodeErrorKind::Shape, expected, found)
    }
}

impl<'a> Reader<'a> {
    /// Goes to the next entry and gives its name as it is written, with its quotes; none behind the last one, when the
    /// map is closed.
    pub(super) fn entry(&mut self, entries: &mut List) -> Result<Option<&'a str>, DecodeError> {
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
        Ok(Some(&self.text[start..self.at]))
    }

    /// Goes to the value of an entry.
    pub(super) fn entry_value(&mut self) -> Result<(), DecodeError> {
        self.colon()
    }

    /// An error seen from the map that holds the entry.
    #[cold]
    pub(super) fn in_entry(&self, name: &str, error: DecodeError) -> DecodeError {
        let name = Reader::new(name).text_token().unwrap_or_default().into_owned();
        error.in_member(name)
    }
}
