//! What a client is told of its faults names nothing that it did not opt into.
//!
//! In: what clients send, on connections with each set of gates, each message with one fault somewhere. Out: answers in which the
//! place of the fault, or what was expected there, is told by a name that the set of gates does not see. A fault in something
//! gated is no exception: its use is refused, by the one text that may name it.

use serde_json::Value;
use wiregate_codegen::ir::MethodKind;

use super::artefacts::{hidden, words};
use super::receiving::sent;
use super::wire::Served;
use super::{combinations, in_runtime};
use crate::mutations::mutated;
use crate::random::Random;
use crate::repository::{protocols, report};

/// How many faults each message is tried with.
const FAULTS: usize = 6;

const INVALID_PARAMS: i64 = -32602;

#[test]
fn faults_are_told_without_what_is_closed() {
    in_runtime(async {
        for protocol in protocols() {
            let model = &protocol.model;
            let served = Served::new(model);
            let all = sent(protocol, &served);
            let (mut told, mut refused) = (0, 0);
            let mut wrong = Vec::new();
            for open in combinations(model) {
                let hidden = hidden(model, &open);
                let mut client = served.client(&open).await;
                let mut random = Random::of("faults");
                for sent in &all {
                    let (wire, method) = (sent.carried.wire, sent.carried.method);
                    let gate = method.marks.gate.as_ref();
                    let is_called = gate.is_none_or(|gate| open.contains(gate.name.as_str()));
                    if method.kind != MethodKind::ClientRequest || !is_called {
                        continue;
                    }
                    for _ in 0..FAULTS {
                        let message = mutated(&sent.message, &mut random);
                        let answer = client.call(wire, message.clone()).await;
                        let error = &answer["error"];
                        refused += usize::from(error["data"]["gate"].is_string());
                        if error["code"] != INVALID_PARAMS {
                            continue;
                        }
                        told += 1;
                        for said in ["path", "expected"].map(|name| error["data"][name].as_str()) {
                            words(said.unwrap_or_default(), &mut |word| {
                                if hidden.contains(word) {
                                    wrong.push(format!("{open:?}: {wire} is told {error} for {message}"));
                                }
                            });
                        }
                    }
                }
            }
            assert!(told > 0 && refused > 0, "{told} told, {refused} refused");
            report("faults told to clients", told, &wrong);
        }
    });
}

/// Otherwise the test above could look for what no answer has.
#[test]
fn faults_are_told_by_names() {
    in_runtime(async {
        for protocol in protocols() {
            let model = &protocol.model;
            let served = Served::new(model);
            let none = Default::default();
            let hidden = hidden(model, &none);
            let mut client = served
                .client(&model.gates.keys().map(String::as_str).collect())
                .await;
            let mut random = Random::of("faults");
            let mut named = 0;
            for sent in sent(protocol, &served) {
                if sent.carried.method.kind == MethodKind::ClientRequest {
                    let message = mutated(&sent.message, &mut random);
                    let answer = client.call(sent.carried.wire, message).await;
                    if let Value::String(path) = &answer["error"]["data"]["path"] {
                        words(path, &mut |word| named += usize::from(hidden.contains(word)));
                    }
                }
            }
            assert!(named > 0, "no fault of {} is in something gated", model.name);
        }
    });
}
