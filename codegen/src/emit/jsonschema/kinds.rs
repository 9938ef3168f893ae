//! Which kinds of JSON values a type takes.
//!
//! In: types. Out: a set of kinds. Members of an untagged union that share none can be told apart at a glance, and the
//! union is then a `oneOf`, of which generators make better code than of `anyOf`.

use std::collections::HashSet;

use crate::ast::Scalar;
use crate::ir::{Content, DefName, Protocol, Shape, Tagging, Type, Union};

/// A set of kinds, a bit for each.
type Kinds = u8;

const NULL: Kinds = 1;
const BOOLEAN: Kinds = 1 << 1;
const NUMBER: Kinds = 1 << 2;
const STRING: Kinds = 1 << 3;
const ARRAY: Kinds = 1 << 4;
const OBJECT: Kinds = 1 << 5;
const ALL: Kinds = NULL | BOOLEAN | NUMBER | STRING | ARRAY | OBJECT;

/// Whether no two members of an untagged union take values of the same kind.
pub(super) fn are_disjoint(protocol: &Protocol, body: &Union) -> bool {
    let mut seen = 0;
    body.members.iter().all(|one| {
        let kinds = of_content(protocol, &one.content, &mut HashSet::new());
        let fresh = seen & kinds == 0;
        seen |= kinds;
        fresh
    })
}

/// `seen` holds the names that the member has gone through: what leads back to one of them adds nothing.
fn of_content<'a>(protocol: &'a Protocol, content: &'a Content, seen: &mut HashSet<&'a DefName>) -> Kinds {
    match content {
        Content::None => ALL,
        Content::Fields { .. } => OBJECT,
        Content::Type { ty } => of_type(protocol, ty, seen),
    }
}

fn of_type<'a>(protocol: &'a Protocol, ty: &'a Type, seen: &mut HashSet<&'a DefName>) -> Kinds {
    match ty {
        Type::Scalar(scalar) => match scalar {
            Scalar::String | Scalar::Path | Scalar::Base64 | Scalar::Uuid => STRING,
            Scalar::Bool => BOOLEAN,
            Scalar::Json => ALL,
            _ => NUMBER,
        },
        Type::Constant(value) if value.is_boolean() => BOOLEAN,
        Type::Constant(value) if value.is_number() => NUMBER,
        Type::Constant(_) => STRING,
        Type::List(_) | Type::Tuple(_) => ARRAY,
        Type::Map(..) => OBJECT,
        Type::Nullable(inner) => NULL | of_type(protocol, inner, seen),
        Type::Ref(name) if !seen.insert(name) => 0,
        Type::Ref(name) => match &protocol.definitions[name].shape {
            Shape::Struct(_) | Shape::Error { .. } => OBJECT,
            Shape::Enum(_) => STRING,
            Shape::Alias { ty } => of_type(protocol, ty, seen),
            Shape::Union(body) => match body.tagging {
                Tagging::Internal { .. } | Tagging::Adjacent { .. } => OBJECT,
                Tagging::External => STRING | OBJECT,
                Tagging::Untagged => body
                    .members
                    .iter()
                    .map(|one| of_content(protocol, &one.content, seen))
                    .fold(0, |all, kinds| all | kinds),
            },
        },
    }
}
