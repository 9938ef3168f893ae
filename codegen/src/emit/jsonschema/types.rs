//! Types and annotations as schemas.
//!
//! In: a type, or what an author says of something. Out: the [`Node`] that takes exactly the values of the type, and
//! the annotations that stand in front of it.

use crate::ir::{DefName, Marks, Protocol, Scalar, Shape, Type};

use super::node::{Members, Node, member};

/// The keywords that only annotate, beyond those of draft-07; `formats.js` registers them with a strict validator.
pub(super) const ANNOTATIONS: &[(&str, &str)] = &[
    (
        "x-protocol",
        "The protocol and version that a document belongs to.",
    ),
    (
        "x-open",
        "On an enum or union: more values may come; a reader must bear them.",
    ),
    (
        "x-gate",
        "What a client must opt into before it uses this or is sent it.",
    ),
    ("x-since", "The version of the protocol that brought this."),
    ("x-legacy", "Kept for old clients."),
    (
        "x-error-code",
        "The JSON-RPC error code of an error whose `data` this describes.",
    ),
];

/// The schema of `ty`.
pub(super) fn schema<'a>(protocol: &'a Protocol, ty: &'a Type) -> Node<'a> {
    match ty {
        Type::Scalar(scalar) => scalar_schema(*scalar),
        Type::Constant(value) => Node::constant(value),
        Type::Ref(name) => Node::Ref(name),
        Type::List(items) => Node::Object(vec![
            member("type", "array"),
            member("items", schema(protocol, items)),
        ]),
        Type::Map(key, values) => {
            let mut members = vec![member("type", "object")];
            if let Some(key) = key_schema(protocol, key) {
                members.push(member("propertyNames", key));
            }
            members.push(member("additionalProperties", schema(protocol, values)));
            Node::Object(members)
        }
        Type::Tuple(items) => Node::Object(vec![
            member("type", "array"),
            member(
                "items",
                items
                    .iter()
                    .map(|item| schema(protocol, item))
                    .collect::<Vec<_>>(),
            ),
            member("minItems", items.len() as i64),
            member("maxItems", items.len() as i64),
        ]),
        Type::Nullable(inner) => schema(protocol, inner).nullable(),
    }
}

/// The format of a scalar; none for those that need none.
fn format(scalar: Scalar) -> Option<&'static str> {
    Some(match scalar {
        Scalar::String | Scalar::Bool | Scalar::Json => return None,
        Scalar::I8 => "int8",
        Scalar::I16 => "int16",
        Scalar::I32 => "int32",
        Scalar::I64 | Scalar::BigInt => "int64",
        Scalar::U8 => "uint8",
        Scalar::U16 => "uint16",
        Scalar::U32 => "uint32",
        Scalar::U64 => "uint64",
        Scalar::F64 => "double",
        Scalar::Path => "absolute-path",
        Scalar::Base64 => "base64",
        Scalar::Uuid => "uuid",
    })
}

fn scalar_schema<'a>(scalar: Scalar) -> Node<'a> {
    let kind = match scalar {
        Scalar::Json => return Node::Bool(true),
        Scalar::String | Scalar::Path | Scalar::Base64 | Scalar::Uuid => "string",
        Scalar::Bool => "boolean",
        Scalar::F64 => "number",
        _ => "integer",
    };
    let mut members = vec![member("type", kind)];
    if let Some(format) = format(scalar) {
        members.push(member("format", format));
    }
    // The format says it too, but readers that know no formats should still refuse negative numbers.
    if matches!(scalar, Scalar::U8 | Scalar::U16 | Scalar::U32 | Scalar::U64) {
        members.push(member("minimum", 0));
    }
    Node::Object(members)
}

/// The schema of a map's keys; none where every string is one.
fn key_schema<'a>(protocol: &'a Protocol, key: &'a Type) -> Option<Node<'a>> {
    let says_nothing = match key {
        Type::Scalar(scalar) => *scalar == Scalar::String,
        Type::Ref(name) => is_plain_string(protocol, name),
        _ => false,
    };
    (!says_nothing).then(|| schema(protocol, key))
}

fn is_plain_string(protocol: &Protocol, name: &DefName) -> bool {
    match protocol.definitions.get(name).map(|definition| &definition.shape) {
        Some(Shape::Alias { ty: Type::Ref(next) }) => is_plain_string(protocol, next),
        Some(Shape::Alias { ty }) => *ty == Type::Scalar(Scalar::String),
        _ => false,
    }
}

/// What an author says of something: its comment and marks.
pub(super) fn annotations<'a>(docs: &'a str, marks: &'a Marks) -> Members<'a> {
    let mut members = Members::new();
    // Generators show a description and know nothing of reasons, so the reason stands there too.
    let deprecation = marks
        .deprecated
        .as_ref()
        .map(|reason| format!("Deprecated: {reason}"));
    match (docs, deprecation) {
        ("", None) => {}
        ("", Some(deprecation)) => members.push(member("description", deprecation)),
        (docs, None) => members.push(member("description", docs)),
        (docs, Some(deprecation)) => members.push(member("description", format!("{docs}\n\n{deprecation}"))),
    }
    if marks.deprecated.is_some() {
        members.push(member("deprecated", true));
    }
    if let Some(gate) = &marks.gate {
        members.push(member("x-gate", gate.name.as_str()));
    }
    if let Some(since) = &marks.since {
        members.push(member("x-since", since.as_str()));
    }
    if marks.legacy {
        members.push(member("x-legacy", true));
    }
    members
}
