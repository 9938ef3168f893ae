//! Walks of the graph: what a connection sees, what reaches a gate, and what cannot be sent without one.
//!
//! In: the graph and gates. Out: sets of nodes, with the shortest way to each.

use std::collections::VecDeque;

use super::graph::{Edge, GateId, GatedKind, Graph, NodeId, Root};
use super::place::Place;

/// What a connection sees, and how each node was first come to.
pub(crate) struct Visible {
    via: Vec<Option<Via>>,
}

#[derive(Clone, Copy)]
enum Via {
    Root(usize),
    Edge(usize),
}

impl Visible {
    pub(crate) fn contains(&self, node: NodeId) -> bool {
        self.via[node].is_some()
    }
}

/// The values that a connection without a gate cannot be sent, by node: those that are the gated member itself, and
/// those that are larger. Each has the next step towards the member.
pub(crate) struct Lost {
    steps: Vec<[Option<Step>; 2]>,
    /// Edges at which a value goes that what holds it can miss, and whether it is larger than the gated member.
    pub(crate) dropped: Vec<(usize, bool)>,
}

#[derive(Clone, Copy)]
enum Step {
    Here(Place),
    Along(usize, bool),
}

impl Lost {
    pub(crate) fn contains(&self, node: NodeId) -> bool {
        self.steps[node].iter().any(Option::is_some)
    }
}

impl Graph<'_> {
    /// What a connection with the gates `open` sees of the messages of `roots`. Breadth first, so ways are shortest.
    pub(crate) fn visible(
        &self,
        open: impl Fn(GateId) -> bool,
        roots: impl Fn(&Root<'_>) -> bool,
    ) -> Visible {
        self.spread(open, roots, |_| true)
    }

    /// The same, without what only Rust reads.
    pub(crate) fn shown_to_clients(
        &self,
        open: impl Fn(GateId) -> bool,
        roots: impl Fn(&Root<'_>) -> bool,
    ) -> Visible {
        self.spread(open, |root| root.shown && roots(root), |edge| edge.shown)
    }

    fn spread(
        &self,
        open: impl Fn(GateId) -> bool,
        roots: impl Fn(&Root<'_>) -> bool,
        edges: impl Fn(&Edge) -> bool,
    ) -> Visible {
        let shown = |gate: Option<GateId>| gate.is_none_or(&open);
        let mut via: Vec<Option<Via>> = vec![None; self.nodes.len()];
        let mut queue = VecDeque::new();
        for (index, root) in self.roots.iter().enumerate() {
            let node = &self.nodes[root.target];
            if roots(root) && shown(root.gate) && shown(node.gate) && via[root.target].is_none() {
                via[root.target] = Some(Via::Root(index));
                queue.push_back(root.target);
            }
        }
        while let Some(node) = queue.pop_front() {
            for &index in &self.nodes[node].edges {
                let edge = &self.edges[index];
                if edges(edge)
                    && shown(edge.gate)
                    && shown(self.nodes[edge.to].gate)
                    && via[edge.to].is_none()
                {
                    via[edge.to] = Some(Via::Edge(index));
                    queue.push_back(edge.to);
                }
            }
        }
        Visible { via }
    }

    /// The nodes in which, or below which, something is behind `gate`.
    pub(crate) fn reaching(&self, gate: GateId) -> Vec<bool> {
        let holds = |node: &super::graph::Node<'_>| node.gated.iter().any(|gated| gated.gate == gate);
        let mut reaching: Vec<bool> = self.nodes.iter().map(holds).collect();
        let mut queue: Vec<NodeId> = (0..reaching.len()).filter(|node| reaching[*node]).collect();
        while let Some(node) = queue.pop() {
            for &index in &self.nodes[node].into {
                let from = self.edges[index].from;
                if !std::mem::replace(&mut reaching[from], true) {
                    queue.push(from);
                }
            }
        }
        reaching
    }

    /// The places on the shortest way from `node` to a part that is behind `gate`, and that part; nothing where there is none.
    pub(crate) fn way_to_gate(&self, node: NodeId, gate: GateId) -> (Vec<String>, Option<Place>) {
        let mut via: Vec<Option<Option<usize>>> = vec![None; self.nodes.len()];
        via[node] = Some(None);
        let mut queue = VecDeque::from([node]);
        while let Some(at) = queue.pop_front() {
            if let Some(found) = self.nodes[at].gated.iter().find(|gated| gated.gate == gate) {
                let mut way = vec![found.place.spelled(self.protocol)];
                let mut at = at;
                while let Some(Some(index)) = via[at] {
                    let edge = &self.edges[index];
                    if self.is_definition(edge.to) {
                        way.push(edge.place.spelled(self.protocol));
                    }
                    at = edge.from;
                }
                way.reverse();
                return (way, Some(found.place));
            }
            for &index in &self.nodes[at].edges {
                let to = self.edges[index].to;
                if via[to].is_none() {
                    via[to] = Some(Some(index));
                    queue.push_back(to);
                }
            }
        }
        (Vec::new(), None)
    }

    /// What cannot be sent without `gate`: gated members that nothing stands in for, and all that is not whole without
    /// one. A place that can miss its value ends the walk.
    pub(crate) fn lost(&self, gate: GateId) -> Lost {
        let mut lost = Lost {
            steps: vec![[None; 2]; self.nodes.len()],
            dropped: Vec::new(),
        };
        let mut queue = VecDeque::new();
        for (node, content) in self.nodes.iter().enumerate() {
            let first = content.gated.iter().find(|gated| {
                gated.gate == gate && matches!(gated.kind, GatedKind::Member { otherwise: None })
            });
            if let Some(gated) = first {
                lost.steps[node][0] = Some(Step::Here(gated.place));
                queue.push_back((node, false));
            }
        }
        while let Some((node, larger)) = queue.pop_front() {
            for &index in &self.nodes[node].into {
                let edge = &self.edges[index];
                let hidden = edge.gate == Some(gate) || self.nodes[edge.from].gate == Some(gate);
                if hidden {
                    continue;
                }
                let larger_here = larger || !edge.bare;
                if edge.can_miss {
                    lost.dropped.push((index, larger_here));
                    continue;
                }
                let step = &mut lost.steps[edge.from][usize::from(larger_here)];
                if step.is_none() {
                    *step = Some(Step::Along(index, larger));
                    queue.push_back((edge.from, larger_here));
                }
            }
        }
        lost
    }

    /// The places on the way from a root to `node`.
    pub(crate) fn way_to(&self, visible: &Visible, node: NodeId) -> Vec<String> {
        let mut way = Vec::new();
        let mut at = node;
        loop {
            match visible.via[at] {
                Some(Via::Edge(index)) => {
                    let edge = &self.edges[index];
                    if self.is_definition(edge.to) {
                        way.push(edge.place.spelled(self.protocol));
                    }
                    at = edge.from;
                }
                Some(Via::Root(index)) => {
                    way.push(self.root_name(index));
                    break;
                }
                None => break,
            }
        }
        way.reverse();
        way
    }

    /// The places on the way from `node` to the gated member for want of which it cannot be sent.
    pub(crate) fn way_down(&self, lost: &Lost, node: NodeId) -> (Vec<String>, Option<Place>) {
        let mut way = Vec::new();
        let (mut at, mut larger) = (node, lost.steps[node][0].is_none());
        loop {
            match lost.steps[at][usize::from(larger)] {
                Some(Step::Along(index, next)) => {
                    let edge = &self.edges[index];
                    if self.is_definition(edge.to) {
                        way.push(edge.place.spelled(self.protocol));
                    }
                    (at, larger) = (edge.to, next);
                }
                Some(Step::Here(place)) => {
                    way.push(place.spelled(self.protocol));
                    return (way, Some(place));
                }
                None => return (way, None),
            }
        }
    }

    /// The method of a root.
    pub(crate) fn root_name(&self, root: usize) -> String {
        let method = self.roots[root].method;
        method.map_or_else(|| "envelope".to_owned(), |(wire, _)| wire.to_owned())
    }

    fn is_definition(&self, node: NodeId) -> bool {
        node < self.protocol.definitions.len()
    }
}
