//! The section of one definition.
//!
//! In: a definition. Out: its comment, and its members in words and tables.

use super::link::{Page, code, definition_anchor};
use super::table::{meaning, notes, structure, table};
use crate::emit::json;
use crate::ir::{Content, DefName, Definition, Member, Shape, Tagging, Type, Union, User, Visibility};

/// How many users of a definition are named; whoever looks for all of them searches.
const MOST_USERS: usize = 12;

/// The section.
pub(super) fn section(page: &Page<'_>, name: &DefName, definition: &Definition) -> String {
    let mut text = format!(
        "\n<a id=\"{}\"></a>\n\n### `{}`\n\n{}{}",
        definition_anchor(name),
        name.name(),
        body(page, definition),
        users(page, name)
    );
    text.truncate(text.trim_end().len());
    text + "\n"
}

/// Where it is used: methods first, and what is shown with a method is that method.
fn users(page: &Page<'_>, name: &DefName) -> String {
    let (mut methods, mut definitions) = (Vec::new(), Vec::new());
    // What holds itself says nothing of others.
    let others = |user: &&User<'_>| **user != User::Definition(name);
    for user in page.users.get(name).into_iter().flatten().filter(others) {
        let (links, link) = match user {
            User::Method(wire) => (&mut methods, page.method(wire)),
            User::Definition(user) => match page.with_method.get(user) {
                Some(wire) => (&mut methods, page.method(wire)),
                None => (&mut definitions, page.definition(user)),
            },
        };
        // Who has no page is nothing for readers.
        if link.starts_with('[') && !links.contains(&link) {
            links.push(link);
        }
    }
    methods.append(&mut definitions);
    let more = match methods.len().saturating_sub(MOST_USERS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    methods.truncate(MOST_USERS);
    if methods.is_empty() {
        return String::new();
    }
    format!("Used by {}{more}.\n\n", methods.join(", "))
}

/// The section without its heading.
pub(super) fn body(page: &Page<'_>, definition: &Definition) -> String {
    let mut text = String::new();
    let notes = notes(page, &definition.marks);
    if !notes.is_empty() {
        text += &format!("{}\n\n", notes.join(" "));
    }
    text += &page.paragraph(&definition.docs);
    text += &match &definition.shape {
        Shape::Struct(body) => structure(page, body),
        Shape::Error { code, data } => {
            let data = if data.is_empty() {
                "There is no `data`.\n\n".to_owned()
            } else {
                format!("Members of `data`:\n\n{}", structure(page, data))
            };
            format!("An error whose code is `{code}`. {data}")
        }
        Shape::Enum(body) => {
            let rows: Vec<_> = body
                .members
                .iter()
                .filter(|member| member.marks.visibility != Visibility::OnlyRust)
                .map(|member| {
                    let value = code(&json::text(&member.name));
                    [value.into(), meaning(page, &member.docs, &member.marks)]
                })
                .collect();
            let open = if body.open {
                "Open: a later version may send other strings, which a client must bear.\n\n"
            } else {
                ""
            };
            format!(
                "One of these strings:\n\n{}{open}",
                table(&["Value", "Meaning"], &rows)
            )
        }
        Shape::Union(union) => union_body(page, union),
        Shape::Alias { ty } => format!("Another name for: {}.\n\n", page.ty(ty)),
    };
    text
}

fn union_body(page: &Page<'_>, union: &Union) -> String {
    let (lead, head) = match &union.tagging {
        Tagging::Internal { tag } => (
            format!("An object; its member {} says which:", code(tag)),
            code(tag),
        ),
        Tagging::Adjacent { tag, content } => (
            format!(
                "An object; its member {} says which, and {} holds the rest:",
                code(tag),
                code(content)
            ),
            code(tag),
        ),
        Tagging::External => (
            "A string, or an object with one member whose name says which:".to_owned(),
            "Name".to_owned(),
        ),
        Tagging::Untagged => (
            "One of these, told apart by their shape:".to_owned(),
            "Member".to_owned(),
        ),
    };
    let members: Vec<&Member> = union
        .members
        .iter()
        .filter(|member| member.marks.visibility != Visibility::OnlyRust)
        .collect();
    let rows: Vec<_> = members
        .iter()
        .map(|member| {
            [
                name(&union.tagging, member).into(),
                holds(page, &union.tagging, member).into(),
                meaning(page, &member.docs, &member.marks),
            ]
        })
        .collect();
    let mut text = format!("{lead}\n\n{}", table(&[&head, "Holds", "Meaning"], &rows));
    if union.open {
        text += "Open: a later version may send others than these, which a client must bear.\n\n";
    }
    for member in members {
        if let Content::Fields { body, .. } = &member.content {
            text += &format!(
                "#### {}\n\n{}",
                name(&union.tagging, member),
                structure(page, body)
            );
        }
    }
    text
}

/// The name of a member as it goes over the wire; the label of an untagged one does not.
fn name(tagging: &Tagging, member: &Member) -> String {
    match tagging {
        Tagging::Untagged => member.name.clone(),
        _ => code(&json::text(&member.name)),
    }
}

fn holds(page: &Page<'_>, tagging: &Tagging, member: &Member) -> String {
    match (&member.content, tagging) {
        (Content::None, Tagging::External) => "a bare string".to_owned(),
        (Content::None, _) => "nothing".to_owned(),
        (Content::Fields { .. }, _) => "an object, below".to_owned(),
        (Content::Type { ty: Type::Ref(name) }, Tagging::Internal { .. }) => {
            format!("the members of {}", page.definition(name))
        }
        (Content::Type { ty }, _) => page.ty(ty).into_owned(),
    }
}
