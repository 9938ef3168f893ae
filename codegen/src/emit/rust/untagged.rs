//! Reading of unions that are told apart by their shape.
//!
//! In: an untagged union of the model. Out: a function body that chooses by kind, then by the members of an object, and
//! tries several only where both leave several; the first that fits wins.

use super::code::{line, quoted};
use super::enums::{UNKNOWN, either, is_shown};
use super::gates::Owner;
use super::module::{File, constant_expression};
use super::outline::Outline;
use crate::ir::kinds::{KINDS, Kinds, OBJECT};
use crate::ir::{Content, Member, Scalar, Shape, Type, Union};

impl<'a> File<'a> {
    pub(super) fn decode_untagged(&mut self, name: &str, body: &'a Union, owner: Owner<'a>) {
        let kinds: Vec<Kinds> = body
            .members
            .iter()
            .map(|member| self.plan.kinds(&member.content))
            .collect();
        let expected = quoted(&self.describe_members(name, body));
        line!(self.code, "*self = match r.kind() {{");
        let mut covered: Kinds = 0;
        for at in 0..KINDS.len() {
            let kind: Kinds = 1 << at;
            if covered & kind != 0 {
                continue;
            }
            let takers = |kind: Kinds| {
                let all = body.members.iter().zip(&kinds);
                all.filter(move |(_, kinds)| **kinds & kind != 0)
                    .map(|(member, _)| member)
                    .collect::<Vec<_>>()
            };
            let members = takers(kind);
            if members.is_empty() {
                continue;
            }
            // Kinds that the same members take share an arm.
            let same = |other: Kinds| {
                other == kind || (other != OBJECT && kind != OBJECT && same_members(&takers(other), &members))
            };
            let group: Vec<Kinds> = (at..KINDS.len())
                .map(|at| 1 << at)
                .filter(|&other| same(other))
                .collect();
            covered |= group.iter().fold(0, |all, kind| all | kind);
            let pattern: Vec<String> = group
                .iter()
                .map(|kind| format!("json::Kind::{}", KINDS[kind.trailing_zeros() as usize]))
                .collect();
            let pattern = pattern.join(" | ");
            match members.as_slice() {
                [only] => match only_way(only) {
                    Way::Value => self.arm(&pattern, only, "r.value()", owner),
                    Way::Constant(value) => {
                        line!(self.code, "{pattern} => {{");
                        line!(self.code, "r.exactly(&{value});");
                        line!(self.code, "Self::{}", only.rust);
                        line!(self.code, "}}");
                    }
                    Way::Null => {
                        line!(self.code, "{pattern} => {{");
                        line!(self.code, "r.null();");
                        line!(self.code, "Self::{}", only.rust);
                        line!(self.code, "}}");
                    }
                },
                several => {
                    line!(self.code, "{pattern} => {{");
                    if kind == OBJECT {
                        self.try_objects(several, &expected, owner)
                    } else {
                        self.try_values(several, &expected)
                    }
                    line!(self.code, "}}");
                }
            }
        }
        if covered.count_ones() < KINDS.len() as u32 {
            if body.open {
                line!(self.code, "_ => Self::{UNKNOWN}(r.value()),");
            } else {
                self.refuse_others(&expected);
            }
        }
        line!(self.code, "}};");
    }

    fn try_values(&mut self, members: &[&'a Member], expected: &str) {
        for (at, member) in members.iter().enumerate() {
            let otherwise = if at == 0 { "" } else { "} else " };
            match only_way(member) {
                Way::Constant(value) => {
                    line!(self.code, "{otherwise}if r.attempt_constant(&{value}) {{");
                    line!(self.code, "Self::{}", member.rust);
                }
                Way::Null => {
                    line!(self.code, "{otherwise}if r.null() {{");
                    line!(self.code, "Self::{}", member.rust);
                }
                Way::Value => {
                    line!(self.code, "{otherwise}if let Some(value) = r.attempt() {{");
                    line!(self.code, "Self::{}(value)", member.rust);
                }
            }
        }
        self.else_refuse(expected);
    }

    fn try_objects(&mut self, members: &[&'a Member], expected: &str, owner: Owner<'a>) {
        line!(self.code, "static SHAPES: &[json::Shape] = &[");
        for member in members {
            let outline = self.plan.outline(&member.content);
            line!(self.code, "json::Shape {{");
            self.outline(&outline);
            line!(self.code, "}},");
        }
        line!(self.code, "];");
        line!(self.code, "let shapes = r.shapes(SHAPES);");
        for (at, member) in members.iter().enumerate() {
            let otherwise = if at == 0 { "" } else { "} else " };
            line!(
                self.code,
                "{otherwise}if let Some(value) = r.value_of_shape(shapes, {at}) {{"
            );
            if let Some(part) = self.inbound_part(owner, &member.marks, &member.name) {
                line!(self.code, "r.behind(&{part});");
            }
            line!(self.code, "Self::{}(value)", member.rust);
        }
        self.else_refuse(expected);
    }

    fn else_refuse(&mut self, expected: &str) {
        line!(self.code, "}} else {{");
        line!(self.code, "return r.refuse({expected});");
        line!(self.code, "}}");
    }

    fn outline(&mut self, outline: &Outline<'_>) {
        let required: Vec<String> = outline.required.iter().map(|names| names_list(names)).collect();
        self.code.filled("required: &[", &required, "],");
        let constants: Vec<String> = outline
            .constants
            .iter()
            .map(|(name, values)| {
                let values: Vec<String> = values.iter().map(constant_expression).collect();
                format!("({}, &[{}])", quoted(name), values.join(", "))
            })
            .collect();
        self.code.filled("constants: &[", &constants, "],");
        match &outline.only {
            None => line!(self.code, "only: None,"),
            Some(names) => {
                let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
                self.code.filled("only: Some(&[", &names, "]),");
            }
        }
    }

    /// What an error says of the whole union.
    fn describe_members(&self, name: &str, body: &'a Union) -> String {
        let mut words: Vec<String> = Vec::new();
        for member in body.members.iter().filter(|member| is_shown(&member.marks)) {
            let word = match &member.content {
                Content::Type { ty } if self.plan.kinds(&member.content) != OBJECT => self.describe(ty),
                _ => format!("the shape of {name}"),
            };
            if !words.contains(&word) {
                words.push(word);
            }
        }
        if words.is_empty() {
            "another value".to_owned()
        } else {
            either(&words)
        }
    }

    fn describe(&self, ty: &'a Type) -> String {
        match self.plan.resolved(ty) {
            Type::Scalar(scalar) => match scalar {
                Scalar::String => "a string",
                Scalar::Bool => "a boolean",
                Scalar::F64 => "a number",
                Scalar::Json => "any value",
                Scalar::Path => "an absolute path",
                Scalar::Base64 => "base64",
                Scalar::Uuid => "a UUID",
                _ => "an integer",
            }
            .to_owned(),
            Type::Constant(value) => value.to_string(),
            Type::List(_) | Type::Tuple(_) => "a list".to_owned(),
            Type::Map(..) => "an object".to_owned(),
            Type::Nullable(inner) => format!("{} or null", self.describe(inner)),
            Type::Ref(name) => {
                let definition = self.plan.definition(name);
                match definition.shape {
                    Shape::Enum(_) => format!("a known {}", definition.rust),
                    _ => format!("the shape of {}", definition.rust),
                }
            }
        }
    }
}

/// How a member is read when no other can be meant.
enum Way {
    Null,
    Value,
    Constant(String),
}

fn only_way(member: &Member) -> Way {
    match &member.content {
        Content::Type {
            ty: Type::Constant(value),
        } => Way::Constant(constant_expression(value)),
        Content::None => Way::Null,
        _ => Way::Value,
    }
}

fn same_members(one: &[&Member], other: &[&Member]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|(one, other)| std::ptr::eq(*one, *other))
}

fn names_list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    format!("&[{}]", names.join(", "))
}
