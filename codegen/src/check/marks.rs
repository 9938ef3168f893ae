//! Marks: `@gate`, `@deprecated`, `@only(rust)` and the others.
//!
//! In: the tree. Out: every marked place, for rules to walk; and reports of marks that have no meaning where they stand,
//! or that hide what somebody needs to see.

use super::handshake::version;
use super::reach::Reach;
use super::types;
use crate::ast::{Marks, Name};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resolve::{
    DefId, Definition, MemberContent, Resolved, Shape, Struct, Type, TypeKind, names_in_type,
};
use crate::rules;
use crate::source::Span;

/// Something that can be marked.
pub(super) struct Place<'a> {
    pub(super) what: What,
    pub(super) name: &'a Name,
    pub(super) marks: &'a Marks,
    /// The whole of it: what stands within is covered by its `@allow`.
    pub(super) span: Span,
    /// Whether something in it can be left out.
    can_drop: bool,
}

/// The kinds of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Gate,
    Service,
    Method,
    Definition,
    Field,
    Spread,
    Member,
}

/// Calls `visit` with every place that can be marked.
pub(super) fn each<'a>(resolved: &'a Resolved, visit: &mut impl FnMut(Place<'a>)) {
    for gate in &resolved.gates {
        let (name, marks, span) = (&gate.declared.name, &gate.marks, gate.span);
        visit(Place {
            what: What::Gate,
            name,
            marks,
            span,
            can_drop: false,
        });
    }
    for service in &resolved.services {
        let (name, marks, span) = (&service.name, &service.marks, service.span);
        visit(Place {
            what: What::Service,
            name,
            marks,
            span,
            can_drop: false,
        });
    }
    for method in &resolved.methods {
        let (name, marks, span) = (&method.name, &method.marks, method.span);
        visit(Place {
            what: What::Method,
            name,
            marks,
            span,
            can_drop: false,
        });
    }
    for definition in &resolved.definitions {
        let (name, marks, span) = (&definition.name, &definition.marks, definition.span);
        visit(Place {
            what: What::Definition,
            name,
            marks,
            span,
            can_drop: matches!(definition.shape, Shape::Alias(_)),
        });
        within(&definition.shape, visit);
    }
}

fn within<'a>(shape: &'a Shape, visit: &mut impl FnMut(Place<'a>)) {
    let what = What::Member;
    match shape {
        Shape::Alias(_) => {}
        Shape::Struct(body) | Shape::Error { data: body, .. } => in_body(body, visit),
        Shape::Enum(declared) => {
            for member in &declared.members {
                let (name, marks, span) = (&member.name, &member.marks, member.span);
                visit(Place {
                    what,
                    name,
                    marks,
                    span,
                    can_drop: false,
                });
            }
        }
        Shape::Union(union) => {
            for member in &union.members {
                let (name, marks, span) = (&member.name, &member.marks, member.span);
                visit(Place {
                    what,
                    name,
                    marks,
                    span,
                    can_drop: matches!(member.content, MemberContent::Type(_)),
                });
                if let MemberContent::Fields(body) = &member.content {
                    in_body(body, visit);
                }
            }
        }
    }
}

fn in_body<'a>(body: &'a Struct, visit: &mut impl FnMut(Place<'a>)) {
    for field in &body.fields {
        let (name, marks, span) = (&field.name, &field.marks, field.span);
        visit(Place {
            what: What::Field,
            name,
            marks,
            span,
            can_drop: true,
        });
    }
    for spread in &body.spreads {
        let (name, marks, span) = (&spread.name, &spread.marks, spread.span);
        visit(Place {
            what: What::Spread,
            name,
            marks,
            span,
            can_drop: matches!(spread.ty.kind, TypeKind::Map(..)),
        });
    }
}

/// Reports them.
pub(super) fn check(resolved: &Resolved, reach: &Reach, out: &mut Diagnostics) {
    each(resolved, &mut |place| {
        if place.marks.is_empty() {
            return;
        }
        misplaced(&place, out);
        empty(&place, out);
        if let Some(since) = &place.marks.since {
            version(since, "the protocol", out);
        }
    });
    for id in resolved.ids() {
        hidden(resolved, reach, id, out);
    }
    for method in &resolved.methods {
        if is_hidden(&method.marks) {
            continue;
        }
        for ty in [&method.params, &method.result].into_iter().flatten() {
            hidden_target(resolved, ty, ("method ", &method.name), &method.marks, out);
        }
    }
}

/// Marks that mean nothing at a place.
fn misplaced(place: &Place<'_>, out: &mut Diagnostics) {
    let marks = place.marks;
    let grouping = matches!(place.what, What::Gate | What::Service | What::Spread);
    let found = [
        ("gate", marks.gate.as_ref().map(|gate| gate.span), grouping),
        ("droppable", marks.droppable, !place.can_drop),
        ("omit(json)", marks.omit_json, grouping),
        ("only(rust)", marks.only_rust, grouping),
        (
            "deprecated",
            marks.deprecated.as_ref().map(|reason| reason.span),
            grouping,
        ),
        ("legacy", marks.legacy, grouping),
        ("since", marks.since.as_ref().map(|since| since.span), grouping),
    ];
    for (mark, span, wrong) in found {
        if let (Some(span), true) = (span, wrong) {
            out.push(
                Diagnostic::new(
                    &rules::MISPLACED_MARK,
                    span,
                    format!("`@{mark}` means nothing on {}", described(place.what)),
                )
                .label(format!("before `{}`", place.name.text))
                .help(match mark {
                    "droppable" => "it belongs on a field, or on what is a list or map that may lose entries",
                    _ => "mark what is in it instead",
                }),
            );
        }
    }
    let otherwise = marks.gate.as_ref().and_then(|gate| gate.otherwise.as_ref());
    if let (Some(otherwise), What::Method | What::Definition) = (otherwise, place.what) {
        out.push(
            Diagnostic::new(
                &rules::INVALID_OTHERWISE,
                otherwise.span,
                format!("{} has no `otherwise`", described(place.what)),
            )
            .label("stands in for a member of an enum or union")
            .help("remove it"),
        );
    }
}

fn described(what: What) -> &'static str {
    match what {
        What::Gate => "a gate",
        What::Service => "a service",
        What::Method => "a method",
        What::Definition => "a definition",
        What::Field => "a field",
        What::Spread => "a spread",
        What::Member => "a member",
    }
}

/// Texts that tell somebody why are not empty.
fn empty(place: &Place<'_>, out: &mut Diagnostics) {
    let because = place.marks.gate.as_ref().and_then(|gate| gate.because.as_ref());
    let allowed = place.marks.allow.iter().map(|allow| &allow.reason);
    for text in place.marks.deprecated.iter().chain(because).chain(allowed) {
        said(text, out);
    }
}

/// Reports a reason that says nothing.
pub(super) fn said(reason: &Name, out: &mut Diagnostics) {
    if reason.text.trim().is_empty() {
        out.push(
            Diagnostic::new(&rules::EMPTY_REASON, reason.span, "a reason is empty")
                .label("says nothing")
                .help("say why, in a few words"),
        );
    }
}

fn is_hidden(marks: &Marks) -> bool {
    marks.only_rust.is_some() || marks.omit_json.is_some()
}

/// What an artefact does not show must not be needed by those who read that artefact.
fn hidden(resolved: &Resolved, reach: &Reach, id: DefId, out: &mut Diagnostics) {
    let definition = &resolved[id];
    if is_hidden(&definition.marks) {
        return;
    }
    match &definition.shape {
        Shape::Struct(body) | Shape::Error { data: body, .. } => {
            hidden_in_body(resolved, reach, id, body, &definition.marks, out);
        }
        Shape::Alias(ty) => hidden_target(resolved, ty, whose(definition), &definition.marks, out),
        Shape::Enum(_) => {}
        Shape::Union(union) => {
            for member in union.members.iter().filter(|member| !is_hidden(&member.marks)) {
                match &member.content {
                    MemberContent::None => {}
                    MemberContent::Fields(body) => {
                        hidden_in_body(resolved, reach, id, body, &member.marks, out);
                    }
                    MemberContent::Type(ty) => {
                        hidden_target(resolved, ty, whose(definition), &member.marks, out);
                    }
                }
            }
        }
    }
}

/// What shows something: words before its name, and that.
type Whose<'a> = (&'static str, &'a Name);

fn whose(definition: &Definition) -> Whose<'_> {
    ("", &definition.name)
}

fn hidden_in_body(
    resolved: &Resolved,
    reach: &Reach,
    id: DefId,
    body: &Struct,
    marks: &Marks,
    out: &mut Diagnostics,
) {
    let definition = &resolved[id];
    for field in &body.fields {
        let Some(mark) = field.marks.only_rust.or(field.marks.omit_json) else {
            hidden_target(resolved, &field.ty, whose(definition), marks, out);
            continue;
        };
        if reach.inbound(id) && types::is_required(field) {
            out.push(
                Diagnostic::new(
                    &rules::HIDDEN_REQUIRED,
                    field.name.span,
                    format!("field `{}` is required and hidden", field.name.text),
                )
                .label("a client cannot send what its types do not show")
                .note_at(mark, "hidden here")
                .help("make it optional, or give it a default"),
            );
        }
    }
    for spread in &body.spreads {
        hidden_target(resolved, &spread.ty, whose(definition), marks, out);
    }
}

/// `marks` are those of the place that names the type.
fn hidden_target(
    resolved: &Resolved,
    ty: &Type,
    (what, name): Whose<'_>,
    marks: &Marks,
    out: &mut Diagnostics,
) {
    if is_hidden(marks) {
        return;
    }
    names_in_type(ty, &mut |id, span| {
        let target = &resolved[id];
        let Some(mark) = target.marks.only_rust.or(target.marks.omit_json) else {
            return;
        };
        out.push(
            Diagnostic::new(
                &rules::HIDDEN_REFERENCE,
                span,
                format!("{what}`{}` shows the hidden `{}`", name.text, target.name.text),
            )
            .label("the name would mean nothing where it is hidden")
            .note_at(mark, "hidden here")
            .help("hide this too, or show the definition"),
        );
    });
}
