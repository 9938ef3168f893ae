//! The module of one definition.
//!
//! In: a definition. Out: its module: `export type Thread = ..`, and for a union also the types of its members.

use super::comment::Comment;
use super::module::{Module, literal};
use super::object::Object;
use super::union;
use crate::emit::EmitOptions;
use crate::ir::{DefName, Definition, Enum, Protocol, Scalar, Shape, Struct, Type, Visibility};

/// The text of the module.
pub(super) fn module<'a>(
    protocol: &'a Protocol,
    name: &'a DefName,
    definition: &'a Definition,
    options: &EmitOptions,
) -> String {
    let mut module = Module::of(protocol, name);
    let mut comment = Comment::marked(&definition.docs, &definition.marks, protocol);
    let mut members = String::new();
    let text = match &definition.shape {
        Shape::Struct(body) => structure(&mut module, body, &mut comment),
        Shape::Error { code, data } if data.is_empty() => {
            comment.paragraph(&format!("An error whose code is {code}. It has no `data`."));
            " undefined".to_owned()
        }
        Shape::Error { code, data } => {
            comment.paragraph(&format!("The `data` of an error whose code is {code}."));
            structure(&mut module, data, &mut comment)
        }
        Shape::Enum(body) => {
            if body.open {
                comment.paragraph("Open: a later version may send a value that is not listed here.");
            }
            enumeration(protocol, body)
        }
        Shape::Union(body) => {
            let union = union::write(&mut module, name.name(), body);
            if let Some(unknown) = &union.unknown {
                comment.paragraph(&format!(
                    "Open: a later version may send a member that is not listed here, {unknown}."
                ));
            }
            members = union.members;
            union.text
        }
        Shape::Alias { ty } => [" ", &module.ty(ty)].concat(),
    };
    let mut body = comment.before(0);
    body.extend(["export type ", name.name(), " =", &text, ";\n", &members]);
    module.finish(&options.note(Some(&definition.file)), &body)
}

fn structure<'a>(module: &mut Module<'a>, body: &'a Struct, comment: &mut Comment<'a>) -> String {
    let object = Object::of(module, body);
    if let Some(rest) = &body.rest {
        comment.paragraph(&format!(
            "Further members, under any name: {}",
            rest.docs.trim().trim_end_matches('.').to_owned() + "."
        ));
        // Where the others may be any JSON, so may the listed ones be.
        if rest.values != Type::Scalar(Scalar::Json) && !body.fields.is_empty() {
            comment.paragraph(
                "The members that are listed need not have the type of the others, which a single object literal cannot \
                 say:\nput both together with `Object.assign(listed, others)`.",
            );
        }
    }
    [" ", &object.text(0)].concat()
}

fn enumeration(protocol: &Protocol, body: &Enum) -> String {
    let mut members: Vec<(Comment<'_>, String)> = body
        .members
        .iter()
        .filter(|member| member.marks.visibility != Visibility::OnlyRust)
        .map(|member| {
            let comment = Comment::marked(&member.docs, &member.marks, protocol);
            (comment, literal(&member.name))
        })
        .collect();
    if body.open {
        // Any string is allowed; `& {}` keeps the listed ones for completion.
        members.push((Comment::default(), "(string & {})".to_owned()));
    }
    arms(&members)
}

/// A union of types, on one line where it is short and nothing is said of them; begins with a space or a line break.
pub(super) fn arms(members: &[(Comment<'_>, String)]) -> String {
    if members.is_empty() {
        return " never".to_owned();
    }
    if members.iter().all(|(comment, _)| comment.is_empty()) {
        let texts: Vec<_> = members.iter().map(|(_, text)| text.as_str()).collect();
        let line = texts.join(" | ");
        if line.len() <= 90 {
            return format!(" {line}");
        }
    }
    let mut text = String::new();
    for (comment, member) in members {
        text.push('\n');
        comment.write_before(1, &mut text);
        text.extend(["  | ", member]);
    }
    text
}
