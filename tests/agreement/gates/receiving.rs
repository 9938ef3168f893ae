//! What a server takes and refuses, on the wire.
//!
//! In: the messages of gated places that clients send, and random ones of all that they send, on connections with each set
//! of gates. Out: what was refused though the model has it open, let through though it is closed, or refused in other words.

use serde_json::{Value, json};
use wiregate_codegen::ir::{MethodKind, Protocol};
use wiregate_runtime::CallError;

use super::cases::{Carried, Carries, carried, cases};
use super::uses::Parts;
use super::wire::{Client, Served};
use super::{Open, combinations, in_runtime};
use crate::instances::Instances;
use crate::repository::{Emitted, protocols, report};

/// How many random messages are made of all that a method carries inward.
const RANDOM: usize = 12;

/// Something that a client can send.
pub(super) struct Sent<'a> {
    pub(super) carried: Carried<'a>,
    pub(super) message: Value,
}

/// Something gated that a message uses: the gate, what it is called, and where it stands.
#[derive(Debug, PartialEq)]
struct Refusal {
    gate: String,
    what: String,
    at: String,
}

impl Refusal {
    /// The error that says so.
    fn error(&self, model: &Protocol) -> Value {
        let place = &model.gates[&self.gate].capability;
        let capability = place.member.as_ref().or(place.path.last());
        let capability = capability.expect("a gate has a capability");
        json!({
            "code": -32600,
            "message": format!("{} requires {capability} capability", self.what),
            "data": { "gate": self.gate, "path": self.at, "capability": capability },
        })
    }
}

#[test]
fn messages_are_refused_for_what_is_closed_and_for_nothing_else() {
    in_runtime(async {
        for protocol in protocols() {
            let model = &protocol.model;
            let served = Served::new(model);
            let parts = Parts::new(model);
            let all = sent(protocol, &served);
            let (mut count, mut refused) = (0, 0);
            let mut wrong = Vec::new();
            for open in combinations(model) {
                let mut client = served.client(&open).await;
                for sent in &all {
                    let expected = expected(&parts, &open, sent);
                    count += 1;
                    refused += usize::from(expected.is_some());
                    if let Err(said) = try_out(&served, &mut client, &open, sent, expected.as_ref()).await {
                        let Carried { wire, carries, .. } = sent.carried;
                        wrong.push(format!(
                            "{open:?}: {wire}, {carries:?}: {}\n    {said}, not {expected:?}",
                            sent.message
                        ));
                    }
                }
            }
            assert!(refused > 0);
            report("messages sent to a server", count, &wrong);
            println!("    {refused} refused, by {}", model.name);
        }
    });
}

/// The messages of gated places, random ones of everything, and the smallest one of what carries nothing.
pub(super) fn sent<'a>(protocol: &'a Emitted, served: &Served) -> Vec<Sent<'a>> {
    let model = &protocol.model;
    let cases = cases(model, |carried| carried.is_inbound()).into_iter();
    let mut all: Vec<Sent<'_>> = cases
        .map(|case| Sent {
            carried: case.carried,
            message: case.message,
        })
        .collect();
    let mut instances = Instances::new(model);
    for carried in carried(model).into_iter().filter(Carried::is_inbound) {
        let random = |name| instances.of(name, RANDOM).into_iter().map(|sample| sample.given);
        let messages = carried.definition.map(random).into_iter().flatten();
        let messages = messages.chain([served.least(carried.definition)]);
        all.extend(messages.map(|message| Sent { carried, message }));
    }
    // These begin and complete each conversation.
    let handshake = model.handshake.as_ref();
    all.retain(|sent| {
        handshake.is_none_or(|handshake| {
            Some(sent.carried.wire) != handshake.completes.as_deref() && sent.carried.wire != handshake.opens
        })
    });
    all
}

/// Why a message is refused.
fn expected(parts: &Parts<'_>, open: &Open<'_>, sent: &Sent<'_>) -> Option<Refusal> {
    let Carried {
        wire,
        method,
        carries,
        definition,
    } = sent.carried;
    if let Some(gate) = method
        .marks
        .gate
        .as_ref()
        .filter(|gate| !open.contains(gate.name.as_str()))
    {
        return Some(Refusal {
            gate: gate.name.clone(),
            what: wire.to_owned(),
            at: "method".to_owned(),
        });
    }
    let uses = parts.in_message(definition?, &sent.message);
    let used = uses
        .into_iter()
        .find(|used| used.counts && !open.contains(used.gate))?;
    let at = match carries {
        Carries::Params if used.at.starts_with('[') => format!("params{}", used.at),
        Carries::Params => format!("params.{}", used.at).trim_end_matches('.').to_owned(),
        Carries::Result | Carries::Error(_) => used.at,
    };
    Some(Refusal {
        gate: used.gate.to_owned(),
        what: used.what,
        at,
    })
}

/// Sends a message, and says what happened where it is not what should.
async fn try_out(
    served: &Served,
    client: &mut Client,
    open: &Open<'_>,
    sent: &Sent<'_>,
    expected: Option<&Refusal>,
) -> Result<(), String> {
    let Carried { wire, method, .. } = sent.carried;
    match method.kind {
        MethodKind::ClientRequest => {
            served.stage.lock().taken.clear();
            let mut answer = client.call(wire, sent.message.clone()).await;
            let is_taken = served.stage.lock().taken.contains(&wire);
            let as_expected = match expected {
                Some(refusal) => !is_taken && answer["error"].take() == refusal.error(served.model),
                None => is_taken && answer.get("result").is_some(),
            };
            let said = || format!("answered {answer}, taken: {is_taken}");
            as_expected.then_some(()).ok_or_else(said)
        }
        MethodKind::ClientNotification => {
            served.stage.lock().taken.clear();
            client
                .send(json!({ "method": wire, "params": sent.message }))
                .await;
            client.told_so_far(wire).await;
            let is_taken = served.stage.lock().taken.contains(&wire);
            let said = || format!("taken: {is_taken}");
            (is_taken == expected.is_none()).then_some(()).ok_or_else(said)
        }
        MethodKind::ServerRequest => {
            let is_asked = expected.is_none_or(|refusal| refusal.at != "method");
            let params = served.least(method.params.as_ref());
            let call = tokio::spawn(served.handle(wire).ask(&client.peer, &params));
            if is_asked {
                let asked = client.told(wire).await;
                client
                    .send(json!({ "id": asked["id"], "result": sent.message }))
                    .await;
            } else {
                let told = client.told_so_far(wire).await;
                if !told.is_empty() {
                    return Err(format!("asked {told:?} with {open:?}"));
                }
            }
            let outcome = call.await.expect("it does not panic");
            let as_expected = match (&outcome, expected) {
                (Ok(_), None) => true,
                (Err(CallError::Gate(_)), Some(_)) => !is_asked,
                (Err(CallError::Gated(method, used)), Some(refusal)) => {
                    *method == wire
                        && used.gate == refusal.gate
                        && used.what == refusal.what
                        && used.path == refusal.at
                }
                _ => false,
            };
            let said = || format!("the server got {outcome:?}");
            as_expected.then_some(()).ok_or_else(said)
        }
        MethodKind::ServerNotification => unreachable!("it is not inbound"),
    }
}
