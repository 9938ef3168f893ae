//! Comments that name what their reader does not see.
//!
//! In: the graph, and the tree that it was made of. Out: reports. A comment goes into the artefacts of everybody who sees
//! what it is about, and must not name there what is behind a gate.

use std::collections::HashSet;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::ir::{Content, Marks, Shape, Struct, Visibility};
use crate::resolve::Resolved;
use crate::rules;
use crate::source::Span;

use super::graph::{GateId, Graph, NodeId};
use super::place::{Part, Place};
use super::walk::Visible;

/// Reports them, each name once in a comment.
pub(super) fn report(graph: &Graph<'_>, resolved: &Resolved, out: &mut Diagnostics) {
    let things = things(graph);
    let gates = 0..graph.gates.len();
    let hidden: Vec<(Visible, HashSet<&str>)> = gates
        .map(|gate| {
            let visible = graph.shown_to_clients(|other| other != gate, |_| true);
            let (seen, unseen): (Vec<&Thing<'_>>, Vec<_>) =
                things.iter().partition(|thing| thing.seen(gate, &visible));
            let mut names: HashSet<&str> = unseen.iter().map(|thing| thing.name).collect();
            for thing in seen {
                names.remove(thing.name);
            }
            (visible, names)
        })
        .collect();
    for thing in &things {
        let mut named = HashSet::new();
        for text in [
            thing.docs,
            thing
                .marks
                .and_then(|marks| marks.deprecated.as_deref())
                .unwrap_or_default(),
        ] {
            mentions(text, &mut |word| {
                for (gate, (visible, names)) in hidden.iter().enumerate() {
                    if names.contains(word) && thing.seen(gate, visible) && named.insert(word.to_owned()) {
                        out.push(fault(graph, resolved, thing, word, gate));
                    }
                }
            });
        }
    }
}

fn fault(graph: &Graph<'_>, resolved: &Resolved, thing: &Thing<'_>, word: &str, gate: GateId) -> Diagnostic {
    let gate = graph.gates[gate];
    let what = match thing.origin {
        Origin::Protocol => format!("protocol `{}`", thing.name),
        Origin::Method => format!("method `{}`", thing.name),
        Origin::Place(place) => format!("`{}`", place.spelled(graph.protocol)),
    };
    Diagnostic::new(
        &rules::GATED_MENTION,
        thing.span(resolved),
        format!("the comment of {what} names `{word}`, which is behind gate `{gate}`"),
    )
    .label("read by those who did not opt in too")
    .help("say it where the gated part is declared")
}

/// Something with a name and a comment.
struct Thing<'a> {
    name: &'a str,
    docs: &'a str,
    marks: Option<&'a Marks>,
    origin: Origin,
    /// The definition that it is part of.
    node: Option<NodeId>,
    /// The gates between that and it.
    gates: [Option<GateId>; 2],
}

enum Origin {
    Protocol,
    Method,
    Place(Place),
}

impl Thing<'_> {
    /// Whether clients without `gate` see it, where they see of definitions what is `visible`.
    fn seen(&self, gate: GateId, visible: &Visible) -> bool {
        let shown = self
            .marks
            .is_none_or(|marks| marks.visibility != Visibility::OnlyRust);
        shown && !self.gates.contains(&Some(gate)) && self.node.is_none_or(|node| visible.contains(node))
    }

    fn span(&self, resolved: &Resolved) -> Option<Span> {
        match self.origin {
            Origin::Protocol => resolved.docs.span,
            Origin::Method => {
                let mut methods = resolved.methods.iter();
                let method = methods.find(|method| method.name.text == self.name)?;
                method.docs.span.or(Some(method.name.span))
            }
            Origin::Place(place) => Some(place.find(resolved)?.0.span),
        }
    }
}

/// All that has a comment which goes into the artefacts of clients.
fn things<'a>(graph: &Graph<'a>) -> Vec<Thing<'a>> {
    let protocol = graph.protocol;
    let mut things = vec![Thing {
        name: &protocol.name,
        docs: &protocol.docs,
        marks: None,
        origin: Origin::Protocol,
        node: None,
        gates: [None; 2],
    }];
    for (wire, method) in &protocol.methods {
        things.push(Thing {
            name: wire,
            docs: &method.docs,
            marks: Some(&method.marks),
            origin: Origin::Method,
            node: None,
            gates: [graph.gate_of(&method.marks), None],
        });
    }
    for (index, (name, definition)) in protocol.definitions.iter().enumerate() {
        let whole = Place::new(index);
        let mut add = |name: &'a str, docs: &'a str, marks: Option<&'a Marks>, place: Place, outer| {
            things.push(Thing {
                name,
                docs,
                marks,
                origin: Origin::Place(place),
                node: Some(index),
                gates: [marks.and_then(|marks| graph.gate_of(marks)), outer],
            });
        };
        add(
            name.name(),
            &definition.docs,
            Some(&definition.marks),
            whole,
            None,
        );
        match &definition.shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => parts(body, whole, None, &mut add),
            Shape::Alias { .. } => {}
            Shape::Enum(declared) => {
                for (at, member) in declared.members.iter().enumerate() {
                    let place = whole.member(at);
                    add(&member.name, &member.docs, Some(&member.marks), place, None);
                }
            }
            Shape::Union(union) => {
                for (at, member) in union.members.iter().enumerate() {
                    let place = whole.member(at);
                    add(&member.name, &member.docs, Some(&member.marks), place, None);
                    if let Content::Fields { body, .. } = &member.content {
                        parts(body, place, graph.gate_of(&member.marks), &mut add);
                    }
                }
            }
        }
    }
    things
}

fn parts<'a>(
    body: &'a Struct,
    whole: Place,
    outer: Option<GateId>,
    add: &mut impl FnMut(&'a str, &'a str, Option<&'a Marks>, Place, Option<GateId>),
) {
    for (at, field) in body.fields.iter().enumerate() {
        let place = whole.part(Part::Field(at));
        add(&field.name, &field.docs, Some(&field.marks), place, outer);
    }
    if let Some(rest) = &body.rest {
        add(&rest.rust, &rest.docs, None, whole.part(Part::Rest), outer);
    }
}

/// Calls `found` with every word of `text` that can only be a name: between backticks, and elsewhere what is spelled as no
/// word of English is, `thread/start`, `log.chunk`, `dynamicTools` and `call_id`. What dots join is a name, and so is each part.
fn mentions(text: &str, found: &mut impl FnMut(&str)) {
    for (index, span) in text.split('`').enumerate() {
        let code = index % 2 == 1;
        for word in span.split(|letter| !is_part_of_name(letter) && letter != '.') {
            let word = word.trim_matches('.');
            if word.contains('.') {
                found(word);
            }
            for name in word.split('.').filter(|name| code || is_distinctive(name)) {
                found(name);
            }
        }
    }
}

fn is_part_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$' | '/' | '-')
}

fn is_distinctive(name: &str) -> bool {
    let humped = |pair: &[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
    name.contains(['/', '_', '$']) || name.as_bytes().windows(2).any(humped)
}
