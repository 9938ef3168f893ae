//! What a client asks and tells, and what the server answers.
//!
//! In: messages of one connection. Out: what they break, and the connection's new state.

use std::collections::hash_map::Entry;

use serde_json::Value;

use crate::conform::Json;
use crate::ir::{DefName, Method, MethodKind, Shape, Type};

use super::connection::{Access, Connection, Owed, Pending, Refusal, Session, Settled, Turn};
use super::envelope::{
    Call, INVALID_PARAMS, INVALID_REQUEST, Id, METHOD_NOT_FOUND, Malformed, OVERLOADED, Outcome,
};
use super::{Rule, Side};

/// How many requests with one id are kept beyond their answers.
const TWINS: usize = 64;

impl<'a> Connection<'a> {
    /// The client asks.
    pub(super) fn requested(&mut self, id: Id, call: &Call<'_, '_>, turn: &mut Turn<'_, 'a, '_>) {
        turn.report.summary.requests += 1;
        self.count += 1;
        if let Some(first) = self.requests.get(&id).and_then(|all| all.first()) {
            let text = format!("id {id} is in flight already");
            let see = Some(first.line);
            turn.report.violation(Rule::DuplicateId, Side::Client, text, see);
        }
        let refusal = self.early(call.method, turn);
        let found = self.method(call.method, MethodKind::ClientRequest, turn);
        let mut pending = Pending {
            method: found.filter(|(_, method)| method.kind == MethodKind::ClientRequest),
            ..Pending::new(turn.report.line, self.count)
        };
        let opens = self.opening(call);
        if let Some(session) = &opens
            && refusal.is_none()
            && matches!(self.access, Access::Fresh)
        {
            self.access = Access::Opening(session.clone());
        }
        pending.refusal = match pending.method {
            Some((name, method)) => {
                let key = Self::at(method.order.as_ref(), "params", call.params);
                pending.order = key.map(|key| (key, method.order_of_caller));
                pending.follows = Self::at(method.subscribes.as_ref(), "params", call.params);
                pending.leaves = Self::at(method.unsubscribes.as_ref(), "params", call.params);
                let wrong = self.judge(name, method, call.params, turn);
                refusal.or(wrong)
            }
            None => refusal.or_else(|| {
                let codes = match found {
                    Some(_) => vec![METHOD_NOT_FOUND, INVALID_REQUEST],
                    None => vec![METHOD_NOT_FOUND],
                };
                let why = format!("`{}` is no request that a client may send", call.method);
                Some(Refusal { why, codes })
            }),
        };
        pending.opens = opens;
        self.await_answer(id, pending);
    }

    /// The client tells.
    pub(super) fn notified(&mut self, call: &Call<'_, '_>, turn: &mut Turn<'_, 'a, '_>) {
        self.early(call.method, turn);
        let found = self.method(call.method, MethodKind::ClientNotification, turn);
        if let Some((name, method)) = found.filter(|(_, found)| found.kind == MethodKind::ClientNotification)
        {
            self.judge(name, method, call.params, turn);
        }
    }

    /// The client has sent what is no message.
    pub(super) fn malformed(&mut self, malformed: Malformed, turn: &mut Turn<'_, 'a, '_>) {
        let Malformed { rule, text, code, id } = malformed;
        turn.report.violation(rule, Side::Client, text.as_str(), None);
        let line = turn.report.line;
        let why = format!("a malformed message ({text})");
        let Some(id) = id else {
            return self.owed.push_back(Owed { line, why, code });
        };
        self.count += 1;
        let refused = Pending {
            refusal: Some(Refusal {
                why,
                codes: vec![code],
            }),
            ..Pending::new(line, self.count)
        };
        self.await_answer(id, refused);
    }

    fn await_answer(&mut self, id: Id, mut pending: Pending<'a>) {
        let all = self.requests.entry(id).or_default();
        pending.twin = !all.is_empty();
        if let Some(first) = all.first_mut() {
            first.twin = true;
        }
        all.push(pending);
    }

    /// Whether the handshake forbids a message of the client.
    fn early(&mut self, method: &str, turn: &mut Turn<'_, 'a, '_>) -> Option<Refusal> {
        let opens = self.opens(method);
        let why = match &self.access {
            Access::Fresh if !opens => format!("`{method}` came before the connection was opened"),
            Access::Open(_) if opens => format!("`{method}` came a second time"),
            Access::Opening(_) if opens => {
                let text = format!("`{method}` came a second time");
                turn.report.violation(Rule::Handshake, Side::Client, text, None);
                return None;
            }
            _ => return None,
        };
        turn.report
            .violation(Rule::Handshake, Side::Client, why.as_str(), None);
        Some(Refusal {
            why,
            codes: vec![INVALID_REQUEST],
        })
    }

    /// Holds what the client calls to the model and to the gates it has opened. Says why it must be refused.
    fn judge(
        &self,
        name: &str,
        method: &Method,
        params: Option<&Json<'_>>,
        turn: &mut Turn<'_, 'a, '_>,
    ) -> Option<Refusal> {
        if let Some(gate) = &method.marks.gate
            && !self.is_open(&gate.name)
            && !matches!(self.access, Access::Fresh)
        {
            let why = format!(
                "`{name}` needs gate `{}`, which the client has not opened",
                gate.name
            );
            turn.report
                .violation(Rule::Gate, Side::Client, why.as_str(), None);
            return Some(Refusal {
                why,
                codes: vec![INVALID_REQUEST, METHOD_NOT_FOUND],
            });
        }
        let (fault, used) = self.hold_params(method, params, turn.spelling);
        let used = used.filter(|_| !matches!(self.access, Access::Fresh));
        let mut codes = Vec::new();
        let mut why = String::new();
        if let Some(fault) = fault {
            why = format!("{name} {fault}");
            turn.report
                .violation(Rule::Params, Side::Client, why.as_str(), None);
            codes.push(INVALID_PARAMS);
        }
        if let Some(used) = used {
            why = format!(
                "{name} {} needs gate `{}`, which the client has not opened",
                used.path, used.gate
            );
            turn.report
                .violation(Rule::Gate, Side::Client, why.as_str(), None);
            codes.push(INVALID_REQUEST);
        }
        if codes.is_empty() {
            return None;
        }
        codes.push(METHOD_NOT_FOUND);
        Some(Refusal { why, codes })
    }

    fn opens(&self, method: &str) -> bool {
        let handshake = self.protocol.handshake.as_ref();
        handshake.is_some_and(|handshake| handshake.opens == method)
    }

    /// What the opening request says of the client.
    fn opening(&self, call: &Call<'_, '_>) -> Option<Session> {
        let handshake = self.protocol.handshake.as_ref()?;
        if handshake.opens != call.method {
            return None;
        }
        let at = |path: &Vec<String>| call.params.and_then(|params| params.at(path));
        let words = |list: Option<&Json<'_>>| -> Vec<String> {
            match list {
                Some(Json::List(items)) => items
                    .iter()
                    .filter_map(|item| item.as_str().map(str::to_owned))
                    .collect(),
                _ => Vec::new(),
            }
        };
        let gates = self.protocol.gates.iter();
        let gates = gates.filter(
            |(_, gate)| match (at(&gate.capability.path), &gate.capability.member) {
                (place, Some(member)) => words(place).contains(member),
                (place, None) => place == Some(&Json::Bool(true)),
            },
        );
        Some(Session {
            gates: gates.map(|(name, _)| name.clone()).collect(),
            opt_out: words(handshake.opt_out.as_ref().and_then(at))
                .into_iter()
                .collect(),
        })
    }

    /// The server answers.
    pub(super) fn answered(&mut self, id: &Id, outcome: &Outcome<'_, '_>, turn: &mut Turn<'_, 'a, '_>) {
        let Entry::Occupied(mut entry) = self.requests.entry(id.clone()) else {
            if !self.gap {
                let text = format!("no request with id {id} waits for an answer");
                turn.report.violation(Rule::StrayAnswer, Side::Server, text, None);
            }
            return;
        };
        if entry.get()[0].twin {
            return self.answered_twin(id, outcome);
        }
        let pending = entry.get_mut().remove(0);
        entry.remove();
        match outcome {
            Outcome::Result(result) => self.succeeded(pending, result, turn),
            Outcome::Error { code, message, data } => self.failed(&pending, *code, message, *data, turn),
        }
    }

    /// One of several requests with one id is answered: it may have done what any of them does.
    fn answered_twin(&mut self, id: &Id, outcome: &Outcome<'_, '_>) {
        let Some(all) = self.requests.get_mut(id) else {
            return;
        };
        if let Outcome::Result(result) = outcome {
            for each in &*all {
                let subscribes = each.method.and_then(|(_, method)| method.subscribes.as_ref());
                self.topics.extend(each.follows.clone());
                self.topics.extend(Self::at(subscribes, "result", Some(result)));
                if let (Some(session), Access::Fresh | Access::Opening(_)) = (&each.opens, &self.access) {
                    self.access = Access::Open(session.clone());
                }
            }
        }
        if let Some(waits) = all.iter_mut().find(|each| !each.done) {
            waits.done = true;
        }
        if all.iter().all(|each| each.done) {
            self.requests.remove(id);
        } else if all.len() > TWINS {
            all.retain(|each| !each.done);
        }
    }

    fn succeeded(&mut self, pending: Pending<'a>, result: &Json<'_>, turn: &mut Turn<'_, 'a, '_>) {
        let see = Some(pending.line);
        if let Some(refusal) = &pending.refusal {
            let text = format!("{}, and was answered with a result", refusal.why);
            turn.report.violation(Rule::NotRefused, Side::Server, text, see);
        }
        if let Some(later) = pending.overtaken {
            let name = pending.method.map_or("a request", |(name, _)| name);
            let key = pending.order.as_ref().map_or("", |(key, _)| key);
            let text = format!(
                "{name} (line {}) under {key} was answered after a later one",
                pending.line
            );
            turn.report
                .violation(Rule::Order, Side::Server, text, Some(later));
        }
        if let Some(key) = &pending.order {
            for earlier in self.requests.values_mut().flatten() {
                if earlier.place < pending.place && !earlier.twin && earlier.order.as_ref() == Some(key) {
                    earlier.overtaken.get_or_insert(turn.report.line);
                }
            }
        }
        let Some((name, method)) = pending.method else {
            return;
        };
        self.hold_result(name, method, result, Side::Server, see, turn);
        for topic in [
            pending.follows,
            Self::at(method.subscribes.as_ref(), "result", Some(result)),
        ] {
            self.topics.extend(topic);
        }
        let leaves = [
            pending.leaves,
            Self::at(method.unsubscribes.as_ref(), "result", Some(result)),
        ];
        for topic in leaves.into_iter().flatten() {
            self.leave(&topic, turn);
        }
        if let Some(session) = pending.opens {
            if let (Access::Open(_), None) = (&self.access, &pending.refusal) {
                let text = format!("{name} was answered with a result a second time");
                turn.report.violation(Rule::Handshake, Side::Server, text, see);
            } else if matches!(self.access, Access::Fresh | Access::Opening(_)) {
                self.access = Access::Open(session);
            }
        }
    }

    fn failed(
        &mut self,
        pending: &Pending<'a>,
        code: i64,
        message: &str,
        data: Option<&Json<'_>>,
        turn: &mut Turn<'_, 'a, '_>,
    ) {
        let see = Some(pending.line);
        if let Some(refusal) = &pending.refusal
            && code != OVERLOADED
            && !refusal.codes.contains(&code)
        {
            let codes: Vec<String> = refusal.codes.iter().map(i64::to_string).collect();
            let text = format!(
                "{}, and was refused with {code} ({message:?}) instead of {}",
                refusal.why,
                codes.join(" or ")
            );
            turn.report.violation(Rule::RefusalCode, Side::Server, text, see);
        }
        if pending.opens.is_some() && matches!(self.access, Access::Opening(_)) {
            self.access = Access::Fresh;
        }
        if let (Some((name, method)), Some(data), None) = (pending.method, data, &pending.refusal) {
            self.hold_error(name, method, code, data, Side::Server, see, turn);
        }
    }

    /// The server refuses a message whose id it could not tell.
    pub(super) fn refused(&mut self, outcome: &Outcome<'_, '_>, turn: &mut Turn<'_, 'a, '_>) {
        let Outcome::Error { code, message, .. } = outcome else {
            return;
        };
        // One that was too long is not recorded; and a connection may end with an error of this kind.
        if let Some(at) = self.owed.iter().position(|owed| owed.code == *code) {
            self.owed.remove(at);
        } else if let Some(owed) = self.owed.front()
            && *code != OVERLOADED
            && !self.gap
        {
            let text = format!(
                "{} was refused with {code} ({message:?}) instead of {}",
                owed.why, owed.code
            );
            turn.report
                .violation(Rule::RefusalCode, Side::Server, text, Some(owed.line));
            self.owed.pop_front();
        }
    }

    /// Holds a result to the model.
    pub(super) fn hold_result(
        &self,
        name: &str,
        method: &Method,
        result: &Json<'_>,
        by: Side,
        see: Option<usize>,
        turn: &mut Turn<'_, 'a, '_>,
    ) {
        let (fault, used) = match &method.result {
            Some(definition) => self.hold(definition, result, turn.spelling, "result"),
            None if *result == Json::Null => (None, None),
            None => {
                let text = format!("{name} result: expected null, found {}", result.shown());
                return turn.report.violation(Rule::Result, by, text, see);
            }
        };
        if let Some(fault) = fault {
            turn.report
                .violation(Rule::Result, by, format!("{name} {fault}"), see);
        }
        if let Some(used) = used {
            let text = format!(
                "{name} {} needs gate `{}`, which the client has not opened",
                used.path, used.gate
            );
            turn.report.violation(Rule::Gate, by, text, see);
        }
    }

    /// Holds the data of an error to the declared error that it is.
    #[expect(clippy::too_many_arguments, reason = "what an error is, and where it is told")]
    pub(super) fn hold_error(
        &self,
        name: &str,
        method: &Method,
        code: i64,
        data: &Json<'_>,
        by: Side,
        see: Option<usize>,
        turn: &mut Turn<'_, 'a, '_>,
    ) {
        let Some(declared) = method
            .errors
            .iter()
            .find(|error| self.is_declared(error, code, data))
        else {
            return;
        };
        let (fault, used) = self.hold(declared, data, turn.spelling, "error.data");
        if let Some(fault) = fault {
            let text = format!("{name} {fault}, by {}", declared.name());
            turn.report.violation(Rule::ErrorData, by, text, see);
        }
        if let Some(used) = used {
            let text = format!(
                "{name} {} needs gate `{}`, which the client has not opened",
                used.path, used.gate
            );
            turn.report.violation(Rule::Gate, by, text, see);
        }
    }

    /// Whether an error is meant as this declared one: by its number, and the constants in its data.
    fn is_declared(&self, name: &DefName, number: i64, data: &Json<'_>) -> bool {
        let Some(Shape::Error { code, data: body }) =
            self.protocol.definitions.get(name).map(|found| &found.shape)
        else {
            return false;
        };
        let mut constants = body.fields.iter().filter_map(|field| match &field.ty {
            Type::Constant(Value::String(word)) => Some((&field.name, word)),
            _ => None,
        });
        number == *code && constants.all(|(name, word)| data.get(name).and_then(Json::as_str) == Some(word))
    }

    /// The client follows a topic no longer, and is not asked what was asked for it.
    fn leave(&mut self, topic: &str, turn: &mut Turn<'_, 'a, '_>) {
        self.topics.remove(topic);
        let asked = self.asked.iter();
        let over: Vec<Id> = asked
            .filter(|(_, asked)| asked.topic.as_deref() == Some(topic))
            .map(|(id, _)| id.clone())
            .collect();
        for id in over {
            self.settle(&id, Settled::Left, turn.shared);
        }
    }
}
