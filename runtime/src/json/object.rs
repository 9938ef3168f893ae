//! Objects, member by member, for those who take the values as text.
//!
//! In: a reader before an object, and the names that are wanted. Out: the index of each member that stands there, the reader
//! before its value. Structs are read by [`Fields`](super::Fields).

use std::borrow::Cow;

use super::error::DecodeError;
use super::reader::Reader;
use super::text::same_name;

/// The names of the members that are wanted: at most 64.
#[derive(Debug)]
pub struct Members {
    names: &'static [&'static str],
}

impl Members {
    /// Members by index.
    pub const fn new(names: &'static [&'static str]) -> Self {
        assert!(names.len() <= u64::BITS as usize, "a bit for each");
        Self { names }
    }
}

/// An object that is being read.
#[derive(Debug)]
pub struct Object {
    members: &'static Members,
    /// Where the name of the current member stands.
    name_at: usize,
    /// A bit for each member that was read.
    seen: u64,
    /// Whether no member was read yet.
    first: bool,
}

impl Object {
    pub(super) fn text_of_name<'a>(&self, r: &Reader<'a>) -> Cow<'a, str> {
        let mut again = Reader::new(r.text);
        again.at = self.name_at;
        again.text_token().unwrap_or_default()
    }
}

impl Reader<'_> {
    /// Opens an object.
    ///
    /// # Errors
    /// When something else stands here.
    pub fn object(&mut self, members: &'static Members) -> Result<Object, DecodeError> {
        if self.peek() != Some(b'{') {
            return Err(self.mismatch("an object"));
        }
        self.descend()?;
        self.at += 1;
        Ok(Object {
            members,
            name_at: self.at,
            seen: 0,
            first: true,
        })
    }

    /// Goes to the next member and gives its index, which is the number of names where the name is unknown; none behind
    /// the last member, when the object is closed.
    ///
    /// # Errors
    /// When the text is no JSON, or a known member stands here for the second time.
    pub fn member(&mut self, object: &mut Object) -> Result<Option<usize>, DecodeError> {
        match self.peek() {
            Some(b'}') => {
                self.at += 1;
                self.depth += 1;
                return Ok(None);
            }
            Some(b',') if !object.first => {
                self.at += 1;
                self.peek();
            }
            Some(_) if object.first => object.first = false,
            _ => return Err(self.syntax("`,` or `}`")),
        }
        if self.peek() != Some(b'"') {
            return Err(self.syntax("the name of a member"));
        }
        object.name_at = self.at;
        let name = self.text_token()?;
        let names = object.members.names;
        let index = names
            .iter()
            .position(|known| same_name(known.as_bytes(), name.as_bytes()));
        if let Some(index) = index {
            if object.seen & 1 << index != 0 {
                let name = names[index].into();
                return Err(DecodeError::twice(self.text.as_bytes(), object.name_at, name));
            }
            object.seen |= 1 << index;
        }
        self.colon()?;
        Ok(Some(index.unwrap_or(names.len())))
    }

    /// Steps over the member of this index if it is this text and stands first. Says whether it does.
    #[cfg(feature = "tokio")]
    pub(crate) fn begins_with(&mut self, object: &mut Object, index: usize, member: &str) -> bool {
        let begins = object.first && self.text.as_bytes()[self.at..].starts_with(member.as_bytes());
        if begins {
            self.at += member.len();
            object.seen |= 1 << index;
            object.first = false;
        }
        begins
    }

    /// Calls `stop` for each name of the object that stands here, with its place, the reader before the colon; until it
    /// says true.
    pub(super) fn names(&mut self, mut stop: impl FnMut(&str, usize) -> bool) -> Result<(), DecodeError> {
        self.peek();
        self.at += 1;
        let mut first = true;
        loop {
            match self.peek() {
                Some(b'}') => return Ok(()),
                Some(b',') if !first => {
                    self.at += 1;
                    self.peek();
                }
                Some(_) if first => first = false,
                _ => return Err(self.syntax("`,` or `}`")),
            }
            if self.peek() != Some(b'"') {
                return Err(self.syntax("the name of a member"));
            }
            let at = self.at;
            let name = self.text_token()?;
            if stop(&name, at) {
                return Ok(());
            }
            self.colon()?;
            self.skip()?;
        }
    }
}
