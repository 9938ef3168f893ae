//! Places in messages: `params.thread.id`.
//!
//! In: a type and a path. Out: the type at that place, or a report of where the path leaves what there is.

use super::types;
use crate::ast::{Name, Path, Tagging};
use crate::diagnostics::Diagnostic;
use crate::resolve::{Field, MemberContent, Resolved, Shape, Struct, Type, TypeKind, Union};
use crate::rules;

/// What stands at a path.
pub(super) struct Place<'a> {
    /// The type, without `| null`.
    pub(super) ty: &'a Type,
    /// The first segment whose value may be missing or null.
    pub(super) may_miss: Option<&'a Name>,
}

/// Follows `path` from the params or the result; `roots` are those that it may start with.
pub(super) fn follow<'a>(
    resolved: &'a Resolved,
    path: &'a Path,
    roots: &[(&str, Option<&'a Type>)],
) -> Result<Place<'a>, Diagnostic> {
    let Some((first, rest)) = path.segments.split_first() else {
        return Err(unknown(path, "a path names a place".to_owned()));
    };
    let Some((_, root)) = roots.iter().find(|(name, _)| *name == first.text) else {
        let names: Vec<_> = roots.iter().map(|(name, _)| format!("`{name}`")).collect();
        return Err(Diagnostic::new(
            &rules::UNKNOWN_PATH,
            first.span,
            format!("a path cannot start with `{}` here", first.text),
        )
        .label(format!("must be {}", names.join(" or "))));
    };
    let Some(root) = root else {
        return Err(Diagnostic::new(
            &rules::UNKNOWN_PATH,
            path.span,
            format!("`{}` leads nowhere", dotted(&path.segments)),
        )
        .label(format!("the method has no {}", first.text)));
    };
    let mut place = Place {
        ty: root,
        may_miss: None,
    };
    for (at, segment) in rest.iter().enumerate() {
        let Some(field) = field_of(resolved, place.ty, &segment.text) else {
            return Err(no_field(resolved, place.ty, segment, &path.segments[..at + 2]));
        };
        let nullable = matches!(field.ty.kind, TypeKind::Nullable(_));
        if place.may_miss.is_none() && (field.optional.is_some() || nullable) && field.default.is_none() {
            place.may_miss = Some(segment);
        }
        place.ty = match &field.ty.kind {
            TypeKind::Nullable(inner) => inner,
            _ => &field.ty,
        };
    }
    Ok(place)
}

/// `params.thread.id`
pub(super) fn dotted(segments: &[Name]) -> String {
    let segments: Vec<&str> = segments.iter().map(|segment| segment.text.as_str()).collect();
    segments.join(".")
}

fn unknown(path: &Path, message: String) -> Diagnostic {
    Diagnostic::new(&rules::UNKNOWN_PATH, path.span, message)
}

fn no_field(resolved: &Resolved, ty: &Type, segment: &Name, path: &[Name]) -> Diagnostic {
    let mut report = Diagnostic::new(
        &rules::UNKNOWN_PATH,
        segment.span,
        format!("`{}` leads nowhere", dotted(path)),
    );
    let Some(body) = types::structure(resolved, ty) else {
        return report.label(format!(
            "`{}` has no field of this name",
            types::spelled(resolved, ty)
        ));
    };
    report = report.label(format!("`{}` has no such field", types::spelled(resolved, ty)));
    let fields = body.fields.iter().map(|field| field.name.text.as_str());
    match crate::suggest::nearest(&segment.text, fields) {
        Some(near) => report.help(format!("did you mean `{near}`?")),
        None => report,
    }
}

/// The field of this name that every value of `ty` has.
fn field_of<'a>(resolved: &'a Resolved, ty: &'a Type, name: &str) -> Option<&'a Field> {
    match &resolved[types::definition(resolved, ty)?].shape {
        Shape::Struct(body) => in_struct(resolved, body, name),
        Shape::Union(union) => in_union(resolved, union, name),
        Shape::Enum(_) | Shape::Alias(_) | Shape::Error { .. } => None,
    }
}

fn in_struct<'a>(resolved: &'a Resolved, body: &'a Struct, name: &str) -> Option<&'a Field> {
    let own = body.fields.iter().find(|field| field.name.text == name);
    own.or_else(|| {
        body.spreads
            .iter()
            .find_map(|spread| field_of(resolved, &spread.ty, name))
    })
}

/// All members must have it; the first says what it is.
fn in_union<'a>(resolved: &'a Resolved, union: &'a Union, name: &str) -> Option<&'a Field> {
    if union.open.is_some() || matches!(union.tagging, Tagging::External(_) | Tagging::Adjacent(..)) {
        return None;
    }
    let mut first = None;
    for member in &union.members {
        let field = match &member.content {
            MemberContent::None => None,
            MemberContent::Fields(body) => in_struct(resolved, body, name),
            MemberContent::Type(ty) => field_of(resolved, ty, name),
        };
        first = first.or(Some(field?));
    }
    first
}
