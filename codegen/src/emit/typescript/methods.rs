//! `methods.ts` and `errors.ts`: what a typed client needs to know of methods.
//!
//! In: the methods and declared errors of the model. Out: maps by wire string, and the messages as unions.

use super::comment::{Comment, delivery_text};
use super::module::{Module, literal};
use crate::emit::EmitOptions;
use crate::ir::{DefName, Method, MethodKind, Protocol, Shape, Visibility};

/// `methods.ts`.
pub(super) fn methods(protocol: &Protocol, options: &EmitOptions) -> String {
    let mut module = Module::root(protocol);
    let mut body = String::new();
    for kind in KINDS {
        body += &map(&mut module, kind);
    }
    for kind in KINDS {
        body += &union(&mut module, kind);
    }
    module.finish(&options.note(None), body.trim_start())
}

/// `errors.ts`; none where no error is declared.
pub(super) fn errors(protocol: &Protocol, options: &EmitOptions) -> Option<String> {
    let declared: Vec<_> = super::visible_definitions(protocol)
        .filter_map(|(name, definition)| match &definition.shape {
            Shape::Error { code, data } => Some((name, definition, *code, data)),
            _ => None,
        })
        .collect();
    if declared.is_empty() {
        return None;
    }
    let mut module = Module::root(protocol);
    let mut body =
        String::from("/** The JSON-RPC codes of the declared errors. */\nexport const errorCodes = {\n");
    for (name, definition, code, _) in &declared {
        let comment = Comment::marked(&definition.docs, &definition.marks, protocol);
        body += &format!("{}  {}: {code},\n", comment.before(1), name.name());
    }
    body += "} as const;\n\n/** The declared errors as they stand in a response, by name. */\nexport interface DeclaredErrors {\n";
    for (name, _, code, data) in &declared {
        let data = if data.is_empty() {
            "data?: undefined".to_owned()
        } else {
            format!("data: {}", module.name(name))
        };
        body += &format!(
            "  {}: {{ code: {code}; message: string; {data} }};\n",
            name.name()
        );
    }
    body += "}\n\n/** The errors that methods declare. Any method can answer with others too. */\nexport interface MethodErrors {\n";
    for (wire, method) in visible_methods(protocol) {
        if !method.errors.is_empty() {
            let errors: Vec<_> = method.errors.iter().map(declared_error).collect();
            body += &format!("  {}:{};\n", literal(wire), arms(&errors));
        }
    }
    body += "}\n";
    Some(module.finish(&options.note(None), &body))
}

/// The longest type that stays on the line of its member.
const LINE: usize = 80;

const KINDS: [MethodKind; 4] = [
    MethodKind::ClientRequest,
    MethodKind::ServerRequest,
    MethodKind::ClientNotification,
    MethodKind::ServerNotification,
];

fn declared_error(name: &DefName) -> String {
    format!("DeclaredErrors[{}]", literal(name.name()))
}

/// The interface of one kind: `{ "thread/start": { params: ThreadStartParams; result: ThreadStartResponse } }`.
fn map(module: &mut Module<'_>, kind: MethodKind) -> String {
    let (name, about) = match kind {
        MethodKind::ClientRequest => (
            "ClientRequests",
            "Requests that a client sends and the server answers.",
        ),
        MethodKind::ServerRequest => (
            "ServerRequests",
            "Requests that the server sends and a client answers.",
        ),
        MethodKind::ClientNotification => ("ClientNotifications", "Notifications that a client sends."),
        MethodKind::ServerNotification => ("ServerNotifications", "Notifications that the server sends."),
    };
    let mut text = format!("\n/** {about} */\nexport interface {name} {{\n");
    for (wire, method) in of_kind(module.protocol, kind) {
        let mut comment = Comment::marked(&method.docs, &method.marks, module.protocol);
        if let Some(delivery) = &method.delivery {
            comment.paragraph(&delivery_text(delivery));
        }
        let mut members = vec![params(module, method, "params: undefined")];
        match &method.result {
            Some(result) => members.push(format!("result: {}", module.name(result))),
            None if is_request(kind) => members.push("result: null".to_owned()),
            None => {}
        }
        text += &format!(
            "{}  {}: {};\n",
            comment.before(1),
            literal(wire),
            object(&members)
        );
    }
    text + "}\n"
}

/// The union of the messages of one kind.
fn union(module: &mut Module<'_>, kind: MethodKind) -> String {
    let (name, about) = match kind {
        MethodKind::ClientRequest => ("ClientRequest", "A request of a client."),
        MethodKind::ServerRequest => ("ServerRequest", "A request of the server."),
        MethodKind::ClientNotification => ("ClientNotification", "A notification of a client."),
        MethodKind::ServerNotification => ("ServerNotification", "A notification of the server."),
    };
    let strict = if module.protocol.envelope.strict {
        "jsonrpc: \"2.0\"; "
    } else {
        ""
    };
    let id = match &module.protocol.envelope.request_id {
        _ if !is_request(kind) => String::new(),
        Some(id) => format!("id: {}; ", module.name(id)),
        None => "id: string | number; ".to_owned(),
    };
    let arms: Vec<String> = of_kind(module.protocol, kind)
        .map(|(wire, method)| {
            let params = params(module, method, "params?: undefined");
            format!("\n  | {{ {strict}{id}method: {}; {params} }}", literal(wire))
        })
        .collect();
    let arms = if arms.is_empty() {
        " never".to_owned()
    } else {
        arms.concat()
    };
    format!("\n/** {about} */\nexport type {name} ={arms};\n")
}

/// The member `params`; `none` where there are none.
fn params<'a>(module: &mut Module<'a>, method: &'a Method, none: &str) -> String {
    match &method.params {
        None => none.to_owned(),
        Some(params) => {
            let optional = if method.params_optional { "?" } else { "" };
            format!("params{optional}: {}", module.name(params))
        }
    }
}

/// An object type as the value of a member, over several lines where one is too long.
fn object(members: &[String]) -> String {
    let line = members.join("; ");
    if line.len() <= LINE {
        format!("{{ {line} }}")
    } else {
        format!("{{\n    {};\n  }}", members.join(";\n    "))
    }
}

/// A union as the type of a member, over several lines where one is too long; begins with a space or a line break.
fn arms(types: &[String]) -> String {
    let line = types.join(" | ");
    if line.len() <= LINE {
        format!(" {line}")
    } else {
        format!("\n    | {}", types.join("\n    | "))
    }
}

fn is_request(kind: MethodKind) -> bool {
    matches!(kind, MethodKind::ClientRequest | MethodKind::ServerRequest)
}

fn of_kind(protocol: &Protocol, kind: MethodKind) -> impl Iterator<Item = (&String, &Method)> {
    visible_methods(protocol).filter(move |(_, method)| method.kind == kind)
}

fn visible_methods(protocol: &Protocol) -> impl Iterator<Item = (&String, &Method)> {
    protocol
        .methods
        .iter()
        .filter(|(_, method)| method.marks.visibility != Visibility::OnlyRust)
}
