//! `oneOf` and `anyOf` as enums and unions.
//!
//! In: the schemas of the members. Out: the first of these that fits: a nullable type, an enum, a union that is tagged
//! by a property, one that is tagged outside, an untagged one.

use std::collections::HashSet;

use serde_json::Value;

use crate::ast::{
    Docs, Enum, EnumMember, Item, Marks, MemberContent, Name, Scalar, Shape, Struct, Tagging, TypeKind,
    Union, UnionMember,
};
use crate::diagnostics::Diagnostic;
use crate::emit::names;
use crate::rules;
use crate::source::Span;

use super::json::{Json, Kind};
use super::keywords::{Keywords, below};
use super::object;
use super::schema::{Meaning, Reader, enum_member};

/// What the schemas in the list `members`, at `pointer`, mean together, and whether null is one of them.
pub(super) fn read(
    reader: &mut Reader<'_>,
    members: &Json,
    pointer: &str,
    open: Option<Span>,
    inline: &mut Vec<Item>,
) -> Option<(Meaning, bool)> {
    let all = members.as_list().unwrap_or_default();
    let alternatives: Vec<Alternative> = all
        .iter()
        .enumerate()
        .filter(|(_, schema)| !is_null(schema))
        .map(|(at, schema)| Alternative {
            schema,
            pointer: format!("{pointer}/{at}"),
        })
        .collect();
    let nullable = alternatives.len() < all.len();
    if let ([one], true) = (&alternatives[..], nullable) {
        return Some((reader.read(one.schema, &one.pointer, inline)?.meaning, true));
    }
    if alternatives.is_empty() {
        reader.unsupported(members.span, format!("what stands at `{pointer}` takes no value"));
        return None;
    }
    if alternatives.iter().all(|one| !texts(one.schema).is_empty()) {
        let members = alternatives
            .iter()
            .flat_map(|one| enum_members(one.schema))
            .collect();
        let reserved = Vec::new();
        return Some((
            Meaning::Shape(Shape::Enum(Enum {
                open,
                members,
                reserved,
            })),
            nullable,
        ));
    }
    let (tagging, members) = if let Some(tag) = tag(&alternatives) {
        let members = tagged(reader, &alternatives, &tag.text, inline)?;
        (Tagging::Internal(tag), members)
    } else if alternatives.iter().all(Alternative::is_external) {
        (
            Tagging::External(members.span),
            external(reader, &alternatives, inline)?,
        )
    } else {
        (
            Tagging::Untagged(members.span),
            untagged(reader, &alternatives, inline)?,
        )
    };
    let shape = Shape::Union(Union {
        open,
        tagging,
        members,
        reserved: Vec::new(),
    });
    Some((Meaning::Shape(shape), nullable))
}

/// One schema of the list.
struct Alternative<'j> {
    schema: &'j Json,
    pointer: String,
}

impl Alternative<'_> {
    /// Whether it is a bare string, or an object of exactly one member.
    fn is_external(&self) -> bool {
        !texts(self.schema).is_empty() || self.only_property().is_some()
    }

    /// The one property of a closed object that requires it.
    fn only_property(&self) -> Option<(&Name, &Json)> {
        let closed = &self.schema.get("additionalProperties")?.kind;
        let [required] = self.schema.get("required")?.as_list()? else {
            return None;
        };
        match self.schema.get("properties")?.as_object()? {
            [(name, schema)]
                if required.as_text() == Some(&name.text)
                    && matches!(closed, Kind::Other(Value::Bool(false))) =>
            {
                Some((name, schema))
            }
            _ => None,
        }
    }
}

fn is_null(schema: &Json) -> bool {
    schema.get("type").and_then(Json::as_text) == Some("null")
}

/// The strings that a schema lists; none where it takes anything else.
fn texts(schema: &Json) -> Vec<(&str, Span)> {
    if let Some(constant) = schema.get("const") {
        return constant
            .as_text()
            .map(|text| (text, constant.span))
            .into_iter()
            .collect();
    }
    let values = schema.get("enum").and_then(Json::as_list).unwrap_or_default();
    let texts: Vec<(&str, Span)> = values
        .iter()
        .filter_map(|value| Some((value.as_text()?, value.span)))
        .collect();
    if texts.len() == values.len() {
        texts
    } else {
        Vec::new()
    }
}

fn enum_members(schema: &Json) -> impl Iterator<Item = EnumMember> {
    let values = texts(schema);
    // A comment on several values is about none of them.
    let (docs, marks) = match (&values[..], Keywords::new(schema, "")) {
        ([_], Some(keywords)) => (keywords.docs.clone(), keywords.marks()),
        _ => (Docs::default(), Marks::default()),
    };
    values
        .into_iter()
        .map(move |(text, span)| enum_member(text, span, docs.clone(), marks.clone()))
}

/// The property by whose value the members can be told apart: each requires it, each with a string of its own.
fn tag(alternatives: &[Alternative<'_>]) -> Option<Name> {
    let first = alternatives.first()?.schema.get("properties")?.as_object()?;
    let mut candidates: Vec<&Name> = first.iter().map(|(name, _)| name).collect();
    candidates.sort_by_key(|name| name.text != "type");
    let tells = |name: &&&Name| {
        let mut seen = HashSet::new();
        alternatives
            .iter()
            .all(|one| tag_value(one.schema, &name.text).is_some_and(|(value, _)| seen.insert(value)))
    };
    candidates.iter().find(tells).map(|name| (*name).clone())
}

/// The only value of the property `tag`, where it is required.
fn tag_value<'j>(schema: &'j Json, tag: &str) -> Option<(&'j str, Span)> {
    let required = schema.get("required")?.as_list()?;
    if !required.iter().any(|name| name.as_text() == Some(tag)) {
        return None;
    }
    match texts(schema.get("properties")?.get(tag)?)[..] {
        [value] => Some(value),
        _ => None,
    }
}

fn tagged(
    reader: &mut Reader<'_>,
    alternatives: &[Alternative<'_>],
    tag: &str,
    inline: &mut Vec<Item>,
) -> Option<Vec<UnionMember>> {
    let mut members = Vec::new();
    for one in alternatives {
        let (Some((value, span)), Some(mut keywords)) = (
            tag_value(one.schema, tag),
            Keywords::new(one.schema, &one.pointer),
        ) else {
            continue;
        };
        keywords.take("type");
        let body = object::body(reader, &mut keywords, Some(tag), inline);
        let (docs, marks) = (keywords.docs.clone(), keywords.marks());
        let is_understood = keywords.finish(reader);
        if let (Some(body), true) = (body, is_understood) {
            members.push(union_member(value, span, docs, marks, content_of(body)));
        }
    }
    (members.len() == alternatives.len()).then_some(members)
}

fn content_of(body: Struct) -> MemberContent {
    if body.fields.is_empty() && body.spreads.is_empty() && body.closed.is_none() {
        MemberContent::None
    } else {
        MemberContent::Fields(body)
    }
}

fn external(
    reader: &mut Reader<'_>,
    alternatives: &[Alternative<'_>],
    inline: &mut Vec<Item>,
) -> Option<Vec<UnionMember>> {
    let mut members = Vec::new();
    for one in alternatives {
        let Some((name, schema)) = one.only_property() else {
            members.extend(enum_members(one.schema).map(|value| UnionMember {
                docs: value.docs,
                marks: value.marks,
                name: value.name,
                rename: None,
                accepts: Vec::new(),
                content: MemberContent::None,
                span: value.span,
            }));
            continue;
        };
        let mut keywords = Keywords::new(one.schema, &one.pointer)?;
        for word in ["type", "properties", "required", "additionalProperties"] {
            keywords.take(word);
        }
        let pointer = below(&keywords.below("properties"), &name.text);
        let read = reader.read(schema, &pointer, inline)?;
        let content = match read.meaning {
            Meaning::Shape(Shape::Struct(body)) if !read.nullable => MemberContent::Fields(body),
            _ => MemberContent::Type(reader.named_type(read, schema.span, &pointer, inline)),
        };
        members.push(union_member(
            &name.text,
            name.span,
            keywords.docs.clone(),
            keywords.marks(),
            content,
        ));
        if !keywords.finish(reader) {
            return None;
        }
    }
    Some(members)
}

fn untagged(
    reader: &mut Reader<'_>,
    alternatives: &[Alternative<'_>],
    inline: &mut Vec<Item>,
) -> Option<Vec<UnionMember>> {
    let mut members: Vec<UnionMember> = Vec::new();
    for one in alternatives {
        let read = reader.read(one.schema, &one.pointer, inline)?;
        let (docs, marks) = (read.docs.clone(), read.marks.clone());
        let title = read.title.as_ref().map(|title| names::camel(&title.text));
        let ty = reader.named_type(read, one.schema.span, &one.pointer, inline);
        let label = title.unwrap_or_else(|| label(&ty.kind));
        if members.iter().any(|other| other.name.text == label) {
            reader.diagnostics.push(
                Diagnostic::new(
                    &rules::FOREIGN_UNNAMED,
                    one.schema.span,
                    format!("the schema at `{}` needs a name", one.pointer),
                )
                .label(format!("would be called `{label}`, as another one beside it"))
                .help("give it a `title`"),
            );
            return None;
        }
        members.push(union_member(
            &label,
            one.schema.span,
            docs,
            marks,
            MemberContent::Type(ty),
        ));
    }
    Some(members)
}

/// What a member of an untagged union is called where its schema has no title.
fn label(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Name(name) => names::camel(&name.text),
        TypeKind::List(_) | TypeKind::Tuple(_) => "list".to_owned(),
        TypeKind::Map(..) => "map".to_owned(),
        TypeKind::Nullable(inner) => label(&inner.kind),
        TypeKind::Constant(literal) => match &literal.value {
            Value::String(text) => names::camel(text),
            value => format!("is{value}"),
        },
        TypeKind::Scalar(scalar) => match scalar {
            Scalar::Bool => "flag",
            Scalar::Json => "any",
            Scalar::String | Scalar::Path | Scalar::Base64 | Scalar::Uuid => "text",
            _ => "number",
        }
        .to_owned(),
    }
}

fn union_member(name: &str, span: Span, docs: Docs, marks: Marks, content: MemberContent) -> UnionMember {
    UnionMember {
        docs,
        marks,
        name: Name {
            text: name.to_owned(),
            span,
        },
        rename: None,
        accepts: Vec::new(),
        content,
        span,
    }
}
