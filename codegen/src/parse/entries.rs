//! Blocks of `name: value` entries.
//!
//! In: the tokens between the braces of a gate, handshake, envelope or method. Out: each entry once; unknown ones and
//! second ones are reported.

use syn::Token;
use syn::parse::ParseStream;

use super::list::{self, Ends};
use super::reader::{Parsed, Reader};
use crate::ast::Name;
use crate::diagnostics::Diagnostic;
use crate::rules;
use crate::source::Span;
use crate::suggest::nearest;

/// Reads entries called one of `known` until `input` ends; `read` reads what follows the name.
pub(super) fn entries(
    r: &Reader,
    input: ParseStream,
    of: &str,
    known: &[&str],
    mut read: impl FnMut(&Name) -> Parsed<()>,
) {
    let mut seen: Vec<Name> = Vec::new();
    list::elements(r, input, "entry", || {
        let name = r.name(input, "an entry")?;
        if !known.contains(&name.text.as_str()) {
            return Err(r.report(unknown(&name, of, known)));
        }
        if let Some(first) = seen.iter().find(|seen| seen.text == name.text) {
            r.report(duplicate(&name, Some(first.span)));
        }
        read(&name)?;
        seen.push(name);
        Ok(Ends::Comma)
    });
}

/// Takes the `:` after the name of an entry.
pub(super) fn colon(r: &Reader, input: ParseStream, name: &Name) -> Parsed<()> {
    if r.has::<Token![:]>(input) {
        return Ok(());
    }
    Err(r.expected_help(input, "`:`", format!("write `{}: ..`", name.text)))
}

fn unknown(name: &Name, of: &str, known: &[&str]) -> Diagnostic {
    let help = match nearest(&name.text, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            let listed: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
            format!("{of} knows {}", listed.join(", "))
        }
    };
    Diagnostic::new(
        &rules::UNKNOWN_ENTRY,
        name.span,
        format!("{of} has no entry `{}`", name.text),
    )
    .label("unknown")
    .help(help)
}

/// A second entry of one name.
pub(super) fn duplicate(name: &Name, first: Option<Span>) -> Diagnostic {
    let fault = Diagnostic::new(
        &rules::DUPLICATE_ENTRY,
        name.span,
        format!("`{}` stands twice", name.text),
    )
    .label("second entry")
    .help("keep one of the two");
    match first {
        Some(first) => fault.note_at(first, "the first one"),
        None => fault,
    }
}
