//! Structs: declaration, making one, reading and writing.
//!
//! In: a struct of the model. Out: a Rust struct with public fields, `new` or `Default`, and its JSON implementations.

use serde_json::Value;

use super::code::{line, member_name, quoted};
use super::module::{File, constant_expression};
use super::plan::spellings;
use crate::emit::names::rust_ident;
use crate::ir::{Definition, Field, Flatten, Presence, Struct, Type};

/// How a struct's members come to stand in an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// In an object of their own.
    Alone,
    /// In an object that another type opens.
    Embedded,
    /// Either way.
    Both,
}

/// Variables of the emitted functions, which a field must not hide.
const TAKEN: &[&str] = &["r", "object", "member"];

impl<'a> File<'a> {
    pub(super) fn struct_definition(&mut self, definition: &'a Definition, body: &'a Struct) {
        let embedded = self.plan.embedded.contains(definition.rust.as_str());
        let writing = if embedded { Writing::Both } else { Writing::Alone };
        self.head(&definition.docs, &definition.marks);
        self.structure(&definition.rust, body, writing);
        self.thin.push(&definition.rust);
    }

    pub(super) fn error_code(&mut self, definition: &'a Definition, code: i64) {
        self.code.blank();
        line!(self.code, "impl {} {{", definition.rust);
        line!(
            self.code,
            "/// The code of the error that carries this as its data."
        );
        line!(self.code, "pub const CODE: i64 = {code};");
        line!(self.code, "}}");
    }

    /// A struct behind its comment, with all its implementations.
    pub(super) fn structure(&mut self, name: &'a str, body: &'a Struct, writing: Writing) {
        let needs_something = self.plan.needs_something(body);
        let plain = !needs_something && self.is_plain_default(body);
        let default = if plain { "Default, " } else { "" };
        line!(self.code, "#[derive(Debug, Clone, {default}PartialEq)]");
        line!(self.code, "#[non_exhaustive]");
        self.declaration(name, body);
        if needs_something {
            self.constructor(name, body);
        } else if !plain {
            self.default_implementation(name, body);
        }
        self.decode_struct(name, body, needs_something);
        self.encode_struct(name, body, writing);
    }

    fn declaration(&mut self, name: &str, body: &'a Struct) {
        if fields(self, body).next().is_none() && body.flatten.is_empty() && body.rest.is_none() {
            return line!(self.code, "pub struct {name} {{}}");
        }
        line!(self.code, "pub struct {name} {{");
        for field in fields_of(body) {
            if self.plan.constant(field).is_some() {
                continue;
            }
            self.head(&field.docs, &field.marks);
            let ty = self.field_type(name, field);
            line!(self.code, "pub {}: {ty},", rust_ident(&field.rust));
        }
        for flat in &body.flatten {
            self.code.docs(&flat.docs);
            let ty = self.flat_type(name, flat);
            line!(self.code, "pub {}: {ty},", rust_ident(&flat.rust));
        }
        if let Some(rest) = &body.rest {
            self.code.docs(&rest.docs);
            let map = self.runtime("Map");
            let ty = self.ty("", &rest.values);
            line!(self.code, "pub {}: {map}<String, {ty}>,", rust_ident(&rest.rust));
        }
        line!(self.code, "}}");
    }

    fn field_type(&self, owner: &str, field: &'a Field) -> String {
        let ty = self.ty(owner, &field.ty);
        match field.presence {
            Presence::Required | Presence::Default | Presence::OmittedDefault => ty,
            Presence::Patch => format!("{}<{ty}>", self.runtime("Patch")),
            Presence::Nullable
            | Presence::OptionalNullable
            | Presence::Optional
            | Presence::OptionalAcceptsNull => format!("Option<{ty}>"),
        }
    }

    fn flat_type(&self, owner: &str, flat: &'a Flatten) -> String {
        let ty = self.definition(&flat.target);
        if self.is_boxed(owner, &flat.target) {
            format!("Box<{ty}>")
        } else {
            ty.to_owned()
        }
    }

    fn constructor(&mut self, name: &str, body: &'a Struct) {
        let mut params = Vec::new();
        let mut values = Vec::new();
        for field in fields_of(body) {
            let ident = rust_ident(&field.rust);
            if self.plan.is_required(field) {
                params.push(format!("{ident}: {}", self.field_type(name, field)));
                values.push(ident);
            } else if self.plan.constant(field).is_none() {
                values.push(format!("{ident}: {}", self.absent(name, field)));
            }
        }
        for flat in &body.flatten {
            let ident = rust_ident(&flat.rust);
            if self.plan.flat_needs_something(&flat.target) {
                params.push(format!("{ident}: {}", self.flat_type(name, flat)));
                values.push(ident);
            } else {
                values.push(format!("{ident}: Default::default()"));
            }
        }
        values.extend(self.empty_rest(body));
        self.code.blank();
        line!(self.code, "impl {name} {{");
        line!(
            self.code,
            "/// With what must be there; all else as if it were absent."
        );
        self.code.listed("pub fn new(", &params, ") -> Self {");
        self.code.listed("Self { ", &values, " }");
        line!(self.code, "}}");
        line!(self.code, "}}");
    }

    fn default_implementation(&mut self, name: &str, body: &'a Struct) {
        let mut values = Vec::new();
        for field in fields(self, body) {
            values.push(format!(
                "{}: {}",
                rust_ident(&field.rust),
                self.absent(name, field)
            ));
        }
        for flat in &body.flatten {
            values.push(format!("{}: Default::default()", rust_ident(&flat.rust)));
        }
        values.extend(self.empty_rest(body));
        self.code.blank();
        line!(self.code, "impl Default for {name} {{");
        line!(self.code, "fn default() -> Self {{");
        self.code.listed("Self { ", &values, " }");
        line!(self.code, "}}");
        line!(self.code, "}}");
    }

    /// The value of the map of remaining members when there are none.
    fn empty_rest(&self, body: &Struct) -> Option<String> {
        let rest = body.rest.as_ref()?;
        Some(format!(
            "{}: {}::new()",
            rust_ident(&rest.rust),
            self.runtime("Map")
        ))
    }

    /// The value of a field that is absent.
    pub(super) fn absent(&self, owner: &str, field: &'a Field) -> String {
        match (field.presence, &field.default) {
            (Presence::Patch, _) => format!("{}::Keep", self.runtime("Patch")),
            (Presence::Default | Presence::OmittedDefault, Some(value)) => {
                self.literal(owner, &field.ty, value)
            }
            _ => "None".to_owned(),
        }
    }

    /// Whether `derive(Default)` gives what absence means.
    fn is_plain_default(&self, body: &'a Struct) -> bool {
        fields(self, body).all(|field| {
            field
                .default
                .as_ref()
                .is_none_or(|value| is_plain(self.plan.resolved(&field.ty), value))
        })
    }

    fn decode_struct(&mut self, name: &'a str, body: &'a Struct, needs_something: bool) {
        self.code.blank();
        line!(self.code, "impl json::Decode for {name} {{");
        line!(
            self.code,
            "fn decode(r: &mut json::Reader<'_>) -> Result<Self, json::DecodeError> {{"
        );
        if let Some(bare) = &body.bare {
            self.decode_bare(body, bare, needs_something);
        }
        if body.fields.is_empty() && body.flatten.is_empty() && body.rest.is_none() && !body.closed {
            line!(self.code, "r.no_members()?;");
            line!(self.code, "Ok(Self {{}})");
        } else {
            self.decode_members(name, body);
        }
        line!(self.code, "}}");
        line!(self.code, "}}");
    }

    fn decode_bare(&mut self, body: &'a Struct, bare: &str, needs_something: bool) {
        let Some(field) = body.fields.iter().find(|field| field.name == bare) else {
            return;
        };
        line!(self.code, "if r.kind()? != json::Kind::Object {{");
        if needs_something {
            line!(self.code, "return Ok(Self::new(r.value()?));");
        } else {
            let value = match field.presence {
                Presence::Required | Presence::Default | Presence::OmittedDefault => "r.value()?".to_owned(),
                Presence::Patch => format!("{}::Set(r.value()?)", self.runtime("Patch")),
                _ => "Some(r.value()?)".to_owned(),
            };
            let ident = rust_ident(&field.rust);
            line!(
                self.code,
                "return Ok(Self {{ {ident}: {value}, ..Self::default() }});"
            );
        }
        line!(self.code, "}}");
    }

    fn decode_members(&mut self, name: &str, body: &'a Struct) {
        let own = body.fields.len();
        let mut names: Vec<String> = body.fields.iter().map(|field| quoted(&field.name)).collect();
        let mut old = Vec::new();
        for (index, field) in body.fields.iter().enumerate() {
            old.extend(
                spellings(field)
                    .skip(1)
                    .map(|name| format!("({}, {index})", quoted(name))),
            );
        }
        if body.rest.is_some() || body.closed {
            let flattened = body
                .flatten
                .iter()
                .flat_map(|flat| self.plan.flattened_names(&flat.target));
            names.extend(flattened.map(quoted));
        }
        if old.is_empty() {
            self.code.filled(
                "static MEMBERS: json::Members = json::Members::new(&[",
                &names,
                "]);",
            );
        } else {
            self.code.filled("static NAMES: &[&str] = &[", &names, "];");
            self.code.filled("static OLD: &[(&str, usize)] = &[", &old, "];");
            line!(
                self.code,
                "static MEMBERS: json::Members = json::Members::with_old(NAMES, OLD);"
            );
        }
        line!(self.code, "let mut object = r.object(&MEMBERS)?;");
        for field in &body.fields {
            let start = match field.presence {
                Presence::Patch => format!("{}::Keep", self.runtime("Patch")),
                _ => "None".to_owned(),
            };
            line!(self.code, "let mut {} = {start};", local(body, &field.rust));
        }
        if let Some(rest) = &body.rest {
            let map = self.runtime("Map");
            line!(self.code, "let mut {} = {map}::new();", local(body, &rest.rust));
        }
        let other = match &body.rest {
            Some(rest) => format!("r.rest(&object, &mut {})", local(body, &rest.rust)),
            None if body.closed => "r.refuse(&object)".to_owned(),
            None => "r.skip()".to_owned(),
        };
        if names.is_empty() {
            line!(self.code, "while r.member(&mut object)?.is_some() {{");
            line!(self.code, "{other}?;");
            line!(self.code, "}}");
            return self.finish_members(name, body);
        }
        line!(self.code, "while let Some(member) = r.member(&mut object)? {{");
        line!(self.code, "match member {{");
        for (index, field) in body.fields.iter().enumerate() {
            let read = self.read_field(body, field);
            line!(self.code, "{index} => {read},");
        }
        match names.len() - own {
            0 => {}
            1 => line!(self.code, "{own} => r.skip(),"),
            more => line!(self.code, "{own}..={} => r.skip(),", own + more - 1),
        }
        line!(self.code, "_ => {other},");
        line!(self.code, "}}?;");
        line!(self.code, "}}");
        self.finish_members(name, body);
    }

    fn read_field(&self, body: &'a Struct, field: &'a Field) -> String {
        let slot = local(body, &field.rust);
        if let Some(value) = self.plan.constant(field) {
            return format!(
                "r.constant(&object, &mut {slot}, &{})",
                constant_expression(value)
            );
        }
        let read = match field.presence {
            Presence::Nullable | Presence::OptionalNullable | Presence::OptionalAcceptsNull => "nullable",
            Presence::Patch => "patch",
            _ => "field",
        };
        let read = format!("r.{read}(&object, &mut {slot})");
        if field.accepts_not.is_empty() || field.presence == Presence::Patch {
            return read;
        }
        let names: Vec<String> = field.accepts_not.iter().map(|name| quoted(name)).collect();
        format!(
            "{read}.map(|()| object.turn(r, &mut {slot}, &[{}]))",
            names.join(", ")
        )
    }

    fn finish_members(&mut self, name: &str, body: &'a Struct) {
        self.require_members(body);
        let mut values = Vec::new();
        for field in &body.fields {
            if self.plan.constant(field).is_some() {
                continue;
            }
            let slot = local(body, &field.rust);
            let value = match field.presence {
                Presence::Default | Presence::OmittedDefault => {
                    let default = field.default.as_ref().unwrap_or(&Value::Null);
                    if is_plain(self.plan.resolved(&field.ty), default) {
                        format!("{slot}.unwrap_or_default()")
                    } else {
                        let literal = self.literal(name, &field.ty, default);
                        if literal.contains(['(', '{', '[']) {
                            format!("{slot}.unwrap_or_else(|| {literal})")
                        } else {
                            format!("{slot}.unwrap_or({literal})")
                        }
                    }
                }
                _ => slot,
            };
            let ident = rust_ident(&field.rust);
            values.push(if value == ident {
                ident
            } else {
                format!("{ident}: {value}")
            });
        }
        for flat in &body.flatten {
            let outer = self.names_that_a_rest_leaves(body, flat);
            let ident = rust_ident(&flat.rust);
            let slot = local(body, &flat.rust);
            self.code
                .filled(&format!("let {slot} = r.flattened(&object, &["), &outer, "])?;");
            values.push(if slot == ident {
                ident
            } else {
                format!("{ident}: {slot}")
            });
        }
        if let Some(rest) = &body.rest {
            let (ident, slot) = (rust_ident(&rest.rust), local(body, &rest.rust));
            values.push(if slot == ident {
                ident
            } else {
                format!("{ident}: {slot}")
            });
        }
        self.code.listed("Ok(Self { ", &values, " })");
    }

    /// Takes the required members out of their slots, or says which one is missing.
    fn require_members(&mut self, body: &'a Struct) {
        let mut indexes = Vec::new();
        let mut patterns = Vec::new();
        let mut slots = Vec::new();
        for (index, field) in body.fields.iter().enumerate() {
            if field.presence == Presence::Required {
                let slot = local(body, &field.rust);
                indexes.push(index.to_string());
                patterns.push(match self.plan.constant(field) {
                    Some(_) => "Some(())".to_owned(),
                    None => format!("Some({slot})"),
                });
                slots.push(slot);
            }
        }
        match (patterns.as_slice(), slots.as_slice()) {
            ([], _) => return,
            ([pattern], [slot]) => line!(self.code, "let {pattern} = {slot} else {{"),
            _ => {
                let one = format!("let ({}) = ({}) else {{", patterns.join(", "), slots.join(", "));
                if one.len() < 92 {
                    line!(self.code, "{one}");
                } else {
                    line!(self.code, "let (");
                    self.code.rows(&patterns);
                    line!(self.code, ") = (");
                    self.code.rows(&slots);
                    line!(self.code, ") else {{");
                }
            }
        }
        self.code
            .filled("return Err(object.missing(r, &[", &indexes, "]));");
        line!(self.code, "}};");
    }

    /// The names that a map of remaining members in what is flattened must leave alone: ours, and the tags beside which
    /// we may stand.
    fn names_that_a_rest_leaves(&self, body: &'a Struct, flat: &'a Flatten) -> Vec<String> {
        if !self.plan.has_rest(&flat.target) {
            return Vec::new();
        }
        let mut names: Vec<&str> = body.fields.iter().flat_map(spellings).collect();
        for other in &body.flatten {
            if other.target != flat.target {
                names.extend(self.plan.flattened_names(&other.target));
            }
        }
        for (name, tags) in &self.plan.tags {
            if self
                .plan
                .struct_of(name)
                .is_some_and(|of_name| std::ptr::eq(of_name, body))
            {
                names.extend(tags);
            }
        }
        names.into_iter().map(quoted).collect()
    }

    fn encode_struct(&mut self, name: &str, body: &'a Struct, writing: Writing) {
        if writing != Writing::Alone {
            self.code.blank();
            line!(self.code, "impl {name} {{");
            let empty = body.fields.is_empty() && body.flatten.is_empty() && body.rest.is_none();
            let writer = if empty { "_" } else { "w" };
            line!(
                self.code,
                "pub(crate) fn encode_members(&self, {writer}: &mut json::Writer) {{"
            );
            self.encode_members(name, body);
            line!(self.code, "}}");
            line!(self.code, "}}");
        }
        if writing != Writing::Embedded {
            self.code.blank();
            line!(self.code, "impl json::Encode for {name} {{");
            line!(self.code, "fn encode(&self, w: &mut json::Writer) {{");
            line!(self.code, "w.begin_object();");
            match writing {
                Writing::Both => line!(self.code, "self.encode_members(w);"),
                _ => self.encode_members(name, body),
            }
            line!(self.code, "w.end_object();");
            line!(self.code, "}}");
            line!(self.code, "}}");
        }
    }

    fn encode_members(&mut self, owner: &str, body: &'a Struct) {
        for field in &body.fields {
            let name = member_name(&field.name);
            if let Some(value) = self.plan.constant(field) {
                line!(self.code, "w.member({name}, {});", constant_value(value));
                continue;
            }
            let ident = rust_ident(&field.rust);
            match field.presence {
                Presence::Required | Presence::Nullable | Presence::Default => {
                    line!(self.code, "w.member({name}, &self.{ident});");
                }
                Presence::OptionalNullable | Presence::Optional | Presence::OptionalAcceptsNull => {
                    line!(self.code, "w.optional({name}, &self.{ident});");
                }
                Presence::Patch => line!(self.code, "w.patch({name}, &self.{ident});"),
                Presence::OmittedDefault => {
                    let differs = self.differs_from_default(owner, field);
                    line!(self.code, "if {differs} {{");
                    line!(self.code, "w.member({name}, &self.{ident});");
                    line!(self.code, "}}");
                }
            }
        }
        for flat in &body.flatten {
            line!(self.code, "self.{}.encode_members(w);", rust_ident(&flat.rust));
        }
        if let Some(rest) = &body.rest {
            line!(self.code, "w.entries(&self.{});", rust_ident(&rest.rust));
        }
    }

    /// The condition under which a field with a default is written.
    fn differs_from_default(&self, owner: &str, field: &'a Field) -> String {
        let ident = format!("self.{}", rust_ident(&field.rust));
        let ty = self.plan.resolved(&field.ty);
        match (ty, field.default.as_ref().unwrap_or(&Value::Null)) {
            (_, Value::Bool(true)) => format!("!{ident}"),
            (_, Value::Bool(false)) => ident,
            (Type::List(_), Value::Array(items)) if items.is_empty() => format!("!{ident}.is_empty()"),
            (Type::Map(..), Value::Object(members)) if members.is_empty() => format!("!{ident}.is_empty()"),
            (Type::Scalar(crate::ir::Scalar::String), Value::String(text)) if text.is_empty() => {
                format!("!{ident}.is_empty()")
            }
            (Type::Scalar(crate::ir::Scalar::String), Value::String(text)) => {
                format!("{ident} != {}", quoted(text))
            }
            (_, value) => format!("{ident} != {}", self.literal(owner, &field.ty, value)),
        }
    }
}

/// Whether a value is what Rust's `Default` gives for the type.
fn is_plain(ty: &Type, value: &Value) -> bool {
    use crate::ir::Scalar;
    match (ty, value) {
        (Type::Scalar(Scalar::Bool), Value::Bool(value)) => !value,
        (Type::Scalar(Scalar::String), Value::String(text)) => text.is_empty(),
        (Type::Scalar(Scalar::Json), value) => value.is_null(),
        (Type::Scalar(_), Value::Number(number)) => number.as_f64() == Some(0.0),
        (Type::List(_), Value::Array(items)) => items.is_empty(),
        (Type::Map(..), Value::Object(members)) => members.is_empty(),
        (Type::Nullable(_), value) => value.is_null(),
        _ => false,
    }
}

/// What `Writer::member` is given for a constant.
fn constant_value(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Bool(value) => format!("&{value}"),
        other => format!("&{other}_i64"),
    }
}

/// The variable that holds the value of a field while an object is read.
fn local(body: &Struct, rust: &str) -> String {
    if !TAKEN.contains(&rust) {
        return rust_ident(rust);
    }
    let names = || {
        let fields = body.fields.iter().map(|field| &field.rust);
        fields
            .chain(body.flatten.iter().map(|flat| &flat.rust))
            .chain(body.rest.iter().map(|rest| &rest.rust))
    };
    let mut local = format!("{rust}_value");
    while names().any(|name| *name == local) {
        local.push('_');
    }
    local
}

fn fields_of(body: &Struct) -> impl Iterator<Item = &Field> {
    body.fields.iter()
}

/// The fields that Rust has.
fn fields<'a, 'f>(file: &'f File<'a>, body: &'a Struct) -> impl Iterator<Item = &'a Field> + use<'a, 'f> {
    body.fields
        .iter()
        .filter(|field| file.plan.constant(field).is_none())
}
