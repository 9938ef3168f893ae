//! Marks: `@gate(..)` and the like, before an item, field, member or method.
//!
//! In: the tokens before something. Out: `ast::Marks`. Where each mark makes sense is the business of `check`.

use syn::Token;
use syn::parse::ParseStream;

use super::literal;
use super::reader::{Parsed, Reader};
use crate::ast::{Allow, Docs, GateMark, Marks, Name};
use crate::diagnostics::Diagnostic;
use crate::rules;
use crate::source::Span;
use crate::suggest::nearest;

/// Every mark with its form.
const MARKS: &[(&str, &str)] = &[
    ("gate", "@gate(name)"),
    ("droppable", "@droppable"),
    ("deprecated", "@deprecated(\"reason\")"),
    ("since", "@since(\"1.2.0\")"),
    ("legacy", "@legacy"),
    ("omit", "@omit(json)"),
    ("only", "@only(rust)"),
    ("allow", "@allow(code, \"reason\")"),
];

/// The doc comment and the marks before something. Faults in them are reported, and do not hide what follows.
pub(super) fn docs_and_marks(r: &Reader, input: ParseStream) -> (Docs, Marks) {
    let docs = r.docs(input);
    let mut marks = Marks::default();
    loop {
        if input.peek(Token![@]) {
            let _ = mark(r, input, &mut marks);
        } else if input.peek(Token![#]) && (input.peek2(syn::token::Bracket) || input.peek2(Token![!])) {
            attribute(r, input);
        } else if input.peek(Token![#]) || (input.peek(Token![-]) && input.peek2(Token![-])) {
            comment(r, input);
        } else {
            return (docs, marks);
        }
        let late = r.docs(input);
        if let Some(span) = late.span {
            r.report(
                Diagnostic::new(&rules::MISPLACED_DOCS, span, "a doc comment after a mark")
                    .label("marks stand between the comment and what it documents")
                    .help("move the comment before the marks"),
            );
        }
    }
}

/// Refuses marks where nothing can have one.
pub(super) fn no_marks(r: &Reader, marks_at: Option<Span>, what: &str) {
    if let Some(span) = marks_at {
        r.report(
            Diagnostic::new(&rules::SYNTAX, span, format!("a mark before `{what}`"))
                .label("marks say who sees an item, method, field or member")
                .help("take it out"),
        );
    }
}

fn mark(r: &Reader, input: ParseStream, marks: &mut Marks) -> Parsed<()> {
    let at = r.expect::<Token![@]>(input, "`@`")?;
    if r.begins_line(input) {
        return Err(r.missing(
            input,
            "the name of a mark",
            "`@`",
            "write `@gate(name)`, `@legacy`, ..",
        ));
    }
    let name = r.name(input, "the name of a mark")?;
    let name_span = at.to(name.span);
    let duplicate = |first: Option<Span>| {
        if let Some(first) = first {
            r.report(
                Diagnostic::new(
                    &rules::DUPLICATE_MARK,
                    name_span,
                    format!("`@{}` stands twice before one thing", name.text),
                )
                .label("second mark")
                .note_at(first, "the first one")
                .help("keep one of the two"),
            );
        }
    };
    let plain = |slot: &mut Option<Span>| {
        duplicate(*slot);
        *slot = Some(name_span);
        no_arguments(r, input, &name)
    };
    match name.text.as_str() {
        "droppable" => plain(&mut marks.droppable)?,
        "legacy" => plain(&mut marks.legacy)?,
        "deprecated" => {
            let reason = one_string(r, input, &name)?;
            duplicate(marks.deprecated.as_ref().map(|first| first.span));
            marks.deprecated = Some(reason);
        }
        "since" => {
            let version = one_string(r, input, &name)?;
            duplicate(marks.since.as_ref().map(|first| first.span));
            marks.since = Some(version);
        }
        "omit" => {
            one_word(r, input, &name, "json")?;
            duplicate(marks.omit_json);
            marks.omit_json = Some(r.since(at, input));
        }
        "only" => {
            one_word(r, input, &name, "rust")?;
            duplicate(marks.only_rust);
            marks.only_rust = Some(r.since(at, input));
        }
        "gate" => {
            let mut gate = gate(r, input, &name)?;
            gate.span = r.since(at, input);
            duplicate(marks.gate.as_ref().map(|first| first.span));
            marks.gate = Some(Box::new(gate));
        }
        "allow" => marks.allow.push(allow(r, input, &name)?),
        _ => {
            if input.peek(syn::token::Paren) {
                r.skip(input);
            }
            unknown(r, &name, name_span);
        }
    }
    Ok(())
}

fn unknown(r: &Reader, name: &Name, span: Span) {
    let known = MARKS.iter().map(|(known, _)| *known);
    let fault = Diagnostic::new(
        &rules::UNKNOWN_MARK,
        span,
        format!("unknown mark `@{}`", name.text),
    )
    .label("not a mark of this language");
    let listed = MARKS
        .iter()
        .map(|(mark, _)| format!("`@{mark}`"))
        .collect::<Vec<_>>()
        .join(", ");
    r.report(match nearest(&name.text, known) {
        Some(meant) => fault.help(format!("did you mean `@{meant}`?")),
        None => {
            match name.text.as_str() {
                "experimental" | "unstable" | "beta" | "preview" | "feature" => {
                    fault.help("declare a `gate`, and mark with `@gate(name)` what it covers")
                }
                "optional" | "default" | "nullable" | "required" => fault
                    .help("presence is part of the field: `name?: T`, `name: T | null`, `name: T = value`"),
                "rename" | "name" | "json" | "serde" => fault
                    .help("spell the name as it goes over the wire; `as name` gives it another one in Rust"),
                _ => fault.help(format!("the marks are {listed}")),
            }
        }
    });
}

/// `# ..` or `-- ..`, as other languages write a comment, up to the end of its line.
fn comment(r: &Reader, input: ParseStream) {
    let start = r.here(input);
    let sign = if input.peek(Token![#]) { "#" } else { "--" };
    r.report(
        Diagnostic::new(
            &rules::SYNTAX,
            start,
            format!("a comment that begins with `{sign}`"),
        )
        .label("comments begin with `//`")
        .help("write `//`, or `///` before what it documents"),
    );
    let from = start.range().start;
    let line = r.text[from..]
        .find('\n')
        .map_or(r.text.len(), |length| from + length);
    while !input.is_empty() && r.here(input).range().start < line {
        r.skip(input);
    }
}

/// `#[..]`, as Rust writes it.
fn attribute(r: &Reader, input: ParseStream) {
    let start = r.here(input);
    r.skip(input);
    if input.peek(Token![!]) {
        r.skip(input);
    }
    if input.peek(syn::token::Bracket) {
        r.skip(input);
    }
    r.report(
        Diagnostic::new(
            &rules::SYNTAX,
            r.since(start, input),
            "an attribute as Rust writes it",
        )
        .label("attributes are marks here")
        .help("write `@name` or `@name(..)`, such as `@deprecated(\"reason\")`"),
    );
}

fn form(name: &Name) -> &'static str {
    MARKS
        .iter()
        .find(|(mark, _)| *mark == name.text)
        .map_or("", |(_, form)| form)
}

fn no_arguments(r: &Reader, input: ParseStream, name: &Name) -> Parsed<()> {
    if !input.peek(syn::token::Paren) {
        return Ok(());
    }
    let start = r.here(input);
    r.skip(input);
    Err(r.report(
        Diagnostic::new(
            &rules::SYNTAX,
            r.since(start, input),
            format!("`@{}` takes nothing", name.text),
        )
        .label("not needed")
        .help(format!("write `{}`", form(name))),
    ))
}

/// Reads what stands in the parentheses of a mark.
fn arguments<T>(
    r: &Reader,
    input: ParseStream,
    name: &Name,
    read: impl FnOnce(ParseStream) -> Parsed<T>,
) -> Parsed<T> {
    let help = format!("write `{}`", form(name));
    if !input.peek(syn::token::Paren) {
        return Err(r.report(
            Diagnostic::new(&rules::SYNTAX, name.span, format!("`@{}` needs more", name.text))
                .label("expected `(` after it")
                .help(help),
        ));
    }
    let content = r.parens(input, "`(`")?;
    let result = read(&content);
    if result.is_ok() {
        r.has::<Token![,]>(&content);
        if !content.is_empty() {
            r.expected_help(&content, "`)`", help);
        }
    }
    r.skip_all(&content);
    result
}

fn one_string(r: &Reader, input: ParseStream, name: &Name) -> Parsed<Name> {
    arguments(r, input, name, |content| {
        r.take_string(content)
            .ok_or_else(|| r.expected_help(content, "a string", format!("write `{}`", form(name))))
    })
}

fn one_word(r: &Reader, input: ParseStream, name: &Name, word: &str) -> Parsed<()> {
    arguments(r, input, name, |content| {
        let here = r.here(content);
        match r.take_name(content) {
            Some(found) if found.text == word => Ok(()),
            Some(found) => Err(r.report(
                Diagnostic::new(
                    &rules::SYNTAX,
                    here,
                    format!("expected `{word}`, found `{}`", found.text),
                )
                .label(format!("expected `{word}`"))
                .help(format!("the only form of this mark is `{}`", form(name))),
            )),
            None => Err(r.expected_help(content, &format!("`{word}`"), format!("write `{}`", form(name)))),
        }
    })
}

fn gate(r: &Reader, input: ParseStream, mark: &Name) -> Parsed<GateMark> {
    arguments(r, input, mark, |content| {
        let mut gate = GateMark {
            name: r
                .take_name(content)
                .ok_or_else(|| r.expected_help(content, "the name of a gate", "write `@gate(name)`"))?,
            otherwise: None,
            because: None,
            span: mark.span,
        };
        while r.has::<Token![,]>(content) && !content.is_empty() {
            let key = r.name(content, "`otherwise` or `because`")?;
            let taken = match key.text.as_str() {
                "otherwise" => gate.otherwise.is_some(),
                "because" => gate.because.is_some(),
                other => {
                    let help = nearest(other, ["otherwise", "because"])
                        .map(|meant| format!("did you mean `{meant}`?"))
                        .unwrap_or_else(|| {
                            "a gate takes `otherwise = value` and `because = \"reason\"`".to_owned()
                        });
                    return Err(r.report(
                        Diagnostic::new(
                            &rules::UNKNOWN_ENTRY,
                            key.span,
                            format!("a gate knows no `{other}`"),
                        )
                        .label("unknown")
                        .help(help),
                    ));
                }
            };
            if taken {
                r.report(super::entries::duplicate(&key, None));
            }
            if !r.has::<Token![=]>(content) {
                return Err(r.expected_help(content, "`=`", format!("write `{} = ..`", key.text)));
            }
            if key.text == "otherwise" {
                gate.otherwise = Some(literal::literal(r, content)?);
            } else {
                gate.because = Some(r.string(content, "a reason in quotes")?);
            }
        }
        Ok(gate)
    })
}

fn allow(r: &Reader, input: ParseStream, mark: &Name) -> Parsed<Allow> {
    arguments(r, input, mark, |content| {
        let Some(first) = r.take_name(content) else {
            return Err(r.expected_help(content, "the code of a rule", format!("write `{}`", form(mark))));
        };
        // A code is several tokens: `ambiguous-union`.
        while r.has::<Token![-]>(content) {
            r.name(content, "the rest of the code")?;
        }
        let span = r.since(first.span, content);
        let code = Name {
            text: r.clean.get(span.range()).unwrap_or_default().to_owned(),
            span,
        };
        let help = "say why it is right here: `@allow(code, \"reason\")`";
        if !r.has::<Token![,]>(content) {
            return Err(r.expected_help(content, "`,` and a reason", help));
        }
        match r.take_string(content) {
            Some(reason) => Ok(Allow { code, reason }),
            None => Err(r.expected_help(content, "a reason in quotes", help)),
        }
    })
}
