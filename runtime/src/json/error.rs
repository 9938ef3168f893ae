//! What goes wrong when JSON is read or written.
//!
//! In: the place of a fault and what stands there. Out: errors with path, expected and found. Paths are built while the
//! calls unwind, so that reading without a fault pays nothing for them.

use std::borrow::Cow;
use std::fmt;

use crate::gates::{Gates, Use};

/// Why a document, or a value in it, was refused.
pub struct DecodeError(Box<Fault>);

struct Fault {
    kind: DecodeErrorKind,
    /// Innermost step first.
    path: Vec<Step>,
    problem: Problem,
    byte: usize,
    line: usize,
    column: usize,
    /// The gated parts that hold the place, innermost first.
    behind: Vec<Behind>,
}

/// A gated part that holds the place of a fault.
struct Behind {
    gate: &'static str,
    what: &'static str,
    /// How many steps of the path lie within the part.
    within: usize,
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeErrorKind {
    /// The text is no JSON.
    Syntax,
    /// The text is JSON, and a value in it is not what its place wants.
    Shape,
}

#[derive(PartialEq)]
enum Problem {
    Other {
        expected: Cow<'static, str>,
        found: String,
    },
    Missing,
    Twice,
    Unknown,
}

#[derive(PartialEq)]
enum Step {
    Name(Cow<'static, str>),
    Index(usize),
}

impl DecodeError {
    #[cold]
    pub(super) fn new(
        kind: DecodeErrorKind,
        text: &[u8],
        byte: usize,
        expected: impl Into<Cow<'static, str>>,
        found: String,
    ) -> Self {
        let expected = expected.into();
        Self::at(kind, text, byte, Problem::Other { expected, found })
    }

    #[cold]
    pub(super) fn missing(text: &[u8], byte: usize, name: impl Into<Cow<'static, str>>) -> Self {
        Self::at(DecodeErrorKind::Shape, text, byte, Problem::Missing).in_member(name)
    }

    #[cold]
    pub(super) fn twice(text: &[u8], byte: usize, name: Cow<'static, str>) -> Self {
        Self::at(DecodeErrorKind::Shape, text, byte, Problem::Twice).in_member(name)
    }

    #[cold]
    pub(super) fn unknown(text: &[u8], byte: usize, name: String) -> Self {
        Self::at(DecodeErrorKind::Shape, text, byte, Problem::Unknown).in_member(name)
    }

    #[cold]
    pub(super) fn not_utf8(document: &[u8], byte: usize) -> Self {
        let found = format!(
            "the byte 0x{:02x}",
            document.get(byte).copied().unwrap_or_default()
        );
        Self::new(DecodeErrorKind::Syntax, document, byte, "UTF-8", found)
    }

    fn at(kind: DecodeErrorKind, text: &[u8], byte: usize, problem: Problem) -> Self {
        let before = &text[..byte.min(text.len())];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        Self(Box::new(Fault {
            kind,
            path: Vec::new(),
            problem,
            byte,
            line: memchr::memchr_iter(b'\n', before).count() + 1,
            column: String::from_utf8_lossy(&before[line_start..]).chars().count() + 1,
            behind: Vec::new(),
        }))
    }

    /// The same, seen from the object that holds the value as this member.
    #[cold]
    pub fn in_member(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.path.push(Step::Name(name.into()));
        self
    }

    /// The same, seen from the list that holds the value at this index.
    #[cold]
    pub fn in_element(mut self, index: usize) -> Self {
        self.0.path.push(Step::Index(index));
        self
    }

    /// Notes that the place lies in `what`, which stands behind `gate`, as many steps below it.
    #[cold]
    pub(crate) fn behind(&mut self, gate: &'static str, what: &'static str, within: usize) {
        self.0.behind.push(Behind { gate, what, within });
    }

    /// How many steps the path has so far.
    pub(crate) fn steps(&self) -> usize {
        self.0.path.len()
    }

    /// The outermost gated part that holds the place and does not stand `open`. Who has not opened its gate is not told
    /// what is wrong in it, but refused for using it.
    pub fn gated(&self, open: &Gates) -> Option<Use> {
        let mut parts = self.0.behind.iter().rev();
        let part = parts.find(|part| !open.is_open(part.gate))?;
        Some(Use {
            gate: part.gate,
            what: part.what,
            path: path(&self.0.path[part.within..]),
        })
    }

    /// Whose fault it is.
    pub fn kind(&self) -> DecodeErrorKind {
        self.0.kind
    }

    /// The place in the value: `threadId`, `items[3].content`; empty for the whole.
    pub fn path(&self) -> String {
        path(&self.0.path)
    }

    /// What the place wants: `a string`.
    pub fn expected(&self) -> &str {
        match &self.0.problem {
            Problem::Other { expected, .. } => expected,
            Problem::Missing => "a value",
            Problem::Twice => "one value",
            Problem::Unknown => "a known member",
        }
    }

    /// What stands there, shortened: `5`, `an object`, `"the begin…`.
    pub fn found(&self) -> &str {
        match &self.0.problem {
            Problem::Other { found, .. } => found,
            Problem::Missing => "nothing",
            Problem::Twice => "two",
            Problem::Unknown => "an unknown one",
        }
    }

    /// The byte at which it was seen, counted from the start of the text.
    pub fn byte(&self) -> usize {
        self.0.byte
    }

    /// Line and column at which it was seen, both counted from 1, the column in characters.
    pub fn line_column(&self) -> (usize, usize) {
        (self.0.line, self.0.column)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.kind() {
            DecodeErrorKind::Shape => self.path(),
            DecodeErrorKind::Syntax => format!("line {} column {}", self.0.line, self.0.column),
        };
        if !place.is_empty() {
            write!(f, "{place}: ")?;
        }
        match &self.0.problem {
            Problem::Other { expected, found } => write!(f, "expected {expected}, found {found}"),
            Problem::Missing => f.write_str("missing"),
            Problem::Twice => f.write_str("given twice"),
            Problem::Unknown => f.write_str("not a known member"),
        }
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({:?}, {:?})", self.kind(), self.to_string())
    }
}

impl PartialEq for DecodeError {
    fn eq(&self, other: &Self) -> bool {
        self.0.kind == other.0.kind && self.0.path == other.0.path && self.0.problem == other.0.problem
    }
}

impl std::error::Error for DecodeError {}

/// Why a value cannot be written: it holds a number that JSON or JavaScript cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError(Box<Unwritten>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Unwritten {
    what: &'static str,
    value: String,
    path: String,
}

impl EncodeError {
    pub(super) fn new(what: &'static str, value: String, path: String) -> Self {
        Self(Box::new(Unwritten { what, value, path }))
    }

    /// What the number had to be.
    pub fn what(&self) -> &'static str {
        self.0.what
    }

    /// The number.
    pub fn value(&self) -> &str {
        &self.0.value
    }

    /// The place in the value that was written: `items[3].size`; empty for the whole.
    pub fn path(&self) -> &str {
        &self.0.path
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unwritten { what, value, path } = &*self.0;
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        write!(f, "{value} is not {what}")
    }
}

impl std::error::Error for EncodeError {}

/// The text of steps that are given innermost first.
fn path(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps.iter().rev() {
        match step {
            Step::Index(index) => path.push_str(&format!("[{index}]")),
            Step::Name(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
        }
    }
    path
}
