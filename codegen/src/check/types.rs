//! What values does a type have?
//!
//! In: types of the tree. Out: answers for the rules. Walks follow aliases, flattening and members of unions; `resolve`
//! has refused cycles of those and bounded their depth.

use crate::ast::{Scalar, Tagging};
use crate::resolve::{DefId, Field, MemberContent, Resolved, Shape, Struct, Type, TypeKind};

/// `ty` with aliases replaced by what they stand for.
pub(super) fn unaliased<'a>(resolved: &'a Resolved, ty: &'a Type) -> &'a Type {
    let mut ty = ty;
    while let TypeKind::Name(id) = ty.kind {
        let Shape::Alias(target) = &resolved[id].shape else {
            break;
        };
        ty = target;
    }
    ty
}

/// The definition that `ty` names, through aliases.
pub(super) fn definition(resolved: &Resolved, ty: &Type) -> Option<DefId> {
    match unaliased(resolved, ty).kind {
        TypeKind::Name(id) => Some(id),
        _ => None,
    }
}

/// The struct that `ty` names, through aliases.
pub(super) fn structure<'a>(resolved: &'a Resolved, ty: &Type) -> Option<&'a Struct> {
    match &resolved[definition(resolved, ty)?].shape {
        Shape::Struct(body) => Some(body),
        _ => None,
    }
}

/// Whether every value of the definition that `ty` names is an object.
pub(super) fn is_object(resolved: &Resolved, ty: &Type) -> bool {
    let Some(id) = definition(resolved, ty) else {
        return false;
    };
    match &resolved[id].shape {
        Shape::Struct(_) => true,
        Shape::Union(union) => match union.tagging {
            Tagging::Internal(_) | Tagging::Adjacent(..) => true,
            Tagging::External(_) => false,
            Tagging::Untagged(_) => union.members.iter().all(|member| match &member.content {
                MemberContent::None => false,
                MemberContent::Fields(_) => true,
                MemberContent::Type(ty) => is_object(resolved, ty),
            }),
        },
        Shape::Enum(_) | Shape::Alias(_) | Shape::Error { .. } => false,
    }
}

/// Whether an object must have the field.
pub(super) fn is_required(field: &Field) -> bool {
    field.optional.is_none() && field.default.is_none() && !matches!(field.ty.kind, TypeKind::Nullable(_))
}

/// Whether every value of `ty` is a string.
pub(super) fn is_string(resolved: &Resolved, ty: &Type) -> bool {
    let ty = unaliased(resolved, ty);
    match &ty.kind {
        TypeKind::Scalar(scalar) => {
            matches!(
                scalar,
                Scalar::String | Scalar::Path | Scalar::Base64 | Scalar::Uuid
            )
        }
        TypeKind::Constant(literal) => literal.value.is_string(),
        TypeKind::Name(id) => matches!(resolved[*id].shape, Shape::Enum(_)),
        _ => false,
    }
}

/// The values that an integer type has, both ends included. What JavaScript takes for a number stays within 2^53 - 1.
pub(super) fn integer_range(scalar: Scalar) -> Option<(i128, i128)> {
    const SAFE: i128 = (1 << 53) - 1;
    Some(match scalar {
        Scalar::I8 => (i8::MIN.into(), i8::MAX.into()),
        Scalar::I16 => (i16::MIN.into(), i16::MAX.into()),
        Scalar::I32 => (i32::MIN.into(), i32::MAX.into()),
        Scalar::I64 => (-SAFE, SAFE),
        Scalar::U8 => (0, u8::MAX.into()),
        Scalar::U16 => (0, u16::MAX.into()),
        Scalar::U32 => (0, u32::MAX.into()),
        Scalar::U64 => (0, SAFE),
        Scalar::BigInt => (i64::MIN.into(), i64::MAX.into()),
        Scalar::String
        | Scalar::Bool
        | Scalar::F64
        | Scalar::Json
        | Scalar::Path
        | Scalar::Base64
        | Scalar::Uuid => return None,
    })
}

/// `ty` as an author writes it, for messages.
pub(super) fn spelled(resolved: &Resolved, ty: &Type) -> String {
    match &ty.kind {
        TypeKind::Scalar(scalar) => crate::ir::spelling_of(*scalar).to_owned(),
        TypeKind::Constant(literal) => literal.value.to_string(),
        TypeKind::Name(id) => resolved[*id].name.text.clone(),
        TypeKind::List(inner) => format!("list<{}>", spelled(resolved, inner)),
        TypeKind::Nullable(inner) => format!("{} | null", spelled(resolved, inner)),
        TypeKind::Map(key, value) => format!("map<{}, {}>", spelled(resolved, key), spelled(resolved, value)),
        TypeKind::Tuple(items) => {
            let items: Vec<_> = items.iter().map(|item| spelled(resolved, item)).collect();
            format!("tuple<{}>", items.join(", "))
        }
    }
}
