//! What the members of an untagged union look like from outside.
//!
//! In: types. Out: the kinds of JSON values that each takes, and of objects, which members they must have. Emitted code
//! chooses by these before it reads anything.

use std::collections::HashSet;

use serde_json::Value;

use super::plan::{Plan, spellings};
use crate::ir::{Content, DefName, Presence, Scalar, Shape, Struct, Tagging, Type};

/// The kinds of JSON values, in the order of the arms that tell them apart.
pub(super) const KINDS: [&str; 6] = ["Null", "Bool", "Number", "String", "List", "Object"];

/// A set of kinds, a bit for each of [`KINDS`].
pub(super) type Kinds = u8;

const NULL: Kinds = 1;
const BOOL: Kinds = 1 << 1;
const NUMBER: Kinds = 1 << 2;
const STRING: Kinds = 1 << 3;
const LIST: Kinds = 1 << 4;
pub(super) const OBJECT: Kinds = 1 << 5;
const ALL: Kinds = NULL | BOOL | NUMBER | STRING | LIST | OBJECT;

/// What an object must have to be of a type. Empty where nothing is known.
#[derive(Default)]
pub(super) struct Outline<'a> {
    /// Each with its old spellings.
    pub(super) required: Vec<Vec<&'a str>>,
    /// Members with all values that they may have.
    pub(super) constants: Vec<(&'a str, Vec<Value>)>,
    /// All members, where others are refused.
    pub(super) only: Option<Vec<&'a str>>,
}

impl<'a> Plan<'a> {
    pub(super) fn kinds(&self, content: &'a Content) -> Kinds {
        self.kinds_of_content(content, &mut HashSet::new())
    }

    fn kinds_of_content(&self, content: &'a Content, seen: &mut HashSet<&'a DefName>) -> Kinds {
        match content {
            Content::None => NULL,
            Content::Fields { body, .. } => self.kinds_of_struct(body, seen),
            Content::Type { ty } => self.kinds_of_type(ty, seen),
        }
    }

    fn kinds_of_struct(&self, body: &'a Struct, seen: &mut HashSet<&'a DefName>) -> Kinds {
        let bare = body
            .fields
            .iter()
            .find(|field| Some(&field.name) == body.bare.as_ref());
        OBJECT | bare.map_or(0, |field| self.kinds_of_type(&field.ty, seen))
    }

    /// `seen` holds the names gone through: what leads back to one of them adds nothing.
    fn kinds_of_type(&self, ty: &'a Type, seen: &mut HashSet<&'a DefName>) -> Kinds {
        match ty {
            Type::Scalar(Scalar::String | Scalar::Path | Scalar::Base64 | Scalar::Uuid) => STRING,
            Type::Scalar(Scalar::Bool) => BOOL,
            Type::Scalar(Scalar::Json) => ALL,
            Type::Scalar(_) => NUMBER,
            Type::Constant(Value::Bool(_)) => BOOL,
            Type::Constant(Value::Number(_)) => NUMBER,
            Type::Constant(_) => STRING,
            Type::List(_) | Type::Tuple(_) => LIST,
            Type::Map(..) => OBJECT,
            Type::Nullable(inner) => NULL | self.kinds_of_type(inner, seen),
            Type::Ref(name) => {
                if !seen.insert(name) {
                    return 0;
                }
                if let Some(body) = self.struct_of(name) {
                    return self.kinds_of_struct(body, seen);
                }
                if let Some(union) = self.union_of(name) {
                    return match union.tagging {
                        Tagging::Internal { .. } | Tagging::Adjacent { .. } => OBJECT,
                        Tagging::External => STRING | OBJECT,
                        Tagging::Untagged => union.members.iter().fold(0, |all, member| {
                            all | self.kinds_of_content(&member.content, seen)
                        }),
                    };
                }
                match self.resolved(ty) {
                    Type::Ref(_) => STRING,
                    resolved => self.kinds_of_type(resolved, seen),
                }
            }
        }
    }

    /// What an object of this content must have.
    pub(super) fn outline(&self, content: &'a Content) -> Outline<'a> {
        match content {
            Content::None => Outline::default(),
            Content::Fields { body, .. } => self.outline_of_struct(body),
            Content::Type { ty } => match self.resolved(ty) {
                Type::Ref(name) => self.outline_of(name),
                Type::Nullable(inner) => match self.resolved(inner) {
                    Type::Ref(name) => self.outline_of(name),
                    _ => Outline::default(),
                },
                _ => Outline::default(),
            },
        }
    }

    fn outline_of(&self, name: &'a DefName) -> Outline<'a> {
        if let Some(body) = self.struct_of(name) {
            return self.outline_of_struct(body);
        }
        let Some(union) = self.union_of(name) else {
            return Outline::default();
        };
        match &union.tagging {
            Tagging::Internal { tag } | Tagging::Adjacent { tag, .. } => {
                let tags = union
                    .members
                    .iter()
                    .flat_map(|member| std::iter::once(&member.name).chain(&member.accepts));
                let constants = (tag.as_str(), tags.map(|tag| Value::from(tag.as_str())).collect());
                Outline {
                    required: vec![vec![tag]],
                    constants: if union.open { Vec::new() } else { vec![constants] },
                    only: None,
                }
            }
            Tagging::External | Tagging::Untagged => Outline::default(),
        }
    }

    fn outline_of_struct(&self, body: &'a Struct) -> Outline<'a> {
        let mut outline = Outline {
            only: body.closed.then(|| self.all_names(body)),
            ..Outline::default()
        };
        for field in &body.fields {
            if field.presence == Presence::Required {
                outline.required.push(spellings(field).collect());
            }
            if matches!(field.presence, Presence::Required | Presence::Optional)
                && let Some(values) = self.values(&field.ty)
            {
                outline
                    .constants
                    .extend(spellings(field).map(|name| (name, values.clone())));
            }
        }
        for flat in &body.flatten {
            let inner = self.outline_of(&flat.target);
            outline.required.extend(inner.required);
            outline.constants.extend(inner.constants);
        }
        outline
    }

    /// All values of a type that has few.
    fn values(&self, ty: &'a Type) -> Option<Vec<Value>> {
        match self.resolved(ty) {
            Type::Constant(value) => Some(vec![value.clone()]),
            Type::Ref(name) => match &self.definition(name).shape {
                Shape::Enum(body) if !body.open => {
                    let words = body
                        .members
                        .iter()
                        .flat_map(|member| std::iter::once(&member.name).chain(&member.accepts));
                    Some(words.map(|word| Value::from(word.as_str())).collect())
                }
                _ => None,
            },
            _ => None,
        }
    }
}
