//! The unions of messages: everything that one side may send, by method.
//!
//! In: the methods. Out: `ClientRequest`, `ServerRequest`, `ClientNotification` and `ServerNotification`, those that have
//! members. There is no union of responses: nothing in a response says which method it answers, so `methods.json` does.

use crate::ast::MethodKind;
use crate::emit::names;
use crate::ir::{DefName, Method, Protocol, Visibility};

use super::node::{Node, member};
use super::types;

/// The methods that JSON Schema shows.
pub(super) fn shown(protocol: &Protocol) -> impl Iterator<Item = (&String, &Method)> {
    protocol
        .methods
        .iter()
        .filter(|(_, method)| method.marks.visibility == Visibility::Everywhere)
}

/// The unions with their schemas.
pub(super) fn unions(protocol: &Protocol) -> Vec<(DefName, Node<'_>)> {
    const UNIONS: [(MethodKind, &str); 4] = [
        (MethodKind::ClientRequest, "Every request that a client sends."),
        (MethodKind::ServerRequest, "Every request that the server sends."),
        (
            MethodKind::ClientNotification,
            "Every notification that a client sends.",
        ),
        (
            MethodKind::ServerNotification,
            "Every notification that the server sends.",
        ),
    ];
    let union = |(kind, docs)| {
        let name = names::message_union(kind);
        let members: Vec<Node> = shown(protocol)
            .filter(|(_, method)| method.kind == kind)
            .map(|(wire, method)| message(protocol, wire, method))
            .collect();
        let schema = Node::Object(vec![
            member("title", name),
            member("description", docs),
            member("oneOf", members.clone()),
        ]);
        (!members.is_empty()).then(|| (DefName::new(None, name), schema))
    };
    UNIONS.into_iter().filter_map(union).collect()
}

fn message<'a>(protocol: &'a Protocol, wire: &'a str, method: &'a Method) -> Node<'a> {
    let is_request = matches!(method.kind, MethodKind::ClientRequest | MethodKind::ServerRequest);
    let mut properties = Vec::new();
    let mut required: Vec<Node> = Vec::new();
    if protocol.envelope.strict {
        properties.push(member("jsonrpc", Node::text_constant("2.0")));
        required.push("jsonrpc".into());
    }
    if is_request {
        properties.push(member("id", request_id(protocol)));
        required.push("id".into());
    }
    properties.push(member("method", Node::text_constant(wire)));
    required.push("method".into());
    match &method.params {
        Some(params) => {
            properties.push(member("params", Node::Ref(params)));
            required.push("params".into());
        }
        // A request without params may say so.
        None if is_request => properties.push(member("params", Node::of_type("null"))),
        None => {}
    }
    let mut members = vec![member("title", method.message_title.as_str())];
    members.extend(types::annotations(&method.docs, &method.marks));
    members.extend([
        member("type", "object"),
        member("properties", properties),
        member("required", required),
    ]);
    Node::Object(members)
}

fn request_id(protocol: &Protocol) -> Node<'_> {
    match &protocol.envelope.request_id {
        Some(name) => Node::Ref(name),
        None => Node::Object(vec![member(
            "oneOf",
            vec![
                Node::of_type("string"),
                Node::Object(vec![member("type", "integer"), member("format", "int64")]),
            ],
        )]),
    }
}
