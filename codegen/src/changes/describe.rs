//! What is said of a method, a definition, a field or a member, in words of the interface language.
//!
//! In: pieces of the model. Out: parts, each of which can come, go or change. What only Rust or a title shows is told where it
//! changes, and not of what is new.

use std::fmt;

use crate::ir::{
    Delivery, Envelope, Gate, Handshake, Marks, Method, MethodKind, Shape, Struct, Tagging, Visibility,
};

/// Something that is said of a place.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) label: String,
    pub(super) value: String,
    /// Whether it is told of a new place too, or only where it changes.
    pub(super) always: bool,
}

impl Part {
    pub(super) fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
            always: true,
        }
    }

    /// Told only where it changes.
    pub(super) fn aside(label: &str, value: impl Into<String>) -> Self {
        Self {
            always: false,
            ..Self::new(label, value)
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.value.is_empty() { "" } else { " " };
        write!(f, "{}{space}{}", self.label, self.value)
    }
}

pub(super) fn kind(method: &Method) -> &'static str {
    match method.kind {
        MethodKind::ClientRequest => " (client request)",
        MethodKind::ServerRequest => " (server request)",
        MethodKind::ClientNotification => " (client notification)",
        MethodKind::ServerNotification => " (server notification)",
    }
}

pub(super) fn method(method: &Method) -> Vec<Part> {
    let mut parts = Vec::new();
    for (label, definition) in [("takes", &method.params), ("gives", &method.result)] {
        parts.extend(definition.iter().map(|name| Part::new(label, name.name())));
    }
    match &method.delivery {
        Some(Delivery::All) => parts.push(Part::new("to", "all")),
        Some(Delivery::Caller) => parts.push(Part::new("to", "caller")),
        Some(Delivery::Topic { path }) => {
            parts.push(Part::new("to", format!("topic {}", path.join("."))));
        }
        None => {}
    }
    for (label, path) in [
        ("order", &method.order),
        ("subscribes", &method.subscribes),
        ("unsubscribes", &method.unsubscribes),
        ("resolves", &method.resolves),
        ("missed", &method.missed),
    ] {
        parts.extend(path.iter().map(|path| Part::new(label, path.join("."))));
    }
    for (label, on) in [
        ("order of caller", method.order_of_caller),
        ("lossy", method.lossy),
        ("cancel", method.cancel),
        ("urgent", method.urgent),
    ] {
        if on {
            parts.push(Part::new(label, ""));
        }
    }
    let errors = method.errors.iter();
    parts.extend(errors.map(|error| Part::new(format!("error {}", error.name()), "")));
    parts.extend(marks(&method.marks));
    parts.push(Part::aside("title", &method.title));
    parts.push(Part::aside("title of its message", &method.message_title));
    parts.push(Part::aside("in Rust", &method.rust));
    parts
}

/// What a definition is, beside its members.
pub(super) fn shape(shape: &Shape) -> String {
    let open = |open: bool| if open { "open " } else { "" };
    match shape {
        Shape::Struct(_) => String::new(),
        Shape::Error { code, .. } => format!(" (error {code})"),
        Shape::Alias { ty } => format!(" = {ty}"),
        Shape::Enum(body) => format!(" ({}enum)", open(body.open)),
        Shape::Union(body) => {
            let tagging = match &body.tagging {
                Tagging::Internal { tag } => format!("tagged {tag:?}"),
                Tagging::Adjacent { tag, content } => format!("tagged {tag:?} content {content:?}"),
                Tagging::External => "tagged outside".to_owned(),
                Tagging::Untagged => "untagged".to_owned(),
            };
            format!(" ({}union {tagging})", open(body.open))
        }
    }
}

/// What a definition holds, for where it is new or gone and its members are not told one by one.
pub(super) fn members(shape: &Shape) -> String {
    match shape {
        Shape::Struct(body) | Shape::Error { data: body, .. } => fields(body),
        Shape::Alias { .. } => String::new(),
        Shape::Enum(body) => listed(
            " ",
            body.members.iter().map(|member| format!("{:?}", member.name)),
        ),
        Shape::Union(body) => listed(" ", body.members.iter().map(|member| member.name.clone())),
    }
}

pub(super) fn fields(body: &Struct) -> String {
    let fields = body
        .fields
        .iter()
        .map(|field| format!("{}{}", field.name, field.spelling()));
    let flatten = body
        .flatten
        .iter()
        .map(|flatten| format!("...{}", flatten.target.name()));
    let rest = body.rest.iter().map(|rest| format!("...rest: {}", rest.values));
    match listed("", fields.chain(flatten).chain(rest)) {
        none if none.is_empty() => " {}".to_owned(),
        fields => format!(" {{ {fields} }}"),
    }
}

/// A few of several, after `before`; nothing where there are none.
fn listed(before: &str, items: impl Iterator<Item = String>) -> String {
    const MOST: usize = 8;
    let items: Vec<String> = items.collect();
    match items.len() {
        0 => String::new(),
        count if count > MOST + 1 => {
            format!("{before}{}, and {} more", items[..MOST].join(", "), count - MOST)
        }
        _ => format!("{before}{}", items.join(", ")),
    }
}

pub(super) fn structure(body: &Struct) -> Vec<Part> {
    let closed = body.closed.then(|| Part::new("closed", ""));
    let bare = body.bare.as_ref().map(|field| Part::new("accepts bare", field));
    closed.into_iter().chain(bare).collect()
}

pub(super) fn member(marked: &Marks, accepts: &[String], rust: &str) -> Vec<Part> {
    let mut parts = marks(marked);
    let spellings = accepts.iter();
    parts.extend(spellings.map(|old| Part::new(format!("accepts {old:?}"), "")));
    parts.push(Part::aside("in Rust", rust));
    parts
}

pub(super) fn marks(marks: &Marks) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(gate) = &marks.gate {
        parts.push(Part::new("gate", &gate.name));
        let otherwise = gate.otherwise.iter();
        parts.extend(otherwise.map(|value| Part::new("otherwise", value.to_string())));
    }
    for (label, on) in [
        ("droppable", marks.droppable),
        ("deprecated", marks.deprecated.is_some()),
        ("legacy", marks.legacy),
    ] {
        if on {
            parts.push(Part::new(label, ""));
        }
    }
    parts.extend(marks.since.iter().map(|version| Part::new("since", version)));
    match marks.visibility {
        Visibility::Everywhere => {}
        Visibility::OmitJson => parts.push(Part::new("not in JSON Schema", "")),
        Visibility::OnlyRust => parts.push(Part::new("only in Rust", "")),
    }
    parts
}

pub(super) fn handshake(handshake: &Handshake) -> Vec<Part> {
    let mut parts = vec![Part::new("opens", &handshake.opens)];
    parts.extend(
        handshake
            .completes
            .iter()
            .map(|name| Part::new("completes", name)),
    );
    parts.extend(
        handshake
            .opt_out
            .iter()
            .map(|path| Part::new("optOut", below_params(path))),
    );
    parts
}

pub(super) fn envelope(envelope: &Envelope) -> Vec<Part> {
    let mut parts = Vec::new();
    for (label, name) in [("message", &envelope.message), ("id", &envelope.request_id)] {
        parts.extend(name.iter().map(|name| Part::new(label, name.name())));
    }
    if envelope.strict {
        parts.push(Part::new("jsonrpc \"2.0\"", ""));
    }
    parts
}

pub(super) fn gate(gate: &Gate) -> String {
    let path = below_params(&gate.capability.path);
    match &gate.capability.member {
        Some(member) => format!(" {member:?} in {path}"),
        None => format!(" {path}"),
    }
}

fn below_params(path: &[String]) -> String {
    format!("params.{}", path.join("."))
}
