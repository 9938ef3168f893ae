//! Places in definitions, as they are named in messages and found in the text.
//!
//! In: indices, the same in the model and in the tree. Out: `ThreadStartParams.approvalPolicy`, or the name and marks that stand there.

use crate::ast::{Marks, Name};
use crate::ir::{self, Content, DefName, Protocol, Type};
use crate::resolve::{MemberContent, Resolved, Shape, Spread, Struct, TypeKind};

/// A definition, a member of it, or a part of the body of either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) definition: usize,
    pub(crate) member: Option<usize>,
    pub(crate) part: Option<Part>,
}

/// A part of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Field(usize),
    Flatten(usize),
    Rest,
}

impl Place {
    pub(crate) fn new(definition: usize) -> Self {
        Self {
            definition,
            member: None,
            part: None,
        }
    }

    pub(crate) fn member(self, member: usize) -> Self {
        Self {
            member: Some(member),
            ..self
        }
    }

    pub(crate) fn part(self, part: Part) -> Self {
        Self {
            part: Some(part),
            ..self
        }
    }

    /// As an author spells it: `ThreadStartParams.approvalPolicy`, `AskForApproval.granular`.
    pub(crate) fn spelled(self, protocol: &Protocol) -> String {
        let Some((name, definition)) = protocol.definitions.get_index(self.definition) else {
            return String::new();
        };
        let mut text = name.name().to_owned();
        let mut body = match &definition.shape {
            ir::Shape::Struct(body) | ir::Shape::Error { data: body, .. } => Some(body),
            _ => None,
        };
        if let Some(at) = self.member {
            text.push('.');
            match &definition.shape {
                ir::Shape::Enum(declared) => text += &declared.members[at].name,
                ir::Shape::Union(union) => {
                    text += &union.members[at].name;
                    if let Content::Fields { body: inner, .. } = &union.members[at].content {
                        body = Some(inner);
                    }
                }
                _ => {}
            }
        }
        if let (Some(part), Some(body)) = (self.part, body) {
            text.push('.');
            text += match part {
                Part::Field(at) => &body.fields[at].name,
                Part::Flatten(at) => &body.flatten[at].rust,
                Part::Rest => body.rest.as_ref().map_or("", |rest| &rest.rust),
            };
        }
        text
    }

    /// The marks of a field.
    pub(crate) fn marks(self, protocol: &Protocol) -> Option<&ir::Marks> {
        let (_, definition) = protocol.definitions.get_index(self.definition)?;
        let body = match (&definition.shape, self.member) {
            (ir::Shape::Struct(body) | ir::Shape::Error { data: body, .. }, None) => body,
            (ir::Shape::Union(union), Some(at)) => match &union.members.get(at)?.content {
                Content::Fields { body, .. } => body,
                _ => return None,
            },
            _ => return None,
        };
        match self.part? {
            Part::Field(at) => Some(&body.fields.get(at)?.marks),
            Part::Flatten(_) | Part::Rest => None,
        }
    }

    /// The name and the marks of the smallest thing there.
    pub(crate) fn find(self, resolved: &Resolved) -> Option<(&Name, &Marks)> {
        let definition = resolved.definitions.get(self.definition)?;
        let mut found = (&definition.name, &definition.marks);
        let mut body = match &definition.shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => Some(body),
            _ => None,
        };
        if let Some(at) = self.member {
            match &definition.shape {
                Shape::Enum(declared) => {
                    let member = declared.members.get(at)?;
                    found = (&member.name, &member.marks);
                }
                Shape::Union(union) => {
                    let member = union.members.get(at)?;
                    found = (&member.name, &member.marks);
                    if let MemberContent::Fields(inner) = &member.content {
                        body = Some(inner);
                    }
                }
                _ => {}
            }
        }
        match (self.part, body) {
            (Some(part), Some(body)) => in_body(part, body),
            _ => Some(found),
        }
    }
}

/// The fields that `path` goes through, from the definition `from`. Ends early where the path does.
pub(crate) fn follow(protocol: &Protocol, from: &DefName, path: &[String]) -> Vec<Place> {
    let mut places = Vec::new();
    let mut at = Some(from);
    for name in path {
        let Some((place, ty)) = at.and_then(|from| field(protocol, from, name)) else {
            break;
        };
        places.push(place);
        at = match ty {
            Type::Ref(target) => Some(target),
            _ => None,
        };
    }
    places
}

/// The field called `name` of a definition, or of what it flattens; of a union, that of its first member.
fn field<'a>(protocol: &'a Protocol, of: &DefName, name: &str) -> Option<(Place, &'a Type)> {
    let (index, _, definition) = protocol.definitions.get_full(of)?;
    let whole = Place::new(index);
    let in_struct = |place: Place, body: &'a ir::Struct| {
        let own = body.fields.iter().position(|field| field.name == name);
        match own {
            Some(at) => Some((place.part(Part::Field(at)), &body.fields[at].ty)),
            None => body
                .flatten
                .iter()
                .find_map(|flatten| field(protocol, &flatten.target, name)),
        }
    };
    match &definition.shape {
        ir::Shape::Struct(body) | ir::Shape::Error { data: body, .. } => in_struct(whole, body),
        ir::Shape::Alias {
            ty: Type::Ref(target),
        } => field(protocol, target, name),
        ir::Shape::Union(union) => match &union.members.first()?.content {
            Content::Fields { body, .. } => in_struct(whole.member(0), body),
            Content::Type {
                ty: Type::Ref(target),
            } => field(protocol, target, name),
            _ => None,
        },
        ir::Shape::Enum(_) | ir::Shape::Alias { .. } => None,
    }
}

fn in_body(part: Part, body: &Struct) -> Option<(&Name, &Marks)> {
    let is_map = |spread: &&Spread| matches!(spread.ty.kind, TypeKind::Map(..));
    let spread = match part {
        Part::Field(at) => {
            let field = body.fields.get(at)?;
            return Some((&field.name, &field.marks));
        }
        Part::Flatten(at) => body.spreads.iter().filter(|spread| !is_map(spread)).nth(at)?,
        Part::Rest => body.spreads.iter().find(is_map)?,
    };
    Some((&spread.name, &spread.marks))
}
