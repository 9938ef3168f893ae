//! Definitions that refer to themselves in a way that has no meaning.
//!
//! In: the tree. Out: reports of aliases that end in themselves, and of definitions of which no finite value exists.
//! Neither walk recurses over definitions, so their number bounds no stack.

use super::tree::{DefId, MemberContent, Resolved, Shape, Struct, Type, TypeKind, names_in_type};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::rules;
use crate::source::Span;

/// Reports both.
pub(super) fn check(resolved: &Resolved, diagnostics: &mut Diagnostics) {
    let cyclic = aliases(resolved, diagnostics);
    infinite(resolved, &cyclic, diagnostics);
}

/// An alias is transparent, so one that leads to itself, through lists too, is no type. Gives the aliases that do.
fn aliases(resolved: &Resolved, diagnostics: &mut Diagnostics) -> Vec<bool> {
    let targets: Vec<Vec<DefId>> = resolved
        .definitions
        .iter()
        .map(|definition| {
            let mut targets = Vec::new();
            if let Shape::Alias(ty) = &definition.shape {
                names_in_type(ty, &mut |id, _| {
                    if matches!(resolved[id].shape, Shape::Alias(_)) {
                        targets.push(id);
                    }
                });
            }
            targets
        })
        .collect();
    let mut done = vec![false; targets.len()];
    let mut on_path = vec![false; targets.len()];
    let mut cyclic = vec![false; targets.len()];
    for start in resolved.ids() {
        // Each entry is a definition and how many of its targets were followed.
        let mut path: Vec<(DefId, usize)> = vec![(start, 0)];
        while let Some((id, next)) = path.last_mut() {
            let id = *id;
            if done[id.index()] {
                path.pop();
                continue;
            }
            on_path[id.index()] = true;
            let Some(&target) = targets[id.index()].get(*next) else {
                done[id.index()] = true;
                on_path[id.index()] = false;
                path.pop();
                continue;
            };
            *next += 1;
            if on_path[target.index()] {
                let from = path.iter().position(|(on, _)| *on == target).unwrap_or(0);
                let members: Vec<DefId> = path[from..].iter().map(|(on, _)| *on).collect();
                if members.iter().all(|id| !cyclic[id.index()]) {
                    diagnostics.push(alias_cycle(resolved, &members));
                }
                for id in members {
                    cyclic[id.index()] = true;
                }
            } else if !done[target.index()] {
                path.push((target, 0));
            }
        }
    }
    cyclic
}

fn alias_cycle(resolved: &Resolved, members: &[DefId]) -> Diagnostic {
    let first = &resolved[members[0]].name;
    let mut report = Diagnostic::new(
        &rules::CYCLIC_ALIAS,
        first.span,
        format!("type `{}` stands for itself", first.text),
    )
    .label("this alias leads back to itself");
    for member in &members[1..] {
        let name = &resolved[*member].name;
        report = report.note_at(name.span, format!("through `{}`", name.text));
    }
    report.help("a recursive type needs a `struct` or a `union` on the way")
}

/// Reports each cycle of definitions that need one another to be written down.
fn infinite(resolved: &Resolved, cyclic: &[bool], diagnostics: &mut Diagnostics) {
    let finite = finite_definitions(resolved, cyclic);
    let mut reported = vec![false; resolved.definitions.len()];
    for start in resolved.ids() {
        let mut path = vec![start];
        let mut id = start;
        while let Some((next, span)) = first_infinite(resolved, id, &finite) {
            if reported[next.index()] {
                break;
            }
            if let Some(from) = path.iter().position(|on| *on == next) {
                diagnostics.push(infinite_type(resolved, &path[from..], span));
                break;
            }
            path.push(next);
            id = next;
        }
        if !finite[start.index()] {
            for id in path {
                reported[id.index()] = true;
            }
        }
    }
}

fn infinite_type(resolved: &Resolved, cycle: &[DefId], closing: Span) -> Diagnostic {
    let first = &resolved[cycle[0]].name;
    let mut report = Diagnostic::new(
        &rules::INFINITE_TYPE,
        first.span,
        format!("no value of `{}` can be written down", first.text),
    )
    .label("every value would hold another one");
    for member in &cycle[1..] {
        let name = &resolved[*member].name;
        report = report.note_at(name.span, format!("which holds a `{}`", name.text));
    }
    report
        .note_at(closing, format!("which holds a `{}` again", first.text))
        .help("make one of the fields optional, nullable or a list, or give a union a member that ends")
}

/// Which definitions have a value of finite size. A definition is looked at again only when one it needs has turned
/// out to have one.
fn finite_definitions(resolved: &Resolved, cyclic: &[bool]) -> Vec<bool> {
    // A cyclic alias was reported; taking it for finite reports nothing that needs it.
    let mut finite = cyclic.to_vec();
    let mut waiting: Vec<Vec<DefId>> = vec![Vec::new(); finite.len()];
    let mut queue: Vec<DefId> = resolved.ids().collect();
    queue.reverse();
    while let Some(id) = queue.pop() {
        if finite[id.index()] {
            queue.append(&mut waiting[id.index()]);
            continue;
        }
        match first_infinite(resolved, id, &finite) {
            None => {
                finite[id.index()] = true;
                queue.append(&mut waiting[id.index()]);
            }
            Some(_) => {
                for needed in unions_or_first(resolved, id, &finite) {
                    waiting[needed.index()].push(id);
                }
            }
        }
    }
    finite
}

/// What may make `id` finite: for a union one definition of each member, else the first that it needs.
fn unions_or_first(resolved: &Resolved, id: DefId, finite: &[bool]) -> Vec<DefId> {
    if let Shape::Union(union) = &resolved[id].shape {
        let members = union.members.iter();
        return members
            .filter_map(|member| Some(in_content(&member.content, finite)?.0))
            .collect();
    }
    first_infinite(resolved, id, finite)
        .map(|(needed, _)| needed)
        .into_iter()
        .collect()
}

/// The first definition without a finite value, as far as known, that every value of `id` holds.
fn first_infinite(resolved: &Resolved, id: DefId, finite: &[bool]) -> Option<(DefId, Span)> {
    match &resolved[id].shape {
        Shape::Enum(_) => None,
        // What an open union keeps of an unknown member is a value.
        Shape::Union(union) if union.open.is_some() => None,
        Shape::Struct(body) | Shape::Error { data: body, .. } => in_struct(body, finite),
        Shape::Alias(ty) => in_type(ty, finite),
        Shape::Union(union) => {
            let mut first = None;
            for member in &union.members {
                first = first.or(Some(in_content(&member.content, finite)?));
            }
            first
        }
    }
}

fn in_content(content: &MemberContent, finite: &[bool]) -> Option<(DefId, Span)> {
    match content {
        MemberContent::None => None,
        MemberContent::Fields(body) => in_struct(body, finite),
        MemberContent::Type(ty) => in_type(ty, finite),
    }
}

fn in_struct(body: &Struct, finite: &[bool]) -> Option<(DefId, Span)> {
    let fields = body
        .fields
        .iter()
        .filter(|field| field.optional.is_none() && field.default.is_none())
        .map(|field| &field.ty);
    let spreads = body.spreads.iter().map(|spread| &spread.ty);
    fields.chain(spreads).find_map(|ty| in_type(ty, finite))
}

fn in_type(ty: &Type, finite: &[bool]) -> Option<(DefId, Span)> {
    match &ty.kind {
        TypeKind::Name(id) if !finite[id.index()] => Some((*id, ty.span)),
        TypeKind::Tuple(items) => items.iter().find_map(|item| in_type(item, finite)),
        _ => None,
    }
}
