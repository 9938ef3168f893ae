//! Gates: where a client opts in, and what stands behind them.
//!
//! In: the tree. Out: reports, each of what is declared in one place; what a gate does to the messages around it is
//! another pass's question.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::bodies::bodies;
use super::handshake::{is_list_of_strings, missing, opening};
use super::marks::said;
use super::reach::Reach;
use super::{defaults, marks, paths, types};
use crate::ast::{GateMark, Marks, Name, Scalar, Tagging};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resolve::{DefId, Field, Gate, Resolved, Shape, TypeKind};
use crate::rules;
use crate::source::Span;

/// Reports them.
pub(super) fn check(resolved: &Resolved, reach: &Reach, out: &mut Diagnostics) {
    let mut capabilities: HashMap<(String, Option<String>), &Name> = HashMap::new();
    for gate in &resolved.gates {
        declaration(resolved, gate, out);
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
        members(resolved, reach, id, out);
        for field in bodies(&resolved[id].shape)
            .into_iter()
            .flat_map(|body| &body.fields)
        {
            gated_field(field, out);
        }
    }
}

fn declaration(resolved: &Resolved, gate: &Gate, out: &mut Diagnostics) {
    let declared = &gate.declared;
    let name = &declared.name;
    let whose = format!("gate `{}`", name.text);
    match &declared.reason {
        None => missing(name.span, &whose, "reason", "reason: \"may change\"", out),
        Some(reason) => said(reason, out),
    }
    if let Some(date) = &declared.decide_by
        && !is_date(&date.text)
    {
        out.push(
            Diagnostic::new(
                &rules::INVALID_DATE,
                date.span,
                format!("`{}` is no date", date.text),
            )
            .label("not a day of the calendar as year, month and day")
            .help("write it like `2026-12-31`"),
        );
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

/// A day of the Gregorian calendar, `2026-12-31`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let [year, month, day] = parts[..] else {
        return false;
    };
    if (year.len(), month.len(), day.len()) != (4, 2, 2) || !parts.iter().all(|part| digits(part)) {
        return false;
    }
    let (Ok(year), Ok(month), Ok(day)) = (year.parse::<u32>(), month.parse::<u32>(), day.parse::<u32>())
    else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
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

/// A connection without the gate is sent the rest, so the rest must be whole without the field.
fn gated_field(field: &Field, out: &mut Diagnostics) {
    let Some(gate) = &field.marks.gate else { return };
    if types::is_required(field) {
        out.push(
            Diagnostic::new(
                &rules::REQUIRED_GATED_FIELD,
                field.name.span,
                format!("field `{}` is required and behind a gate", field.name.text),
            )
            .label("a connection without the gate can neither send nor receive it")
            .note_at(gate.span, "gated here")
            .help("make it optional or nullable, or give it a default"),
        );
    }
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

fn members(resolved: &Resolved, reach: &Reach, id: DefId, out: &mut Diagnostics) {
    match &resolved[id].shape {
        Shape::Enum(declared) => {
            for member in &declared.members {
                otherwise(resolved, reach, id, &member.name, &member.marks, out);
            }
        }
        Shape::Union(union) => {
            for member in &union.members {
                otherwise(resolved, reach, id, &member.name, &member.marks, out);
            }
        }
        Shape::Struct(_) | Shape::Alias(_) | Shape::Error { .. } => {}
    }
}

/// What a connection without the gate is sent instead is a value of the type, needs no gate itself, and is safe to send
/// back.
fn otherwise(
    resolved: &Resolved,
    reach: &Reach,
    id: DefId,
    name: &Name,
    marks: &Marks,
    out: &mut Diagnostics,
) {
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
    let before = out.len();
    defaults::literal_of(resolved, &rules::INVALID_OTHERWISE, value, id, out);
    if out.len() > before {
        return;
    }
    if let Some((used, used_gate)) = gated_label(&resolved[id].shape, &value.value) {
        out.push(
            invalid(
                value.span,
                format!("`otherwise` of `{}` is behind a gate itself", name.text),
            )
            .label(format!("`{}` needs gate `{}`", used.text, used_gate.name.text))
            .note_at(used_gate.span, "gated here")
            .help("choose a value that every connection may see"),
        );
        return;
    }
    let (inbound, outbound) = (reach.inbound(id), reach.outbound(id));
    if inbound && outbound && gate.because.is_none() {
        out.push(
            Diagnostic::new(
                &rules::UNSAFE_OTHERWISE,
                value.span,
                format!("a client may send `otherwise` of `{}` back", name.text),
            )
            .label("would then mean what it says, not what it stood in for")
            .note_at(resolved[id].name.span, "goes both ways over the wire")
            .help("say why that is safe: `because = \"..\"`"),
        );
    }
}

/// The gated member that `value` is of, if it is of one.
fn gated_label<'a>(shape: &'a Shape, value: &Value) -> Option<(&'a Name, &'a GateMark)> {
    match shape {
        Shape::Enum(declared) => {
            let member = declared
                .members
                .iter()
                .find(|member| value.as_str() == Some(&member.name.text))?;
            Some((&member.name, member.marks.gate.as_ref()?))
        }
        Shape::Union(union) => {
            let label = match &union.tagging {
                Tagging::Internal(tag) | Tagging::Adjacent(tag, _) => value.get(&tag.text)?.as_str()?,
                Tagging::External(_) => match value {
                    Value::Object(map) => map.keys().next()?,
                    _ => value.as_str()?,
                },
                Tagging::Untagged(_) => return None,
            };
            let member = union.members.iter().find(|member| member.name.text == label)?;
            Some((&member.name, member.marks.gate.as_ref()?))
        }
        Shape::Struct(_) | Shape::Alias(_) | Shape::Error { .. } => None,
    }
}
