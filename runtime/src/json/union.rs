//! Telling the members of enums and unions apart.
//!
//! In: a reader before a value, and what the members look like. Out: which member it is, the reader where that member's
//! content is read. A tag is looked up ahead and the object read from its start then; usually it stands first, and the
//! reader goes on behind it. Untagged members are told apart by kind, then by the names in an object; only where
//! that does not do, they are tried one after the other.

use std::borrow::Cow;

use super::error::{DecodeError, DecodeErrorKind};
use super::object::Members;
use super::reader::{Reader, excerpt};
use super::{Decode, Json};

/// A tag that was read ahead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag {
    pub(super) name: &'static str,
    /// The byte behind its value, where it stands first in the object.
    pub(super) behind: Option<usize>,
}

/// What tells the member of a union that stands as a bare string, or as an object of one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'r> {
    /// A bare string.
    Word(&'r str),
    /// The name of an object's first member, whose value [`Reader::content`] reads.
    Member(&'r str),
    /// Neither.
    None,
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
    /// Reads this one value, and refuses another.
    pub fn exactly(&mut self, value: &Constant) {
        let outcome = self.try_exactly(value);
        self.kept(outcome);
    }

    fn try_exactly(&mut self, value: &Constant) -> Result<(), DecodeError> {
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
        Err(self.fault_here(DecodeErrorKind::Shape, expected, found))
    }

    /// The tag of the object that stands here; none where it has none, or no string, which is a fault. The object that is
    /// opened next passes over it. [`Reader::refuse`] refuses it.
    pub fn tag(&mut self, name: &'static str) -> Option<&str> {
        match self.look_for_tag(name) {
            Ok(text) => Some(self.held(text)),
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    /// Reads the content of a member that stands beside its tag. `content` is its one name.
    pub fn adjacent<T: Decode>(&mut self, content: &'static str) -> T {
        let mut value = T::blank();
        let mut fields = self.fields();
        while fields.more() {
            fields.required(content, &mut value);
        }
        value
    }

    /// Says behind which gate the member of a union stands that was read last, and what a refusal calls it.
    pub fn behind(&mut self, [gate, what]: &'static [&'static str; 2]) {
        if let Some(error) = &mut self.fault {
            let within = error.steps();
            error.behind(gate, what, within);
        }
    }

    /// Reads an object that has nothing but a tag, which `value` stands for.
    pub fn alone<T>(&mut self, value: T) -> T {
        self.no_members();
        value
    }

    /// What tells the member of a union that stands here: a bare string, which is read, or the name of an object's first
    /// member. [`Reader::refuse`] refuses it.
    pub fn key(&mut self) -> Key<'_> {
        let next = self.peek();
        self.looked_at = (self.at, None);
        match next {
            Some(b'"') => match self.text_token() {
                Ok(text) => return Key::Word(self.held(text)),
                Err(error) => self.fail(error),
            },
            Some(b'{') => match self.name_ahead() {
                Ok(Some(name)) => return Key::Member(self.held(name)),
                Ok(None) => {}
                Err(error) => self.fail(error),
            },
            _ => {}
        }
        Key::None
    }

    /// The name of the first member of the object that stands here, if it has any.
    fn name_ahead(&self) -> Result<Option<Cow<'a, str>>, DecodeError> {
        let mut ahead = self.ahead();
        ahead.at += 1;
        match ahead.peek() {
            Some(b'"') => ahead.text_token().map(Some),
            _ => Ok(None),
        }
    }

    /// Reads an object of one member, whose name [`Reader::key`] has told: the value of that member.
    pub fn content<T: Decode>(&mut self, name: &'static str) -> T {
        let mut value = T::blank();
        let outcome = self.open_content();
        if self.kept(outcome).is_some() {
            value.decode(self);
            self.close_content(name);
        }
        value
    }

    fn open_content(&mut self) -> Result<(), DecodeError> {
        self.descend()?;
        self.at += 1;
        self.peek();
        self.skip_text()?;
        self.colon()
    }

    fn close_content(&mut self, name: &'static str) {
        if let Some(error) = self.fault.take() {
            self.fault = Some(error.in_member(name));
            return;
        }
        match self.peek() {
            Some(b'}') => {
                self.at += 1;
                self.depth += 1;
            }
            Some(b',') => {
                let found = "more".to_owned();
                self.fail(self.fault_here(DecodeErrorKind::Shape, "an object of one member", found));
            }
            _ => self.fail(self.syntax("`}`")),
        }
    }

    /// Reads a member of a union that is not known, which [`Reader::key`] has looked at: a bare string, or an object of one
    /// member.
    pub fn unknown_key(&mut self, expected: &'static str) -> Json {
        if self.failed() {
            return Json::null();
        }
        self.at = self.looked_at.0;
        let one = match self.peek() {
            Some(b'"') => true,
            Some(b'{') => {
                let mut names = 0;
                let outcome = self.ahead().names(|_, _| {
                    names += 1;
                    false
                });
                self.kept(outcome);
                names == 1
            }
            _ => false,
        };
        if !one {
            self.refuse(expected);
        }
        self.value()
    }

    /// Which of these shapes the object that stands here may have.
    pub fn shapes(&mut self, shapes: &[Shape]) -> Shapes {
        let outcome = self.members_ahead();
        match self.kept(outcome) {
            Some(members) => fitting(&members, shapes),
            None => Shapes(0),
        }
    }

    /// Reads the object that stands here as the shape with this index, if it may have it and fits. The last shape that it
    /// may have is not tried but read: what is wrong then is the answer.
    pub fn value_of_shape<T: Decode>(&mut self, shapes: Shapes, index: u32) -> Option<T> {
        match shapes.0.checked_shr(index).unwrap_or_default() {
            1 => Some(self.value()),
            fits if fits & 1 == 1 => self.attempt(),
            _ => None,
        }
    }

    /// Reads a value if it is of this type, and else stays where it is.
    ///
    /// Bytes that are read in vain are counted: a union within a union within a union could else double the
    /// work at each level. Too many of them are a fault, as malformed text is.
    pub fn attempt<T: Decode>(&mut self) -> Option<T> {
        if self.failed() {
            return None;
        }
        let before = (self.at, self.depth, self.looked_at);
        let value = self.value();
        self.succeeds(before).then_some(value)
    }

    /// As [`Reader::attempt`], for a constant.
    pub fn attempt_constant(&mut self, value: &Constant) -> bool {
        if self.failed() {
            return false;
        }
        let before = (self.at, self.depth, self.looked_at);
        self.exactly(value);
        self.succeeds(before)
    }

    /// Whether what was read since then succeeded; if not, the reader goes back.
    fn succeeds(&mut self, before: (usize, u32, (usize, Option<&'static str>))) -> bool {
        let (start, depth, looked_at) = before;
        self.looked_at = looked_at;
        let Some(error) = self.fault.take() else {
            return true;
        };
        let in_vain = self.stopped_at.max(error.byte()).saturating_sub(start) + 1;
        self.at = start;
        self.depth = depth;
        self.tag = None;
        self.outer = &[];
        if error.kind() == DecodeErrorKind::Syntax || self.spare < in_vain {
            self.fail(error);
        } else {
            self.spare -= in_vain;
        }
        false
    }

    /// Looks for the tag and comes back.
    fn look_for_tag(&mut self, name: &'static str) -> Result<Cow<'a, str>, DecodeError> {
        if self.peek() != Some(b'{') {
            return Err(self.mismatch("an object"));
        }
        let start = self.at;
        let mut ahead = self.ahead();
        ahead.depth = self.depth.saturating_sub(1);
        let mut members = 0;
        let mut found = false;
        ahead.names(|member, _| {
            members += 1;
            found = member == name;
            found
        })?;
        if !found {
            return Err(DecodeError::missing(self.text.as_bytes(), start, name));
        }
        ahead.colon()?;
        let next = ahead.peek();
        self.looked_at = (ahead.at, Some(name));
        if next != Some(b'"') {
            return Err(ahead.mismatch("a string").in_member(name));
        }
        let text = ahead.text_token()?;
        self.tag = Some(Tag {
            name,
            behind: (members == 1).then_some(ahead.at),
        });
        Ok(text)
    }

    /// The members of the object that stands here, with the texts of their values.
    fn members_ahead(&mut self) -> Result<Vec<(Cow<'a, str>, &'a str)>, DecodeError> {
        static NONE: Members = Members::new(&[]);
        let mut members = Vec::new();
        let mut ahead = self.ahead();
        let mut object = ahead.object(&NONE)?;
        while ahead.member(&mut object)?.is_some() {
            let name = object.text_of_name(&ahead);
            members.push((name, ahead.raw()?));
        }
        Ok(members)
    }
}

/// Which of the shapes an object of these members may have.
fn fitting(members: &[(Cow<'_, str>, &str)], shapes: &[Shape]) -> Shapes {
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
    Shapes(fits)
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
