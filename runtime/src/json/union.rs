//! Telling the members of enums and unions apart.
//!
//! In: a reader before a value, and what the members look like. Out: which member it is, the reader where that member's
//! content is read. A tag is looked up ahead and the object read from its start then; usually it stands first, and the
//! reader goes on behind it. Untagged members are told apart by kind, then by the names in an object; only where
//! that does not do, they are tried one after the other.

use std::borrow::Cow;

use super::Decode;
use super::error::{DecodeError, DecodeErrorKind};
use super::object::Members;
use super::reader::{Kind, Reader, excerpt};

/// A tag that was read ahead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag {
    pub(super) name: &'static str,
    /// The byte behind its value, where it stands first in the object.
    pub(super) behind: Option<usize>,
}

/// The strings of an enum, or the tags of a union, old spellings last.
#[derive(Debug)]
pub struct Words {
    words: &'static [&'static str],
    expected: &'static str,
}

impl Words {
    /// `expected` is what an error says: `"a" or "b"`.
    pub const fn new(words: &'static [&'static str], expected: &'static str) -> Self {
        Self { words, expected }
    }
}

/// The members of a union that stands as a bare string, or as an object of one member.
#[derive(Debug)]
pub struct Keys {
    strings: &'static [&'static str],
    keys: &'static [&'static str],
    expected: &'static str,
}

impl Keys {
    /// Bare strings, then the names of objects' members. `expected` is what an error says.
    pub const fn new(
        strings: &'static [&'static str],
        keys: &'static [&'static str],
        expected: &'static str,
    ) -> Self {
        Self {
            strings,
            keys,
            expected,
        }
    }
}

/// The only value that a place admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constant {
    /// A string.
    Text(&'static str),
    /// An integer.
    Integer(i64),
    /// A boolean.
    Bool(bool),
}

/// What tells an object of an untagged union from the others.
#[derive(Debug)]
pub struct Shape {
    /// Members that must be there, each with its old spellings.
    pub required: &'static [&'static [&'static str]],
    /// Members that must have one of these values.
    pub constants: &'static [(&'static str, &'static [Constant])],
    /// All members that there may be; none where unknown ones are ignored.
    pub only: Option<&'static [&'static str]>,
}

/// The shapes that an object may have: a bit for each.
#[derive(Clone, Copy, Debug)]
pub struct Shapes(u64);

impl<'a> Reader<'a> {
    /// Reads one of several strings and gives its index.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn one_of(&mut self, words: &Words) -> Result<usize, DecodeError> {
        if self.peek() != Some(b'"') {
            return Err(self.mismatch(words.expected));
        }
        let start = self.at;
        let text = self.text_token()?;
        match words.words.iter().position(|word| *word == text) {
            Some(index) => Ok(index),
            None => {
                self.at = start;
                Err(self.mismatch(words.expected))
            }
        }
    }

    /// Reads one of several strings and gives its index, or the text of another string.
    ///
    /// # Errors
    /// When something else stands here.
    pub fn one_of_open(&mut self, words: &Words) -> Result<Result<usize, String>, DecodeError> {
        let text = self.string()?;
        Ok(match words.words.iter().position(|word| *word == text) {
            Some(index) => Ok(index),
            None => Err(text.into_owned()),
        })
    }

    /// Reads this one value.
    ///
    /// # Errors
    /// When it is another.
    pub fn exactly(&mut self, value: &Constant) -> Result<(), DecodeError> {
        self.peek();
        let start = self.at;
        let same = is_constant(self.raw()?, value);
        if same {
            return Ok(());
        }
        let found = excerpt(&self.text[start..self.at]);
        self.at = start;
        let expected = match value {
            Constant::Text(text) => format!("{text:?}"),
            Constant::Integer(integer) => integer.to_string(),
            Constant::Bool(value) => value.to_string(),
        };
        Err(self.fault(DecodeErrorKind::Shape, expected, found))
    }

    /// The index of the tag of the object that stands here. The object that is opened next passes over it.
    ///
    /// # Errors
    /// When there is no such tag, or no object.
    pub fn tag(&mut self, name: &'static str, words: &Words) -> Result<usize, DecodeError> {
        let (tag, index) = self.look_for_tag(name, words)?;
        match index {
            Some(index) => {
                self.tag = Some(tag);
                Ok(index)
            }
            None => {
                let start = self.at;
                self.at = self.tag_value(name)?;
                let error = self.mismatch(words.expected).in_member(name);
                self.at = start;
                Err(error)
            }
        }
    }

    /// As [`Reader::tag`]; none where the tag is a string that is not known.
    ///
    /// # Errors
    /// When the object has no tag, or it is no string.
    pub fn tag_open(&mut self, name: &'static str, words: &Words) -> Result<Option<usize>, DecodeError> {
        let (tag, index) = self.look_for_tag(name, words)?;
        self.tag = index.map(|_| tag);
        Ok(index)
    }

    /// Reads the content of a member that stands beside its tag. `content` is its one name.
    ///
    /// # Errors
    /// When it is not there, or not of this type.
    pub fn adjacent<T: Decode>(&mut self, content: &'static Members) -> Result<T, DecodeError> {
        let mut object = self.object(content)?;
        let mut slot = None;
        while let Some(member) = self.member(&mut object)? {
            match member {
                0 => self.field(&object, &mut slot)?,
                _ => self.skip()?,
            }
        }
        object.required(self, 0, slot)
    }

    /// The index of a bare string, or of the one member of an object, counted on from the strings, whose value
    /// [`Reader::content`] reads.
    ///
    /// # Errors
    /// When something else stands here.
    pub fn external(&mut self, keys: &Keys) -> Result<usize, DecodeError> {
        let start = self.at;
        match self.look_for_key(keys)? {
            Some(index) => Ok(index),
            None => {
                self.at = start;
                Err(self.mismatch(keys.expected))
            }
        }
    }

    /// As [`Reader::external`]; none before a string, or an object of one member, that is not known.
    ///
    /// # Errors
    /// When something else stands here.
    pub fn external_open(&mut self, keys: &Keys) -> Result<Option<usize>, DecodeError> {
        self.peek();
        let start = self.at;
        let index = self.look_for_key(keys)?;
        if index.is_none() {
            let known = |name: &str| keys.strings.contains(&name) || keys.keys.contains(&name);
            self.at = start;
            let unknown = match self.kind()? {
                Kind::String => !known(&self.text_token()?),
                Kind::Object => {
                    let mut names = 0;
                    self.names(|name, _| {
                        names += if known(name) { 2 } else { 1 };
                        false
                    })?;
                    names == 1
                }
                _ => false,
            };
            self.at = start;
            if !unknown {
                return Err(self.mismatch(keys.expected));
            }
        }
        Ok(index)
    }

    /// Reads the content of an object's one member, and the end of the object.
    ///
    /// # Errors
    /// When it is not of this type, or there is another member.
    pub fn content<T: Decode>(&mut self, name: &'static str) -> Result<T, DecodeError> {
        let value = T::decode(self).map_err(|error| error.in_member(name))?;
        match self.peek() {
            Some(b'}') => {
                self.at += 1;
                self.depth += 1;
                Ok(value)
            }
            Some(b',') => {
                let found = "more".to_owned();
                Err(self.fault(DecodeErrorKind::Shape, "an object of one member", found))
            }
            _ => Err(self.syntax("`}`")),
        }
    }

    /// Which of these shapes the object that stands here may have.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn shapes(&mut self, shapes: &[Shape]) -> Result<Shapes, DecodeError> {
        let start = self.at;
        let members = self.members_ahead()?;
        self.at = start;
        let mut fits = 0;
        // Those that a constant names, whatever else they lack: if there is one, its faults are the answer.
        let mut named = 0;
        for (index, shape) in shapes.iter().enumerate() {
            let bit = 1_u64.checked_shl(index as u32).unwrap_or_default();
            let mut constants = members.iter().filter_map(|(member, value)| {
                let (_, values) = shape.constants.iter().find(|(name, _)| member == name)?;
                Some(values.iter().any(|constant| is_constant(value, constant)))
            });
            if constants.clone().any(|same| !same) {
                continue;
            }
            if constants.next().is_some() {
                named |= bit;
            }
            let has = |names: &&[&str]| members.iter().any(|(name, _)| names.contains(&&**name));
            let known = |only: &[&str]| members.iter().all(|(name, _)| only.contains(&&**name));
            if shape.required.iter().all(has) && shape.only.is_none_or(known) {
                fits |= bit;
            }
        }
        if fits == 0 && named.is_power_of_two() {
            fits = named;
        }
        Ok(Shapes(fits))
    }

    /// Reads the object that stands here as the shape with this index, if it may have it and fits. The last shape that it
    /// may have is not tried but read: what is wrong then is the answer.
    ///
    /// # Errors
    /// As [`Reader::attempt`], and when the last one does not fit.
    pub fn value_of_shape<T: Decode>(
        &mut self,
        shapes: Shapes,
        index: u32,
    ) -> Result<Option<T>, DecodeError> {
        match shapes.0.checked_shr(index).unwrap_or_default() {
            1 => T::decode(self).map(Some),
            fits if fits & 1 == 1 => self.attempt(),
            _ => Ok(None),
        }
    }

    /// Reads a value if it is of this type, and else stays where it is.
    ///
    /// Bytes that are read in vain are counted: a union within a union within a union could else double the
    /// work at each level.
    ///
    /// # Errors
    /// When the text is no JSON, or too much was read in vain.
    pub fn attempt<T: Decode>(&mut self) -> Result<Option<T>, DecodeError> {
        let (start, depth) = (self.at, self.depth);
        match T::decode(self) {
            Ok(value) => Ok(Some(value)),
            Err(error) => self.step_back(start, depth, error).map(|()| None),
        }
    }

    /// As [`Reader::attempt`], for a constant.
    ///
    /// # Errors
    /// As [`Reader::attempt`].
    pub fn attempt_constant(&mut self, value: &Constant) -> Result<bool, DecodeError> {
        let (start, depth) = (self.at, self.depth);
        match self.exactly(value) {
            Ok(()) => Ok(true),
            Err(error) => self.step_back(start, depth, error).map(|()| false),
        }
    }

    fn step_back(&mut self, start: usize, depth: u32, error: DecodeError) -> Result<(), DecodeError> {
        let in_vain = self.at.max(error.byte()).saturating_sub(start) + 1;
        self.at = start;
        self.depth = depth;
        self.tag = None;
        self.outer = &[];
        if error.kind() == DecodeErrorKind::Syntax || self.spare < in_vain {
            return Err(error);
        }
        self.spare -= in_vain;
        Ok(())
    }

    /// Looks for the tag and comes back.
    fn look_for_tag(
        &mut self,
        name: &'static str,
        words: &Words,
    ) -> Result<(Tag, Option<usize>), DecodeError> {
        if self.peek() != Some(b'{') {
            return Err(self.mismatch("an object"));
        }
        let start = self.at;
        let value = self.tag_value(name)?;
        self.at = value;
        let text = match self.peek() {
            Some(b'"') => self.text_token()?,
            _ => {
                let error = self.mismatch("a string").in_member(name);
                self.at = start;
                return Err(error);
            }
        };
        let index = words.words.iter().position(|word| *word == text);
        let first = self.is_first_member(start, value);
        let tag = Tag {
            name,
            behind: first.then_some(self.at),
        };
        self.at = start;
        Ok((tag, index))
    }

    /// The byte at which the value of the tag begins.
    fn tag_value(&mut self, name: &'static str) -> Result<usize, DecodeError> {
        let start = self.at;
        let mut ahead = Reader::new(self.text);
        ahead.at = start;
        ahead.depth = self.depth.saturating_sub(1);
        let mut found = false;
        ahead.names(|member, _| {
            found = member == name;
            found
        })?;
        if !found {
            return Err(DecodeError::missing(self.text.as_bytes(), start, name));
        }
        ahead.colon()?;
        ahead.peek();
        Ok(ahead.at)
    }

    /// Whether the value at `value` belongs to the first member of the object at `start`.
    fn is_first_member(&self, start: usize, value: usize) -> bool {
        let mut ahead = Reader::new(self.text);
        ahead.at = start + 1;
        ahead.peek() == Some(b'"')
            && ahead.skip_text().is_ok()
            && ahead.colon().is_ok()
            && ahead.peek().is_some()
            && ahead.at == value
    }

    /// The index of a known string or member. None leaves the reader anywhere in the value.
    fn look_for_key(&mut self, keys: &Keys) -> Result<Option<usize>, DecodeError> {
        match self.peek() {
            Some(b'"') => {
                let text = self.text_token()?;
                Ok(keys.strings.iter().position(|word| *word == text))
            }
            Some(b'{') => {
                let depth = self.depth;
                self.descend()?;
                self.at += 1;
                if self.peek() != Some(b'"') {
                    self.depth = depth;
                    return Ok(None);
                }
                let name = self.text_token()?;
                self.colon()?;
                let index = keys.keys.iter().position(|key| *key == name);
                if index.is_none() {
                    self.depth = depth;
                }
                Ok(index.map(|index| keys.strings.len() + index))
            }
            _ => Ok(None),
        }
    }

    /// The members of the object that stands here, with the texts of their values.
    fn members_ahead(&mut self) -> Result<Vec<(Cow<'a, str>, &'a str)>, DecodeError> {
        static NONE: Members = Members::new(&[]);
        let (tag, outer) = (self.tag.take(), std::mem::take(&mut self.outer));
        let mut members = Vec::new();
        let mut object = self.object(&NONE)?;
        while self.member(&mut object)?.is_some() {
            let name = object.text_of_name(self);
            members.push((name, self.raw()?));
        }
        (self.tag, self.outer) = (tag, outer);
        Ok(members)
    }
}

fn is_constant(text: &str, value: &Constant) -> bool {
    let mut reader = Reader::new(text);
    match *value {
        Constant::Text(expected) => {
            text.starts_with('"') && reader.string().is_ok_and(|found| found == expected)
        }
        Constant::Integer(expected) => reader
            .integer::<i64>("an integer")
            .is_ok_and(|found| found == expected),
        Constant::Bool(expected) => text == if expected { "true" } else { "false" },
    }
}
