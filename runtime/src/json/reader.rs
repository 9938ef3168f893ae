//! The reader: a place in a text, and what may stand there.
//!
//! In: UTF-8 text. Out: values, pulled one after the other by [`Decode`](super::Decode) implementations. Nothing here
//! panics, and nothing recurses deeper than [`MAX_DEPTH`].

use super::Decode;
use super::error::{DecodeError, DecodeErrorKind};
use super::union::Tag;

/// How deep objects and lists may nest: 127, as `serde_json` has it.
pub(super) const MAX_DEPTH: u32 = 127;

/// How much of a value an error shows.
const EXCERPT_CHARS: usize = 40;

/// A place in a JSON text.
pub struct Reader<'a> {
    pub(super) text: &'a str,
    /// The next byte. Invariant: it is on a character boundary, for only ASCII bytes are stepped over one by one.
    pub(super) at: usize,
    /// How many more objects and lists may open.
    pub(super) depth: u32,
    /// The tag that a union has read, which the object that opens next passes over.
    pub(super) tag: Option<Tag>,
    /// Members of an enclosing struct, which the flattened object that opens next passes over.
    pub(super) outer: &'static [&'static str],
    /// How many bytes unions may yet read in vain; see [`Reader::attempt`].
    pub(super) spare: usize,
    /// Where the value stands that was looked at last, and the tag that it is; see [`Reader::refuse`].
    pub(super) looked_at: (usize, Option<&'static str>),
    /// The first fault. Invariant: with one, the reader is at the end of the text.
    pub(super) fault: Option<DecodeError>,
    /// Where the reader was when it was met.
    pub(super) stopped_at: usize,
    /// What few documents need.
    pub(super) rare: Option<Box<Rare>>,
}

/// What few documents need.
#[derive(Default)]
pub(super) struct Rare {
    /// The text of a string that has escapes.
    pub(super) text: String,
    /// Members beyond the 64th that were read, with the start of their object.
    pub(super) far: Vec<(usize, u32)>,
}

/// What a value is, told by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// A list.
    List,
    /// An object.
    Object,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `text`.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: MAX_DEPTH,
            tag: None,
            outer: &[],
            spare: text.len().saturating_mul(16),
            looked_at: (0, None),
            fault: None,
            stopped_at: 0,
            rare: None,
        }
    }

    /// Ends a document.
    ///
    /// # Errors
    /// With the first fault, or when something follows. Malformed text is reported even where a value of another type stands
    /// before it.
    pub fn finish(mut self) -> Result<(), DecodeError> {
        match self.fault.take() {
            None if self.peek().is_none() => Ok(()),
            None => Err(self.syntax("the end")),
            Some(error) if error.kind() == DecodeErrorKind::Syntax => Err(error),
            Some(error) => Err(super::validate(self.text.as_bytes()).err().unwrap_or(error)),
        }
    }

    /// Reads a value, and ends the document.
    pub(crate) fn whole(mut self, value: &mut dyn Decode) -> Result<(), DecodeError> {
        value.decode(&mut self);
        self.finish()
    }

    /// Reads a value.
    pub fn value<T: Decode>(&mut self) -> T {
        let mut value = T::blank();
        value.decode(self);
        value
    }

    /// The first fault, which is forgotten.
    pub fn take_fault(&mut self) -> Option<DecodeError> {
        self.fault.take()
    }

    /// Keeps the first fault, and reads nothing any more.
    #[cold]
    pub fn fail(&mut self, error: DecodeError) {
        if self.fault.is_none() {
            self.fault = Some(error);
            self.stopped_at = std::mem::replace(&mut self.at, self.text.len());
        }
    }

    /// Whether there was a fault.
    pub fn failed(&self) -> bool {
        self.fault.is_some()
    }

    /// The value, or a fault that is kept.
    #[inline]
    pub fn kept<T>(&mut self, outcome: Result<T, DecodeError>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    /// What stands next, told by its first byte; null where no value can begin like this, which is a fault.
    pub fn kind(&mut self) -> Kind {
        let next = self.next();
        self.looked_at = (self.at, None);
        next.unwrap_or_else(|| {
            self.fail(self.syntax("a value"));
            Kind::Null
        })
    }

    /// What stands next, told by its first byte; none where no value can begin like this.
    pub(crate) fn next(&mut self) -> Option<Kind> {
        match self.peek()? {
            b'"' => Some(Kind::String),
            b'{' => Some(Kind::Object),
            b'[' => Some(Kind::List),
            b'-' | b'0'..=b'9' => Some(Kind::Number),
            b't' | b'f' => Some(Kind::Bool),
            b'n' => Some(Kind::Null),
            _ => None,
        }
    }

    /// Refuses the value that was looked at last, by [`Reader::kind`], [`Reader::word`], [`Reader::tag`] or
    /// [`Reader::key`], which is not what its place wants.
    #[cold]
    pub fn refuse(&mut self, expected: &'static str) {
        if self.failed() {
            return;
        }
        let (start, tag) = self.looked_at;
        self.at = start;
        let error = self.mismatch(expected);
        self.fail(match tag {
            Some(tag) if error.kind() == DecodeErrorKind::Shape => error.in_member(tag),
            _ => error,
        });
    }

    /// Reads `null` if it stands here.
    pub fn null(&mut self) -> bool {
        if self.peek() != Some(b'n') {
            return false;
        }
        let outcome = self.literal("null");
        self.kept(outcome).is_some()
    }

    /// Reads a boolean.
    ///
    /// # Errors
    /// When something else stands here.
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        match self.peek() {
            Some(b't') => self.literal("true").map(|()| true),
            Some(b'f') => self.literal("false").map(|()| false),
            _ => Err(self.mismatch("a boolean")),
        }
    }

    /// The text of the value that stands here, which is stepped over.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn raw(&mut self) -> Result<&'a str, DecodeError> {
        self.peek();
        let start = self.at;
        self.skip()?;
        Ok(&self.text[start..self.at])
    }

    /// As [`Reader::raw`], where `read` may read the value on the way. Where it says that it has not, the value is stepped
    /// over, whatever was read of it.
    ///
    /// # Errors
    /// When the value is no JSON.
    #[cfg(feature = "tokio")]
    #[inline]
    pub(crate) fn raw_while(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<bool, DecodeError>,
    ) -> Result<&'a str, DecodeError> {
        self.peek();
        let (start, depth) = (self.at, self.depth);
        if !read(self)? {
            (self.at, self.depth, self.tag, self.outer) = (start, depth, None, &[]);
            self.skip()?;
        }
        Ok(&self.text[start..self.at])
    }

    /// A reader of its own at the same place.
    pub fn ahead(&self) -> Self {
        Self {
            at: self.at,
            depth: self.depth,
            ..Self::new(self.text)
        }
    }

    /// Goes to a member's value, which is part of the text of the object that stands here.
    pub(crate) fn go_into(&mut self, value: &'a str) {
        self.at = value.as_ptr() as usize - self.text.as_ptr() as usize;
        self.depth = self.depth.saturating_sub(1);
    }

    /// The byte that comes next, counted from the start of the text.
    pub fn byte(&self) -> usize {
        self.at
    }

    /// The next byte that is no white space.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                byte => return byte.copied(),
            }
        }
    }

    pub(super) fn literal(&mut self, word: &'static str) -> Result<(), DecodeError> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        Err(self.syntax("a value"))
    }

    #[inline]
    pub(super) fn descend(&mut self) -> Result<(), DecodeError> {
        match self.depth.checked_sub(1) {
            Some(depth) => {
                self.depth = depth;
                Ok(())
            }
            None => Err(self.too_deep()),
        }
    }

    #[cold]
    fn too_deep(&self) -> DecodeError {
        let expected = format!("at most {MAX_DEPTH} objects and lists in one another");
        self.fault_here(DecodeErrorKind::Syntax, expected, "more".to_owned())
    }

    /// The text is no JSON here.
    #[cold]
    pub(super) fn syntax(&self, expected: &'static str) -> DecodeError {
        let found = match self.text[self.at..].chars().next() {
            None => "the end".to_owned(),
            Some(next) => format!("`{}`", next.escape_debug()),
        };
        self.fault_here(DecodeErrorKind::Syntax, expected, found)
    }

    /// The value that stands here is not what its place wants; or it is malformed, which goes first.
    #[cold]
    pub fn mismatch(&mut self, expected: &'static str) -> DecodeError {
        self.peek();
        let start = self.at;
        if let Err(error) = self.skip() {
            return error;
        }
        let found = excerpt(&self.text[start..self.at]);
        self.at = start;
        self.fault_here(DecodeErrorKind::Shape, expected, found)
    }

    pub(super) fn fault_here(
        &self,
        kind: DecodeErrorKind,
        expected: impl Into<std::borrow::Cow<'static, str>>,
        found: String,
    ) -> DecodeError {
        DecodeError::new(kind, self.text.as_bytes(), self.at, expected, found)
    }
}

/// What an error says of a value.
pub(super) fn excerpt(value: &str) -> String {
    match value.as_bytes().first() {
        Some(b'{') => "an object".to_owned(),
        Some(b'[') => "a list".to_owned(),
        _ => match value.char_indices().nth(EXCERPT_CHARS) {
            None => value.to_owned(),
            Some((end, _)) => format!("{}…", &value[..end]),
        },
    }
}
