//! One item: what opens it decides what it is.
//!
//! In: the tokens of an item, with its docs and marks. Out: an `ast::Item`, or a `use` or `namespace`, which stand at the
//! head of a file.

use syn::Token;
use syn::parse::ParseStream;

use super::definition::{self, Qualifiers};
use super::marks::{docs_and_marks, no_marks};
use super::reader::{Parsed, Reader, Reported};
use super::{kw, list, protocol, service};
use crate::ast::{Item, ItemKind, Name, Use, UseName};
use crate::suggest::nearest;

/// What stands at the top of a file.
#[derive(Debug)]
pub(super) enum Top {
    /// `namespace v2;`
    Namespace(Name),
    /// `use a.b.{..};`
    Use(Use),
    /// Anything else.
    Item(Box<Item>),
}

/// Words that open an item.
const WORDS: &[&str] = &[
    "struct",
    "enum",
    "union",
    "type",
    "error",
    "service",
    "use",
    "namespace",
    "protocol",
    "gate",
    "handshake",
    "envelope",
    "foreign",
    "reserved",
];

/// What `input` holds: one item where all is well, and none or several where it is not.
pub(super) fn items(r: &Reader, input: ParseStream) -> Vec<Top> {
    let mut tops = Vec::new();
    while !input.is_empty() {
        match top(r, input) {
            Ok(top) => tops.push(top),
            Err(_) => {
                r.skip_all(input);
                return tops;
            }
        }
        if !input.is_empty() && !opens_item(r, input) {
            let help = match input.peek(Token![;]) {
                true => "an item that ends with `}` has no `;` after it",
                false => "write `//` before a comment",
            };
            r.expected_help(input, "an item", help);
            r.skip_all(input);
            return tops;
        }
    }
    if r.docs_read.get() < r.docs.len() {
        let rest = &r.docs[r.docs_read.get()..];
        r.misplaced(rest);
    }
    tops
}

fn opens_item(r: &Reader, input: ParseStream) -> bool {
    let word = r.source(r.here(input));
    WORDS.contains(&word) || matches!(word, "open" | "closed" | "@")
}

fn top(r: &Reader, input: ParseStream) -> Parsed<Top> {
    let marks_at = input.peek(Token![@]).then(|| r.here(input));
    if input.peek(Token![use]) || input.peek(kw::namespace) {
        return head(r, input);
    }
    let (docs, marks) = docs_and_marks(r, input);
    if input.is_empty() {
        return Err(r.expected_help(input, "an item", "marks stand before what they mark"));
    }
    if input.peek(Token![use]) || input.peek(kw::namespace) {
        no_marks(r, marks_at, r.source(r.here(input)));
        return head(r, input);
    }
    let start = r.here(input);
    let qualifiers = Qualifiers::take(r, input);
    let kind = item(r, input, qualifiers)?;
    Ok(Top::Item(Box::new(Item {
        docs,
        marks,
        kind,
        span: r.since(start, input),
    })))
}

fn item(r: &Reader, input: ParseStream, qualifiers: Qualifiers) -> Parsed<ItemKind> {
    if list::is_reserved(r, input) {
        return list::reserved(r, input).map(ItemKind::Reserved);
    }
    let word = opening_word(r, input)?;
    if !matches!(word, "struct" | "enum" | "union") {
        qualifiers.only(r, "this item", false, false);
    }
    Ok(match word {
        "struct" => ItemKind::Definition(definition::structure(r, input, qualifiers)?),
        "enum" => ItemKind::Definition(definition::enumeration(r, input, qualifiers)?),
        "union" => ItemKind::Definition(definition::union(r, input, qualifiers)?),
        "type" => ItemKind::Definition(definition::alias(r, input)?),
        "error" => ItemKind::Definition(definition::error(r, input)?),
        "service" => ItemKind::Service(service::service(r, input)?),
        "protocol" => ItemKind::Protocol(protocol::protocol(r, input)?),
        "gate" => ItemKind::Gate(protocol::gate(r, input)?),
        "handshake" => ItemKind::Handshake(protocol::handshake(r, input)?),
        "envelope" => ItemKind::Envelope(protocol::envelope(r, input)?),
        "foreign" => ItemKind::Foreign(protocol::foreign(r, input)?),
        _ => return Err(r.expected_help(input, "a name in quotes", "write `reserved \"name\";`")),
    })
}

/// Takes the word that opens an item. One that is misspelt is reported, and taken for what it was meant to be.
fn opening_word(r: &Reader, input: ParseStream) -> Parsed<&'static str> {
    let found = r.source(r.here(input));
    if let Some(word) = WORDS.iter().find(|word| **word == found) {
        r.skip(input);
        return Ok(word);
    }
    let another = ["pub", "export", "public", "declare"].contains(&found);
    if found == "import" {
        // `import { Name } from "module"` is one fault, up to its end.
        let reported = no_item(r, input);
        r.skip_all(input);
        return Err(reported);
    }
    let meant = meant(found).filter(|word| !matches!(*word, "use" | "namespace"));
    let reported = no_item(r, input);
    r.skip(input);
    match meant {
        Some(word) => Ok(word),
        None if another => opening_word(r, input),
        None => Err(reported),
    }
}

/// `namespace` and `use`, which have neither docs nor marks.
fn head(r: &Reader, input: ParseStream) -> Parsed<Top> {
    if r.has::<kw::namespace>(input) {
        let name = r.name(input, "the name of the namespace")?;
        end_of_line(r, input);
        return Ok(Top::Namespace(name));
    }
    import(r, input).map(Top::Use)
}

fn import(r: &Reader, input: ParseStream) -> Parsed<Use> {
    let start = r.expect::<Token![use]>(input, "`use`")?;
    let form = "write `use module.Name;` or `use module.{Name, Other as Another};`";
    let mut module = vec![r.name(input, "the name of a file without its extension")?];
    let mut names = Vec::new();
    loop {
        if input.peek(Token![::]) || input.peek(Token![/]) {
            return Err(r.expected_help(input, "`.`", "the parts of a module are separated by `.`"));
        }
        if !r.has::<Token![.]>(input) {
            break;
        }
        if input.peek(syn::token::Brace) {
            let content = &r.braces(input, "`{`")?;
            names = list::commas(r, content, "name", || {
                Ok(UseName {
                    name: r.name(content, "the name of a definition")?,
                    alias: definition::rename(r, content, "another name for it")?,
                })
            });
            break;
        }
        if input.peek(Token![*]) {
            return Err(r.expected_help(input, "a name", "list the names that this file uses"));
        }
        module.push(r.name(input, "the name of a definition, or `{`")?);
    }
    if names.is_empty() && r.clean.as_bytes().get(r.end(input) - 1) != Some(&b'}') {
        match module.pop() {
            Some(name) if !module.is_empty() => {
                let alias = definition::rename(r, input, "another name for it")?;
                names.push(UseName { name, alias });
            }
            _ => return Err(r.expected_help(input, "`.` and the name of a definition", form)),
        }
    }
    end_of_line(r, input);
    Ok(Use {
        module,
        names,
        span: r.since(start, input),
    })
}

/// Takes the `;` of an item that ends with one. What is missing there hides nothing else.
pub(super) fn end_of_line(r: &Reader, input: ParseStream) {
    if r.has::<Token![;]>(input) {
        return;
    }
    if !input.is_empty() && !opens_item(r, input) {
        r.expected(input, "`;`");
        r.skip_all(input);
        return;
    }
    r.missing(input, "`;`", "an item", "an item without `{ .. }` ends with `;`");
}

/// The word of the language that `word` stands for.
fn meant(word: &str) -> Option<&'static str> {
    match word {
        "interface" | "class" | "message" | "object" | "record" | "table" | "model" => Some("struct"),
        "oneof" | "variant" | "choice" | "sum" => Some("union"),
        "import" | "include" | "from" | "require" => Some("use"),
        "package" | "module" | "mod" => Some("namespace"),
        "typedef" | "alias" | "newtype" => Some("type"),
        _ => nearest(word, WORDS.iter().copied()),
    }
}

/// Nothing that the language knows opens this item.
fn no_item(r: &Reader, input: ParseStream) -> Reported {
    let word = r.source(r.here(input));
    let help = match (word, meant(word)) {
        ("rpc" | "method" | "fn" | "function" | "client" | "server" | "request" | "notification", _) => {
            "a method stands in a `service Name { .. }`".to_owned()
        }
        ("pub" | "export" | "public" | "declare", _) => "everything is public; take it out".to_owned(),
        ("import" | "include" | "require", _) => {
            "write `use module.Name;` or `use module.{Name, Other};`".to_owned()
        }
        (_, Some(meant)) => format!("did you mean `{meant}`?"),
        (_, None) => {
            let words: Vec<String> = WORDS.iter().map(|word| format!("`{word}`")).collect();
            format!("an item begins with one of {}", words.join(", "))
        }
    };
    r.expected_help(input, "an item", help)
}
