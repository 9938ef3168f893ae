//! Objects: members by presence, flattened structs inlined, flattened unions and open maps intersected.
//!
//! In: a struct of the model. Out: a type literal, or an intersection of one with what cannot be written in it.

use super::comment::Comment;
use super::module::{Module, key};
use crate::ir::{DefName, Field, Presence, Scalar, Shape, Struct, Type, Visibility};

/// The longest type literal that stays on one line.
const LINE: usize = 90;

/// An object type under construction.
#[derive(Debug, Default)]
pub(super) struct Object<'a> {
    members: Vec<(Comment<'a>, String)>,
    intersected: Vec<String>,
}

impl<'a> Object<'a> {
    /// The members of a struct.
    pub(super) fn of(module: &mut Module<'a>, body: &'a Struct) -> Self {
        let mut object = Self::default();
        object.take(module, body);
        object
    }

    /// An object whose first member is `name: ty`, such as the tag of a union.
    pub(super) fn with(name: &str, ty: &str) -> Self {
        let mut object = Self::default();
        object.member(Comment::default(), format!("{}: {ty}", key(name)));
        object
    }

    /// Adds a member: `x?: T`.
    pub(super) fn member(&mut self, comment: Comment<'a>, text: String) {
        self.members.push((comment, text));
    }

    /// Adds a type whose members stand among ours.
    pub(super) fn intersect(&mut self, text: String) {
        self.intersected.push(text);
    }

    /// Adds the members of a struct.
    pub(super) fn take(&mut self, module: &mut Module<'a>, body: &'a Struct) {
        for field in &body.fields {
            if field.marks.visibility != Visibility::OnlyRust {
                let text = field_text(module, field);
                self.member(field_comment(module, field), text);
            }
        }
        for flatten in &body.flatten {
            match struct_of(module, &flatten.target) {
                Some(body) => self.take(module, body),
                None => {
                    let name = module.name(&flatten.target);
                    self.intersect(name.to_owned());
                }
            }
        }
        if let Some(rest) = &body.rest {
            let values = module.ty(&rest.values);
            // Intersected, since an index signature beside members must admit the types of all of them.
            self.intersect(format!("{{ [key: string]: {values} }}"));
        }
    }

    /// The type, where its first line stands at so many levels of indentation.
    pub(super) fn text(&self, level: usize) -> String {
        let mut parts = Vec::new();
        if !self.members.is_empty() {
            parts.push(self.literal(level));
        }
        parts.extend(self.intersected.iter().cloned());
        if parts.is_empty() {
            return "Record<string, never>".to_owned();
        }
        parts.join(" & ")
    }

    fn literal(&self, level: usize) -> String {
        let silent = self.members.iter().all(|(comment, _)| comment.is_empty());
        let texts = || self.members.iter().map(|(_, text)| text.as_str());
        if silent && texts().map(|text| text.len() + 2).sum::<usize>() <= LINE {
            let line = format!("{{ {} }}", texts().collect::<Vec<_>>().join("; "));
            if line.len() <= LINE && !line.contains('\n') {
                return line;
            }
        }
        let indent = "  ".repeat(level);
        let mut text = String::from("{\n");
        for (comment, member) in &self.members {
            comment.write_before(level + 1, &mut text);
            text.extend([&indent, "  ", member, ";\n"]);
        }
        text.extend([&indent, "}"]);
        text
    }
}

/// The struct that `name` stands for, through aliases; none where it is a union.
pub(super) fn struct_of<'a>(module: &Module<'a>, name: &DefName) -> Option<&'a Struct> {
    match &module.protocol.definitions.get(name)?.shape {
        Shape::Struct(body) => Some(body),
        Shape::Alias {
            ty: Type::Ref(target),
        } => struct_of(module, target),
        _ => None,
    }
}

/// Presence as the design's table has it: TypeScript says what a writer sends.
fn field_text<'a>(module: &mut Module<'a>, field: &'a Field) -> String {
    let (mark, ty) = match field.presence {
        Presence::Required | Presence::Default => (": ", module.ty(&field.ty)),
        Presence::Nullable => (": ", module.nullable(&field.ty)),
        Presence::Optional | Presence::OptionalAcceptsNull | Presence::OmittedDefault => {
            ("?: ", module.ty(&field.ty))
        }
        Presence::OptionalNullable | Presence::Patch => ("?: ", module.nullable(&field.ty)),
    };
    [&*key(&field.name), mark, &*ty].concat()
}

fn field_comment<'a>(module: &Module<'a>, field: &'a Field) -> Comment<'a> {
    let mut comment = Comment::marked(&field.docs, &field.marks, module.protocol);
    if field.presence == Presence::Patch {
        comment.paragraph("Absent leaves it as it is; null clears it.");
    }
    let format = match field.ty {
        Type::Scalar(Scalar::Path) => Some("absolute-path"),
        Type::Scalar(Scalar::Base64) => Some("base64"),
        Type::Scalar(Scalar::Uuid) => Some("uuid"),
        _ => None,
    };
    if let Some(format) = format {
        comment.tag("format", format);
    }
    if let Some(default) = &field.default {
        comment.tag("default", &format!("`{default}`"));
    }
    comment
}
