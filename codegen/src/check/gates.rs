//! Gates: where a client opts in, and what stands behind them.
//!
//! In: the tree. Out: reports, each of what is declared in one place; what a gate does to the messages around it is
//! another pass's question.

use std::collections::{HashMap, HashSet};

use super::bodies::bodies;
use super::handshake::{is_list_of_strings, missing, opening};
use super::marks::said;
use super::{defaults, marks, paths, types};
use crate::ast::{Marks, Name, Scalar};
use crate::date::Date;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resolve::{DefId, Field, Gate, Resolved, Shape, TypeKind};
use crate::rules;
use crate::source::Span;

/// Reports them.
pub(super) fn check(resolved: &Resolved, today: Option<Date>, out: &mut Diagnostics) {
    let mut capabilities: HashMap<(String, Option<String>), &Name> = HashMap::new();
    for gate in &resolved.gates {
        declaration(resolved, gate, today, out);
        let Some(capability) = &gate.declared.capability else {
            continue;
        };
        let member = capability.member.as_ref().map(|member| member.text.clone());
        let place = (paths::dotted(&capability.path.segments), member);
        let name = &gate.declared.name;
        if let Some(first) = capabilities.get(&place) {
            out.push(
                Diagnostic::new(
                    &rules::SHARED_CAPABILITY,
                    capability.path.span,
                    format!("gates `{}` and `{}` have one capability", first.text, name.text),
                )
                .label("a client could not open one without the other")
                .note_at(first.span, "the first of them")
                .help("give each its own, or make them one gate"),
            );
        } else {
            capabilities.insert(place, name);
        }
    }
    unused(resolved, out);
    for id in resolved.ids() {
        members(resolved, id, out);
        for field in bodies(&resolved[id].shape)
            .into_iter()
            .flat_map(|body| &body.fields)
        {
            gated_field(field, out);
        }
    }
}

fn declaration(resolved: &Resolved, gate: &Gate, today: Option<Date>, out: &mut Diagnostics) {
    let declared = &gate.declared;
    let name = &declared.name;
    let whose = format!("gate `{}`", name.text);
    match &declared.reason {
        None => missing(name.span, &whose, "reason", "reason: \"may change\"", out),
        Some(reason) => said(reason, out),
    }
    if let Some(date) = &declared.decide_by {
        decision(name, date, today, out);
    }
    let Some(capability) = &declared.capability else {
        missing(
            name.span,
            &whose,
            "capability",
            "capability: params.capabilities.<name>",
            out,
        );
        return;
    };
    let Some(opening) = opening(resolved) else {
        if resolved.handshake.is_none() {
            out.push(
                Diagnostic::new(
                    &rules::MISSING_ENTRY,
                    name.span,
                    format!("{whose} has no handshake in which a client could open it"),
                )
                .label("opened by a member of the handshake's params")
                .help("declare `handshake { opens: \"initialize\" }`"),
            );
        }
        return;
    };
    let path = &capability.path;
    let place = match paths::follow(resolved, path, &[("params", opening.params.as_ref())]) {
        Ok(place) => place,
        Err(report) => {
            out.push(report);
            return;
        }
    };
    let ty = types::unaliased(resolved, place.ty);
    let (fits, expected) = match capability.member {
        None => (matches!(ty.kind, TypeKind::Scalar(Scalar::Bool)), "a boolean"),
        Some(_) => (is_list_of_strings(resolved, ty), "a list of strings"),
    };
    if !fits {
        out.push(
            Diagnostic::new(
                &rules::PATH_TYPE,
                path.span,
                format!("`{}` is not {expected}", paths::dotted(&path.segments)),
            )
            .label(format!("`{}`", types::spelled(resolved, place.ty)))
            .note_at(place.ty.span, "declared here")
            .help("a capability is a boolean, or `\"name\" in` a list of strings"),
        );
    }
}

/// The date by which somebody decides is a day, and not gone.
fn decision(gate: &Name, date: &Name, today: Option<Date>, out: &mut Diagnostics) {
    let Some(due) = Date::parse(&date.text) else {
        out.push(
            Diagnostic::new(
                &rules::INVALID_DATE,
                date.span,
                format!("`{}` is no date", date.text),
            )
            .label("not a day of the calendar as year, month and day")
            .help("write it like `2026-12-31`"),
        );
        return;
    };
    if let Some(today) = today.filter(|today| *today > due) {
        out.push(
            Diagnostic::new(
                &rules::DECISION_DUE,
                date.span,
                format!("gate `{}` should have been decided by {due}", gate.text),
            )
            .label(format!("today is {today}"))
            .help("open the part to everybody, remove it, or set a new date"),
        );
    }
}

fn unused(resolved: &Resolved, out: &mut Diagnostics) {
    let mut used: HashSet<&str> = HashSet::new();
    marks::each(resolved, &mut |place| {
        used.extend(place.marks.gate.as_ref().map(|gate| gate.name.text.as_str()));
    });
    for gate in &resolved.gates {
        let name = &gate.declared.name;
        if !used.contains(name.text.as_str()) {
            out.push(
                Diagnostic::new(
                    &rules::UNUSED_GATE,
                    name.span,
                    format!("gate `{}` gates nothing", name.text),
                )
                .label("no `@gate` names it")
                .help("remove it, or mark what it is for"),
            );
        }
    }
}

/// A field that is left out needs no stand-in.
fn gated_field(field: &Field, out: &mut Diagnostics) {
    let Some(gate) = &field.marks.gate else { return };
    if let Some(otherwise) = &gate.otherwise {
        out.push(
            invalid(otherwise.span, "a field has no `otherwise`".to_owned())
                .label("stands in for a member of an enum or union")
                .help("a gated field is left out: remove `otherwise`"),
        );
    }
}

fn invalid(span: Span, message: String) -> Diagnostic {
    Diagnostic::new(&rules::INVALID_OTHERWISE, span, message)
}

fn members(resolved: &Resolved, id: DefId, out: &mut Diagnostics) {
    match &resolved[id].shape {
        Shape::Enum(declared) => {
            for member in &declared.members {
                otherwise(resolved, id, &member.marks, out);
            }
        }
        Shape::Union(union) => {
            for member in &union.members {
                otherwise(resolved, id, &member.marks, out);
            }
        }
        Shape::Struct(_) | Shape::Alias(_) | Shape::Error { .. } => {}
    }
}

/// What a connection without the gate is sent instead is a value of the type.
fn otherwise(resolved: &Resolved, id: DefId, marks: &Marks, out: &mut Diagnostics) {
    let Some(gate) = &marks.gate else { return };
    let Some(value) = &gate.otherwise else {
        if let Some(because) = &gate.because {
            out.push(
                invalid(because.span, "`because` without `otherwise`".to_owned())
                    .label("says why `otherwise` is safe to send back")
                    .help("add `otherwise = ..`, or remove it"),
            );
        }
        return;
    };
    defaults::literal_of(resolved, &rules::INVALID_OTHERWISE, value, id, out);
}
