//! `methods.json`: every method with what the schemas cannot say of it.
//!
//! In: the methods. Out: kind, references into the flat bundle, errors, gate and delivery, by wire name, as one document
//! that a client generator can read without knowing the interface language.

use std::borrow::Cow;

use crate::ast::MethodKind;
use crate::emit::EmitOptions;
use crate::ir::{DefName, Delivery, Method, Protocol, Shape};

use super::messages;
use super::node::{Layout, Members, Node, member};

/// The text of `methods.json`, whose references point into the file `flat` beside it.
pub(super) fn text(protocol: &Protocol, options: &EmitOptions, flat: &str) -> String {
    let methods: Members = messages::shown(protocol)
        .map(|(wire, method)| (Cow::Borrowed(wire.as_str()), entry(protocol, method, flat).into()))
        .collect();
    let mut members = vec![
        member("$comment", options.note(None)),
        member("protocol", protocol.name.as_str()),
        member("version", protocol.version.as_str()),
    ];
    if !protocol.gates.is_empty() {
        members.push(member("gates", gates(protocol)));
    }
    members.push(member("methods", methods));
    Node::Object(members).text(Layout::Flat) + "\n"
}

/// Whether an error sends `data`.
pub(super) fn has_data(protocol: &Protocol, error: &DefName) -> bool {
    match protocol.definitions.get(error).map(|error| &error.shape) {
        Some(Shape::Error { data, .. }) => !data.is_empty(),
        _ => false,
    }
}

fn gates(protocol: &Protocol) -> Members<'_> {
    protocol
        .gates
        .iter()
        .map(|(name, gate)| {
            let mut members = described(&gate.docs);
            let path = format!("params.{}", gate.capability.path.join("."));
            members.push(member("capability", path));
            let texts = [
                ("member", &gate.capability.member),
                ("owner", &gate.owner),
                ("decideBy", &gate.decide_by),
            ];
            members.push(member("reason", gate.reason.as_str()));
            for (word, text) in texts {
                members.extend(text.as_deref().map(|text| member(word, text)));
            }
            (Cow::Borrowed(name.as_str()), members.into())
        })
        .collect()
}

fn entry<'a>(protocol: &'a Protocol, method: &'a Method, flat: &str) -> Members<'a> {
    let definition = |name: &DefName| -> Node<'a> {
        let target = format!("{flat}#/definitions/{}", name.name());
        vec![member("$ref", target)].into()
    };
    let kind = match method.kind {
        MethodKind::ClientRequest => "clientRequest",
        MethodKind::ServerRequest => "serverRequest",
        MethodKind::ClientNotification => "clientNotification",
        MethodKind::ServerNotification => "serverNotification",
    };
    let mut members = vec![member("kind", kind), member("title", method.title.as_str())];
    members.extend(described(&method.docs));
    members.push(member("service", method.service.as_str()));
    if let Some(params) = &method.params {
        members.push(member("params", definition(params)));
    }
    if kind.ends_with("Request") {
        // A request without a result is answered with null.
        let result = method.result.as_ref().map(definition);
        members.push(member("result", result.unwrap_or(Node::of_type("null"))));
    }
    let errors: Vec<Node> = method
        .errors
        .iter()
        .map(|name| error(protocol, name, definition).into())
        .collect();
    if !errors.is_empty() {
        members.push(member("errors", errors));
    }
    members.extend(
        method
            .delivery
            .as_ref()
            .map(|to| member("delivery", delivery(to))),
    );
    for (word, path) in [
        ("order", &method.order),
        ("subscribes", &method.subscribes),
        ("unsubscribes", &method.unsubscribes),
        ("resolves", &method.resolves),
        ("missed", &method.missed),
    ] {
        members.extend(path.as_ref().map(|path| member(word, path.join("."))));
    }
    for (word, holds) in [
        ("orderOfCaller", method.order_of_caller),
        ("lossy", method.lossy),
        ("cancel", method.cancel),
        ("urgent", method.urgent),
        ("legacy", method.marks.legacy),
    ] {
        if holds {
            members.push(member(word, true));
        }
    }
    let marks = &method.marks;
    members.extend(marks.gate.as_ref().map(|gate| member("gate", gate.name.as_str())));
    for (word, text) in [("deprecated", &marks.deprecated), ("since", &marks.since)] {
        members.extend(text.as_deref().map(|text| member(word, text)));
    }
    members
}

fn error<'a>(
    protocol: &'a Protocol,
    name: &'a DefName,
    definition: impl Fn(&DefName) -> Node<'a>,
) -> Members<'a> {
    let mut members = vec![member("name", name.name())];
    if let Some(Shape::Error { code, .. }) = protocol.definitions.get(name).map(|error| &error.shape) {
        members.push(member("code", *code));
    }
    if has_data(protocol, name) {
        members.push(member("data", definition(name)));
    }
    members
}

fn delivery(delivery: &Delivery) -> Members<'_> {
    match delivery {
        Delivery::All => vec![member("to", "all")],
        Delivery::Caller => vec![member("to", "caller")],
        Delivery::Topic { path } => vec![member("to", "topic"), member("path", path.join("."))],
    }
}

fn described(docs: &str) -> Members<'_> {
    if docs.is_empty() {
        Members::new()
    } else {
        vec![member("description", docs)]
    }
}
