//! How to read the pages: what their words on presence mean, and what a client does with what it does not know.
//!
//! In: the model. Out: a section of the index, with the words that occur in this protocol.

use super::table::{presence, table};
use crate::ir::{Content, Field, Presence, Protocol, Shape, Struct};

/// The section.
pub(super) fn reading(protocol: &Protocol) -> String {
    let fields: Vec<&Field> = protocol
        .definitions
        .values()
        .flat_map(|definition| structs(&definition.shape))
        .flat_map(|body| &body.fields)
        .collect();
    let rows: Vec<[String; 3]> = MEANINGS
        .iter()
        .filter(|(kind, ..)| fields.iter().any(|field| field.presence == *kind))
        .map(|(kind, written, read)| {
            [
                presence(*kind, "…").into_owned(),
                (*written).to_owned(),
                (*read).to_owned(),
            ]
        })
        .collect();
    let mut text = "## How to read the pages\n\n".to_owned();
    if !rows.is_empty() {
        text += &format!(
            "What is said of the presence of a member:\n\n{}",
            table(&["Presence", "Who writes it", "Who reads it"], &rows)
        );
    }
    text += "Members that a reader does not know are to be ignored, but where a page says that they are refused.\n\n";
    if protocol
        .definitions
        .values()
        .any(|definition| is_open(&definition.shape))
    {
        text += "An open definition may get further values in a later version. A client that meets one shows it as something that it \
                 does not know, does not fail for it, and where it sends it back at all sends it as it came. A definition that is not \
                 open has no others than its page lists.\n\n";
    }
    text
}

/// What the words on presence oblige to.
const MEANINGS: &[(Presence, &str, &str)] = &[
    (Presence::Required, "writes it", "refuses a message without it"),
    (
        Presence::Nullable,
        "writes it, with `null` where there is nothing",
        "takes absent for `null`",
    ),
    (
        Presence::OptionalNullable,
        "leaves it out where there is nothing, or writes `null`",
        "takes `null` for absent",
    ),
    (
        Presence::Optional,
        "leaves it out where there is nothing",
        "refuses `null`, but where any JSON may stand",
    ),
    (
        Presence::OptionalAcceptsNull,
        "leaves it out where there is nothing, and never writes `null`",
        "takes `null`, which older peers send, for absent",
    ),
    (
        Presence::Default,
        "writes it",
        "takes the default where it is absent, and refuses `null`",
    ),
    (
        Presence::OmittedDefault,
        "leaves it out where it is the default",
        "takes the default where it is absent, and refuses `null`",
    ),
    (
        Presence::Patch,
        "leaves it out to leave what is there, writes `null` to clear it",
        "tells absent from `null`",
    ),
];

/// The objects of a definition.
fn structs(shape: &Shape) -> Vec<&Struct> {
    match shape {
        Shape::Struct(body) | Shape::Error { data: body, .. } => vec![body],
        Shape::Union(union) => {
            let bodies = union.members.iter().filter_map(|member| match &member.content {
                Content::Fields { body, .. } => Some(body),
                Content::None | Content::Type { .. } => None,
            });
            bodies.collect()
        }
        Shape::Enum(_) | Shape::Alias { .. } => Vec::new(),
    }
}

fn is_open(shape: &Shape) -> bool {
    match shape {
        Shape::Enum(body) => body.open,
        Shape::Union(union) => union.open,
        Shape::Struct(_) | Shape::Error { .. } | Shape::Alias { .. } => false,
    }
}
