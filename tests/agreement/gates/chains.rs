//! The ways that lead through the model to what is gated.
//!
//! In: the model, and the definition of params, a result or the data of an error. Out: a [`Chain`] to each gated field and
//! member below it, one for every place that such a chain can go through. Nothing here knows the compiler's own closure.

use std::collections::{HashMap, VecDeque};
use std::ptr;

use wiregate_codegen::ir::{
    Content, DefName, Enum, EnumMember, Field, Marks, Member, Protocol, Shape, Struct, Type, Union,
};

/// A part of the model that a value can be of.
#[derive(Clone, Copy)]
pub(crate) enum Node<'a> {
    Definition(&'a DefName),
    Body(&'a Struct),
    Type(&'a Type),
}

/// From a part of the model to one that stands in it.
#[derive(Clone, Copy)]
pub(crate) enum Step<'a> {
    /// Another name for the same value, or what may also be null.
    Same,
    Field(&'a Field),
    /// By its place among those that are flattened.
    Flatten(usize),
    Rest,
    Member(&'a Union, &'a Member),
    Element,
    /// With the type of the key.
    Entry(&'a Type),
    At(&'a [Type], usize),
}

/// What stands behind a gate by itself, in the part of the model that holds it.
#[derive(Clone, Copy)]
pub(crate) enum Gated<'a> {
    Field(&'a Struct, &'a Field),
    Value(&'a Enum, &'a EnumMember),
    Member(&'a Union, &'a Member),
}

/// A way to something gated.
pub(crate) struct Chain<'a> {
    /// From the root to the part that holds what is gated.
    pub(crate) steps: Vec<(Node<'a>, Step<'a>)>,
    pub(crate) gated: Gated<'a>,
    /// What is gated, as `sights.rs` spells it: `v2/ThreadStartParams.dynamicTools`, `v2/AskForApproval::granular`.
    pub(crate) place: String,
}

/// What lies below a definition.
pub(crate) struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    /// Each with its spelling, for bodies of members and those of definitions.
    names: Vec<String>,
    edges: Vec<(usize, Step<'a>, usize)>,
}

impl<'a> Graph<'a> {
    pub(crate) fn below(model: &'a Protocol, root: &'a DefName) -> Self {
        let mut building = Building {
            model,
            known: HashMap::new(),
            graph: Self {
                nodes: Vec::new(),
                names: Vec::new(),
                edges: Vec::new(),
            },
        };
        building.node(Node::Definition(root), root.as_str());
        building.graph
    }

    /// For each gated field and member the shortest chain through every edge from which it can be reached.
    pub(crate) fn chains(&self, model: &'a Protocol) -> Vec<Chain<'a>> {
        let forth = self.spread(0, |(from, _, to)| (*from, *to));
        let mut chains = Vec::new();
        for (holder, gated, place) in self.gated(model) {
            let back = self.spread(holder, |(from, _, to)| (*to, *from));
            let mut found: Vec<Vec<usize>> = Vec::new();
            if holder == 0 {
                found.push(Vec::new());
            }
            for (index, (from, _, to)) in self.edges.iter().enumerate() {
                let (Some(before), Some(mut after)) = (way(&forth, *from), way(&back, *to)) else {
                    continue;
                };
                after.reverse();
                let edges = [before, vec![index], after].concat();
                if !found.contains(&edges) {
                    found.push(edges);
                }
            }
            for edges in found {
                let steps = edges.iter().map(|edge| {
                    let (from, step, _) = self.edges[*edge];
                    (self.nodes[from], step)
                });
                chains.push(Chain {
                    steps: steps.collect(),
                    gated,
                    place: place.clone(),
                });
            }
        }
        chains
    }

    /// What is gated, with the node that holds it.
    fn gated(&self, model: &'a Protocol) -> Vec<(usize, Gated<'a>, String)> {
        let mut found = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            let name = &self.names[index];
            let mut add = |marks: &Marks, gated: Gated<'a>, place: String| {
                if marks.gate.is_some() {
                    found.push((index, gated, place));
                }
            };
            match node {
                Node::Body(body) => {
                    for field in &body.fields {
                        add(
                            &field.marks,
                            Gated::Field(body, field),
                            format!("{name}.{}", field.name),
                        );
                    }
                }
                Node::Definition(definition) => match &model.definitions[*definition].shape {
                    Shape::Enum(declared) => {
                        for member in &declared.members {
                            let place = format!("{name}::{}", member.name);
                            add(&member.marks, Gated::Value(declared, member), place);
                        }
                    }
                    Shape::Union(union) => {
                        for member in &union.members {
                            let place = format!("{name}::{}", member.name);
                            add(&member.marks, Gated::Member(union, member), place);
                        }
                    }
                    Shape::Struct(_) | Shape::Error { .. } | Shape::Alias { .. } => {}
                },
                Node::Type(_) => {}
            }
        }
        found
    }

    /// Breadth first from a node: the edge by which each was first come to, and the node before.
    fn spread(
        &self,
        start: usize,
        ends: impl Fn(&(usize, Step<'a>, usize)) -> (usize, usize),
    ) -> Vec<Reached> {
        let mut reached = vec![Reached::Not; self.nodes.len()];
        reached[start] = Reached::Start;
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for (index, edge) in self.edges.iter().enumerate() {
                let (from, to) = ends(edge);
                if from == at && matches!(reached[to], Reached::Not) {
                    reached[to] = Reached::By(index, from);
                    queue.push_back(to);
                }
            }
        }
        reached
    }
}

#[derive(Clone, Copy)]
enum Reached {
    Not,
    Start,
    By(usize, usize),
}

/// The edges from the start to a node, in this order; none where it is out of reach.
fn way(reached: &[Reached], mut at: usize) -> Option<Vec<usize>> {
    let mut edges = Vec::new();
    loop {
        match reached[at] {
            Reached::Not => return None,
            Reached::Start => break,
            Reached::By(edge, before) => {
                edges.push(edge);
                at = before;
            }
        }
    }
    edges.reverse();
    Some(edges)
}

struct Building<'a> {
    model: &'a Protocol,
    known: HashMap<Key<'a>, usize>,
    graph: Graph<'a>,
}

#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Definition(&'a str),
    Body(*const Struct),
    Type(*const Type),
}

impl<'a> Building<'a> {
    fn node(&mut self, node: Node<'a>, name: &str) -> usize {
        let key = match node {
            Node::Definition(name) => Key::Definition(name.as_str()),
            Node::Body(body) => Key::Body(ptr::from_ref(body)),
            Node::Type(ty) => Key::Type(ptr::from_ref(ty)),
        };
        if let Some(index) = self.known.get(&key) {
            return *index;
        }
        let index = self.graph.nodes.len();
        self.known.insert(key, index);
        self.graph.nodes.push(node);
        self.graph.names.push(name.to_owned());
        match node {
            Node::Definition(definition) => self.definition(index, definition),
            Node::Body(body) => self.body(index, body),
            Node::Type(ty) => self.ty(index, ty),
        }
        index
    }

    fn edge(&mut self, from: usize, step: Step<'a>, to: Node<'a>, name: &str) {
        let to = self.node(to, name);
        self.graph.edges.push((from, step, to));
    }

    fn definition(&mut self, from: usize, name: &'a DefName) {
        match &self.model.definitions[name].shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => {
                self.edge(from, Step::Same, Node::Body(body), name.as_str());
            }
            Shape::Alias { ty } => self.edge(from, Step::Same, Node::Type(ty), name.as_str()),
            Shape::Enum(_) => {}
            Shape::Union(union) => {
                for member in &union.members {
                    let place = format!("{name}::{}", member.name);
                    let step = Step::Member(union, member);
                    match &member.content {
                        Content::None => {}
                        Content::Fields { body, .. } => self.edge(from, step, Node::Body(body), &place),
                        Content::Type { ty } => self.edge(from, step, Node::Type(ty), &place),
                    }
                }
            }
        }
    }

    fn body(&mut self, from: usize, body: &'a Struct) {
        for field in &body.fields {
            self.edge(from, Step::Field(field), Node::Type(&field.ty), "");
        }
        for (index, flat) in body.flatten.iter().enumerate() {
            let target = Node::Definition(&flat.target);
            self.edge(from, Step::Flatten(index), target, flat.target.as_str());
        }
        if let Some(rest) = &body.rest {
            self.edge(from, Step::Rest, Node::Type(&rest.values), "");
        }
    }

    fn ty(&mut self, from: usize, ty: &'a Type) {
        match ty {
            Type::Scalar(_) | Type::Constant(_) => {}
            Type::Ref(name) => self.edge(from, Step::Same, Node::Definition(name), name.as_str()),
            Type::Nullable(inner) => self.edge(from, Step::Same, Node::Type(inner), ""),
            Type::List(item) => self.edge(from, Step::Element, Node::Type(item), ""),
            Type::Map(key, value) => self.edge(from, Step::Entry(key), Node::Type(value), ""),
            Type::Tuple(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.edge(from, Step::At(items, index), Node::Type(item), "");
                }
            }
        }
    }
}
