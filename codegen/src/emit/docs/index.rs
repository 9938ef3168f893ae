//! `README.md`: the index of the reference.
//!
//! In: the model. Out: what the protocol is, how a connection begins, its gates, methods, errors and definitions.

use super::link::{Page, gate_anchor};
use super::table::{notes, summary, table};
use super::{has_page, method, methods, paragraph, services, title};
use crate::emit::EmitOptions;
use crate::ir::{Protocol, Shape, Visibility};

/// The index.
pub(super) fn index(page: &Page<'_>, options: &EmitOptions) -> String {
    let protocol = page.protocol;
    let mut text = format!(
        "<!-- {} -->\n\n# {} {}\n\n{}",
        options.note(None),
        protocol.name,
        protocol.version,
        paragraph(&protocol.docs)
    );
    text += &connection(page);
    text += &gates(protocol);
    text += "## Methods\n\n";
    for module in &protocol.modules {
        for (name, service) in services(protocol, module) {
            text += &format!(
                "### {}\n\n{}",
                page.file(name, &module.file),
                paragraph(&summary(&service.docs))
            );
            let rows: Vec<_> = methods(protocol, service)
                .map(|(wire, method)| {
                    let to = method.delivery.as_ref().map(method::delivery);
                    let mut what = notes(page, &method.marks);
                    what.push(summary(&method.docs));
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
        if let Some(completes) = &handshake.completes {
            first += &format!(" and is ready after {}", page.method(completes));
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
    format!("## Connection\n\n{}\n\n", sentences.join(" "))
}

fn gates(protocol: &Protocol) -> String {
    let rows: Vec<_> = protocol
        .gates
        .iter()
        .map(|(name, gate)| {
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
            let mut reason = gate.reason.clone();
            if let Some(owner) = &gate.owner {
                reason += &format!("; {owner} decides");
            }
            if let Some(date) = &gate.decide_by {
                reason += &format!("; decided by {date}");
            }
            vec![
                format!("<a id=\"{}\"></a>`{name}`", gate_anchor(name)),
                how,
                reason,
                gate.docs.clone(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "## Gates\n\nA connection sees and may use these parts only when it opted in during the handshake.\n\n{}",
        table(&["Gate", "Opt in by", "Reason", "What it covers"], &rows)
    )
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
                summary(&definition.docs),
                by.join(", "),
            ])
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "## Errors\n\n{}",
        table(&["Error", "Code", "Meaning", "Declared by"], &rows)
    )
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
