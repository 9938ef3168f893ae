//! Structs as schemas of objects.
//!
//! In: the body of a struct, an error or a union member. Out: the keywords that describe the object, with what is
//! flattened into it merged: a reader of a closed object must see all of its members in one place.

use std::borrow::Cow;

use crate::ir::{DefName, Field, Presence, Protocol, Shape, Struct, Type, Union, Visibility};

use super::node::{Members, Node, member};
use super::{types, union};

/// What a tag adds to the object of a union member: the name of the tag, and its value.
pub(super) type Tag<'a> = (&'a str, &'a str);

/// The body of a union member that holds nothing.
pub(super) static EMPTY: &Struct = &Struct {
    closed: false,
    bare: None,
    fields: Vec::new(),
    flatten: Vec::new(),
    rest: None,
    reserved: Vec::new(),
};

/// The keywords of the object that `body` describes, `type` first. A union that is flattened into it becomes `oneOf`
/// beside `properties`.
pub(super) fn keywords<'a>(protocol: &'a Protocol, body: &'a Struct, tag: Option<Tag<'a>>) -> Members<'a> {
    let mut object = Object::default();
    if let Some((name, value)) = tag {
        object.properties.push((name, Node::text_constant(value)));
        object.required.push(name);
    }
    object.add(protocol, body);
    object.into_keywords(protocol)
}

/// The struct that a name stands for, through aliases; none for a union.
pub(super) fn struct_of<'a>(protocol: &'a Protocol, name: &DefName) -> Option<&'a Struct> {
    match &protocol.definitions.get(name)?.shape {
        Shape::Struct(body) => Some(body),
        Shape::Alias { ty: Type::Ref(next) } => struct_of(protocol, next),
        _ => None,
    }
}

/// Everything that stands in one object.
#[derive(Default)]
struct Object<'a> {
    properties: Vec<(&'a str, Node<'a>)>,
    required: Vec<&'a str>,
    closed: bool,
    rest: Option<Node<'a>>,
    unions: Vec<&'a Union>,
}

impl<'a> Object<'a> {
    fn add(&mut self, protocol: &'a Protocol, body: &'a Struct) {
        for field in &body.fields {
            if field.marks.visibility != Visibility::Everywhere {
                continue;
            }
            self.properties.push((&field.name, property(protocol, field)));
            if field.presence == Presence::Required {
                self.required.push(&field.name);
            }
        }
        self.closed |= body.closed;
        for flatten in &body.flatten {
            if let Some(inner) = struct_of(protocol, &flatten.target) {
                self.add(protocol, inner);
            } else if let Some(inner) = union_of(protocol, &flatten.target) {
                self.unions.push(inner);
            }
        }
        if let Some(rest) = &body.rest {
            let schema = types::schema(protocol, &rest.values);
            self.rest = Some(match schema {
                // `additionalProperties: true` is what every reader knows; a description would hide it.
                Node::Bool(true) => schema,
                schema if rest.docs.is_empty() => schema,
                schema => schema.annotated(vec![member("description", rest.docs.as_str())]),
            });
        }
    }

    fn into_keywords(self, protocol: &'a Protocol) -> Members<'a> {
        let mut members = vec![member("type", "object")];
        if !self.properties.is_empty() {
            let properties = self
                .properties
                .into_iter()
                .map(|(name, schema)| (Cow::Borrowed(name), schema))
                .collect::<Members>();
            members.push(member("properties", properties));
        }
        if !self.required.is_empty() {
            let names: Vec<Node> = self.required.into_iter().map(Node::from).collect();
            members.push(member("required", names));
        }
        if self.closed {
            members.push(member("additionalProperties", false));
        } else if let Some(rest) = self.rest {
            members.push(member("additionalProperties", rest));
        }
        let mut unions: Vec<Node> = self
            .unions
            .into_iter()
            .map(|inner| Node::List(union::flattened_members(protocol, inner)))
            .collect();
        if unions.len() == 1 {
            members.extend(unions.pop().map(|alternatives| member("oneOf", alternatives)));
        } else if !unions.is_empty() {
            let each: Vec<Node> = unions
                .into_iter()
                .map(|alternatives| vec![member("oneOf", alternatives)].into())
                .collect();
            members.push(member("allOf", each));
        }
        members
    }
}

fn union_of<'a>(protocol: &'a Protocol, name: &DefName) -> Option<&'a Union> {
    match &protocol.definitions.get(name)?.shape {
        Shape::Union(inner) => Some(inner),
        Shape::Alias { ty: Type::Ref(next) } => union_of(protocol, next),
        _ => None,
    }
}

/// The schema of one field, by the table of presence.
fn property<'a>(protocol: &'a Protocol, field: &'a Field) -> Node<'a> {
    let schema = types::schema(protocol, &field.ty);
    let schema = match field.presence {
        Presence::Nullable | Presence::OptionalNullable | Presence::OptionalAcceptsNull | Presence::Patch => {
            schema.nullable()
        }
        Presence::Required | Presence::Optional | Presence::Default | Presence::OmittedDefault => schema,
    };
    let mut annotations = types::annotations(&field.docs, &field.marks);
    if let Some(default) = &field.default {
        annotations.push(member("default", Node::Json(default)));
    }
    schema.annotated(annotations)
}
