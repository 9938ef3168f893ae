//! A JSON Schema as a tree whose references are not spelled yet.
//!
//! In: built by the other files of this folder. Out: JSON text, in which references point to where a [`Layout`] keeps
//! the definitions. Members stand in the order in which they were added, which is what a reader sees.

use std::borrow::Cow;

use serde_json::Value;

use crate::emit::json::write_text;
use crate::ir::DefName;

/// One value of a schema document.
#[derive(Clone, Debug)]
pub(super) enum Node<'a> {
    /// `{"$ref": ..}`
    Ref(&'a DefName),
    /// An object.
    Object(Members<'a>),
    /// A list.
    List(Vec<Node<'a>>),
    /// Text.
    Text(Cow<'a, str>),
    /// `true` or `false`; as a schema, the one that takes everything or nothing.
    Bool(bool),
    /// A value of the author: a default or a constant.
    Json(&'a Value),
    /// A whole number.
    Number(i64),
    /// `null`
    Null,
}

/// The members of an object, in order.
pub(super) type Members<'a> = Vec<(Cow<'a, str>, Node<'a>)>;

/// Where a document keeps its definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// `#/definitions/Thread`
    Flat,
    /// `#/definitions/v2/Thread`
    Namespaced,
}

/// A member whose name this emitter knows.
pub(super) fn member<'a>(name: &'static str, value: impl Into<Node<'a>>) -> (Cow<'a, str>, Node<'a>) {
    (Cow::Borrowed(name), value.into())
}

impl<'a> Node<'a> {
    /// `{"type": name}`
    pub(super) fn of_type(name: &'static str) -> Self {
        Self::Object(vec![member("type", name)])
    }

    /// The schema of exactly this value. A one-value `enum`, since fewer generators know `const`.
    pub(super) fn constant(value: &'a Value) -> Self {
        let kind = match value {
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            _ => "string",
        };
        Self::Object(vec![
            member("type", kind),
            member("enum", vec![Self::Json(value)]),
        ])
    }

    /// The schema of exactly this text.
    pub(super) fn text_constant(text: &'a str) -> Self {
        Self::Object(vec![
            member("type", "string"),
            member("enum", vec![Self::from(text)]),
        ])
    }

    /// This schema, or null.
    pub(super) fn nullable(self) -> Self {
        match self {
            Self::Object(mut members) if matches!(members.first(), Some((name, Self::Text(_))) if name == "type") =>
            {
                let kind = std::mem::replace(&mut members[0].1, Self::Null);
                members[0].1 = Self::List(vec![kind, "null".into()]);
                for (name, value) in &mut members {
                    if let ("enum", Self::List(values)) = (name.as_ref(), value) {
                        values.push(Self::Null);
                    }
                }
                Self::Object(members)
            }
            Self::Bool(true) => self,
            other => Self::Object(vec![member("anyOf", vec![other, Self::of_type("null")])]),
        }
    }

    /// This schema with annotations in front. A reference moves into `allOf`: draft-07 ignores what stands beside `$ref`.
    pub(super) fn annotated(self, mut annotations: Members<'a>) -> Self {
        if annotations.is_empty() {
            return self;
        }
        match self {
            Self::Object(members) => annotations.extend(members),
            Self::Bool(true) => {}
            other => annotations.push(member("allOf", vec![other])),
        }
        Self::Object(annotations)
    }

    /// Calls `visit` with every node of the tree, this one first.
    pub(super) fn walk(&self, visit: &mut impl FnMut(&Node<'a>)) {
        visit(self);
        match self {
            Self::Object(members) => members.iter().for_each(|(_, value)| value.walk(visit)),
            Self::List(items) => items.iter().for_each(|item| item.walk(visit)),
            _ => {}
        }
    }

    /// The text of a whole document, without a line break at the end.
    pub(super) fn text(&self, layout: Layout) -> String {
        let mut text = String::new();
        self.write(layout, 0, &mut text);
        text
    }

    /// Adds the text to a document: two spaces for each level below `depth`, no line break at the end. Written here rather
    /// than by a serializer, since a definition stands at several depths and these texts are most of what is emitted.
    pub(super) fn write(&self, layout: Layout, depth: usize, out: &mut String) {
        match self {
            Self::Ref(target) => {
                let path = match layout {
                    Layout::Flat => target.name(),
                    Layout::Namespaced => target.as_str(),
                };
                out.push('{');
                line_break(depth + 1, out);
                out.push_str("\"$ref\": \"#/definitions/");
                out.push_str(path);
                out.push('"');
                line_break(depth, out);
                out.push('}');
            }
            Self::Object(members) if members.is_empty() => out.push_str("{}"),
            Self::Object(members) => {
                let mut before = '{';
                for (name, value) in members {
                    out.push(before);
                    before = ',';
                    line_break(depth + 1, out);
                    write_text(name, out);
                    out.push_str(": ");
                    value.write(layout, depth + 1, out);
                }
                line_break(depth, out);
                out.push('}');
            }
            Self::List(items) if items.is_empty() => out.push_str("[]"),
            Self::List(items) => {
                let mut before = '[';
                for item in items {
                    out.push(before);
                    before = ',';
                    line_break(depth + 1, out);
                    item.write(layout, depth + 1, out);
                }
                line_break(depth, out);
                out.push(']');
            }
            Self::Text(text) => write_text(text, out),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Json(value) => {
                let text = serde_json::to_string_pretty(value).expect("a value is JSON");
                // A line break is always between tokens: in a string it is escaped.
                for (at, line) in text.split('\n').enumerate() {
                    if at > 0 {
                        line_break(depth, out);
                    }
                    out.push_str(line);
                }
            }
            Self::Number(value) => out.push_str(&value.to_string()),
            Self::Null => out.push_str("null"),
        }
    }
}

/// Begins a line, two spaces for each level.
fn line_break(depth: usize, out: &mut String) {
    const SPACES: &str = "\n                                                                ";
    let width = 1 + 2 * depth;
    match SPACES.get(..width) {
        Some(text) => out.push_str(text),
        None => {
            out.push('\n');
            (0..depth).for_each(|_| out.push_str("  "));
        }
    }
}

impl<'a> From<&'a str> for Node<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Node<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<bool> for Node<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Node<'_> {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl<'a> From<Members<'a>> for Node<'a> {
    fn from(members: Members<'a>) -> Self {
        Self::Object(members)
    }
}

impl<'a> From<Vec<Node<'a>>> for Node<'a> {
    fn from(items: Vec<Node<'a>>) -> Self {
        Self::List(items)
    }
}
