//! Lists whose faulty elements do not hide the others.
//!
//! In: the tokens between two brackets. Out: the elements that could be read; what is wrong with the others, or with
//! what separates them, is reported.

use syn::Token;
use syn::buffer::Cursor;
use syn::parse::ParseStream;

use super::reader::{Parsed, Reader};
use crate::ast::Name;
use crate::diagnostics::Diagnostic;
use crate::rules;

/// How an element of a list ends.
pub(super) enum Ends {
    /// With a comma, or with the list.
    Comma,
    /// With a `;` or bracket of its own, which has been read.
    Itself,
}

/// Reads elements called `what` until `input` ends.
pub(super) fn elements(
    r: &Reader,
    input: ParseStream,
    what: &str,
    mut element: impl FnMut() -> Parsed<Ends>,
) {
    while !input.is_empty() {
        let start = input.cursor();
        match element() {
            Ok(Ends::Itself) => {
                r.has::<Token![,]>(input);
            }
            Ok(Ends::Comma) => separator(r, input, start, what),
            Err(_) => {
                skip_element(r, input, start);
                r.pass_docs(input);
            }
        }
    }
}

/// Reads values separated by commas until `input` ends.
pub(super) fn commas<T>(
    r: &Reader,
    input: ParseStream,
    what: &str,
    mut element: impl FnMut() -> Parsed<T>,
) -> Vec<T> {
    let mut list = Vec::new();
    elements(r, input, what, || {
        list.push(element()?);
        Ok(Ends::Comma)
    });
    list
}

/// Takes the comma after the element that begins at `start`.
fn separator(r: &Reader, input: ParseStream, start: Cursor, what: &str) {
    if input.is_empty() || r.has::<Token![,]>(input) {
        return;
    }
    let here = r.here(input);
    if input.peek(Token![;]) {
        r.report(
            Diagnostic::new(&rules::SYNTAX, here, format!("`;` after a {what}"))
                .label("expected `,`")
                .help(format!("{what}s are separated by `,`")),
        );
        r.has::<Token![;]>(input);
    } else if r.begins_line(input) {
        r.missing(
            input,
            "`,`",
            &format!("a {what}"),
            &format!("{what}s are separated by `,`"),
        );
    } else {
        let help = match input.peek(Token![:]) && input.peek2(Token![=]) {
            true => "a default follows `=`: `name: T = value`".to_owned(),
            false => format!("{what}s are separated by `,`"),
        };
        r.expected_help(input, "`,`", help);
        skip_element(r, input, start);
    }
}

/// Skips what is left of the element that begins at `start`, and the comma after it.
fn skip_element(r: &Reader, input: ParseStream, start: Cursor) {
    // Commas between angle brackets belong to the element.
    let mut angles = 0usize;
    let mut at = start;
    let mut moved = start < input.cursor();
    let mut dash = false;
    while let Some((token, next)) = at.token_tree() {
        let passed = at < input.cursor();
        if let proc_macro2::TokenTree::Punct(punct) = &token {
            match punct.as_char() {
                '<' => angles += 1,
                '>' if !dash => angles = angles.saturating_sub(1),
                ',' | ';' if !passed && angles == 0 => {
                    r.skip(input);
                    return;
                }
                _ => {}
            }
            dash = matches!(punct.as_char(), '-' | '=');
        } else {
            dash = false;
        }
        // A comma was forgotten where a line begins with a mark, or with the name of a field or member.
        if !passed && moved && r.begins_line(input) && begins_element(r, input) {
            return;
        }
        if !passed {
            r.skip(input);
            moved = true;
        }
        at = next;
    }
}

/// Whether what comes next looks like the begin of a field, member or method.
fn begins_element(r: &Reader, input: ParseStream) -> bool {
    use super::kw;
    input.peek(Token![@])
        || ((input.peek(syn::LitStr)
            || r.source(r.here(input))
                .starts_with(|c: char| c.is_alphabetic() || c == '_'))
            && (input.peek2(Token![:]) || input.peek2(Token![?])))
        || ((input.peek(kw::client) || input.peek(kw::server))
            && (input.peek2(kw::request) || input.peek2(kw::notification)))
}

/// `reserved "a", "b";`, with the word already seen to come next.
pub(super) fn reserved(r: &Reader, input: ParseStream) -> Parsed<Vec<Name>> {
    use super::kw;
    r.expect::<kw::reserved>(input, "`reserved`")?;
    let mut names = vec![r.string(input, "a name in quotes")?];
    while r.has::<Token![,]>(input) {
        if input.peek(Token![;]) {
            break;
        }
        names.push(r.string(input, "a name in quotes")?);
    }
    if !r.has::<Token![;]>(input) {
        r.missing(input, "`;`", "a reserved name", "a `reserved` line ends with `;`");
    }
    Ok(names)
}

/// Whether a `reserved` line comes next, and not something of that name.
pub(super) fn is_reserved(r: &Reader, input: ParseStream) -> bool {
    use super::kw;
    r.begins_with(input, "reserved") && input.peek(kw::reserved) && input.peek2(syn::LitStr)
}
