//! Members of unions and enums, and what a union can be open to.
//!
//! In: the tree. Out: reports of contents that do not go with the tagging, of types without members, and of open unions
//! that would swallow what is malformed.

use super::types;
use crate::ast::{Scalar, Tagging};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resolve::{Definition, MemberContent, Resolved, Shape, Type, TypeKind, Union, UnionMember};
use crate::rules;
use crate::source::Span;

/// Reports them.
pub(super) fn check(resolved: &Resolved, out: &mut Diagnostics) {
    for definition in &resolved.definitions {
        match &definition.shape {
            Shape::Enum(declared) if declared.members.is_empty() => empty(definition, "enum", out),
            Shape::Union(union) if union.members.is_empty() => empty(definition, "union", out),
            Shape::Union(union) => members(resolved, definition, union, out),
            Shape::Struct(_) | Shape::Enum(_) | Shape::Alias(_) | Shape::Error { .. } => {}
        }
    }
}

fn empty(definition: &Definition, what: &str, out: &mut Diagnostics) {
    let name = &definition.name;
    out.push(
        Diagnostic::new(
            &rules::NO_MEMBERS,
            name.span,
            format!("{what} `{}` has no members", name.text),
        )
        .label("no value of it exists")
        .help("declare a member, or remove the definition"),
    );
}

fn members(resolved: &Resolved, definition: &Definition, union: &Union, out: &mut Diagnostics) {
    for member in &union.members {
        match (&union.tagging, &member.content) {
            (Tagging::Internal(tag), MemberContent::Type(ty)) => {
                if types::structure(resolved, ty).is_none() {
                    out.push(
                        invalid(
                            ty.span,
                            format!(
                                "member `{}` cannot hold `{}` beside the tag",
                                member.name.text,
                                types::spelled(resolved, ty)
                            ),
                        )
                        .label("is no struct")
                        .note_at(tag.span, "the tag stands among the members of the value")
                        .help("name a struct, or add `content \"..\"` after the tag"),
                    );
                } else if let Some(body) = types::structure(resolved, ty)
                    && body.closed.is_some()
                {
                    out.push(
                        invalid(
                            ty.span,
                            format!(
                                "member `{}` cannot hold the closed `{}` beside the tag",
                                member.name.text,
                                types::spelled(resolved, ty)
                            ),
                        )
                        .label("would refuse the tag")
                        .note_at(tag.span, "the tag stands among the members of the value")
                        .help("remove `closed` there, or declare the fields in place"),
                    );
                }
            }
            (Tagging::Untagged(_), MemberContent::None) => out.push(
                invalid(
                    member.name.span,
                    format!("member `{}` of an untagged union holds nothing", member.name.text),
                )
                .label("a label alone is not on the wire")
                .help("write a type after it: `label: Type`"),
            ),
            _ => {}
        }
    }
    if let (Some(open), Tagging::Untagged(_)) = (union.open, &union.tagging) {
        open_untagged(resolved, definition, union, open, out);
    }
}

fn invalid(span: Span, message: String) -> Diagnostic {
    Diagnostic::new(&rules::INVALID_MEMBER, span, message)
}

/// Without a tag the unknown is known only by its JSON kind. So every value of a known member's kind must be a value of
/// that member: else what is malformed would be kept as if it were unknown.
fn open_untagged(
    resolved: &Resolved,
    definition: &Definition,
    union: &Union,
    open: Span,
    out: &mut Diagnostics,
) {
    for member in &union.members {
        if fills_its_kind(resolved, member) {
            continue;
        }
        out.push(
            Diagnostic::new(
                &rules::OPEN_UNTAGGED,
                member.name.span,
                format!(
                    "open union `{}` would keep a malformed `{}` as unknown",
                    definition.name.text, member.name.text
                ),
            )
            .label("some values of the same JSON kind are not of this type")
            .note_at(open, "open, and nothing but its JSON kind tells what is unknown")
            .help("give the union a tag, or remove `open`"),
        );
    }
}

fn fills_its_kind(resolved: &Resolved, member: &UnionMember) -> bool {
    let MemberContent::Type(ty) = &member.content else {
        return false;
    };
    let any = |ty: &Type| {
        matches!(
            types::unaliased(resolved, ty).kind,
            TypeKind::Scalar(Scalar::Json)
        )
    };
    match &types::unaliased(resolved, ty).kind {
        TypeKind::Scalar(scalar) => matches!(scalar, Scalar::String | Scalar::Bool | Scalar::F64),
        TypeKind::List(inner) => any(inner),
        TypeKind::Map(key, value) => {
            any(value)
                && matches!(
                    types::unaliased(resolved, key).kind,
                    TypeKind::Scalar(Scalar::String)
                )
        }
        TypeKind::Name(id) => {
            matches!(&resolved[*id].shape, Shape::Enum(declared) if declared.open.is_some())
        }
        TypeKind::Tuple(_) | TypeKind::Nullable(_) | TypeKind::Constant(_) => false,
    }
}
