//! What a connection is sent instead of a message, by the model and the rules of gates alone.
//!
//! In: a message as it is with every gate open, and the gates that a connection has. Out: the message without what that
//! connection did not opt into; none where it has no such form. The rules are those of `protocol.idl/README.md`, "Gates".

use std::collections::HashSet;

use serde_json::{Map, Value};
use wiregate_codegen::ir::{
    Content, DefName, GateUse, Marks, Member, Presence, Protocol, Shape, Struct, Tagging, Type, Union,
};

use crate::sights::{fitting, null_is_none};

/// A message has no form without what was lost.
struct Lost;

type Kept = Result<(), Lost>;

/// The form of a message of the definition `name` on a connection for which `open` tells the open gates.
pub(crate) fn form(
    model: &Protocol,
    open: &dyn Fn(&str) -> bool,
    name: &DefName,
    message: &Value,
) -> Option<Value> {
    let view = View { model, open };
    let mut message = message.clone();
    view.definition(name, &mut message).ok().map(|()| message)
}

struct View<'a> {
    model: &'a Protocol,
    open: &'a dyn Fn(&str) -> bool,
}

impl View<'_> {
    fn closed<'m>(&self, marks: &'m Marks) -> Option<&'m GateUse> {
        marks.gate.as_deref().filter(|gate| !(self.open)(&gate.name))
    }

    fn definition(&self, name: &DefName, value: &mut Value) -> Kept {
        let definition = &self.model.definitions[name];
        if self.closed(&definition.marks).is_some() {
            return Err(Lost);
        }
        match &definition.shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => self.object(body, value),
            Shape::Alias { ty } => self.ty(ty, value),
            Shape::Union(body) => self.union(body, value),
            Shape::Enum(body) => {
                let member = body
                    .members
                    .iter()
                    .find(|member| Some(member.name.as_str()) == value.as_str());
                match member.and_then(|member| self.closed(&member.marks)) {
                    Some(gate) => stand_in(gate, value),
                    None => Ok(()),
                }
            }
        }
    }

    fn union(&self, body: &Union, value: &mut Value) -> Kept {
        let named =
            |name: Option<&str>| name.and_then(|name| body.members.iter().find(|member| member.name == name));
        let member = match (&body.tagging, &*value) {
            (Tagging::Internal { tag } | Tagging::Adjacent { tag, .. }, _) => named(value[tag].as_str()),
            (Tagging::External, Value::Object(members)) => named(members.keys().next().map(String::as_str)),
            (Tagging::External, _) => named(value.as_str()),
            (Tagging::Untagged, _) => fitting(self.model, body, value),
        };
        // What nobody knows is opaque.
        let Some(member) = member else { return Ok(()) };
        if let Some(gate) = self.closed(&member.marks) {
            return stand_in(gate, value);
        }
        match (&body.tagging, value) {
            (Tagging::Internal { tag }, Value::Object(object)) => {
                let mut known = HashSet::from([tag.clone()]);
                self.beside_tag(member, object, &mut known)
            }
            (Tagging::Adjacent { content, .. }, Value::Object(object)) => match object.get_mut(content) {
                Some(inner) => self.content(member, inner),
                None => Ok(()),
            },
            (Tagging::External, Value::Object(object)) => match object.values_mut().next() {
                Some(inner) => self.content(member, inner),
                None => Ok(()),
            },
            (Tagging::Untagged, value) => self.content(member, value),
            _ => Ok(()),
        }
    }

    fn content(&self, member: &Member, value: &mut Value) -> Kept {
        match &member.content {
            Content::None => Ok(()),
            Content::Fields { body, .. } => self.object(body, value),
            Content::Type { ty } => self.ty(ty, value),
        }
    }

    fn beside_tag(
        &self,
        member: &Member,
        object: &mut Map<String, Value>,
        known: &mut HashSet<String>,
    ) -> Kept {
        match &member.content {
            Content::Fields { body, .. } => self.members(body, object, known),
            Content::Type { ty: Type::Ref(name) } => self.spread(name, object, known),
            Content::None | Content::Type { .. } => Ok(()),
        }
    }

    /// A struct or tagged union whose members stand among others.
    fn spread(&self, name: &DefName, object: &mut Map<String, Value>, known: &mut HashSet<String>) -> Kept {
        let definition = &self.model.definitions[name];
        if self.closed(&definition.marks).is_some() {
            return Err(Lost);
        }
        match &definition.shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => self.members(body, object, known),
            Shape::Alias { ty: Type::Ref(name) } => self.spread(name, object, known),
            Shape::Union(body) => {
                let Tagging::Internal { tag } = &body.tagging else {
                    return Ok(());
                };
                known.insert(tag.clone());
                let name = object.get(tag).and_then(Value::as_str);
                let Some(member) = body
                    .members
                    .iter()
                    .find(|member| Some(member.name.as_str()) == name)
                else {
                    return Ok(());
                };
                let Some(gate) = self.closed(&member.marks) else {
                    return self.beside_tag(member, object, known);
                };
                let Some(Value::Object(otherwise)) = &gate.otherwise else {
                    return Err(Lost);
                };
                // The members of another member of the union are put in the place of this one's.
                object.shift_remove(tag);
                if let Content::Fields { body, .. } = &member.content {
                    body.fields
                        .iter()
                        .for_each(|field| drop(object.shift_remove(&field.name)));
                }
                known.extend(otherwise.keys().cloned());
                object.extend(otherwise.clone());
                Ok(())
            }
            Shape::Enum(_) | Shape::Alias { .. } => Ok(()),
        }
    }

    fn object(&self, body: &Struct, value: &mut Value) -> Kept {
        match value {
            Value::Object(object) => self.members(body, object, &mut HashSet::new()),
            _ => Ok(()),
        }
    }

    fn members(&self, body: &Struct, object: &mut Map<String, Value>, known: &mut HashSet<String>) -> Kept {
        for field in &body.fields {
            known.insert(field.name.clone());
            if self.closed(&field.marks).is_some() {
                object.shift_remove(&field.name);
                continue;
            }
            let Some(value) = object.get_mut(&field.name) else {
                continue;
            };
            if value.is_null() && null_is_none(field.presence) || self.ty(&field.ty, value).is_ok() {
                continue;
            }
            match field.presence {
                Presence::Required => return Err(Lost),
                Presence::Nullable => *value = Value::Null,
                Presence::Default => *value = field.default.clone().unwrap_or_default(),
                Presence::OptionalNullable
                | Presence::Optional
                | Presence::OptionalAcceptsNull
                | Presence::OmittedDefault
                | Presence::Patch => drop(object.shift_remove(&field.name)),
            }
        }
        for flat in &body.flatten {
            self.spread(&flat.target, object, known)?;
        }
        if let Some(rest) = &body.rest {
            object.retain(|name, value| known.contains(name) || self.ty(&rest.values, value).is_ok());
        }
        Ok(())
    }

    fn ty(&self, ty: &Type, value: &mut Value) -> Kept {
        match (ty, value) {
            (Type::Ref(name), value) => self.definition(name, value),
            (Type::Nullable(inner), value) => {
                if !value.is_null() && self.ty(inner, value).is_err() {
                    *value = Value::Null;
                }
                Ok(())
            }
            (Type::List(item), Value::Array(items)) => {
                items.retain_mut(|value| self.ty(item, value).is_ok());
                Ok(())
            }
            (Type::Map(_, item), Value::Object(entries)) => {
                entries.retain(|_, value| self.ty(item, value).is_ok());
                Ok(())
            }
            (Type::Tuple(types), Value::Array(items)) => {
                let mut both = types.iter().zip(items);
                both.try_for_each(|(ty, value)| self.ty(ty, value))
            }
            (Type::Scalar(_) | Type::Constant(_), _) | (_, _) => Ok(()),
        }
    }
}

/// What stands in for a gated member.
fn stand_in(gate: &GateUse, value: &mut Value) -> Kept {
    *value = gate.otherwise.clone().ok_or(Lost)?;
    Ok(())
}
