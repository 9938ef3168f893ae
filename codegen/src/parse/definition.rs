//! Definitions: `struct`, `enum`, `union`, `type` and `error`.
//!
//! In: the tokens of such an item. Out: an `ast::Definition`.

use syn::Token;
use syn::parse::ParseStream;

use super::field::body;
use super::item::end_of_line;
use super::list::{self, Ends};
use super::marks::docs_and_marks;
use super::reader::{Parsed, Reader};
use super::service::word_help;
use super::{kw, literal, types};
use crate::ast::{
    Definition, Enum, EnumMember, MemberContent, Name, Shape, Struct, Tagging, Union, UnionMember,
};
use crate::diagnostics::Diagnostic;
use crate::rules;
use crate::source::Span;

/// `closed`, `open` or nothing before the word that opens a definition.
#[derive(Clone, Copy, Default)]
pub(super) struct Qualifiers {
    pub(super) open: Option<Span>,
    pub(super) closed: Option<Span>,
}

impl Qualifiers {
    /// Takes them where they come next.
    pub(super) fn take(r: &Reader, input: ParseStream) -> Self {
        let mut qualifiers = Self::default();
        loop {
            if let Some(span) = r.take::<kw::open>(input) {
                qualifiers.open = Some(span);
            } else if let Some(span) = r.take::<kw::closed>(input) {
                qualifiers.closed = Some(span);
            } else {
                return qualifiers;
            }
        }
    }

    /// Reports those that `what` cannot have.
    pub(super) fn only(self, r: &Reader, what: &str, open: bool, closed: bool) {
        let refuse = |span: Option<Span>, word: &str, help: &str| {
            if let Some(span) = span {
                r.report(
                    Diagnostic::new(&rules::SYNTAX, span, format!("`{word}` before {what}"))
                        .label("not allowed here")
                        .help(help),
                );
            }
        };
        if !open {
            let help = match what {
                "a struct" => "a struct takes unknown members unless it is `closed`; take `open` out",
                _ => "only an `enum` or a `union` can be open; take it out",
            };
            refuse(self.open, "open", help);
        }
        if !closed {
            let help = match what {
                "an enum" | "a union" => "it refuses unknown values unless it is `open`; take `closed` out",
                _ => "only a `struct` can be closed; take it out",
            };
            refuse(self.closed, "closed", help);
        }
    }
}

/// `struct Name { .. }`
pub(super) fn structure(r: &Reader, input: ParseStream, qualifiers: Qualifiers) -> Parsed<Definition> {
    qualifiers.only(r, "a struct", false, true);
    let name = r.name(input, "the name of the struct")?;
    let mut bare = None;
    if r.has::<kw::accepts>(input) {
        if !r.has::<kw::bare>(input) {
            return Err(r.expected_help(
                input,
                "`bare`",
                "write `accepts bare name` where a bare value of that field is an old spelling of the whole",
            ));
        }
        bare = Some(r.wire_name(input, "the name of a field")?);
    }
    if input.peek(Token![;]) || input.peek(syn::token::Paren) || input.peek(Token![=]) {
        return Err(r.expected_help(
            input,
            "`{`",
            format!(
                "write `struct {} {{ name: T }}`; `type Name = T;` names a type",
                name.text
            ),
        ));
    }
    if input.peek(Token![<]) {
        return Err(r.expected_help(input, "`{`", "definitions take no types; declare one for each"));
    }
    if input.peek(Token![:]) || input.peek(syn::Ident) {
        let help =
            "there is no inheritance; `...name: Other` among the fields brings those of another struct";
        return Err(r.expected_help(input, "`{`", help));
    }
    let mut shape = body(r, input)?;
    shape.closed = qualifiers.closed;
    shape.bare = bare;
    Ok(Definition {
        name,
        shape: Shape::Struct(shape),
    })
}

/// `enum Name { .. }`
pub(super) fn enumeration(r: &Reader, input: ParseStream, qualifiers: Qualifiers) -> Parsed<Definition> {
    qualifiers.only(r, "an enum", true, false);
    let name = r.name(input, "the name of the enum")?;
    let mut shape = Enum {
        open: qualifiers.open,
        members: Vec::new(),
        reserved: Vec::new(),
    };
    if input.peek(kw::tagged) || input.peek(kw::untagged) {
        return Err(r.expected_help(
            input,
            "`{`",
            "an enum is one of several strings; declare a `union` for members that hold something",
        ));
    }
    let content = &r.braces(input, "`{`")?;
    list::elements(r, content, "value", || {
        if list::is_reserved(r, content) {
            shape.reserved.extend(list::reserved(r, content)?);
            return Ok(Ends::Itself);
        }
        let (docs, marks) = docs_and_marks(r, content);
        let start = r.here(content);
        let value = r.wire_name(content, "a value")?;
        let rename = rename(r, content, "another name for it")?;
        let accepts = old_spellings(r, content)?;
        if content.peek(Token![=]) {
            let help = format!(
                "write the string alone, as it is sent; `\"{0}\" as Name` names it in Rust",
                value.text
            );
            return Err(r.expected_help(content, "`,`", help));
        }
        if input_is_content(content) {
            return Err(r.report(
                Diagnostic::new(
                    &rules::SYNTAX,
                    r.here(content),
                    format!("value `{}` of an enum has content", value.text),
                )
                .label("the values of an enum are strings")
                .help("declare a `union` for members that hold something"),
            ));
        }
        shape.members.push(EnumMember {
            docs,
            marks,
            name: value,
            rename,
            accepts,
            span: r.since(start, content),
        });
        Ok(Ends::Comma)
    });
    Ok(Definition {
        name,
        shape: Shape::Enum(shape),
    })
}

/// Whether something follows that a member of a union may have.
fn input_is_content(input: ParseStream) -> bool {
    input.peek(syn::token::Brace)
        || input.peek(syn::token::Paren)
        || input.peek(Token![:])
        || input.peek(Token![=])
}

/// `union Name tagged .. { .. }`
pub(super) fn union(r: &Reader, input: ParseStream, qualifiers: Qualifiers) -> Parsed<Definition> {
    qualifiers.only(r, "a union", true, false);
    let name = r.name(input, "the name of the union")?;
    let mut shape = Union {
        open: qualifiers.open,
        tagging: tagging(r, input)?,
        members: Vec::new(),
        reserved: Vec::new(),
    };
    let untagged = matches!(shape.tagging, Tagging::Untagged(_));
    let content = &r.braces(input, "`{`")?;
    list::elements(r, content, "member", || {
        if list::is_reserved(r, content) {
            shape.reserved.extend(list::reserved(r, content)?);
            return Ok(Ends::Itself);
        }
        shape.members.push(member(r, content, untagged)?);
        Ok(Ends::Comma)
    });
    Ok(Definition {
        name,
        shape: Shape::Union(shape),
    })
}

fn tagging(r: &Reader, input: ParseStream) -> Parsed<Tagging> {
    let help = "say how its members are told apart: `tagged \"type\"`, `tagged \"type\" content \"data\"`, \
                `tagged outside` or `untagged`";
    if let Some(span) = r.take::<kw::untagged>(input) {
        return Ok(Tagging::Untagged(span));
    }
    let Some(span) = r.take::<kw::tagged>(input) else {
        return Err(word_help(
            r,
            input,
            "`tagged` or `untagged`",
            &["tagged", "untagged"],
            help,
        ));
    };
    if r.has::<kw::outside>(input) {
        return Ok(Tagging::External(r.since(span, input)));
    }
    let Some(tag) = r.take_string(input) else {
        return Err(word_help(
            r,
            input,
            "the name of the tag in quotes, or `outside`",
            &["outside"],
            help,
        ));
    };
    if r.has::<kw::content>(input) {
        let content = r.string(input, "the name of the content in quotes")?;
        return Ok(Tagging::Adjacent(tag, content));
    }
    Ok(Tagging::Internal(tag))
}

fn member(r: &Reader, input: ParseStream, untagged: bool) -> Parsed<UnionMember> {
    let (docs, marks) = docs_and_marks(r, input);
    let start = r.here(input);
    let name = r.wire_name(input, "a member")?;
    let rename = rename(r, input, "another name for it")?;
    let accepts = old_spellings(r, input)?;
    let content = if untagged {
        untagged_content(r, input, &name)?
    } else {
        tagged_content(r, input, &name)?
    };
    Ok(UnionMember {
        docs,
        marks,
        name,
        rename,
        accepts,
        content,
        span: r.since(start, input),
    })
}

fn untagged_content(r: &Reader, input: ParseStream, name: &Name) -> Parsed<MemberContent> {
    if r.has::<Token![:]>(input) {
        return types::ty(r, input).map(MemberContent::Type);
    }
    if input.peek(syn::token::Brace) {
        return body(r, input).map(MemberContent::Fields);
    }
    Err(r.expected_help(
        input,
        "`:` or `{`",
        format!(
            "a member of an untagged union is a name with a type or with fields: `{0}: T`, `{0} {{ .. }}`",
            name.text
        ),
    ))
}

fn tagged_content(r: &Reader, input: ParseStream, name: &Name) -> Parsed<MemberContent> {
    if input.peek(syn::token::Brace) {
        return body(r, input).map(MemberContent::Fields);
    }
    if input.peek(syn::token::Paren) {
        let content = &r.parens(input, "`(`")?;
        let ty = types::ty(r, content);
        if ty.is_ok() && !content.is_empty() {
            r.expected_help(
                content,
                "`)`",
                format!(
                    "a member holds one type; write `{} {{ .. }}` for fields",
                    name.text
                ),
            );
        }
        r.skip_all(content);
        return ty.map(MemberContent::Type);
    }
    if input.peek(Token![:]) {
        return Err(r.report(
            Diagnostic::new(
                &rules::SYNTAX,
                r.here(input),
                "`:` after a member of a tagged union",
            )
            .label("expected `(`, `{` or `,`")
            .help(format!(
                "write `{0}(T)` or `{0} {{ .. }}`; only an untagged union has `name: T`",
                name.text
            )),
        ));
    }
    Ok(MemberContent::None)
}

/// `type Name = T;`
pub(super) fn alias(r: &Reader, input: ParseStream) -> Parsed<Definition> {
    let name = r.name(input, "the name of the type")?;
    if !r.has::<Token![=]>(input) {
        let help = if input.peek(syn::token::Brace) {
            format!("write `struct {} {{ .. }}` for fields", name.text)
        } else {
            format!("write `type {} = T;`", name.text)
        };
        return Err(r.expected_help(input, "`=`", help));
    }
    let ty = types::ty(r, input)?;
    end_of_line(r, input);
    Ok(Definition {
        name,
        shape: Shape::Alias(ty),
    })
}

/// `error Name = -32600 { .. }`
pub(super) fn error(r: &Reader, input: ParseStream) -> Parsed<Definition> {
    let name = r.name(input, "the name of the error")?;
    if !r.has::<Token![=]>(input) {
        return Err(r.expected_help(
            input,
            "`=`",
            format!("an error has a JSON-RPC code: `error {} = -32600;`", name.text),
        ));
    }
    let start = r.here(input);
    let number = literal::number(r, input)?;
    let code_span = r.since(start, input);
    let Some(code) = number.as_i64() else {
        return Err(r.report(
            Diagnostic::new(
                &rules::SYNTAX,
                code_span,
                format!("`{}` is not an error code", r.source(code_span)),
            )
            .label("expected an integer of 64 bits")
            .help("JSON-RPC keeps -32768 to -32000 for itself; other integers are free"),
        ));
    };
    let data = if input.peek(syn::token::Brace) {
        let data = body(r, input)?;
        r.has::<Token![;]>(input);
        data
    } else {
        if !r.has::<Token![;]>(input) {
            r.expected_help(input, "`;` or `{`", "an error without data ends with `;`");
        }
        Struct::default()
    };
    Ok(Definition {
        name,
        shape: Shape::Error {
            code,
            code_span,
            data,
        },
    })
}

/// `as name`, where it comes next.
pub(super) fn rename(r: &Reader, input: ParseStream, what: &str) -> Parsed<Option<Name>> {
    match r.take::<Token![as]>(input) {
        Some(_) => r.name(input, what).map(Some),
        None => Ok(None),
    }
}

/// `accepts "old"`, any number of times.
fn old_spellings(r: &Reader, input: ParseStream) -> Parsed<Vec<Name>> {
    let mut names = Vec::new();
    while r.has::<kw::accepts>(input) {
        names.push(r.string(input, "an old spelling in quotes")?);
    }
    Ok(names)
}
