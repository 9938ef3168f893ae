//! Gates: what a client has used without opting in, and what stands in for what it may not see.
//!
//! In: definitions that reach a gate. Out: for those that clients send, a walk that ends at the first use; for those that
//! the server sends, the arms that write something else where a gate is closed. Definitions that reach none get nothing.

use super::code::{line, quoted};
use super::module::File;
use super::unions::held_nothing;
use crate::emit::names::rust_ident;
use crate::ir::{
    Content, DefName, Definition, Enum, Field, GateUse, Marks, Presence, Struct, Tagging, Type, Union,
};

/// Whose part something is.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    name: &'a DefName,
    /// Whether clients send it.
    inbound: bool,
    /// The member of a union whose body it is.
    member: Option<&'a str>,
}

impl<'a> Owner<'a> {
    pub(super) fn definition(name: &'a DefName, definition: &Definition) -> Self {
        Self {
            name,
            inbound: definition.inbound,
            member: None,
        }
    }

    pub(super) fn member(self, name: &'a str) -> Self {
        Self {
            member: Some(name),
            ..self
        }
    }
}

/// The gate of a part.
pub(super) fn gate(marks: &Marks) -> Option<&str> {
    marks.gate.as_ref().map(|used| used.name.as_str())
}

impl<'a> File<'a> {
    /// The gate of a part that clients send and what a refusal calls it: `["experimental", "thread/start.dynamicTools"]`.
    pub(super) fn inbound_part(&self, owner: Owner<'a>, marks: &Marks, name: &str) -> Option<String> {
        let gate = gate(marks).filter(|_| owner.inbound)?;
        let what = self.what(owner, name);
        Some(format!("[{}, {what}]", quoted(gate)))
    }

    fn what(&self, owner: Owner<'a>, name: &str) -> String {
        let subject = self.plan.gates.subject(owner.name);
        let member = owner
            .member
            .map_or_else(String::new, |member| format!(".{member}"));
        quoted(&format!("{subject}{member}.{name}"))
    }

    /// The arm for a member whose gate is closed.
    pub(super) fn closed_arm(&mut self, of: &'a DefName, pattern: &str, used: &'a GateUse, embedded: bool) {
        let write = match &used.otherwise {
            None => "w.withhold()".to_owned(),
            Some(value) => {
                let value = self.literal_of(of, value);
                if embedded {
                    format!("{value}.encode_members(w)")
                } else {
                    format!("w.value(&{value})")
                }
            }
        };
        let pattern = format!("{pattern} if !w.is_open({})", quoted(&used.name));
        self.code.arm(&pattern, &write);
    }

    /// Says in an `Encode` implementation that what holds such a value may have to do without.
    pub(super) fn may_be_withheld(&mut self) {
        self.code.blank();
        line!(self.code, "fn may_be_withheld() -> bool {{");
        line!(self.code, "true");
        line!(self.code, "}}");
    }

    pub(super) fn struct_uses(&mut self, name: &str, body: &'a Struct, owner: Owner<'a>) {
        if !owner.inbound || self.plan.gates.reached_by_body(body).is_empty() {
            return;
        }
        self.begin_uses(name);
        for field in &body.fields {
            if let Some(gate) = gate(&field.marks) {
                let arguments = [
                    quoted(&field.name),
                    quoted(gate),
                    self.what(owner, &field.name),
                    self.is_used(name, field),
                ];
                self.code.listed("u.field(", &arguments, ");");
            }
            if self.reaches_more(&field.ty, &field.marks) {
                self.walk_field(field);
            }
        }
        for flat in &body.flatten {
            if !self.plan.gates.reached(&flat.target).is_empty() {
                line!(self.code, "u.value(&self.{});", rust_ident(&flat.rust));
            }
        }
        if let Some(rest) = &body.rest
            && !self.plan.gates.reached_by_type(&rest.values).is_empty()
        {
            let walk = self.walk(&rest.values, "value");
            let map = rust_ident(&rest.rust);
            line!(self.code, "u.entries(&self.{map}, |u, value| {walk});");
        }
        self.end_uses();
    }

    /// Whether a type reaches a gate other than the one that the place stands behind.
    fn reaches_more(&self, ty: &Type, marks: &Marks) -> bool {
        let gates = self.plan.gates.reached_by_type(ty);
        gates.into_iter().any(|reached| gate(marks) != Some(reached))
    }

    /// Whether a field is there with a value other than null, its default and an empty collection.
    fn is_used(&self, owner: &str, field: &'a Field) -> String {
        let value = format!("self.{}", rust_ident(&field.rust));
        let collection = matches!(self.plan.resolved(&field.ty), Type::List(_) | Type::Map(..));
        match field.presence {
            Presence::Required => "true".to_owned(),
            Presence::Nullable
            | Presence::OptionalNullable
            | Presence::Optional
            | Presence::OptionalAcceptsNull => {
                if collection {
                    format!("{value}.as_ref().is_some_and(|value| !value.is_empty())")
                } else {
                    format!("{value}.is_some()")
                }
            }
            Presence::Default | Presence::OmittedDefault => {
                let differs = self.differs_from_default(owner, field);
                let empty = format!("!{value}.is_empty()");
                if collection && differs != empty {
                    format!("{differs} && {empty}")
                } else {
                    differs
                }
            }
            Presence::Patch => {
                let keeps = format!("!{value}.is_keep()");
                if collection {
                    let patch = self.runtime("Patch");
                    format!("{keeps} && !matches!(&{value}, {patch}::Set(value) if value.is_empty())")
                } else {
                    keeps
                }
            }
        }
    }

    fn walk_field(&mut self, field: &'a Field) {
        let (name, value) = (quoted(&field.name), format!("self.{}", rust_ident(&field.rust)));
        if !self.has_tuple(&field.ty) {
            return line!(self.code, "u.member({name}, &{value});");
        }
        let walk = self.walk(&field.ty, "value");
        let pattern = match field.presence {
            Presence::Required | Presence::Default | Presence::OmittedDefault => {
                line!(self.code, "let value = &{value};");
                return line!(self.code, "u.within({name}, |u| {walk});");
            }
            Presence::Patch => format!("{}::Set(value)", self.runtime("Patch")),
            _ => "Some(value)".to_owned(),
        };
        line!(self.code, "if let {pattern} = &{value} {{");
        line!(self.code, "u.within({name}, |u| {walk});");
        line!(self.code, "}}");
    }

    /// The expression that walks through what `value` borrows. Tuples are walked item by item, for not each of them need
    /// reach a gate.
    fn walk(&self, ty: &'a Type, value: &str) -> String {
        match self.plan.resolved(ty) {
            Type::List(item) if self.has_tuple(item) => {
                format!("u.elements({value}, |u, value| {})", self.walk(item, "value"))
            }
            Type::Map(_, item) if self.has_tuple(item) => {
                format!("u.entries({value}, |u, value| {})", self.walk(item, "value"))
            }
            Type::Nullable(inner) if self.has_tuple(inner) => {
                let walk = self.walk(inner, "value");
                format!("{{ if let Some(value) = {value} {{ {walk} }} }}")
            }
            Type::Tuple(items) => {
                let items = items.iter().enumerate();
                let items = items.filter(|(_, item)| !self.plan.gates.reached_by_type(item).is_empty());
                let steps = items.map(|(at, item)| {
                    let item_value = format!("&{value}.{at}");
                    if !self.has_tuple(item) {
                        return format!("u.member(\"[{at}]\", {item_value})");
                    }
                    let walk = self.walk(item, "value");
                    format!("{{ let value = {item_value}; u.within(\"[{at}]\", |u| {walk}) }}")
                });
                match steps.collect::<Vec<_>>().as_slice() {
                    [only] => only.clone(),
                    steps => format!("{{ {}; }}", steps.join("; ")),
                }
            }
            _ => format!("u.value({value})"),
        }
    }

    fn has_tuple(&self, ty: &'a Type) -> bool {
        match self.plan.resolved(ty) {
            Type::Tuple(_) => true,
            Type::List(inner) | Type::Nullable(inner) | Type::Map(_, inner) => self.has_tuple(inner),
            Type::Scalar(_) | Type::Constant(_) | Type::Ref(_) => false,
        }
    }

    pub(super) fn enum_uses(&mut self, body: &'a Enum, owner: Owner<'a>) {
        let gated = body.members.iter().filter(|member| member.marks.gate.is_some());
        if !owner.inbound || gated.clone().next().is_none() {
            return;
        }
        self.begin_uses(&self.plan.protocol.definitions[owner.name].rust);
        let arms = gated.filter_map(|member| {
            let gate = quoted(gate(&member.marks)?);
            let what = self.what(owner, &member.name);
            Some((
                format!("Self::{}", member.rust),
                vec![format!("u.here({gate}, {what})")],
            ))
        });
        self.match_self(&arms.collect::<Vec<_>>(), true);
        self.end_uses();
    }

    pub(super) fn union_uses(&mut self, body: &'a Union, owner: Owner<'a>) {
        if !owner.inbound || self.plan.gates.reached(owner.name).is_empty() {
            return;
        }
        self.begin_uses(&self.plan.protocol.definitions[owner.name].rust);
        let mut arms = Vec::new();
        for member in &body.members {
            let here = gate(&member.marks).map(|gate| {
                let what = self.what(owner, &member.name);
                format!("u.here({}, {what})", quoted(gate))
            });
            let variant = &member.rust;
            let inner = self.member_walk(&body.tagging, &member.name, &member.content, &member.marks);
            let pattern = match (&here, &inner) {
                (None, None) => continue,
                (_, Some(_)) => format!("Self::{variant}(value)"),
                (_, None) if held_nothing(member) => format!("Self::{variant}"),
                (_, None) => format!("Self::{variant}(_)"),
            };
            arms.push((pattern, here.into_iter().chain(inner).collect()));
        }
        let others = body.open || arms.len() < body.members.len();
        self.match_self(&arms, others);
        self.end_uses();
    }

    /// Does what an arm says, by the pattern that fits; nothing where there are others.
    fn match_self(&mut self, arms: &[(String, Vec<String>)], others: bool) {
        if let ([(pattern, steps)], true) = (arms, others) {
            line!(self.code, "if let {pattern} = self {{");
            for step in steps {
                line!(self.code, "{step};");
            }
            return line!(self.code, "}}");
        }
        line!(self.code, "match self {{");
        for (pattern, steps) in arms {
            match steps.as_slice() {
                [step] => self.code.arm(pattern, step),
                steps => {
                    line!(self.code, "{pattern} => {{");
                    for step in steps {
                        line!(self.code, "{step};");
                    }
                    line!(self.code, "}}");
                }
            }
        }
        if others {
            line!(self.code, "_ => {{}}");
        }
        line!(self.code, "}}");
    }

    /// The expression that walks through what a member holds; none where that reaches no other gate.
    fn member_walk(
        &self,
        tagging: &'a Tagging,
        name: &str,
        content: &'a Content,
        marks: &Marks,
    ) -> Option<String> {
        let walk = match content {
            Content::None => return None,
            Content::Fields { body, .. } => {
                let gates = self.plan.gates.reached_by_body(body);
                gates.into_iter().find(|reached| gate(marks) != Some(*reached))?;
                "u.value(value)".to_owned()
            }
            Content::Type { ty } => {
                self.reaches_more(ty, marks).then_some(())?;
                self.walk(ty, "value")
            }
        };
        let place = match tagging {
            Tagging::Internal { .. } | Tagging::Untagged => return Some(walk),
            Tagging::External => quoted(name),
            Tagging::Adjacent { content, .. } => quoted(content),
        };
        Some(if walk == "u.value(value)" {
            format!("u.member({place}, value)")
        } else {
            format!("u.within({place}, |u| {walk})")
        })
    }

    fn begin_uses(&mut self, name: &str) {
        self.code.blank();
        line!(self.code, "impl gates::Gated for {name} {{");
        line!(self.code, "fn uses(&self, u: &mut gates::Uses<'_>) {{");
    }

    fn end_uses(&mut self) {
        line!(self.code, "}}");
        line!(self.code, "}}");
    }
}
