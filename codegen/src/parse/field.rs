//! Fields, and the bodies that hold them.
//!
//! In: the tokens of `{ .. }` after a struct, error or inline member. Out: an `ast::Struct`.

use syn::Token;
use syn::parse::ParseStream;

use super::definition::rename;
use super::list::{self, Ends};
use super::marks::docs_and_marks;
use super::reader::{Parsed, Reader};
use super::{kw, literal, types};
use crate::ast::{Accepts, Docs, Field, Marks, Name, Scalar, Spread, Struct};
use crate::diagnostics::Diagnostic;
use crate::rules;

/// `{ .. }`
pub(super) fn body(r: &Reader, input: ParseStream) -> Parsed<Struct> {
    r.nested(input, || {
        let content = &r.braces(input, "`{`")?;
        let mut body = Struct::default();
        list::elements(r, content, "field", || {
            if list::is_reserved(r, content) {
                body.reserved.extend(list::reserved(r, content)?);
                return Ok(Ends::Itself);
            }
            let (docs, marks) = docs_and_marks(r, content);
            if content.peek(Token![...]) {
                body.spreads.push(spread(r, content, docs, marks)?);
            } else {
                body.fields.push(field(r, content, docs, marks)?);
            }
            Ok(Ends::Comma)
        });
        Ok(body)
    })
}

fn spread(r: &Reader, input: ParseStream, docs: Docs, marks: Marks) -> Parsed<Spread> {
    let start = r.expect::<Token![...]>(input, "`...`")?;
    let name = r.name(input, "a name")?;
    if !r.has::<Token![:]>(input) {
        let ty = match name.text.as_str() {
            "map" | "list" => "map<string, json>",
            name => name,
        };
        return Err(r.expected_help(
            input,
            "`:`",
            format!("what is spread has a name in Rust: `...name: {ty}`"),
        ));
    }
    let ty = types::ty(r, input)?;
    Ok(Spread {
        docs,
        marks,
        name,
        ty,
        span: r.since(start, input),
    })
}

fn field(r: &Reader, input: ParseStream, docs: Docs, marks: Marks) -> Parsed<Field> {
    let start = r.here(input);
    let name = field_name(r, input)?;
    let optional = r.take::<Token![?]>(input);
    colon(r, input, &name)?;
    let patch = if r.begins_with(input, "patch") && input.peek2(syn::Ident) {
        r.take::<kw::patch>(input)
    } else {
        None
    };
    let mut field = Field {
        docs,
        marks,
        name,
        optional,
        patch,
        ty: types::ty(r, input)?,
        default: None,
        rename: None,
        accepts: Vec::new(),
        span: start,
    };
    // Most end with their type.
    if !input.is_empty() && !input.peek(Token![,]) {
        if r.has::<Token![=]>(input) {
            field.default = Some(literal::literal(r, input)?);
        }
        field.rename = rename(r, input, "another name for it")?;
        field.accepts = accepts(r, input)?;
        out_of_order(r, input)?;
    }
    field.span = r.since(start, input);
    Ok(field)
}

fn field_name(r: &Reader, input: ParseStream) -> Parsed<Name> {
    if input.peek(Token![..]) {
        return Err(r.expected_help(input, "a field", "a spread has three dots: `...name: T`"));
    }
    if input.peek(syn::token::Bracket) {
        let help = "write `...name: map<string, T>` for members of any name";
        return Err(r.expected_help(input, "a field", help));
    }
    let name = r.wire_name(input, "a field")?;
    // `pub name: T`, `readonly name: T`, `optional name: T` and the like.
    let another = input.peek(syn::Ident) && input.peek2(Token![:]);
    if another {
        let help = match name.text.as_str() {
            "optional" => format!("write `{}?: T`", r.source(r.here(input))),
            _ => "take it out".to_owned(),
        };
        r.report(
            Diagnostic::new(
                &rules::SYNTAX,
                name.span,
                format!("`{}` before the name of a field", name.text),
            )
            .label("not part of a field")
            .help(help),
        );
        return r.name(input, "a field");
    }
    Ok(name)
}

fn colon(r: &Reader, input: ParseStream, name: &Name) -> Parsed<()> {
    if r.has::<Token![:]>(input) {
        return Ok(());
    }
    let text = r.source(name.span);
    Err(
        if input.peek(Token![=]) || input.peek(Token![=>]) || input.peek(Token![->]) {
            r.expected_help(
                input,
                "`:`",
                format!("the type follows `:`, and a default follows the type: `{text}: T = value`"),
            )
        } else if input.peek(Token![!]) {
            r.expected_help(
                input,
                "`:`",
                format!("a field is required unless `?` follows its name: `{text}: T`"),
            )
        } else if input.is_empty() || input.peek(Token![,]) {
            r.expected_help(input, "`:` and a type", format!("write `{text}: T`"))
        } else if input.peek(syn::Ident) && (input.peek2(Token![;]) || input.peek2(Token![,])) {
            let next = r.source(r.here(input));
            let is_type = text.starts_with(char::is_uppercase)
                || Scalar::ALL.iter().any(|(spelling, _)| *spelling == text);
            let help = match is_type {
                true => format!("the name comes first: `{next}: {text}`"),
                false => format!("write `{text}: {next}`"),
            };
            r.expected_help(input, "`:`", help)
        } else {
            r.expected_help(input, "`:`", format!("write `{text}: T`"))
        },
    )
}

fn accepts(r: &Reader, input: ParseStream) -> Parsed<Vec<Accepts>> {
    let mut accepts = Vec::new();
    while let Some(start) = r.take::<kw::accepts>(input) {
        if r.has::<kw::null>(input) {
            accepts.push(Accepts::Null(r.since(start, input)));
        } else if r.has::<kw::not>(input) {
            accepts.push(Accepts::Not(r.string(input, "an old name in quotes")?));
        } else if let Some(name) = r.take_string(input) {
            accepts.push(Accepts::Name(name));
        } else {
            return Err(r.expected_help(
                input,
                "`null`, `not` or an old name in quotes",
                "write `accepts null`, `accepts \"oldName\"` or `accepts not \"oldName\"`",
            ));
        }
    }
    Ok(accepts)
}

/// Reports a part of a field that stands after one that it should stand before.
fn out_of_order(r: &Reader, input: ParseStream) -> Parsed<()> {
    if input.peek(Token![=]) || input.peek(Token![as]) || input.peek(kw::patch) {
        return Err(r.expected_help(
            input,
            "`,`",
            "the parts of a field stand in this order: `name?: patch T = value as name accepts \"oldName\"`",
        ));
    }
    Ok(())
}
