//! Plausible values.
//!
//! In: a scalar, and the name of the field that holds it. Out: a value that a reader takes for what it is: `threadId` is
//! `"thread-1"`.

use serde_json::{Value, json};

use crate::emit::names;
use crate::ir::{Protocol, Scalar, Shape, Type};

pub(super) fn scalar(scalar: Scalar, label: &str) -> Value {
    match scalar {
        Scalar::String => text(label).into(),
        Scalar::Bool => true.into(),
        Scalar::I8 | Scalar::U8 | Scalar::I16 => 1.into(),
        Scalar::U16 | Scalar::I32 | Scalar::U32 | Scalar::I64 | Scalar::U64 | Scalar::BigInt => {
            number(label, scalar)
        }
        Scalar::F64 => 0.5.into(),
        Scalar::Json => json!({ "key": "value" }),
        Scalar::Path => "/srv/project".into(),
        Scalar::Base64 => "aGVsbG8=".into(),
        Scalar::Uuid => "0199a3c4-8d5e-7a11-9b0c-3f2d6c1e5a70".into(),
    }
}

/// A value of a type that is not `value`, which is what the type would be given; none where there is no other.
pub(super) fn another(protocol: &Protocol, ty: &Type, label: &str, value: &Value) -> Option<Value> {
    match ty {
        Type::Scalar(Scalar::Bool) => value.as_bool().map(|value| (!value).into()),
        Type::Scalar(Scalar::String) => Some(format!("another {}", text(label)).into()),
        Type::Scalar(Scalar::F64) => value.as_f64().map(|value| (value + 1.0).into()),
        Type::Scalar(Scalar::Json) => Some(json!(["another"])),
        Type::Scalar(Scalar::Path) => Some("/srv/another".into()),
        Type::Scalar(Scalar::Base64) => Some("d29ybGQ=".into()),
        Type::Scalar(Scalar::Uuid) => Some("0199a3c4-8d5e-7a11-9b0c-3f2d6c1e5a71".into()),
        Type::Scalar(_) => value.as_i64().map(|value| (value + 1).into()),
        Type::Ref(name) => match &protocol.definitions[name].shape {
            Shape::Alias { ty } => another(protocol, ty, label, value),
            Shape::Enum(body) => {
                let others = super::visible(body).map(|member| Value::from(member.name.as_str()));
                others.into_iter().find(|other| other != value)
            }
            Shape::Struct(_) | Shape::Union(_) | Shape::Error { .. } => None,
        },
        Type::Constant(_) | Type::List(_) | Type::Map(..) | Type::Tuple(_) | Type::Nullable(_) => None,
    }
}

/// What one of several is called: `features` are each a `feature`.
pub(super) fn singular(label: &str) -> String {
    match label.strip_suffix('s') {
        Some(one) if one.len() > 2 && !one.ends_with('s') => one.to_owned(),
        _ => label.to_owned(),
    }
}

fn number(label: &str, scalar: Scalar) -> Value {
    let wide = !matches!(scalar, Scalar::U16);
    match names::kebab(label).rsplit('-').next() {
        // The first second of 2026.
        Some("at") if wide => 1_767_225_600.into(),
        Some("ms") => 250.into(),
        Some("port") => 8080.into(),
        _ => 1.into(),
    }
}

fn text(label: &str) -> String {
    let words = names::kebab(label);
    let (before, last) = words.rsplit_once('-').unwrap_or(("", &words));
    match (before, last) {
        ("", "id") => "id-1".to_owned(),
        (before, "id") => format!("{before}-1"),
        (_, "url" | "uri") => "https://example.com/".to_owned(),
        (_, "path" | "file") => "src/main.rs".to_owned(),
        (_, "cwd" | "dir" | "folder") => "/srv/project".to_owned(),
        (_, "version") => "1.0.0".to_owned(),
        (_, "email") => "somebody@example.com".to_owned(),
        _ => words.replace('-', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::{singular, text};

    #[test]
    fn names_of_fields_become_values() {
        assert_eq!(text("threadId"), "thread-1");
        assert_eq!(text("id"), "id-1");
        assert_eq!(text("authUrl"), "https://example.com/");
        assert_eq!(text("user_agent"), "user agent");
        assert_eq!(
            (singular("threadIds"), singular("class")),
            ("threadId".into(), "class".into())
        );
    }
}
