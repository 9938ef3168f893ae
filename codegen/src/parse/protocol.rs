//! Items about the protocol as a whole: `protocol`, `gate`, `handshake`, `envelope`, `foreign`.
//!
//! In: the tokens of such an item. Out: its tree.

use syn::Token;
use syn::parse::ParseStream;

use super::entries::{colon, entries};
use super::item::end_of_line;
use super::marks::docs_and_marks;
use super::reader::{Parsed, Reader};
use super::{kw, list};
use crate::ast::{Capability, Envelope, Foreign, ForeignName, Gate, Handshake, Openness, Path, Protocol};
use crate::diagnostics::Diagnostic;
use crate::rules;

/// `protocol Name version "0.1.0";`
pub(super) fn protocol(r: &Reader, input: ParseStream) -> Parsed<Protocol> {
    let name = r.name(input, "the name of the protocol")?;
    if !r.has::<kw::version>(input) {
        return Err(r.expected_help(
            input,
            "`version`",
            format!("write `protocol {} version \"0.1.0\";`", name.text),
        ));
    }
    let version = r.string(input, "a version in quotes")?;
    end_of_line(r, input);
    Ok(Protocol { name, version })
}

/// `gate name { .. }`
pub(super) fn gate(r: &Reader, input: ParseStream) -> Parsed<Gate> {
    let mut gate = Gate {
        name: r.name(input, "the name of the gate")?,
        capability: None,
        reason: None,
        owner: None,
        decide_by: None,
    };
    let content = &r.braces(input, "`{`")?;
    let known = ["capability", "reason", "owner", "decide_by"];
    entries(r, content, "a gate", &known, |entry| {
        colon(r, content, entry)?;
        match entry.text.as_str() {
            "capability" => gate.capability = Some(capability(r, content)?),
            "reason" => gate.reason = Some(r.string(content, "a reason in quotes")?),
            "owner" => gate.owner = Some(r.string(content, "a name in quotes")?),
            _ => gate.decide_by = Some(r.string(content, "a date in quotes")?),
        }
        Ok(())
    });
    Ok(gate)
}

fn capability(r: &Reader, input: ParseStream) -> Parsed<Capability> {
    let member = r.take_string(input);
    if member.is_some() && !r.has::<Token![in]>(input) {
        return Err(r.expected_help(
            input,
            "`in`",
            "write `\"name\" in params.capabilities` for a list, `params.capabilities.name` for a boolean",
        ));
    }
    Ok(Capability {
        member,
        path: path(r, input)?,
    })
}

/// `handshake { .. }`
pub(super) fn handshake(r: &Reader, input: ParseStream) -> Parsed<Handshake> {
    let mut handshake = Handshake {
        opens: None,
        completes: None,
        opt_out: None,
    };
    let content = &r.braces(input, "`{`")?;
    let known = ["opens", "completes", "optOut"];
    entries(r, content, "a handshake", &known, |entry| {
        colon(r, content, entry)?;
        match entry.text.as_str() {
            "opens" => handshake.opens = Some(r.string(content, "a method in quotes")?),
            "completes" => handshake.completes = Some(r.string(content, "a method in quotes")?),
            _ => handshake.opt_out = Some(path(r, content)?),
        }
        Ok(())
    });
    Ok(handshake)
}

/// `envelope { .. }`
pub(super) fn envelope(r: &Reader, input: ParseStream) -> Parsed<Envelope> {
    let mut envelope = Envelope {
        message: None,
        jsonrpc: None,
    };
    let content = &r.braces(input, "`{`")?;
    entries(r, content, "an envelope", &["message", "jsonrpc"], |entry| {
        colon(r, content, entry)?;
        if entry.text == "message" {
            envelope.message = Some(r.name(content, "the name of a definition")?);
            return Ok(());
        }
        let version = r.string(content, "`\"2.0\"`")?;
        if version.text != "2.0" {
            r.report(
                Diagnostic::new(
                    &rules::SYNTAX,
                    version.span,
                    format!("JSON-RPC `{}` is not supported", version.text),
                )
                .label("expected `\"2.0\"`")
                .help("write `jsonrpc: \"2.0\"`, or leave the entry out where messages carry no such member"),
            );
        }
        envelope.jsonrpc = Some(version);
        Ok(())
    });
    Ok(envelope)
}

/// `foreign "path" as alias { .. }`
pub(super) fn foreign(r: &Reader, input: ParseStream) -> Parsed<Foreign> {
    let path = r.string(input, "the path of a JSON Schema in quotes")?;
    if !r.has::<Token![as]>(input) {
        return Err(r.expected_help(
            input,
            "`as`",
            "name the schema: `foreign \"path\" as name { .. }`",
        ));
    }
    let alias = r.name(input, "a name for the schema")?;
    let content = &r.braces(input, "`{`")?;
    let names = list::commas(r, content, "name", || {
        let (docs, marks) = docs_and_marks(r, content);
        let qualifies = content.peek2(syn::Ident);
        let openness = if !qualifies {
            None
        } else if let Some(span) = r.take::<kw::open>(content) {
            Some((Openness::Open, span))
        } else {
            r.take::<kw::closed>(content).map(|span| (Openness::Closed, span))
        };
        let name = r.name(content, "the name of a definition")?;
        let alias = match r.take::<Token![as]>(content) {
            Some(_) => Some(r.name(content, "another name for it")?),
            None => None,
        };
        Ok(ForeignName {
            docs,
            marks,
            openness,
            name,
            alias,
        })
    });
    Ok(Foreign { path, alias, names })
}

/// `params.threadId`, `result.thread.id`
pub(super) fn path(r: &Reader, input: ParseStream) -> Parsed<Path> {
    let help = "a place in a message begins with `params` or `result`: `params.threadId`";
    let Some(root) = r.take_name(input) else {
        return Err(r.expected_help(input, "`params` or `result`", help));
    };
    if !matches!(root.text.as_str(), "params" | "result") {
        let found = format!("expected `params` or `result`, found `{}`", root.text);
        return Err(r.report(
            Diagnostic::new(&rules::SYNTAX, root.span, found)
                .label("expected `params` or `result`")
                .help(help),
        ));
    }
    let start = root.span;
    let mut segments = vec![root];
    while r.has::<Token![.]>(input) {
        segments.push(r.wire_name(input, "the name of a member")?);
    }
    Ok(Path {
        segments,
        span: r.since(start, input),
    })
}
