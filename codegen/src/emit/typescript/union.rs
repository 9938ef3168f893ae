//! Unions: a type per member that is an object, and the fallback of open ones.
//!
//! In: a union of the model. Out: the arms of its type, and the types of its members, which have the titles that they
//! have in the JSON Schema.

use super::comment::Comment;
use super::definition::arms;
use super::module::{Module, key, literal};
use super::object::{Object, struct_of};
use crate::ir::{Content, Field, Member, Scalar, Shape, Tagging, Type, Union, Visibility};

/// The parts of a union's module.
pub(super) struct Written {
    /// What stands after the `=` of the union.
    pub(super) text: String,
    /// The types of its members.
    pub(super) members: String,
    /// How to find a member that is not listed; none where the union is not open.
    pub(super) unknown: Option<String>,
}

/// Writes the union called `name`.
pub(super) fn write<'a>(module: &mut Module<'a>, name: &str, union: &'a Union) -> Written {
    let mut listed = Vec::new();
    let mut members = String::new();
    let visible = union
        .members
        .iter()
        .filter(|member| member.marks.visibility != Visibility::OnlyRust);
    for member in visible {
        let comment = Comment::marked(&member.docs, &member.marks, module.protocol);
        match arm(module, &union.tagging, member) {
            Arm::Plain(text) => listed.push((comment, text)),
            Arm::Named(text) => {
                let title = &member.title;
                members += &format!("\n{}export type {title} = {text};\n", comment.before(0));
                listed.push((Comment::default(), title.clone()));
            }
        }
    }
    let mut unknown = None;
    if let Some(title) = &union.fallback {
        let fallback = fallback(module, title, union);
        if let Some(ty) = fallback.ty {
            let docs = format!("A member of `{name}` that this version does not list, as it came.");
            let comment = Comment::new(&docs);
            members += &format!("\n{}export type {title} = {ty};\n", comment.before(0));
            listed.push((Comment::default(), title.clone()));
        } else {
            listed.extend(fallback.plain.into_iter().map(|text| (Comment::default(), text)));
        }
        unknown = Some(fallback.found);
    }
    Written {
        text: arms(&listed),
        members,
        unknown,
    }
}

enum Arm {
    /// A type that needs no name of its own.
    Plain(String),
    /// An object that gets one.
    Named(String),
}

fn arm<'a>(module: &mut Module<'a>, tagging: &'a Tagging, member: &'a Member) -> Arm {
    let tag_value = literal(&member.name);
    match (tagging, &member.content) {
        (Tagging::External, Content::None) => Arm::Plain(tag_value),
        (Tagging::External, Content::Fields { body, .. }) => {
            let content = Object::of(module, body).text(1);
            Arm::Named(broken(vec![format!("{}: {content}", key(&member.name))]))
        }
        (Tagging::External, Content::Type { ty }) => {
            let content = module.ty(ty);
            Arm::Named(Object::with(&member.name, &content).text(0))
        }
        (Tagging::Internal { tag }, content) => {
            let mut object = Object::with(tag, &tag_value);
            match content {
                Content::None => {}
                Content::Fields { body, .. } => object.take(module, body),
                Content::Type { ty } => {
                    if !is_bare_struct(module, ty) {
                        object.intersect(module.ty(ty).into_owned());
                    }
                }
            }
            Arm::Named(object.text(0))
        }
        (Tagging::Adjacent { tag, .. }, Content::None) => Arm::Named(Object::with(tag, &tag_value).text(0)),
        (Tagging::Adjacent { tag, content }, Content::Fields { body, .. }) => {
            let text = Object::of(module, body).text(1);
            Arm::Named(broken(vec![
                format!("{}: {tag_value}", key(tag)),
                format!("{}: {text}", key(content)),
            ]))
        }
        (Tagging::Adjacent { tag, content }, Content::Type { ty }) => {
            let mut object = Object::with(tag, &tag_value);
            let text = module.ty(ty);
            object.member(Comment::default(), format!("{}: {text}", key(content)));
            Arm::Named(object.text(0))
        }
        (Tagging::Untagged, Content::Type { ty }) => Arm::Plain(module.ty(ty).into_owned()),
        (Tagging::Untagged, Content::Fields { body, .. }) => Arm::Named(Object::of(module, body).text(0)),
        (Tagging::Untagged, Content::None) => Arm::Plain("null".to_owned()),
    }
}

/// A type literal over several lines, if one of its members is.
fn broken(members: Vec<String>) -> String {
    if members.iter().any(|member| member.contains('\n')) {
        format!("{{\n  {};\n}}", members.join(";\n  "))
    } else {
        format!("{{ {} }}", members.join("; "))
    }
}

/// Whether a struct shows no members. It reads `Record<string, never>` then, which nothing can be intersected with.
fn is_bare_struct(module: &Module<'_>, ty: &Type) -> bool {
    let Type::Ref(name) = ty else { return false };
    let hidden = |field: &Field| field.marks.visibility == Visibility::OnlyRust;
    struct_of(module, name)
        .is_some_and(|body| body.fields.iter().all(hidden) && body.flatten.is_empty() && body.rest.is_none())
}

/// What stands for members that are not listed.
struct Fallback {
    /// The type that gets a name.
    ty: Option<String>,
    /// Where it gets none: its arms.
    plain: Vec<String>,
    /// How a reader finds it, as the end of a sentence.
    found: String,
}

/// A fallback must not spoil narrowing by tag. A member whose tag is `string` would stay after every comparison, and so
/// would `string & { brand }`, since neither is a unit type; the one member of an enum is, and no literal of an author
/// is assignable to it.
fn fallback(module: &mut Module<'_>, title: &str, union: &Union) -> Fallback {
    match &union.tagging {
        Tagging::Internal { tag } => {
            let value = module.support("UnknownTag");
            Fallback {
                ty: Some(Object::with(tag, value).text(0)),
                plain: Vec::new(),
                found: format!("`{title}`: what a `switch` over `{tag}` leaves after the listed ones"),
            }
        }
        Tagging::Adjacent { tag, content } => {
            let value = module.support("UnknownTag");
            let json = module.support("JsonValue");
            let mut object = Object::with(tag, value);
            object.member(Comment::default(), format!("{}?: {json}", key(content)));
            Fallback {
                ty: Some(object.text(0)),
                plain: Vec::new(),
                found: format!("`{title}`: what a `switch` over `{tag}` leaves after the listed ones"),
            }
        }
        Tagging::External => {
            let object = module.support("UnknownObject");
            Fallback {
                ty: Some(format!("(string & {{}}) | {object}")),
                plain: Vec::new(),
                found: format!("`{title}`: another string, or an object with a member of another name"),
            }
        }
        Tagging::Untagged => {
            let plain = other_kinds(module, union);
            Fallback {
                ty: None,
                plain,
                found: "a JSON value of another kind than theirs".to_owned(),
            }
        }
    }
}

/// The kinds of JSON that no member of an untagged union has.
fn other_kinds(module: &mut Module<'_>, union: &Union) -> Vec<String> {
    let mut known = Vec::new();
    for member in &union.members {
        match &member.content {
            Content::Type { ty } => kinds(module, ty, &mut known),
            Content::Fields { .. } => known.push("object"),
            Content::None => known.push("null"),
        }
    }
    ["null", "boolean", "number", "string", "array", "object"]
        .into_iter()
        .filter(|kind| !known.contains(kind))
        .map(|kind| match kind {
            "array" => format!("{}[]", module.support("JsonValue")),
            "object" => format!("{{ [key: string]: {} }}", module.support("JsonValue")),
            kind => kind.to_owned(),
        })
        .collect()
}

fn kinds(module: &Module<'_>, ty: &Type, known: &mut Vec<&'static str>) {
    match ty {
        Type::Scalar(Scalar::Bool) => known.push("boolean"),
        Type::Scalar(Scalar::String | Scalar::Path | Scalar::Base64 | Scalar::Uuid) => known.push("string"),
        Type::Scalar(Scalar::Json) => {
            known.extend(["null", "boolean", "number", "string", "array", "object"]);
        }
        Type::Scalar(_) => known.push("number"),
        Type::Constant(value) => known.push(if value.is_string() {
            "string"
        } else if value.is_boolean() {
            "boolean"
        } else {
            "number"
        }),
        Type::List(_) | Type::Tuple(_) => known.push("array"),
        Type::Map(..) => known.push("object"),
        Type::Nullable(inner) => {
            known.push("null");
            kinds(module, inner, known);
        }
        Type::Ref(name) => match module
            .protocol
            .definitions
            .get(name)
            .map(|definition| &definition.shape)
        {
            Some(Shape::Alias { ty }) => kinds(module, ty, known),
            Some(Shape::Enum(_)) => known.push("string"),
            Some(Shape::Union(inner)) => {
                for member in &inner.members {
                    match (&inner.tagging, &member.content) {
                        (Tagging::External, Content::None) => known.push("string"),
                        (Tagging::Untagged, Content::Type { ty }) => kinds(module, ty, known),
                        _ => known.push("object"),
                    }
                }
            }
            Some(Shape::Struct(_) | Shape::Error { .. }) | None => known.push("object"),
        },
    }
}
