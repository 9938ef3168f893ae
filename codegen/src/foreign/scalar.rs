//! `type` and `format` as scalars.
//!
//! In: the keywords of a schema of strings or numbers. Out: the word of the language that takes the same values.

use crate::ast::Scalar;
use crate::diagnostics::Diagnostic;
use crate::rules;
use crate::source::Span;

use super::json::{Json, Kind};
use super::keywords::Keywords;
use super::schema::Reader;

impl Reader<'_> {
    /// The one word of `type` beside `null`, and whether `null` is there.
    pub(super) fn type_word<'j>(
        &mut self,
        kind: &'j Json,
        place: Span,
        pointer: &str,
    ) -> Option<(&'j str, bool)> {
        let words: Vec<&str> = match &kind.kind {
            Kind::Text(word) => vec![word],
            Kind::List(items) => items.iter().filter_map(Json::as_text).collect(),
            _ => Vec::new(),
        };
        let nullable = words.len() > 1 && words.contains(&"null");
        let mut others = words.iter().filter(|word| !nullable || **word != "null");
        match (others.next(), others.next()) {
            (Some(word), None) => Some((word, nullable)),
            _ => {
                let message = format!("a `type` of several words at `{pointer}` is not supported");
                self.diagnostics.push(
                    Diagnostic::new(&rules::FOREIGN_UNSUPPORTED, place, message)
                        .label("only one word, or one and `null`")
                        .help("write an `anyOf` with a schema for each"),
                );
                None
            }
        }
    }

    /// The scalar of a `type` `string`.
    pub(super) fn string(&mut self, keywords: &mut Keywords<'_>) -> Option<Scalar> {
        let Some(format) = keywords.take("format") else {
            return Some(Scalar::String);
        };
        match format.as_text() {
            Some("uuid") => Some(Scalar::Uuid),
            Some("absolute-path") => Some(Scalar::Path),
            Some("base64") => Some(Scalar::Base64),
            _ => self.unknown_format(format, &keywords.pointer),
        }
    }

    /// The scalar of a `type` `integer`.
    pub(super) fn integer(&mut self, keywords: &mut Keywords<'_>) -> Option<Scalar> {
        let from_zero = keywords.take("minimum").map(|minimum| {
            let is_zero = matches!(&minimum.kind, Kind::Other(value) if value.as_f64() == Some(0.0));
            (minimum, is_zero)
        });
        let scalar = match keywords.take("format") {
            None if matches!(from_zero, Some((_, true))) => Scalar::U64,
            None => Scalar::I64,
            Some(format) => match format.as_text() {
                Some("int8") => Scalar::I8,
                Some("int16") => Scalar::I16,
                Some("int32") => Scalar::I32,
                Some("int64" | "int") => Scalar::I64,
                Some("uint8") => Scalar::U8,
                Some("uint16") => Scalar::U16,
                Some("uint32") => Scalar::U32,
                Some("uint64" | "uint") => Scalar::U64,
                _ => return self.unknown_format(format, &keywords.pointer),
            },
        };
        let is_unsigned = matches!(scalar, Scalar::U8 | Scalar::U16 | Scalar::U32 | Scalar::U64);
        match from_zero {
            Some((minimum, is_zero)) if !(is_zero && is_unsigned) => {
                let message = format!(
                    "a `minimum` at `{}` is not supported, but for 0 with an unsigned format",
                    keywords.pointer
                );
                self.unsupported(minimum.span, message);
                None
            }
            _ => Some(scalar),
        }
    }

    /// The scalar of a `type` `number`.
    pub(super) fn number(&mut self, keywords: &mut Keywords<'_>) -> Option<Scalar> {
        match keywords.take("format") {
            Some(format) if !matches!(format.as_text(), Some("double" | "float")) => {
                self.unknown_format(format, &keywords.pointer)
            }
            _ => Some(Scalar::F64),
        }
    }

    fn unknown_format(&mut self, format: &Json, pointer: &str) -> Option<Scalar> {
        let message = format!(
            "the format `{}` at `{pointer}` is not supported",
            format.as_text().unwrap_or_default()
        );
        self.unsupported(format.span, message);
        None
    }
}
