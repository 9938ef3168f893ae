//! JSON values in the language: `false`, `-1.5`, `"text"`, `["a"]`, `{ type: "fullAccess" }`.
//!
//! In: the tokens of a value. Out: an `ast::Literal`.

use serde_json::{Map, Number, Value};
use syn::Token;
use syn::parse::ParseStream;

use super::list;
use super::reader::{Parsed, Reader};
use crate::ast::Literal;
use crate::diagnostics::Diagnostic;
use crate::rules;

/// A value.
pub(super) fn literal(r: &Reader, input: ParseStream) -> Parsed<Literal> {
    let start = r.here(input);
    let value = value(r, input)?;
    Ok(Literal {
        value,
        span: r.since(start, input),
    })
}

fn value(r: &Reader, input: ParseStream) -> Parsed<Value> {
    if let Some(text) = r.take_string(input) {
        return Ok(Value::String(text.text));
    }
    if input.peek(Token![-]) || is_number(r, input) {
        return Ok(Value::Number(number(r, input)?));
    }
    if input.peek(syn::token::Bracket) {
        let content = r.brackets(input, "a list")?;
        return Ok(Value::Array(list::commas(r, &content, "value", || {
            value(r, &content)
        })));
    }
    if input.peek(syn::token::Brace) {
        let content = r.braces(input, "an object")?;
        return Ok(Value::Object(object(r, &content)));
    }
    let here = r.here(input);
    let words = [
        ("true", Value::Bool(true)),
        ("false", Value::Bool(false)),
        ("null", Value::Null),
    ];
    let found = words.iter().find(|(word, _)| r.source(here) == *word);
    if let Some((_, value)) = found {
        r.skip(input);
        return Ok(value.clone());
    }
    Err(match r.take_name(input) {
        Some(name) => r.report(
            Diagnostic::new(
                &rules::SYNTAX,
                name.span,
                format!("expected a value, found `{}`", name.text),
            )
            .label("expected a JSON value")
            .help(match name.text.as_str() {
                "True" => "write `true`".to_owned(),
                "False" => "write `false`".to_owned(),
                "None" | "nil" | "undefined" => "write `null`".to_owned(),
                word => format!("put text into quotes: `\"{word}\"`"),
            }),
        ),
        None if input.peek(Token![.]) => r.expected_help(
            input,
            "a JSON value",
            "a number has a digit before its dot: `0.5`",
        ),
        None => r.expected(input, "a JSON value"),
    })
}

/// A number, with a sign or without.
pub(super) fn number(r: &Reader, input: ParseStream) -> Parsed<Number> {
    let start = r.here(input);
    let negative = r.has::<Token![-]>(input);
    let digits = r.here(input);
    if !is_number(r, input) {
        return Err(r.expected(input, "a number"));
    }
    r.skip(input);
    let sign = if negative { "-" } else { "" };
    let spelling = format!("{sign}{}", r.clean.get(digits.range()).unwrap_or_default());
    spelling.parse().map_err(|_| {
        r.report(
            Diagnostic::new(
                &rules::BAD_NUMBER,
                start.to(digits),
                format!("`{spelling}` is not a number"),
            )
            .label("numbers are spelled as in JSON"),
        )
    })
}

fn is_number(r: &Reader, input: ParseStream) -> bool {
    r.literal_begins(input).is_some_and(|byte| byte.is_ascii_digit())
}

fn object(r: &Reader, input: ParseStream) -> Map<String, Value> {
    let mut object = Map::new();
    list::elements(r, input, "member", || {
        let key = r.wire_name(input, "a member name")?;
        r.expect::<Token![:]>(input, "`:`")?;
        let value = value(r, input)?;
        if object.insert(key.text.clone(), value).is_some() {
            r.report(
                Diagnostic::new(
                    &rules::DUPLICATE_ENTRY,
                    key.span,
                    format!("member `{}` stands twice in one value", key.text),
                )
                .label("second value")
                .help("keep one of the two"),
            );
        }
        Ok(list::Ends::Comma)
    });
    object
}
