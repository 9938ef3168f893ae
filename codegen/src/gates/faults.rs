//! Messages that are not whole without a gate.
//!
//! In: the graph, and the tree that it was made of. Out: reports, each with the shortest way from a method to the place.

use std::collections::HashSet;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::ir::{Content, Shape, Struct};
use crate::resolve::Resolved;
use crate::rules;
use crate::source::Span;

use super::graph::{Edge, GateId, Gated, GatedKind, Graph, NodeId};
use super::place::{self, Part, Place};
use super::values;
use super::walk::{Lost, Visible};

/// Reports them.
pub(super) fn report(graph: &Graph<'_>, resolved: &Resolved, out: &mut Diagnostics) {
    let faults = Faults { graph, resolved };
    for gate in 0..graph.gates.len() {
        let open = |other| other != gate;
        let side = Side {
            gate,
            all: graph.visible(open, |_| true),
            inbound: graph.visible(open, |root| root.inbound),
            outbound: graph.visible(open, |root| root.outbound),
        };
        faults.references(&side, out);
        faults.parts(&side, out);
        faults.keys(&side, out);
        faults.values(&side, out);
        let lost = graph.lost(gate);
        faults.dropped(&side, &lost, out);
        faults.owed(&side, &lost, out);
    }
    faults.empty(out);
    faults.handshake(out);
}

/// What connections without one gate see, all others open.
struct Side {
    gate: GateId,
    all: Visible,
    inbound: Visible,
    outbound: Visible,
}

struct Faults<'a> {
    graph: &'a Graph<'a>,
    resolved: &'a Resolved,
}

impl Faults<'_> {
    /// What is not gated names nothing that is.
    fn references(&self, side: &Side, out: &mut Diagnostics) {
        let graph = self.graph;
        let gated = |node: NodeId| graph.nodes[node].gate == Some(side.gate);
        let named = |node| Place::new(node).spelled(graph.protocol);
        let mut seen = HashSet::new();
        for (index, root) in graph.roots.iter().enumerate() {
            let Some((wire, _)) = root.method else { continue };
            if gated(root.target) && root.gate != Some(side.gate) && seen.insert((index, root.target)) {
                let span = self.method(wire);
                let way = [wire.to_owned(), named(root.target)];
                let what = format!("method `{wire}`");
                out.push(self.reference(span, &what, true, root.target, side.gate, &way));
            }
        }
        for edge in self.seen_edges(side, &side.all) {
            if gated(edge.to) {
                let mut way = graph.way_to(&side.all, edge.from);
                way.push(edge.place.spelled(graph.protocol));
                way.push(named(edge.to));
                let what = format!("`{}`", edge.place.spelled(graph.protocol));
                let at_home = graph.protocol.definitions[edge.place.definition]
                    .foreign
                    .is_none();
                let span = self.span(edge.place);
                out.push(self.reference(span, &what, at_home, edge.to, side.gate, &way));
            }
        }
    }

    fn reference(
        &self,
        span: Option<Span>,
        what: &str,
        at_home: bool,
        target: NodeId,
        gate: GateId,
        way: &[String],
    ) -> Diagnostic {
        let place = Place::new(target);
        let gate = self.graph.gates[gate];
        let target = place.spelled(self.graph.protocol);
        let mut report = Diagnostic::new(
            &rules::GATED_REFERENCE,
            span,
            format!("{what} needs `{target}`, which is behind gate `{gate}`"),
        )
        .label("seen by connections without the gate");
        if let Some(mark) = self.gate_mark(place) {
            report = report.note_at(mark, "gated here");
        }
        report.note(way.join(" -> ")).help(match at_home {
            true => format!("mark this `@gate({gate})` too, or take the gate off `{target}`"),
            false => {
                format!("take the gate off `{target}`: what a foreign schema declares within has no marks")
            }
        })
    }

    /// Gated fields that are required, and stand-ins that could come back.
    fn parts(&self, side: &Side, out: &mut Diagnostics) {
        for (node, content) in self.graph.nodes.iter().enumerate() {
            if !side.all.contains(node) {
                continue;
            }
            for gated in content.gated.iter().filter(|gated| gated.gate == side.gate) {
                match gated.kind {
                    GatedKind::Field { required: true } => self.required(side, node, gated, out),
                    GatedKind::Member {
                        otherwise: Some(used),
                    } if used.because.is_none()
                        && side.inbound.contains(node)
                        && side.outbound.contains(node) =>
                    {
                        self.unsafe_otherwise(side, node, gated, out);
                    }
                    _ => {}
                }
            }
        }
    }

    fn required(&self, side: &Side, node: NodeId, gated: &Gated<'_>, out: &mut Diagnostics) {
        let Some((name, marks)) = gated.place.find(self.resolved) else {
            return;
        };
        let mut report = Diagnostic::new(
            &rules::REQUIRED_GATED_FIELD,
            name.span,
            format!("field `{}` is required and behind a gate", name.text),
        )
        .label("a connection without the gate can neither send nor receive it");
        if let Some(gate) = &marks.gate {
            report = report.note_at(gate.span, "gated here");
        }
        let way = self.way(&side.all, node, gated.place);
        out.push(
            report
                .note(way)
                .help("make it optional or nullable, or give it a default"),
        );
    }

    fn unsafe_otherwise(&self, side: &Side, node: NodeId, gated: &Gated<'_>, out: &mut Diagnostics) {
        let Some((name, marks)) = gated.place.find(self.resolved) else {
            return;
        };
        let value = marks.gate.as_ref().and_then(|gate| gate.otherwise.as_ref());
        out.push(
            Diagnostic::new(
                &rules::UNSAFE_OTHERWISE,
                value.map_or(name.span, |value| value.span),
                format!("a client may send `otherwise` of `{}` back", name.text),
            )
            .label("would then mean what it says, not what it stood in for")
            .note(format!(
                "received: {}",
                self.way(&side.outbound, node, gated.place)
            ))
            .note(format!("sent: {}", self.way(&side.inbound, node, gated.place)))
            .help("say why that is safe: `because = \"..\"`"),
        );
    }

    /// A map cannot have an entry without its key, and two keys cannot become one.
    fn keys(&self, side: &Side, out: &mut Diagnostics) {
        let graph = self.graph;
        for edge in self.seen_edges(side, &side.all).filter(|edge| edge.key) {
            let (down, Some(gated)) = graph.way_to_gate(edge.to, side.gate) else {
                continue;
            };
            let gate = graph.gates[side.gate];
            let mut way = graph.way_to(&side.all, edge.from);
            way.push(edge.place.spelled(graph.protocol));
            way.extend(down);
            out.push(
                self.with_mark(
                    Diagnostic::new(
                        &rules::GATED_MAP_KEY,
                        self.span(edge.place),
                        format!(
                            "a key of `{}` may be behind gate `{gate}`",
                            edge.place.spelled(graph.protocol)
                        ),
                    )
                    .label("the entry has no form without the gate"),
                    Some(gated),
                )
                .note(way.join(" -> "))
                .help("take the gate off the member, or make this a list of pairs"),
            );
        }
    }

    /// Defaults and stand-ins are for everybody who sees the place.
    fn values(&self, side: &Side, out: &mut Diagnostics) {
        let protocol = self.graph.protocol;
        let closed = self.graph.gates[side.gate];
        let visible = |place: Place| side.all.contains(place.definition);
        for (index, (name, definition)) in protocol.definitions.iter().enumerate() {
            let whole = Place::new(index);
            let fields = |place: Place, body: &Struct, out: &mut Diagnostics| {
                for (at, field) in body.fields.iter().enumerate() {
                    let (Some(default), true) = (&field.default, visible(place)) else {
                        continue;
                    };
                    let gate = field.marks.gate.as_ref().map(|gate| gate.name.as_str());
                    if gate != Some(closed) {
                        let field_place = place.part(Part::Field(at));
                        values::used(protocol, &field.ty, default, &mut |gate, used| {
                            if gate == closed {
                                self.gated_default(side, field_place, used, out);
                            }
                        });
                    }
                }
            };
            match &definition.shape {
                Shape::Struct(body) | Shape::Error { data: body, .. } => fields(whole, body, out),
                Shape::Alias { .. } | Shape::Enum(_) => {}
                Shape::Union(union) => {
                    for (at, member) in union.members.iter().enumerate() {
                        let gate = member.marks.gate.as_ref().map(|gate| gate.name.as_str());
                        if let (Content::Fields { body, .. }, true) = (&member.content, gate != Some(closed))
                        {
                            fields(whole.member(at), body, out);
                        }
                    }
                }
            }
            for gated in &self.graph.nodes[index].gated {
                let GatedKind::Member {
                    otherwise: Some(used),
                } = gated.kind
                else {
                    continue;
                };
                if let (Some(value), true) = (&used.otherwise, visible(gated.place)) {
                    values::in_definition(protocol, name, value, &mut |gate, used| {
                        if gate == closed {
                            self.gated_otherwise(gated.place, gate, used, out);
                        }
                    });
                }
            }
        }
    }

    fn gated_default(&self, side: &Side, place: Place, used: &str, out: &mut Diagnostics) {
        let gate = self.graph.gates[side.gate];
        out.push(
            Diagnostic::new(
                &rules::GATED_DEFAULT,
                self.span(place),
                format!(
                    "the default of `{}` is behind gate `{gate}`",
                    place.spelled(self.graph.protocol)
                ),
            )
            .label(format!("`{used}` needs the gate"))
            .note(self.way(&side.all, place.definition, place))
            .help("choose a value that every connection may see"),
        );
    }

    fn gated_otherwise(&self, place: Place, gate: &str, used: &str, out: &mut Diagnostics) {
        let Some((name, marks)) = place.find(self.resolved) else {
            return;
        };
        let value = marks.gate.as_ref().and_then(|gate| gate.otherwise.as_ref());
        out.push(
            Diagnostic::new(
                &rules::INVALID_OTHERWISE,
                value.map_or(name.span, |value| value.span),
                format!("`otherwise` of `{}` is behind a gate itself", name.text),
            )
            .label(format!("`{used}` needs gate `{gate}`"))
            .help("choose a value that every connection may see"),
        );
    }

    /// What goes in place of a gated member is that member, or the author has said that more may go.
    fn dropped(&self, side: &Side, lost: &Lost, out: &mut Diagnostics) {
        let graph = self.graph;
        let mut seen = HashSet::new();
        for &(index, larger) in &lost.dropped {
            let edge = &graph.edges[index];
            let marked = !larger || edge.droppable || edge.key;
            if marked || !side.outbound.contains(edge.from) || !seen.insert(edge.place) {
                continue;
            }
            let (down, gated) = graph.way_down(lost, edge.to);
            let mut way = graph.way_to(&side.outbound, edge.from);
            way.push(edge.place.spelled(graph.protocol));
            way.extend(down);
            let gate = graph.gates[side.gate];
            out.push(
                self.with_mark(
                    Diagnostic::new(
                        &rules::MISSING_DROPPABLE,
                        self.span(edge.place),
                        format!(
                            "more than what is behind gate `{gate}` would be left out of `{}`",
                            edge.place.spelled(graph.protocol)
                        ),
                    )
                    .label("the nearest place that is whole without it"),
                    gated,
                )
                .note(way.join(" -> "))
                .help("mark it `@droppable`, or say `otherwise` at the gate"),
            );
        }
    }

    /// What a connection must be sent has a form without the gate.
    fn owed(&self, side: &Side, lost: &Lost, out: &mut Diagnostics) {
        let graph = self.graph;
        for (index, root) in graph.roots.iter().enumerate() {
            let shown = root.gate != Some(side.gate) && graph.nodes[root.target].gate != Some(side.gate);
            if !(root.owed && shown && lost.contains(root.target)) {
                continue;
            }
            let what = match root.method {
                Some((wire, crate::ir::MethodKind::ServerRequest)) => format!("params of `{wire}`"),
                Some((wire, _)) => format!("an answer to `{wire}`"),
                None => "the envelope".to_owned(),
            };
            let span = root.method.and_then(|(wire, _)| self.method(wire));
            let (down, gated) = graph.way_down(lost, root.target);
            let mut way = vec![graph.root_name(index)];
            way.extend(down);
            let gate = graph.gates[side.gate];
            out.push(
                self.with_mark(
                    Diagnostic::new(
                        &rules::NO_WAY_OUT,
                        span,
                        format!("{what} cannot be sent without gate `{gate}`"),
                    )
                    .label("owed to connections that did not opt in too"),
                    gated,
                )
                .note(way.join(" -> "))
                .help("say `otherwise` at the gate, or make a field on the way optional or nullable"),
            );
        }
    }

    /// Every connection that sees an enum or a union sees a member of it.
    fn empty(&self, out: &mut Diagnostics) {
        let graph = self.graph;
        for (node, (_, definition)) in graph.protocol.definitions.iter().enumerate() {
            let members = match &definition.shape {
                Shape::Enum(declared) => declared.members.len(),
                Shape::Union(union) => union.members.len(),
                _ => continue,
            };
            let gated = &graph.nodes[node].gated;
            if gated.len() < members {
                continue;
            }
            let closed: HashSet<GateId> = gated.iter().map(|gated| gated.gate).collect();
            let visible = graph.visible(|gate| !closed.contains(&gate), |_| true);
            if visible.contains(node) {
                let place = Place::new(node);
                out.push(
                    Diagnostic::new(
                        &rules::ALL_MEMBERS_GATED,
                        self.span(place),
                        format!("every member of `{}` is gated", place.spelled(graph.protocol)),
                    )
                    .label("has no value on a connection that did not opt in")
                    .note(self.way(&visible, node, place))
                    .help("gate the places that use it instead, or take the gate off a member"),
                );
            }
        }
    }

    /// Gates are opened, and notifications refused, by what needs no gate.
    fn handshake(&self, out: &mut Diagnostics) {
        let protocol = self.graph.protocol;
        let Some(handshake) = &protocol.handshake else {
            return;
        };
        let opening = protocol.methods.get(&handshake.opens);
        let Some(params) = opening.and_then(|method| method.params.as_ref()) else {
            return;
        };
        let capabilities = protocol.gates.values().map(|gate| &gate.capability.path);
        let mut seen = HashSet::new();
        for path in capabilities.chain(&handshake.opt_out) {
            for place in place::follow(protocol, params, path) {
                let Some(mark) = self.gate_mark(place).filter(|_| seen.insert(place)) else {
                    continue;
                };
                let what = place.spelled(protocol);
                out.push(
                    Diagnostic::new(
                        &rules::GATED_HANDSHAKE,
                        mark,
                        format!("`{what}` is part of the handshake and cannot be gated"),
                    )
                    .label("no gate is open before the handshake")
                    .note(format!("{} -> {what}", handshake.opens))
                    .help("remove the gate"),
                );
            }
        }
    }

    /// Edges that a connection without the gate sees, ending in what it may not see too.
    fn seen_edges<'s>(&'s self, side: &'s Side, visible: &'s Visible) -> impl Iterator<Item = &'s Edge> {
        let edges = self.graph.edges.iter();
        edges.filter(|edge| visible.contains(edge.from) && edge.gate != Some(side.gate))
    }

    /// From a method to `place` in `node`.
    fn way(&self, visible: &Visible, node: NodeId, place: Place) -> String {
        let mut way = self.graph.way_to(visible, node);
        way.push(place.spelled(self.graph.protocol));
        way.join(" -> ")
    }

    fn with_mark(&self, report: Diagnostic, place: Option<Place>) -> Diagnostic {
        match place.and_then(|place| self.gate_mark(place)) {
            Some(mark) => report.note_at(mark, "gated here"),
            None => report,
        }
    }

    fn span(&self, place: Place) -> Option<Span> {
        Some(place.find(self.resolved)?.0.span)
    }

    fn gate_mark(&self, place: Place) -> Option<Span> {
        Some(place.find(self.resolved)?.1.gate.as_ref()?.span)
    }

    /// Where a method is named.
    fn method(&self, wire: &str) -> Option<Span> {
        let method = self
            .resolved
            .methods
            .iter()
            .find(|method| method.name.text == wire)?;
        Some(method.name.span)
    }
}
