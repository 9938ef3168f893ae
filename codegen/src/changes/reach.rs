//! Which methods carry a definition, and what a client does with it.
//!
//! In: a model. Out: for each definition, the methods that reach it, and whether clients send it, read it or both.

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use crate::ir::{Content, DefName, MethodKind, Protocol, Shape, Struct, Type};

/// Who carries one definition.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried<'a> {
    /// In the order of the protocol.
    pub(super) methods: IndexSet<&'a str>,
    pub(super) sent: bool,
    pub(super) read: bool,
    /// `params` or `result`, where it is that of some method itself.
    pub(super) role: Option<&'static str>,
}

pub(super) type Reach<'a> = HashMap<&'a DefName, Carried<'a>>;

/// Who carries what. What nothing carries is not in it.
pub(super) fn of(protocol: &Protocol) -> Reach<'_> {
    let mut reach = Reach::new();
    for (name, method) in &protocol.methods {
        let client_sends = matches!(
            method.kind,
            MethodKind::ClientRequest | MethodKind::ClientNotification
        );
        let params = method
            .params
            .iter()
            .map(|params| (params, client_sends, "params"));
        let result = method
            .result
            .iter()
            .map(|result| (result, !client_sends, "result"));
        for (root, sent, role) in params.chain(result) {
            reach.entry(root).or_default().role = Some(role);
            carry(
                protocol,
                root,
                sent,
                |carried| {
                    carried.methods.insert(name);
                },
                &mut reach,
            );
        }
        for error in &method.errors {
            carry(
                protocol,
                error,
                !client_sends,
                |carried| {
                    carried.methods.insert(name);
                },
                &mut reach,
            );
        }
    }
    if let Some(message) = &protocol.envelope.message {
        for sent in [true, false] {
            carry(protocol, message, sent, |_| {}, &mut reach);
        }
    }
    reach
}

fn carry<'a>(
    protocol: &'a Protocol,
    root: &'a DefName,
    sent: bool,
    note: impl Fn(&mut Carried<'a>),
    reach: &mut Reach<'a>,
) {
    let mut seen = HashSet::new();
    let mut open = vec![root];
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        let carried = reach.entry(name).or_default();
        note(carried);
        carried.sent |= sent;
        carried.read |= !sent;
        if let Some(definition) = protocol.definitions.get(name) {
            open.extend(references(&definition.shape));
        }
    }
}

/// The definitions that a shape names.
pub(super) fn references(shape: &Shape) -> Vec<&DefName> {
    let mut found = Vec::new();
    match shape {
        Shape::Struct(body) | Shape::Error { data: body, .. } => in_struct(body, &mut found),
        Shape::Alias { ty } => in_type(ty, &mut found),
        Shape::Enum(_) => {}
        Shape::Union(body) => {
            for member in &body.members {
                match &member.content {
                    Content::None => {}
                    Content::Fields { body, .. } => in_struct(body, &mut found),
                    Content::Type { ty } => in_type(ty, &mut found),
                }
            }
        }
    }
    found
}

fn in_struct<'a>(body: &'a Struct, found: &mut Vec<&'a DefName>) {
    for field in &body.fields {
        in_type(&field.ty, found);
    }
    found.extend(body.flatten.iter().map(|flatten| &flatten.target));
    if let Some(rest) = &body.rest {
        in_type(&rest.values, found);
    }
}

fn in_type<'a>(ty: &'a Type, found: &mut Vec<&'a DefName>) {
    match ty {
        Type::Scalar(_) | Type::Constant(_) => {}
        Type::Ref(name) => found.push(name),
        Type::List(inner) | Type::Nullable(inner) => in_type(inner, found),
        Type::Map(key, value) => {
            in_type(key, found);
            in_type(value, found);
        }
        Type::Tuple(items) => items.iter().for_each(|item| in_type(item, found)),
    }
}
