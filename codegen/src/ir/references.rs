//! What names a definition.
//!
//! In: the model. Out: the definitions that a shape or a type names, and the other way round, who names each of them.

use std::collections::HashMap;

use super::{Content, DefName, Protocol, Shape, Struct, Type};

/// What names a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User<'a> {
    /// A method: as its params, its result or one of its errors.
    Method(&'a str),
    /// Another definition, or the same one.
    Definition(&'a DefName),
}

/// Who names each definition, once for each time: methods first, in the order of the protocol.
pub(crate) fn users(protocol: &Protocol) -> HashMap<&DefName, Vec<User<'_>>> {
    let mut users: HashMap<_, Vec<_>> = HashMap::new();
    for (wire, method) in &protocol.methods {
        let carried = [&method.params, &method.result];
        for name in carried.into_iter().flatten().chain(&method.errors) {
            users.entry(name).or_default().push(User::Method(wire));
        }
    }
    for (name, definition) in &protocol.definitions {
        for target in definition.shape.references() {
            users.entry(target).or_default().push(User::Definition(name));
        }
    }
    users
}

impl Shape {
    /// The definitions that it names, once for each time.
    pub(crate) fn references(&self) -> Vec<&DefName> {
        let mut found = Vec::new();
        match self {
            Self::Struct(body) | Self::Error { data: body, .. } => in_struct(body, &mut found),
            Self::Alias { ty } => ty.visit_references(&mut |name| found.push(name)),
            Self::Enum(_) => {}
            Self::Union(body) => {
                for member in &body.members {
                    match &member.content {
                        Content::None => {}
                        Content::Fields { body, .. } => in_struct(body, &mut found),
                        Content::Type { ty } => ty.visit_references(&mut |name| found.push(name)),
                    }
                }
            }
        }
        found
    }
}

fn in_struct<'a>(body: &'a Struct, found: &mut Vec<&'a DefName>) {
    for field in &body.fields {
        field.ty.visit_references(&mut |name| found.push(name));
    }
    found.extend(body.flatten.iter().map(|flatten| &flatten.target));
    if let Some(rest) = &body.rest {
        rest.values.visit_references(&mut |name| found.push(name));
    }
}

impl Type {
    /// Shows each definition that it names, once for each time.
    pub(crate) fn visit_references<'a>(&'a self, visit: &mut impl FnMut(&'a DefName)) {
        match self {
            Self::Scalar(_) | Self::Constant(_) => {}
            Self::Ref(name) => visit(name),
            Self::List(inner) | Self::Nullable(inner) => inner.visit_references(visit),
            Self::Map(key, value) => {
                key.visit_references(visit);
                value.visit_references(visit);
            }
            Self::Tuple(items) => items.iter().for_each(|item| item.visit_references(visit)),
        }
    }
}
