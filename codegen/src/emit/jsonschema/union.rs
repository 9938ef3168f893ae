//! Enums and unions as schemas.
//!
//! In: an enum or union. Out: the keywords that describe it: `enum`, `oneOf` with a schema per member, or `anyOf` where
//! one value may fit several members.

use std::borrow::Cow;

use crate::ir::kinds::{self, Spellings};
use crate::ir::{Content, Enum, Member, Protocol, Tagging, Type, Union, Visibility};

use super::node::{Members, Node, member};
use super::{object, types};

/// The keywords of an enum. Members that say something of themselves each get a schema; else the values are listed.
pub(super) fn enum_keywords(body: &Enum) -> Members<'_> {
    let mut keywords = open_mark(body.open);
    let shown = body
        .members
        .iter()
        .filter(|value| value.marks.visibility == Visibility::Everywhere);
    let alternatives: Vec<(Members, &str)> = shown
        .map(|value| (types::annotations(&value.docs, &value.marks), value.name.as_str()))
        .collect();
    if alternatives.iter().all(|(annotations, _)| annotations.is_empty()) {
        keywords.push(member("type", "string"));
        let names: Vec<Node> = alternatives.into_iter().map(|(_, name)| name.into()).collect();
        keywords.push(member("enum", names));
    } else {
        let schemas: Vec<Node> = alternatives
            .into_iter()
            .map(|(annotations, name)| Node::text_constant(name).annotated(annotations))
            .collect();
        keywords.push(member("oneOf", schemas));
    }
    keywords
}

/// The keywords of a union.
pub(super) fn keywords<'a>(protocol: &'a Protocol, body: &'a Union) -> Members<'a> {
    let mut keywords = open_mark(body.open);
    let schemas: Vec<Node> = shown(body)
        .map(|one| titled(one, member_schema(protocol, &body.tagging, one)))
        .collect();
    let word = match body.tagging {
        Tagging::Untagged if !are_disjoint(protocol, body) => "anyOf",
        _ => "oneOf",
    };
    keywords.push(member(word, schemas));
    keywords
}

/// Whether no two members of an untagged union take values of the same kind. Generators make better code of a `oneOf` than
/// of an `anyOf`.
fn are_disjoint(protocol: &Protocol, body: &Union) -> bool {
    let mut seen = 0;
    body.members.iter().all(|one| {
        let kinds = kinds::of(protocol, &one.content, Spellings::Shown);
        let fresh = seen & kinds == 0;
        seen |= kinds;
        fresh
    })
}

/// The members of a union whose members stand among those of a struct. They have no titles: the union itself has them.
pub(super) fn flattened_members<'a>(protocol: &'a Protocol, body: &'a Union) -> Vec<Node<'a>> {
    shown(body)
        .map(|one| {
            member_schema(protocol, &body.tagging, one).annotated(types::annotations(&one.docs, &one.marks))
        })
        .collect()
}

fn shown(body: &Union) -> impl Iterator<Item = &Member> {
    body.members
        .iter()
        .filter(|one| one.marks.visibility == Visibility::Everywhere)
}

fn open_mark<'a>(open: bool) -> Members<'a> {
    if open {
        vec![member("x-open", true)]
    } else {
        Members::new()
    }
}

/// Title and comment in front. Only schemas of objects have a title: it becomes a type's name in generators, and a
/// reference or a bare string needs none.
fn titled<'a>(one: &'a Member, schema: Node<'a>) -> Node<'a> {
    let is_object = match &schema {
        Node::Object(members) => members
            .iter()
            .any(|(name, value)| name == "type" && matches!(value, Node::Text(kind) if kind == "object")),
        _ => false,
    };
    let mut annotations = Members::new();
    if is_object {
        annotations.push(member("title", one.title.as_str()));
    }
    annotations.extend(types::annotations(&one.docs, &one.marks));
    schema.annotated(annotations)
}

fn member_schema<'a>(protocol: &'a Protocol, tagging: &'a Tagging, one: &'a Member) -> Node<'a> {
    match tagging {
        Tagging::Internal { tag } => {
            let tag = Some((tag.as_str(), one.name.as_str()));
            match &one.content {
                Content::None => Node::Object(object::keywords(protocol, object::EMPTY, tag)),
                Content::Fields { body, .. } => Node::Object(object::keywords(protocol, body, tag)),
                Content::Type { ty } => {
                    let body = match ty {
                        Type::Ref(name) => object::struct_of(protocol, name),
                        _ => None,
                    };
                    Node::Object(object::keywords(protocol, body.unwrap_or(object::EMPTY), tag))
                }
            }
        }
        Tagging::Adjacent { tag, content } => {
            let mut properties = vec![(Cow::Borrowed(tag.as_str()), Node::text_constant(&one.name))];
            let mut required = vec![Node::from(tag.as_str())];
            if let Some(schema) = content_schema(protocol, &one.content) {
                properties.push((Cow::Borrowed(content.as_str()), schema));
                required.push(content.as_str().into());
            }
            Node::Object(vec![
                member("type", "object"),
                member("properties", properties),
                member("required", required),
            ])
        }
        Tagging::External => match content_schema(protocol, &one.content) {
            None => Node::text_constant(&one.name),
            Some(schema) => Node::Object(vec![
                member("type", "object"),
                member("properties", vec![(Cow::Borrowed(one.name.as_str()), schema)]),
                member("required", vec![Node::from(one.name.as_str())]),
                member("additionalProperties", false),
            ]),
        },
        Tagging::Untagged => content_schema(protocol, &one.content).unwrap_or(Node::Bool(true)),
    }
}

fn content_schema<'a>(protocol: &'a Protocol, content: &'a Content) -> Option<Node<'a>> {
    match content {
        Content::None => None,
        Content::Fields { body, .. } => Some(Node::Object(object::keywords(protocol, body, None))),
        Content::Type { ty } => Some(types::schema(protocol, ty)),
    }
}
