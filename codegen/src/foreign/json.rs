//! JSON text as a tree that knows where each value stands.
//!
//! In: the bytes of a file. Out: a [`Json`], or where and why the text is none. serde_json keeps no places, so
//! jsonc-parser reads, with everything that goes beyond JSON turned off.

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::Value;

use crate::ast::Name;
use crate::source::{FileId, Span};

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Json {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Text.
    Text(String),
    /// `null`, a boolean or a number.
    Other(Value),
    /// A list.
    List(Vec<Json>),
    /// Members in order; no name stands twice.
    Object(Vec<(Name, Json)>),
}

/// Why a text is no JSON.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) span: Span,
    pub(super) reason: String,
}

/// Reads the text of `file`.
///
/// # Errors
/// When it is no JSON, or an object has two members of one name.
pub(super) fn parse(bytes: &[u8], file: FileId) -> Result<Json, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|error| Malformed {
        span: Span::new(file, error.valid_up_to()..error.valid_up_to() + 1),
        reason: "a byte that is not UTF-8".to_owned(),
    })?;
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &strict).map_err(|error| {
        let range = error.range();
        Malformed {
            span: Span::new(file, range.start..range.end.max(range.start)),
            reason: lowercase_first(&error.kind().to_string()),
        }
    })?;
    match parsed.value {
        Some(value) => convert(value, file),
        None => Err(Malformed {
            span: Span::new(file, 0..text.len()),
            reason: "there is no value".to_owned(),
        }),
    }
}

impl Json {
    /// The value without places.
    pub(super) fn value(&self) -> Value {
        match &self.kind {
            Kind::Text(text) => Value::String(text.clone()),
            Kind::Other(value) => value.clone(),
            Kind::List(items) => items.iter().map(Json::value).collect(),
            Kind::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(name, value)| (name.text.clone(), value.value()))
                    .collect(),
            ),
        }
    }

    /// The text, where it is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The members, where it is an object.
    pub(super) fn as_object(&self) -> Option<&[(Name, Json)]> {
        match &self.kind {
            Kind::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The items, where it is a list.
    pub(super) fn as_list(&self) -> Option<&[Json]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The member called `name`, where it is an object that has one.
    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        let (_, value) = self.as_object()?.iter().find(|(key, _)| key.text == name)?;
        Some(value)
    }
}

/// The parser bounds nesting, and so this recursion.
fn convert(value: ast::Value<'_>, file: FileId) -> Result<Json, Malformed> {
    let range = value.range();
    let span = Span::new(file, range.start..range.end);
    let kind = match value {
        ast::Value::StringLit(text) => Kind::Text(text.value.into_owned()),
        ast::Value::Array(list) => Kind::List(
            list.elements
                .into_iter()
                .map(|item| convert(item, file))
                .collect::<Result<_, _>>()?,
        ),
        ast::Value::Object(object) => Kind::Object(members(object, file)?),
        ast::Value::NumberLit(number) => {
            Kind::Other(serde_json::from_str(number.value).map_err(|_| Malformed {
                span,
                reason: format!("`{}` is not a number of JSON", number.value),
            })?)
        }
        ast::Value::BooleanLit(boolean) => Kind::Other(Value::Bool(boolean.value)),
        ast::Value::NullKeyword(_) => Kind::Other(Value::Null),
    };
    Ok(Json { span, kind })
}

fn members(object: ast::Object<'_>, file: FileId) -> Result<Vec<(Name, Json)>, Malformed> {
    let mut members: Vec<(Name, Json)> = Vec::with_capacity(object.properties.len());
    let mut seen = std::collections::HashSet::new();
    for property in object.properties {
        let range = property.name.range();
        let name = Name {
            text: property.name.into_string(),
            span: Span::new(file, range.start..range.end),
        };
        if !seen.insert(name.text.clone()) {
            return Err(Malformed {
                span: name.span,
                reason: format!("the member `{}` stands twice", name.text),
            });
        }
        members.push((name, convert(property.value, file)?));
    }
    Ok(members)
}

fn lowercase_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().collect::<String>() + letters.as_str()
    })
}
