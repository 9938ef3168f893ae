//! `protocol`, `handshake` and `envelope`.
//!
//! In: the tree. Out: reports of versions that are none, of handshake methods that cannot be, and of forgotten entries.

use super::paths;
use super::types;
use crate::ast::{MethodKind, Name, Path};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resolve::{Handshake, Method, Resolved, Type, TypeKind};
use crate::rules;
use crate::source::Span;

/// Reports them.
pub(super) fn check(resolved: &Resolved, out: &mut Diagnostics) {
    version(&resolved.protocol.version, "the protocol", out);
    if let Some(handshake) = &resolved.handshake {
        methods(resolved, handshake, out);
    }
    if let Some(envelope) = &resolved.envelope
        && envelope.message.is_none()
    {
        missing(envelope.span, "the envelope", "message", "message: Message", out);
    }
}

/// The request that opens a connection.
pub(super) fn opening(resolved: &Resolved) -> Option<&Method> {
    let opens = resolved.handshake.as_ref()?.declared.opens.as_ref()?;
    find(resolved, opens)
}

/// Reports a version that is not of the form `1.2.3`, with what Semantic Versioning allows after it.
pub(super) fn version(version: &Name, whose: &str, out: &mut Diagnostics) {
    if let Err(error) = semver::Version::parse(&version.text) {
        out.push(
            Diagnostic::new(
                &rules::INVALID_VERSION,
                version.span,
                format!("`{}` is no version of {whose}", version.text),
            )
            .label(error.to_string())
            .help("write three numbers, as Semantic Versioning has them: `1.2.3`"),
        );
    }
}

/// Reports an entry that a block must have.
pub(super) fn missing(block: Span, whose: &str, entry: &str, example: &str, out: &mut Diagnostics) {
    out.push(
        Diagnostic::new(&rules::MISSING_ENTRY, block, format!("{whose} has no `{entry}`"))
            .label("not complete")
            .help(format!("add `{example}`")),
    );
}

fn find<'a>(resolved: &'a Resolved, name: &Name) -> Option<&'a Method> {
    resolved
        .methods
        .iter()
        .find(|method| method.name.text == name.text)
}

fn methods(resolved: &Resolved, handshake: &Handshake, out: &mut Diagnostics) {
    let declared = &handshake.declared;
    match &declared.opens {
        None => missing(
            handshake.span,
            "the handshake",
            "opens",
            "opens: \"initialize\"",
            out,
        ),
        Some(opens) => kind(
            resolved,
            opens,
            MethodKind::ClientRequest,
            "a request of the client",
            out,
        ),
    }
    if let Some(completes) = &declared.completes {
        let expected = MethodKind::ClientNotification;
        kind(resolved, completes, expected, "a notification of the client", out);
    }
    let opening = opening(resolved).filter(|method| method.kind == MethodKind::ClientRequest);
    if let (Some(path), Some(opening)) = (&declared.opt_out, opening) {
        opt_out(resolved, path, opening, out);
    }
}

fn kind(resolved: &Resolved, name: &Name, expected: MethodKind, words: &str, out: &mut Diagnostics) {
    let Some(method) = find(resolved, name) else {
        let methods = resolved.methods.iter().filter(|method| method.kind == expected);
        let mut report = Diagnostic::new(
            &rules::HANDSHAKE_METHOD,
            name.span,
            format!("there is no method `{}`", name.text),
        )
        .label(format!("must be {words}"));
        if let Some(near) =
            crate::suggest::nearest(&name.text, methods.map(|method| method.name.text.as_str()))
        {
            report = report.help(format!("did you mean `{near}`?"));
        }
        out.push(report);
        return;
    };
    if method.kind != expected {
        out.push(
            Diagnostic::new(
                &rules::HANDSHAKE_METHOD,
                name.span,
                format!("`{}` cannot be part of the handshake", name.text),
            )
            .label(format!("must be {words}"))
            .note_at(method.span, "declared here"),
        );
        return;
    }
    if let Some(gate) = &method.marks.gate {
        out.push(
            Diagnostic::new(
                &rules::GATED_HANDSHAKE,
                gate.span,
                format!(
                    "`{}` is part of the handshake and cannot be gated",
                    method.name.text
                ),
            )
            .label("no gate is open before the handshake")
            .note_at(name.span, "part of the handshake here")
            .help("remove the gate"),
        );
    }
}

fn opt_out(resolved: &Resolved, path: &Path, opening: &Method, out: &mut Diagnostics) {
    match paths::follow(resolved, path, &[("params", opening.params.as_ref())]) {
        Err(report) => out.push(report),
        Ok(place) if is_list_of_strings(resolved, place.ty) => {}
        Ok(place) => out.push(
            Diagnostic::new(
                &rules::PATH_TYPE,
                path.span,
                format!("`{}` is no list of strings", paths::dotted(&path.segments)),
            )
            .label(format!("`{}`", types::spelled(resolved, place.ty)))
            .note_at(place.ty.span, "declared here")
            .help("name a field of type `list<string>`"),
        ),
    }
}

/// Whether every value of `ty` is a list of strings.
pub(super) fn is_list_of_strings(resolved: &Resolved, ty: &Type) -> bool {
    match &types::unaliased(resolved, ty).kind {
        TypeKind::List(inner) => types::is_string(resolved, inner),
        _ => false,
    }
}
