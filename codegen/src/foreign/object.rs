//! Schemas of objects as structs and maps.
//!
//! In: the keywords of a schema of objects. Out: a map where no property is named, else a struct.

use serde_json::Value;

use crate::ast::{Docs, Field, Item, Marks, Name, Scalar, Shape, Spread, Struct, Type, TypeKind};

use crate::source::Span;

use super::json::{Json, Kind};
use super::keywords::{Keywords, below};
use super::schema::{Meaning, Reader, any};

/// An object: `type` is taken already.
pub(super) fn read<'j>(
    reader: &mut Reader<'_>,
    schema: &'j Json,
    keywords: &mut Keywords<'j>,
    inline: &mut Vec<Item>,
) -> Option<Meaning> {
    let is_closed = matches!(
        schema.get("additionalProperties").map(|rest| &rest.kind),
        Some(Kind::Other(Value::Bool(false)))
    );
    if keywords.has("properties") || is_closed {
        return Some(Meaning::Shape(Shape::Struct(body(
            reader, keywords, None, inline,
        )?)));
    }
    let key = match keywords.take("propertyNames") {
        Some(names) => {
            let pointer = keywords.below("propertyNames");
            key(reader, names, &pointer, inline)?
        }
        None => Type {
            kind: TypeKind::Scalar(Scalar::String),
            span: schema.span,
        },
    };
    let values = match keywords.take("additionalProperties") {
        Some(values) => reader.inner(values, &keywords.below("additionalProperties"), inline)?,
        None => any(schema.span),
    };
    Some(TypeKind::Map(Box::new(key), Box::new(values)).into())
}

/// The fields of an object, without the property `tag`.
pub(super) fn body<'j>(
    reader: &mut Reader<'_>,
    keywords: &mut Keywords<'j>,
    tag: Option<&str>,
    inline: &mut Vec<Item>,
) -> Option<Struct> {
    let mut body = Struct::default();
    let required = names(reader, keywords)?;
    let pointer = keywords.below("properties");
    let properties = match keywords.take("properties") {
        None => &[],
        Some(properties) => match properties.as_object() {
            Some(properties) => properties,
            None => {
                reader.unsupported(
                    properties.span,
                    format!("what stands at `{pointer}` is no object"),
                );
                return None;
            }
        },
    };
    if let Some((name, place)) = required
        .iter()
        .find(|(wanted, _)| !properties.iter().any(|(name, _)| name.text == *wanted))
    {
        let message = format!(
            "`required` at `{}` names `{name}`, which `properties` does not have",
            keywords.pointer
        );
        reader.unsupported(*place, message);
        return None;
    }
    let mut is_whole = true;
    for (name, schema) in properties {
        if tag == Some(name.text.as_str()) {
            continue;
        }
        let is_required = required.iter().any(|(wanted, _)| *wanted == name.text);
        match field(reader, name, schema, is_required, &pointer, inline) {
            Some(field) => body.fields.push(field),
            None => is_whole = false,
        }
    }
    match keywords.take("additionalProperties") {
        Some(rest) if matches!(rest.kind, Kind::Other(Value::Bool(false))) => body.closed = Some(rest.span),
        Some(rest) => {
            let values = reader.inner(rest, &keywords.below("additionalProperties"), inline)?;
            body.spreads.push(spread(values, rest));
        }
        None => {}
    }
    is_whole.then_some(body)
}

/// The names that `required` lists, with their places.
fn names<'j>(reader: &mut Reader<'_>, keywords: &mut Keywords<'j>) -> Option<Vec<(&'j str, Span)>> {
    let Some(list) = keywords.take("required") else {
        return Some(Vec::new());
    };
    let names = list.as_list().and_then(|names| {
        names
            .iter()
            .map(|name| Some((name.as_text()?, name.span)))
            .collect::<Option<Vec<_>>>()
    });
    if names.is_none() {
        let message = format!("`required` at `{}` is no list of names", keywords.pointer);
        reader.unsupported(list.span, message);
    }
    names
}

fn field(
    reader: &mut Reader<'_>,
    name: &Name,
    schema: &Json,
    is_required: bool,
    pointer: &str,
    inline: &mut Vec<Item>,
) -> Option<Field> {
    let pointer = below(pointer, &name.text);
    let mut read = reader.read(schema, &pointer, inline)?;
    // A default of null says what absence means anyway.
    let default = read.default.take().filter(|default| !default.value.is_null());
    if let Some(default) = &default
        && (is_required || read.nullable)
    {
        let what = if is_required { "required" } else { "nullable" };
        reader.unsupported(
            default.span,
            format!("a default at `{pointer}`, on a property that is {what}, is not supported"),
        );
        return None;
    }
    let (docs, marks) = (read.docs.clone(), read.marks.clone());
    let is_optional = !is_required && default.is_none();
    Some(Field {
        docs,
        marks,
        name: name.clone(),
        optional: is_optional.then_some(name.span),
        patch: None,
        ty: reader.named_type(read, schema.span, &pointer, inline),
        default,
        rename: None,
        accepts: Vec::new(),
        span: name.span,
    })
}

fn spread(values: Type, rest: &Json) -> Spread {
    let scalar = Type {
        kind: TypeKind::Scalar(Scalar::String),
        span: rest.span,
    };
    Spread {
        docs: Docs {
            text: "Members that the schema does not name.".to_owned(),
            span: Some(rest.span),
        },
        marks: Marks::default(),
        name: Name {
            text: "additional".to_owned(),
            span: rest.span,
        },
        ty: Type {
            kind: TypeKind::Map(Box::new(scalar), Box::new(values)),
            span: rest.span,
        },
        span: rest.span,
    }
}

/// The keys of a map. `propertyNames` need not repeat that names are strings.
fn key(reader: &mut Reader<'_>, names: &Json, pointer: &str, inline: &mut Vec<Item>) -> Option<Type> {
    let mut key = reader.inner(names, pointer, inline)?;
    if matches!(key.kind, TypeKind::Scalar(Scalar::Json)) {
        key.kind = TypeKind::Scalar(Scalar::String);
    }
    Some(key)
}
