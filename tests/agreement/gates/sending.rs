//! What a server sends, on the wire.
//!
//! In: everything that a server can send (`forms.rs`), on connections with each set of gates. Out: what came otherwise than as
//! the form that the model has for that set.

use serde_json::{Value, json};
use wiregate_codegen::ir::{Delivery, MethodKind, Shape};
use wiregate_runtime::{CallError, ErrorCode, RpcError};

use super::cases::{Carried, Carries};
use super::forms::{Sent, sent};
use super::wire::{Client, Served};
use super::{Open, combinations, in_runtime};
use crate::fixtures::same;
use crate::repository::{Emitted, protocols, report};

#[test]
fn connections_are_sent_the_form_of_their_gates() {
    in_runtime(async {
        for protocol in protocols() {
            let served = Served::new(&protocol.model);
            let all = sent(protocol);
            let mut count = 0;
            let mut wrong = Vec::new();
            for open in combinations(&protocol.model) {
                let mut client = served.client(&open).await;
                for sent in &all {
                    count += 1;
                    if let Err(said) = try_out(protocol, &served, &mut client, &open, sent).await {
                        let Carried { wire, carries, .. } = sent.carried;
                        wrong.push(format!(
                            "{open:?}: {wire}, {carries:?}: {}\n    {said}",
                            sent.full
                        ));
                    }
                }
            }
            report("messages sent by a server", count, &wrong);
        }
    });
}

/// One notification for several connections is written for each set of gates among them.
#[test]
fn what_goes_to_many_has_the_form_of_each() {
    in_runtime(async {
        for protocol in protocols() {
            let model = &protocol.model;
            let served = Served::new(model);
            let sets = combinations(model);
            let mut clients = Vec::new();
            for open in &sets {
                clients.push((open, served.client(open).await));
            }
            // Any request makes its caller a subscriber.
            let ask = model.methods.iter().find(|(wire, method)| {
                let is_opening = model
                    .handshake
                    .as_ref()
                    .is_some_and(|shake| shake.opens == **wire);
                method.kind == MethodKind::ClientRequest && method.marks.gate.is_none() && !is_opening
            });
            let (ask, asked) = ask.expect("clients ask for something");
            let mut count = 0;
            let mut wrong = Vec::new();
            for sent in sent(protocol) {
                let Carried { wire, method, .. } = sent.carried;
                let topic = match &method.delivery {
                    Some(Delivery::Topic { path }) => Some(at(&sent.full, &path[1..])),
                    Some(Delivery::All) => None,
                    _ => continue,
                };
                if method.kind != MethodKind::ServerNotification {
                    continue;
                }
                if let Some(topic) = topic {
                    served.stage.lock().topic = Some(topic.clone().into());
                    for (_, client) in &mut clients {
                        client.call(ask, served.least(asked.params.as_ref())).await;
                    }
                    served.stage.lock().topic = None;
                }
                served.handle(wire).tell(&served, &sent.given);
                for (open, client) in &mut clients {
                    count += 1;
                    let told = client.told_so_far(wire).await;
                    let expected = sent.form(protocol, open);
                    if !are_told(&told, expected.as_ref()) {
                        wrong.push(format!("{open:?}: {wire}: {told:?}\n    not {expected:?}"));
                    }
                }
            }
            report("notifications to many", count, &wrong);
        }
    });
}

/// Has the server send a message, and says what came where it is not what should.
async fn try_out(
    protocol: &Emitted,
    served: &Served,
    client: &mut Client,
    open: &Open<'_>,
    sent: &Sent<'_>,
) -> Result<(), String> {
    let Carried {
        wire,
        method,
        carries,
        definition,
    } = sent.carried;
    let expected = sent.form(protocol, open);
    let not = |said: String| Err(format!("{said}\n    not {expected:?}"));
    match (method.kind, carries) {
        (MethodKind::ServerNotification, _) => {
            served.handle(wire).notify(&client.peer, &sent.given);
            let told = client.told_so_far(wire).await;
            if are_told(&told, expected.as_ref()) {
                return Ok(());
            }
            not(format!("{told:?}"))
        }
        (MethodKind::ServerRequest, _) => {
            let call = tokio::spawn(served.handle(wire).ask(&client.peer, &sent.given));
            let Some(expected) = &expected else {
                let told = client.told_so_far(wire).await;
                if !told.is_empty() {
                    // The server would wait for an answer.
                    return not(format!("asked {told:?}"));
                }
                return match call.await.expect("it does not panic") {
                    Err(CallError::Gate(_)) => Ok(()),
                    outcome => not(format!("the server got {outcome:?}")),
                };
            };
            let asked = client.told(wire).await;
            let result = served.least(method.result.as_ref());
            client.send(json!({ "id": asked["id"], "result": result })).await;
            match call.await.expect("it does not panic") {
                Ok(_) if same(&asked["params"], expected) => Ok(()),
                outcome => not(format!("{asked}, and the server got {outcome:?}")),
            }
        }
        (MethodKind::ClientRequest, _) => {
            let Some(expected) = &expected else {
                // Who may not ask is not answered.
                return Ok(());
            };
            let name = definition.expect("there is a message");
            let (answer, member) = match (carries, &protocol.model.definitions[name].shape) {
                (Carries::Error(_), Shape::Error { code, .. }) => {
                    let error = RpcError::new(ErrorCode(*code), "told so").with_data(&json(&sent.given));
                    (Err(error), ["error", "data"].as_slice())
                }
                _ => (Ok(sent.given.to_string()), ["result"].as_slice()),
            };
            let opens = protocol
                .model
                .handshake
                .as_ref()
                .map(|handshake| &handshake.opens);
            let mut params = served.least(method.params.as_ref());
            let mut first = None;
            if opens.is_some_and(|opens| opens == wire) {
                params = served.opening(params, open);
                first = Some(served.stranger());
            }
            served.answer(wire, answer);
            let answer = first.as_mut().unwrap_or(client).call(wire, params).await;
            served.answer_least(wire);
            let found = member.iter().fold(&answer, |value, name| &value[*name]);
            if same(found, expected) {
                return Ok(());
            }
            not(answer.to_string())
        }
        (MethodKind::ClientNotification, _) => unreachable!("it is not outbound"),
    }
}

/// Whether this is the only one that came; or none, where nothing should.
fn are_told(told: &[Value], expected: Option<&Value>) -> bool {
    match (told, expected) {
        ([], None) => true,
        ([told], Some(expected)) => same(&told["params"], expected),
        _ => false,
    }
}

fn at<'v>(value: &'v Value, path: &[String]) -> &'v Value {
    path.iter().fold(value, |value, name| &value[name.as_str()])
}

fn json(value: &Value) -> wiregate_runtime::Json {
    value.clone().into()
}
