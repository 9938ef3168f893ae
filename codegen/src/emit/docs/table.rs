//! Tables: of members of an object, and in general.
//!
//! In: structs, and rows of cells. Out: Markdown tables.

use std::borrow::Cow;

use super::link::{Page, code};
use crate::ir::{Field, Marks, Presence, Struct, Visibility};

/// A table; nothing where there are no rows.
pub(super) fn table<C: AsRef<str>>(heads: &[&str], rows: &[impl AsRef<[C]>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!("| {} |\n|{}\n", heads.join(" | "), " --- |".repeat(heads.len()));
    for row in rows {
        for cell in row.as_ref() {
            text.push_str("| ");
            text.push_str(&one_line(cell.as_ref()));
            text.push(' ');
        }
        text.push_str("|\n");
    }
    text + "\n"
}

/// An object in words and a table.
pub(super) fn structure(page: &Page<'_>, body: &Struct) -> String {
    let rows: Vec<_> = body
        .fields
        .iter()
        .filter(|field| field.marks.visibility != Visibility::OnlyRust)
        .map(|field| {
            [
                code(&field.name).into(),
                page.ty(&field.ty),
                presence(field.presence, &default(field)),
                meaning(page, &field.docs, &field.marks),
            ]
        })
        .collect();
    let mut text = table(&["Member", "Type", "Presence", "Meaning"], &rows);
    for flatten in &body.flatten {
        let also = if rows.is_empty() { "The" } else { "Also the" };
        text += &format!(
            "{also} members of {} stand in this object.{}\n\n",
            page.definition(&flatten.target),
            after(page, &flatten.docs)
        );
    }
    if let Some(rest) = &body.rest {
        text += &format!(
            "Further members may have any name: {}.{}\n\n",
            page.ty(&rest.values),
            after(page, &rest.docs)
        );
    }
    if body.closed {
        text += "Other members are refused.\n\n";
    }
    if text.is_empty() {
        text += "An object without members.\n\n";
    }
    text
}

/// The author's words, with what is marked before them.
pub(super) fn meaning<'a>(page: &Page<'_>, docs: &'a str, marks: &Marks) -> Cow<'a, str> {
    let notes = notes(page, marks).join(" ");
    let docs = page.prose(docs.trim());
    match (notes.is_empty(), docs.is_empty()) {
        (true, _) => docs,
        (false, true) => notes.into(),
        (false, false) => (notes + " " + &docs).into(),
    }
}

/// What is marked, a sentence each.
pub(super) fn notes(page: &Page<'_>, marks: &Marks) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(gate) = &marks.gate {
        let mut text = format!("**Gate {}.**", page.gate(&gate.name));
        if let Some(otherwise) = &gate.otherwise {
            text += &format!(
                " A connection without it is sent {} instead.",
                code(&otherwise.to_string())
            );
        }
        notes.push(text);
    }
    if let Some(reason) = &marks.deprecated {
        notes.push(format!(
            "**Deprecated:** {}.",
            reason.trim().trim_end_matches('.')
        ));
    }
    if marks.legacy {
        notes.push("**Legacy:** kept for old clients.".to_owned());
    }
    if let Some(since) = &marks.since {
        notes.push(format!("Since {since}."));
    }
    notes
}

/// The first paragraph of a comment.
pub(super) fn summary(docs: &str) -> String {
    docs.trim()
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" ")
}

fn default(field: &Field) -> String {
    let value = field.default.as_ref();
    value.map(|value| code(&value.to_string())).unwrap_or_default()
}

/// How a member is there, in a few words; `default` is what absence means where it means that.
pub(super) fn presence(presence: Presence, default: &str) -> Cow<'static, str> {
    match presence {
        Presence::Required => "required".into(),
        Presence::Nullable => "always sent, `null` for none".into(),
        Presence::OptionalNullable => "optional, may be `null`".into(),
        Presence::Optional => "optional".into(),
        Presence::OptionalAcceptsNull => "optional; `null` is read as absent".into(),
        Presence::Default => format!("always sent; absent means {default}").into(),
        Presence::OmittedDefault => format!("optional; absent means {default}").into(),
        Presence::Patch => "optional: absent leaves, `null` clears".into(),
    }
}

fn after(page: &Page<'_>, docs: &str) -> String {
    if docs.trim().is_empty() {
        String::new()
    } else {
        format!(" {}", page.prose(docs.trim()))
    }
}

/// A cell holds no line break, and no bar that would end it. Most cells need no change.
fn one_line(text: &str) -> Cow<'_, str> {
    let mut before = 0;
    let odd = text.bytes().any(|byte| {
        let spaces = byte == b' ' && before == b' ';
        before = byte;
        spaces || matches!(byte, b'\n' | b'|' | b'\t')
    });
    if !odd && text.trim().len() == text.len() {
        return Cow::Borrowed(text);
    }
    let paragraphs: Vec<_> = text
        .split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|paragraph| !paragraph.is_empty())
        .collect();
    Cow::Owned(paragraphs.join("<br><br>").replace('|', "\\|"))
}
