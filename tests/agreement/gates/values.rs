//! Small messages, made of the model.
//!
//! In: a chain to something gated, and what its message should show there. Out: the message, as small as it gets, and without
//! any other gated part, but for those that the chain goes through.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use wiregate_codegen::ir::{
    Content, DefName, Field, Marks, Member, Presence, Protocol, Scalar, Shape, Struct, Tagging, Type, Union,
    Visibility,
};

use super::chains::{Chain, Gated, Node, Step};
use crate::sights::{null_is_none, takes_null};

/// What a message shows of something gated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Shows {
    /// It uses it.
    Use,
    /// It uses it by an old spelling.
    OldSpelling,
    /// All but it is there.
    Nothing,
    /// A field holds its default.
    Default,
    /// A field holds null.
    Null,
    /// A field holds an empty list or map.
    Empty,
}

impl Shows {
    pub(crate) const ALL: [Self; 6] = [
        Self::Use,
        Self::OldSpelling,
        Self::Nothing,
        Self::Default,
        Self::Null,
        Self::Empty,
    ];
}

/// Makes messages of one protocol.
pub(crate) struct Maker<'a> {
    model: &'a Protocol,
    /// The smallest value of each definition.
    least: HashMap<&'a DefName, Value>,
}

impl<'a> Maker<'a> {
    pub(crate) fn new(model: &'a Protocol) -> Self {
        let mut this = Self {
            model,
            least: HashMap::new(),
        };
        // Each round makes what needs only what the rounds before have made.
        loop {
            let known = this.least.len();
            for (name, definition) in &model.definitions {
                if !this.least.contains_key(name)
                    && let Some(value) = this.least_shape(&definition.shape)
                {
                    this.least.insert(name, value);
                }
            }
            if this.least.len() == known {
                return this;
            }
        }
    }

    /// The smallest value of a definition.
    pub(crate) fn least(&self, name: &DefName) -> Value {
        self.least[name].clone()
    }

    /// The message of a chain; none where what is gated cannot show that.
    pub(crate) fn message(&self, chain: &Chain<'a>, shows: Shows) -> Option<Value> {
        let mut value = self.tip(chain, shows)?;
        for (node, step) in chain.steps.iter().rev() {
            value = self.around(*node, *step, value);
        }
        Some(value)
    }

    /// The value that holds what is gated.
    fn tip(&self, chain: &Chain<'a>, shows: Shows) -> Option<Value> {
        match chain.gated {
            Gated::Field(body, field) => {
                let mut object = self.body(body, None).expect("every definition has a value");
                object.shift_remove(&field.name);
                let mut insert = |name: &str, value| object.insert(name.to_owned(), value);
                match shows {
                    Shows::Nothing => {}
                    Shows::Use => drop(insert(&field.name, self.use_of(field))),
                    Shows::OldSpelling => drop(insert(field.accepts.first()?, self.use_of(field))),
                    Shows::Default => drop(insert(&field.name, field.default.clone()?)),
                    Shows::Null => {
                        let read = null_is_none(field.presence) || takes_null(self.model, &field.ty);
                        read.then(|| insert(&field.name, Value::Null))?;
                    }
                    Shows::Empty => drop(insert(&field.name, self.empty(&field.ty)?)),
                }
                Some(Value::Object(object))
            }
            Gated::Value(declared, member) => match shows {
                Shows::Use => Some(json!(member.name)),
                Shows::OldSpelling => Some(json!(member.accepts.first()?)),
                Shows::Nothing => {
                    let others = declared.members.iter();
                    let other = others.clone().find(|other| is_open(&other.marks));
                    other.map(|other| json!(other.name))
                }
                Shows::Default | Shows::Null | Shows::Empty => None,
            },
            Gated::Member(union, member) => match shows {
                Shows::Use => self.member(union, member, &member.name),
                Shows::OldSpelling => self.member(union, member, member.accepts.first()?),
                Shows::Nothing => {
                    let open = union.members.iter().find(|other| is_open(&other.marks))?;
                    self.member(union, open, &open.name)
                }
                Shows::Default | Shows::Null | Shows::Empty => None,
            },
        }
    }

    /// The value of a part of the model that holds `inner` at a step.
    fn around(&self, node: Node<'a>, step: Step<'a>, inner: Value) -> Value {
        let body = || match node {
            Node::Body(body) => body,
            Node::Definition(_) | Node::Type(_) => unreachable!("only bodies have fields"),
        };
        let with = |except, more: Map<String, Value>| {
            let mut object = self.body(body(), except).expect("every definition has a value");
            object.extend(more);
            Value::Object(object)
        };
        match step {
            Step::Same => inner,
            Step::Field(field) => with(None, Map::from_iter([(field.name.clone(), inner)])),
            Step::Flatten(index) => match inner {
                Value::Object(members) => with(Some(index), members),
                other => unreachable!("{other} has no members"),
            },
            Step::Rest => with(None, Map::from_iter([("an entry".to_owned(), inner)])),
            Step::Member(union, member) => wrapped(union, &member.name, inner),
            // Between others, so that nobody finds it who looks at the first alone, and what follows is not lost with it.
            Step::Element => {
                let other = self.other(node);
                json!([other, inner, other])
            }
            Step::Entry(key) => {
                let name = self.ty(key).expect("every definition has a value");
                let name = name.as_str().expect("a key is a string");
                match key {
                    Type::Scalar(Scalar::String) => {
                        let other = self.other(node);
                        json!({ "before": other, name: inner, "behind": other })
                    }
                    _ => json!({ name: inner }),
                }
            }
            Step::At(items, place) => {
                let items = items.iter().enumerate().map(|(index, item)| {
                    if index == place {
                        return inner.clone();
                    }
                    self.ty(item).expect("every definition has a value")
                });
                Value::Array(items.collect())
            }
        }
    }

    /// The smallest element of a list, or value of a map.
    fn other(&self, node: Node<'a>) -> Value {
        let (Node::Type(Type::List(item)) | Node::Type(Type::Map(_, item))) = node else {
            unreachable!("nothing else has elements")
        };
        self.ty(item).expect("every definition has a value")
    }

    /// A value that is a use of a field: not null, not its default, not empty.
    fn use_of(&self, field: &Field) -> Value {
        let value = self.full(&field.ty);
        if Some(&value) != field.default.as_ref() {
            return value;
        }
        self.another(&field.ty, &value)
    }

    /// The smallest value that is no empty list or map.
    fn full(&self, ty: &Type) -> Value {
        match ty {
            Type::List(item) => json!([self.full(item)]),
            Type::Map(key, value) => {
                let key = self.ty(key).expect("every definition has a value");
                json!({ key.as_str().expect("a key is a string"): self.full(value) })
            }
            Type::Nullable(inner) => self.full(inner),
            Type::Ref(name) => match &self.model.definitions[name].shape {
                Shape::Alias { ty } => self.full(ty),
                _ => self.least(name),
            },
            Type::Scalar(_) | Type::Constant(_) | Type::Tuple(_) => {
                self.ty(ty).expect("every definition has a value")
            }
        }
    }

    /// Another value of a type than `value`.
    fn another(&self, ty: &Type, value: &Value) -> Value {
        let differs = |other: &Value| other != value;
        let found = match ty {
            Type::Nullable(inner) => return self.another(inner, value),
            Type::Scalar(Scalar::Bool) => value.as_bool().map(|value| json!(!value)),
            Type::Scalar(_) => [json!(1), json!("other"), json!("/other")]
                .into_iter()
                .find(differs),
            Type::Ref(name) => match &self.model.definitions[name].shape {
                Shape::Alias { ty } => return self.another(ty, value),
                Shape::Enum(declared) => {
                    let members = declared.members.iter().filter(|member| is_open(&member.marks));
                    members.map(|member| json!(member.name)).find(differs)
                }
                Shape::Union(union) => {
                    let members = union.members.iter().filter(|member| is_open(&member.marks));
                    members
                        .filter_map(|member| self.member(union, member, &member.name))
                        .find(differs)
                }
                Shape::Struct(_) | Shape::Error { .. } => None,
            },
            Type::Constant(_) | Type::List(_) | Type::Map(..) | Type::Tuple(_) => None,
        };
        found.unwrap_or_else(|| panic!("{ty:?} should have another value than {value}"))
    }

    /// An empty list or map, where the type is one.
    fn empty(&self, ty: &Type) -> Option<Value> {
        match ty {
            Type::List(_) => Some(json!([])),
            Type::Map(..) => Some(json!({})),
            Type::Nullable(inner) => self.empty(inner),
            Type::Ref(name) => match &self.model.definitions[name].shape {
                Shape::Alias { ty } => self.empty(ty),
                _ => None,
            },
            Type::Scalar(_) | Type::Constant(_) | Type::Tuple(_) => None,
        }
    }

    fn least_shape(&self, shape: &'a Shape) -> Option<Value> {
        match shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => self.body(body, None).map(Value::Object),
            Shape::Alias { ty } => self.ty(ty),
            Shape::Enum(declared) => {
                let mut members = declared.members.iter();
                let open = members.find(|member| is_open(&member.marks))?;
                Some(json!(open.name))
            }
            Shape::Union(union) => {
                let mut members = union.members.iter().filter(|member| is_open(&member.marks));
                members.find_map(|member| self.member(union, member, &member.name))
            }
        }
    }

    /// A member of a union with as little as it can hold; none where that is not known yet.
    fn member(&self, union: &Union, member: &Member, spelled: &str) -> Option<Value> {
        let content = match &member.content {
            Content::None => return Some(bare(union, spelled)),
            Content::Fields { body, .. } => Value::Object(self.body(body, None)?),
            Content::Type { ty } => self.ty(ty)?,
        };
        Some(wrapped(union, spelled, content))
    }

    /// The members of a body that must be there, without those of what it flattens at a place.
    fn body(&self, body: &Struct, except: Option<usize>) -> Option<Map<String, Value>> {
        let mut object = Map::new();
        let required = |field: &&Field| field.presence == Presence::Required;
        for field in body.fields.iter().filter(required) {
            object.insert(field.name.clone(), self.ty(&field.ty)?);
        }
        for (index, flat) in body.flatten.iter().enumerate() {
            if except != Some(index) {
                match self.least.get(&flat.target)? {
                    Value::Object(members) => object.extend(members.clone()),
                    other => unreachable!("{other} has no members"),
                }
            }
        }
        Some(object)
    }

    fn ty(&self, ty: &Type) -> Option<Value> {
        Some(match ty {
            Type::Scalar(scalar) => match scalar {
                Scalar::String => json!("text"),
                Scalar::Bool => json!(true),
                Scalar::Json => json!({ "any": [true] }),
                Scalar::Path => json!("/srv/wire"),
                Scalar::Base64 => json!("aGVsbG8="),
                Scalar::Uuid => json!("0199a3c4-8d5e-7a11-9b0c-3f2d6c1e5a70"),
                Scalar::F64 => json!(0.5),
                Scalar::I8
                | Scalar::I16
                | Scalar::I32
                | Scalar::I64
                | Scalar::U8
                | Scalar::U16
                | Scalar::U32
                | Scalar::U64
                | Scalar::BigInt => json!(7),
            },
            Type::Constant(value) => value.clone(),
            Type::Ref(name) => self.least.get(name)?.clone(),
            Type::List(_) => json!([]),
            Type::Map(..) => json!({}),
            Type::Nullable(_) => Value::Null,
            Type::Tuple(items) => {
                Value::Array(items.iter().map(|item| self.ty(item)).collect::<Option<_>>()?)
            }
        })
    }
}

/// Whether everybody sees it.
fn is_open(marks: &Marks) -> bool {
    marks.gate.is_none() && marks.visibility == Visibility::Everywhere
}

/// A member that holds nothing.
fn bare(union: &Union, name: &str) -> Value {
    match &union.tagging {
        Tagging::Internal { tag } | Tagging::Adjacent { tag, .. } => json!({ tag.as_str(): name }),
        Tagging::External => json!(name),
        Tagging::Untagged => Value::Null,
    }
}

/// A member that holds something.
fn wrapped(union: &Union, name: &str, inner: Value) -> Value {
    match &union.tagging {
        Tagging::Untagged => inner,
        Tagging::External => json!({ name: inner }),
        Tagging::Adjacent { tag, content } => json!({ tag.as_str(): name, content.as_str(): inner }),
        Tagging::Internal { tag } => match inner {
            Value::Object(mut members) => {
                members.shift_insert(0, tag.clone(), json!(name));
                Value::Object(members)
            }
            other => unreachable!("{other} has no members"),
        },
    }
}
