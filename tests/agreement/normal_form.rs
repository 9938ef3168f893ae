//! A form in which two JSON Schemas that say the same are equal.
//!
//! In: a draft-07 schema of the shapes that derives and our emitter write. Out: the same without what only annotates, and
//! with one notation for each thing that there are several for.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value, json};

/// What only tells people something. `x-` marks are ours alone.
const ANNOTATIONS: &[&str] = &[
    "$schema",
    "$comment",
    "title",
    "description",
    "deprecated",
    "definitions",
];

/// A schema without notation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Normal {
    Anything,
    Reference(String),
    /// One value.
    Constant(String),
    /// A value of a type, and every keyword that narrows it.
    Kind(String, BTreeMap<String, String>),
    List(Box<Normal>),
    Tuple(Vec<Normal>),
    Object {
        members: BTreeMap<String, (Presence, Normal)>,
        others: Box<Others>,
    },
    Union(BTreeSet<Normal>),
    Defaulted(Box<Normal>, String),
}

/// Whether a member must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Presence {
    Required,
    Optional,
}

/// What members there may be that are not named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Others {
    Any,
    None,
    Like(Normal),
}

/// Where references lead.
pub(crate) struct Document<'a> {
    pub(crate) definitions: &'a Map<String, Value>,
    /// Names that stand for what they mean: derives have none for them.
    pub(crate) transparent: &'a HashSet<&'a str>,
}

/// The normal form of a schema.
pub(crate) fn normal(schema: &Value, document: &Document<'_>) -> Normal {
    let Value::Object(keywords) = schema else {
        // `true` is everything; nobody writes `false` but for other members.
        return Normal::Anything;
    };
    let mut keywords = keywords.clone();
    keywords.retain(|name, _| !ANNOTATIONS.contains(&name.as_str()) && !name.starts_with("x-"));
    let default = keywords.shift_remove("default");
    let form = without_default(keywords, document);
    match default {
        // What absence of a member means that may be null.
        None | Some(Value::Null) => form,
        Some(default) => Normal::Defaulted(Box::new(form), sorted(&default).to_string()),
    }
}

fn without_default(mut keywords: Map<String, Value>, document: &Document<'_>) -> Normal {
    if keywords.is_empty() {
        return Normal::Anything;
    }
    if let Some(Value::String(reference)) = keywords.get("$ref") {
        let name = name_of(reference).to_owned();
        keywords.shift_remove("$ref");
        if keywords.is_empty() && document.transparent.contains(name.as_str()) {
            return normal(&document.definitions[&name], document);
        }
        if keywords.is_empty() {
            return Normal::Reference(name);
        }
        let target = resolved(&document.definitions[&name], document);
        return merged(keywords, [target], document);
    }
    if let Some(Value::Array(parts)) = keywords.shift_remove("allOf") {
        if let ([part], true) = (&parts[..], keywords.is_empty()) {
            return normal(part, document);
        }
        let parts: Vec<Value> = parts.iter().map(|part| resolved(part, document)).collect();
        return merged(keywords, parts, document);
    }
    for union in ["oneOf", "anyOf"] {
        if let Some(Value::Array(members)) = keywords.shift_remove(union) {
            let members = members.iter().map(|member| {
                if keywords.is_empty() {
                    normal(member, document)
                } else {
                    merged(keywords.clone(), [resolved(member, document)], document)
                }
            });
            return union_of(members.collect());
        }
    }
    if let Some(value) = keywords.get("const") {
        return Normal::Constant(value.to_string());
    }
    if let Some(Value::Array(values)) = keywords.get("enum") {
        return union_of(
            values
                .iter()
                .map(|value| Normal::Constant(value.to_string()))
                .collect(),
        );
    }
    if let Some(Value::Array(types)) = keywords.get("type").cloned() {
        let kinds = types.into_iter().map(|kind| {
            keywords.insert("type".to_owned(), kind);
            single(&keywords, document)
        });
        return union_of(kinds.collect());
    }
    single(&keywords, document)
}

/// One object of several that describe the same value.
fn merged(
    mut whole: Map<String, Value>,
    parts: impl IntoIterator<Item = Value>,
    document: &Document<'_>,
) -> Normal {
    for part in parts {
        let Value::Object(part) = part else { continue };
        for (keyword, value) in part {
            match (whole.get_mut(&keyword), value) {
                (Some(Value::Object(here)), Value::Object(there)) if keyword == "properties" => {
                    here.extend(there)
                }
                (Some(Value::Array(here)), Value::Array(there)) if keyword == "required" => {
                    here.extend(there)
                }
                (Some(Value::Array(here)), Value::Array(there))
                    if keyword == "oneOf" || keyword == "anyOf" =>
                {
                    panic!("two unions describe one value: {here:?} and {there:?}")
                }
                (_, value) => drop(whole.insert(keyword, value)),
            }
        }
    }
    normal(&Value::Object(whole), document)
}

fn single(keywords: &Map<String, Value>, document: &Document<'_>) -> Normal {
    let kind = keywords.get("type").and_then(Value::as_str).unwrap_or("object");
    match kind {
        "object" => object(keywords, document),
        "array" => match keywords.get("items") {
            None => Normal::List(Box::new(Normal::Anything)),
            Some(Value::Array(items)) => {
                Normal::Tuple(items.iter().map(|item| normal(item, document)).collect())
            }
            Some(item) => Normal::List(Box::new(normal(item, document))),
        },
        _ => Normal::Kind(kind.to_owned(), narrowed(kind, keywords)),
    }
}

/// Keywords that narrow a scalar. The format of an integer says its bounds already.
fn narrowed(kind: &str, keywords: &Map<String, Value>) -> BTreeMap<String, String> {
    let narrowing: &[&str] = match kind {
        "integer" | "number" if keywords.contains_key("format") => &["format"],
        "integer" | "number" => &["minimum", "maximum"],
        "string" => &["format", "pattern"],
        _ => &[],
    };
    let said = narrowing
        .iter()
        .filter_map(|keyword| Some((*keyword, keywords.get(*keyword)?)));
    said.map(|(keyword, value)| (keyword.to_owned(), value.to_string()))
        .collect()
}

fn object(keywords: &Map<String, Value>, document: &Document<'_>) -> Normal {
    let none = Map::new();
    let properties = keywords
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&none);
    let required: BTreeSet<&str> = keywords
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let members = properties.iter().map(|(name, schema)| {
        let presence = if required.contains(name.as_str()) {
            Presence::Required
        } else {
            Presence::Optional
        };
        (name.clone(), (presence, normal(schema, document)))
    });
    let others = match keywords.get("additionalProperties") {
        None | Some(Value::Bool(true)) => Others::Any,
        Some(Value::Bool(false)) => Others::None,
        Some(schema) => match normal(schema, document) {
            Normal::Anything => Others::Any,
            form => Others::Like(form),
        },
    };
    Normal::Object {
        members: members.collect(),
        others: Box::new(others),
    }
}

/// Members of members become members, and one member is no union.
fn union_of(members: Vec<Normal>) -> Normal {
    let mut flat = BTreeSet::new();
    for member in members {
        match member {
            Normal::Union(inner) => flat.extend(inner),
            member => drop(flat.insert(member)),
        }
    }
    if flat.contains(&Normal::Anything) {
        return Normal::Anything;
    }
    if flat.len() == 1 {
        return flat.into_iter().next().unwrap_or(Normal::Anything);
    }
    Normal::Union(flat)
}

/// The schema that a reference means, references followed.
fn resolved(schema: &Value, document: &Document<'_>) -> Value {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => resolved(&document.definitions[name_of(reference)], document),
        None => schema.clone(),
    }
}

fn name_of(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

/// The same value with the members of its objects in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<&String, Value> = members
                .iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            json!(members)
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The normal forms of two schemas in the same document.
    fn forms(one: Value, other: Value) -> (Normal, Normal) {
        let definitions = json!({
            "Name": { "type": "string" },
            "Point": { "type": "object", "properties": { "x": { "type": "number" } }, "required": ["x"] },
        });
        let document = Document {
            definitions: definitions.as_object().expect("it is an object"),
            transparent: &HashSet::from(["Name"]),
        };
        (normal(&one, &document), normal(&other, &document))
    }

    #[test]
    fn notation_does_not_count() {
        for (one, other) in [
            (
                json!({ "type": ["string", "null"] }),
                json!({ "anyOf": [{ "type": "null" }, { "type": "string" }] }),
            ),
            (
                json!({ "const": "a", "title": "A" }),
                json!({ "type": "string", "enum": ["a"] }),
            ),
            (
                json!({ "$ref": "#/definitions/Name" }),
                json!({ "type": "string" }),
            ),
            (
                json!({ "allOf": [{ "$ref": "#/definitions/Point" }] }),
                json!({ "$ref": "#/definitions/Point" }),
            ),
            (
                json!({ "type": "integer", "format": "uint8", "minimum": 0, "maximum": 255 }),
                json!({ "type": "integer", "format": "uint8" }),
            ),
            (
                json!({ "$ref": "#/definitions/Point", "type": "object", "properties": { "y": { "const": 1 } } }),
                json!({ "type": "object", "properties": { "x": { "type": "number" }, "y": { "const": 1 } }, "required": ["x"] }),
            ),
        ] {
            let (one, other) = forms(one, other);
            assert_eq!(one, other);
        }
    }

    #[test]
    fn what_readers_notice_counts() {
        let object =
            |more: Value| json!({ "type": "object", "properties": { "x": more }, "required": ["x"] });
        for (one, other) in [
            (
                object(json!({})),
                json!({ "type": "object", "properties": { "x": {} } }),
            ),
            (
                object(json!({ "type": "string" })),
                object(json!({ "type": ["string", "null"] })),
            ),
            (
                object(json!({ "type": "boolean" })),
                object(json!({ "type": "boolean", "default": false })),
            ),
            (
                object(json!({ "type": "string" })),
                object(json!({ "type": "string", "format": "uuid" })),
            ),
            (
                json!({ "type": "object" }),
                json!({ "type": "object", "additionalProperties": false }),
            ),
            (json!({ "enum": ["a", "b"] }), json!({ "enum": ["a"] })),
            (
                json!({ "type": "integer", "format": "int32" }),
                json!({ "type": "integer", "format": "int64" }),
            ),
            (
                json!({ "$ref": "#/definitions/Point" }),
                json!({ "type": "object" }),
            ),
        ] {
            let (one, other) = forms(one, other);
            assert_ne!(one, other);
        }
    }
}
