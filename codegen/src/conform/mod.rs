//! Is a value what the model says?
//!
//! In: a model and a [`Json`] value. Out: the first fault, as the emitted types would report it, with path, expected and
//! found; and what the value uses that stands behind a gate.
//!
//! A value is held to one of two standards ([`Spelling`]): what is read, old spellings and all, or what is written. The emitted
//! types are the other implementation of both; the fixtures of the app-server protocol hold the two together.

mod json;
mod scalar;
mod structs;
mod unions;

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::ir::{DefName, Enum, Marks, Protocol, Shape, Type};

pub use json::Json;

/// To which standard a value is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// What a reader takes: old spellings too, members that nobody knows are passed over, and what may be absent is.
    Read,
    /// What a writer of this version sends: what is always written is there, and nothing that is not declared.
    Written,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Innermost step first.
    steps: Vec<Step>,
    /// What the place wants: `a string`.
    pub expected: Cow<'static, str>,
    /// What stands there: `5`, `an object`.
    pub found: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

impl Fault {
    pub(crate) fn new(expected: impl Into<Cow<'static, str>>, found: impl Into<String>) -> Self {
        Self {
            steps: Vec::new(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    fn mismatch(expected: impl Into<Cow<'static, str>>, found: &Json<'_>) -> Self {
        Self::new(expected, found.shown())
    }

    fn missing(name: &str) -> Self {
        Self::new("a value", "nothing").in_member(name)
    }

    fn twice(name: &str) -> Self {
        Self::new("one value", "two").in_member(name)
    }

    fn unknown(name: &str) -> Self {
        Self::new("a known member", "an unknown one").in_member(name)
    }

    /// The same, seen from the object that holds the value as this member.
    pub(crate) fn in_member(mut self, name: &str) -> Self {
        self.steps.push(Step::Name(name.to_owned()));
        self
    }

    fn in_element(mut self, index: usize) -> Self {
        self.steps.push(Step::Index(index));
        self
    }

    /// The place in the value: `threadId`, `items[3].content`; empty for the whole.
    pub fn path(&self) -> String {
        spelled(self.steps.iter().rev())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

/// Something behind a gate, in a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The gate.
    pub gate: String,
    /// Where it stands: `settings.approvals`; empty for the whole.
    pub path: String,
}

/// Holds values to a model.
pub struct Conform<'a> {
    protocol: &'a Protocol,
    spelling: Spelling,
    /// Whether a gate is open. What stands behind one that is closed need not be there.
    open: &'a dyn Fn(&str) -> bool,
    /// Where the walk is.
    place: Vec<Step>,
    uses: Vec<Use>,
}

impl<'a> Conform<'a> {
    /// Holds values to `protocol` as a connection sees it that has those gates `open`.
    pub fn new(protocol: &'a Protocol, spelling: Spelling, open: &'a dyn Fn(&str) -> bool) -> Self {
        Self {
            protocol,
            spelling,
            open,
            place: Vec::new(),
            uses: Vec::new(),
        }
    }

    /// Whether `value` is one of `definition`. What it uses that stands behind closed gates is in the order of the text.
    /// Read, that is what a client may not send; written, what it may not be sent.
    ///
    /// # Errors
    /// With the first fault.
    pub fn definition(mut self, definition: &DefName, value: &Json<'_>) -> (Result<(), Fault>, Vec<Use>) {
        let outcome = self.named(definition, value);
        (outcome, self.uses)
    }

    fn written(&self) -> bool {
        self.spelling == Spelling::Written
    }

    fn named(&mut self, name: &DefName, value: &Json<'_>) -> Result<(), Fault> {
        let protocol = self.protocol;
        let Some(definition) = protocol.definitions.get(name) else {
            return Ok(());
        };
        match &definition.shape {
            Shape::Alias { ty } => self.value(ty, value),
            Shape::Struct(body) | Shape::Error { data: body, .. } => self.structure(body, value),
            Shape::Enum(body) => self.word(body, value),
            Shape::Union(body) => self.union(&definition.rust, body, value),
        }
    }

    fn value(&mut self, ty: &'a Type, value: &Json<'_>) -> Result<(), Fault> {
        match ty {
            Type::Scalar(scalar) => scalar::check(*scalar, value, self.written()),
            Type::Constant(constant) if value.is(constant) => Ok(()),
            Type::Constant(constant) => Err(Fault::mismatch(constant.to_string(), value)),
            Type::Ref(name) => self.named(name, value),
            Type::Nullable(_) if *value == Json::Null => Ok(()),
            Type::Nullable(inner) => self.value(inner, value),
            Type::List(inner) => {
                let Json::List(items) = value else {
                    return Err(Fault::mismatch("a list", value));
                };
                let mut items = items.iter().enumerate();
                items.try_for_each(|(index, item)| self.element(index, inner, item))
            }
            Type::Tuple(types) => match value {
                Json::List(items) if items.len() == types.len() => {
                    let mut items = types.iter().zip(items).enumerate();
                    items.try_for_each(|(index, (ty, item))| self.element(index, ty, item))
                }
                Json::List(items) => Err(Fault::new(
                    format!("a list of {}", types.len()),
                    format!("a list of {}", items.len()),
                )),
                _ => Err(Fault::mismatch(format!("a list of {}", types.len()), value)),
            },
            Type::Map(key, inner) => {
                let Json::Object(members) = value else {
                    return Err(Fault::mismatch("an object", value));
                };
                for (at, (name, item)) in members.iter().enumerate() {
                    self.member(name, |this| {
                        this.value(key, &Json::String(Cow::Borrowed(name)))?;
                        this.value(inner, item)
                    })?;
                    if self.written() && members[..at].iter().any(|(other, _)| other == name) {
                        return Err(Fault::twice(name));
                    }
                }
                Ok(())
            }
        }
    }

    /// A string of an enum.
    fn word(&mut self, body: &'a Enum, value: &Json<'_>) -> Result<(), Fault> {
        let expected = || -> Cow<'static, str> {
            if body.open {
                return "a string".into();
            }
            let shown = body.members.iter().filter(|member| is_shown(&member.marks));
            either(shown.map(|member| format!("{:?}", member.name))).into()
        };
        let Some(text) = value.as_str() else {
            return Err(Fault::mismatch(expected(), value));
        };
        let found = body
            .members
            .iter()
            .find(|member| member.name == text || member.accepts.iter().any(|old| old == text));
        match found {
            Some(member) => {
                self.spelled_as(&member.name, text)?;
                self.uses(&member.marks);
                Ok(())
            }
            None if body.open => Ok(()),
            None => Err(Fault::mismatch(expected(), value)),
        }
    }

    /// Nobody writes an old spelling.
    fn spelled_as(&self, name: &str, text: &str) -> Result<(), Fault> {
        if self.written() && name != text {
            return Err(Fault::new(
                format!("{name:?}"),
                format!("the old spelling {text:?}"),
            ));
        }
        Ok(())
    }

    fn element(&mut self, index: usize, ty: &'a Type, value: &Json<'_>) -> Result<(), Fault> {
        self.place.push(Step::Index(index));
        let outcome = self.value(ty, value);
        self.place.pop();
        outcome.map_err(|fault| fault.in_element(index))
    }

    fn member(
        &mut self,
        name: &str,
        check: impl FnOnce(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.place.push(Step::Name(name.to_owned()));
        let outcome = check(self);
        self.place.pop();
        outcome.map_err(|fault| fault.in_member(name))
    }

    /// Notes what stands here, where its gate is closed.
    fn uses(&mut self, marks: &Marks) {
        if let Some(gate) = &marks.gate
            && !(self.open)(&gate.name)
        {
            self.uses.push(Use {
                gate: gate.name.clone(),
                path: spelled(self.place.iter()),
            });
        }
    }

    /// The type behind transparent names.
    fn resolved(&self, mut ty: &'a Type) -> &'a Type {
        // Cycles of names are refused by the checker.
        while let Type::Ref(name) = ty
            && let Some(Shape::Alias { ty: inner }) =
                self.protocol.definitions.get(name).map(|found| &found.shape)
        {
            ty = inner;
        }
        ty
    }
}

/// Whether an error may speak of it.
fn is_shown(marks: &Marks) -> bool {
    marks.gate.is_none() && marks.visibility != crate::ir::Visibility::OnlyRust
}

/// `a, b or c`
fn either(words: impl IntoIterator<Item = String>) -> String {
    let words: Vec<String> = words.into_iter().collect();
    match words.as_slice() {
        [] => "another value".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn spelled<'s>(steps: impl Iterator<Item = &'s Step>) -> String {
    let mut path = String::new();
    for step in steps {
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

/// Whether a value is an empty list or object.
fn is_empty(value: &Json<'_>) -> bool {
    match value {
        Json::List(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Whether a value is what absence means.
fn is_default(value: &Json<'_>, default: Option<&Value>) -> bool {
    default.is_some_and(|default| value.is(default))
}
