//! `methods.rs` of the emitted crate: a marker for each method, and the protocol at run time.
//!
//! In: the model. Out: uninhabited types that implement the runtime's `Method`, and the constant that a connection reads.

use super::code::{Code, line, quoted};
use super::dispatch::{
    Side, error_gates, error_type, is_request, method_head, option, params_gates, params_type, result_gates,
    result_type, sender, type_name,
};
use super::keys;
use crate::gates::Closure;
use crate::ir::{Delivery, Handshake, Method, Protocol};

pub(super) const ABOUT: &str = "Every method as a type, and what a connection must know of the protocol.";

/// Every method as a type, and `PROTOCOL`.
pub(super) fn methods(protocol: &Protocol, gates: &Closure<'_>) -> Code {
    let mut code = Code::default();
    protocol_info(&mut code, protocol);
    for (name, method) in &protocol.methods {
        marker(&mut code, protocol, gates, name, method);
    }
    code
}

fn protocol_info(code: &mut Code, protocol: &Protocol) {
    let (name, version) = (quoted(&protocol.name), quoted(&protocol.version));
    code.blank();
    line!(code, "/// The protocol at run time.");
    line!(
        code,
        "pub static PROTOCOL: rt::ProtocolInfo = rt::ProtocolInfo {{"
    );
    line!(code, "name: {name},");
    line!(code, "version: {version},");
    line!(code, "strict: {},", protocol.envelope.strict);
    match &protocol.handshake {
        Some(handshake) => handshake_info(code, protocol, handshake),
        None => line!(code, "handshake: ::core::option::Option::None,"),
    }
    line!(code, "methods: &[");
    for method in protocol.methods.values() {
        line!(code, "<{} as rt::Method>::INFO,", type_name(method));
    }
    line!(code, "],");
    line!(code, "}};");
}

fn handshake_info(code: &mut Code, protocol: &Protocol, handshake: &Handshake) {
    line!(
        code,
        "handshake: ::core::option::Option::Some(rt::HandshakeInfo {{"
    );
    line!(code, "opens: {},", quoted(&handshake.opens));
    line!(code, "completes: {},", option(handshake.completes.as_deref()));
    line!(
        code,
        "opt_out: {},",
        list(handshake.opt_out.as_deref().unwrap_or_default())
    );
    line!(code, "gates: &[");
    for (name, gate) in &protocol.gates {
        line!(code, "rt::GateInfo {{");
        line!(code, "name: {},", quoted(name));
        line!(code, "path: {},", list(&gate.capability.path));
        line!(code, "member: {},", option(gate.capability.member.as_deref()));
        line!(code, "}},");
    }
    line!(code, "],");
    line!(code, "}}),");
}

fn marker(code: &mut Code, protocol: &Protocol, gates: &Closure<'_>, name: &str, method: &Method) {
    let title = type_name(method);
    let params = params_type(protocol, method);
    code.blank();
    method_head(code, name, method);
    line!(code, "#[derive(Debug)]");
    line!(code, "pub enum {title} {{}}");
    code.blank();
    line!(code, "impl rt::Method for {title} {{");
    let kind = if is_request(method) {
        "Request"
    } else {
        "Notification"
    };
    let base = format!(
        "rt::MethodInfo::new({}, rt::Side::{}, rt::MethodKind::{kind}, {})",
        quoted(name),
        sender(method).name(),
        params.is_some()
    );
    let behaviour = behaviour(gates, method);
    if behaviour.is_empty() {
        line!(code, "const INFO: rt::MethodInfo = {base};");
    } else {
        line!(code, "const INFO: rt::MethodInfo = rt::MethodInfo {{");
        for (name, value) in behaviour {
            line!(code, "{name}: {value},");
        }
        line!(code, "..{base}");
        line!(code, "}};");
    }
    line!(
        code,
        "type Params = {};",
        params.as_deref().unwrap_or("rt::message::NoParams")
    );
    let from_client = sender(method) == Side::Client;
    if from_client && !params_gates(gates, method).is_empty() {
        uses(code, "USES", "Params");
    }
    keys::of_params(code, protocol, method);
    line!(code, "}}");
    code.blank();
    if is_request(method) {
        line!(code, "impl rt::Request for {title} {{");
        line!(code, "type Result = {};", result_type(protocol, method));
        line!(
            code,
            "type Error = {};",
            error_type(method).as_deref().unwrap_or("rt::RpcError")
        );
        if !from_client && !result_gates(gates, method).is_empty() {
            uses(code, "RESULT_USES", "Result");
        }
        keys::of_request(code, protocol, method);
        if from_client && !error_gates(gates, method).is_empty() {
            code.blank();
            let open = "::core::option::Option<&rt::Gates>";
            line!(
                code,
                "fn error_for(error: Self::Error, open: {open}) -> rt::RpcError {{"
            );
            line!(code, "error.error_for(open)");
            line!(code, "}}");
        }
        line!(code, "}}");
    } else {
        line!(code, "impl rt::Notification for {title} {{}}");
    }
}

/// Has the runtime look for what stands behind a gate.
fn uses(code: &mut Code, name: &str, ty: &str) {
    line!(
        code,
        "const {name}: ::core::option::Option<rt::Walk<Self::{ty}>> ="
    );
    line!(
        code,
        "    ::core::option::Option::Some(<Self::{ty} as rt::gates::Gated>::uses);"
    );
}

/// What the runtime must know of a method beside what every method has.
fn behaviour(gates: &Closure<'_>, method: &Method) -> Vec<(&'static str, String)> {
    let mut behaviour = Vec::new();
    if let Some(gate) = &method.marks.gate {
        behaviour.push(("gate", option(Some(&gate.name))));
    }
    let mut answer = result_gates(gates, method);
    answer.extend(error_gates(gates, method));
    for (name, gates) in [
        ("params_gates", params_gates(gates, method)),
        ("result_gates", answer),
    ] {
        if !gates.is_empty() {
            behaviour.push((name, list(gates)));
        }
    }
    match &method.delivery {
        None | Some(Delivery::Caller) => {}
        Some(Delivery::All) => behaviour.push(("delivery", "rt::Delivery::All".to_owned())),
        Some(Delivery::Topic { path }) => {
            let topic = format!("rt::Delivery::Topic({})", list(below_params(path)));
            behaviour.push(("delivery", topic));
        }
    }
    let flags = [
        ("order", method.order.is_some()),
        ("order_of_caller", method.order_of_caller),
        ("subscribes", method.subscribes.is_some()),
        ("unsubscribes", method.unsubscribes.is_some()),
        ("lossy", method.lossy),
        ("cancel", method.cancel),
        ("urgent", method.urgent),
    ];
    for (name, _) in flags.into_iter().filter(|(_, holds)| *holds) {
        behaviour.push((name, "true".to_owned()));
    }
    for (name, path) in [("resolves", &method.resolves), ("missed", &method.missed)] {
        let member = path.as_deref().and_then(|path| path.last());
        behaviour.extend(member.map(|member| (name, option(Some(member)))));
    }
    behaviour
}

/// A path without its first segment, `params`, where the runtime starts from.
fn below_params(path: &[String]) -> &[String] {
    path.get(1..).unwrap_or_default()
}

fn list(texts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let texts = texts.into_iter().map(|text| quoted(text.as_ref()));
    let texts: Vec<String> = texts.collect();
    format!("&[{}]", texts.join(", "))
}
