//! What the files about methods share: their heads, their comments, and how they name types.
//!
//! In: the model. Out: pieces of text. Definitions are named in full, `crate::v2::Thread`, so that no name of the protocol
//! hides another.

use super::code::{Code, line, quoted};
use super::module::namespace_path;
use super::{errors, messages, methods, peers, router, services};
use crate::ast::MethodKind;
use crate::emit::{EmitOptions, names};
use crate::files::Files;
use crate::gates::{Closure, Gates};
use crate::ir::{DefName, Method, Protocol, Service};

/// Modules of the crate about methods, and whether each is behind the feature `dispatch`.
pub(super) const MODULES: &[(&str, bool)] = &[
    ("errors", true),
    ("messages", false),
    ("methods", true),
    ("peers", true),
    ("router", true),
    ("services", true),
];

/// Adds the files of [`MODULES`].
pub(super) fn add_files(protocol: &Protocol, options: &EmitOptions, files: &mut Files) {
    let mut add = |name: &str, about: &str, imports: &[&str], body: Code| {
        let text = file(options, about, imports, body);
        files.add(format!("src/{name}.rs"), text);
    };
    let gates = Closure::new(protocol);
    // Where the protocol chooses the names of a file's own items, what the runtime brings is called through `rt`.
    add("errors", errors::ABOUT, &["rt"], errors::errors(protocol, &gates));
    add(
        "messages",
        messages::ABOUT,
        &["RequestId", "json", "message"],
        messages::messages(protocol),
    );
    add(
        "methods",
        methods::ABOUT,
        &["rt"],
        methods::methods(protocol, &gates),
    );
    add(
        "peers",
        peers::ABOUT,
        &["Call", "Hub", "NoParams", "Peer", "Written"],
        peers::peers(protocol),
    );
    add("router", router::ABOUT, &["rt"], router::routers(protocol));
    add(
        "services",
        services::ABOUT,
        &["Cx", "RpcError"],
        services::services(protocol),
    );
}

/// Declares [`MODULES`].
pub(super) fn declare(root: &mut Code) {
    for (name, gated) in MODULES {
        if *gated {
            line!(root, "#[cfg(feature = \"dispatch\")]");
        }
        line!(root, "pub mod {name};");
    }
}

fn file(options: &EmitOptions, about: &str, imports: &[&str], body: Code) -> String {
    let mut head = Code::default();
    line!(head, "// {}", options.note(None));
    head.blank();
    head.inner_docs(about);
    let body = body.into_text();
    head.blank();
    for &name in imports {
        if mentions(&body, name) {
            line!(
                head,
                "use wiregate_runtime{};",
                match name {
                    "rt" => " as rt".to_owned(),
                    "NoParams" => "::message::NoParams".to_owned(),
                    _ => format!("::{name}"),
                }
            );
        }
    }
    head.into_text() + &body
}

/// Whether a file has `word` outside of its comments.
fn mentions(body: &str, word: &str) -> bool {
    let apart = |character: char| !character.is_alphanumeric() && character != '_';
    body.lines()
        .any(|line| !line.trim_start().starts_with("///") && line.split(apart).any(|each| each == word))
}

/// Which end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Opens the connection.
    Client,
    /// Waits for clients.
    Server,
}

impl Side {
    /// `Client`, as the runtime has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Client => "Client",
            Self::Server => "Server",
        }
    }
}

/// Who sends a method.
pub(super) fn sender(method: &Method) -> Side {
    match method.kind {
        MethodKind::ClientRequest | MethodKind::ClientNotification => Side::Client,
        MethodKind::ServerRequest | MethodKind::ServerNotification => Side::Server,
    }
}

/// The gates of what the params of a method may hold.
pub(super) fn params_gates<'a>(gates: &Closure<'a>, method: &Method) -> Gates<'a> {
    let params = method.params.iter();
    params.flat_map(|params| gates.reached(params)).copied().collect()
}

/// The gates of what its result may hold.
pub(super) fn result_gates<'a>(gates: &Closure<'a>, method: &Method) -> Gates<'a> {
    let result = method.result.iter();
    result.flat_map(|result| gates.reached(result)).copied().collect()
}

/// The gates of what its declared errors may hold.
pub(super) fn error_gates<'a>(gates: &Closure<'a>, method: &Method) -> Gates<'a> {
    let errors = method.errors.iter();
    errors.flat_map(|error| gates.reached(error)).copied().collect()
}

/// Whether the method is answered.
pub(super) fn is_request(method: &Method) -> bool {
    matches!(method.kind, MethodKind::ClientRequest | MethodKind::ServerRequest)
}

/// The methods of a service that this side sends, in order.
pub(super) fn sent_by<'a>(
    protocol: &'a Protocol,
    service: &'a Service,
    side: Side,
) -> Vec<(&'a str, &'a Method)> {
    let methods = service
        .methods
        .iter()
        .map(|name| (name.as_str(), &protocol.methods[name]));
    methods.filter(|(_, method)| sender(method) == side).collect()
}

/// The type of the params; none where the method has none.
pub(super) fn params_type(protocol: &Protocol, method: &Method) -> Option<String> {
    method.params.as_ref().map(|params| definition(protocol, params))
}

/// The type of the result.
pub(super) fn result_type(protocol: &Protocol, method: &Method) -> String {
    method
        .result
        .as_ref()
        .map_or_else(|| "()".to_owned(), |result| definition(protocol, result))
}

/// The type of what a handler may answer instead of a result; none where the method declares no errors.
pub(super) fn error_type(method: &Method) -> Option<String> {
    (!method.errors.is_empty()).then(|| format!("crate::errors::{}Error", method.title))
}

/// The type of a definition.
pub(super) fn definition(protocol: &Protocol, name: &DefName) -> String {
    let rust = &protocol.definitions[name].rust;
    match name.namespace() {
        Some(namespace) => format!("crate::{}::{rust}", namespace_path(namespace)),
        None => format!("crate::{rust}"),
    }
}

/// The comment and attributes of what stands for a method.
pub(super) fn method_head(code: &mut Code, name: &str, method: &Method) {
    code.docs(&method.docs);
    if !method.docs.is_empty() {
        code.docs("\n");
    }
    code.docs(&format!("Method `{name}`."));
    if let Some(gate) = &method.marks.gate {
        code.docs(&format!("Only with the gate `{}` open.", gate.name));
    }
    if let Some(reason) = &method.marks.deprecated {
        line!(code, "#[deprecated(note = {})]", quoted(reason));
    }
}

/// The Rust type or variant of a method.
pub(super) fn type_name(method: &Method) -> String {
    names::rust_ident(&method.title)
}

/// The Rust function of a method or service.
pub(super) fn function(rust: &str) -> String {
    names::rust_ident(rust)
}

/// In full, for a method may be called `some` or `none`.
pub(super) fn option(text: Option<&str>) -> String {
    match text {
        Some(text) => format!("::core::option::Option::Some({})", quoted(text)),
        None => "::core::option::Option::None".to_owned(),
    }
}
