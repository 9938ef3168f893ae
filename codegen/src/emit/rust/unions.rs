//! Unions that are told apart by a tag or a key: declaration, reading and writing.
//!
//! In: a union of the model. Out: a Rust enum with a variant for each member. What a member declares in place is a
//! struct of its own.

use std::collections::HashMap;

use super::code::{before_value, line, member_name, quoted, single, tagged};
use super::enums::{UNKNOWN, either, expected, is_shown, words};
use super::gates::Owner;
use super::module::File;
use super::structs::{BLANK, Writing};
use crate::ir::{Content, DefName, Definition, Member, Tagging, Type, Union};

impl<'a> File<'a> {
    pub(super) fn union_definition(
        &mut self,
        named: &'a DefName,
        definition: &'a Definition,
        body: &'a Union,
    ) {
        let name = definition.rust.as_str();
        let owner = Owner::definition(named, definition);
        self.head(&definition.docs, &definition.marks);
        self.declare_union(name, body);
        self.conversions(name, body);
        let blank = self.blank_member(definition, body);
        self.begin_decode(name, &blank);
        match &body.tagging {
            Tagging::Internal { tag } => self.decode_tagged(body, tag, None, owner),
            Tagging::Adjacent { tag, content } => self.decode_tagged(body, tag, Some(content), owner),
            Tagging::External => self.decode_external(body, owner),
            Tagging::Untagged => self.decode_untagged(name, body, owner),
        }
        line!(self.code, "}}");
        line!(self.code, "}}");
        self.encode_union(named, definition, body);
        self.union_uses(body, owner);
        self.thin.push(name);
        for member in &body.members {
            if let Content::Fields { rust, body: fields } = &member.content {
                let writing = match body.tagging {
                    Tagging::Internal { .. } => Writing::Embedded,
                    _ => Writing::Alone,
                };
                self.code.blank();
                line!(self.code, "/// The member `{}` of [`{name}`].", member.name);
                self.structure(rust, fields, writing, owner.member(&member.name));
            }
        }
    }

    fn declare_union(&mut self, name: &str, body: &'a Union) {
        line!(self.code, "#[derive(Debug, Clone, PartialEq)]");
        line!(self.code, "pub enum {name} {{");
        for member in &body.members {
            self.head(&member.docs, &member.marks);
            match self.held(name, member) {
                None => line!(self.code, "{},", member.rust),
                Some(ty) => line!(self.code, "{}({ty}),", member.rust),
            }
        }
        if body.open {
            let json = self.runtime("Json");
            line!(
                self.code,
                "/// A member that this version of the protocol does not know, as it came."
            );
            line!(self.code, "{UNKNOWN}({json}),");
        }
        line!(self.code, "}}");
    }

    /// The type that a variant holds.
    fn held(&self, name: &str, member: &'a Member) -> Option<String> {
        match &member.content {
            _ if held_nothing(member) => None,
            Content::None => None,
            Content::Fields { rust, .. } if self.plan.boxes.contains(name, rust) => {
                Some(format!("Box<{rust}>"))
            }
            Content::Fields { rust, .. } => Some(rust.clone()),
            Content::Type { ty } => Some(self.ty(name, ty)),
        }
    }

    /// `From` for each type that one member alone holds.
    fn conversions(&mut self, name: &str, body: &'a Union) {
        let mut holders: HashMap<String, usize> = HashMap::new();
        for member in &body.members {
            if let Some(key) = self.held_key(member) {
                *holders.entry(key).or_default() += 1;
            }
        }
        for member in &body.members {
            let Some(key) = self.held_key(member) else {
                continue;
            };
            let Some(held) = self.held(name, member) else {
                continue;
            };
            if holders[&key] != 1 {
                continue;
            }
            let plain = held
                .strip_prefix("Box<")
                .and_then(|inner| inner.strip_suffix('>'));
            let value = if plain.is_some() {
                "Box::new(value)"
            } else {
                "value"
            };
            let from = plain.unwrap_or(&held);
            self.code.blank();
            line!(self.code, "impl From<{from}> for {name} {{");
            line!(self.code, "fn from(value: {from}) -> Self {{");
            line!(self.code, "Self::{}({value})", member.rust);
            line!(self.code, "}}");
            line!(self.code, "}}");
        }
    }

    /// The same text for members that hold the same Rust type.
    fn held_key(&self, member: &'a Member) -> Option<String> {
        match &member.content {
            Content::None
            | Content::Type {
                ty: Type::Constant(_),
            } => None,
            Content::Fields { rust, .. } => Some(rust.clone()),
            Content::Type { ty } => Some(self.plan.type_key(ty)),
        }
    }

    /// The member that is quickest to make.
    fn blank_member(&self, definition: &'a Definition, body: &'a Union) -> String {
        for member in &body.members {
            if self.held_key(member).is_none() {
                return member.rust.clone();
            }
        }
        if body.open {
            return format!("{UNKNOWN}({BLANK})");
        }
        let member = self.plan.blanks.get(definition.rust.as_str()).copied();
        format!("{}({BLANK})", body.members[member.unwrap_or_default()].rust)
    }

    fn decode_tagged(&mut self, body: &'a Union, tag: &str, content: Option<&str>, owner: Owner<'a>) {
        line!(self.code, "*self = match r.tag({}) {{", quoted(tag));
        for member in &body.members {
            let words = words(&member.name, &member.accepts);
            let variant = &member.rust;
            match (&member.content, content) {
                (Content::None, _) => {
                    line!(self.code, "Some({words}) => r.alone(Self::{variant}),");
                }
                (_, content) => {
                    let read = match content {
                        None => "r.value()".to_owned(),
                        Some(content) => format!("r.adjacent({})", member_name(content)),
                    };
                    self.arm(&format!("Some({words})"), member, &read, owner);
                }
            }
        }
        if body.open {
            line!(self.code, "_ => Self::{UNKNOWN}(r.value()),");
        } else {
            let expected = quoted(&expected(
                body.members.iter().map(|member| (&member.name, &member.marks)),
            ));
            self.refuse_others(&expected);
        }
        line!(self.code, "}};");
    }

    fn decode_external(&mut self, body: &'a Union, owner: Owner<'a>) {
        let expected = quoted(&expected_keys(&body.members));
        line!(self.code, "*self = match r.key() {{");
        for member in &body.members {
            let variant = &member.rust;
            if member.content == Content::None {
                let words = words(&member.name, &member.accepts);
                line!(self.code, "json::Key::Word({words}) => Self::{variant},");
                continue;
            }
            for name in std::iter::once(&member.name).chain(&member.accepts) {
                let name = quoted(name);
                let pattern = format!("json::Key::Member({name})");
                self.arm(&pattern, member, &format!("r.content({name})"), owner);
            }
        }
        if body.open {
            for member in &body.members {
                let words = words(&member.name, &member.accepts);
                let other = match member.content {
                    Content::None => "Member",
                    _ => "Word",
                };
                line!(
                    self.code,
                    "json::Key::{other}({words}) => return r.refuse({expected}),"
                );
            }
            line!(self.code, "_ => Self::{UNKNOWN}(r.unknown_key({expected})),");
        } else {
            self.refuse_others(&expected);
        }
        line!(self.code, "}};");
    }

    /// The arm that reads what a member holds.
    pub(super) fn arm(&mut self, pattern: &str, member: &'a Member, read: &str, owner: Owner<'a>) {
        let variant = &member.rust;
        match self.inbound_part(owner, &member.marks, &member.name) {
            None => line!(self.code, "{pattern} => Self::{variant}({read}),"),
            Some(part) => {
                line!(self.code, "{pattern} => {{");
                line!(self.code, "let member = {read};");
                line!(self.code, "r.behind(&{part});");
                line!(self.code, "Self::{variant}(member)");
                line!(self.code, "}}");
            }
        }
    }

    fn encode_union(&mut self, named: &'a DefName, definition: &'a Definition, body: &'a Union) {
        let name = &definition.rust;
        let embedded = self.plan.embedded.contains(definition.rust.as_str());
        if let Tagging::Internal { tag } = &body.tagging
            && embedded
        {
            self.code.blank();
            line!(self.code, "impl {name} {{");
            line!(
                self.code,
                "pub(crate) fn encode_members(&self, w: &mut json::Writer) {{"
            );
            line!(self.code, "match self {{");
            for member in &body.members {
                self.closed_member(named, member, true);
                let (tag, value) = (before_value(tag), quoted(&member.name));
                match member.content {
                    Content::None => line!(self.code, "Self::{} => w.member({tag}, {value}),", member.rust),
                    _ => {
                        line!(self.code, "Self::{}(member) => {{", member.rust);
                        line!(self.code, "w.member({tag}, {value});");
                        line!(self.code, "member.encode_members(w);");
                        line!(self.code, "}}");
                    }
                }
            }
            if body.open {
                line!(self.code, "Self::{UNKNOWN}(members) => w.members_of(members),");
            }
            line!(self.code, "}}");
            line!(self.code, "}}");
            line!(self.code, "}}");
        }
        self.code.blank();
        line!(self.code, "impl json::Encode for {name} {{");
        line!(self.code, "fn encode(&self, w: &mut json::Writer) {{");
        if embedded {
            line!(self.code, "w.begin_object();");
            line!(self.code, "self.encode_members(w);");
            line!(self.code, "w.end_object();");
        } else {
            line!(self.code, "match self {{");
            for member in &body.members {
                self.closed_member(named, member, false);
                self.encode_member(&body.tagging, member);
            }
            if body.open {
                line!(self.code, "Self::{UNKNOWN}(json) => w.raw(json),");
            }
            line!(self.code, "}}");
        }
        line!(self.code, "}}");
        if !self.plan.gates.lost(named).is_empty() {
            self.may_be_withheld();
        }
        line!(self.code, "}}");
    }

    fn closed_member(&mut self, named: &'a DefName, member: &'a Member, embedded: bool) {
        if let Some(used) = &member.marks.gate {
            let holds = if held_nothing(member) { "" } else { "(_)" };
            let pattern = format!("Self::{}{holds}", member.rust);
            self.closed_arm(named, &pattern, used, embedded);
        }
    }

    fn encode_member(&mut self, tagging: &Tagging, member: &'a Member) {
        let variant = &member.rust;
        match (tagging, &member.content) {
            (Tagging::Internal { tag }, Content::None) | (Tagging::Adjacent { tag, .. }, Content::None) => {
                line!(
                    self.code,
                    "Self::{variant} => w.fixed({}),",
                    tagged(tag, &member.name, "}")
                );
            }
            (Tagging::Internal { tag }, _) => {
                line!(self.code, "Self::{variant}(member) => {{");
                line!(self.code, "w.begin_tagged({});", tagged(tag, &member.name, ""));
                line!(self.code, "member.encode_members(w);");
                line!(self.code, "w.end_object();");
                line!(self.code, "}}");
            }
            (Tagging::Adjacent { tag, content }, _) => {
                line!(self.code, "Self::{variant}(content) => {{");
                line!(self.code, "w.begin_tagged({});", tagged(tag, &member.name, ""));
                line!(self.code, "w.member({}, content);", before_value(content));
                line!(self.code, "w.end_object();");
                line!(self.code, "}}");
            }
            (Tagging::External, Content::None) => {
                line!(
                    self.code,
                    "Self::{variant} => w.string({}),",
                    quoted(&member.name)
                );
            }
            (Tagging::External, _) => {
                line!(
                    self.code,
                    "Self::{variant}(content) => w.single({}, content),",
                    single(&member.name)
                );
            }
            (Tagging::Untagged, Content::None) => line!(self.code, "Self::{variant} => w.null(),"),
            (
                Tagging::Untagged,
                Content::Type {
                    ty: Type::Constant(value),
                },
            ) => {
                line!(
                    self.code,
                    "Self::{variant} => w.constant(&{}),",
                    super::module::constant_expression(value)
                );
            }
            (Tagging::Untagged, _) => line!(self.code, "Self::{variant}(value) => w.value(value),"),
        }
    }
}

/// Whether a variant stands for itself.
pub(super) fn held_nothing(member: &Member) -> bool {
    matches!(
        member.content,
        Content::None
            | Content::Type {
                ty: Type::Constant(_)
            }
    )
}

/// What an error says of a union that is told apart by a string or a key.
fn expected_keys(members: &[Member]) -> String {
    let shown: Vec<String> = members
        .iter()
        .filter(|member| is_shown(&member.marks))
        .map(|member| match member.content {
            Content::None => quoted(&member.name),
            _ => format!("{{{}: ..}}", quoted(&member.name)),
        })
        .collect();
    if shown.is_empty() {
        "another value".to_owned()
    } else {
        either(&shown)
    }
}
