//! Types.
//!
//! In: the tokens of a type. Out: an `ast::Type`. Types as other languages write them are reported with the spelling of
//! ours.

use syn::Token;
use syn::parse::ParseStream;

use super::literal;
use super::reader::{Parsed, Reader};
use crate::ast::{Name, Scalar, Type, TypeKind};
use crate::diagnostics::Diagnostic;
use crate::rules;
use crate::source::Span;

/// A type, with `| null` after it or not.
pub(super) fn ty(r: &Reader, input: ParseStream) -> Parsed<Type> {
    r.nested(input, || {
        let start = r.here(input);
        let mut ty = plain(r, input, start)?;
        postfix(r, input, &ty)?;
        while let Some(bar) = r.take::<Token![|]>(input) {
            let null = r.here(input);
            let next = r.take_name(input);
            let missing = next.as_ref().is_some_and(|name| name.text == "undefined");
            if next.is_none_or(|name| name.text != "null") {
                let help = match missing {
                    true => "write `?` after the name of a field that may be absent: `name?: T`",
                    false => "declare a `union` for a choice of types, an `enum` for one of strings",
                };
                return Err(r.report(
                    Diagnostic::new(
                        &rules::SYNTAX,
                        bar,
                        "`|` joins a type with `null` and with nothing else",
                    )
                    .label("not followed by `null`")
                    .help(help),
                ));
            }
            if matches!(ty.kind, TypeKind::Nullable(_)) {
                return Err(r.report(
                    Diagnostic::new(&rules::SYNTAX, bar.to(null), "`| null` stands twice")
                        .label("once is enough")
                        .help("take it out"),
                ));
            }
            ty = Type {
                kind: TypeKind::Nullable(Box::new(ty)),
                span: r.since(start, input),
            };
        }
        Ok(ty)
    })
}

/// What begins at `start`, the next token, without `| null`.
fn plain(r: &Reader, input: ParseStream, start: Span) -> Parsed<Type> {
    let word = r.clean.get(start.range()).unwrap_or_default();
    if matches!(word, "true" | "false" | "-") || r.literal_begins(input).is_some() {
        let value = literal::literal(r, input)?;
        if value.value.is_f64() {
            return Err(r.report(
                Diagnostic::new(&rules::SYNTAX, value.span, "a constant that is not an integer")
                    .label("only strings, integers, `true` and `false` are types")
                    .help("write `f64` for any number"),
            ));
        }
        let span = value.span;
        return Ok(Type {
            kind: TypeKind::Constant(Box::new(value)),
            span,
        });
    }
    if !word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return Err(not_a_type(r, input));
    }
    let name = r.name(input, "a type")?;
    let kind = match name.text.as_str() {
        "null" => {
            return Err(r.report(
                Diagnostic::new(&rules::SYNTAX, name.span, "`null` alone is not a type")
                    .label("expected a type")
                    .help("write `T | null` for a value that may be missing"),
            ));
        }
        "list" => TypeKind::List(Box::new(arguments(r, input, &name, "list<T>")?.0)),
        "map" => {
            let (key, value) = arguments(r, input, &name, "map<K, V>")?;
            match value {
                Some(value) => TypeKind::Map(Box::new(key), Box::new(value)),
                None => {
                    return Err(wrong_count(
                        r,
                        r.since(start, input),
                        "map",
                        "a key and a value",
                        "map<string, T>",
                    ));
                }
            }
        }
        "tuple" => TypeKind::Tuple(tuple(r, input, &name)?),
        text => match Scalar::ALL.iter().find(|(spelling, _)| *spelling == text) {
            Some((_, scalar)) => TypeKind::Scalar(*scalar),
            None => {
                other_language(r, input, &name)?;
                let span = name.span;
                let kind = TypeKind::Name(name);
                return Ok(Type { kind, span });
            }
        },
    };
    let span = match kind {
        TypeKind::Scalar(_) => start,
        _ => r.since(start, input),
    };
    Ok(Type { kind, span })
}

/// One type between `<` and `>`, or two.
fn arguments(r: &Reader, input: ParseStream, name: &Name, form: &str) -> Parsed<(Type, Option<Type>)> {
    open_angle(r, input, name, form)?;
    let first = ty(r, input)?;
    let second = match r.take::<Token![,]>(input) {
        Some(_) if name.text == "map" && !input.peek(Token![>]) => Some(ty(r, input)?),
        _ => None,
    };
    r.has::<Token![,]>(input);
    if name.text == "list" && !input.peek(Token![>]) && r.take_name(input).is_some() {
        return Err(wrong_count(
            r,
            r.since(name.span, input),
            "list",
            "one type",
            "tuple<A, B>",
        ));
    }
    r.expect::<Token![>]>(input, "`>`")?;
    Ok((first, second))
}

fn tuple(r: &Reader, input: ParseStream, name: &Name) -> Parsed<Vec<Type>> {
    open_angle(r, input, name, "tuple<A, B>")?;
    let mut types = Vec::new();
    while !input.peek(Token![>]) {
        types.push(ty(r, input)?);
        if !r.has::<Token![,]>(input) {
            break;
        }
    }
    r.expect::<Token![>]>(input, "`,` or `>`")?;
    if types.is_empty() {
        return Err(wrong_count(
            r,
            r.since(name.span, input),
            "tuple",
            "types",
            "tuple<A, B>",
        ));
    }
    Ok(types)
}

fn open_angle(r: &Reader, input: ParseStream, name: &Name, form: &str) -> Parsed<()> {
    if r.has::<Token![<]>(input) {
        return Ok(());
    }
    Err(r.report(
        Diagnostic::new(
            &rules::SYNTAX,
            name.span,
            format!("`{}` does not say of what", name.text),
        )
        .label("expected `<` after it")
        .help(format!("write `{form}`")),
    ))
}

fn wrong_count(r: &Reader, span: Span, name: &str, takes: &str, form: &str) -> super::reader::Reported {
    r.report(
        Diagnostic::new(&rules::SYNTAX, span, format!("`{name}` takes {takes}"))
            .label("wrong number of types")
            .help(format!("write `{form}`")),
    )
}

/// Reports what some languages write after a type.
fn postfix(r: &Reader, input: ParseStream, ty: &Type) -> Parsed<()> {
    let spelling = r.source(ty.span);
    let (span, message, help) = if input.peek(syn::token::Bracket) {
        let open = r.here(input);
        r.skip(input);
        (
            ty.span.to(r.since(open, input)),
            "an array as TypeScript writes it",
            format!("write `list<{spelling}>`"),
        )
    } else if input.peek(Token![?]) {
        let mark = r.here(input);
        r.skip(input);
        (
            mark,
            "`?` after a type",
            format!(
                "write `{spelling} | null`, or put `?` after the name of the field where it may be absent"
            ),
        )
    } else {
        return Ok(());
    };
    Err(r.report(
        Diagnostic::new(&rules::SYNTAX, span, message)
            .label("not how types are written here")
            .help(help),
    ))
}

/// Reports types of other languages.
fn other_language(r: &Reader, input: ParseStream, name: &Name) -> Parsed<()> {
    let generic = input.peek(Token![<]);
    let start = name.span;
    if !generic {
        // Other names that begin with a capital may be definitions.
        let is_ours =
            name.text.starts_with(char::is_uppercase) && !matches!(name.text.as_str(), "String" | "Boolean");
        let Some(ours) = our_spelling(&name.text).filter(|_| !is_ours) else {
            return Ok(());
        };
        return Err(r.report(
            Diagnostic::new(&rules::SYNTAX, name.span, format!("unknown type `{}`", name.text))
                .label("not a type of this language")
                .help(format!("write {ours}")),
        ));
    }
    r.has::<Token![<]>(input);
    let inner = ty(r, input)?;
    let inner_text = r.source(inner.span).to_owned();
    let second = match r.take::<Token![,]>(input) {
        Some(_) => Some(r.source(ty(r, input)?.span).to_owned()),
        None => None,
    };
    r.has::<Token![>]>(input);
    let help = match (name.text.as_str(), second) {
        ("Option" | "Optional" | "Nullable" | "Maybe", None) => format!("write `{inner_text} | null`"),
        ("Vec" | "List" | "Array" | "Set" | "HashSet" | "BTreeSet" | "array" | "vector", None) => {
            format!("write `list<{inner_text}>`")
        }
        ("Box" | "Rc" | "Arc", None) => format!("write `{inner_text}`"),
        ("HashMap" | "BTreeMap" | "IndexMap" | "Map" | "Record" | "Dict", Some(value)) => {
            format!("write `map<{inner_text}, {value}>`")
        }
        ("Tuple", Some(second)) => format!("write `tuple<{inner_text}, {second}>`"),
        _ => "only `list`, `map` and `tuple` take types".to_owned(),
    };
    Err(r.report(
        Diagnostic::new(
            &rules::SYNTAX,
            r.since(start, input),
            format!("unknown generic type `{}`", name.text),
        )
        .label("not a type of this language")
        .help(help),
    ))
}

/// Something that begins no type.
fn not_a_type(r: &Reader, input: ParseStream) -> super::reader::Reported {
    if input.peek(syn::token::Bracket) {
        return r.expected_help(
            input,
            "a type",
            "write `list<T>` for a list, `tuple<A, B>` for a tuple",
        );
    }
    if input.peek(syn::token::Paren) {
        return r.expected_help(
            input,
            "a type",
            "types need no parentheses; write `tuple<A, B>` for a tuple",
        );
    }
    if input.peek(syn::token::Brace) {
        return r.expected_help(input, "a type", "declare a `struct`, and write its name here");
    }
    if input.peek(Token![&]) || input.peek(Token![*]) {
        return r.expected_help(input, "a type", "there are no references; write the type alone");
    }
    r.expected(input, "a type")
}

/// How this language spells a type that others call `name`; none where it is nobody's word for anything.
pub fn our_spelling(name: &str) -> Option<&'static str> {
    SPELLINGS
        .iter()
        .find(|(theirs, _)| theirs.contains(&name))
        .map(|(_, ours)| *ours)
}

/// How other languages spell types, and how this one does.
const SPELLINGS: &[(&[&str], &str)] = &[
    (&["str", "String", "text", "Text", "char", "varchar"], "`string`"),
    (&["boolean", "Boolean", "Bool"], "`bool`"),
    (
        &[
            "int", "integer", "Integer", "Int", "long", "int64", "Int64", "isize",
        ],
        "`i64`, or `i32` where that suffices",
    ),
    (&["int32", "Int32"], "`i32`"),
    (&["int16", "Int16", "short"], "`i16`"),
    (&["int8", "Int8"], "`i8`"),
    (
        &["uint", "uint64", "UInt64", "usize"],
        "`u64`, or `u32` where that suffices",
    ),
    (&["uint32", "UInt32"], "`u32`"),
    (&["uint16", "UInt16"], "`u16`"),
    (&["byte", "uint8", "UInt8"], "`u8`"),
    (&["i128", "u128", "BigInt"], "`bigint`"),
    (&["f32", "float", "Float", "double", "Double"], "`f64`"),
    (
        &["number", "Number"],
        "`f64` for any number, `i64` for an integer",
    ),
    (
        &[
            "any",
            "Any",
            "object",
            "Object",
            "Value",
            "JsonValue",
            "unknown",
            "dynamic",
            "Json",
            "JSON",
        ],
        "`json` for any value, or declare a `struct`",
    ),
    (
        &["bytes", "Bytes", "blob", "Blob", "buffer", "Buffer"],
        "`base64`",
    ),
    (&["Uuid", "UUID", "guid", "Guid"], "`uuid`"),
    (&["PathBuf", "Path"], "`path`"),
    (&["array", "vec", "vector", "List", "Array", "Vec"], "`list<T>`"),
    (
        &["dict", "dictionary", "Map", "Dict", "HashMap"],
        "`map<string, T>`",
    ),
    (
        &["void", "unit", "undefined", "never"],
        "`T | null` for a value that may be missing; a method without params or result leaves them out",
    ),
];
