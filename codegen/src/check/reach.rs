//! Which definitions go over the wire, and which way.
//!
//! In: the tree. Out: for each definition whether a client, and whether the server, can send it.

use crate::ast::MethodKind;
use crate::resolve::{DefId, Method, Resolved, Type, names_in_shape, names_in_type};

/// Who can send a definition, itself or within another.
#[derive(Debug)]
pub struct Reach {
    inbound: Vec<bool>,
    outbound: Vec<bool>,
}

impl Reach {
    /// Walks from the methods, their errors and the envelope.
    pub fn new(resolved: &Resolved) -> Self {
        let mut inbound = Vec::new();
        let mut outbound = Vec::new();
        for method in &resolved.methods {
            let Method {
                params,
                result,
                errors,
                ..
            } = method;
            let (from_client, from_server) = match method.kind {
                MethodKind::ClientRequest | MethodKind::ClientNotification => (params, result),
                MethodKind::ServerRequest | MethodKind::ServerNotification => (result, params),
            };
            add(from_client, &mut inbound);
            add(from_server, &mut outbound);
            let answers = if method.kind == MethodKind::ServerRequest {
                &mut inbound
            } else {
                &mut outbound
            };
            answers.extend(errors.iter().map(|(id, _)| *id));
        }
        if let Some((message, _)) = resolved.envelope.as_ref().and_then(|envelope| envelope.message) {
            inbound.push(message);
            outbound.push(message);
        }
        Self {
            inbound: walk(resolved, inbound),
            outbound: walk(resolved, outbound),
        }
    }

    /// Whether a client can send it.
    pub fn inbound(&self, id: DefId) -> bool {
        self.inbound[id.index()]
    }

    /// Whether the server can send it.
    pub fn outbound(&self, id: DefId) -> bool {
        self.outbound[id.index()]
    }
}

fn add(ty: &Option<Type>, roots: &mut Vec<DefId>) {
    if let Some(ty) = ty {
        names_in_type(ty, &mut |id, _| roots.push(id));
    }
}

/// All that `roots` reach, themselves included.
fn walk(resolved: &Resolved, roots: Vec<DefId>) -> Vec<bool> {
    let mut reached = vec![false; resolved.definitions.len()];
    let mut queue = roots;
    while let Some(id) = queue.pop() {
        if !std::mem::replace(&mut reached[id.index()], true) {
            names_in_shape(&resolved[id].shape, &mut |next, _| queue.push(next));
        }
    }
    reached
}
