//! The protocol as a graph: what names what, and which gates stand between.
//!
//! In: the model. Out: nodes (definitions, and the bodies that union members declare in place), an edge for each
//! definition that a place names, and the gated parts of each node. Everything that is asked of gates is a walk of it.

use crate::ir::{
    Content, DefName, Definition, GateUse, Marks, MethodKind, Presence, Protocol, Scalar, Shape, Struct,
    Tagging, Type, Visibility,
};

use super::place::{Part, Place};

/// A gate: an index into the gates of the protocol.
pub(crate) type GateId = usize;
/// A node: an index. The definitions come first, in their order.
pub(crate) type NodeId = usize;

/// A protocol as a graph.
pub(crate) struct Graph<'a> {
    pub(crate) protocol: &'a Protocol,
    pub(crate) gates: Vec<&'a str>,
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) roots: Vec<Root<'a>>,
}

/// A definition, or the body of a member.
#[derive(Default)]
pub(crate) struct Node<'a> {
    /// The gate of the definition itself.
    pub(crate) gate: Option<GateId>,
    /// The edges that leave it, in IDL order.
    pub(crate) edges: Vec<usize>,
    /// The edges that lead to it.
    pub(crate) into: Vec<usize>,
    /// What in it is gated, in IDL order.
    pub(crate) gated: Vec<Gated<'a>>,
}

/// A gated part of a node.
pub(crate) struct Gated<'a> {
    pub(crate) gate: GateId,
    pub(crate) place: Place,
    pub(crate) kind: GatedKind<'a>,
}

pub(crate) enum GatedKind<'a> {
    /// A field: it is left out.
    Field { required: bool },
    /// A member of an enum or union: `otherwise` stands in for it, or what holds it goes.
    Member { otherwise: Option<&'a GateUse> },
}

/// A place of one node that names another.
pub(crate) struct Edge {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    /// The gate of the place.
    pub(crate) gate: Option<GateId>,
    pub(crate) place: Place,
    /// Whether what holds the value is whole without it: it can be omitted, null, its default, or an element fewer.
    pub(crate) can_miss: bool,
    /// Whether the value is all that goes (`can_miss`) or all that the node is.
    pub(crate) bare: bool,
    pub(crate) droppable: bool,
    /// Whether it is the key of a map.
    pub(crate) key: bool,
    /// Whether clients are shown it.
    pub(crate) shown: bool,
}

/// Where messages begin.
pub(crate) struct Root<'a> {
    /// The wire string and the kind of the method; none for the envelope.
    pub(crate) method: Option<(&'a str, MethodKind)>,
    pub(crate) gate: Option<GateId>,
    pub(crate) target: NodeId,
    pub(crate) inbound: bool,
    pub(crate) outbound: bool,
    /// Whether it is sent whatever the connection opted into: all but notifications.
    pub(crate) owed: bool,
    /// Whether clients are shown it.
    pub(crate) shown: bool,
}

impl<'a> Graph<'a> {
    pub(crate) fn new(protocol: &'a Protocol) -> Self {
        let mut graph = Self {
            protocol,
            gates: protocol.gates.keys().map(String::as_str).collect(),
            nodes: Vec::with_capacity(protocol.definitions.len()),
            edges: Vec::new(),
            roots: Vec::new(),
        };
        graph.nodes.resize_with(protocol.definitions.len(), Node::default);
        for (index, definition) in protocol.definitions.values().enumerate() {
            graph.definition(index, definition);
        }
        for index in 0..graph.edges.len() {
            let to = graph.edges[index].to;
            graph.nodes[to].into.push(index);
        }
        graph.add_roots();
        graph
    }

    /// The node of a definition.
    pub(crate) fn node(&self, name: &DefName) -> NodeId {
        self.protocol.definitions.get_index_of(name).unwrap_or_default()
    }

    /// The gate called `name`.
    pub(crate) fn gate(&self, name: &str) -> Option<GateId> {
        self.protocol.gates.get_index_of(name)
    }

    /// The gate that marks name.
    pub(crate) fn gate_of(&self, marks: &Marks) -> Option<GateId> {
        self.gate(&marks.gate.as_ref()?.name)
    }

    fn definition(&mut self, index: usize, definition: &'a Definition) {
        let whole = Place::new(index);
        self.nodes[index].gate = self.gate_of(&definition.marks);
        match &definition.shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => self.body(index, whole, body),
            Shape::Alias { ty } => self.walk(
                ty,
                Walk {
                    droppable: definition.marks.droppable,
                    bare: true,
                    ..Walk::at(index, whole)
                },
            ),
            Shape::Enum(body) => {
                for (at, member) in body.members.iter().enumerate() {
                    self.member(index, whole.member(at), &member.marks);
                }
            }
            Shape::Union(union) => {
                for (at, member) in union.members.iter().enumerate() {
                    let place = whole.member(at);
                    self.member(index, place, &member.marks);
                    let walk = Walk {
                        gate: self.gate_of(&member.marks),
                        droppable: member.marks.droppable,
                        shown: is_shown(&member.marks),
                        bare: matches!(union.tagging, Tagging::Untagged),
                        ..Walk::at(index, place)
                    };
                    match &member.content {
                        Content::None => {}
                        Content::Type { ty } => self.walk(ty, walk),
                        Content::Fields { body, .. } => {
                            let inner = self.nodes.len();
                            self.nodes.push(Node::default());
                            self.edge(inner, walk);
                            self.body(inner, place, body);
                        }
                    }
                }
            }
        }
    }

    fn member(&mut self, node: NodeId, place: Place, marks: &'a Marks) {
        if let (Some(gate), Some(used)) = (self.gate_of(marks), marks.gate.as_deref()) {
            let otherwise = Some(used).filter(|used| used.otherwise.is_some());
            self.nodes[node].gated.push(Gated {
                gate,
                place,
                kind: GatedKind::Member { otherwise },
            });
        }
    }

    fn body(&mut self, node: NodeId, whole: Place, body: &'a Struct) {
        for (at, field) in body.fields.iter().enumerate() {
            let place = whole.part(Part::Field(at));
            let gate = self.gate_of(&field.marks);
            let required = field.presence == Presence::Required;
            if let Some(gate) = gate {
                self.nodes[node].gated.push(Gated {
                    gate,
                    place,
                    kind: GatedKind::Field { required },
                });
            }
            self.walk(
                &field.ty,
                Walk {
                    gate,
                    can_miss: !required,
                    bare: !required,
                    droppable: field.marks.droppable,
                    shown: is_shown(&field.marks),
                    ..Walk::at(node, place)
                },
            );
        }
        for (at, flatten) in body.flatten.iter().enumerate() {
            let to = self.node(&flatten.target);
            self.edge(to, Walk::at(node, whole.part(Part::Flatten(at))));
        }
        if let Some(rest) = &body.rest {
            self.walk(
                &rest.values,
                Walk {
                    can_miss: true,
                    bare: true,
                    droppable: rest.droppable,
                    ..Walk::at(node, whole.part(Part::Rest))
                },
            );
        }
    }

    fn walk(&mut self, ty: &Type, walk: Walk) {
        let missing = Walk {
            can_miss: true,
            bare: true,
            ..walk
        };
        match ty {
            Type::Scalar(_) | Type::Constant(_) => {}
            Type::Ref(name) => self.edge(self.node(name), walk),
            Type::List(inner) | Type::Nullable(inner) => self.walk(inner, missing),
            Type::Map(key, value) => {
                if !matches!(**key, Type::Scalar(Scalar::String)) {
                    self.walk(key, Walk { key: true, ..missing });
                }
                self.walk(value, missing);
            }
            Type::Tuple(items) => {
                for item in items {
                    self.walk(item, Walk { bare: false, ..walk });
                }
            }
        }
    }

    fn edge(&mut self, to: NodeId, walk: Walk) {
        self.nodes[walk.from].edges.push(self.edges.len());
        self.edges.push(Edge {
            from: walk.from,
            to,
            gate: walk.gate,
            place: walk.place,
            can_miss: walk.can_miss,
            bare: walk.bare,
            droppable: walk.droppable,
            key: walk.key,
            shown: walk.shown,
        });
    }

    fn add_roots(&mut self) {
        let protocol = self.protocol;
        for (wire, method) in &protocol.methods {
            let from_client = matches!(
                method.kind,
                MethodKind::ClientRequest | MethodKind::ClientNotification
            );
            let notifies = matches!(
                method.kind,
                MethodKind::ClientNotification | MethodKind::ServerNotification
            );
            let gate = self.gate_of(&method.marks);
            let mut root = |name, inbound: bool| {
                self.roots.push(Root {
                    method: Some((wire, method.kind)),
                    gate,
                    target: protocol.definitions.get_index_of(name).unwrap_or_default(),
                    inbound,
                    outbound: !inbound,
                    owed: !inbound && !notifies,
                    shown: is_shown(&method.marks),
                });
            };
            if let Some(params) = &method.params {
                root(params, from_client);
            }
            for answer in method.result.iter().chain(&method.errors) {
                root(answer, !from_client);
            }
        }
        if let Some(message) = &protocol.envelope.message {
            self.roots.push(Root {
                method: None,
                gate: None,
                target: self.node(message),
                inbound: true,
                outbound: true,
                owed: true,
                shown: true,
            });
        }
    }
}

fn is_shown(marks: &Marks) -> bool {
    marks.visibility != Visibility::OnlyRust
}

/// Where a walk through a type has come to.
#[derive(Clone, Copy)]
struct Walk {
    from: NodeId,
    place: Place,
    gate: Option<GateId>,
    can_miss: bool,
    bare: bool,
    droppable: bool,
    key: bool,
    shown: bool,
}

impl Walk {
    fn at(from: NodeId, place: Place) -> Self {
        Self {
            from,
            place,
            gate: None,
            can_miss: false,
            bare: false,
            droppable: false,
            key: false,
            shown: true,
        }
    }
}
