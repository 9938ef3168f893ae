//! Enums of strings.
//!
//! In: an enum of the model. Out: a Rust enum with a variant for each string, and one that keeps unknown strings where it is
//! open.

use super::code::{line, quoted};
use super::gates::Owner;
use super::module::File;
use crate::ir::{DefName, Definition, Enum, Marks, Visibility};

impl<'a> File<'a> {
    pub(super) fn enum_definition(&mut self, named: &'a DefName, definition: &'a Definition, body: &'a Enum) {
        let name = &definition.rust;
        self.head(&definition.docs, &definition.marks);
        let copy = if body.open { "" } else { "Copy, " };
        line!(
            self.code,
            "#[derive(Debug, Clone, {copy}PartialEq, Eq, Hash, PartialOrd, Ord)]"
        );
        line!(self.code, "pub enum {name} {{");
        for member in &body.members {
            self.head(&member.docs, &member.marks);
            line!(self.code, "{},", member.rust);
        }
        if body.open {
            line!(
                self.code,
                "/// A value that this version of the protocol does not know, as it came."
            );
            line!(self.code, "{UNKNOWN}(String),");
        }
        line!(self.code, "}}");

        self.code.blank();
        line!(self.code, "impl {name} {{");
        line!(self.code, "/// The value as it goes over the wire.");
        let (constness, lifetime) = if body.open {
            ("", "")
        } else {
            ("const ", "'static ")
        };
        line!(self.code, "pub {constness}fn as_str(&self) -> &{lifetime}str {{");
        line!(self.code, "match self {{");
        for member in &body.members {
            line!(self.code, "Self::{} => {},", member.rust, quoted(&member.name));
        }
        if body.open {
            line!(self.code, "Self::{UNKNOWN}(value) => value,");
        } else if body.members.is_empty() {
            line!(self.code, "_ => \"\",");
        }
        line!(self.code, "}}");
        line!(self.code, "}}");
        line!(self.code, "}}");

        self.decode_enum(name, body);
        self.code.blank();
        line!(self.code, "impl json::Encode for {name} {{");
        line!(self.code, "fn encode(&self, w: &mut json::Writer) {{");
        self.encode_enum(named, body);
        line!(self.code, "}}");
        if !self.plan.gates.lost(named).is_empty() {
            self.may_be_withheld();
        }
        line!(self.code, "}}");
        self.enum_uses(body, Owner::definition(named, definition));
        self.thin.push(name);
    }

    fn encode_enum(&mut self, named: &'a DefName, body: &'a Enum) {
        if body.members.iter().all(|member| member.marks.gate.is_none()) {
            return line!(self.code, "w.string(self.as_str());");
        }
        line!(self.code, "match self {{");
        for member in &body.members {
            if let Some(used) = &member.marks.gate {
                let pattern = format!("Self::{}", member.rust);
                self.closed_arm(named, &pattern, used, false);
            }
        }
        line!(self.code, "_ => w.string(self.as_str()),");
        line!(self.code, "}}");
    }

    fn decode_enum(&mut self, name: &str, body: &'a Enum) {
        let blank = match body.members.first() {
            Some(member) => member.rust.clone(),
            None => format!("{UNKNOWN}(String::new())"),
        };
        self.begin_decode(name, &blank);
        line!(self.code, "*self = match r.word() {{");
        for member in &body.members {
            let words = words(&member.name, &member.accepts);
            line!(self.code, "Some({words}) => Self::{},", member.rust);
        }
        if body.open {
            line!(self.code, "Some(other) => Self::{UNKNOWN}(other.to_owned()),");
            line!(self.code, "None => return r.refuse(\"a string\"),");
        } else {
            let expected = quoted(&expected(
                body.members.iter().map(|member| (&member.name, &member.marks)),
            ));
            self.refuse_others(&expected);
        }
        line!(self.code, "}};");
        line!(self.code, "}}");
        line!(self.code, "}}");
    }

    /// Opens the implementation that reads an enum or union.
    pub(super) fn begin_decode(&mut self, name: &str, blank: &str) {
        self.code.blank();
        line!(self.code, "impl json::Decode for {name} {{");
        line!(self.code, "fn blank() -> Self {{");
        line!(self.code, "Self::{blank}");
        line!(self.code, "}}");
        self.code.blank();
        line!(self.code, "fn decode(&mut self, r: &mut json::Reader<'_>) {{");
    }

    /// The arm for everything else.
    pub(super) fn refuse_others(&mut self, expected: &str) {
        line!(self.code, "_ => return r.refuse({expected}),");
    }
}

/// The pattern of a string and its old spellings.
pub(super) fn words(name: &str, old: &[String]) -> String {
    let mut words = quoted(name);
    for old in old {
        words += " | ";
        words += &quoted(old);
    }
    words
}

/// What an error says was expected. A connection without a gate must not learn what lies behind it, and what no artefact
/// shows is not named either.
pub(super) fn expected<'m>(members: impl Iterator<Item = (&'m String, &'m Marks)>) -> String {
    let shown: Vec<String> = members
        .filter(|(_, marks)| is_shown(marks))
        .map(|(name, _)| quoted(name))
        .collect();
    if shown.is_empty() {
        "another value".to_owned()
    } else {
        either(&shown)
    }
}

pub(super) fn is_shown(marks: &Marks) -> bool {
    marks.gate.is_none() && marks.visibility != Visibility::OnlyRust
}

/// `a, b or c`
pub(super) fn either(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// The variant that keeps what is not known. `check` refuses a member of that name.
pub(super) const UNKNOWN: &str = "Unknown";
