//! Gates: how each is opened, and every part that is behind it.
//!
//! In: the model. Out: a section of the index.

use super::link::{Page, gate_anchor};
use super::table::table;
use crate::gates::{Closure, GatedPart, PartKind};
use crate::ir::{DefName, Gate, MethodKind, Protocol, Visibility};

/// The section; nothing where there are no gates.
pub(super) fn gates(page: &Page<'_>) -> String {
    let protocol = page.protocol;
    if protocol.gates.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "## Gates\n\nA connection sees and may use these parts only when it opted in during the handshake.\n\n",
    );
    let parts = Closure::new(protocol).parts();
    for (name, gate) in &protocol.gates {
        text += &format!("### <a id=\"{}\"></a>Gate `{name}`\n\n", gate_anchor(name));
        text += &page.paragraph(&gate.docs);
        text += &facts(protocol, gate);
        let rows: Vec<_> = parts
            .iter()
            .filter(|part| part.gate == name)
            .filter_map(|part| row(page, part))
            .collect();
        text += &table(&["Part", "On connections that did not opt in"], &rows);
    }
    text
}

fn facts(protocol: &Protocol, gate: &Gate) -> String {
    let place = format!("params.{}", gate.capability.path.join("."));
    let opens = protocol
        .handshake
        .as_ref()
        .map(|handshake| format!(" of `{}`", handshake.opens))
        .unwrap_or_default();
    let how = match &gate.capability.member {
        None => format!("`{place}: true`{opens}"),
        Some(member) => format!("`{member:?}` among `{place}`{opens}"),
    };
    let mut text = format!("* Opt in by: {how}\n* Reason: {}\n", gate.reason);
    if let Some(owner) = &gate.owner {
        text += &format!("* Owner: {owner}\n");
    }
    if let Some(date) = &gate.decide_by {
        text += &format!("* To be decided by: {date}\n");
    }
    text + "\n"
}

fn row(page: &Page<'_>, part: &GatedPart<'_>) -> Option<Vec<String>> {
    let protocol = page.protocol;
    let (marks, of) = match part.kind {
        PartKind::Method => (&protocol.methods.get(&part.what)?.marks, None),
        PartKind::Definition { name } => (&protocol.definitions.get(name)?.marks, Some(name)),
        PartKind::Field { of, field } => (&field.marks, Some(of)),
        PartKind::Member { of, marks } => (marks, Some(of)),
    };
    if marks.visibility == Visibility::OnlyRust {
        return None;
    }
    let effect = match part.kind {
        PartKind::Method => match protocol.methods.get(&part.what)?.kind {
            MethodKind::ClientRequest => "refused".to_owned(),
            MethodKind::ClientNotification => "ignored".to_owned(),
            MethodKind::ServerRequest | MethodKind::ServerNotification => "not sent".to_owned(),
        },
        PartKind::Definition { .. } => "never met".to_owned(),
        PartKind::Field { of, .. } => sides(protocol, of, "left out"),
        PartKind::Member { of, marks } => {
            let otherwise = marks.gate.as_ref().and_then(|gate| gate.otherwise.as_ref());
            let sent = match otherwise {
                Some(value) => format!("`{value}` in its place"),
                None => "left out with what cannot be without it".to_owned(),
            };
            sides(protocol, of, &sent)
        }
    };
    let part = match of {
        None => page.method(&part.what),
        Some(name) => format!("`{}` in {}", part.what, page.definition(name)),
    };
    Some(vec![part, effect])
}

/// What becomes of a part where a client uses it, and where the server does.
fn sides(protocol: &Protocol, of: &DefName, sent: &str) -> String {
    let Some(definition) = protocol.definitions.get(of) else {
        return String::new();
    };
    match (definition.inbound, definition.outbound) {
        (true, true) => format!("refused; {sent}"),
        (true, false) => "refused".to_owned(),
        _ => sent.to_owned(),
    }
}
