//! The section of one method.
//!
//! In: a method. Out: what it does, its params, result and errors, and how it is delivered and ordered.

use super::link::{Page, method_anchor};
use super::table::{notes, summary};
use super::{definition, exchange};
use crate::ir::{DefName, Delivery, Method, MethodKind, Shape};

/// The section.
pub(super) fn section(page: &Page<'_>, wire: &str, method: &Method) -> String {
    let mut text = format!("\n<a id=\"{}\"></a>\n\n### `{wire}`\n\n", method_anchor(wire));
    let mut lead = vec![format!("_{}._", kind(method.kind))];
    lead.extend(notes(page, &method.marks));
    text += &format!("{}\n\n", lead.join(" "));
    text += &page.paragraph(&method.docs);
    text += &part(page, "Params", method.params.as_ref(), "none");
    if matches!(method.kind, MethodKind::ClientRequest | MethodKind::ServerRequest) {
        text += &part(page, "Result", method.result.as_ref(), "`null`");
    }
    if matches!(method.kind, MethodKind::ClientRequest | MethodKind::ServerRequest) {
        text += &errors(page, method);
    }
    let behaviour = behaviour(method);
    if !behaviour.is_empty() {
        text += &format!("**Behaviour:** {}\n\n", behaviour.join(" "));
    }
    text += &exchange::part(page, wire);
    text.truncate(text.trim_end().len());
    text + "\n"
}

/// Who sends a method, and whether it is answered.
pub(super) fn kind(kind: MethodKind) -> &'static str {
    match kind {
        MethodKind::ClientRequest => "Client request",
        MethodKind::ServerRequest => "Server request",
        MethodKind::ClientNotification => "Client notification",
        MethodKind::ServerNotification => "Server notification",
    }
}

/// Whom the server sends to, in a few words.
pub(super) fn delivery(delivery: &Delivery) -> String {
    match delivery {
        Delivery::All => "all connections".to_owned(),
        Delivery::Caller => "the connection that caused it".to_owned(),
        Delivery::Topic { path } => format!("subscribers of `{}`", path.join(".")),
    }
}

fn part(page: &Page<'_>, label: &str, name: Option<&DefName>, none: &str) -> String {
    let Some(name) = name else {
        return format!("**{label}:** {none}.\n\n");
    };
    match page.protocol.definitions.get(name) {
        Some(definition) if page.is_with_method(name) => {
            let anchor = super::link::definition_anchor(name);
            format!(
                "<a id=\"{anchor}\"></a>\n\n**{label}:** `{}`\n\n{}",
                name.name(),
                definition::body(page, definition)
            )
        }
        _ => format!("**{label}:** {}.\n\n", page.definition(name)),
    }
}

/// What programs must be ready for, beside what may happen to any request.
fn errors(page: &Page<'_>, method: &Method) -> String {
    if method.errors.is_empty() {
        return format!("**Errors:** {}.\n\n", page.general_errors("the general ones"));
    }
    let mut text = format!(
        "**Errors**, beside {}:\n\n",
        page.general_errors("the general ones")
    );
    for name in &method.errors {
        let Some(definition) = page.protocol.definitions.get(name) else {
            continue;
        };
        let code = match &definition.shape {
            Shape::Error { code, .. } => format!(" (`{code}`)"),
            _ => String::new(),
        };
        let summary = summary(&definition.docs);
        text += &format!("* {}{code}: {}\n", page.definition(name), page.prose(&summary));
    }
    text + "\n"
}

fn behaviour(method: &Method) -> Vec<String> {
    let place = |path: &[String]| format!("`{}`", path.join("."));
    let mut sentences = Vec::new();
    if let Some(to) = &method.delivery {
        sentences.push(format!("Sent to {}.", delivery(to)));
    }
    if method.lossy {
        sentences.push("Left out where a connection reads too slowly.".to_owned());
    }
    if let Some(path) = &method.order {
        let whose = if method.order_of_caller {
            "of this connection"
        } else {
            "of any connection"
        };
        sentences.push(format!(
            "Waits for earlier requests {whose} with the same {}, by whichever method that says this.",
            place(path)
        ));
    }
    if let Some(path) = &method.subscribes {
        sentences.push(format!("Subscribes the caller to {}.", place(path)));
    }
    if let Some(path) = &method.unsubscribes {
        sentences.push(format!("Ends the caller's subscription to {}.", place(path)));
    }
    if method.cancel {
        sentences.push("Stops when the caller disconnects.".to_owned());
    }
    if method.urgent {
        sentences.push("Taken even where the server is overloaded.".to_owned());
    }
    if let Some(path) = &method.resolves {
        sentences.push(format!(
            "Sent to those that were asked when the request of the server with the id {} wants no answer any more; whoever \
             gave the answer is not told.",
            place(path)
        ));
    }
    if let Some(path) = &method.missed {
        sentences.push(format!(
            "Sent to a slow reader that has missed as many notifications as {} says.",
            place(path)
        ));
    }
    sentences
}
