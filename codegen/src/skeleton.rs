//! Example messages to start from: what a fixture of a definition looks like before somebody gives it a situation.
//!
//! In: the model. Out: for each definition a message with what must be there and one with every field, gated ones included;
//! for a union, that of each member. Values follow types, formats and the names of fields. Whoever reads such a message and
//! writes it again, writes the same.

mod heights;
mod values;

use indexmap::IndexSet;
use serde_json::{Map, Value};

use crate::emit::names;
use crate::ir::{
    Content, DefName, Enum, EnumMember, Field, Member, Presence, Protocol, Shape, Struct, Tagging, Type,
    Union, Visibility,
};

use heights::Heights;

/// A message to start from.
#[derive(Clone, Debug, PartialEq)]
pub struct Skeleton {
    /// What it is a message of.
    pub definition: DefName,
    /// What it shows, as a file is called after it: `required-only`.
    pub shows: String,
    /// The message.
    pub message: Value,
}

/// Makes messages of one protocol.
pub struct Skeletons<'a> {
    protocol: &'a Protocol,
    heights: Heights<'a>,
}

impl<'a> Skeletons<'a> {
    /// Of this protocol.
    pub fn new(protocol: &'a Protocol) -> Self {
        Self {
            protocol,
            heights: heights::of(protocol),
        }
    }

    /// Messages for the params, the result and the declared errors of a method; none where there is no such method.
    pub fn of_method(&self, method: &str) -> Option<Vec<Skeleton>> {
        let method = self.protocol.methods.get(method)?;
        let carried = [&method.params, &method.result].into_iter().flatten();
        let names: IndexSet<&DefName> = carried.chain(&method.errors).collect();
        Some(
            names
                .into_iter()
                .flat_map(|name| self.of_definition(name))
                .collect(),
        )
    }

    /// Messages of a definition; none where there is no such definition.
    pub fn of_definition(&self, name: &DefName) -> Vec<Skeleton> {
        let Some((name, definition)) = self.protocol.definitions.get_key_value(name) else {
            return Vec::new();
        };
        let mut maker = Maker {
            protocol: self.protocol,
            heights: &self.heights,
            open: Vec::new(),
        };
        let shown: Vec<(String, Value)> = match &definition.shape {
            Shape::Union(body) => {
                let mut shown = Vec::new();
                for member in maker.members(body) {
                    let label = names::kebab(&member.name);
                    maker.open.push(name);
                    let [least, most] =
                        [Extent::Required, Extent::Every].map(|extent| maker.member(body, member, extent));
                    maker.open.pop();
                    shown.extend(named(least, most).map(|(shows, message)| match shows {
                        "" | "empty" => (label.clone(), message),
                        shows => (format!("{label}-{shows}"), message),
                    }));
                }
                shown
            }
            Shape::Enum(body) => {
                let members = visible(body);
                members
                    .map(|member| (names::kebab(&member.name), Value::from(member.name.as_str())))
                    .collect()
            }
            Shape::Struct(_) | Shape::Alias { .. } | Shape::Error { .. } => {
                let [least, most] = [Extent::Required, Extent::Every]
                    .map(|extent| maker.definition(name, name.name(), extent));
                let named = named(least, most);
                named
                    .map(|(shows, message)| {
                        (
                            if shows.is_empty() { "every-field" } else { shows }.to_owned(),
                            message,
                        )
                    })
                    .collect()
            }
        };
        shown
            .into_iter()
            .map(|(shows, message)| Skeleton {
                definition: name.clone(),
                shows,
                message,
            })
            .collect()
    }
}

/// What each of two messages shows; one alone, where they are the same.
fn named(least: Value, most: Value) -> impl Iterator<Item = (&'static str, Value)> {
    let both = if least != most {
        vec![("required-only", least), ("every-field", most)]
    } else if most.as_object().is_some_and(Map::is_empty) {
        vec![("empty", most)]
    } else {
        vec![("", most)]
    };
    both.into_iter()
}

/// How much of a message is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// What is always written.
    Required,
    /// Every field.
    Every,
}

struct Maker<'a> {
    protocol: &'a Protocol,
    heights: &'a Heights<'a>,
    /// The definitions that are being made. Within itself a definition is made with what is required.
    open: Vec<&'a DefName>,
}

impl<'a> Maker<'a> {
    fn definition(&mut self, name: &'a DefName, label: &str, extent: Extent) -> Value {
        let extent = if self.open.contains(&name) {
            Extent::Required
        } else {
            extent
        };
        self.open.push(name);
        let value = match &self.protocol.definitions[name].shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => self.structure(body, extent),
            Shape::Alias { ty } => self.ty(ty, label, extent),
            Shape::Enum(body) => visible(body)
                .next()
                .map_or(Value::Null, |member| member.name.as_str().into()),
            Shape::Union(body) => match self.pick(body, extent) {
                Some(member) => self.member(body, member, extent),
                None => Value::Null,
            },
        };
        self.open.pop();
        value
    }

    fn structure(&mut self, body: &'a Struct, extent: Extent) -> Value {
        let mut object = Map::new();
        self.spread(body, &mut object, extent);
        Value::Object(object)
    }

    /// The members of an object, among those that it has already.
    fn spread(&mut self, body: &'a Struct, object: &mut Map<String, Value>, extent: Extent) {
        for field in &body.fields {
            if let Some(value) = self.field(field, extent) {
                object.insert(field.name.clone(), value);
            }
        }
        for flatten in &body.flatten {
            self.spread_definition(&flatten.target, object, extent);
        }
        if let Some(rest) = &body.rest
            && extent == Extent::Every
        {
            let value = self.ty(&rest.values, &rest.rust, extent);
            object.entry("another").or_insert(value);
        }
    }

    fn spread_definition(&mut self, name: &'a DefName, object: &mut Map<String, Value>, extent: Extent) {
        match &self.protocol.definitions[name].shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => self.spread(body, object, extent),
            Shape::Alias { ty } => self.spread_type(ty, object, extent),
            Shape::Union(body) => {
                if let (Tagging::Internal { tag }, Some(member)) = (&body.tagging, self.pick(body, extent)) {
                    self.tagged(tag, member, object, extent);
                }
            }
            Shape::Enum(_) => {}
        }
    }

    fn spread_type(&mut self, ty: &'a Type, object: &mut Map<String, Value>, extent: Extent) {
        if let Type::Ref(name) = ty {
            self.spread_definition(name, object, extent);
        }
    }

    fn tagged(&mut self, tag: &str, member: &'a Member, object: &mut Map<String, Value>, extent: Extent) {
        object.insert(tag.to_owned(), member.name.as_str().into());
        match &member.content {
            Content::None => {}
            Content::Fields { body, .. } => self.spread(body, object, extent),
            Content::Type { ty } => self.spread_type(ty, object, extent),
        }
    }

    /// What is written of a field, where it is.
    fn field(&mut self, field: &'a Field, extent: Extent) -> Option<Value> {
        let shown = extent == Extent::Every && field.marks.visibility == Visibility::Everywhere;
        match (field.presence, shown) {
            (Presence::Required, _) => Some(self.ty(&field.ty, &field.name, extent)),
            (Presence::Nullable, false) => Some(Value::Null),
            (Presence::Default, false) => field.default.clone(),
            (_, false) => None,
            // What is omitted when it is the default must be something else to be there.
            (Presence::OmittedDefault | Presence::Default, true) => {
                let default = field.default.as_ref();
                let value = self.ty(&field.ty, &field.name, extent);
                if Some(&value) != default {
                    return Some(value);
                }
                let other = values::another(self.protocol, &field.ty, &field.name, &value);
                match field.presence {
                    Presence::Default => Some(other.unwrap_or(value)),
                    _ => other,
                }
            }
            (_, true) => Some(self.ty(&field.ty, &field.name, extent)),
        }
    }

    fn ty(&mut self, ty: &'a Type, label: &str, extent: Extent) -> Value {
        match ty {
            Type::Scalar(scalar) => values::scalar(*scalar, label),
            Type::Constant(value) => value.clone(),
            Type::Ref(name) => self.definition(name, label, extent),
            Type::Nullable(_) if extent == Extent::Required => Value::Null,
            Type::Nullable(inner) => self.ty(inner, label, extent),
            Type::List(_) if extent == Extent::Required => Value::Array(Vec::new()),
            Type::List(item) => Value::Array(vec![self.ty(item, &values::singular(label), extent)]),
            Type::Map(..) if extent == Extent::Required => Value::Object(Map::new()),
            Type::Map(key, value) => {
                let label = values::singular(label);
                let key = match self.ty(key, &label, extent) {
                    Value::String(key) => key,
                    other => other.to_string(),
                };
                Value::Object(Map::from_iter([(key, self.ty(value, &label, extent))]))
            }
            Type::Tuple(items) => items.iter().map(|item| self.ty(item, label, extent)).collect(),
        }
    }

    fn member(&mut self, body: &'a Union, member: &'a Member, extent: Extent) -> Value {
        let object = |name: &str, value: Value| Value::Object(Map::from_iter([(name.to_owned(), value)]));
        match &body.tagging {
            Tagging::Untagged => self.content(member, extent),
            Tagging::External if member.content == Content::None => member.name.as_str().into(),
            Tagging::External => object(&member.name, self.content(member, extent)),
            Tagging::Adjacent { tag, .. } if member.content == Content::None => {
                object(tag, member.name.as_str().into())
            }
            Tagging::Adjacent { tag, content } => Value::Object(Map::from_iter([
                (tag.clone(), member.name.as_str().into()),
                (content.clone(), self.content(member, extent)),
            ])),
            Tagging::Internal { tag } => {
                let mut object = Map::new();
                self.tagged(tag, member, &mut object, extent);
                Value::Object(object)
            }
        }
    }

    fn content(&mut self, member: &'a Member, extent: Extent) -> Value {
        match &member.content {
            Content::None => Value::Null,
            Content::Fields { body, .. } => self.structure(body, extent),
            Content::Type { ty } => self.ty(ty, &member.name, extent),
        }
    }

    /// The members that artefacts show.
    fn members(&self, body: &'a Union) -> Vec<&'a Member> {
        let members = body.members.iter();
        members
            .filter(|member| member.marks.visibility == Visibility::Everywhere)
            .collect()
    }

    /// The member that stands for a union within something else: the first; the smallest, where there is little room.
    fn pick(&self, body: &'a Union, extent: Extent) -> Option<&'a Member> {
        let members = self.members(body);
        match extent {
            Extent::Every => members.first().copied(),
            Extent::Required => members
                .into_iter()
                .min_by_key(|member| heights::content(self.heights, &member.content).unwrap_or(usize::MAX)),
        }
    }
}

fn visible(body: &Enum) -> impl Iterator<Item = &EnumMember> {
    let members = body.members.iter();
    members.filter(|member| member.marks.visibility == Visibility::Everywhere)
}
