//! `services.rs` of the emitted crate: what serves the methods of a domain.
//!
//! In: the model. Out: a trait for each service and direction, without default bodies: a method that nobody serves does
//! not compile.

use super::code::{Code, line};
use super::dispatch::{
    Side, error_type, function, is_request, method_head, params_type, result_type, sent_by,
};
use crate::emit::names;
use crate::ir::{Method, Protocol, Service};

pub(super) const ABOUT: &str = "\
What serves the methods of each domain.

The traits have no default bodies: a method that nobody serves does not compile. Write `async fn` to implement them.";

/// A trait for each service and direction.
pub(super) fn services(protocol: &Protocol) -> Code {
    let mut code = Code::default();
    for (name, service) in &protocol.services {
        for receiver in [Side::Server, Side::Client] {
            service_trait(&mut code, protocol, name, service, receiver);
        }
    }
    code
}

/// What `receiver` serves of a service, in order.
pub(super) fn received<'a>(
    protocol: &'a Protocol,
    service: &'a Service,
    receiver: Side,
) -> Vec<(&'a str, &'a Method)> {
    match receiver {
        Side::Server => sent_by(protocol, service, Side::Client),
        Side::Client => sent_by(protocol, service, Side::Server),
    }
}

/// The name of the trait of a service.
pub(super) fn trait_name(service: &Service, receiver: Side) -> String {
    let service = names::pascal(&service.rust);
    match receiver {
        Side::Server => format!("{service}Service"),
        Side::Client => format!("{service}ClientHandler"),
    }
}

fn service_trait(code: &mut Code, protocol: &Protocol, name: &str, service: &Service, receiver: Side) {
    let methods = received(protocol, service, receiver);
    if methods.is_empty() {
        return;
    }
    code.blank();
    code.docs(&service.docs);
    if !service.docs.is_empty() {
        code.docs("\n");
    }
    code.docs(&match receiver {
        Side::Server => format!("What a server serves of `{name}`."),
        Side::Client => format!("What a client takes of `{name}`."),
    });
    line!(
        code,
        "pub trait {}: Send + Sync + 'static {{",
        trait_name(service, receiver)
    );
    for (index, (name, method)) in methods.into_iter().enumerate() {
        if index > 0 {
            code.blank();
        }
        method_head(code, name, method);
        signature(code, protocol, method);
    }
    line!(code, "}}");
}

fn signature(code: &mut Code, protocol: &Protocol, method: &Method) {
    let mut arguments = vec!["&self".to_owned(), "cx: &Cx".to_owned()];
    arguments.extend(params_type(protocol, method).map(|params| format!("params: {params}")));
    let output = if is_request(method) {
        let error = error_type(method);
        let error = error.as_deref().unwrap_or("RpcError");
        format!("Result<{}, {}>", result_type(protocol, method), error)
    } else {
        "()".to_owned()
    };
    code.listed(
        &format!("fn {}(", function(&method.rust)),
        &arguments,
        &format!(") -> impl Future<Output = {output}> + Send;"),
    );
}
