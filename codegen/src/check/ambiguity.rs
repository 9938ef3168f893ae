//! Untagged unions of which some JSON value is two members at once.
//!
//! In: the tree. Out: a warning for each member that an earlier one may be taken for. Members are told apart by JSON
//! kind; strings and booleans by their constants; objects by a member that both require with values that differ, or that
//! one requires and the other, closed, does not know.

use std::collections::{BTreeMap, BTreeSet};

use super::types;
use crate::ast::{Accepts, Scalar, Tagging};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resolve::{Field, MemberContent, Resolved, Shape, Struct, Type, TypeKind, Union};
use crate::rules;

/// A type that takes more forms than this is taken for any JSON value: unions of unions would take exponentially many.
const MOST_FORMS: usize = 256;

/// How far members of members are looked into: far enough for `items: { type: "a" }` against `items: { type: "b" }`.
const DEPTH: usize = 2;

/// Reports them.
pub(super) fn check(resolved: &Resolved, out: &mut Diagnostics) {
    for definition in &resolved.definitions {
        let Shape::Union(union) = &definition.shape else {
            continue;
        };
        if !matches!(union.tagging, Tagging::Untagged(_)) {
            continue;
        }
        let forms: Vec<Vec<Form>> = union
            .members
            .iter()
            .map(|member| bounded(content_forms(resolved, &member.content, DEPTH)))
            .collect();
        for (index, member) in union.members.iter().enumerate() {
            let Some(first) = (0..index).find(|&first| overlap(&forms[first], &forms[index])) else {
                continue;
            };
            let earlier = &union.members[first];
            let objects = [first, index]
                .iter()
                .all(|at| forms[*at].iter().all(Form::is_object));
            let mend = match objects {
                true => "give both a required field with a constant of its own, or make one `closed`",
                false => "use types of different JSON kinds, or a tagged union",
            };
            out.push(
                Diagnostic::new(
                    &rules::AMBIGUOUS_UNION,
                    member.name.span,
                    format!(
                        "some values are both `{}` and `{}` of `{}`",
                        earlier.name.text, member.name.text, definition.name.text
                    ),
                )
                .label(format!("what is this may be read as `{}`", earlier.name.text))
                .note_at(earlier.name.span, "comes first, so it wins")
                .help(format!(
                    "{mend}; or say why it is right with `@allow(ambiguous-union, \"..\")`"
                )),
            );
        }
    }
}

/// One way in which a value may look.
#[derive(Clone, Debug)]
enum Form {
    Anything,
    Null,
    Bool(Option<bool>),
    Number(Option<String>),
    String(Option<BTreeSet<String>>),
    Array,
    Object(Object),
}

impl Form {
    fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }
}

#[derive(Clone, Debug, Default)]
struct Object {
    /// What it must have, and how that may look.
    required: BTreeMap<String, Required>,
    /// Every name that it knows; none where it takes any.
    known: Option<BTreeSet<String>>,
}

#[derive(Clone, Debug)]
struct Required {
    forms: Vec<Form>,
    /// Old spellings that may stand in for the name.
    accepts: Vec<String>,
}

impl Required {
    fn new(forms: Vec<Form>) -> Self {
        Self {
            forms,
            accepts: Vec::new(),
        }
    }
}

fn overlap(a: &[Form], b: &[Form]) -> bool {
    a.iter().any(|a| b.iter().any(|b| both(a, b)))
}

fn both(a: &Form, b: &Form) -> bool {
    match (a, b) {
        (Form::Anything, _) | (_, Form::Anything) => true,
        (Form::Null, Form::Null) | (Form::Array, Form::Array) => true,
        (Form::Bool(a), Form::Bool(b)) => a.zip(*b).is_none_or(|(a, b)| a == b),
        (Form::Number(a), Form::Number(b)) => a.as_ref().zip(b.as_ref()).is_none_or(|(a, b)| a == b),
        (Form::String(a), Form::String(b)) => {
            a.as_ref().zip(b.as_ref()).is_none_or(|(a, b)| !a.is_disjoint(b))
        }
        (Form::Object(a), Form::Object(b)) => !told_apart(a, b) && !told_apart(b, a),
        _ => false,
    }
}

/// Whether a member that `a` requires is never one of `b`.
fn told_apart(a: &Object, b: &Object) -> bool {
    a.required.iter().any(|(name, required)| {
        let unknown = b.known.as_ref().is_some_and(|known| {
            !known.contains(name) && required.accepts.iter().all(|old| !known.contains(old))
        });
        let differs = b.required.get(name).is_some_and(|other| {
            required.accepts.is_empty() && other.accepts.is_empty() && !overlap(&required.forms, &other.forms)
        });
        unknown || differs
    })
}

fn bounded(forms: Vec<Form>) -> Vec<Form> {
    if forms.len() > MOST_FORMS {
        return vec![Form::Anything];
    }
    forms
}

fn content_forms(resolved: &Resolved, content: &MemberContent, depth: usize) -> Vec<Form> {
    match content {
        MemberContent::None => Vec::new(),
        MemberContent::Fields(body) => struct_forms(resolved, body, depth),
        MemberContent::Type(ty) => forms(resolved, ty, depth),
    }
}

fn forms(resolved: &Resolved, ty: &Type, depth: usize) -> Vec<Form> {
    match &types::unaliased(resolved, ty).kind {
        TypeKind::Scalar(Scalar::Json) => vec![Form::Anything],
        TypeKind::List(_) | TypeKind::Tuple(_) => vec![Form::Array],
        TypeKind::Map(..) => vec![Form::Object(Object::default())],
        TypeKind::Nullable(inner) => {
            let mut forms = forms(resolved, inner, depth);
            forms.push(Form::Null);
            forms
        }
        TypeKind::Name(id) => match &resolved[*id].shape {
            Shape::Struct(body) if depth > 0 => struct_forms(resolved, body, depth),
            Shape::Union(union) if depth > 0 => bounded(union_forms(resolved, union, depth)),
            Shape::Struct(_) | Shape::Union(_) | Shape::Enum(_) | Shape::Alias(_) | Shape::Error { .. } => {
                vec![shallow(resolved, ty)]
            }
        },
        TypeKind::Scalar(_) | TypeKind::Constant(_) => vec![shallow(resolved, ty)],
    }
}

/// How a value looks without looking into it.
fn shallow(resolved: &Resolved, ty: &Type) -> Form {
    match &types::unaliased(resolved, ty).kind {
        TypeKind::Scalar(scalar) => match scalar {
            Scalar::Json => Form::Anything,
            Scalar::Bool => Form::Bool(None),
            Scalar::String | Scalar::Path | Scalar::Base64 | Scalar::Uuid => Form::String(None),
            _ => Form::Number(None),
        },
        TypeKind::Constant(literal) => match &literal.value {
            serde_json::Value::String(text) => Form::String(Some(BTreeSet::from([text.clone()]))),
            serde_json::Value::Bool(value) => Form::Bool(Some(*value)),
            serde_json::Value::Number(number) => Form::Number(Some(number.to_string())),
            _ => Form::Anything,
        },
        TypeKind::List(_) | TypeKind::Tuple(_) => Form::Array,
        TypeKind::Map(..) => Form::Object(Object::default()),
        TypeKind::Nullable(_) => Form::Anything,
        TypeKind::Name(id) => match &resolved[*id].shape {
            Shape::Struct(body) if body.bare.is_none() => Form::Object(Object::default()),
            Shape::Enum(declared) if declared.open.is_some() => Form::String(None),
            Shape::Enum(declared) => {
                let members = declared.members.iter();
                let values = members.flat_map(|member| std::iter::once(&member.name).chain(&member.accepts));
                Form::String(Some(values.map(|name| name.text.clone()).collect()))
            }
            Shape::Union(union) if matches!(union.tagging, Tagging::Internal(_) | Tagging::Adjacent(..)) => {
                Form::Object(Object::default())
            }
            Shape::Struct(_) | Shape::Union(_) | Shape::Alias(_) | Shape::Error { .. } => Form::Anything,
        },
    }
}

fn struct_forms(resolved: &Resolved, body: &Struct, depth: usize) -> Vec<Form> {
    let mut forms: Vec<Form> = objects(resolved, body, depth)
        .into_iter()
        .map(Form::Object)
        .collect();
    let bare = body.bare.as_ref();
    let bare = bare.and_then(|bare| body.fields.iter().find(|field| field.name.text == bare.text));
    forms.extend(bare.map(|field| shallow(resolved, &field.ty)));
    forms
}

/// The objects that a body stands for: one, or one for each member of a flattened union.
fn objects(resolved: &Resolved, body: &Struct, depth: usize) -> Vec<Object> {
    let mut own = Object {
        required: BTreeMap::new(),
        known: body.closed.map(|_| BTreeSet::new()),
    };
    for field in &body.fields {
        if types::is_required(field) {
            let required = Required {
                forms: forms(resolved, &field.ty, depth.saturating_sub(1)),
                accepts: old_names(field).map(str::to_owned).collect(),
            };
            own.required.insert(field.name.text.clone(), required);
        }
        if let Some(known) = &mut own.known {
            known.insert(field.name.text.clone());
            known.extend(old_names(field).map(str::to_owned));
        }
    }
    let mut objects = vec![own];
    for spread in &body.spreads {
        let TypeKind::Name(id) = spread.ty.kind else {
            continue;
        };
        let parts = match &resolved[id].shape {
            Shape::Struct(inner) => self::objects(resolved, inner, depth),
            Shape::Union(union) => tagged_objects(resolved, union, depth),
            Shape::Enum(_) | Shape::Alias(_) | Shape::Error { .. } => continue,
        };
        if objects.len() * parts.len() > MOST_FORMS {
            return vec![Object::default()];
        }
        objects = objects
            .iter()
            .flat_map(|object| {
                parts.iter().map(|part| {
                    let mut whole = object.clone();
                    whole.required.extend(part.required.clone());
                    whole
                })
            })
            .collect();
    }
    objects
}

fn old_names(field: &Field) -> impl Iterator<Item = &str> {
    field.accepts.iter().filter_map(|accepted| match accepted {
        Accepts::Null(_) => None,
        Accepts::Name(old) | Accepts::Not(old) => Some(old.text.as_str()),
    })
}

fn union_forms(resolved: &Resolved, union: &Union, depth: usize) -> Vec<Form> {
    match &union.tagging {
        Tagging::Internal(_) | Tagging::Adjacent(..) => tagged_objects(resolved, union, depth)
            .into_iter()
            .map(Form::Object)
            .collect(),
        Tagging::External(_) => {
            let mut forms = Vec::new();
            if union.open.is_some() {
                forms.extend([Form::String(None), Form::Object(Object::default())]);
            }
            for member in &union.members {
                let names = std::iter::once(&member.name).chain(&member.accepts);
                let names: BTreeSet<String> = names.map(|name| name.text.clone()).collect();
                match member.content {
                    MemberContent::None => forms.push(Form::String(Some(names))),
                    _ => forms.extend(names.into_iter().map(|name| {
                        Form::Object(Object {
                            required: BTreeMap::from([(name.clone(), Required::new(vec![Form::Anything]))]),
                            known: Some(BTreeSet::from([name])),
                        })
                    })),
                }
            }
            forms
        }
        Tagging::Untagged(_) if union.open.is_some() => vec![Form::Anything],
        Tagging::Untagged(_) => {
            let mut all = Vec::new();
            for member in &union.members {
                all.extend(content_forms(resolved, &member.content, depth));
                if all.len() > MOST_FORMS {
                    return vec![Form::Anything];
                }
            }
            all
        }
    }
}

/// The objects of a union that is tagged by a member.
fn tagged_objects(resolved: &Resolved, union: &Union, depth: usize) -> Vec<Object> {
    let (tag, content) = match &union.tagging {
        Tagging::Internal(tag) => (tag, None),
        Tagging::Adjacent(tag, content) => (tag, Some(content)),
        Tagging::External(_) | Tagging::Untagged(_) => return vec![Object::default()],
    };
    if union.open.is_some() {
        let any = Object {
            required: BTreeMap::from([(tag.text.clone(), Required::new(vec![Form::String(None)]))]),
            known: None,
        };
        return vec![any];
    }
    let mut all = Vec::new();
    for member in &union.members {
        let names = std::iter::once(&member.name).chain(&member.accepts);
        let names: BTreeSet<String> = names.map(|name| name.text.clone()).collect();
        let bodies = match (&member.content, content) {
            (MemberContent::None, _) => vec![Object::default()],
            (_, Some(content)) => vec![Object {
                required: BTreeMap::from([(content.text.clone(), Required::new(vec![Form::Anything]))]),
                known: None,
            }],
            (MemberContent::Fields(body), None) => objects(resolved, body, depth),
            (MemberContent::Type(ty), None) => match types::structure(resolved, ty) {
                Some(body) => objects(resolved, body, depth),
                None => vec![Object::default()],
            },
        };
        for mut object in bodies {
            let label = Required::new(vec![Form::String(Some(names.clone()))]);
            object.required.insert(tag.text.clone(), label);
            if let Some(known) = &mut object.known {
                known.insert(tag.text.clone());
            }
            all.push(object);
        }
        if all.len() > MOST_FORMS {
            return vec![Object::default()];
        }
    }
    all
}
