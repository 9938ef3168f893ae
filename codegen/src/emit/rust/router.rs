//! `router.rs` of the emitted crate: from services to the methods that a connection serves.
//!
//! In: the model. Out: a router for each direction, which takes the services that there are and answers "method not found"
//! for the rest.

use super::code::{Code, line};
use super::dispatch::{Side, function, is_request, type_name};
use super::services::{received, trait_name};
use crate::ir::{Method, Protocol, Service};

pub(super) const ABOUT: &str = "From services to the methods that a connection serves.";

/// `Router` for servers, `ClientRouter` for clients.
pub(super) fn routers(protocol: &Protocol) -> Code {
    let mut code = Code::default();
    router(&mut code, protocol, "Router", Side::Server);
    router(&mut code, protocol, "ClientRouter", Side::Client);
    code
}

fn router(code: &mut Code, protocol: &Protocol, title: &str, receiver: Side) {
    code.blank();
    code.docs(match receiver {
        Side::Server => "What a server serves. Methods of services that it was not given are answered \"method not found\".",
        Side::Client => "What a client takes. Requests of services that it was not given are answered \"method not found\".",
    });
    line!(code, "#[derive(Debug)]");
    line!(code, "pub struct {title}(rt::Router);");
    code.blank();
    line!(code, "impl {title} {{");
    line!(code, "/// A router that serves nothing yet.");
    line!(code, "pub fn new() -> Self {{");
    line!(code, "let side = rt::Side::{};", receiver.name());
    line!(code, "Self(rt::Router::new(&crate::methods::PROTOCOL, side))");
    line!(code, "}}");
    for (name, service) in &protocol.services {
        let methods = received(protocol, service, receiver);
        if !methods.is_empty() {
            take(code, name, service, receiver, &methods);
        }
    }
    line!(code, "}}");
    code.blank();
    line!(code, "impl Default for {title} {{");
    line!(code, "fn default() -> Self {{");
    line!(code, "Self::new()");
    line!(code, "}}");
    line!(code, "}}");
    code.blank();
    line!(code, "impl From<{title}> for ::std::sync::Arc<rt::Router> {{");
    line!(code, "fn from(router: {title}) -> Self {{");
    line!(code, "Self::new(router.0)");
    line!(code, "}}");
    line!(code, "}}");
}

fn take(code: &mut Code, name: &str, service: &Service, receiver: Side, methods: &[(&str, &Method)]) {
    code.blank();
    code.docs(&format!("Serves `{name}`."));
    line!(code, "#[must_use]");
    code.listed(
        &format!(
            "pub fn {}<S: crate::services::{}>(",
            take_function(service),
            trait_name(service, receiver)
        ),
        &["self".to_owned(), "service: ::std::sync::Arc<S>".to_owned()],
        ") -> Self {",
    );
    line!(code, "let router = self.0;");
    for (_, method) in methods {
        handler(code, method);
    }
    line!(code, "Self(router)");
    line!(code, "}}");
}

/// The function that takes a service. `new` makes the router.
fn take_function(service: &Service) -> String {
    if service.rust == "new" {
        "new_".to_owned()
    } else {
        function(&service.rust)
    }
}

fn handler(code: &mut Code, method: &Method) {
    let register = if is_request(method) {
        "request"
    } else {
        "notification"
    };
    let (params, arguments) = match method.params {
        Some(_) => ("params", "&cx, params"),
        None => ("_", "&cx"),
    };
    line!(code, "let handler = ::std::sync::Arc::clone(&service);");
    line!(
        code,
        "let router = router.{register}::<crate::methods::{}, _, _>(move |cx, {params}| async move {{",
        type_name(method)
    );
    line!(code, "handler.{}({arguments}).await", function(&method.rust));
    line!(code, "}});");
}
