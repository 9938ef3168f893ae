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
}

/// A value that somebody has tried to read; none where nobody did.
#[cfg(feature = "tokio")]
type Tried<T> = Option<Result<T, DecodeError>>;

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
        }
    }

    /// Ends a document.
    ///
    /// # Errors
    /// When something follows.
    pub fn finish(mut self) -> Result<(), DecodeError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.syntax("the end")),
        }
    }

    /// Reads a value.
    ///
    /// # Errors
    /// When it is not of this type.
    #[inline]
    pub fn value<T: Decode>(&mut self) -> Result<T, DecodeError> {
        T::decode(self)
    }

    /// What stands next, told by its first byte.
    ///
    /// # Errors
    /// When no value can begin like this.
    pub fn kind(&mut self) -> Result<Kind, DecodeError> {
        Ok(match self.peek() {
            Some(b'"') => Kind::String,
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::List,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => return Err(self.syntax("a value")),
        })
    }

    /// Reads `null` if it stands here.
    ///
    /// # Errors
    /// When something stands here that only begins like it.
    pub fn null(&mut self) -> Result<bool, DecodeError> {
        if self.peek() != Some(b'n') {
            return Ok(false);
        }
        self.word("null").map(|()| true)
    }

    /// Reads a boolean.
    ///
    /// # Errors
    /// When something else stands here.
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        match self.peek() {
            Some(b't') => self.word("true").map(|()| true),
            Some(b'f') => self.word("false").map(|()| false),
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

    /// As [`Reader::raw`], where `read` may read the value on the way. With none it must leave the reader where it was; a
    /// value that it refuses is stepped over.
    ///
    /// # Errors
    /// When the value is no JSON.
    #[cfg(feature = "tokio")]
    pub(crate) fn raw_while<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Tried<T>,
    ) -> Result<(&'a str, Tried<T>), DecodeError> {
        self.peek();
        let (start, depth) = (self.at, self.depth);
        let value = read(self);
        match &value {
            Some(Ok(_)) => {}
            Some(Err(error)) if error.kind() == DecodeErrorKind::Syntax => {
                return value.transpose().map(|_| ("", None));
            }
            Some(Err(_)) | None => {
                (self.at, self.depth, self.tag, self.outer) = (start, depth, None, &[]);
                self.skip()?;
            }
        }
        Ok((&self.text[start..self.at], value))
    }

    /// Goes to the value of a member of the object that stands here; false when there is none.
    #[cfg(feature = "tokio")]
    pub(crate) fn go_to(&mut self, name: &str) -> bool {
        if self.peek() != Some(b'{') {
            return false;
        }
        let mut found = false;
        let looked = self.names(|each, _| {
            found = each == name;
            found
        });
        looked.is_ok() && found && self.colon().is_ok()
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

    pub(super) fn word(&mut self, word: &'static str) -> Result<(), DecodeError> {
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
        self.fault(DecodeErrorKind::Syntax, expected, "more".to_owned())
    }

    /// The text is no JSON here.
    #[cold]
    pub(super) fn syntax(&self, expected: &'static str) -> DecodeError {
        let found = match self.text[self.at..].chars().next() {
            None => "the end".to_owned(),
            Some(next) => format!("`{}`", next.escape_debug()),
        };
        self.fault(DecodeErrorKind::Syntax, expected, found)
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
        self.fault(DecodeErrorKind::Shape, expected, found)
    }

    pub(super) fn fault(
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
