//! `peers.rs` of the emitted crate: typed calls of the other end.
//!
//! In: the model. Out: `ClientPeer`, what a server can ask and tell its client, and `ServerPeer`, the other way round.

use super::code::{Code, line};
use super::dispatch::{Side, function, is_request, method_head, params_type, result_type, sender, type_name};
use crate::ir::{Method, Protocol};

pub(super) const ABOUT: &str = "Typed calls of the other end of a connection.";

/// `ClientPeer` and `ServerPeer`.
pub(super) fn peers(protocol: &Protocol) -> Code {
    let mut code = Code::default();
    peer(
        &mut code,
        protocol,
        "ClientPeer",
        "A client, as its server sees it; in a handler, `ClientPeer::from(cx.peer().clone())`.",
        Side::Server,
    );
    peer(
        &mut code,
        protocol,
        "ServerPeer",
        "A server, as its client sees it: `ServerPeer::from(connection.peer())`.",
        Side::Client,
    );
    code
}

/// The peer that `caller` calls.
fn peer(code: &mut Code, protocol: &Protocol, title: &str, about: &str, caller: Side) {
    code.blank();
    code.docs(about);
    line!(code, "#[derive(Clone, Debug)]");
    line!(code, "pub struct {title}(Peer);");
    code.blank();
    line!(code, "impl From<Peer> for {title} {{");
    line!(code, "fn from(peer: Peer) -> Self {{");
    line!(code, "Self(peer)");
    line!(code, "}}");
    line!(code, "}}");
    code.blank();
    line!(code, "impl AsRef<Peer> for {title} {{");
    line!(code, "fn as_ref(&self) -> &Peer {{");
    line!(code, "&self.0");
    line!(code, "}}");
    line!(code, "}}");
    code.blank();
    line!(code, "impl {title} {{");
    let methods = protocol
        .methods
        .iter()
        .filter(|(_, method)| sender(method) == caller);
    for (index, (name, method)) in methods.enumerate() {
        if index > 0 {
            code.blank();
        }
        call(code, protocol, name, method);
    }
    line!(code, "}}");
}

fn call(code: &mut Code, protocol: &Protocol, name: &str, method: &Method) {
    let mut arguments = vec!["&self".to_owned()];
    let params = params_type(protocol, method);
    arguments.extend(params.as_ref().map(|params| format!("params: {params}")));
    let params = if params.is_some() { "params" } else { "NoParams" };
    let (verb, result, errors) = if is_request(method) {
        let result = result_type(protocol, method);
        (
            "request",
            result,
            "With the peer's own error, or when the connection ends first.",
        )
    } else {
        ("notify", "()".to_owned(), "When the connection has ended.")
    };
    method_head(code, name, method);
    code.docs(&format!("\n# Errors\n{errors}"));
    code.listed(
        &format!("pub async fn {}(", function(&method.rust)),
        &arguments,
        &format!(") -> Result<{result}, CallError> {{"),
    );
    line!(
        code,
        "self.0.{verb}::<crate::methods::{}>({params}).await",
        type_name(method)
    );
    line!(code, "}}");
}
