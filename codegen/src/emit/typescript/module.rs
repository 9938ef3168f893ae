//! One module under construction: the text of types, and the imports that they need.
//!
//! In: types of the model. Out: their TypeScript, and the finished module with its imports.

use crate::emit::{json, names};
use crate::ir::{DefName, Protocol, Scalar, Shape, Type};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A module under construction.
pub(super) struct Module<'a> {
    /// The model.
    pub(super) protocol: &'a Protocol,
    namespace: Option<&'a str>,
    own: Option<&'a DefName>,
    /// The namespace of each name that is another module's.
    imports: BTreeMap<&'a str, Option<&'a str>>,
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
    pub(super) fn name(&mut self, name: &'a DefName) -> &'a str {
        if self.own != Some(name) {
            self.imports.insert(name.name(), name.namespace());
        }
        name.name()
    }

    /// The name of a module that is not of the model, imported.
    pub(super) fn support(&mut self, name: &'static str) -> &'static str {
        self.imports.insert(name, None);
        name
    }

    /// A type where any type may stand.
    pub(super) fn ty(&mut self, ty: &'a Type) -> Cow<'a, str> {
        match ty {
            Type::Scalar(scalar) => self.scalar(*scalar).into(),
            Type::Constant(value) => value.to_string().into(),
            Type::Ref(name) => self.name(name).into(),
            Type::List(element) => self.element(element) + "[]",
            Type::Map(key, value) => self.map(key, value).into(),
            Type::Tuple(elements) => {
                let elements: Vec<_> = elements.iter().map(|element| self.ty(element)).collect();
                format!("[{}]", elements.join(", ")).into()
            }
            Type::Nullable(inner) => self.nullable(inner),
        }
    }

    /// A type, or null.
    pub(super) fn nullable(&mut self, ty: &'a Type) -> Cow<'a, str> {
        let text = self.ty(ty);
        match ty {
            // They hold null already.
            Type::Scalar(Scalar::Json) | Type::Nullable(_) => text,
            _ => text + " | null",
        }
    }

    /// The finished module: its first line, imports, and `body`.
    pub(super) fn finish(self, note: &str, body: &str) -> String {
        let mut text = String::with_capacity(note.len() + 64 * self.imports.len() + body.len() + 8);
        text.extend(["// ", note, "\n\n"]);
        for (name, namespace) in &self.imports {
            text.extend(["import type { ", name, " } from \""]);
            match (self.namespace, *namespace) {
                (here, there) if here == there => text.push_str("./"),
                (Some(_), None) => text.push_str("../"),
                (None, there) => text.extend(["./", there.unwrap_or_default(), "/"]),
                (Some(_), Some(there)) => text.extend(["../", there, "/"]),
            }
            text.extend([name, ".js\";\n"]);
        }
        if !self.imports.is_empty() {
            text.push('\n');
        }
        text.push_str(body);
        text
    }

    fn element(&mut self, ty: &'a Type) -> Cow<'a, str> {
        let text = self.ty(ty);
        match ty {
            Type::Nullable(_) if text.contains(" | ") => format!("({text})").into(),
            _ => text,
        }
    }

    /// Names of an enum that is not open may each be absent; other names are not known, so there is an index signature.
    fn map(&mut self, key: &'a Type, value: &'a Type) -> String {
        let value = self.ty(value);
        match self.closed_enum(key) {
            Some(name) => format!("{{ [key in {}]?: {value} }}", self.name(name)),
            None => format!("{{ [key: string]: {value} }}"),
        }
    }

    fn closed_enum(&self, ty: &'a Type) -> Option<&'a DefName> {
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

    fn scalar(&mut self, scalar: Scalar) -> &'static str {
        match scalar {
            Scalar::String | Scalar::Path | Scalar::Base64 | Scalar::Uuid => "string",
            Scalar::Bool => "boolean",
            Scalar::I8
            | Scalar::I16
            | Scalar::I32
            | Scalar::I64
            | Scalar::U8
            | Scalar::U16
            | Scalar::U32
            | Scalar::U64
            | Scalar::F64 => "number",
            Scalar::BigInt => "bigint",
            Scalar::Json => self.support("JsonValue"),
        }
    }
}

/// The name of a member, quoted where it is no identifier.
pub(super) fn key(name: &str) -> Cow<'_, str> {
    if names::is_typescript_key(name) {
        name.into()
    } else {
        literal(name).into()
    }
}

/// A string literal.
pub(super) fn literal(text: &str) -> String {
    json::text(text)
}
