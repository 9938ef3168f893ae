//! Members of unions and enums, and what a union can be open to.
//!
//! In: the tree. Out: reports of contents that do not go with the tagging, of types without members, and of open unions
//! that would swallow what is malformed.

use super::types;
use crate::ast::{Name, Scalar, Tagging};
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
    if let Tagging::Internal(tag) = &union.tagging {
        for member in &union.members {
            beside_the_tag(resolved, member, tag, out);
        }
    }
    if let (Some(open), Tagging::Untagged(_)) = (union.open, &union.tagging) {
        open_untagged(resolved, definition, union, open, out);
    }
}

/// What a member of a union tagged by a member holds must let the tag stand among its own members.
fn beside_the_tag(resolved: &Resolved, member: &UnionMember, tag: &Name, out: &mut Diagnostics) {
    let MemberContent::Type(ty) = &member.content else {
        return;
    };
    let label = &member.name.text;
    let spelled = types::spelled(resolved, ty);
    let report = match types::structure(resolved, ty) {
        None => invalid(
            ty.span,
            format!("member `{label}` cannot hold `{spelled}` beside the tag"),
        )
        .label("is no struct")
        .help("name a struct, or add `content \"..\"` after the tag"),
        Some(body) if body.closed.is_some() => invalid(
            ty.span,
            format!("member `{label}` cannot hold the closed `{spelled}` beside the tag"),
        )
        .label("would refuse the tag")
        .help("remove `closed` there, or declare the fields in place"),
        Some(_) => return,
    };
    out.push(report.note_at(tag.span, "the tag stands among the members of the value"));
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
