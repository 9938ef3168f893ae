//! What objects look like from outside.
//!
//! In: members of untagged unions. Out: which members an object must have to be one of them. Emitted code chooses by this
//! before it reads anything.

use serde_json::Value;

use super::plan::{Plan, spellings};
use crate::ir::kinds::{self, Kinds, Spellings};
use crate::ir::{Content, DefName, Presence, Shape, Struct, Tagging, Type};

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
    pub(super) fn kinds(&self, content: &Content) -> Kinds {
        kinds::of(self.protocol, content, Spellings::Read)
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
