//! What a message uses of what is behind gates.
//!
//! In: the model, and a message. Out: its gated parts, in the order in which the interface files declare them, outer ones
//! first. It is read off what `sights.rs` sees in the message, so it knows nothing of the emitted checks.

use std::collections::HashMap;

use serde_json::Value;
use wiregate_codegen::ir::{Content, DefName, Field, Marks, Presence, Protocol, Shape, Struct, Type};

use crate::sights::{Step, What, sights, spelled};

/// Something gated that stands in a message.
#[derive(Clone, Debug)]
pub(crate) struct Use<'a> {
    pub(crate) gate: &'a str,
    /// The place of the model, as `sights.rs` spells it.
    pub(crate) place: String,
    /// What a refusal calls it.
    pub(crate) what: String,
    /// Where it stands in the message.
    pub(crate) at: String,
    /// Whether it counts as a use: not null, not the default and not empty, where it is a field.
    pub(crate) counts: bool,
}

/// The gated parts of the model.
pub(crate) struct Parts<'a> {
    model: &'a Protocol,
    by_place: HashMap<String, Part<'a>>,
}

struct Part<'a> {
    gate: &'a str,
    what: String,
    field: Option<&'a Field>,
}

impl<'a> Parts<'a> {
    pub(crate) fn new(model: &'a Protocol) -> Self {
        let mut this = Self {
            model,
            by_place: HashMap::new(),
        };
        for (name, definition) in &model.definitions {
            let (place, subject) = (name.as_str(), subject(model, name));
            match &definition.shape {
                Shape::Struct(body) | Shape::Error { data: body, .. } => this.fields(place, &subject, body),
                Shape::Enum(body) => {
                    for member in &body.members {
                        let what = format!("{subject}.{}", member.name);
                        this.add(format!("{place}::{}", member.name), &member.marks, what, None);
                    }
                }
                Shape::Union(body) => {
                    for member in &body.members {
                        let what = format!("{subject}.{}", member.name);
                        let place = format!("{place}::{}", member.name);
                        if let Content::Fields { body, .. } = &member.content {
                            this.fields(&place, &what, body);
                        }
                        this.add(place, &member.marks, what, None);
                    }
                }
                Shape::Alias { .. } => {}
            }
        }
        this
    }

    fn fields(&mut self, place: &str, subject: &str, body: &'a Struct) {
        for field in &body.fields {
            let place = format!("{place}.{}", field.name);
            let what = format!("{subject}.{}", field.name);
            self.add(place, &field.marks, what, Some(field));
        }
    }

    fn add(&mut self, place: String, marks: &'a Marks, what: String, field: Option<&'a Field>) {
        if let Some(gate) = &marks.gate {
            let gate = gate.name.as_str();
            self.by_place.insert(place, Part { gate, what, field });
        }
    }

    /// Every gated place of the model.
    pub(crate) fn places(&self) -> impl Iterator<Item = &str> {
        self.by_place.keys().map(String::as_str)
    }

    /// What is gated in a message, which is one of the definition `name`.
    pub(crate) fn in_message(&self, name: &'a DefName, message: &Value) -> Vec<Use<'a>> {
        let seen = sights(self.model, name, message);
        let seen = seen.unwrap_or_else(|| panic!("{message} should be a {name}"));
        let mut uses: Vec<Use<'a>> = Vec::new();
        for sight in &seen {
            let place = match sight.what {
                What::Member(member) => format!("{}::{member}", sight.place),
                What::Present | What::Null => sight.place.clone(),
                What::Absent | What::Unknown | What::Spelled(_) | What::Bare => continue,
            };
            let Some(part) = self.by_place.get(&place) else {
                continue;
            };
            let value = at(message, &sight.at);
            let counts = part.field.is_none_or(|field| self.counts(field, value));
            uses.push(Use {
                gate: part.gate,
                place,
                what: part.what.clone(),
                at: spelled(&sight.at),
                counts,
            });
        }
        uses
    }

    /// Whether a value of a gated field is a use of it.
    fn counts(&self, field: &Field, value: &Value) -> bool {
        let is_empty = match value {
            Value::Null => return field.presence == Presence::Patch,
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty() && self.is_map(&field.ty),
            _ => false,
        };
        !is_empty && Some(value) != field.default.as_ref()
    }

    fn is_map(&self, ty: &Type) -> bool {
        match ty {
            Type::Map(..) => true,
            Type::Nullable(inner) => self.is_map(inner),
            Type::Ref(name) => match &self.model.definitions[name].shape {
                Shape::Alias { ty } => self.is_map(ty),
                _ => false,
            },
            Type::Scalar(_) | Type::Constant(_) | Type::List(_) | Type::Tuple(_) => false,
        }
    }
}

/// What a refusal calls a definition: the method whose params it is, else its name, small.
fn subject(model: &Protocol, name: &DefName) -> String {
    let mut methods = model.methods.iter();
    if let Some((wire, _)) = methods.find(|(_, method)| method.params.as_ref() == Some(name)) {
        return wire.clone();
    }
    let (first, others) = name.name().split_at(1);
    first.to_lowercase() + others
}

fn at<'v>(message: &'v Value, steps: &[Step]) -> &'v Value {
    steps.iter().fold(message, |value, step| match step {
        Step::Name(name) => &value[name],
        Step::Index(index) => &value[index],
    })
}
