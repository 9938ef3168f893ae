//! Which kinds of JSON values something takes.
//!
//! In: what a union member holds. Out: a set of kinds. Members of an untagged union that share none are told apart at a
//! glance.

use std::collections::HashSet;

use serde_json::Value;

use super::{Content, DefName, Protocol, Scalar, Shape, Struct, Tagging, Type};

/// The kinds of JSON values, in the order of the bits of [`Kinds`].
pub(crate) const KINDS: [&str; 6] = ["Null", "Bool", "Number", "String", "List", "Object"];

/// A set of kinds, a bit for each of [`KINDS`].
pub(crate) type Kinds = u8;

const NULL: Kinds = 1;
const BOOL: Kinds = 1 << 1;
const NUMBER: Kinds = 1 << 2;
const STRING: Kinds = 1 << 3;
const LIST: Kinds = 1 << 4;
pub(crate) const OBJECT: Kinds = 1 << 5;
const ALL: Kinds = NULL | BOOL | NUMBER | STRING | LIST | OBJECT;

/// Which spellings count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spellings {
    /// What artefacts show.
    Shown,
    /// Old ones too, `accepts bare name` among them: what a reader takes.
    Read,
}

/// The kinds of values that `content` takes.
pub(crate) fn of(protocol: &Protocol, content: &Content, spellings: Spellings) -> Kinds {
    Walk {
        protocol,
        spellings,
        seen: HashSet::new(),
    }
    .content(content)
}

struct Walk<'a> {
    protocol: &'a Protocol,
    spellings: Spellings,
    /// The names gone through: what leads back to one of them adds nothing.
    seen: HashSet<&'a DefName>,
}

impl<'a> Walk<'a> {
    fn content(&mut self, content: &'a Content) -> Kinds {
        match content {
            Content::None => NULL,
            Content::Fields { body, .. } => self.structure(body),
            Content::Type { ty } => self.ty(ty),
        }
    }

    fn structure(&mut self, body: &'a Struct) -> Kinds {
        let bare = body
            .fields
            .iter()
            .find(|field| Some(&field.name) == body.bare.as_ref());
        match bare {
            Some(field) if self.spellings == Spellings::Read => OBJECT | self.ty(&field.ty),
            _ => OBJECT,
        }
    }

    fn ty(&mut self, ty: &'a Type) -> Kinds {
        match ty {
            Type::Scalar(Scalar::String | Scalar::Path | Scalar::Base64 | Scalar::Uuid) => STRING,
            Type::Scalar(Scalar::Bool) | Type::Constant(Value::Bool(_)) => BOOL,
            Type::Scalar(Scalar::Json) => ALL,
            Type::Scalar(_) | Type::Constant(Value::Number(_)) => NUMBER,
            Type::Constant(_) => STRING,
            Type::List(_) | Type::Tuple(_) => LIST,
            Type::Map(..) => OBJECT,
            Type::Nullable(inner) => NULL | self.ty(inner),
            Type::Ref(name) if !self.seen.insert(name) => 0,
            Type::Ref(name) => match &self.protocol.definitions[name].shape {
                Shape::Struct(body) | Shape::Error { data: body, .. } => self.structure(body),
                Shape::Enum(_) => STRING,
                Shape::Alias { ty } => self.ty(ty),
                Shape::Union(body) => match body.tagging {
                    Tagging::Internal { .. } | Tagging::Adjacent { .. } => OBJECT,
                    Tagging::External => STRING | OBJECT,
                    Tagging::Untagged => body
                        .members
                        .iter()
                        .fold(0, |all, member| all | self.content(&member.content)),
                },
            },
        }
    }
}
