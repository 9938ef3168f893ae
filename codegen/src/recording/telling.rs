//! What a server tells and asks, and what the client answers.
//!
//! In: messages of one connection. Out: what they break, and the connection's new state.

use crate::ir::{Delivery, Method, MethodKind};

use super::connection::{Access, Asked, Connection, Settled, Turn};
use super::envelope::{Call, Id, Outcome, id_of};
use super::{Question, Rule, Side};

impl<'a> Connection<'a> {
    /// The server tells.
    pub(super) fn told(&mut self, call: &Call<'_, '_>, turn: &mut Turn<'_, 'a, '_>) {
        let kind = MethodKind::ServerNotification;
        let Some((name, method)) = self
            .method(call.method, kind, turn)
            .filter(|(_, method)| method.kind == kind)
        else {
            return;
        };
        let unwanted = match &self.access {
            Access::Fresh => {
                let text = format!("{name} was told before the connection was opened");
                turn.report.violation(Rule::Handshake, Side::Server, text, None);
                false
            }
            Access::Opening(_) if method.delivery == Some(Delivery::All) => {
                let text =
                    format!("{name} goes to all, and was told before the opening request was answered");
                turn.report.violation(Rule::Handshake, Side::Server, text, None);
                false
            }
            Access::Opening(session) | Access::Open(session) => session.opt_out.contains(name),
            Access::Free => false,
        };
        if unwanted {
            let text = format!("the client has opted out of {name}");
            turn.report.violation(Rule::OptedOut, Side::Server, text, None);
        }
        self.sent(name, method, call, turn);
        // Who has left the topic since it was asked is told too.
        if let Some(resolved) = Self::resolved(method, call) {
            return self.resolve(&resolved, turn);
        }
        self.followed(name, method, call, turn);
    }

    /// The server asks.
    pub(super) fn asked(&mut self, id: Id, call: &Call<'_, '_>, turn: &mut Turn<'_, 'a, '_>) {
        turn.report.summary.requests += 1;
        let kind = MethodKind::ServerRequest;
        let found = self
            .method(call.method, kind, turn)
            .filter(|(_, method)| method.kind == kind);
        let mut topic = None;
        if let Some((name, method)) = found {
            if method.delivery == Some(Delivery::All)
                && !matches!(self.access, Access::Open(_) | Access::Free)
            {
                let text = format!("{name} goes to all, and was asked before the connection was opened");
                turn.report.violation(Rule::Handshake, Side::Server, text, None);
            }
            self.sent(name, method, call, turn);
            topic = self.followed(name, method, call, turn);
        }
        let line = turn.report.line;
        if let Some(before) = self.asked.get(&id) {
            let text = format!("id {id} is open on this connection already");
            let see = Some(before.line);
            return turn
                .report
                .violation(Rule::ServerRequestId, Side::Server, text, see);
        }
        if self.settled(&id) == Some(Settled::Told) {
            let text = format!("id {id} was told to be settled, and is asked again");
            turn.report
                .violation(Rule::ServerRequestId, Side::Server, text, None);
        }
        let question = turn.shared.asked.entry(id.clone()).or_insert_with(|| Question {
            line,
            method: call.method.to_owned(),
            topic: topic.clone(),
            open: 0,
        });
        question.open += 1;
        if question.method != call.method || question.topic != topic {
            let text = format!("id {id} is open for {} elsewhere", question.method);
            let see = Some(question.line);
            turn.report
                .violation(Rule::ServerRequestId, Side::Server, text, see);
        }
        self.settled.retain(|(other, _)| *other != id);
        self.asked.insert(
            id,
            Asked {
                line,
                method: found,
                topic,
            },
        );
    }

    /// The client answers.
    pub(super) fn answered_by_client(
        &mut self,
        id: &Id,
        outcome: &Outcome<'_, '_>,
        turn: &mut Turn<'_, 'a, '_>,
    ) {
        let before = self.settled(id);
        let Some(asked) = self.settle(id, Settled::Answered, turn.shared) else {
            // An answer may cross the news that another one was taken, or that the client has left the topic.
            if !matches!(before, Some(Settled::Told | Settled::Left)) && !self.gap {
                let text = match before {
                    None => format!("no request with id {id} was asked of this client"),
                    _ => format!("request {id} was answered before"),
                };
                turn.report.violation(Rule::StrayAnswer, Side::Client, text, None);
            }
            return;
        };
        let Some((name, method)) = asked.method else {
            return;
        };
        let see = Some(asked.line);
        match outcome {
            Outcome::Result(result) => self.hold_result(name, method, result, Side::Client, see, turn),
            Outcome::Error {
                code,
                data: Some(data),
                ..
            } => self.hold_error(name, method, *code, data, Side::Client, see, turn),
            Outcome::Error { .. } => {}
        }
    }

    /// Holds what the server sends to the model, and to the gates that the client has opened.
    fn sent(&self, name: &str, method: &Method, call: &Call<'_, '_>, turn: &mut Turn<'_, 'a, '_>) {
        if let Some(gate) = &method.marks.gate
            && !self.is_open(&gate.name)
        {
            let text = format!(
                "{name} needs gate `{}`, which the client has not opened",
                gate.name
            );
            turn.report.violation(Rule::Gate, Side::Server, text, None);
        }
        let (fault, used) = self.hold_params(method, call.params, turn.spelling);
        if let Some(fault) = fault {
            let text = format!("{name} {fault}");
            turn.report.violation(Rule::Params, Side::Server, text, None);
        }
        if let Some(used) = used {
            let text = format!(
                "{name} {} needs gate `{}`, which the client has not opened",
                used.path, used.gate
            );
            turn.report.violation(Rule::Gate, Side::Server, text, None);
        }
    }

    /// What goes to a topic goes to those who follow it. Gives the topic.
    fn followed(
        &self,
        name: &str,
        method: &Method,
        call: &Call<'_, '_>,
        turn: &mut Turn<'_, 'a, '_>,
    ) -> Option<String> {
        let Some(Delivery::Topic { path }) = &method.delivery else {
            return None;
        };
        let topic = Self::at(Some(path), "params", call.params)?;
        if !self.gap && !self.topics.contains(&topic) {
            let text =
                format!("{name} goes to topic {topic}, and no answer has subscribed this client to it");
            turn.report
                .violation(Rule::NotSubscribed, Side::Server, text, None);
        }
        Some(topic)
    }

    /// The request of the server that a notification tells to be settled.
    fn resolved(method: &Method, call: &Call<'_, '_>) -> Option<Id> {
        let (first, rest) = method.resolves.as_ref()?.split_first()?;
        (first == "params").then_some(())?;
        id_of(call.params?.at(rest)?)
    }

    fn resolve(&mut self, id: &Id, turn: &mut Turn<'_, 'a, '_>) {
        let text = match self.settled(id) {
            // It was answered here while others answered it too, or withdrew it.
            Some(Settled::Answered | Settled::Left) => {
                self.settled.retain(|(other, _)| other != id);
                return self.settled.push_back((id.clone(), Settled::Told));
            }
            Some(Settled::Told) => format!("that request {id} is settled was told before"),
            None if self.settle(id, Settled::Told, turn.shared).is_some() => return,
            None => format!("request {id} was not asked of this client"),
        };
        if !self.gap {
            turn.report.violation(Rule::Resolved, Side::Server, text, None);
        }
    }
}
