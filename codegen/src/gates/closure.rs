//! What gates reach, for those who write code for it.
//!
//! In: the model. Out: for definitions, bodies and types, which gates must be asked when a value is received or sent.

use std::collections::BTreeSet;

use crate::ir::{Content, DefName, Field, Marks, MethodKind, Presence, Protocol, Shape, Struct, Type};

use super::graph::Graph;

/// Names of gates, sorted.
pub type Gates<'a> = BTreeSet<&'a str>;

/// What the gates of a protocol reach.
pub struct Closure<'a> {
    protocol: &'a Protocol,
    /// By definition.
    reached: Vec<Gates<'a>>,
    lost: Vec<Gates<'a>>,
}

/// Something that is behind a gate.
#[derive(Clone, Debug)]
pub struct GatedPart<'a> {
    /// The gate.
    pub gate: &'a str,
    /// What a refusal calls it: `thread/realtime/start`, `thread/start.dynamicTools`, `askForApproval.granular`.
    pub what: String,
    /// What it is.
    pub kind: PartKind<'a>,
}

/// What is behind a gate.
#[derive(Clone, Copy, Debug)]
pub enum PartKind<'a> {
    /// A method.
    Method,
    /// A definition.
    Definition {
        /// Its name.
        name: &'a DefName,
    },
    /// A field of a definition, or of a body in it.
    Field {
        /// The definition.
        of: &'a DefName,
        /// The field.
        field: &'a Field,
    },
    /// A member of an enum or union.
    Member {
        /// The enum or union.
        of: &'a DefName,
        /// What the author marked.
        marks: &'a Marks,
    },
}

/// What stands in a message instead of a field whose value a connection may not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayOut {
    /// Nothing: the field is omitted.
    Omitted,
    /// Null.
    Null,
    /// The default.
    Default,
}

/// How the object of a field does without its value; none where it cannot, and is lost with it.
pub fn way_out(field: &Field) -> Option<WayOut> {
    match field.presence {
        Presence::Required => None,
        Presence::Nullable => Some(WayOut::Null),
        Presence::Default => Some(WayOut::Default),
        Presence::OptionalNullable
        | Presence::Optional
        | Presence::OptionalAcceptsNull
        | Presence::OmittedDefault
        | Presence::Patch => Some(WayOut::Omitted),
    }
}

impl<'a> Closure<'a> {
    /// Follows every gate.
    pub fn new(protocol: &'a Protocol) -> Self {
        let mut this = Self {
            protocol,
            reached: vec![Gates::new(); protocol.definitions.len()],
            lost: vec![Gates::new(); protocol.definitions.len()],
        };
        if protocol.gates.is_empty() {
            return this;
        }
        let graph = Graph::new(protocol);
        for (gate, name) in graph.gates.iter().enumerate() {
            let reaching = graph.reaching(gate);
            let lost = graph.lost(gate);
            for (index, reached) in this.reached.iter_mut().enumerate() {
                reached.extend(reaching[index].then_some(name));
            }
            for (index, gates) in this.lost.iter_mut().enumerate() {
                gates.extend(lost.contains(index).then_some(name));
            }
        }
        this
    }

    /// The gates of what is in or below a definition. Where there are none, nothing needs to be asked of its values.
    pub fn reached(&self, name: &DefName) -> &Gates<'a> {
        &self.reached[self.index(name)]
    }

    /// The same of a type.
    pub fn reached_by_type(&self, ty: &Type) -> Gates<'a> {
        let mut gates = Gates::new();
        ty.visit_references(&mut |name| gates.extend(self.reached(name)));
        gates
    }

    /// The same of a body, the gates of its fields included.
    pub fn reached_by_body(&self, body: &'a Struct) -> Gates<'a> {
        let mut gates = Gates::new();
        for field in &body.fields {
            gates.extend(gate(&field.marks));
            gates.extend(self.reached_by_type(&field.ty));
        }
        for flatten in &body.flatten {
            gates.extend(self.reached(&flatten.target));
        }
        if let Some(rest) = &body.rest {
            gates.extend(self.reached_by_type(&rest.values));
        }
        gates
    }

    /// The gates without which some value of a definition cannot be sent: it is, or needs, a gated member that nothing
    /// stands in for.
    pub fn lost(&self, name: &DefName) -> &Gates<'a> {
        &self.lost[self.index(name)]
    }

    /// The same of a type. A list, a map and `| null` do without what they hold, and are never lost.
    pub fn lost_by_type(&self, ty: &Type) -> Gates<'a> {
        match ty {
            Type::Ref(name) => self.lost(name).clone(),
            Type::Tuple(items) => items.iter().flat_map(|item| self.lost_by_type(item)).collect(),
            Type::Scalar(_) | Type::Constant(_) | Type::List(_) | Type::Map(..) | Type::Nullable(_) => {
                Gates::new()
            }
        }
    }

    /// The same of a body: its required fields, and what it flattens.
    pub fn lost_by_body(&self, body: &'a Struct) -> Gates<'a> {
        let mut gates = Gates::new();
        for field in body.fields.iter().filter(|field| way_out(field).is_none()) {
            gates.extend(self.lost_by_type(&field.ty));
        }
        for flatten in &body.flatten {
            gates.extend(self.lost(&flatten.target));
        }
        gates
    }

    /// The gates without which a notification of the server may have to be withheld, its own included.
    pub fn withheld(&self, wire: &str) -> Gates<'a> {
        let mut gates = Gates::new();
        if let Some(method) = self.protocol.methods.get(wire)
            && method.kind == MethodKind::ServerNotification
        {
            gates.extend(gate(&method.marks));
            gates.extend(method.params.iter().flat_map(|params| self.lost(params)));
        }
        gates
    }

    /// What a refusal calls a definition, before the name of a part of it: the method whose params it is, else its own
    /// name. `thread/start` of `thread/start.dynamicTools`, `askForApproval` of `askForApproval.granular`.
    pub fn subject(&self, name: &DefName) -> String {
        let mut methods = self.protocol.methods.iter();
        if let Some((wire, _)) = methods.find(|(_, method)| method.params.as_ref() == Some(name)) {
            return wire.clone();
        }
        let mut letters = name.name().chars();
        let first = letters.next().map(|first| first.to_ascii_lowercase());
        first.into_iter().chain(letters).collect()
    }

    /// Every gated part, in IDL order: methods, then definitions with what is in them.
    pub fn parts(&self) -> Vec<GatedPart<'a>> {
        let mut parts = Vec::new();
        // Few parts are gated, so that none is named before it is known to be.
        let mut add = |marks: &'a Marks, kind: PartKind<'a>, what: &dyn Fn() -> String| {
            let part = |gate| GatedPart {
                gate,
                what: what(),
                kind,
            };
            parts.extend(gate(marks).map(part));
        };
        for (wire, method) in &self.protocol.methods {
            add(&method.marks, PartKind::Method, &|| wire.clone());
        }
        for (name, definition) in &self.protocol.definitions {
            let of_definition = |part: &str| format!("{}.{part}", self.subject(name));
            let kind = PartKind::Definition { name };
            add(&definition.marks, kind, &|| name.name().to_owned());
            match &definition.shape {
                Shape::Struct(body) | Shape::Error { data: body, .. } => {
                    fields(name, body, &mut add, &of_definition);
                }
                Shape::Alias { .. } => {}
                Shape::Enum(declared) => {
                    for member in &declared.members {
                        let marks = &member.marks;
                        let kind = PartKind::Member { of: name, marks };
                        add(marks, kind, &|| of_definition(&member.name));
                    }
                }
                Shape::Union(union) => {
                    for member in &union.members {
                        let marks = &member.marks;
                        let kind = PartKind::Member { of: name, marks };
                        add(marks, kind, &|| of_definition(&member.name));
                        if let Content::Fields { body, .. } = &member.content {
                            fields(name, body, &mut add, &|field| {
                                format!("{}.{field}", of_definition(&member.name))
                            });
                        }
                    }
                }
            }
        }
        parts
    }

    fn index(&self, name: &DefName) -> usize {
        // A name of the model is a name of its definitions.
        self.protocol.definitions.get_index_of(name).unwrap_or_default()
    }
}

fn fields<'a>(
    of: &'a DefName,
    body: &'a Struct,
    add: &mut impl FnMut(&'a Marks, PartKind<'a>, &dyn Fn() -> String),
    name: &impl Fn(&str) -> String,
) {
    for field in &body.fields {
        let kind = PartKind::Field { of, field };
        add(&field.marks, kind, &|| name(&field.name));
    }
}

fn gate(marks: &Marks) -> Option<&str> {
    Some(marks.gate.as_ref()?.name.as_str())
}
