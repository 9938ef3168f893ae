//! `peers.rs` of the emitted crate: typed calls of the other end.
//!
//! In: the model. Out: `ClientPeer` and `Clients`, what a server can ask and tell one client, or those that the protocol says,
//! and `ServerPeer`, the other way round.

use super::code::{Code, line};
use super::dispatch::{Side, function, is_request, method_head, params_type, sender, type_name};
use crate::ir::{Delivery, Method, Protocol};

pub(super) const ABOUT: &str = "\
Typed calls of the other end of a connection.

What is sent is queued at once. A `Call` brings the result of a request, and withdraws it when it is dropped; a `Written`
completes when a notification is written, for who wants to wait for that.";

/// `ClientPeer`, `Clients` and `ServerPeer`.
pub(super) fn peers(protocol: &Protocol) -> Code {
    let mut code = Code::default();
    wrapper(
        &mut code,
        protocol,
        &Wrapper {
            title: "ClientPeer",
            about: "A client, as its server sees it: what goes to the caller.\n\nIn a handler, `ClientPeer::from(cx.peer().clone())`.",
            inner: "Peer",
            caller: Side::Server,
            takes: |delivery| matches!(delivery, Some(Delivery::Caller)),
        },
    );
    wrapper(
        &mut code,
        protocol,
        &Wrapper {
            title: "Clients",
            about: "All clients, as their server sees them: what goes to all, or to the subscribers of a topic.\n\n\
                    In a handler, `Clients::from(cx.hub().clone())`.",
            inner: "Hub",
            caller: Side::Server,
            takes: |delivery| matches!(delivery, Some(Delivery::All | Delivery::Topic { .. })),
        },
    );
    wrapper(
        &mut code,
        protocol,
        &Wrapper {
            title: "ServerPeer",
            about: "A server, as its client sees it: `ServerPeer::from(client.peer().clone())`.",
            inner: "Peer",
            caller: Side::Client,
            takes: |_| true,
        },
    );
    code
}

/// Calls of one side, to some of those whom it can call.
struct Wrapper {
    title: &'static str,
    about: &'static str,
    /// What of the runtime it wraps.
    inner: &'static str,
    caller: Side,
    takes: fn(Option<&Delivery>) -> bool,
}

fn wrapper(code: &mut Code, protocol: &Protocol, wrapper: &Wrapper) {
    let Wrapper { title, inner, .. } = wrapper;
    let taken = |method: &Method| {
        !is_sent_by_itself(method)
            && sender(method) == wrapper.caller
            && (wrapper.takes)(method.delivery.as_ref())
    };
    let methods: Vec<_> = protocol
        .methods
        .iter()
        .filter(|(_, method)| taken(method))
        .collect();
    if methods.is_empty() {
        return;
    }
    code.blank();
    code.docs(wrapper.about);
    line!(code, "#[derive(Clone, Debug)]");
    line!(code, "pub struct {title}({inner});");
    code.blank();
    line!(code, "impl From<{inner}> for {title} {{");
    line!(code, "fn from(inner: {inner}) -> Self {{");
    line!(code, "Self(inner)");
    line!(code, "}}");
    line!(code, "}}");
    code.blank();
    line!(code, "impl AsRef<{inner}> for {title} {{");
    line!(code, "fn as_ref(&self) -> &{inner} {{");
    line!(code, "&self.0");
    line!(code, "}}");
    line!(code, "}}");
    code.blank();
    line!(code, "impl {title} {{");
    for (index, (name, method)) in methods.into_iter().enumerate() {
        if index > 0 {
            code.blank();
        }
        call(code, protocol, name, method);
    }
    line!(code, "}}");
}

/// Whether the connection itself sends it.
fn is_sent_by_itself(method: &Method) -> bool {
    method.resolves.is_some() || method.missed.is_some()
}

fn call(code: &mut Code, protocol: &Protocol, name: &str, method: &Method) {
    let mut arguments = vec!["&self".to_owned()];
    let params = params_type(protocol, method);
    arguments.extend(params.as_ref().map(|params| format!("params: {params}")));
    let params = if params.is_some() { "params" } else { "NoParams" };
    let marker = format!("crate::methods::{}", type_name(method));
    let (verb, result) = if is_request(method) {
        ("request", format!("Call<{marker}>"))
    } else {
        ("notify", "Written".to_owned())
    };
    method_head(code, name, method);
    code.listed(
        &format!("pub fn {}(", function(&method.rust)),
        &arguments,
        &format!(") -> {result} {{"),
    );
    line!(code, "self.0.{verb}::<{marker}>({params})");
    line!(code, "}}");
}
