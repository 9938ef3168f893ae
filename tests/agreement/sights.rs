//! What a message shows of the model: which fields it leaves out, nulls or fills, which members it chooses.
//!
//! In: a definition and a JSON value. Out: a [`Sight`] for each thing that the value shows, or none where the value is no
//! such message. Nothing here knows the emitted types. Ranges and formats are passed over: whoever reads must refuse
//! those, and no union of ours is told apart by them.

use std::collections::HashSet;
use std::fmt::Write;

use serde_json::{Map, Value};
use wiregate_codegen::ir::{
    Content, DefName, Enum, Field, Member, Presence, Protocol, Scalar, Shape, Struct, Tagging, Type, Union,
};

/// What can be seen at a place of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What<'a> {
    /// A field that is left out.
    Absent,
    /// A null that stands for none.
    Null,
    /// A value, or an element of a list or map.
    Present,
    /// This member of an enum or union.
    Member(&'a str),
    /// A member that an open enum or union does not know.
    Unknown,
    /// An old spelling of a field or member.
    Spelled(&'a str),
    /// A bare value instead of the object that holds it.
    Bare,
}

/// One thing that a message shows.
#[derive(Clone, Debug)]
pub(crate) struct Sight<'a> {
    /// The place in the model: `v2/Thread.turns[]`, `v2/ThreadItem::plan.text`.
    pub(crate) place: String,
    pub(crate) what: What<'a>,
    /// Where in the message it is.
    pub(crate) at: Vec<Step>,
    /// Whether it lies in a member that was told from others by its shape.
    pub(crate) by_shape: bool,
}

/// One step into a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Name(String),
    Index(usize),
}

/// The value is no such message.
struct Misfit;

type Fit = Result<(), Misfit>;

/// What `value` shows of the definition `name`; none where it is no such message.
pub(crate) fn sights<'a>(model: &'a Protocol, name: &'a DefName, value: &Value) -> Option<Vec<Sight<'a>>> {
    let mut walk = Walk {
        model,
        sights: Vec::new(),
        at: Vec::new(),
        by_shape: false,
    };
    walk.definition(name, value).ok().map(|()| walk.sights)
}

/// Whether null is a value of a type, such as any JSON.
pub(crate) fn takes_null(model: &Protocol, ty: &Type) -> bool {
    let mut walk = Walk {
        model,
        sights: Vec::new(),
        at: Vec::new(),
        by_shape: false,
    };
    walk.ty("", ty, &Value::Null).is_ok()
}

/// The member of an untagged union that a value is; none where it is one that the union does not know.
pub(crate) fn fitting<'a>(model: &'a Protocol, body: &'a Union, value: &Value) -> Option<&'a Member> {
    let mut walk = Walk {
        model,
        sights: Vec::new(),
        at: Vec::new(),
        by_shape: false,
    };
    let mut members = body.members.iter();
    members.find(|member| walk.content("", member, value).is_ok())
}

struct Walk<'a> {
    model: &'a Protocol,
    sights: Vec<Sight<'a>>,
    at: Vec<Step>,
    by_shape: bool,
}

impl<'a> Walk<'a> {
    fn see(&mut self, place: &str, what: What<'a>) {
        self.sights.push(Sight {
            place: place.to_owned(),
            what,
            at: self.at.clone(),
            by_shape: self.by_shape,
        });
    }

    fn within(&mut self, step: Step, walk: impl FnOnce(&mut Self) -> Fit) -> Fit {
        self.at.push(step);
        let fit = walk(self);
        self.at.pop();
        fit
    }

    fn definition(&mut self, name: &'a DefName, value: &Value) -> Fit {
        let place = name.as_str();
        match &self.model.definitions[name].shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => self.object(place, body, value),
            Shape::Enum(body) => self.choice(place, body, value),
            Shape::Union(body) => self.union(place, body, value),
            Shape::Alias { ty } => self.ty(place, ty, value),
        }
    }

    fn choice(&mut self, place: &str, body: &'a Enum, value: &Value) -> Fit {
        let text = value.as_str().ok_or(Misfit)?;
        for member in &body.members {
            if let Some(old) = old_spelling(&member.accepts, text) {
                self.see(&format!("{place}::{}", member.name), What::Spelled(old));
            }
            if member.name == text || member.accepts.iter().any(|old| old == text) {
                self.see(place, What::Member(&member.name));
                return Ok(());
            }
        }
        self.unknown(place, body.open)
    }

    fn unknown(&mut self, place: &str, open: bool) -> Fit {
        if !open {
            return Err(Misfit);
        }
        self.see(place, What::Unknown);
        Ok(())
    }

    fn union(&mut self, place: &str, body: &'a Union, value: &Value) -> Fit {
        match &body.tagging {
            Tagging::Untagged => self.untagged(place, body, value),
            Tagging::Internal { tag } => {
                let object = value.as_object().ok_or(Misfit)?;
                let mut known = HashSet::new();
                self.tagged(place, body, tag, object, &mut known)
            }
            Tagging::Adjacent { tag, content } => {
                let name = value[tag].as_str().ok_or(Misfit)?;
                match self.named(place, body, name) {
                    Some(member) if member.content == Content::None => Ok(()),
                    Some(member) => {
                        let held = value.get(content).ok_or(Misfit)?;
                        let step = Step::Name(content.clone());
                        self.within(step, |this| this.content(place, member, held))
                    }
                    None => self.unknown(place, body.open),
                }
            }
            Tagging::External => match value {
                Value::String(name) => match self.named(place, body, name) {
                    Some(member) if member.content == Content::None => Ok(()),
                    Some(_) => Err(Misfit),
                    None => self.unknown(place, body.open),
                },
                Value::Object(object) => {
                    let (name, held) = object.iter().next().ok_or(Misfit)?;
                    match self.named(place, body, name) {
                        Some(member) if object.len() == 1 => {
                            let step = Step::Name(name.clone());
                            self.within(step, |this| this.content(place, member, held))
                        }
                        Some(_) => Err(Misfit),
                        None => self.unknown(place, body.open),
                    }
                }
                _ => Err(Misfit),
            },
        }
    }

    /// The first member that fits.
    fn untagged(&mut self, place: &str, body: &'a Union, value: &Value) -> Fit {
        let (before, by_shape) = (self.sights.len(), self.by_shape);
        for member in &body.members {
            self.by_shape = true;
            self.see(place, What::Member(&member.name));
            let fit = self.content(place, member, value);
            self.by_shape = by_shape;
            if fit.is_ok() {
                return Ok(());
            }
            self.sights.truncate(before);
        }
        self.unknown(place, body.open)
    }

    /// The member of a tagged union that `name` means.
    fn named(&mut self, place: &str, body: &'a Union, name: &str) -> Option<&'a Member> {
        let means = |member: &&Member| member.name == name || member.accepts.iter().any(|old| old == name);
        let member = body.members.iter().find(means)?;
        if let Some(old) = old_spelling(&member.accepts, name) {
            self.see(&format!("{place}::{}", member.name), What::Spelled(old));
        }
        self.see(place, What::Member(&member.name));
        Some(member)
    }

    fn tagged(
        &mut self,
        place: &str,
        body: &'a Union,
        tag: &str,
        object: &Map<String, Value>,
        known: &mut HashSet<String>,
    ) -> Fit {
        let name = object.get(tag).and_then(Value::as_str).ok_or(Misfit)?;
        known.insert(tag.to_owned());
        let Some(member) = self.named(place, body, name) else {
            return self.unknown(place, body.open);
        };
        match &member.content {
            Content::None => Ok(()),
            Content::Fields { body, .. } => {
                self.members(&format!("{place}::{}", member.name), body, object, known)
            }
            Content::Type { ty: Type::Ref(name) } => self.spread(name, object, known),
            Content::Type { .. } => Err(Misfit),
        }
    }

    /// A struct or tagged union whose members stand among others.
    fn spread(&mut self, name: &'a DefName, object: &Map<String, Value>, known: &mut HashSet<String>) -> Fit {
        match &self.model.definitions[name].shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => {
                self.members(name.as_str(), body, object, known)
            }
            Shape::Union(
                body @ Union {
                    tagging: Tagging::Internal { tag },
                    ..
                },
            ) => self.tagged(name.as_str(), body, tag, object, known),
            Shape::Alias { ty: Type::Ref(name) } => self.spread(name, object, known),
            _ => Err(Misfit),
        }
    }

    fn content(&mut self, place: &str, member: &'a Member, value: &Value) -> Fit {
        let place = format!("{place}::{}", member.name);
        match &member.content {
            Content::None if value.is_null() => Ok(()),
            Content::None => Err(Misfit),
            Content::Fields { body, .. } => self.object(&place, body, value),
            Content::Type { ty } => self.ty(&place, ty, value),
        }
    }

    fn object(&mut self, place: &str, body: &'a Struct, value: &Value) -> Fit {
        if let Value::Object(object) = value {
            return self.members(place, body, object, &mut HashSet::new());
        }
        let bare = body.bare.as_ref().ok_or(Misfit)?;
        let field = body
            .fields
            .iter()
            .find(|field| field.name == *bare)
            .ok_or(Misfit)?;
        self.see(place, What::Bare);
        self.ty(&format!("{place}.{bare}"), &field.ty, value)
    }

    fn members(
        &mut self,
        place: &str,
        body: &'a Struct,
        object: &Map<String, Value>,
        known: &mut HashSet<String>,
    ) -> Fit {
        for field in &body.fields {
            self.field(&format!("{place}.{}", field.name), field, object, known)?;
        }
        for flat in &body.flatten {
            self.spread(&flat.target, object, known)?;
        }
        for (name, value) in object.iter().filter(|(name, _)| !known.contains(*name)) {
            if let Some(rest) = &body.rest {
                let step = Step::Name(name.clone());
                let place = format!("{place}.*");
                self.within(step, |this| this.element(&place, &rest.values, value))?;
            } else if body.closed {
                return Err(Misfit);
            }
        }
        Ok(())
    }

    fn field(
        &mut self,
        place: &str,
        field: &'a Field,
        object: &Map<String, Value>,
        known: &mut HashSet<String>,
    ) -> Fit {
        let names = [&field.name].into_iter().chain(&field.accepts);
        for name in names.chain(&field.accepts_not) {
            known.insert(name.clone());
            let Some(value) = object.get(name) else {
                continue;
            };
            return self.within(Step::Name(name.clone()), |this| {
                if *name != field.name {
                    this.see(place, What::Spelled(name));
                }
                if value.is_null() && null_is_none(field.presence) {
                    this.see(place, What::Null);
                    return Ok(());
                }
                this.element(place, &field.ty, value)
            });
        }
        if field.presence == Presence::Required {
            return Err(Misfit);
        }
        self.within(Step::Name(field.name.clone()), |this| {
            this.see(place, What::Absent);
            Ok(())
        })
    }

    fn element(&mut self, place: &str, ty: &'a Type, value: &Value) -> Fit {
        self.see(place, What::Present);
        self.ty(place, ty, value)
    }

    fn ty(&mut self, place: &str, ty: &'a Type, value: &Value) -> Fit {
        let inside = format!("{place}[]");
        match (ty, value) {
            (Type::Ref(name), _) => self.definition(name, value),
            (Type::Scalar(scalar), _) if is(*scalar, value) => Ok(()),
            (Type::Constant(constant), _) if constant == value => Ok(()),
            (Type::Nullable(_), Value::Null) => {
                self.see(place, What::Null);
                Ok(())
            }
            (Type::Nullable(inner), _) => self.element(place, inner, value),
            (Type::List(item), Value::Array(values)) => {
                for (index, value) in values.iter().enumerate() {
                    self.within(Step::Index(index), |this| this.element(&inside, item, value))?;
                }
                Ok(())
            }
            (Type::Tuple(items), Value::Array(values)) if items.len() == values.len() => {
                for (index, (item, value)) in items.iter().zip(values).enumerate() {
                    self.within(Step::Index(index), |this| this.element(&inside, item, value))?;
                }
                Ok(())
            }
            (Type::Map(key, item), Value::Object(members)) => {
                for (name, value) in members {
                    self.within(Step::Name(name.clone()), |this| {
                        this.ty(place, key, &Value::from(name.as_str()))?;
                        this.element(&inside, item, value)
                    })?;
                }
                Ok(())
            }
            _ => Err(Misfit),
        }
    }
}

/// Whether null stands for none.
pub(crate) fn null_is_none(presence: Presence) -> bool {
    match presence {
        Presence::Nullable | Presence::OptionalNullable | Presence::OptionalAcceptsNull | Presence::Patch => {
            true
        }
        Presence::Required | Presence::Optional | Presence::Default | Presence::OmittedDefault => false,
    }
}

fn old_spelling<'a>(accepts: &'a [String], name: &str) -> Option<&'a str> {
    accepts.iter().find(|old| *old == name).map(String::as_str)
}

/// Whether a value is of the kind of a scalar.
fn is(scalar: Scalar, value: &Value) -> bool {
    match scalar {
        Scalar::Json => true,
        Scalar::Bool => value.is_boolean(),
        Scalar::String | Scalar::Path | Scalar::Base64 | Scalar::Uuid => value.is_string(),
        Scalar::F64 => value.is_number(),
        Scalar::I8
        | Scalar::I16
        | Scalar::I32
        | Scalar::I64
        | Scalar::U8
        | Scalar::U16
        | Scalar::U32
        | Scalar::U64
        | Scalar::BigInt => value.is_i64() || value.is_u64(),
    }
}

/// A place as errors spell it.
pub(crate) fn spelled(at: &[Step]) -> String {
    let mut path = String::new();
    for step in at {
        match step {
            Step::Index(index) => write!(path, "[{index}]").expect("text grows"),
            Step::Name(name) if path.is_empty() => path.push_str(name),
            Step::Name(name) => write!(path, ".{name}").expect("text grows"),
        }
    }
    path
}
