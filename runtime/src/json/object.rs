//! Objects, member by member.
//!
//! In: a reader before an object, and the names that the struct knows. Out: the index of each member that stands there,
//! the reader before its value. Members usually come in the order of the struct, so the next name is tried first, as
//! bytes, before its text is read.
//!
//! An object may be read several times: a union looks for its tag and then has the member read the same object, a
//! struct has what it flattens read the same object again. Nothing is buffered.

use std::borrow::Cow;

use super::Decode;
use super::error::DecodeError;
use super::reader::Reader;
use super::union::{Constant, Tag};
use crate::{Map, Patch};

/// The names of a struct's members.
#[derive(Debug)]
pub struct Members {
    names: &'static [&'static str],
    old: &'static [(&'static str, usize)],
    /// Whether each name stands in JSON as it is, so that bytes can be compared.
    plain: bool,
}

impl Members {
    /// Members by index.
    pub const fn new(names: &'static [&'static str]) -> Self {
        Self {
            names,
            old: &[],
            plain: all_plain(names),
        }
    }

    /// Members by index, and old spellings with the index of the member that they mean.
    pub const fn with_old(names: &'static [&'static str], old: &'static [(&'static str, usize)]) -> Self {
        Self {
            names,
            old,
            plain: all_plain(names),
        }
    }
}

/// An object that is being read.
#[derive(Debug)]
pub struct Object {
    members: &'static Members,
    /// Where it opens.
    start: usize,
    /// Where the name of the current member stands.
    name_at: usize,
    /// The index of the current member.
    index: usize,
    /// The index that is tried first for the next member.
    next: usize,
    /// A bit for each of the first 64 members that was read.
    seen: u64,
    /// Whether no member was read yet.
    first: bool,
    /// The tag of the union that this object is a member of.
    tag: Option<&'static str>,
    tag_seen: bool,
    /// Members of an enclosing struct that flattens this one.
    outer: &'static [&'static str],
}

impl Object {
    /// The value of a member that must be there.
    ///
    /// # Errors
    /// When it is not there.
    pub fn required<T>(&self, r: &Reader<'_>, index: usize, slot: Option<T>) -> Result<T, DecodeError> {
        slot.ok_or_else(|| self.missing(r, &[index]))
    }

    /// Says which of these members is missing: the first.
    #[cold]
    pub fn missing(&self, r: &Reader<'_>, required: &[usize]) -> DecodeError {
        let stands = |index: usize| match 1_u64.checked_shl(index as u32) {
            Some(bit) => self.seen & bit != 0,
            None => r.stands_before(self, index, usize::MAX).unwrap_or_default(),
        };
        let index = required.iter().copied().find(|&index| !stands(index));
        let name = index
            .and_then(|index| self.members.names.get(index))
            .copied()
            .unwrap_or_default();
        DecodeError::missing(r.text.as_bytes(), self.start, name)
    }

    /// Turns a boolean over, where the current member is one of these, which said the opposite.
    pub fn turn(&self, r: &Reader<'_>, slot: &mut Option<bool>, opposites: &[&str]) {
        if opposites.contains(&&*self.text_of_name(r)) {
            *slot = slot.map(|value| !value);
        }
    }

    /// The name of the current member, for errors.
    #[cold]
    fn name(&self, r: &Reader<'_>) -> Cow<'static, str> {
        match self.members.names.get(self.index) {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(self.text_of_name(r).into_owned()),
        }
    }

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
        let tag = self.tag.take();
        let mut object = Object {
            members,
            start: self.at,
            name_at: self.at,
            index: 0,
            next: 0,
            seen: 0,
            first: true,
            tag: None,
            tag_seen: false,
            outer: std::mem::take(&mut self.outer),
        };
        if self.peek() != Some(b'{') {
            return Err(self.mismatch("an object"));
        }
        self.descend()?;
        object.start = self.at;
        self.at += 1;
        if let Some(tag) = tag {
            object.tag = Some(tag.name);
            if let Some(behind) = tag.behind {
                self.at = behind;
                object.first = false;
                object.tag_seen = true;
            }
        }
        Ok(object)
    }

    /// Goes to the next member and gives its index, which is the number of names where the name is unknown; none behind
    /// the last member, when the object is closed.
    ///
    /// # Errors
    /// When the text is no JSON, or a known member stands here for the second time.
    pub fn member(&mut self, object: &mut Object) -> Result<Option<usize>, DecodeError> {
        loop {
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
            let Some(index) = self.name(object)? else { continue };
            self.colon()?;
            object.index = index;
            return Ok(Some(index));
        }
    }

    /// Reads the value of the current member.
    ///
    /// # Errors
    /// When it is not of this type.
    pub fn field<T: Decode>(&mut self, object: &Object, slot: &mut Option<T>) -> Result<(), DecodeError> {
        match T::decode(self) {
            Ok(value) => {
                *slot = Some(value);
                Ok(())
            }
            Err(error) => Err(error.in_member(object.name(self))),
        }
    }

    /// As [`Reader::field`]; null leaves it as it is.
    ///
    /// # Errors
    /// When it is not of this type.
    pub fn nullable<T: Decode>(&mut self, object: &Object, slot: &mut Option<T>) -> Result<(), DecodeError> {
        if self.null()? {
            Ok(())
        } else {
            self.field(object, slot)
        }
    }

    /// As [`Reader::field`], for a member that has three states.
    ///
    /// # Errors
    /// When it is not of this type.
    pub fn patch<T: Decode>(&mut self, object: &Object, slot: &mut Patch<T>) -> Result<(), DecodeError> {
        if self.null()? {
            *slot = Patch::Clear;
            return Ok(());
        }
        let mut value = None;
        self.field(object, &mut value)?;
        *slot = value.map_or(Patch::Keep, Patch::Set);
        Ok(())
    }

    /// Reads a member that has one value only.
    ///
    /// # Errors
    /// When it has another.
    pub fn constant(
        &mut self,
        object: &Object,
        slot: &mut Option<()>,
        value: &Constant,
    ) -> Result<(), DecodeError> {
        *slot = Some(());
        self.exactly(value)
            .map_err(|error| error.in_member(object.name(self)))
    }

    /// Steps over all members but the tag.
    ///
    /// # Errors
    /// When something else than an object stands here.
    pub fn no_members(&mut self) -> Result<(), DecodeError> {
        static NONE: Members = Members::new(&[]);
        let mut object = self.object(&NONE)?;
        while self.member(&mut object)?.is_some() {
            self.skip()?;
        }
        Ok(())
    }

    /// Refuses an unknown member.
    ///
    /// # Errors
    /// Always.
    #[cold]
    pub fn refuse<T>(&mut self, object: &Object) -> Result<T, DecodeError> {
        let name = object.text_of_name(self).into_owned();
        Err(DecodeError::unknown(self.text.as_bytes(), object.name_at, name))
    }

    /// Reads an unknown member into a map of the remaining ones, where the last of several wins.
    ///
    /// # Errors
    /// When its value is not of this type.
    pub fn rest<T: Decode>(&mut self, object: &Object, map: &mut Map<String, T>) -> Result<(), DecodeError> {
        match T::decode(self) {
            Ok(value) => {
                map.insert(object.text_of_name(self).into_owned(), value);
                Ok(())
            }
            Err(error) => Err(error.in_member(object.name(self))),
        }
    }

    /// Reads the object once more, as a struct or union that stands flattened in it. `outer` are the names that a map of
    /// remaining members in it leaves alone.
    ///
    /// # Errors
    /// When it does not hold such a thing.
    pub fn flattened<T: Decode>(
        &mut self,
        object: &Object,
        outer: &'static [&'static str],
    ) -> Result<T, DecodeError> {
        let end = self.at;
        self.at = object.start;
        self.tag = object.tag.map(|name| Tag { name, behind: None });
        self.outer = outer;
        let value = T::decode(self);
        self.outer = &[];
        self.tag = None;
        self.at = end;
        value
    }

    /// Reads the name of a member; none where it is one that the object passes over, with its value.
    #[inline]
    fn name(&mut self, object: &mut Object) -> Result<Option<usize>, DecodeError> {
        object.name_at = self.at;
        if object.members.plain
            && let Some(name) = object.members.names.get(object.next)
            && self.stands_here(name)
        {
            self.at += name.len() + 2;
            let index = object.next;
            object.next += 1;
            return self.once(object, index).map(Some);
        }
        self.other_name(object)
    }

    /// Whether the name stands here between quotes.
    #[inline]
    fn stands_here(&self, name: &str) -> bool {
        let bytes = &self.text.as_bytes()[self.at..];
        bytes.len() > name.len() + 1
            && bytes[0] == b'"'
            && bytes[name.len() + 1] == b'"'
            && &bytes[1..=name.len()] == name.as_bytes()
    }

    #[inline(never)]
    fn other_name(&mut self, object: &mut Object) -> Result<Option<usize>, DecodeError> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax("the name of a member"));
        }
        let name = self.text_token()?;
        let members = object.members;
        if let Some(index) = position(members.names, &name) {
            object.next = index + 1;
            return self.once(object, index).map(Some);
        }
        if let Some((_, index)) = members.old.iter().find(|(old, _)| *old == name) {
            return self.once(object, *index).map(Some);
        }
        if object.tag == Some(&*name) {
            if object.tag_seen {
                return Err(self.twice(object.name_at, name.into_owned().into()));
            }
            object.tag_seen = true;
        } else if position(object.outer, &name).is_none() {
            return Ok(Some(members.names.len()));
        }
        self.colon()?;
        self.skip()?;
        Ok(None)
    }

    /// Notes that a member was read, and refuses it the second time.
    #[inline]
    fn once(&mut self, object: &mut Object, index: usize) -> Result<usize, DecodeError> {
        let seen = match 1_u64.checked_shl(index as u32) {
            Some(bit) => {
                let seen = object.seen & bit != 0;
                object.seen |= bit;
                seen
            }
            None => self.stands_before(object, index, object.name_at)?,
        };
        if seen {
            Err(self.twice(object.name_at, object.members.names[index].into()))
        } else {
            Ok(index)
        }
    }

    /// Whether a member beyond the 64th stands in the object before this byte. Each is looked for once, or the object
    /// is refused.
    #[cold]
    fn stands_before(&self, object: &Object, index: usize, end: usize) -> Result<bool, DecodeError> {
        let members = object.members;
        let mut again = Reader::new(self.text);
        again.at = object.start;
        let mut found = false;
        again.names(|name, at| {
            let old = || members.old.iter().any(|(old, of)| *of == index && *old == name);
            found |= at < end && (name == members.names[index] || old());
            found || at >= end
        })?;
        Ok(found)
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

    #[cold]
    fn twice(&self, byte: usize, name: Cow<'static, str>) -> DecodeError {
        DecodeError::twice(self.text.as_bytes(), byte, name)
    }
}

fn position(names: &[&str], name: &str) -> Option<usize> {
    names.iter().position(|known| *known == name)
}

const fn all_plain(names: &[&str]) -> bool {
    let mut at = 0;
    while at < names.len() {
        let bytes = names[at].as_bytes();
        let mut byte = 0;
        while byte < bytes.len() {
            if bytes[byte] < 0x20 || bytes[byte] == b'"' || bytes[byte] == b'\\' {
                return false;
            }
            byte += 1;
        }
        at += 1;
    }
    true
}
