//! Where a type holds itself, so that Rust needs a box.
//!
//! In: the model. Out: the places that are boxed. A place is an edge from a struct, or a union's member, to what it
//! holds without a list or map between. Fields are boxed before members, so that a variant holds its struct plainly
//! wherever a field in that struct can break the circle.

use std::collections::{HashMap, HashSet};

use crate::ir::{Content, Protocol, Shape, Struct, Type};

/// The boxed places: the Rust name of the type that holds, and of the type that is held.
#[derive(Debug, Default)]
pub(super) struct Boxes(HashSet<(String, String)>);

impl Boxes {
    pub(super) fn new(protocol: &Protocol) -> Self {
        let mut graph = Graph {
            protocol,
            fields: Vec::new(),
            members: Vec::new(),
        };
        for definition in protocol.definitions.values() {
            let name = &definition.rust;
            match &definition.shape {
                Shape::Struct(body) | Shape::Error { data: body, .. } => graph.add_struct(name, body),
                Shape::Union(union) => {
                    for member in &union.members {
                        match &member.content {
                            Content::None => {}
                            Content::Fields { rust, body } => {
                                graph.members.push((name.clone(), rust.clone()));
                                graph.add_struct(rust, body);
                            }
                            Content::Type { ty } => {
                                for held in graph.held(ty) {
                                    graph.members.push((name.clone(), held));
                                }
                            }
                        }
                    }
                }
                Shape::Enum(_) | Shape::Alias { .. } => {}
            }
        }
        graph.boxes()
    }

    /// Whether `holder` holds `held` in a box.
    pub(super) fn contains(&self, holder: &str, held: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&(holder.to_owned(), held.to_owned()))
    }
}

struct Graph<'a> {
    protocol: &'a Protocol,
    fields: Vec<(String, String)>,
    members: Vec<(String, String)>,
}

impl Graph<'_> {
    fn add_struct(&mut self, name: &str, body: &Struct) {
        for field in &body.fields {
            for held in self.held(&field.ty) {
                self.fields.push((name.to_owned(), held));
            }
        }
        for flat in &body.flatten {
            for held in self.held(&Type::Ref(flat.target.clone())) {
                self.fields.push((name.to_owned(), held));
            }
        }
    }

    /// The structs and unions that a value of this type holds in itself.
    fn held(&self, ty: &Type) -> Vec<String> {
        match ty {
            Type::Scalar(_) | Type::Constant(_) | Type::List(_) | Type::Map(..) => Vec::new(),
            Type::Nullable(inner) => self.held(inner),
            Type::Tuple(items) => items.iter().flat_map(|item| self.held(item)).collect(),
            Type::Ref(name) => {
                let definition = &self.protocol.definitions[name];
                match &definition.shape {
                    Shape::Alias { ty } => self.held(ty),
                    Shape::Enum(_) => Vec::new(),
                    _ => vec![definition.rust.clone()],
                }
            }
        }
    }

    fn boxes(&self) -> Boxes {
        let mut boxed = HashSet::new();
        let all = components(self.fields.iter().chain(&self.members));
        for edge in &self.fields {
            if all[&edge.0] == all[&edge.1] {
                boxed.insert(edge.clone());
            }
        }
        let plain = self.fields.iter().filter(|edge| !boxed.contains(*edge));
        let left = components(plain.chain(&self.members));
        for edge in &self.members {
            if left[&edge.0] == left[&edge.1] {
                boxed.insert(edge.clone());
            }
        }
        Boxes(boxed)
    }
}

/// The strongly connected component of each node (Tarjan's algorithm). A node alone has one of its own, and an edge
/// from it to itself lies within.
fn components<'a>(edges: impl Iterator<Item = &'a (String, String)>) -> HashMap<String, usize> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut next: Vec<Vec<usize>> = Vec::new();
    for (from, to) in edges {
        let mut number = |name: &'a str| {
            *numbers.entry(name).or_insert_with(|| {
                next.push(Vec::new());
                next.len() - 1
            })
        };
        let (from, to) = (number(from), number(to));
        next[from].push(to);
    }
    let found = Search::run(&next);
    numbers
        .into_iter()
        .map(|(name, number)| (name.to_owned(), found[number]))
        .collect()
}

struct Search<'a> {
    next: &'a [Vec<usize>],
    /// The order of discovery, from 1; 0 for nodes not met yet.
    index: Vec<usize>,
    low: Vec<usize>,
    stack: Vec<usize>,
    component: Vec<usize>,
    met: usize,
}

impl<'a> Search<'a> {
    fn run(next: &'a [Vec<usize>]) -> Vec<usize> {
        let zeros = vec![0; next.len()];
        let mut search = Search {
            next,
            index: zeros.clone(),
            low: zeros,
            stack: Vec::new(),
            component: vec![usize::MAX; next.len()],
            met: 0,
        };
        for node in 0..next.len() {
            if search.index[node] == 0 {
                search.visit(node);
            }
        }
        search.component
    }

    /// Walks from `root` with a stack of its own: a chain of definitions may be long.
    fn visit(&mut self, root: usize) {
        let mut path = vec![(root, 0)];
        self.enter(root);
        while let Some((node, at)) = path.pop() {
            if let Some(&next) = self.next[node].get(at) {
                path.push((node, at + 1));
                if self.index[next] == 0 {
                    self.enter(next);
                    path.push((next, 0));
                } else if self.component[next] == usize::MAX {
                    self.low[node] = self.low[node].min(self.index[next]);
                }
                continue;
            }
            if self.low[node] == self.index[node] {
                while let Some(member) = self.stack.pop() {
                    self.component[member] = node;
                    if member == node {
                        break;
                    }
                }
            }
            if let Some(&(above, _)) = path.last() {
                self.low[above] = self.low[above].min(self.low[node]);
            }
        }
    }

    fn enter(&mut self, node: usize) {
        self.met += 1;
        self.index[node] = self.met;
        self.low[node] = self.met;
        self.stack.push(node);
    }
}
