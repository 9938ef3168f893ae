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
pub(super) struct Object {
    members: Vec<(Comment, String)>,
    intersected: Vec<String>,
}

impl Object {
    /// The members of a struct.
    pub(super) fn of(module: &mut Module<'_>, body: &Struct) -> Self {
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
    pub(super) fn member(&mut self, comment: Comment, text: String) {
        self.members.push((comment, text));
    }

    /// Adds a type whose members stand among ours.
    pub(super) fn intersect(&mut self, text: String) {
        self.intersected.push(text);
    }

    /// Adds the members of a struct.
    pub(super) fn take(&mut self, module: &mut Module<'_>, body: &Struct) {
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
                    self.intersect(name);
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
        let texts: Vec<_> = self.members.iter().map(|(_, text)| text.as_str()).collect();
        let line = format!("{{ {} }}", texts.join("; "));
        let silent = self.members.iter().all(|(comment, _)| comment.is_empty());
        if silent && line.len() <= LINE && !line.contains('\n') {
            return line;
        }
        let indent = "  ".repeat(level);
        let mut text = String::from("{\n");
        for (comment, member) in &self.members {
            text += &format!("{}{indent}  {member};\n", comment.before(level + 1));
        }
        text + &format!("{indent}}}")
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
fn field_text(module: &mut Module<'_>, field: &Field) -> String {
    let name = key(&field.name);
    match field.presence {
        Presence::Required | Presence::Default => format!("{name}: {}", module.ty(&field.ty)),
        Presence::Nullable => format!("{name}: {}", module.nullable(&field.ty)),
        Presence::Optional | Presence::OptionalAcceptsNull | Presence::OmittedDefault => {
            format!("{name}?: {}", module.ty(&field.ty))
        }
        Presence::OptionalNullable | Presence::Patch => format!("{name}?: {}", module.nullable(&field.ty)),
    }
}

fn field_comment(module: &Module<'_>, field: &Field) -> Comment {
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
