//! Structs: declaration, making one, reading and writing.
//!
//! In: a struct of the model. Out: a Rust struct with public fields, `new` or `Default`, and its JSON implementations.

use serde_json::Value;

use super::code::{before_value, line, member_name, quoted};
use super::gates::{Owner, gate};
use super::module::{File, constant_expression};
use super::plan::spellings;
use crate::emit::names::rust_ident;
use crate::gates::way_out;
use crate::ir::{DefName, Definition, Field, Flatten, Presence, Scalar, Shape, Struct, Type};

/// The blank of a type that has no shorter one.
pub(super) const BLANK: &str = "json::blank()";

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

impl<'a> File<'a> {
    pub(super) fn struct_definition(
        &mut self,
        name: &'a DefName,
        definition: &'a Definition,
        body: &'a Struct,
    ) {
        let embedded = self.plan.embedded.contains(definition.rust.as_str());
        let writing = if embedded { Writing::Both } else { Writing::Alone };
        self.head(&definition.docs, &definition.marks);
        self.structure(
            &definition.rust,
            body,
            writing,
            Owner::definition(name, definition),
        );
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
    pub(super) fn structure(&mut self, name: &'a str, body: &'a Struct, writing: Writing, owner: Owner<'a>) {
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
        self.decode_struct(name, body, needs_something, owner);
        self.encode_struct(name, body, writing);
        self.struct_uses(name, body, owner);
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

    fn decode_struct(&mut self, name: &'a str, body: &'a Struct, needs_something: bool, owner: Owner<'a>) {
        self.code.blank();
        line!(self.code, "impl json::Decode for {name} {{");
        line!(self.code, "fn blank() -> Self {{");
        if needs_something {
            self.blank_values(body);
        } else {
            line!(self.code, "Self::default()");
        }
        line!(self.code, "}}");
        self.code.blank();
        line!(self.code, "fn decode(&mut self, r: &mut json::Reader<'_>) {{");
        self.decode_bare(body);
        if body.fields.is_empty() && body.flatten.is_empty() && body.rest.is_none() && !body.closed {
            line!(self.code, "r.no_members();");
        } else {
            self.decode_members(body, owner);
        }
        line!(self.code, "}}");
        line!(self.code, "}}");
    }

    /// A blank for each thing that must be given.
    fn blank_values(&mut self, body: &'a Struct) {
        let fields = body.fields.iter().filter(|field| self.plan.is_required(field));
        let mut values: Vec<&str> = fields.map(|field| self.blank(&field.ty)).collect();
        let flat = body.flatten.iter();
        let flat = flat.filter(|flat| self.plan.flat_needs_something(&flat.target));
        values.extend(flat.map(|_| BLANK));
        self.code.filled("Self::new(", &values, ")");
    }

    fn blank(&self, ty: &'a Type) -> &'static str {
        match self.plan.resolved(ty) {
            Type::Scalar(Scalar::String) => "String::new()",
            Type::Scalar(Scalar::Bool) => "false",
            Type::Scalar(Scalar::F64) => "0.0",
            Type::Scalar(Scalar::BigInt | Scalar::Json | Scalar::Path | Scalar::Base64 | Scalar::Uuid) => {
                BLANK
            }
            Type::Scalar(_) => "0",
            Type::List(_) => "Vec::new()",
            Type::Nullable(_) => "None",
            _ => BLANK,
        }
    }

    /// Reads the value that may stand for the whole.
    fn decode_bare(&mut self, body: &'a Struct) {
        let Some(field) = body
            .bare
            .as_ref()
            .and_then(|bare| body.fields.iter().find(|field| field.name == *bare))
        else {
            return;
        };
        let ident = rust_ident(&field.rust);
        line!(self.code, "if r.kind() != json::Kind::Object {{");
        match field.presence {
            Presence::Required | Presence::Default | Presence::OmittedDefault => {
                line!(self.code, "self.{ident} = r.value();");
            }
            Presence::Patch => {
                let patch = self.runtime("Patch");
                line!(self.code, "self.{ident} = {patch}::Set(r.value());");
            }
            _ => line!(self.code, "self.{ident} = Some(r.value());"),
        }
        line!(self.code, "return;");
        line!(self.code, "}}");
    }

    fn decode_members(&mut self, body: &'a Struct, owner: Owner<'a>) {
        line!(self.code, "let mut fields = r.fields();");
        line!(self.code, "while fields.more() {{");
        for field in &body.fields {
            if let Some(part) = self.inbound_part(owner, &field.marks, &field.name) {
                line!(self.code, "fields.behind(&{part});");
            }
            self.decode_field(field);
        }
        if body.rest.is_some() || body.closed {
            let flattened = body.flatten.iter();
            let flattened = flattened.flat_map(|flat| self.plan.flattened_names(&flat.target));
            let names: Vec<String> = flattened.map(quoted).collect();
            if !names.is_empty() {
                self.code.filled("fields.leave(&[", &names, "]);");
            }
        }
        match &body.rest {
            Some(rest) => line!(self.code, "fields.rest(&mut self.{});", rust_ident(&rest.rust)),
            None if body.closed => line!(self.code, "fields.refuse_others();"),
            None => {}
        }
        line!(self.code, "}}");
        for flat in &body.flatten {
            let outer = self.names_that_a_rest_leaves(body, flat);
            let ident = rust_ident(&flat.rust);
            let open = format!("fields.flattened(&mut self.{ident}, &[");
            self.code.filled(&open, &outer, "]);");
        }
    }

    fn decode_field(&mut self, field: &'a Field) {
        let name = member_name(&field.name);
        let mut fields = "fields".to_owned();
        for old in &field.accepts {
            fields += &format!(".old({})", member_name(old));
        }
        for opposite in &field.accepts_not {
            fields += &format!(".opposite({})", member_name(opposite));
        }
        if let Some(value) = self.plan.constant(field) {
            let value = constant_expression(value);
            return line!(self.code, "{fields}.constant({name}, &{value});");
        }
        let read = match field.presence {
            Presence::Required => "required",
            Presence::Optional => "present",
            Presence::Default | Presence::OmittedDefault if !self.overwrites(&field.ty) => "replaced",
            _ => "optional",
        };
        let ident = rust_ident(&field.rust);
        line!(self.code, "{fields}.{read}({name}, &mut self.{ident});");
        if field.accepts_not.is_empty() {
            return;
        }
        line!(self.code, "if fields.is_opposite() {{");
        match field.presence {
            Presence::Required | Presence::Default | Presence::OmittedDefault => {
                line!(self.code, "self.{ident} = !self.{ident};");
            }
            Presence::Patch => {}
            _ => line!(self.code, "self.{ident} = self.{ident}.map(|value| !value);"),
        }
        line!(self.code, "}}");
    }

    /// Whether reading leaves nothing of the value that was there before.
    fn overwrites(&self, ty: &'a Type) -> bool {
        match self.plan.resolved(ty) {
            Type::Scalar(_) | Type::Constant(_) | Type::List(_) | Type::Map(..) | Type::Nullable(_) => true,
            Type::Tuple(_) => false,
            Type::Ref(name) => !matches!(
                self.plan.definition(name).shape,
                Shape::Struct(_) | Shape::Error { .. }
            ),
        }
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
            if !self.plan.gates.lost_by_body(body).is_empty() {
                self.may_be_withheld();
            }
            line!(self.code, "}}");
        }
    }

    fn encode_members(&mut self, owner: &str, body: &'a Struct) {
        // Fields behind one gate that stand together are asked about once.
        for fields in body
            .fields
            .chunk_by(|one, next| gate(&one.marks) == gate(&next.marks))
        {
            match (gate(&fields[0].marks), fields) {
                (None, _) => self.encode_fields(owner, fields),
                // Both conditions of an omitted default stand in one line.
                (Some(gate), [field]) if field.presence == Presence::OmittedDefault => {
                    self.encode_field(owner, field, Some(gate));
                }
                (Some(gate), _) => {
                    line!(self.code, "if w.is_open({}) {{", quoted(gate));
                    self.encode_fields(owner, fields);
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

    fn encode_fields(&mut self, owner: &str, fields: &'a [Field]) {
        for field in fields {
            self.encode_field(owner, field, None);
        }
    }

    fn encode_field(&mut self, owner: &str, field: &'a Field, gate: Option<&str>) {
        let name = before_value(&field.name);
        if let Some(value) = self.plan.constant(field) {
            return line!(self.code, "w.member({name}, {});", constant_value(value));
        }
        let value = format!("&self.{}", rust_ident(&field.rust));
        let way_out = way_out(field).filter(|_| !self.plan.gates.lost_by_type(&field.ty).is_empty());
        match field.presence {
            Presence::Default if way_out.is_some() => {
                let default = self.absent(owner, field);
                line!(self.code, "if !w.unless_withheld({name}, {value}) {{");
                let ty = self.field_type(owner, field);
                line!(self.code, "w.member::<{ty}>({name}, &{default});");
                line!(self.code, "}}");
            }
            Presence::Required | Presence::Nullable | Presence::Default => {
                line!(self.code, "w.member({name}, {value});");
            }
            Presence::OptionalNullable | Presence::Optional | Presence::OptionalAcceptsNull => {
                line!(self.code, "w.optional({name}, {value});");
            }
            Presence::Patch => line!(self.code, "w.patch({name}, {value});"),
            Presence::OmittedDefault => {
                let differs = self.differs_from_default(owner, field);
                let open = gate.map_or_else(String::new, |gate| format!("w.is_open({}) && ", quoted(gate)));
                let write = if way_out.is_some() {
                    "unless_withheld"
                } else {
                    "member"
                };
                line!(self.code, "if {open}{differs} {{");
                line!(self.code, "w.{write}({name}, {value});");
                line!(self.code, "}}");
            }
        }
    }

    /// The condition under which a field with a default is written.
    pub(super) fn differs_from_default(&self, owner: &str, field: &'a Field) -> String {
        let ident = format!("self.{}", rust_ident(&field.rust));
        let ty = self.plan.resolved(&field.ty);
        match (ty, field.default.as_ref().unwrap_or(&Value::Null)) {
            (_, Value::Bool(true)) => format!("!{ident}"),
            (_, Value::Bool(false)) => ident,
            (Type::List(_), Value::Array(items)) if items.is_empty() => format!("!{ident}.is_empty()"),
            (Type::Map(..), Value::Object(members)) if members.is_empty() => format!("!{ident}.is_empty()"),
            (Type::Scalar(Scalar::String), Value::String(text)) if text.is_empty() => {
                format!("!{ident}.is_empty()")
            }
            (Type::Scalar(Scalar::String), Value::String(text)) => {
                format!("{ident} != {}", quoted(text))
            }
            (_, value) => format!("{ident} != {}", self.literal(owner, &field.ty, value)),
        }
    }
}

/// Whether a value is what Rust's `Default` gives for the type.
fn is_plain(ty: &Type, value: &Value) -> bool {
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

fn fields_of(body: &Struct) -> impl Iterator<Item = &Field> {
    body.fields.iter()
}

/// The fields that Rust has.
fn fields<'a, 'f>(file: &'f File<'a>, body: &'a Struct) -> impl Iterator<Item = &'a Field> + use<'a, 'f> {
    body.fields
        .iter()
        .filter(|field| file.plan.constant(field).is_none())
}
