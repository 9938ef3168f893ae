//! Which methods carry a definition, and what a client does with it.
//!
//! In: a model. Out: for each definition, the methods that reach it, and whether clients send it, read it or both.

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use crate::ir::{DefName, MethodKind, Protocol};

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
            open.extend(definition.shape.references());
        }
    }
}
