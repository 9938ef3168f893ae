//! Fields: when they are present, and what they hold.
//!
//! In: the tree. Out: reports of combinations that the table of presence does not have, and of types that cannot be.

use super::bodies::bodies;
use super::types;
use crate::ast::{Accepts, Scalar};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resolve::{Field, MemberContent, Resolved, Shape, Struct, Type, TypeKind};
use crate::rules;

/// Reports them.
pub(super) fn check(resolved: &Resolved, out: &mut Diagnostics) {
    for definition in &resolved.definitions {
        for body in bodies(&definition.shape) {
            for field in &body.fields {
                presence(field, out);
                accepts(resolved, field, out);
                match &field.ty.kind {
                    // Of a field, null says that there is none, also where it could be a value.
                    TypeKind::Nullable(inner) if is_json(resolved, inner) => {}
                    _ => ty(resolved, &field.ty, out),
                }
            }
            for spread in &body.spreads {
                ty(resolved, &spread.ty, out);
            }
            bare(resolved, body, out);
        }
        match &definition.shape {
            Shape::Alias(target) => alias(resolved, target, out),
            Shape::Union(union) => {
                for member in &union.members {
                    if let MemberContent::Type(content) = &member.content {
                        ty(resolved, content, out);
                    }
                }
            }
            Shape::Struct(_) | Shape::Enum(_) | Shape::Error { .. } => {}
        }
    }
}

fn presence(field: &Field, out: &mut Diagnostics) {
    let name = &field.name.text;
    let nullable = matches!(field.ty.kind, TypeKind::Nullable(_));
    if let Some(patch) = field.patch {
        let fault = if field.optional.is_none() {
            Some((
                "is a patch that must always be sent",
                "write `?` after the name: absence leaves the value as it is",
            ))
        } else if field.default.is_some() {
            Some((
                "is a patch with a default",
                "remove the default: absence leaves the value as it is",
            ))
        } else if nullable {
            Some((
                "is a patch of a nullable type",
                "remove `| null`: in a patch null clears the value",
            ))
        } else {
            None
        };
        if let Some((fault, mend)) = fault {
            out.push(
                Diagnostic::new(&rules::INVALID_PATCH, patch, format!("field `{name}` {fault}"))
                    .label("absent leaves, null clears, a value sets")
                    .help(mend),
            );
        }
        return;
    }
    if let (Some(default), true) = (&field.default, nullable) {
        out.push(
            Diagnostic::new(
                &rules::NULLABLE_DEFAULT,
                default.span,
                format!("field `{name}` has a default and may be null"),
            )
            .label("absence means this, so null has no meaning")
            .help("remove `| null`, or the default"),
        );
    }
}

fn accepts(resolved: &Resolved, field: &Field, out: &mut Diagnostics) {
    let name = &field.name.text;
    for accepted in &field.accepts {
        match accepted {
            Accepts::Null(span) => {
                let plain = field.patch.is_none()
                    && field.default.is_none()
                    && !matches!(field.ty.kind, TypeKind::Nullable(_));
                if field.optional.is_none() || !plain {
                    out.push(
                        Diagnostic::new(
                            &rules::INVALID_ACCEPTS,
                            *span,
                            format!("field `{name}` cannot read null as absence"),
                        )
                        .label("goes with `name?: T` alone")
                        .help("write `name?: T accepts null`, or `name?: T | null` if null may be sent too"),
                    );
                }
            }
            Accepts::Not(old) if field.patch.is_some() => {
                let text = format!("patch field `{name}` cannot read the opposite of `{}`", old.text);
                out.push(
                    Diagnostic::new(&rules::INVALID_ACCEPTS, old.span, text)
                        .label("null clears a patch field, and has no opposite")
                        .help("write `accepts` without `not`, or give the field another name"),
                );
            }
            Accepts::Not(old) => {
                let inner = match &field.ty.kind {
                    TypeKind::Nullable(inner) => inner,
                    _ => &field.ty,
                };
                if !matches!(
                    types::unaliased(resolved, inner).kind,
                    TypeKind::Scalar(Scalar::Bool)
                ) {
                    out.push(
                        Diagnostic::new(
                            &rules::INVALID_ACCEPTS,
                            old.span,
                            format!("field `{name}` has no opposite for `{}` to stand for", old.text),
                        )
                        .label("`accepts not` reads the opposite of a boolean")
                        .note_at(
                            field.ty.span,
                            format!("its type is `{}`", types::spelled(resolved, &field.ty)),
                        )
                        .help("make the field a `bool`, or write `accepts` without `not`"),
                    );
                }
            }
            Accepts::Name(_) => {}
        }
    }
}

/// `accepts bare name`: the field exists, all others may be absent, and its value is no object.
fn bare(resolved: &Resolved, body: &Struct, out: &mut Diagnostics) {
    let Some(bare) = &body.bare else { return };
    let report = |message: String| Diagnostic::new(&rules::INVALID_BARE, bare.span, message);
    let Some(field) = body.fields.iter().find(|field| field.name.text == bare.text) else {
        let known = body.fields.iter().map(|field| field.name.text.as_str());
        let mut report = report(format!(
            "there is no field `{}` whose bare value could stand for the struct",
            bare.text
        ))
        .label("not a field of this struct");
        if let Some(near) = crate::suggest::nearest(&bare.text, known) {
            report = report.help(format!("did you mean `{near}`?"));
        }
        out.push(report);
        return;
    };
    let inner = match &field.ty.kind {
        TypeKind::Nullable(inner) => inner,
        _ => &field.ty,
    };
    let may_be_object = match &types::unaliased(resolved, inner).kind {
        TypeKind::Map(..) | TypeKind::Scalar(Scalar::Json) => true,
        TypeKind::Name(id) => !matches!(resolved[*id].shape, Shape::Enum(_)),
        _ => false,
    };
    if may_be_object {
        out.push(
            report(format!(
                "a bare value of `{}` cannot be told from the struct",
                bare.text
            ))
            .label("its value may be an object")
            .note_at(field.ty.span, "of this type")
            .help("only a scalar, an enum or a list can stand bare"),
        );
    }
    let mut others = body.fields.iter().filter(|other| other.name.text != bare.text);
    let required = others
        .find(|other| types::is_required(other))
        .map(|other| other.name.span);
    if let Some(required) = required {
        out.push(
            report(format!(
                "a bare value of `{}` leaves a required field without one",
                bare.text
            ))
            .label("stands for the whole struct")
            .note_at(required, "this field is required")
            .help("make the other fields optional"),
        );
    }
}

/// A type anywhere but as the target of an alias.
fn ty(resolved: &Resolved, at: &Type, out: &mut Diagnostics) {
    match &at.kind {
        TypeKind::Scalar(_) => {}
        TypeKind::Constant(literal) => {
            let fits = match &literal.value {
                serde_json::Value::String(_) | serde_json::Value::Bool(_) => true,
                serde_json::Value::Number(number) => number
                    .as_i64()
                    .zip(types::integer_range(Scalar::I64))
                    .is_some_and(|(value, (least, most))| (least..=most).contains(&value.into())),
                _ => false,
            };
            if !fits {
                out.push(
                    Diagnostic::new(
                        &rules::INVALID_CONSTANT,
                        literal.span,
                        format!("`{}` cannot be a type", literal.value),
                    )
                    .label("a constant is a string, a boolean, or an integer within 2^53 - 1"),
                );
            }
        }
        TypeKind::Name(id) => {
            let named = &resolved[*id];
            if matches!(named.shape, Shape::Error { .. }) {
                out.push(
                    Diagnostic::new(
                        &rules::ERROR_AS_TYPE,
                        at.span,
                        format!("error `{}` is no type", named.name.text),
                    )
                    .label("goes over the wire as the error of a request alone")
                    .note_at(named.name.span, "declared as an error here")
                    .help("list it under `errors` of a method, or declare a `struct` for its data"),
                );
            }
        }
        TypeKind::List(inner) => ty(resolved, inner, out),
        TypeKind::Tuple(items) => {
            for item in items {
                ty(resolved, item, out);
            }
        }
        TypeKind::Map(key, value) => {
            map_key(resolved, key, out);
            ty(resolved, value, out);
        }
        TypeKind::Nullable(inner) => {
            let twice = matches!(types::unaliased(resolved, inner).kind, TypeKind::Nullable(_));
            if twice || is_json(resolved, inner) {
                out.push(
                    Diagnostic::new(
                        &rules::NULL_TWICE,
                        at.span,
                        format!("`{}` admits null already", types::spelled(resolved, inner)),
                    )
                    .label("null would have two meanings")
                    .help("remove `| null`"),
                );
            }
            ty(resolved, inner, out);
        }
    }
}

fn is_json(resolved: &Resolved, ty: &Type) -> bool {
    matches!(
        types::unaliased(resolved, ty).kind,
        TypeKind::Scalar(Scalar::Json)
    )
}

fn map_key(resolved: &Resolved, key: &Type, out: &mut Diagnostics) {
    let allowed = match &types::unaliased(resolved, key).kind {
        TypeKind::Scalar(scalar) => matches!(scalar, Scalar::String | Scalar::Path | Scalar::Uuid),
        TypeKind::Name(id) => matches!(resolved[*id].shape, Shape::Enum(_)),
        _ => false,
    };
    if !allowed {
        out.push(
            Diagnostic::new(
                &rules::INVALID_MAP_KEY,
                key.span,
                format!("`{}` cannot be the key of a map", types::spelled(resolved, key)),
            )
            .label("names of JSON members are strings")
            .help("use `string`, `path`, `uuid`, an enum, or an alias of one of them"),
        );
    }
}

/// `| null` belongs to the place that uses an alias: there it says when the field is present.
fn alias(resolved: &Resolved, target: &Type, out: &mut Diagnostics) {
    if let TypeKind::Nullable(inner) = &target.kind {
        out.push(
            Diagnostic::new(
                &rules::NULLABLE_ALIAS,
                target.span,
                "an alias cannot stand for a nullable type".to_owned(),
            )
            .label("hides from its users that the value may be null")
            .help("remove `| null` here, and write it where the alias is used"),
        );
        ty(resolved, inner, out);
        return;
    }
    ty(resolved, target, out);
}
