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
    "a", "an", "and", "for", "in", "is", "it", "its", "of", "on", "that", "the", "this", "to", "with",
];

/// Words for what a thing is, which the declaration says already.
const KINDS: &[&str] = &[
    "definition",
    "enum",
    "field",
    "member",
    "method",
    "param",
    "params",
    "struct",
    "type",
    "union",
];

/// Reports them.
pub(super) fn check(resolved: &Resolved, out: &mut Diagnostics) {
    for service in &resolved.services {
        documented("service", &service.name, &service.docs, out);
    }
    for method in &resolved.methods {
        documented("method", &method.name, &method.docs, out);
    }
    for definition in &resolved.definitions {
        if definition.foreign.is_some() {
            continue;
        }
        let name = &definition.name;
        documented("definition", name, &definition.docs, out);
        match &definition.shape {
            Shape::Alias(_) => {}
            Shape::Struct(body) | Shape::Error { data: body, .. } => fields(body, out),
            Shape::Enum(declared) => {
                for member in &declared.members {
                    documented("member", &member.name, &member.docs, out);
                }
            }
            Shape::Union(union) => {
                for member in &union.members {
                    documented("member", &member.name, &member.docs, out);
                    if let MemberContent::Fields(body) = &member.content {
                        fields(body, out);
                    }
                }
            }
        }
    }
}

/// A constant says all that there is to say.
fn fields(body: &Struct, out: &mut Diagnostics) {
    for field in &body.fields {
        if !matches!(field.ty.kind, TypeKind::Constant(_)) {
            documented("field", &field.name, &field.docs, out);
        }
    }
}

fn documented(what: &str, name: &Name, docs: &Docs, out: &mut Diagnostics) {
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
    } else if repeats(&docs.text, name) {
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

/// Whether every word of the text is in the name, or says nothing.
fn repeats(text: &str, name: &Name) -> bool {
    // A text of this length has words of its own; most are longer, and need no look.
    if text.len() > 8 * (name.text.len() + 8) {
        return false;
    }
    let known: Vec<String> = names::words(&name.text).into_iter().map(stem).collect();
    let mut words = names::words(text).into_iter().map(stem);
    words.all(|word| {
        known.contains(&word) || FILLERS.contains(&word.as_str()) || KINDS.contains(&word.as_str())
    })
}

/// Without case and without the `s` of a plural.
fn stem(word: &str) -> String {
    let word = word.to_ascii_lowercase();
    match word.strip_suffix('s') {
        Some(singular) if singular.len() > 2 => singular.to_owned(),
        _ => word,
    }
}
