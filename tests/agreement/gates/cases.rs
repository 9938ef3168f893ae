//! The messages that show each gated place of a protocol.
//!
//! In: the model. Out: for everything that a method carries, and each gated place that stands in it, at whatever depth: a
//! message that uses it, one without, one with its default, null or nothing in it. Nobody lists places by hand.

use std::collections::BTreeSet;

use serde_json::Value;
use wiregate_codegen::ir::{DefName, Method, MethodKind, Protocol};

use super::chains::Graph;
use super::uses::Parts;
use super::values::{Maker, Shows};
use crate::repository::{protocols, report};

/// What of a method a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Carries {
    Params,
    Result,
    /// The data of the error of this place among those that the method declares.
    Error(usize),
}

/// What a method carries.
#[derive(Clone, Copy)]
pub(crate) struct Carried<'a> {
    pub(crate) wire: &'a str,
    pub(crate) method: &'a Method,
    pub(crate) carries: Carries,
    /// None where there are no params, or the result is null.
    pub(crate) definition: Option<&'a DefName>,
}

impl Carried<'_> {
    /// Whether the server receives it.
    pub(crate) fn is_inbound(&self) -> bool {
        let from_client = matches!(
            self.method.kind,
            MethodKind::ClientRequest | MethodKind::ClientNotification
        );
        from_client == (self.carries == Carries::Params)
    }
}

/// A message that shows something of a gated place.
pub(crate) struct Case<'a> {
    pub(crate) carried: Carried<'a>,
    pub(crate) place: String,
    pub(crate) shows: Shows,
    pub(crate) message: Value,
}

/// All that methods carry.
pub(crate) fn carried(model: &Protocol) -> Vec<Carried<'_>> {
    let mut all = Vec::new();
    for (wire, method) in &model.methods {
        let mut add = |carries, definition| {
            all.push(Carried {
                wire,
                method,
                carries,
                definition,
            });
        };
        add(Carries::Params, method.params.as_ref());
        if matches!(method.kind, MethodKind::ClientRequest | MethodKind::ServerRequest) {
            add(Carries::Result, method.result.as_ref());
        }
        for (index, name) in method.errors.iter().enumerate() {
            add(Carries::Error(index), Some(name));
        }
    }
    all
}

/// The messages of a protocol, of which `wanted` says which are wanted.
pub(crate) fn cases(model: &Protocol, wanted: impl Fn(&Carried<'_>) -> bool) -> Vec<Case<'_>> {
    let maker = Maker::new(model);
    let mut cases: Vec<Case<'_>> = Vec::new();
    for carried in carried(model).into_iter().filter(wanted) {
        let Some(definition) = carried.definition else {
            continue;
        };
        let first = cases.len();
        for chain in Graph::below(model, definition).chains(model) {
            for shows in Shows::ALL {
                let Some(message) = maker.message(&chain, shows) else {
                    continue;
                };
                let is_known = cases[first..]
                    .iter()
                    .any(|case| case.message == message && case.place == chain.place && case.shows == shows);
                if !is_known {
                    cases.push(Case {
                        carried,
                        place: chain.place.clone(),
                        shows,
                        message,
                    });
                }
            }
        }
    }
    cases
}

#[test]
fn every_gated_place_has_messages_that_show_what_they_should() {
    for protocol in protocols() {
        let model = &protocol.model;
        let parts = Parts::new(model);
        let mut wrong = Vec::new();
        let mut used = BTreeSet::new();
        let cases = cases(model, |_| true);
        for case in &cases {
            let definition = case.carried.definition.expect("there is a message");
            let uses = parts.in_message(definition, &case.message);
            let here: Vec<bool> = uses
                .iter()
                .filter(|each| each.place == case.place)
                .map(|each| each.counts)
                .collect();
            let as_it_should = match case.shows {
                Shows::Use | Shows::OldSpelling => here.contains(&true),
                Shows::Nothing => here.is_empty(),
                // In a patch, null is a use.
                Shows::Null => !here.is_empty(),
                Shows::Default | Shows::Empty => here == [false],
            };
            if !as_it_should {
                wrong.push(format!("{} {:?}: {}", case.place, case.shows, case.message));
            }
            if case.shows == Shows::Use {
                used.insert(case.place.as_str());
            }
            let (_, ty) = protocol
                .named(definition.name())
                .expect("Rust has every definition");
            if let Err(error) = ty.read(&case.message.to_string()) {
                wrong.push(format!(
                    "{} {:?}: {error}: {}",
                    case.place, case.shows, case.message
                ));
            }
        }
        let missing = parts.places().filter(|place| !used.contains(place));
        wrong.extend(missing.map(|place| format!("{place}: no message uses it")));
        report("messages of gated places", cases.len(), &wrong);
        println!("    {} places in messages of {}", used.len(), model.name);
    }
}
