//! Objects: presence, old spellings, what is flattened, and members that nobody knows.
//!
//! In: what the model says of an object's members, and the members. Out: the first fault.

use std::borrow::Cow;

use crate::ir::{Content, DefName, Field, Presence, Shape, Struct, Tagging, Type, Union};

use super::json::find;
use super::{Conform, Fault, Json, Step, is_default, is_empty};

/// The members of an object.
pub(super) type Members<'v, 't> = &'v [(Cow<'t, str>, Json<'t>)];

/// What says which members an object has.
#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    Struct(&'a Struct),
    /// A union that is told apart by this member, beside the others.
    Tagged(&'a Union, &'a str),
}

/// The members that are declared.
#[derive(Default)]
struct Known<'a> {
    names: Vec<&'a str>,
    /// Whether an open union keeps all that there is.
    all: bool,
}

impl<'a> Conform<'a> {
    pub(super) fn structure(&mut self, body: &'a Struct, value: &Json<'_>) -> Result<(), Fault> {
        match value {
            Json::Object(members) => self.object(Body::Struct(body), members, &mut Vec::new()),
            _ => {
                let bare = body.bare.as_ref().filter(|_| !self.written());
                match bare.and_then(|bare| body.fields.iter().find(|field| field.name == *bare)) {
                    Some(field) => self.value(&field.ty, value),
                    None => Err(Fault::mismatch("an object", value)),
                }
            }
        }
    }

    /// The members of an object. `beside` are the tags of the unions that it is a member of.
    pub(super) fn object(
        &mut self,
        body: Body<'a>,
        members: Members<'_, '_>,
        beside: &mut Vec<&'a str>,
    ) -> Result<(), Fault> {
        match body {
            Body::Tagged(union, tag) => {
                let Some(content) = self.tagged(union, tag, members)? else {
                    return Ok(());
                };
                beside.push(tag);
                match self.body_of(content) {
                    Some(inner) => self.object(inner, members, beside),
                    None => self.others(None, false, members, beside),
                }
            }
            Body::Struct(structure) => {
                self.declared(body, members)?;
                let mut known = Known::default();
                self.names(body, members, &mut known);
                if known.all {
                    return Ok(());
                }
                known.names.append(beside);
                let rest = self.rest(body, members);
                self.others(rest, structure.closed, members, &known.names)
            }
        }
    }

    /// The members that are declared, those of what is flattened too.
    fn declared(&mut self, body: Body<'a>, members: Members<'_, '_>) -> Result<(), Fault> {
        match body {
            Body::Struct(body) => {
                for field in &body.fields {
                    self.field(field, members)?;
                }
                for flat in &body.flatten {
                    if let Some(inner) = self.body_named(&flat.target) {
                        self.declared(inner, members)?;
                    }
                }
                Ok(())
            }
            Body::Tagged(union, tag) => match self.tagged(union, tag, members)? {
                Some(content) => match self.body_of(content) {
                    Some(inner) => self.declared(inner, members),
                    None => Ok(()),
                },
                None => Ok(()),
            },
        }
    }

    fn field(&mut self, field: &'a Field, members: Members<'_, '_>) -> Result<(), Fault> {
        let written = self.written();
        let mut values = members
            .iter()
            .filter(|(name, _)| *name == field.name || (!written && spellings(field).any(|old| name == old)));
        let found = values.next();
        if values.next().is_some() {
            return Err(Fault::twice(&field.name));
        }
        let Some((name, value)) = found else {
            return self.absent(field);
        };
        let opposite = field.accepts_not.iter().any(|old| name == old);
        if self.is_used(field, value, opposite) {
            self.place.push(Step::Name(field.name.clone()));
            self.uses(&field.marks);
            self.place.pop();
        }
        let nullable = match field.presence {
            Presence::Nullable | Presence::OptionalNullable | Presence::Patch => true,
            Presence::OptionalAcceptsNull => !written,
            Presence::Required | Presence::Optional | Presence::Default | Presence::OmittedDefault => false,
        };
        if nullable && *value == Json::Null {
            return Ok(());
        }
        self.member(&field.name, |this| this.value(&field.ty, value))
    }

    fn absent(&self, field: &Field) -> Result<(), Fault> {
        let owed = match field.presence {
            Presence::Required => true,
            Presence::Nullable | Presence::Default => self.written(),
            Presence::Optional
            | Presence::OptionalNullable
            | Presence::OptionalAcceptsNull
            | Presence::OmittedDefault
            | Presence::Patch => false,
        };
        let hidden = field
            .marks
            .gate
            .as_ref()
            .is_some_and(|gate| !(self.open)(&gate.name));
        if owed && !hidden {
            return Err(Fault::missing(&field.name));
        }
        Ok(())
    }

    /// Whether what stands behind the gate of a field is used. Who writes leaves it out.
    fn is_used(&self, field: &Field, value: &Json<'_>, opposite: bool) -> bool {
        if self.written() {
            return true;
        }
        if is_empty(value) && matches!(self.resolved(&field.ty), Type::List(_) | Type::Map(..)) {
            return false;
        }
        match field.presence {
            Presence::Required | Presence::Patch => true,
            Presence::Default | Presence::OmittedDefault => match value {
                Json::Bool(value) if opposite => !is_default(&Json::Bool(!value), field.default.as_ref()),
                _ => !is_default(value, field.default.as_ref()),
            },
            Presence::Nullable
            | Presence::Optional
            | Presence::OptionalNullable
            | Presence::OptionalAcceptsNull => *value != Json::Null,
        }
    }

    /// The members that are not declared: those of a map, those that nobody knows.
    pub(super) fn others(
        &mut self,
        rest: Option<&'a Type>,
        closed: bool,
        members: Members<'_, '_>,
        known: &[&str],
    ) -> Result<(), Fault> {
        if rest.is_none() && !closed && !self.written() {
            return Ok(());
        }
        for (at, (name, value)) in members.iter().enumerate() {
            if known.contains(&&**name) {
                continue;
            }
            let Some(ty) = rest else {
                return Err(Fault::unknown(name));
            };
            self.member(name, |this| this.value(ty, value))?;
            if self.written() && members[..at].iter().any(|(other, _)| other == name) {
                return Err(Fault::twice(name));
            }
        }
        Ok(())
    }

    /// The type of remaining members, where there is a map of them.
    fn rest(&self, body: Body<'a>, members: Members<'_, '_>) -> Option<&'a Type> {
        match body {
            Body::Struct(body) => {
                let own = body.rest.as_ref().map(|rest| &rest.values);
                own.or_else(|| {
                    let mut flattened = body.flatten.iter();
                    flattened.find_map(|flat| self.rest(self.body_named(&flat.target)?, members))
                })
            }
            Body::Tagged(union, tag) => {
                let told = find(members, tag)?.as_str()?;
                self.rest(self.body_of(&self.find_member(union, told)?.content)?, members)
            }
        }
    }

    /// The names that are declared. A reader knows those of every member of a flattened union, a writer has one of them.
    fn names(&self, body: Body<'a>, members: Members<'_, '_>, known: &mut Known<'a>) {
        match body {
            Body::Struct(body) => {
                for field in &body.fields {
                    known.names.push(&field.name);
                    if !self.written() {
                        known.names.extend(spellings(field));
                    }
                }
                for flat in &body.flatten {
                    if let Some(inner) = self.body_named(&flat.target) {
                        self.names(inner, members, known);
                    }
                }
            }
            Body::Tagged(union, tag) => {
                known.names.push(tag);
                let told = find(members, tag).and_then(Json::as_str).unwrap_or_default();
                let told = self.find_member(union, told);
                known.all |= told.is_none();
                for member in &union.members {
                    if (!self.written() || told.is_some_and(|told| std::ptr::eq(told, member)))
                        && let Some(inner) = self.body_of(&member.content)
                    {
                        self.names(inner, members, known);
                    }
                }
            }
        }
    }

    /// Every name that a closed struct takes.
    pub(super) fn all_names(&self, body: &'a Struct) -> Vec<&'a str> {
        let mut known = Known::default();
        self.names(Body::Struct(body), &[], &mut known);
        known.names
    }

    /// What the tag of an object tells that it holds; none where an open union does not know it.
    pub(super) fn tagged(
        &mut self,
        union: &'a Union,
        tag: &str,
        members: Members<'_, '_>,
    ) -> Result<Option<&'a Content>, Fault> {
        let mut tags = members.iter().filter(|(name, _)| name == tag);
        let Some((_, value)) = tags.next() else {
            return Err(Fault::missing(tag));
        };
        let Some(text) = value.as_str() else {
            return Err(Fault::mismatch("a string", value).in_member(tag));
        };
        let Some(member) = self.find_member(union, text) else {
            if union.open {
                return Ok(None);
            }
            return Err(Fault::mismatch(super::unions::tags(union), value).in_member(tag));
        };
        if tags.next().is_some() {
            return Err(Fault::twice(tag));
        }
        self.spelled_as(&member.name, text)
            .map_err(|fault| fault.in_member(tag))?;
        self.uses(&member.marks);
        Ok(Some(&member.content))
    }

    /// A definition whose values are objects that can stand among the members of others.
    pub(super) fn body_named(&self, name: &DefName) -> Option<Body<'a>> {
        let protocol = self.protocol;
        match &protocol.definitions.get(name)?.shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => Some(Body::Struct(body)),
            Shape::Union(union) => match &union.tagging {
                Tagging::Internal { tag } => Some(Body::Tagged(union, tag)),
                _ => None,
            },
            Shape::Alias { ty: Type::Ref(name) } => self.body_named(name),
            Shape::Alias { .. } | Shape::Enum(_) => None,
        }
    }

    /// The same of what a member of a union holds.
    pub(super) fn body_of(&self, content: &'a Content) -> Option<Body<'a>> {
        match content {
            Content::Fields { body, .. } => Some(Body::Struct(body)),
            Content::Type { ty: Type::Ref(name) } => self.body_named(name),
            Content::None | Content::Type { .. } => None,
        }
    }
}

/// The old spellings of a field.
pub(super) fn spellings(field: &Field) -> impl Iterator<Item = &str> {
    field.accepts.iter().chain(&field.accepts_not).map(String::as_str)
}
