//! Unions: which member a value is, and whether it is that.
//!
//! In: a union of the model and a value. Out: the first fault of the member that the value was meant to be, where that can be
//! told.

use std::borrow::Cow;

use crate::ir::kinds::{self, Kinds, OBJECT, Spellings};
use crate::ir::{Content, Member, Presence, Shape, Struct, Tagging, Type, Union};

use super::json::find;
use super::structs::{Body, Members, spellings};
use super::{Conform, Fault, Json, either, is_shown};

impl<'a> Conform<'a> {
    pub(super) fn union(&mut self, name: &str, union: &'a Union, value: &Json<'_>) -> Result<(), Fault> {
        match &union.tagging {
            Tagging::Internal { tag } => match value {
                Json::Object(members) => self.object(Body::Tagged(union, tag), members, &mut Vec::new()),
                _ => Err(Fault::mismatch("an object", value)),
            },
            Tagging::Adjacent { tag, content } => self.adjacent(union, tag, content, value),
            Tagging::External => self.external(union, value),
            Tagging::Untagged => self.untagged(name, union, value),
        }
    }

    /// The member that a word tells.
    pub(super) fn find_member(&self, union: &'a Union, word: &str) -> Option<&'a Member> {
        let mut members = union.members.iter();
        members.find(|member| member.name == word || member.accepts.iter().any(|old| old == word))
    }

    fn adjacent(
        &mut self,
        union: &'a Union,
        tag: &'a str,
        content: &'a str,
        value: &Json<'_>,
    ) -> Result<(), Fault> {
        let Json::Object(members) = value else {
            return Err(Fault::mismatch("an object", value));
        };
        let Some(held) = self.tagged(union, tag, members)? else {
            return Ok(());
        };
        let mut known = vec![tag];
        if *held != Content::None {
            let mut contents = members.iter().filter(|(name, _)| name == content);
            let Some((_, value)) = contents.next() else {
                return Err(Fault::missing(content));
            };
            if contents.next().is_some() {
                return Err(Fault::twice(content));
            }
            self.member(content, |this| this.content(held, value))?;
            known.push(content);
        }
        self.others(None, false, members, &known)
    }

    fn external(&mut self, union: &'a Union, value: &Json<'_>) -> Result<(), Fault> {
        let refused = || Err(Fault::mismatch(keys(union), value));
        match value {
            Json::String(word) => match self.find_member(union, word) {
                Some(member) if member.content == Content::None => {
                    self.spelled_as(&member.name, word)?;
                    self.uses(&member.marks);
                    Ok(())
                }
                None if union.open => Ok(()),
                _ => refused(),
            },
            Json::Object(members) => {
                let Some((name, held)) = members.first() else {
                    return refused();
                };
                match self.find_member(union, name) {
                    Some(member) if member.content != Content::None => {
                        self.spelled_as(&member.name, name)?;
                        self.uses(&member.marks);
                        self.member(name, |this| this.content(&member.content, held))?;
                        if members.len() > 1 {
                            return Err(Fault::new("an object of one member", "more"));
                        }
                        Ok(())
                    }
                    None if union.open && members.len() == 1 => Ok(()),
                    _ => refused(),
                }
            }
            _ => refused(),
        }
    }

    /// The first member that fits. Where one only comes into question, its fault is the answer.
    fn untagged(&mut self, name: &str, union: &'a Union, value: &Json<'_>) -> Result<(), Fault> {
        let kind = kind(value);
        let spelling = if self.written() {
            Spellings::Shown
        } else {
            Spellings::Read
        };
        let takes = |member: &&Member| kinds::of(self.protocol, &member.content, spelling) & kind != 0;
        let mut members: Vec<&'a Member> = union.members.iter().filter(takes).collect();
        if members.is_empty() && union.open {
            return Ok(());
        }
        if let (Json::Object(found), true) = (value, members.len() > 1) {
            members = self.fitting(&members, found);
        }
        let only = members.len() == 1;
        for member in members {
            let before = self.uses.len();
            let outcome = self.content(&member.content, value);
            if outcome.is_ok() {
                self.uses(&member.marks);
                return Ok(());
            }
            if only {
                self.uses(&member.marks);
                return outcome;
            }
            self.uses.truncate(before);
        }
        Err(Fault::mismatch(self.shapes(name, union), value))
    }

    fn content(&mut self, content: &'a Content, value: &Json<'_>) -> Result<(), Fault> {
        match content {
            Content::None if *value == Json::Null => Ok(()),
            Content::None => Err(Fault::mismatch("null", value)),
            Content::Fields { body, .. } => self.structure(body, value),
            Content::Type { ty } => self.value(ty, value),
        }
    }

    /// The members that an object of these names may be. Where it is none, the one that a constant names.
    fn fitting(&self, candidates: &[&'a Member], found: Members<'_, '_>) -> Vec<&'a Member> {
        let mut fits = Vec::new();
        let mut named = Vec::new();
        for member in candidates {
            let outline = self.outline(&member.content);
            let mut constants = outline
                .constants
                .iter()
                .filter_map(|(name, values)| Some(values.admit(find(found, name)?)));
            if constants.clone().any(|same| !same) {
                continue;
            }
            if constants.next().is_some() {
                named.push(*member);
            }
            let has = |names: &Vec<&str>| found.iter().any(|(name, _)| names.contains(&&**name));
            let known = |only: &Vec<&str>| found.iter().all(|(name, _)| only.contains(&&**name));
            if outline.required.iter().all(has) && outline.only.as_ref().is_none_or(known) {
                fits.push(*member);
            }
        }
        if fits.is_empty() && named.len() == 1 {
            named
        } else {
            fits
        }
    }

    /// What an object of this content must have, as far as it can be told without reading it.
    fn outline(&self, content: &'a Content) -> Outline<'a> {
        let mut outline = Outline::default();
        let inner;
        let content = match content {
            Content::Type { ty } => match self.resolved(ty) {
                Type::Nullable(under) => {
                    inner = self.resolved(under);
                    inner
                }
                ty => ty,
            },
            Content::Fields { body, .. } => {
                self.outline_struct(body, &mut outline);
                return outline;
            }
            Content::None => return outline,
        };
        if let Type::Ref(name) = content {
            self.outline_body(self.body_named(name), &mut outline);
        }
        outline
    }

    fn outline_body(&self, body: Option<Body<'a>>, outline: &mut Outline<'a>) {
        match body {
            Some(Body::Struct(body)) => self.outline_struct(body, outline),
            Some(Body::Tagged(union, tag)) => {
                outline.required.push(vec![tag]);
                if !union.open {
                    outline.constants.push((tag, Values::Tags(union)));
                }
            }
            None => {}
        }
    }

    fn outline_struct(&self, body: &'a Struct, outline: &mut Outline<'a>) {
        if body.closed {
            outline.only = Some(self.all_names(body));
        }
        for field in &body.fields {
            let mut names = vec![field.name.as_str()];
            names.extend(spellings(field));
            if matches!(field.presence, Presence::Required | Presence::Optional)
                && let Some(values) = self.few(&field.ty)
            {
                outline.constants.extend(names.iter().map(|name| (*name, values)));
            }
            if field.presence == Presence::Required {
                outline.required.push(names);
            }
        }
        for flat in &body.flatten {
            self.outline_body(self.body_named(&flat.target), outline);
        }
    }

    /// The values of a type that has few.
    fn few(&self, ty: &'a Type) -> Option<Values<'a>> {
        match self.resolved(ty) {
            Type::Constant(value) => Some(Values::One(value)),
            Type::Ref(name) => match &self.protocol.definitions.get(name)?.shape {
                Shape::Enum(body) if !body.open => Some(Values::Words(body)),
                _ => None,
            },
            _ => None,
        }
    }

    /// What a fault says of the whole union.
    fn shapes(&self, name: &str, union: &'a Union) -> String {
        let mut words: Vec<String> = Vec::new();
        for member in union.members.iter().filter(|member| is_shown(&member.marks)) {
            let word = match &member.content {
                Content::Type { ty } if self.takes(&member.content) != OBJECT => self.described(ty),
                _ => format!("the shape of {name}"),
            };
            if !words.contains(&word) {
                words.push(word);
            }
        }
        either(words)
    }

    fn takes(&self, content: &Content) -> Kinds {
        kinds::of(self.protocol, content, Spellings::Read)
    }

    fn described(&self, ty: &'a Type) -> String {
        use crate::ir::Scalar;
        match self.resolved(ty) {
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
            Type::Nullable(inner) => format!("{} or null", self.described(inner)),
            Type::Ref(name) => format!("the shape of {}", name.name()),
        }
    }
}

/// What an object must have to be of a type.
#[derive(Default)]
struct Outline<'a> {
    /// Members that must be there, each with its old spellings.
    required: Vec<Vec<&'a str>>,
    /// Members that have few values.
    constants: Vec<(&'a str, Values<'a>)>,
    /// All members, where others are refused.
    only: Option<Vec<&'a str>>,
}

/// Few values.
#[derive(Clone, Copy)]
enum Values<'a> {
    One(&'a serde_json::Value),
    Words(&'a crate::ir::Enum),
    Tags(&'a Union),
}

impl Values<'_> {
    fn admit(self, value: &Json<'_>) -> bool {
        let is = |name: &String, accepts: &[String]| {
            let text = value.as_str();
            text == Some(name) || accepts.iter().any(|old| text == Some(old))
        };
        match self {
            Self::One(constant) => value.is(constant),
            Self::Words(body) => body
                .members
                .iter()
                .any(|member| is(&member.name, &member.accepts)),
            Self::Tags(union) => union
                .members
                .iter()
                .any(|member| is(&member.name, &member.accepts)),
        }
    }
}

/// What a fault says of a union that is told apart by a tag.
pub(super) fn tags(union: &Union) -> Cow<'static, str> {
    let shown = union.members.iter().filter(|member| is_shown(&member.marks));
    either(shown.map(|member| format!("{:?}", member.name))).into()
}

/// What a fault says of a union that is told apart by a string or a key.
fn keys(union: &Union) -> Cow<'static, str> {
    let shown = union.members.iter().filter(|member| is_shown(&member.marks));
    either(shown.map(|member| match member.content {
        Content::None => format!("{:?}", member.name),
        _ => format!("{{{:?}: ..}}", member.name),
    }))
    .into()
}

/// The kind of a value, as a bit.
fn kind(value: &Json<'_>) -> Kinds {
    let at = match value {
        Json::Null => 0,
        Json::Bool(_) => 1,
        Json::Integer(_) | Json::Number(_) => 2,
        Json::String(_) => 3,
        Json::List(_) => 4,
        Json::Object(_) => 5,
    };
    1 << at
}
