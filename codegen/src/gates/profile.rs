//! The protocol as one set of gates shows it.
//!
//! In: the model, and which gates are open. Out: the model without methods, fields and members whose gate is closed, and
//! without all that only those reach. It is for clients, so what only Rust reads is not in it either.

use std::borrow::Cow;

use crate::ir::{self, Content, DefName, Definition, Marks, Method, Protocol, Shape, Struct, Visibility};

use super::graph::Graph;
use super::place;
use super::walk::Visible;

/// The profile without an open gate.
pub const STABLE: &str = "stable";
/// The profile with every gate open.
pub const EXPERIMENTAL: &str = "experimental";

/// The profile without an open gate; a protocol without gates is that itself.
pub fn stable(protocol: &Protocol) -> Cow<'_, Protocol> {
    match protocol.gates.is_empty() {
        true => Cow::Borrowed(protocol),
        false => Cow::Owned(profile(protocol, |_| false)),
    }
}

/// What a client sees of `protocol` when only the gates are open of which `open` says so.
pub fn profile(protocol: &Protocol, open: impl Fn(&str) -> bool) -> Protocol {
    let graph = Graph::new(protocol);
    let is_open = |gate: usize| open(graph.gates[gate]);
    let profile = Profile {
        protocol,
        open: &open,
        inbound: graph.shown_to_clients(is_open, |root| root.inbound),
        outbound: graph.shown_to_clients(is_open, |root| root.outbound),
    };
    profile.protocol()
}

struct Profile<'a> {
    protocol: &'a Protocol,
    open: &'a dyn Fn(&str) -> bool,
    inbound: Visible,
    outbound: Visible,
}

impl Profile<'_> {
    fn protocol(&self) -> Protocol {
        let protocol = self.protocol;
        let methods: indexmap::IndexMap<String, Method> = protocol
            .methods
            .iter()
            .filter(|(_, method)| self.shows(&method.marks))
            .map(|(wire, method)| (wire.clone(), self.method(method)))
            .collect();
        let mut services = protocol.services.clone();
        services.retain(|_, service| {
            service.methods.retain(|wire| methods.contains_key(wire));
            !service.methods.is_empty()
        });
        let definitions: indexmap::IndexMap<DefName, Definition> = protocol
            .definitions
            .iter()
            .enumerate()
            .filter(|(index, _)| self.inbound.contains(*index) || self.outbound.contains(*index))
            .map(|(index, (name, definition))| (name.clone(), self.definition(index, definition)))
            .collect();
        let modules = protocol.modules.iter().filter(|module| {
            services.values().any(|service| service.file == module.file)
                || definitions
                    .values()
                    .any(|definition| definition.file == module.file)
        });
        let gates = protocol.gates.iter().filter(|(name, _)| (self.open)(name));
        Protocol {
            format: protocol.format,
            name: protocol.name.clone(),
            title: protocol.title.clone(),
            version: protocol.version.clone(),
            docs: protocol.docs.clone(),
            gates: gates.map(|(name, gate)| (name.clone(), gate.clone())).collect(),
            handshake: protocol.handshake.clone(),
            envelope: protocol.envelope.clone(),
            modules: modules.cloned().collect(),
            services,
            methods,
            definitions,
        }
    }

    fn shows(&self, marks: &Marks) -> bool {
        marks.visibility != Visibility::OnlyRust
            && marks.gate.as_ref().is_none_or(|gate| (self.open)(&gate.name))
    }

    fn method(&self, method: &Method) -> Method {
        let mut shown = method.clone();
        for path in [&mut shown.order, &mut shown.subscribes, &mut shown.unsubscribes] {
            path.take_if(|path| !self.leads_somewhere(method, path));
        }
        shown.order_of_caller &= shown.order.is_some();
        shown
    }

    /// Whether every field on a path from the params or the result of `method` is there.
    fn leads_somewhere(&self, method: &Method, path: &[String]) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return true;
        };
        let from = match first.as_str() {
            "result" => &method.result,
            _ => &method.params,
        };
        let Some(from) = from else { return true };
        let places = place::follow(self.protocol, from, rest);
        places
            .iter()
            .all(|place| place.marks(self.protocol).is_none_or(|marks| self.shows(marks)))
    }

    fn definition(&self, index: usize, definition: &Definition) -> Definition {
        let shape = match &definition.shape {
            Shape::Struct(body) => Shape::Struct(self.body(body)),
            Shape::Error { code, data } => Shape::Error {
                code: *code,
                data: self.body(data),
            },
            Shape::Alias { ty } => Shape::Alias { ty: ty.clone() },
            Shape::Enum(declared) => Shape::Enum(ir::Enum {
                members: self.shown(&declared.members, |member| &member.marks),
                ..declared.clone()
            }),
            Shape::Union(union) => Shape::Union(ir::Union {
                open: union.open,
                tagging: union.tagging.clone(),
                fallback: union.fallback.clone(),
                members: self.members(&union.members),
                reserved: union.reserved.clone(),
            }),
        };
        Definition {
            docs: definition.docs.clone(),
            file: definition.file.clone(),
            foreign: definition.foreign.clone(),
            rust: definition.rust.clone(),
            inbound: self.inbound.contains(index),
            outbound: self.outbound.contains(index),
            marks: definition.marks.clone(),
            shape,
        }
    }

    fn members(&self, members: &[ir::Member]) -> Vec<ir::Member> {
        let mut shown = self.shown(members, |member| &member.marks);
        for member in &mut shown {
            if let Content::Fields { body, .. } = &mut member.content {
                *body = self.body(body);
            }
        }
        shown
    }

    fn body(&self, body: &Struct) -> Struct {
        let fields = self.shown(&body.fields, |field| &field.marks);
        let bare = body.bare.clone();
        Struct {
            closed: body.closed,
            bare: bare.filter(|bare| fields.iter().any(|field| field.name == *bare)),
            fields,
            flatten: body.flatten.clone(),
            rest: body.rest.clone(),
            reserved: body.reserved.clone(),
        }
    }

    fn shown<T: Clone>(&self, parts: &[T], marks: impl Fn(&T) -> &Marks) -> Vec<T> {
        let shown = parts.iter().filter(|part| self.shows(marks(part)));
        shown.cloned().collect()
    }
}
