//! One module under construction: the text of types, and the imports that they need.
//!
//! In: types of the model. Out: their TypeScript, and the finished module with its imports.

use crate::emit::names;
use crate::ir::{DefName, Protocol, Scalar, Shape, Type};
use serde_json::Value;
use std::collections::BTreeMap;

/// A module under construction.
pub(super) struct Module<'a> {
    /// The model.
    pub(super) protocol: &'a Protocol,
    namespace: Option<&'a str>,
    own: Option<&'a DefName>,
    imports: BTreeMap<String, String>,
}

impl<'a> Module<'a> {
    /// The module of a definition.
    pub(super) fn of(protocol: &'a Protocol, own: &'a DefName) -> Self {
        Self {
            protocol,
            namespace: own.namespace(),
            own: Some(own),
            imports: BTreeMap::new(),
        }
    }

    /// A module of the root that defines nothing of the model.
    pub(super) fn root(protocol: &'a Protocol) -> Self {
        Self {
            protocol,
            namespace: None,
            own: None,
            imports: BTreeMap::new(),
        }
    }

    /// The name of a definition, imported where it is another module's.
    pub(super) fn name(&mut self, name: &DefName) -> String {
        if self.own != Some(name) {
            self.import(name.namespace(), name.name());
        }
        name.name().to_owned()
    }

    /// The name of a module that is not of the model, imported.
    pub(super) fn support(&mut self, name: &'static str) -> String {
        self.import(None, name);
        name.to_owned()
    }

    /// A type where any type may stand.
    pub(super) fn ty(&mut self, ty: &Type) -> String {
        match ty {
            Type::Scalar(scalar) => self.scalar(*scalar),
            Type::Constant(value) => value.to_string(),
            Type::Ref(name) => self.name(name),
            Type::List(element) => format!("{}[]", self.element(element)),
            Type::Map(key, value) => self.map(key, value),
            Type::Tuple(elements) => {
                let elements: Vec<_> = elements.iter().map(|element| self.ty(element)).collect();
                format!("[{}]", elements.join(", "))
            }
            Type::Nullable(inner) => self.nullable(inner),
        }
    }

    /// A type, or null.
    pub(super) fn nullable(&mut self, ty: &Type) -> String {
        let text = self.ty(ty);
        match ty {
            // They hold null already.
            Type::Scalar(Scalar::Json) | Type::Nullable(_) => text,
            _ => format!("{text} | null"),
        }
    }

    /// The finished module: its first line, imports, and `body`.
    pub(super) fn finish(self, note: &str, body: &str) -> String {
        let imports: String = self
            .imports
            .iter()
            .map(|(name, from)| format!("import type {{ {name} }} from \"{from}\";\n"))
            .collect();
        let gap = if imports.is_empty() { "" } else { "\n" };
        format!("// {note}\n\n{imports}{gap}{body}")
    }

    fn element(&mut self, ty: &Type) -> String {
        let text = self.ty(ty);
        match ty {
            Type::Nullable(_) if text.contains(" | ") => format!("({text})"),
            _ => text,
        }
    }

    /// Names of an enum that is not open may each be absent; other names are not known, so there is an index signature.
    fn map(&mut self, key: &Type, value: &Type) -> String {
        let value = self.ty(value);
        match self.closed_enum(key) {
            Some(name) => format!("{{ [key in {}]?: {value} }}", self.name(name)),
            None => format!("{{ [key: string]: {value} }}"),
        }
    }

    fn closed_enum<'t>(&self, ty: &'t Type) -> Option<&'t DefName>
    where
        'a: 't,
    {
        let protocol = self.protocol;
        let mut ty = ty;
        loop {
            let Type::Ref(name) = ty else { return None };
            match &protocol.definitions.get(name)?.shape {
                Shape::Enum(body) if !body.open => return Some(name),
                Shape::Alias { ty: target } => ty = target,
                _ => return None,
            }
        }
    }

    fn scalar(&mut self, scalar: Scalar) -> String {
        match scalar {
            Scalar::String | Scalar::Path | Scalar::Base64 | Scalar::Uuid => "string".to_owned(),
            Scalar::Bool => "boolean".to_owned(),
            Scalar::I8
            | Scalar::I16
            | Scalar::I32
            | Scalar::I64
            | Scalar::U8
            | Scalar::U16
            | Scalar::U32
            | Scalar::U64
            | Scalar::F64 => "number".to_owned(),
            Scalar::BigInt => "bigint".to_owned(),
            Scalar::Json => self.support("JsonValue"),
        }
    }

    fn import(&mut self, namespace: Option<&str>, name: &str) {
        let from = match (self.namespace, namespace) {
            (here, there) if here == there => format!("./{name}.js"),
            (None, Some(there)) => format!("./{there}/{name}.js"),
            (Some(_), None) => format!("../{name}.js"),
            (Some(_), Some(there)) => format!("../{there}/{name}.js"),
            (None, None) => unreachable!("the first arm takes it"),
        };
        self.imports.insert(name.to_owned(), from);
    }
}

/// The name of a member, quoted where it is no identifier.
pub(super) fn key(name: &str) -> String {
    if names::is_typescript_key(name) {
        name.to_owned()
    } else {
        literal(name)
    }
}

/// A string literal.
pub(super) fn literal(text: &str) -> String {
    Value::from(text).to_string()
}
