//! What changed between two models, by method and field, from the view of a client.
//!
//! In: the model before and after. Out: one line per change, as a client developer would name it:
//! `+ thread/start params.model?: string | null (clients send it)`. A change in a type that several methods carry is one line, which
//! names them.

mod compare;
mod describe;
mod places;
mod reach;
mod renames;

use std::fmt;

use serde_json::Value;

use crate::ir::Protocol;

pub use compare::between;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// What it happened to.
    pub subject: Subject,
    /// The place within the subject: `params.model`, `.name`, ` "read-only"`; empty for all of it.
    pub local: String,
    /// What stands there: `?: string | null`; `: string -> name: bool` where it is another; ` -> params.model` where it has
    /// another name.
    pub detail: String,
    /// What it is now, where that is something else: its new name, `params.model`, `Part`; its new type, `name: bool`.
    pub now: Option<String>,
    /// The methods that carry it, in the order of the protocol.
    pub methods: Vec<String>,
    /// Whether clients send it.
    pub sent: bool,
    /// Whether clients read it.
    pub read: bool,
    /// Whether it follows from another change: a type that came or went together with what refers to it.
    pub follows: bool,
}

/// What a change belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A method, or params or a result that only this method carries.
    Method(String),
    /// A definition, without its namespace.
    Definition(String),
    /// Something that is there once: `handshake`, `envelope`, `gate experimental`, `protocol name`.
    Protocol(String),
}

impl Subject {
    /// Its name, as it is written anywhere.
    pub fn name(&self) -> &str {
        match self {
            Self::Method(name) | Self::Definition(name) => name,
            Self::Protocol(words) => words.rsplit(' ').next().unwrap_or(words),
        }
    }
}

/// What happened to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another now.
    Changed,
    /// It has another name now.
    Renamed,
}

impl Change {
    /// The place: `thread/start params.model`, `Thread.name`, `SandboxMode "read-only"`.
    pub fn place(&self) -> String {
        let (base, local) = (self.base(), &self.local);
        let space = matches!(self.subject, Subject::Method(_)) && !local.is_empty();
        format!("{base}{}{local}", if space { " " } else { "" })
    }

    /// Whether it is only that the protocol calls itself another version.
    pub fn is_version(&self) -> bool {
        self.subject == Subject::Protocol("protocol version".to_owned())
    }

    fn base(&self) -> &str {
        match &self.subject {
            Subject::Method(name) | Subject::Definition(name) | Subject::Protocol(name) => name,
        }
    }

    /// What clients do with it, and by which methods where its place does not say so.
    fn clients(&self) -> String {
        let does = match (self.sent, self.read) {
            (true, true) => "clients send and read it",
            (true, false) => "clients send it",
            (false, true) => "clients read it",
            (false, false) => return String::new(),
        };
        match (&self.subject, self.methods.as_slice()) {
            (Subject::Definition(_), []) => format!(" ({does} in every message)"),
            (Subject::Definition(_), methods) => format!(" ({does}: {})", few(methods)),
            _ => format!(" ({does})"),
        }
    }
}

/// The first few of several names, and how many there are beside.
pub(crate) fn few(names: &[String]) -> String {
    const FEW: usize = 3;
    match names.len().checked_sub(FEW) {
        // A fourth name takes no more room than its number.
        None | Some(0 | 1) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..FEW].join(", ")),
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.kind {
            ChangeKind::Added => '+',
            ChangeKind::Removed => '-',
            ChangeKind::Changed | ChangeKind::Renamed => '~',
        };
        write!(f, "{sign} {}{}{}", self.place(), self.detail, self.clients())
    }
}

/// What to say of two models between which no method and no field changed; none where they are the same.
pub fn beside(before: &Protocol, after: &Protocol) -> Option<&'static str> {
    if before == after {
        None
    } else if without(before, &["docs"]) == without(after, &["docs"]) {
        Some("only comments changed")
    } else {
        Some("no message changed: only comments, order, services, files or reasons")
    }
}

/// A model as data, without the members of these names.
fn without(model: &impl serde::Serialize, names: &[&str]) -> Value {
    fn strip(value: &mut Value, names: &[&str]) {
        match value {
            Value::Object(members) => {
                members.retain(|name, _| !names.contains(&name.as_str()));
                members.values_mut().for_each(|value| strip(value, names));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| strip(item, names)),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(model).unwrap_or_default();
    strip(&mut value, names);
    value
}
