//! Doc comments: the public reference.
//!
//! In: the tree. Out: warnings of definitions, fields, members, methods and services without one, of empty ones, and of
//! those that only repeat the name. What a foreign schema brings is documented by its makers.

use crate::ast::{Docs, Name};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::emit::names;
use crate::resolve::{MemberContent, Resolved, Shape, Struct, TypeKind};
use crate::rules;

/// Words that say nothing beside a name.
const FILLERS: &[&str] = &[
    "a", "an", "and", "are", "be", "current", "for", "given", "has", "have", "in", "is", "it", "of", "on",
    "s", "some", "that", "the", "this", "to", "used", "whether", "with",
];

/// Words for what a thing is, which the declaration says already.
const KINDS: &[&str] = &[
    "argument",
    "boolean",
    "definition",
    "enum",
    "event",
    "field",
    "flag",
    "identifier",
    "list",
    "map",
    "member",
    "message",
    "method",
    "notification",
    "number",
    "object",
    "param",
    "parameter",
    "property",
    "request",
    "response",
    "result",
    "string",
    "struct",
    "type",
    "union",
    "value",
];

/// Reports them.
pub(super) fn check(resolved: &Resolved, out: &mut Diagnostics) {
    for service in &resolved.services {
        documented("service", &service.name, None, &service.docs, out);
    }
    for method in &resolved.methods {
        documented("method", &method.name, None, &method.docs, out);
    }
    for definition in &resolved.definitions {
        if definition.foreign.is_some() {
            continue;
        }
        let name = &definition.name;
        documented("definition", name, None, &definition.docs, out);
        match &definition.shape {
            Shape::Alias(_) => {}
            Shape::Struct(body) | Shape::Error { data: body, .. } => fields(name, body, out),
            Shape::Enum(declared) => {
                for member in &declared.members {
                    documented("member", &member.name, Some(name), &member.docs, out);
                }
            }
            Shape::Union(union) => {
                for member in &union.members {
                    documented("member", &member.name, Some(name), &member.docs, out);
                    if let MemberContent::Fields(body) = &member.content {
                        fields(&member.name, body, out);
                    }
                }
            }
        }
    }
}

/// A constant says all that there is to say.
fn fields(owner: &Name, body: &Struct, out: &mut Diagnostics) {
    for field in &body.fields {
        if !matches!(field.ty.kind, TypeKind::Constant(_)) {
            documented("field", &field.name, Some(owner), &field.docs, out);
        }
    }
}

fn documented(what: &str, name: &Name, owner: Option<&Name>, docs: &Docs, out: &mut Diagnostics) {
    let Some(span) = docs.span else {
        out.push(
            Diagnostic::new(
                &rules::MISSING_DOCS,
                name.span,
                format!("{what} `{}` has no doc comment", name.text),
            )
            .label("not documented")
            .help("say with `///` what its name does not"),
        );
        return;
    };
    if docs.text.trim().is_empty() {
        out.push(
            Diagnostic::new(
                &rules::EMPTY_DOCS,
                span,
                format!("the doc comment of {what} `{}` is empty", name.text),
            )
            .label("says nothing")
            .help("say what the name does not"),
        );
    } else if repeats(&docs.text, name, owner) {
        out.push(
            Diagnostic::new(
                &rules::DOCS_REPEAT_NAME,
                span,
                format!("the doc comment of {what} `{}` only repeats its name", name.text),
            )
            .label("adds nothing to the name")
            .help("say what it is for, when it is absent, in which unit it is"),
        );
    }
}

/// Whether every word of the text is in the name or in that of what it belongs to, or says nothing.
fn repeats(text: &str, name: &Name, owner: Option<&Name>) -> bool {
    let owner = owner.map_or("", |owner| owner.text.as_str());
    // A text of this length has words of its own; most are longer, and need no look.
    if text.len() > 8 * (name.text.len() + owner.len() + 8) {
        return false;
    }
    names::words(text).map(stem).all(|word| {
        // Most differ in their first letter, which no ending takes. All are ASCII, and none is empty.
        let initial = word.as_bytes()[0].to_ascii_lowercase();
        let is = |other: &str| {
            other.as_bytes()[0].to_ascii_lowercase() == initial && word.eq_ignore_ascii_case(stem(other))
        };
        names::words(&name.text).any(is)
            || names::words(owner).any(is)
            || FILLERS.iter().copied().any(is)
            || KINDS.iter().copied().any(is)
    })
}

/// Without the usual endings: `updated`, `updates` and `updating` are the same word.
fn stem(word: &str) -> &str {
    let without = |ending: &str| {
        let length = word.len().checked_sub(ending.len())?;
        (length > 2 && word[length..].eq_ignore_ascii_case(ending)).then(|| &word[..length])
    };
    ["ing", "ed", "es", "s", "e"]
        .into_iter()
        .find_map(without)
        .unwrap_or(word)
}
