//! The twins: every type once more, with derived implementations.
//!
//! In: the plan. Out: module `oracle` behind a feature: an independent statement of the same wire, which tests hold
//! against the emitted types, the JSON Schema and the TypeScript; and a table of what derives cannot say.

use std::borrow::Cow;

use super::code::{Code, line, quoted};
use super::plan::Plan;
use crate::emit::EmitOptions;
use crate::emit::names::{rust_ident, snake};
use crate::files::Files;
use crate::ir::{
    Content, Definition, Enum, Field, Module, Presence, Scalar, Shape, Struct, Tagging, Type, Union,
};

const DERIVES: &str = "#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]";

/// Adds what the twins of all IDL files share.
pub(super) fn add_frame(plan: &Plan<'_>, modules: &[&Module], options: &EmitOptions, files: &mut Files) {
    let mut root = Code::default();
    line!(root, "// {}", options.note(None));
    root.blank();
    root.inner_docs(ABOUT);
    root.blank();
    line!(root, "pub mod support;");
    for module in modules {
        line!(root, "mod {};", module_name(module));
    }
    root.blank();
    for module in modules {
        line!(root, "pub use {}::*;", module_name(module));
    }
    root.text(DEFINITION);
    root.blank();
    root.docs("Every definition.");
    line!(root, "pub static DEFINITIONS: &[Definition] = &[");
    for (name, definition) in &plan.protocol.definitions {
        let rust = &definition.rust;
        let path = match name.namespace() {
            None => format!("crate::{rust}"),
            Some(namespace) => format!("crate::{}::{rust}", super::module::namespace_path(namespace)),
        };
        line!(
            root,
            "Definition::of::<{path}, {rust}>({}),",
            quoted(name.as_str())
        );
    }
    line!(root, "];");
    root.blank();
    root.docs("Definitions whose twin differs, and why.");
    line!(root, "pub const NOT_EXPRESSIBLE: &[(&str, &str)] = &[");
    for (name, definition) in &plan.protocol.definitions {
        if let Some(reason) = not_expressible(&definition.shape) {
            line!(root, "({}, {}),", quoted(name.as_str()), quoted(reason));
        }
    }
    line!(root, "];");
    files.add("src/oracle/mod.rs", root.into_text());
    let support = format!(
        "// {}\n\n{}",
        options.note(None),
        include_str!("oracle_support.rs.txt")
    );
    files.add("src/oracle/support.rs", support);
}

/// Adds the twins of one IDL file.
pub(super) fn add_module(plan: &Plan<'_>, module: &Module, options: &EmitOptions, files: &mut Files) {
    let path = format!("src/oracle/{}.rs", module_name(module));
    files.add(path, Twins::write(plan, module, options));
}

const ABOUT: &str = "The types once more, with derived implementations: what tests hold the emitted ones against.\n\n\
Feature `oracle`. Not for use: what derives cannot say is left out, and listed in [`NOT_EXPRESSIBLE`].";

const DEFINITION: &str = r#"
use wiregate_runtime::json::{self, Decode, Encode};

/// A definition: the emitted type beside its twin.
pub struct Definition {
    /// Its name, below its namespace: `v2/Thread`.
    pub name: &'static str,
    /// Reads a document as the emitted type, and writes it again; an error is its path and its text.
    pub emitted: fn(&[u8]) -> Result<Vec<u8>, (String, String)>,
    /// Reads a document as the twin, and writes it again.
    pub derived: fn(&[u8]) -> Result<Vec<u8>, String>,
    /// The schema that is derived for the twin.
    pub schema: fn() -> schemars::Schema,
    /// The TypeScript that is derived for the twin.
    pub typescript: fn() -> String,
}

impl Definition {
    const fn of<T, U>(name: &'static str) -> Self
    where
        T: Decode + Encode,
        U: serde::Serialize + serde::de::DeserializeOwned + schemars::JsonSchema + ts_rs::TS,
    {
        Self {
            name,
            emitted: |document| {
                let value: T = json::from_slice(document).map_err(|error| (error.path(), error.to_string()))?;
                json::to_vec(&value).map_err(|error| (error.path().to_owned(), error.to_string()))
            },
            derived: |document| {
                let value: U = serde_json::from_slice(document).map_err(|error| error.to_string())?;
                serde_json::to_vec(&value).map_err(|error| error.to_string())
            },
            schema: || schemars::generate::SchemaSettings::draft07().into_generator().into_root_schema_for::<U>(),
            typescript: || U::decl(&ts_rs::Config::default()),
        }
    }
}
"#;

struct Twins<'a> {
    plan: &'a Plan<'a>,
    code: Code,
    /// Functions and constants that stand beside the type that is being written.
    beside: Code,
}

impl<'a> Twins<'a> {
    fn write(plan: &'a Plan<'a>, module: &Module, options: &EmitOptions) -> String {
        let mut twins = Self {
            plan,
            code: Code::default(),
            beside: Code::default(),
        };
        line!(twins.code, "// {}", options.note(Some(&module.file)));
        twins.code.blank();
        line!(
            twins.code,
            "#![allow(missing_docs, unused_imports, clippy::all, reason = \"read by tests alone\")]"
        );
        twins.code.blank();
        line!(twins.code, "use schemars::JsonSchema;");
        line!(twins.code, "use serde::{{Deserialize, Serialize}};");
        line!(twins.code, "use ts_rs::TS;");
        twins.code.blank();
        line!(twins.code, "use super::*;");
        for definition in plan.protocol.definitions.values() {
            if definition.file == module.file {
                twins.definition(definition);
            }
        }
        twins.code.into_text()
    }

    fn definition(&mut self, definition: &'a Definition) {
        let name = definition.rust.as_str();
        self.code.blank();
        match &definition.shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => {
                line!(self.code, "{DERIVES}");
                if body.closed {
                    line!(self.code, "#[serde(deny_unknown_fields)]");
                }
                line!(self.code, "pub struct {name} {{");
                self.members(name, name, body, "pub ");
                line!(self.code, "}}");
            }
            Shape::Enum(body) => self.enumeration(name, body),
            Shape::Union(body) => self.union(name, body),
            Shape::Alias { ty } => {
                line!(self.code, "{DERIVES}");
                let eq = if self.is_key(ty) {
                    "#[derive(Eq, Hash)]"
                } else {
                    ""
                };
                if !eq.is_empty() {
                    line!(self.code, "{eq}");
                }
                line!(self.code, "#[serde(transparent)]");
                let ty = self.ty(name, ty, &format!("{name}Value"));
                line!(self.code, "pub struct {name}(pub {ty});");
            }
        }
        let beside = std::mem::take(&mut self.beside).into_text();
        self.code.text(&beside);
    }

    fn enumeration(&mut self, name: &str, body: &'a Enum) {
        line!(self.code, "{DERIVES}");
        line!(self.code, "#[derive(Eq, Hash)]");
        line!(self.code, "pub enum {name} {{");
        for member in &body.members {
            line!(self.code, "#[serde({})]", renamed(&member.name, &member.accepts));
            line!(self.code, "{},", member.rust);
        }
        line!(self.code, "}}");
    }

    fn union(&mut self, name: &str, body: &'a Union) {
        line!(self.code, "{DERIVES}");
        match &body.tagging {
            Tagging::Internal { tag } => line!(self.code, "#[serde(tag = {})]", quoted(tag)),
            Tagging::Adjacent { tag, content } => {
                line!(
                    self.code,
                    "#[serde(tag = {}, content = {})]",
                    quoted(tag),
                    quoted(content)
                );
            }
            Tagging::External => {}
            Tagging::Untagged => line!(self.code, "#[serde(untagged)]"),
        }
        line!(self.code, "pub enum {name} {{");
        for member in &body.members {
            if body.tagging != Tagging::Untagged {
                line!(self.code, "#[serde({})]", renamed(&member.name, &member.accepts));
            }
            let variant = &member.rust;
            match &member.content {
                Content::None => line!(self.code, "{variant},"),
                Content::Fields { rust, body } => {
                    line!(self.code, "{variant} {{");
                    self.members(name, rust, body, "");
                    line!(self.code, "}},");
                }
                Content::Type { ty } => {
                    let ty = self.ty(name, ty, &format!("{name}{variant}"));
                    line!(self.code, "{variant}({ty}),");
                }
            }
        }
        line!(self.code, "}}");
    }

    /// `owner` is the twin, `holder` the emitted struct, which is what boxes are known of.
    fn members(&mut self, owner: &str, holder: &str, body: &'a Struct, visibility: &str) {
        for field in &body.fields {
            self.field(owner, holder, field, visibility);
        }
        for flat in &body.flatten {
            line!(self.code, "#[serde(flatten)]");
            let ty = &self.plan.protocol.definitions[&flat.target].rust;
            line!(self.code, "{visibility}{}: {ty},", rust_ident(&flat.rust));
        }
        if let Some(rest) = &body.rest {
            line!(self.code, "#[serde(flatten)]");
            let ty = self.ty("", &rest.values, &format!("{holder}Rest"));
            line!(
                self.code,
                "{visibility}{}: wiregate_runtime::Map<String, {ty}>,",
                rust_ident(&rest.rust)
            );
        }
    }

    fn field(&mut self, owner: &str, holder: &str, field: &'a Field, visibility: &str) {
        let stem = || format!("{}_{}", snake(holder), field.rust.trim_end_matches('_'));
        let constant = if has_constant(&field.ty) {
            format!("{holder}{}", pascal(&field.rust))
        } else {
            String::new()
        };
        let ty = self.ty(if holder == owner { owner } else { holder }, &field.ty, &constant);
        let mut serde = renamed(&field.name, &field.accepts);
        let mut other = Vec::new();
        let mut rust = Cow::Borrowed(ty.as_str());
        match field.presence {
            Presence::Required => {}
            Presence::Nullable => rust = format!("Option<{ty}>").into(),
            Presence::OptionalNullable => {
                serde.push_str(", default, skip_serializing_if = \"Option::is_none\"");
                other.push("#[ts(optional = nullable)]".to_owned());
                rust = format!("Option<{ty}>").into();
            }
            Presence::OptionalAcceptsNull => {
                serde.push_str(", default, skip_serializing_if = \"Option::is_none\"");
                other.push("#[ts(optional)]".to_owned());
                rust = format!("Option<{ty}>").into();
            }
            Presence::Optional => {
                serde.push_str(", default, skip_serializing_if = \"Option::is_none\"");
                serde.push_str(", deserialize_with = \"support::not_null\"");
                other.push(format!("#[schemars(with = {})]", quoted(&ty)));
                other.push("#[ts(optional)]".to_owned());
                rust = format!("Option<{ty}>").into();
            }
            Presence::Default => {
                let stem = stem();
                serde += &format!(", default = \"default_{stem}\"");
                self.default(&stem, &ty, field);
            }
            Presence::OmittedDefault => {
                let stem = stem();
                serde +=
                    &format!(", default = \"default_{stem}\", skip_serializing_if = \"is_default_{stem}\"");
                self.default(&stem, &ty, field);
                line!(self.beside, "fn is_default_{stem}(value: &{ty}) -> bool {{");
                line!(self.beside, "*value == default_{stem}()");
                line!(self.beside, "}}");
                // schemars says nothing of a default that is not written.
                other.push(format!("#[schemars(extend(\"default\" = default_{stem}()))]"));
                other.push(format!(
                    "#[ts(optional, as = {})]",
                    quoted(&format!("Option<{ty}>"))
                ));
            }
            Presence::Patch => {
                serde.push_str(", default, skip_serializing_if = \"Option::is_none\"");
                serde.push_str(", deserialize_with = \"support::nullable\"");
                other.push(format!(
                    "#[schemars(with = {})]",
                    quoted(&format!("Option<{ty}>"))
                ));
                other.push(format!(
                    "#[ts(optional = nullable, as = {})]",
                    quoted(&format!("Option<{ty}>"))
                ));
                rust = format!("Option<Option<{ty}>>").into();
            }
        }
        line!(self.code, "#[serde({serde})]");
        for attribute in other {
            line!(self.code, "{attribute}");
        }
        line!(self.code, "{visibility}{}: {rust},", rust_ident(&field.rust));
    }

    fn default(&mut self, stem: &str, ty: &str, field: &Field) {
        let value = field.default.clone().unwrap_or_default().to_string();
        self.beside.blank();
        line!(self.beside, "fn default_{stem}() -> {ty} {{");
        line!(self.beside, "serde_json::from_str({}).unwrap()", quoted(&value));
        line!(self.beside, "}}");
    }

    /// `constant` names the type of a constant, should it be one.
    fn ty(&mut self, owner: &str, ty: &'a Type, constant: &str) -> String {
        match ty {
            Type::Scalar(scalar) => scalar_type(*scalar).to_owned(),
            Type::Constant(value) => self.constant(value, constant),
            Type::List(item) => format!("Vec<{}>", self.ty("", item, constant)),
            Type::Nullable(inner) => format!("Option<{}>", self.ty(owner, inner, constant)),
            Type::Map(key, value) => {
                let (key, value) = (self.ty("", key, constant), self.ty("", value, constant));
                format!("wiregate_runtime::Map<{key}, {value}>")
            }
            Type::Tuple(items) => {
                let items = items.iter().enumerate();
                let items: Vec<String> = items
                    .map(|(at, item)| self.ty(owner, item, &format!("{constant}{}", letter(at))))
                    .collect();
                format!("({},)", items.join(", "))
            }
            Type::Ref(name) => {
                let rust = self.plan.protocol.definitions[name].rust.clone();
                let boxed = self.plan.boxes.contains(owner, &self.plan.definition(name).rust);
                if boxed { format!("Box<{rust}>") } else { rust }
            }
        }
    }

    /// A constant as an enum of one string. Of other constants only the kind is said.
    fn constant(&mut self, value: &serde_json::Value, name: &str) -> String {
        let serde_json::Value::String(text) = value else {
            return if value.is_boolean() {
                "bool".to_owned()
            } else {
                "i64".to_owned()
            };
        };
        let name = format!("{name}Constant");
        self.beside.blank();
        line!(self.beside, "{DERIVES}");
        line!(self.beside, "#[schemars(inline)]");
        line!(self.beside, "pub enum {name} {{");
        line!(self.beside, "#[serde(rename = {})]", quoted(text));
        line!(self.beside, "Value,");
        line!(self.beside, "}}");
        name
    }

    fn is_key(&self, ty: &'a Type) -> bool {
        matches!(
            self.plan.resolved(ty),
            Type::Scalar(Scalar::String | Scalar::Path | Scalar::Uuid | Scalar::Base64)
        )
    }
}

/// Why a twin cannot say all of a shape.
fn not_expressible(shape: &Shape) -> Option<&'static str> {
    match shape {
        Shape::Enum(body) => body
            .open
            .then_some("unknown values are kept, and the schema lists the known ones"),
        Shape::Union(body) if body.open => Some("unknown members are kept, malformed known ones are refused"),
        Shape::Union(body) => body.members.iter().find_map(|member| match &member.content {
            Content::Fields { body, .. } => struct_not_expressible(body),
            Content::Type { ty } => constant_not_expressible(ty),
            Content::None => None,
        }),
        Shape::Struct(body) | Shape::Error { data: body, .. } => struct_not_expressible(body),
        Shape::Alias { ty } => constant_not_expressible(ty),
    }
}

fn struct_not_expressible(body: &Struct) -> Option<&'static str> {
    if body.bare.is_some() {
        return Some("a bare value stands for the whole");
    }
    if body.fields.iter().any(|field| !field.accepts_not.is_empty()) {
        return Some("an old boolean said the opposite");
    }
    body.fields
        .iter()
        .find_map(|field| constant_not_expressible(&field.ty))
}

fn constant_not_expressible(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Constant(value) if !value.is_string() => Some("a constant is no string"),
        Type::List(item) | Type::Nullable(item) | Type::Map(_, item) => constant_not_expressible(item),
        Type::Tuple(items) => items.iter().find_map(constant_not_expressible),
        Type::Scalar(_) | Type::Constant(_) | Type::Ref(_) => None,
    }
}

fn scalar_type(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::String => "String",
        Scalar::Bool => "bool",
        Scalar::I8 => "i8",
        Scalar::I16 => "i16",
        Scalar::I32 => "i32",
        Scalar::I64 => "support::I64",
        Scalar::U8 => "u8",
        Scalar::U16 => "u16",
        Scalar::U32 => "u32",
        Scalar::U64 => "support::U64",
        Scalar::F64 => "f64",
        Scalar::BigInt => "i64",
        Scalar::Json => "serde_json::Value",
        Scalar::Path => "support::Path",
        Scalar::Base64 => "support::Base64",
        Scalar::Uuid => "support::Uuid",
    }
}

/// `rename = "x", alias = "y"`
fn renamed(name: &str, accepts: &[String]) -> String {
    let mut text = "rename = ".to_owned();
    text += &quoted(name);
    for old in accepts {
        text += ", alias = ";
        text += &quoted(old);
    }
    text
}

/// Whether a constant is written in place.
fn has_constant(ty: &Type) -> bool {
    match ty {
        Type::Constant(_) => true,
        Type::List(item) | Type::Nullable(item) => has_constant(item),
        Type::Map(key, value) => has_constant(key) || has_constant(value),
        Type::Tuple(items) => items.iter().any(has_constant),
        Type::Scalar(_) | Type::Ref(_) => false,
    }
}

fn module_name(module: &Module) -> String {
    match &module.namespace {
        None => format!("root_{}", module.rust),
        Some(namespace) => format!("{}_{}", snake(namespace), module.rust),
    }
}

fn pascal(name: &str) -> String {
    crate::emit::names::pascal(name)
}

fn letter(at: usize) -> char {
    char::from(b'A' + (at % 26) as u8)
}
