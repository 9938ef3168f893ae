//! Which gated parts does a value use?
//!
//! In: a literal of the model and its type. Out: the gated members and fields in it.

use serde_json::Value;

use crate::ir::{Content, DefName, Protocol, Shape, Struct, Tagging, Type};

/// Calls `found` with the gate of each gated part of `value`, and the part's name.
pub(crate) fn used(protocol: &Protocol, ty: &Type, value: &Value, found: &mut impl FnMut(&str, &str)) {
    match (ty, value) {
        (Type::Ref(name), _) => in_definition(protocol, name, value, found),
        (Type::List(inner), Value::Array(items)) => {
            items.iter().for_each(|item| used(protocol, inner, item, found));
        }
        (Type::Map(key, inner), Value::Object(entries)) => {
            for (name, item) in entries {
                used(protocol, key, &Value::String(name.clone()), found);
                used(protocol, inner, item, found);
            }
        }
        (Type::Tuple(types), Value::Array(items)) => {
            for (ty, item) in types.iter().zip(items) {
                used(protocol, ty, item, found);
            }
        }
        (Type::Nullable(inner), _) => used(protocol, inner, value, found),
        _ => {}
    }
}

/// The same of a value of a definition.
pub(crate) fn in_definition(
    protocol: &Protocol,
    name: &DefName,
    value: &Value,
    found: &mut impl FnMut(&str, &str),
) {
    match &protocol.definitions[name].shape {
        Shape::Alias { ty } => used(protocol, ty, value, found),
        Shape::Struct(body) | Shape::Error { data: body, .. } => in_body(protocol, body, value, found),
        Shape::Enum(declared) => {
            for member in &declared.members {
                if let (Some(gate), true) = (&member.marks.gate, value.as_str() == Some(&member.name)) {
                    found(&gate.name, &member.name);
                }
            }
        }
        Shape::Union(union) => {
            let (label, inner) = match (&union.tagging, value) {
                (Tagging::Internal { tag }, _) => (value.get(tag).and_then(Value::as_str), Some(value)),
                (Tagging::Adjacent { tag, content }, _) => {
                    (value.get(tag).and_then(Value::as_str), value.get(content))
                }
                (Tagging::External, Value::Object(members)) => {
                    let first = members.iter().next();
                    (
                        first.map(|(label, _)| label.as_str()),
                        first.map(|(_, inner)| inner),
                    )
                }
                (Tagging::External, _) => (value.as_str(), None),
                // Which member reads it is not known here.
                (Tagging::Untagged, _) => (None, None),
            };
            let Some(member) = union
                .members
                .iter()
                .find(|member| Some(member.name.as_str()) == label)
            else {
                return;
            };
            if let Some(gate) = &member.marks.gate {
                found(&gate.name, &member.name);
            }
            match (&member.content, inner) {
                (Content::Fields { body, .. }, Some(inner)) => in_body(protocol, body, inner, found),
                (Content::Type { ty }, Some(inner)) => used(protocol, ty, inner, found),
                _ => {}
            }
        }
    }
}

fn in_body(protocol: &Protocol, body: &Struct, value: &Value, found: &mut impl FnMut(&str, &str)) {
    for field in &body.fields {
        let Some(value) = value.get(&field.name) else {
            continue;
        };
        if let Some(gate) = &field.marks.gate {
            found(&gate.name, &field.name);
        }
        used(protocol, &field.ty, value, found);
    }
    for flatten in &body.flatten {
        in_definition(protocol, &flatten.target, value, found);
    }
}
