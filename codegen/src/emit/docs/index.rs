//! `README.md`: the index of the reference.
//!
//! In: the model. Out: what the protocol is, how a connection begins, how to read the pages, and the protocol's gates, methods,
//! errors and definitions.

use super::gates::gates;
use super::link::{GENERAL_ERRORS, Page};
use super::reading::reading;
use super::table::{notes, summary, table};
use super::{has_page, method, methods, services, title};
use crate::emit::EmitOptions;
use crate::ir::{Delivery, Method, MethodKind, Shape, Visibility};

/// What any request may be answered with, as the runtime does. Codes are those of JSON-RPC 2.0, and one of its range for
/// servers.
const GENERAL: &[(i32, &str)] = &[
    (
        -32700,
        "The text is not JSON. The `id` of the error is null, as in every error about a message whose `id` could not be read.",
    ),
    (
        -32600,
        "The request cannot be served as things stand: it comes before the handshake or repeats it, needs a gate that this \
         connection has not opened (`<what> requires <capability> capability`; `data` has the `gate` and the `path` of what \
         needs it), is too long, or is no request at all.",
    ),
    (-32601, "There is no such method."),
    (
        -32602,
        "The params do not fit; the message names the place, what was expected and what was found, and so does `data` by \
         `path`, `expected` and `found`.",
    ),
    (
        -32603,
        "The other side failed in a way that the caller cannot mend.",
    ),
    (
        -32001,
        "The other side has too much to do, or is about to end. Nothing was done; try again later, after `data.retryAfterMs` \
         milliseconds where it says so.",
    ),
];

/// What comes after what on a connection, as the runtime has it.
const COURSE: &str = "A side may send requests without waiting for answers. They are served at the same time, and each is answered when it is \
     done, so answers may come in another order; the `id` says what is answered. Where a method waits for others, they run \
     one after the other in the order in which they came. Everything else that one side sends arrives in the order in \
     which it was sent. Notifications are not answered, not even where they are malformed.";

/// The index.
pub(super) fn index(page: &Page<'_>, options: &EmitOptions) -> String {
    let protocol = page.protocol;
    let mut text = format!(
        "<!-- {} -->\n\n# {} {}\n\n{}",
        options.note(None),
        protocol.name,
        protocol.version,
        page.paragraph(&protocol.docs)
    );
    text += &connection(page);
    text += &reading(protocol);
    text += &gates(page);
    text += "## Methods\n\n";
    for module in &protocol.modules {
        for (name, service) in services(protocol, module) {
            text += &format!(
                "### {}\n\n{}",
                page.file(name, &module.file),
                page.paragraph(&summary(&service.docs))
            );
            let rows: Vec<_> = methods(protocol, service)
                .map(|(wire, method)| {
                    let to = method.delivery.as_ref().map(method::delivery);
                    let mut what = notes(page, &method.marks);
                    what.push(page.prose(&summary(&method.docs)).into_owned());
                    vec![
                        page.method(wire),
                        method::kind(method.kind).to_owned(),
                        to.unwrap_or_default(),
                        what.join(" "),
                    ]
                })
                .collect();
            text += &table(&["Method", "Kind", "Sent to", "What it does"], &rows);
        }
    }
    text += &errors(page);
    text += &definitions(page);
    text.truncate(text.trim_end().len());
    text + "\n"
}

fn connection(page: &Page<'_>) -> String {
    let protocol = page.protocol;
    let mut sentences = Vec::new();
    if let Some(handshake) = &protocol.handshake {
        let mut first = format!("A connection begins with {}", page.method(&handshake.opens));
        first += ", which comes first and only once";
        if let Some(completes) = &handshake.completes {
            first += &format!(
                "; when it is answered, the client sends {}",
                page.method(completes)
            );
        }
        sentences.push(format!("{first}."));
        if let Some(path) = &handshake.opt_out {
            sentences.push(format!(
                "A client lists the notifications that it does not want in `params.{}`.",
                path.join(".")
            ));
        }
    }
    sentences.push(if protocol.envelope.strict {
        "Messages are JSON-RPC 2.0; each carries `\"jsonrpc\": \"2.0\"`.".to_owned()
    } else {
        "Messages are JSON-RPC 2.0 without the member `jsonrpc`, which is ignored when it is there."
            .to_owned()
    });
    if let Some(message) = &protocol.envelope.message {
        sentences.push(format!("Their shape is {}.", page.definition(message)));
    }
    let mut text = format!("## Connection\n\n{}\n\n{COURSE}\n\n", sentences.join(" "));
    text += &topics(page);
    text
}

/// How a connection comes to receive what goes to the subscribers of a topic.
fn topics(page: &Page<'_>) -> String {
    let that = |subscribes: fn(&Method) -> bool| -> Vec<String> {
        let methods = page.protocol.methods.iter();
        methods
            .filter(|(_, method)| subscribes(method) && method.marks.visibility != Visibility::OnlyRust)
            .map(|(wire, _)| page.method(wire))
            .collect()
    };
    let begin = that(|method| method.subscribes.is_some());
    let end = that(|method| method.unsubscribes.is_some());
    if begin.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "What is sent to the subscribers of a topic reaches a connection that subscribed to it by {}",
        begin.join(", ")
    );
    if !end.is_empty() {
        text += &format!(", until it ends that by {}", end.join(", "));
    }
    text += ".\n\n";
    let asks = |method: &Method| {
        method.kind == MethodKind::ServerRequest && matches!(method.delivery, Some(Delivery::Topic { .. }))
    };
    if page.protocol.methods.values().any(asks) {
        text += "A request to the subscribers of a topic is settled by the first answer, an error included. A client that cannot \
                 serve it answers `-32601`, which leaves it to the others while there are any. Requests that are still open are \
                 sent again, with their ids, to whoever subscribes later.\n\n";
    }
    text
}

fn errors(page: &Page<'_>) -> String {
    let protocol = page.protocol;
    let rows: Vec<_> = protocol
        .definitions
        .iter()
        .filter(|(_, definition)| definition.marks.visibility != Visibility::OnlyRust)
        .filter_map(|(name, definition)| {
            let Shape::Error { code, .. } = &definition.shape else {
                return None;
            };
            let by: Vec<_> = protocol
                .methods
                .iter()
                .filter(|(_, method)| method.errors.contains(name))
                .map(|(wire, _)| page.method(wire))
                .collect();
            Some(vec![
                page.definition(name),
                format!("`{code}`"),
                page.prose(&summary(&definition.docs)).into_owned(),
                by.join(", "),
            ])
        })
        .collect();
    let general: Vec<_> = GENERAL
        .iter()
        .map(|(code, meaning)| vec![format!("`{code}`"), (*meaning).to_owned()])
        .collect();
    let mut text = format!(
        "## Errors\n\nAn error has a `code`, a `message` for people, whose wording may change, and `data` where a method declares \
         it.\n\n<a id=\"{GENERAL_ERRORS}\"></a>\n\nAny request may be answered with one of these:\n\n{}",
        table(&["Code", "Meaning"], &general)
    );
    if !rows.is_empty() {
        text += &format!(
            "These are answered by the methods that declare them:\n\n{}",
            table(&["Error", "Code", "Meaning", "Declared by"], &rows)
        );
    }
    text
}

/// Every definition by page, and every page.
fn definitions(page: &Page<'_>) -> String {
    let protocol = page.protocol;
    let mut text = String::from("## Definitions\n\n");
    for module in protocol
        .modules
        .iter()
        .filter(|module| has_page(protocol, module))
    {
        let names: Vec<_> = super::definitions(protocol, module)
            .map(|(name, _)| page.definition(name))
            .collect();
        if !names.is_empty() {
            let label = page.file(&title(protocol, module), &module.file);
            text += &format!("* {label}: {}\n", names.join(", "));
        }
    }
    text
}
