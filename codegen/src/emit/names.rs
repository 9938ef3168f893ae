//! Every derived identifier: casing, reserved words, and how names of definitions and members are put together.
//!
//! In: names as they go over the wire, or as the author wrote them. Out: identifiers of each target. `check` and
//! `lower` derive names here and nowhere else, so what does not collide in `check` collides in no artefact.

use crate::ast::MethodKind;

/// Keywords of Rust that may be written raw, `r#type`.
///
/// Source: The Rust Reference, "Keywords", strict and reserved ones up to edition 2024.
#[rustfmt::skip]
const RUST_KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static",
    "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where",
    "while", "yield",
];

/// How long the longest of them is: `abstract`, `override`.
const LONGEST_KEYWORD: usize = 8;

/// Words that Rust takes even when written raw.
///
/// Source: The Rust Reference, "Identifiers", the exceptions of `RAW_IDENTIFIER`.
const RUST_NEVER_RAW: &[&str] = &["Self", "crate", "self", "super"];

/// Types, traits and variants that every Rust module sees; a definition of that name would hide it.
///
/// Source: `std::prelude::rust_2024`, and the primitive types are excluded by the capital letter.
#[rustfmt::skip]
const RUST_PRELUDE: &[&str] = &[
    "AsMut", "AsRef", "AsyncFn", "AsyncFnMut", "AsyncFnOnce", "Box", "Clone", "Copy", "Debug", "Default",
    "DoubleEndedIterator", "Drop", "Eq", "Err", "ExactSizeIterator", "Extend", "Fn", "FnMut", "FnOnce",
    "From", "FromIterator", "Future", "Hash", "Into", "IntoFuture", "IntoIterator", "Iterator", "None",
    "Ok", "Option", "Ord", "PartialEq", "PartialOrd", "Result", "Self", "Send", "Sized", "Some", "String",
    "Sync", "ToOwned", "ToString", "TryFrom", "TryInto", "Unpin", "Vec",
];

/// Words that TypeScript takes in places where we write names.
///
/// Source: ECMA-262, "Keywords and Reserved Words", strict mode of modules included; and TypeScript's predefined types
/// (TypeScript specification, "Keywords"), which no type may be called (error TS2457).
#[rustfmt::skip]
const TYPESCRIPT_RESERVED: &[&str] = &[
    "any", "arguments", "as", "asserts", "async", "await", "bigint", "boolean", "break", "case", "catch",
    "class", "const", "continue", "debugger", "default", "delete", "do", "else", "enum", "eval", "export",
    "extends", "false", "finally", "for", "function", "if", "implements", "import", "in", "instanceof",
    "interface", "let", "never", "new", "null", "number", "object", "package", "private", "protected",
    "public", "return", "static", "string", "super", "switch", "symbol", "this", "throw", "true", "try",
    "type", "typeof", "undefined", "unknown", "var", "void", "while", "with", "yield",
];

/// Types that every TypeScript module sees; a definition of that name would hide it.
///
/// Source: ECMA-262, "The Global Object"; `lib.es5.d.ts` for the utility types.
#[rustfmt::skip]
const TYPESCRIPT_GLOBALS: &[&str] = &[
    "AggregateError", "Array", "ArrayBuffer", "AsyncIterable", "AsyncIterator", "Atomics", "Awaited",
    "BigInt", "BigInt64Array", "BigUint64Array", "Boolean", "Capitalize", "ConstructorParameters",
    "DataView", "Date", "Error", "EvalError", "Exclude", "Extract", "FinalizationRegistry",
    "Float32Array", "Float64Array", "Function", "Generator", "Infinity", "InstanceType", "Int16Array",
    "Int32Array", "Int8Array", "Intl", "Iterable", "Iterator", "JSON", "Lowercase", "Map", "Math", "NaN",
    "NoInfer", "NonNullable", "Number", "Object", "Omit", "OmitThisParameter", "Parameters", "Partial",
    "Pick", "Promise", "PromiseLike", "PropertyKey", "Proxy", "RangeError", "Readonly", "ReadonlyArray",
    "ReadonlyMap", "ReadonlySet", "Record", "ReferenceError", "Reflect", "RegExp", "Required",
    "ReturnType", "Set", "SharedArrayBuffer", "String", "Symbol", "SyntaxError", "ThisParameterType",
    "ThisType", "TypeError", "URIError", "Uint16Array", "Uint32Array", "Uint8Array", "Uint8ClampedArray",
    "Uncapitalize", "Uppercase", "WeakMap", "WeakRef", "WeakSet",
];

/// Rust modules that every emitted crate has for itself, at its root or within a namespace; `mod` and `lib` are files.
const RUST_OWN_MODULES: &[&str] = &[
    "constants",
    "dispatch",
    "errors",
    "lib",
    "main",
    "messages",
    "methods",
    "mod",
    "oracle",
    "support",
];

/// Files, without their extension and in lowercase, that stand in the folders of definitions.
const OWN_FILES: &[&str] = &["errors", "formats", "index", "methods", "package"];

/// The words of a name in any casing: `thread/realtime/start`, `JSONRPCMessage`, `AGENTS_MD`, `$schema`.
///
/// Everything but ASCII letters and digits separates. So does the step from a lowercase letter or digit to a capital,
/// and the last capital of a run that a lowercase letter follows: `JSONRPC`, `Message`.
pub fn words(name: &str) -> Words<'_> {
    Words { name, at: 0 }
}

/// What [`words`] finds.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    name: &'a str,
    /// Where the next word is looked for.
    at: usize,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.name.as_bytes();
        let start = self.at + bytes[self.at..].iter().position(u8::is_ascii_alphanumeric)?;
        let mut end = start + 1;
        while let Some(&byte) = bytes.get(end) {
            if !byte.is_ascii_alphanumeric() {
                break;
            }
            if byte.is_ascii_uppercase() {
                let step_up = !bytes[end - 1].is_ascii_uppercase();
                let end_of_acronym = bytes.get(end + 1).is_some_and(u8::is_ascii_lowercase);
                if step_up || end_of_acronym {
                    break;
                }
            }
            end += 1;
        }
        self.at = end;
        Some(&self.name[start..end])
    }
}

/// `thread_realtime_start`
pub fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for word in words(name) {
        if !text.is_empty() {
            text.push('_');
        }
        lower(word, &mut text);
    }
    text
}

/// `ThreadRealtimeStart`. A name that already is in this case comes out as it is but for acronyms: `JsonrpcMessage`.
pub fn pascal(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    words(name).for_each(|word| capitalised(word, &mut text));
    text
}

/// `threadRealtimeStart`
pub fn camel(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut words = words(name);
    lower(words.next().unwrap_or_default(), &mut text);
    words.for_each(|word| capitalised(word, &mut text));
    text
}

/// `thread-realtime-start`
pub fn kebab(name: &str) -> String {
    snake(name).replace('_', "-")
}

/// `THREAD_REALTIME_START`
pub fn screaming(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

fn lower(word: &str, out: &mut String) {
    let start = out.len();
    out.push_str(word);
    out[start..].make_ascii_lowercase();
}

fn capitalised(word: &str, out: &mut String) {
    let start = out.len();
    lower(word, out);
    out[start..start + 1].make_ascii_uppercase();
}

/// `name` as it is written in Rust: `r#type`; `self_`, since four words cannot be raw. `name` is cased already.
pub fn rust_ident(name: &str) -> String {
    if RUST_NEVER_RAW.contains(&name) {
        return format!("{name}_");
    }
    if is_rust_keyword(name) {
        return format!("r#{name}");
    }
    name.to_owned()
}

/// A name that `rust_ident` writes without changing it, except for `r#`: `self` becomes `self_`. This is what the model
/// holds.
fn rust_name(name: String) -> String {
    if RUST_NEVER_RAW.contains(&name.as_str()) {
        return name + "_";
    }
    name
}

/// Whether Rust takes `name` as a plain identifier only when written raw.
pub fn is_rust_keyword(name: &str) -> bool {
    // Most names are longer.
    name.len() <= LONGEST_KEYWORD && RUST_KEYWORDS.binary_search(&name).is_ok()
}

/// Whether a definition called `name` would hide what every Rust module sees.
pub fn is_rust_prelude(name: &str) -> bool {
    RUST_PRELUDE.binary_search(&name).is_ok()
}

/// Whether TypeScript does not let a variable, parameter or type be called `name`.
pub fn is_typescript_reserved(name: &str) -> bool {
    TYPESCRIPT_RESERVED.binary_search(&name).is_ok()
}

/// Whether a definition called `name` would hide what every TypeScript module sees.
pub fn is_typescript_global(name: &str) -> bool {
    TYPESCRIPT_GLOBALS.binary_search(&name).is_ok()
}

/// Whether an emitted crate has a module of this name for itself.
pub fn is_own_module(name: &str) -> bool {
    RUST_OWN_MODULES.binary_search(&name).is_ok()
}

/// Whether the file of a definition called `name` would be one that the compiler writes anyway, where case is ignored.
pub fn is_own_file(name: &str) -> bool {
    OWN_FILES
        .binary_search(&name.to_ascii_lowercase().as_str())
        .is_ok()
}

/// `name` as it is written in TypeScript where a variable or type stands: `delete_`. `name` is cased already.
pub fn typescript_ident(name: &str) -> String {
    if is_typescript_reserved(name) {
        return format!("{name}_");
    }
    name.to_owned()
}

/// Whether TypeScript takes `name` as the key of a member without quotes. Keywords are fine there.
///
/// Source: ECMA-262, `IdentifierName`, its ASCII part.
pub fn is_typescript_key(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || matches!(first, '_' | '$'))
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'))
}

/// Whether `name` can be the name of a definition in every artefact: `[A-Z][A-Za-z0-9]*`.
pub fn is_definition_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Whether an identifier can be derived from a wire name: it is ASCII, and its first letter or digit is a letter.
pub fn has_identifier(name: &str) -> bool {
    name.is_ascii()
        && name
            .chars()
            .find(char::is_ascii_alphanumeric)
            .is_some_and(|first| first.is_ascii_alphabetic())
}

/// The Rust field of a wire name, without `r#`: `text_elements`.
pub fn rust_field(wire: &str) -> String {
    rust_name(snake(wire))
}

/// The Rust variant of a wire name: `WorkspaceWrite`.
pub fn rust_variant(wire: &str) -> String {
    rust_name(pascal(wire))
}

/// The title of a method, which is also its Rust marker: `thread/start` is `ThreadStart`.
pub fn method_title(method: &str) -> String {
    pascal(method)
}

/// The union of messages that a method of this kind is a member of.
pub fn message_union(kind: MethodKind) -> &'static str {
    match kind {
        MethodKind::ClientRequest => "ClientRequest",
        MethodKind::ServerRequest => "ServerRequest",
        MethodKind::ClientNotification => "ClientNotification",
        MethodKind::ServerNotification => "ServerNotification",
    }
}

/// The title of a method's message: that of `thread/start`, whose own title is `ThreadStart`, is
/// `ThreadStartClientRequest`. Like the titles of all members of unions it ends in the name of the union.
pub fn message_title(method_title: &str, kind: MethodKind) -> String {
    format!("{method_title}{}", message_union(kind))
}

/// The title of a protocol's bundles.
pub fn bundle_title(protocol: &str) -> String {
    format!("{protocol}Protocol")
}

/// The Rust function of a method, without `r#`: `thread/start` is `thread_start`.
pub fn method_function(method: &str) -> String {
    rust_name(snake(method))
}

/// The title of a union member's schema: member `userMessage` of `ThreadItem` is `UserMessageThreadItem`.
pub fn member_title(definition: &str, member: &str) -> String {
    pascal(member) + definition
}

/// The TypeScript type of what an open union does not list: `UnknownThreadItem`.
pub fn fallback_title(definition: &str) -> String {
    format!("Unknown{definition}")
}

/// The Rust struct of a union member that is declared in place: `ThreadItemUserMessage`.
pub fn member_struct(definition: &str, member: &str) -> String {
    definition.to_owned() + &pascal(member)
}

/// The Rust module of a file: `v2/thread.idl` in namespace `v2` is `thread`, `shared/ids.idl` in it `shared_ids`.
pub fn module(path: &str, namespace: Option<&str>) -> String {
    let stem = path.strip_suffix(".idl").unwrap_or(path);
    let below = namespace
        .and_then(|space| stem.strip_prefix(space)?.strip_prefix('/'))
        .unwrap_or(stem);
    rust_name(snake(below))
}

/// The Rust module of a namespace, without `r#`.
pub fn namespace_module(namespace: &str) -> String {
    rust_name(snake(namespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_split_at_separators_steps_and_acronyms() {
        let cases: &[(&str, &[&str])] = &[
            ("thread/realtime/start", &["thread", "realtime", "start"]),
            (
                "item/mcpToolCall/progress",
                &["item", "mcp", "Tool", "Call", "progress"],
            ),
            ("JSONRPCMessage", &["JSONRPC", "Message"]),
            ("AGENTS_MD", &["AGENTS", "MD"]),
            ("on-request", &["on", "request"]),
            ("$schema", &["schema"]),
            ("_meta", &["meta"]),
            ("sha256Sum", &["sha256", "Sum"]),
            ("HTTP2Server", &["HTTP2", "Server"]),
            ("oAuth", &["o", "Auth"]),
            ("", &[]),
            ("$", &[]),
        ];
        for (name, expected) in cases {
            assert_eq!(words(name).collect::<Vec<_>>(), *expected, "{name}");
        }
    }

    #[test]
    fn names_take_the_case_of_their_target() {
        let cases = [
            (
                "thread/realtime/start",
                "thread_realtime_start",
                "ThreadRealtimeStart",
                "threadRealtimeStart",
            ),
            (
                "JSONRPCMessage",
                "jsonrpc_message",
                "JsonrpcMessage",
                "jsonrpcMessage",
            ),
            ("AGENTS_MD", "agents_md", "AgentsMd", "agentsMd"),
            ("on-request", "on_request", "OnRequest", "onRequest"),
            ("oAuth", "o_auth", "OAuth", "oAuth"),
            ("$schema", "schema", "Schema", "schema"),
            ("naïve", "na_ve", "NaVe", "naVe"),
        ];
        for (name, in_snake, in_pascal, in_camel) in cases {
            assert_eq!(
                (snake(name).as_str(), pascal(name).as_str(), camel(name).as_str()),
                (in_snake, in_pascal, in_camel),
                "{name}"
            );
        }
        assert_eq!(screaming("thread/start"), "THREAD_START");
    }

    #[test]
    fn words_of_rust_are_escaped() {
        assert_eq!(rust_ident("type"), "r#type");
        assert_eq!(rust_ident("gen"), "r#gen");
        assert_eq!(rust_ident("union"), "union");
        for word in RUST_NEVER_RAW {
            assert_eq!(rust_ident(word), format!("{word}_"));
        }
        assert_eq!(rust_field("self"), "self_");
        assert_eq!(rust_field("type"), "type");
        assert_eq!(rust_variant("self"), "Self_");
    }

    /// `syn` knows Rust's keywords without our list.
    #[test]
    fn every_escaped_word_is_an_identifier_of_rust() {
        for word in RUST_KEYWORDS.iter().chain(RUST_NEVER_RAW) {
            let written = rust_ident(word);
            assert!(syn::parse_str::<syn::Ident>(&written).is_ok(), "{written}");
        }
    }

    #[test]
    fn lists_that_are_searched_are_sorted() {
        for list in [
            RUST_KEYWORDS,
            RUST_PRELUDE,
            TYPESCRIPT_RESERVED,
            RUST_OWN_MODULES,
            OWN_FILES,
            TYPESCRIPT_GLOBALS,
        ] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn typescript_quotes_and_renames_what_it_must() {
        assert!(is_typescript_key("$schema") && is_typescript_key("type") && is_typescript_key("_meta"));
        assert!(!is_typescript_key("on-request") && !is_typescript_key("") && !is_typescript_key("4k"));
        assert_eq!(typescript_ident("delete"), "delete_");
        assert!(is_typescript_global("Record") && is_rust_prelude("Option"));
    }

    #[test]
    fn identifiers_need_an_ascii_letter_first() {
        for name in ["type", "$schema", "_meta", "AGENTS_MD", "on-request"] {
            assert!(has_identifier(name), "{name}");
        }
        for name in ["", "$", "4k", "_4k", "naïve", "日本"] {
            assert!(!has_identifier(name), "{name}");
        }
        assert!(is_definition_name("ToolsV2") && !is_definition_name("thread") && !is_definition_name("A_B"));
    }

    #[test]
    fn modules_are_named_below_their_namespace() {
        assert_eq!(module("v2/thread.idl", Some("v2")), "thread");
        assert_eq!(module("v2/shared/ids.idl", Some("v2")), "shared_ids");
        assert_eq!(module("common/ids.idl", Some("v2")), "common_ids");
        assert_eq!(module("protocol.idl", None), "protocol");
        assert_eq!(module("v2/type.idl", Some("v2")), "type");
    }

    #[test]
    fn members_are_named_after_their_definition() {
        assert_eq!(member_title("ThreadItem", "userMessage"), "UserMessageThreadItem");
        assert_eq!(
            member_struct("ThreadItem", "userMessage"),
            "ThreadItemUserMessage"
        );
    }
}
