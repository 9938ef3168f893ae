//! JSON values as Rust expressions: the defaults of fields.
//!
//! In: a value that a type admits. Out: an expression of that type, written out in depth. What is checked when read,
//! as paths are, or told apart by shape, is read from its text.

use serde_json::{Map, Value};

use super::code::quoted;
use super::enums::UNKNOWN;
use super::module::File;
use crate::emit::names::rust_ident;
use crate::ir::{Content, DefName, Scalar, Shape, Struct, Tagging, Type, Union};

impl<'a> File<'a> {
    /// The expression of `value` where `owner` holds it.
    pub(super) fn literal(&self, owner: &str, ty: &'a Type, value: &Value) -> String {
        self.expression(Some(owner), ty, value)
            .unwrap_or_else(|| format!("json::literal({})", quoted(&value.to_string())))
    }

    /// The same for a value of a definition.
    pub(super) fn literal_of(&self, name: &'a DefName, value: &Value) -> String {
        self.expression_of(None, name, value).unwrap_or_else(|| {
            let rust = self.definition(name);
            format!("json::literal::<{rust}>({})", quoted(&value.to_string()))
        })
    }

    fn expression(&self, owner: Option<&str>, ty: &'a Type, value: &Value) -> Option<String> {
        Some(match (ty, value) {
            (Type::Scalar(scalar), value) => return scalar_expression(*scalar, value),
            (Type::Constant(constant), _) => format!("constants::{}", self.constant_type(constant)),
            (Type::List(_), Value::Array(items)) if items.is_empty() => "Vec::new()".to_owned(),
            (Type::List(item), Value::Array(items)) => {
                let items: Option<Vec<String>> = items
                    .iter()
                    .map(|value| self.expression(None, item, value))
                    .collect();
                format!("vec![{}]", items?.join(", "))
            }
            (Type::Tuple(types), Value::Array(items)) => {
                let items = types
                    .iter()
                    .zip(items)
                    .map(|(ty, value)| self.expression(owner, ty, value));
                match items.collect::<Option<Vec<String>>>()?.as_slice() {
                    [only] => format!("({only},)"),
                    items => format!("({})", items.join(", ")),
                }
            }
            (Type::Nullable(_), Value::Null) => "None".to_owned(),
            (Type::Nullable(inner), value) => format!("Some({})", self.expression(owner, inner, value)?),
            (Type::Map(..), Value::Object(members)) if members.is_empty() => {
                format!("{}::new()", self.runtime("Map"))
            }
            (Type::Map(key, item), Value::Object(members)) => {
                let entries = members.iter().map(|(name, value)| {
                    let key = self.expression(None, key, &Value::from(name.as_str()))?;
                    Some(format!("({key}, {})", self.expression(None, item, value)?))
                });
                let entries = entries.collect::<Option<Vec<String>>>()?.join(", ");
                format!("{}::from_iter([{entries}])", self.runtime("Map"))
            }
            (Type::Ref(name), value) => {
                let expression = self.expression_of(owner, name, value)?;
                match owner {
                    Some(owner) if self.is_boxed(owner, name) => format!("Box::new({expression})"),
                    _ => expression,
                }
            }
            _ => return None,
        })
    }

    fn expression_of(&self, owner: Option<&str>, name: &'a DefName, value: &Value) -> Option<String> {
        let definition = self.plan.definition(name);
        match (&definition.shape, value) {
            (Shape::Alias { ty }, value) => self.expression(owner, ty, value),
            (Shape::Enum(body), Value::String(text)) => {
                let rust = self.definition(name);
                match body.members.iter().find(|member| member.name == *text) {
                    Some(member) => Some(format!("{rust}::{}", member.rust)),
                    None if body.open => Some(format!("{rust}::{UNKNOWN}({}.to_owned())", quoted(text))),
                    None => None,
                }
            }
            (Shape::Struct(body) | Shape::Error { data: body, .. }, Value::Object(members)) => {
                self.struct_expression(self.definition(name), body, members)
            }
            (Shape::Union(body), value) => self.union_expression(name, body, value),
            _ => None,
        }
    }

    fn struct_expression(
        &self,
        rust: &str,
        body: &'a Struct,
        members: &Map<String, Value>,
    ) -> Option<String> {
        if !body.flatten.is_empty() || body.rest.is_some() {
            return None;
        }
        let mut values = Vec::new();
        for field in &body.fields {
            if self.plan.constant(field).is_some() {
                continue;
            }
            let value = match members.get(&field.name) {
                None => self.absent(rust, field),
                Some(value) => self.present(rust, field, value)?,
            };
            values.push(format!("{}: {value}", rust_ident(&field.rust)));
        }
        Some(format!("{rust} {{ {} }}", values.join(", ")))
    }

    fn present(&self, owner: &str, field: &'a crate::ir::Field, value: &Value) -> Option<String> {
        use crate::ir::Presence;
        let inner = || self.expression(Some(owner), &field.ty, value);
        Some(match field.presence {
            Presence::Required | Presence::Default | Presence::OmittedDefault => inner()?,
            Presence::Patch if value.is_null() => format!("{}::Clear", self.runtime("Patch")),
            Presence::Patch => format!("{}::Set({})", self.runtime("Patch"), inner()?),
            Presence::Optional => format!("Some({})", inner()?),
            _ if value.is_null() => "None".to_owned(),
            _ => format!("Some({})", inner()?),
        })
    }

    fn union_expression(&self, name: &'a DefName, body: &'a Union, value: &Value) -> Option<String> {
        let union = self.definition(name);
        let nothing = Value::Null;
        let (wire, content) = match (&body.tagging, value) {
            (Tagging::Internal { tag }, Value::Object(members)) => (members.get(tag)?.as_str()?, value),
            (Tagging::Adjacent { tag, content }, Value::Object(members)) => (
                members.get(tag)?.as_str()?,
                members.get(content).unwrap_or(&nothing),
            ),
            (Tagging::External, Value::String(text)) => (text.as_str(), &nothing),
            (Tagging::External, Value::Object(members)) => members
                .iter()
                .next()
                .map(|(name, content)| (name.as_str(), content))?,
            _ => return None,
        };
        let member = body.members.iter().find(|member| member.name == wire)?;
        let variant = format!("{union}::{}", member.rust);
        match &member.content {
            Content::None => Some(variant),
            Content::Fields { rust, body } => {
                let definition = &self.plan.protocol.definitions[name];
                let rust = self.import_own(&definition.file, name.namespace(), rust);
                let fields = self.struct_expression(rust, body, content.as_object()?)?;
                let boxed = self.plan.boxes.contains(union, rust);
                Some(if boxed {
                    format!("{variant}(Box::new({fields}))")
                } else {
                    format!("{variant}({fields})")
                })
            }
            Content::Type { ty } => Some(format!(
                "{variant}({})",
                self.expression(Some(union), ty, content)?
            )),
        }
    }
}

fn scalar_expression(scalar: Scalar, value: &Value) -> Option<String> {
    match (scalar, value) {
        (Scalar::String, Value::String(text)) if text.is_empty() => Some("String::new()".to_owned()),
        (Scalar::String, Value::String(text)) => Some(format!("{}.to_owned()", quoted(text))),
        (Scalar::Bool, Value::Bool(value)) => Some(value.to_string()),
        (Scalar::F64, Value::Number(number)) => number.as_f64().map(|number| format!("{number:?}")),
        (Scalar::BigInt, Value::Number(number)) => Some(format!("{number}.into()")),
        (Scalar::Json | Scalar::Path | Scalar::Base64 | Scalar::Uuid, _) => None,
        (_, Value::Number(number)) => Some(number.to_string()),
        _ => None,
    }
}
