//! Enums of strings.
//!
//! In: an enum of the model. Out: a Rust enum with a variant for each string, and one that keeps unknown strings where it is
//! open.

use super::code::{line, quoted};
use super::module::File;
use crate::ir::{Definition, Enum, Marks, Visibility};

impl<'a> File<'a> {
    pub(super) fn enum_definition(&mut self, definition: &'a Definition, body: &'a Enum) {
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
        line!(self.code, "w.string(self.as_str());");
        line!(self.code, "}}");
        line!(self.code, "}}");
        self.thin.push(name);
    }

    fn decode_enum(&mut self, name: &str, body: &'a Enum) {
        self.code.blank();
        line!(self.code, "impl json::Decode for {name} {{");
        line!(
            self.code,
            "fn decode(r: &mut json::Reader<'_>) -> Result<Self, json::DecodeError> {{"
        );
        let members: Vec<Spelled<'_>> = body
            .members
            .iter()
            .map(|member| Spelled {
                name: &member.name,
                old: &member.accepts,
                marks: &member.marks,
            })
            .collect();
        let arms = self.words("VALUES", &members);
        let read = if body.open { "one_of_open" } else { "one_of" };
        line!(self.code, "Ok(match r.{read}(&VALUES)? {{");
        for (at, member) in body.members.iter().enumerate() {
            let arm = &arms[at];
            match (body.open, at + 1 == body.members.len()) {
                (true, _) => line!(self.code, "{} => Self::{},", each_ok(arm), member.rust),
                (false, true) => line!(self.code, "_ => Self::{},", member.rust),
                (false, false) => line!(self.code, "{} => Self::{},", any_of(arm), member.rust),
            }
        }
        if body.open {
            line!(self.code, "Ok(_) => return Err(r.mismatch(\"a known value\")),");
            line!(self.code, "Err(value) => Self::{UNKNOWN}(value),");
        }
        line!(self.code, "}})");
        line!(self.code, "}}");
        line!(self.code, "}}");
    }

    /// Writes the table of the strings that are read, and gives the indexes of each member: its own, and those of its old
    /// spellings, which stand at the end.
    pub(super) fn words(&mut self, table: &str, members: &[Spelled<'_>]) -> Vec<Vec<usize>> {
        let mut words: Vec<String> = members.iter().map(|member| quoted(member.name)).collect();
        let mut arms: Vec<Vec<usize>> = (0..members.len()).map(|at| vec![at]).collect();
        for (at, member) in members.iter().enumerate() {
            for old in member.old {
                arms[at].push(words.len());
                words.push(quoted(old));
            }
        }
        let expected = quoted(&expected(members));
        let open = format!("static {table}: json::Words = json::Words::new(");
        if open.len() + words.iter().map(|word| word.len() + 2).sum::<usize>() + expected.len() < 80 {
            line!(self.code, "{open}&[{}], {expected});", words.join(", "));
        } else {
            line!(self.code, "{open}");
            self.code.filled("&[", &words, "],");
            line!(self.code, "{expected},");
            line!(self.code, ");");
        }
        arms
    }
}

/// A member with its old spellings.
pub(super) struct Spelled<'a> {
    pub(super) name: &'a str,
    pub(super) old: &'a [String],
    pub(super) marks: &'a Marks,
}

/// What an error says was expected. A connection without a gate must not learn what lies behind it, and what no artefact
/// shows is not named either.
pub(super) fn expected(members: &[Spelled<'_>]) -> String {
    let shown: Vec<String> = members
        .iter()
        .filter(|member| is_shown(member.marks))
        .map(|member| quoted(member.name))
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

/// The pattern of several indexes.
pub(super) fn any_of(indexes: &[usize]) -> String {
    indexes
        .iter()
        .map(usize::to_string)
        .collect::<Vec<_>>()
        .join(" | ")
}

fn each_ok(indexes: &[usize]) -> String {
    format!("Ok({})", any_of(indexes))
}

/// The variant that keeps what is not known. `check` refuses a member of that name.
pub(super) const UNKNOWN: &str = "Unknown";
