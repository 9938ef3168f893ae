//! What connections are sent of everything that a server can send, by the model.
//!
//! In: the messages of gated places, and random ones of all that a server sends. Out: their forms for each set of gates, which
//! must hold nothing else that is gated and miss nothing that is not; the schema of the set is asked about them by
//! `tests/typescript`. The server itself is held to these forms by `sending.rs`.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};
use wiregate_codegen::emit::{EmitOptions, emit_profile};
use wiregate_codegen::gates::profile;
use wiregate_codegen::ir::MethodKind;

use super::cases::{Carried, Carries, carried, cases};
use super::outbound::form;
use super::uses::Parts;
use super::{Open, combinations};
use crate::fixtures::same;
use crate::instances::Instances;
use crate::repository::{Emitted, leave, protocols, report};

/// How many random messages are made of all that a method carries outward.
const RANDOM: usize = 24;

/// Something that a server can send.
pub(crate) struct Sent<'a> {
    pub(crate) carried: Carried<'a>,
    /// As the server is given it.
    pub(crate) given: Value,
    /// As it is with every gate open.
    pub(crate) full: Value,
}

/// The messages of gated places, and random ones of everything.
pub(crate) fn sent(protocol: &Emitted) -> Vec<Sent<'_>> {
    let model = &protocol.model;
    let mut all = Vec::new();
    for case in cases(model, |carried| !carried.is_inbound()) {
        let definition = case.carried.definition.expect("there is a message");
        let (_, ty) = protocol
            .named(definition.name())
            .expect("Rust has every definition");
        let full = ty.read(&case.message.to_string());
        all.push(Sent {
            carried: case.carried,
            given: case.message,
            full: full.unwrap_or_else(|error| panic!("{}: {error}", case.place)),
        });
    }
    let mut instances = Instances::new(model);
    for carried in carried(model) {
        if let (Some(definition), false) = (carried.definition, carried.is_inbound()) {
            all.extend(instances.of(definition, RANDOM).into_iter().map(|sample| Sent {
                carried,
                given: sample.given,
                full: sample.written,
            }));
        }
    }
    all
}

impl Sent<'_> {
    /// What a connection with these gates is sent; none where it is sent nothing.
    pub(crate) fn form(&self, protocol: &Emitted, open: &Open<'_>) -> Option<Value> {
        let is_open = |gate: &str| open.contains(gate);
        let gate = self.carried.method.marks.gate.as_ref();
        let definition = self.carried.definition.expect("there is a message");
        let is_called = gate.is_none_or(|gate| is_open(&gate.name));
        is_called.then(|| form(&protocol.model, &is_open, definition, &self.full))?
    }
}

#[test]
fn forms_hold_what_is_open_and_nothing_else() {
    for protocol in protocols() {
        let model = &protocol.model;
        let parts = Parts::new(model);
        let all = sent(protocol);
        let mut wrong = Vec::new();
        let (mut whole, mut changed, mut withheld) = (0, 0, 0);
        for open in combinations(model) {
            for sent in &all {
                let definition = sent.carried.definition.expect("there is a message");
                let wire = sent.carried.wire;
                let closed = |message: &Value| {
                    let uses = parts.in_message(definition, message);
                    uses.into_iter().find(|each| !open.contains(each.gate))
                };
                let gate = sent.carried.method.marks.gate.as_ref();
                let is_called = gate.is_none_or(|gate| open.contains(gate.name.as_str()));
                let Some(form) = sent.form(protocol, &open) else {
                    withheld += 1;
                    let may_be = !is_called || sent.carried.method.kind == MethodKind::ServerNotification;
                    if !may_be || is_called && closed(&sent.full).is_none() {
                        wrong.push(format!("{open:?}: {wire} is not sent: {}", sent.full));
                    }
                    continue;
                };
                if let Some(closed) = closed(&form) {
                    wrong.push(format!(
                        "{open:?}: {wire} has {} at {}: {form}",
                        closed.what, closed.at
                    ));
                }
                let is_same = same(&form, &sent.full);
                *if is_same { &mut whole } else { &mut changed } += 1;
                if is_same != closed(&sent.full).is_none() {
                    wrong.push(format!("{open:?}: {wire} is {form}\n    for {}", sent.given));
                }
            }
        }
        assert!(
            changed > 0 && withheld > 0,
            "{changed} changed, {withheld} withheld"
        );
        report("forms for each set of gates", whole + changed + withheld, &wrong);
        println!("    {whole} whole, {changed} changed, {withheld} not sent");
    }
}

#[test]
fn forms_are_left_for_the_schema() {
    for protocol in protocols() {
        let model = &protocol.model;
        let all = sent(protocol);
        let mut lines = String::new();
        let mut schemas = BTreeMap::new();
        let mut count = 0;
        for open in combinations(model) {
            let shown = profile(model, |gate| open.contains(gate));
            let files = emit_profile(&shown, &EmitOptions::default());
            let flat = files.iter().find(|(path, _)| path.ends_with(".flat.json"));
            let (_, flat) = flat.expect("there is a flat bundle");
            let schema: Value = serde_json::from_slice(flat).expect("a bundle is JSON");
            let gates = Vec::from_iter(&open)
                .into_iter()
                .copied()
                .collect::<Vec<_>>()
                .join(",");
            for sent in &all {
                let is_shown = shown.methods.get(sent.carried.wire).is_some_and(|method| {
                    let definition = sent.carried.definition;
                    match sent.carried.carries {
                        Carries::Params => method.params.as_ref() == definition,
                        Carries::Result => method.result.as_ref() == definition,
                        Carries::Error(_) => method.errors.iter().any(|name| Some(name) == definition),
                    }
                });
                let form = sent.form(protocol, &open).filter(|_| is_shown);
                if let (Some(form), Some(definition)) = (form, sent.carried.definition) {
                    count += 1;
                    let line = json!({
                        "gates": gates,
                        "definition": definition.name(),
                        "form": form,
                        "full": sent.full,
                    });
                    writeln!(lines, "{line}").expect("text grows");
                }
            }
            schemas.insert(gates, schema);
        }
        leave(&format!("{}.forms.jsonl", model.name), &lines);
        let schemas = serde_json::to_string(&schemas).expect("it is JSON");
        leave(&format!("{}.profiles.json", model.name), &schemas);
        report("forms left for the schema", count, &[]);
    }
}
