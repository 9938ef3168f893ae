//! `errors.rs` of the emitted crate: the errors that methods declare.
//!
//! In: the model. Out: the code of each declared error, and for each method that declares some an enum of them and of
//! any other error, which converts to and from what goes over the wire.

use super::code::{Code, line};
use super::dispatch::{Side, definition, error_gates, sender};
use crate::gates::Closure;
use crate::ir::{Method, Protocol, Shape};

pub(super) const ABOUT: &str = "What methods may answer instead of a result.";

/// Declared errors, and an enum for each method that declares some.
pub(super) fn errors(protocol: &Protocol, gates: &Closure<'_>) -> Code {
    let mut code = Code::default();
    for (name, found) in &protocol.definitions {
        if let Shape::Error { .. } = found.shape {
            let error = definition(protocol, name);
            code.blank();
            line!(code, "impl rt::DeclaredError for {error} {{");
            line!(code, "const CODE: rt::ErrorCode = rt::ErrorCode(Self::CODE);");
            line!(code, "}}");
        }
    }
    for (name, method) in &protocol.methods {
        if !method.errors.is_empty() {
            method_error(&mut code, protocol, name, method);
            if sender(method) == Side::Client && !error_gates(gates, method).is_empty() {
                error_for(&mut code, protocol, method);
            }
        }
    }
    code
}

fn method_error(code: &mut Code, protocol: &Protocol, name: &str, method: &Method) {
    let title = format!("{}Error", method.title);
    let errors: Vec<(&str, String)> = method
        .errors
        .iter()
        .map(|error| {
            (
                protocol.definitions[error].rust.as_str(),
                definition(protocol, error),
            )
        })
        .collect();
    let other = other(protocol, method);

    code.blank();
    code.docs(&format!("What `{name}` may answer instead of a result."));
    line!(code, "#[derive(Clone, Debug, PartialEq)]");
    line!(code, "pub enum {title} {{");
    for (error, (variant, data)) in method.errors.iter().zip(&errors) {
        code.docs(&protocol.definitions[error].docs);
        line!(code, "{variant}(rt::Declared<{data}>),");
    }
    code.docs("Any other error.");
    line!(code, "{other}(rt::RpcError),");
    line!(code, "}}");

    for (variant, data) in &errors {
        code.blank();
        line!(code, "impl From<rt::Declared<{data}>> for {title} {{");
        line!(code, "fn from(error: rt::Declared<{data}>) -> Self {{");
        line!(code, "Self::{variant}(error)");
        line!(code, "}}");
        line!(code, "}}");
    }

    code.blank();
    line!(code, "impl From<{title}> for rt::RpcError {{");
    line!(code, "fn from(error: {title}) -> Self {{");
    line!(code, "match error {{");
    for (variant, _) in &errors {
        line!(code, "{title}::{variant}(error) => error.into(),");
    }
    line!(code, "{title}::{other}(error) => error,");
    line!(code, "}}");
    line!(code, "}}");
    line!(code, "}}");

    code.blank();
    code.docs("Tells the declared errors by their code and their data.");
    line!(code, "impl From<rt::RpcError> for {title} {{");
    line!(code, "fn from(error: rt::RpcError) -> Self {{");
    for (variant, _) in &errors {
        line!(code, "if let Some(declared) = rt::Declared::read(&error) {{");
        line!(code, "return Self::{variant}(declared);");
        line!(code, "}}");
    }
    line!(code, "Self::{other}(error)");
    line!(code, "}}");
    line!(code, "}}");
}

/// The variant of any other error.
fn other(protocol: &Protocol, method: &Method) -> String {
    let mut other = "Other".to_owned();
    let taken = |name: &str| {
        let mut errors = method.errors.iter();
        errors.any(|error| protocol.definitions[error].rust == name)
    };
    while taken(&other) {
        other.insert_str(0, "Any");
    }
    other
}

/// The error as it goes to a caller that may not see all of its data.
fn error_for(code: &mut Code, protocol: &Protocol, method: &Method) {
    let title = format!("{}Error", method.title);
    code.blank();
    line!(code, "impl {title} {{");
    code.docs("The error as who has opened some gates is told it; all of it where there are no gates.");
    line!(
        code,
        "pub fn error_for(self, open: Option<&rt::Gates>) -> rt::RpcError {{"
    );
    line!(code, "match self {{");
    for error in &method.errors {
        let variant = &protocol.definitions[error].rust;
        line!(code, "Self::{variant}(error) => error.error_for(open),");
    }
    line!(code, "Self::{}(error) => error,", other(protocol, method));
    line!(code, "}}");
    line!(code, "}}");
    line!(code, "}}");
}
