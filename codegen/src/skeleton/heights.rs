//! How deep the smallest message of each definition is nested.
//!
//! In: the model. Out: a number for each definition, so that whoever must choose can choose an end. Every definition has one:
//! `check` refuses those that could never be written.

use std::collections::HashMap;

use crate::ir::{Content, DefName, Presence, Protocol, Shape, Struct, Type};

pub(super) type Heights<'a> = HashMap<&'a DefName, usize>;

pub(super) fn of(protocol: &Protocol) -> Heights<'_> {
    let mut heights = Heights::new();
    loop {
        let known = heights.len();
        for (name, definition) in &protocol.definitions {
            let height = match &definition.shape {
                Shape::Struct(body) | Shape::Error { data: body, .. } => structure(&heights, body),
                Shape::Alias { ty } => of_type(&heights, ty),
                Shape::Enum(_) => Some(0),
                Shape::Union(body) => {
                    let members = body.members.iter();
                    members
                        .filter_map(|member| content(&heights, &member.content))
                        .min()
                }
            };
            // The first height that is found is the least, since each round adds those of one more.
            if let Some(height) = height {
                heights.entry(name).or_insert(height + 1);
            }
        }
        if heights.len() == known {
            return heights;
        }
    }
}

/// The height of what a member holds; none where it is not known yet.
pub(super) fn content(heights: &Heights, content: &Content) -> Option<usize> {
    match content {
        Content::None => Some(0),
        Content::Fields { body, .. } => structure(heights, body),
        Content::Type { ty } => of_type(heights, ty),
    }
}

fn structure(heights: &Heights, body: &Struct) -> Option<usize> {
    let required = body
        .fields
        .iter()
        .filter(|field| field.presence == Presence::Required);
    let fields = required.map(|field| of_type(heights, &field.ty));
    let flattened = body.flatten.iter().map(|flat| heights.get(&flat.target).copied());
    fields
        .chain(flattened)
        .try_fold(0, |most, height| Some(most.max(height?)))
}

fn of_type(heights: &Heights, ty: &Type) -> Option<usize> {
    match ty {
        Type::Ref(name) => heights.get(name).copied(),
        Type::Tuple(items) => {
            let mut items = items.iter().map(|item| of_type(heights, item));
            items.try_fold(0, |most, height| Some(most.max(height?)))
        }
        Type::Scalar(_) | Type::Constant(_) | Type::List(_) | Type::Map(..) | Type::Nullable(_) => Some(0),
    }
}
