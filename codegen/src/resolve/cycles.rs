//! Definitions that refer to themselves in a way that has no meaning.
//!
//! In: the tree. Out: reports of definitions that are made of themselves, and of those of which no finite value exists.
//! Neither walk recurses over definitions, so their number bounds no stack.

use super::tree::{DefId, MemberContent, Resolved, Shape, Struct, Type, TypeKind, names_in_type};
use crate::ast::Tagging;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::rules;
use crate::source::Span;

/// Rules look through aliases, flattening and members of unions. The first bounds how deep they go, the second how much
/// they see.
const MOST_DEEP: u32 = 64;
const MOST_PARTS: u32 = 20_000;

/// Reports them.
pub(super) fn check(resolved: &Resolved, diagnostics: &mut Diagnostics) {
    let cyclic = parts(resolved, diagnostics);
    infinite(resolved, &cyclic, diagnostics);
}

/// What a definition is made of, rather than what it holds: an alias of its target, a struct of what it flattens, a union
/// of the types that are its members. Walks that and reports what is made of itself, or of too much. Gives those that are
/// made of themselves.
fn parts(resolved: &Resolved, diagnostics: &mut Diagnostics) -> Vec<bool> {
    let parts: Vec<Vec<DefId>> = resolved.ids().map(|id| parts_of(resolved, id)).collect();
    let mut done = vec![false; parts.len()];
    let mut on_path = vec![false; parts.len()];
    let mut cyclic = vec![false; parts.len()];
    let mut sizes = vec![(0, 0); parts.len()];
    for start in resolved.ids() {
        // Each entry is a definition and how many of its parts were followed.
        let mut path: Vec<(DefId, usize)> = vec![(start, 0)];
        while let Some((id, next)) = path.last_mut() {
            let id = *id;
            if done[id.index()] {
                path.pop();
                continue;
            }
            on_path[id.index()] = true;
            let Some(&part) = parts[id.index()].get(*next) else {
                done[id.index()] = true;
                on_path[id.index()] = false;
                path.pop();
                sizes[id.index()] = size(resolved, id, &parts[id.index()], &sizes, diagnostics);
                continue;
            };
            *next += 1;
            if on_path[part.index()] {
                let from = path.iter().position(|(on, _)| *on == part).unwrap_or(0);
                let members: Vec<DefId> = path[from..].iter().map(|(on, _)| *on).collect();
                if members.iter().all(|id| !cyclic[id.index()]) {
                    diagnostics.push(cycle(resolved, &members));
                }
                for id in members {
                    cyclic[id.index()] = true;
                }
            } else if !done[part.index()] {
                path.push((part, 0));
            }
        }
    }
    cyclic
}

fn parts_of(resolved: &Resolved, id: DefId) -> Vec<DefId> {
    let named = |ty: &Type| match ty.kind {
        TypeKind::Name(id) => Some(id),
        _ => None,
    };
    let spread = |body: &Struct| {
        body.spreads
            .iter()
            .filter_map(|spread| named(&spread.ty))
            .collect::<Vec<_>>()
    };
    match &resolved[id].shape {
        Shape::Enum(_) => Vec::new(),
        Shape::Struct(body) | Shape::Error { data: body, .. } => spread(body),
        Shape::Alias(ty) => {
            // An alias is transparent: one that leads to itself through a list is no type either.
            let mut parts: Vec<DefId> = named(ty).into_iter().collect();
            names_in_type(ty, &mut |id, _| {
                if matches!(resolved[id].shape, Shape::Alias(_)) {
                    parts.push(id);
                }
            });
            parts
        }
        Shape::Union(union) => {
            let members = union.members.iter();
            members
                .flat_map(|member| match &member.content {
                    MemberContent::None => Vec::new(),
                    MemberContent::Fields(body) => spread(body),
                    // Under a name of its own, a member holds a type and is not made of it.
                    MemberContent::Type(ty) => match union.tagging {
                        Tagging::Internal(_) | Tagging::Untagged(_) => named(ty).into_iter().collect(),
                        Tagging::Adjacent(..) | Tagging::External(_) => Vec::new(),
                    },
                })
                .collect()
        }
    }
}

/// How deep a definition goes, and how many parts it has; reports the first that exceeds a bound and starts anew.
fn size(
    resolved: &Resolved,
    id: DefId,
    parts: &[DefId],
    sizes: &[(u32, u32)],
    diagnostics: &mut Diagnostics,
) -> (u32, u32) {
    let parts = parts.iter().map(|part| sizes[part.index()]);
    let (deep, many) = parts.fold((0, 1u32), |(deep, many), (part_deep, part_many)| {
        (deep.max(part_deep + 1), many.saturating_add(part_many))
    });
    if deep <= MOST_DEEP && many <= MOST_PARTS {
        return (deep, many);
    }
    let name = &resolved[id].name;
    diagnostics.push(
        Diagnostic::new(
            &rules::TYPE_TOO_LARGE,
            name.span,
            format!("`{}` is made of too many others", name.text),
        )
        .label(match deep > MOST_DEEP {
            true => format!("aliases, flattening and unions go deeper than {MOST_DEEP}"),
            false => format!("flattening and unions add up to more than {MOST_PARTS} parts"),
        })
        .help("give it fields that hold the others"),
    );
    (0, 1)
}

fn cycle(resolved: &Resolved, members: &[DefId]) -> Diagnostic {
    let first = &resolved[members[0]].name;
    let mut report = Diagnostic::new(
        &rules::CYCLIC_TYPE,
        first.span,
        format!("`{}` is made of itself", first.text),
    )
    .label("leads back to itself without a field between");
    for member in &members[1..] {
        let name = &resolved[*member].name;
        report = report.note_at(name.span, format!("through `{}`", name.text));
    }
    report.help("a recursive type needs a `struct` with a field on the way")
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
        report = report.note_at(name.span, format!("which holds `{}`", name.text));
    }
    report
        .note_at(closing, format!("which holds `{}` again", first.text))
        .help("make one of the fields optional, nullable or a list, or give a union a member that ends")
}

/// Which definitions have a value of finite size. A definition is looked at again only when one it needs has turned
/// out to have one.
fn finite_definitions(resolved: &Resolved, cyclic: &[bool]) -> Vec<bool> {
    // A cycle was reported; taking it for finite reports nothing that needs it.
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
