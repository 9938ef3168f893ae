//! Which member the blank of a union has.
//!
//! In: the model. Out: for each closed union a member of which a value can be made without another value of that union. There
//! always is one, for `resolve` refuses types that have no end.

use std::collections::{HashMap, HashSet};

use super::plan::Plan;
use crate::ir::{Content, Presence, Shape, Struct, Type};

/// A struct, or a member of a union, with how many of the types that it holds are not known to end.
struct Whole<'a> {
    of: &'a str,
    member: usize,
    left: usize,
}

/// The member, by index, of each closed union; by the union's Rust name.
pub(super) fn find<'a>(plan: &Plan<'a>) -> HashMap<&'a str, usize> {
    let mut wholes = Vec::new();
    let mut holders: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut add = |of: &'a str, member: usize, held: Vec<&'a str>| {
        for held in &held {
            holders.entry(held).or_default().push(wholes.len());
        }
        let left = held.len();
        wholes.push(Whole { of, member, left });
    };
    for definition in plan.protocol.definitions.values() {
        let rust = definition.rust.as_str();
        match &definition.shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => add(rust, 0, held_by_struct(plan, body)),
            Shape::Union(union) if union.open => add(rust, 0, Vec::new()),
            Shape::Union(union) => {
                for (at, member) in union.members.iter().enumerate() {
                    let held = match &member.content {
                        Content::None => Vec::new(),
                        Content::Fields { body, .. } => held_by_struct(plan, body),
                        Content::Type { ty } => held_by(plan, ty),
                    };
                    add(rust, at, held);
                }
            }
            Shape::Enum(_) | Shape::Alias { .. } => {}
        }
    }
    let mut ready: Vec<usize> = (0..wholes.len())
        .rev()
        .filter(|&at| wholes[at].left == 0)
        .collect();
    let mut ends = HashSet::new();
    let mut found = HashMap::new();
    while let Some(at) = ready.pop() {
        let Whole { of, member, .. } = wholes[at];
        if !ends.insert(of) {
            continue;
        }
        found.insert(of, member);
        for &holder in holders.get(of).into_iter().flatten() {
            wholes[holder].left -= 1;
            if wholes[holder].left == 0 {
                ready.push(holder);
            }
        }
    }
    found
}

fn held_by_struct<'a>(plan: &Plan<'a>, body: &'a Struct) -> Vec<&'a str> {
    let fields = body
        .fields
        .iter()
        .filter(|field| field.presence == Presence::Required);
    let mut held: Vec<&str> = fields.flat_map(|field| held_by(plan, &field.ty)).collect();
    held.extend(
        body.flatten
            .iter()
            .map(|flat| plan.definition(&flat.target).rust.as_str()),
    );
    held
}

/// The structs and unions of which a value of this type must hold one.
fn held_by<'a>(plan: &Plan<'a>, ty: &'a Type) -> Vec<&'a str> {
    match plan.resolved(ty) {
        Type::Tuple(items) => items.iter().flat_map(|item| held_by(plan, item)).collect(),
        Type::Ref(name) => {
            let definition = plan.definition(name);
            match definition.shape {
                Shape::Enum(_) | Shape::Alias { .. } => Vec::new(),
                _ => vec![&definition.rust],
            }
        }
        Type::Scalar(_) | Type::Constant(_) | Type::List(_) | Type::Nullable(_) | Type::Map(..) => Vec::new(),
    }
}
