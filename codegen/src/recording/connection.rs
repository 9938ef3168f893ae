//! One connection: how far its handshake has come, what is in flight on it, and what it follows.
//!
//! In: its messages, in order. Out: what they break. `serving.rs` has the requests of the client and their answers,
//! `telling.rs` what the server tells and asks.

use std::collections::{HashMap, VecDeque};

use crate::conform::{Conform, Fault, Json, Spelling, Use};
use crate::ir::{DefName, Method, MethodKind, Protocol};

use super::envelope::{self, Id, Malformed, Message, PARSE_ERROR};
use super::line::{End, Side, Text};
use super::{Names, Report, Rule, Shared};

/// How many settled requests of the server are remembered, to tell answers that crossed the news.
const SETTLED: usize = 256;

/// The state of a connection.
pub(super) struct Connection<'a> {
    pub(super) protocol: &'a Protocol,
    pub(super) access: Access,
    /// Requests of the client that are not answered, by id: more than one where an id was used twice.
    pub(super) requests: HashMap<Id, Vec<Pending<'a>>>,
    /// How many requests there were: the order in which they came.
    pub(super) count: u64,
    /// Messages whose refusal carries no id, and that are not refused yet.
    pub(super) owed: VecDeque<Owed>,
    /// What the server has asked here, and is open.
    pub(super) asked: HashMap<Id, Asked<'a>>,
    /// What was settled here last, and how.
    pub(super) settled: VecDeque<(Id, Settled)>,
    /// The topics that it follows.
    pub(super) topics: Names,
    /// Whether something of it was not seen: what it did before cannot be told any more.
    pub(super) gap: bool,
}

/// How far the handshake has come.
#[derive(Debug)]
pub(super) enum Access {
    /// There is none, or its beginning was not seen.
    Free,
    /// Nothing was said.
    Fresh,
    /// The opening request is not answered.
    Opening(Session),
    /// It was answered with a result.
    Open(Session),
}

/// What the client said of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    pub(super) gates: Names,
    pub(super) opt_out: Names,
}

/// A request of the client.
pub(super) struct Pending<'a> {
    pub(super) line: usize,
    /// None where the protocol has no such method.
    pub(super) method: Option<(&'a str, &'a Method)>,
    /// Why it must be refused, and the codes that do.
    pub(super) refusal: Option<Refusal>,
    /// Its place among the requests, and the key under which it runs alone, among those of its client or of all.
    pub(super) place: u64,
    pub(super) order: Option<(String, bool)>,
    /// The later request under that key that was answered before it.
    pub(super) overtaken: Option<usize>,
    /// The topic that its params name, where the method subscribes or unsubscribes by them.
    pub(super) follows: Option<String>,
    pub(super) leaves: Option<String>,
    /// What it says of the client, where it opens the connection.
    pub(super) opens: Option<Session>,
    /// Whether another one with its id was in flight: then nobody can tell whose answer is whose, and all of them are kept
    /// until as many answers have come.
    pub(super) twin: bool,
    pub(super) done: bool,
}

impl Pending<'_> {
    /// A request of which nothing is known yet but its line and its place.
    pub(super) fn new(line: usize, place: u64) -> Self {
        Self {
            line,
            method: None,
            refusal: None,
            place,
            order: None,
            overtaken: None,
            follows: None,
            leaves: None,
            opens: None,
            twin: false,
            done: false,
        }
    }
}

/// Why something must be refused.
pub(super) struct Refusal {
    pub(super) why: String,
    pub(super) codes: Vec<i64>,
}

/// A message that is refused without an id.
pub(super) struct Owed {
    pub(super) line: usize,
    pub(super) why: String,
    pub(super) code: i64,
}

/// A request of the server.
pub(super) struct Asked<'a> {
    pub(super) line: usize,
    pub(super) method: Option<(&'a str, &'a Method)>,
    pub(super) topic: Option<String>,
}

/// Why a request of the server is open no longer on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// The client has answered.
    Answered,
    /// The client was told.
    Told,
    /// The client follows its topic no longer.
    Left,
}

impl<'a> Connection<'a> {
    pub(super) fn new(protocol: &'a Protocol) -> Self {
        Self {
            protocol,
            access: match protocol.handshake {
                Some(_) => Access::Fresh,
                None => Access::Free,
            },
            requests: HashMap::new(),
            count: 0,
            owed: VecDeque::new(),
            asked: HashMap::new(),
            settled: VecDeque::new(),
            topics: Names::new(),
            gap: false,
        }
    }

    /// Something of the connection may be missing.
    pub(super) fn lose_sight(&mut self) {
        self.gap = true;
        if !matches!(self.access, Access::Open(_)) {
            self.access = Access::Free;
        }
    }

    /// Takes a message. `ours` says that the side that recorded has sent it.
    pub(super) fn message(
        &mut self,
        sender: Side,
        ours: bool,
        text: &Text<'_>,
        shared: &mut Shared<'a>,
        report: &mut Report<'_>,
    ) {
        let strict = self.protocol.envelope.strict;
        let not_json = |text: String| Malformed {
            rule: Rule::Message,
            text,
            code: PARSE_ERROR,
            id: None,
        };
        let value = match text {
            Text::Bytes => Err(not_json("the message is no UTF-8".to_owned())),
            Text::Text(text) => {
                Json::read(text).map_err(|error| not_json(format!("the message is not JSON: {error}")))
            }
        };
        let message = match &value {
            Ok(value) => envelope::read(value, strict, ours),
            Err(malformed) => Err(Malformed {
                rule: malformed.rule,
                text: malformed.text.clone(),
                code: malformed.code,
                id: None,
            }),
        };
        let spelling = if ours { Spelling::Written } else { Spelling::Read };
        let mut turn = Turn {
            spelling,
            shared,
            report,
        };
        match (message, sender) {
            (Ok(Message::Request(id, call)), Side::Client) => self.requested(id, &call, &mut turn),
            (Ok(Message::Notification(call)), Side::Client) => self.notified(&call, &mut turn),
            (Ok(Message::Answer(Some(id), outcome)), Side::Client) => {
                self.answered_by_client(&id, &outcome, &mut turn);
            }
            // The client could not read one of the server's messages.
            (Ok(Message::Answer(None, _)), Side::Client) => {}
            (Ok(Message::Request(id, call)), Side::Server) => self.asked(id, &call, &mut turn),
            (Ok(Message::Notification(call)), Side::Server) => self.told(&call, &mut turn),
            (Ok(Message::Answer(Some(id), outcome)), Side::Server) => {
                self.answered(&id, &outcome, &mut turn);
            }
            (Ok(Message::Answer(None, outcome)), Side::Server) => self.refused(&outcome, &mut turn),
            (Err(malformed), Side::Client) => self.malformed(malformed, &mut turn),
            (Err(malformed), Side::Server) => {
                turn.report
                    .violation(malformed.rule, Side::Server, malformed.text, None);
            }
        }
    }

    /// The connection has ended, or the recording with it.
    pub(super) fn end(
        &mut self,
        end: Option<End>,
        reason: Option<&str>,
        shared: &mut Shared<'a>,
        report: &mut Report<'_>,
    ) {
        for (id, _) in std::mem::take(&mut self.asked) {
            forget(&id, shared);
        }
        let at_end = match (end, reason) {
            (Some(End::Answered), _) => {
                "when the connection ended, which says that all was answered".to_owned()
            }
            (Some(End::Left), _) => "when the client had left".to_owned(),
            (Some(End::Failed), Some(reason)) => format!("when the connection failed: {reason}"),
            (Some(End::Failed), None) => "when the connection failed".to_owned(),
            (None, _) => "at the end of the recording".to_owned(),
        };
        let wrong = end == Some(End::Answered) && !self.gap;
        let mut unanswered: Vec<(usize, String)> = Vec::new();
        for (id, all) in std::mem::take(&mut self.requests) {
            for pending in all.into_iter().filter(|pending| !pending.done) {
                let what = pending.method.map_or("the request", |(name, _)| name);
                unanswered.push((
                    pending.line,
                    format!("{what} (id {id}) was not answered {at_end}"),
                ));
            }
        }
        for owed in std::mem::take(&mut self.owed) {
            unanswered.push((owed.line, format!("{} was not refused {at_end}", owed.why)));
        }
        unanswered.sort();
        for (line, text) in unanswered {
            if wrong {
                report.violation_at(line, Rule::Unanswered, Side::Server, text, None);
            } else {
                report.note_at(line, Rule::Unanswered, Side::Server, text);
            }
        }
    }

    /// The method that `sender` calls in this way; says so where there is none.
    pub(super) fn method(
        &self,
        name: &str,
        kind: MethodKind,
        turn: &mut Turn<'_, 'a, '_>,
    ) -> Option<(&'a str, &'a Method)> {
        let protocol = self.protocol;
        let by = sender_of(kind);
        let Some((name, method)) = protocol.methods.get_key_value(name) else {
            let known = protocol.methods.keys().map(String::as_str);
            let near = crate::suggest::nearest(name, known);
            let hint = near.map_or_else(String::new, |near| format!("; did it mean `{near}`?"));
            let text = format!("the protocol has no method `{name}`{hint}");
            turn.report.violation(Rule::UnknownMethod, by, text, None);
            return None;
        };
        if method.kind != kind {
            let (is, says) = (described(method.kind), described(kind));
            let text = format!("{name} is {is}, and this is {says}");
            turn.report.violation(Rule::UnknownMethod, by, text, None);
        }
        Some((name, method))
    }

    /// Whether a gate is open.
    pub(super) fn is_open(&self, gate: &str) -> bool {
        match &self.access {
            Access::Free => true,
            Access::Fresh => false,
            Access::Opening(session) | Access::Open(session) => session.gates.contains(gate),
        }
    }

    /// Holds a value to a definition; the fault and the uses have their paths below `root`.
    pub(super) fn hold(
        &self,
        definition: &DefName,
        value: &Json<'_>,
        spelling: Spelling,
        root: &str,
    ) -> (Option<Fault>, Option<Use>) {
        let open = |gate: &str| self.is_open(gate);
        let (outcome, uses) = Conform::new(self.protocol, spelling, &open).definition(definition, value);
        let used = uses.into_iter().next().map(|used| Use {
            path: match used.path.as_str() {
                "" => root.to_owned(),
                path => format!("{root}.{path}"),
            },
            ..used
        });
        (outcome.err().map(|fault| fault.in_member(root)), used)
    }

    /// Holds params to what the method takes.
    pub(super) fn hold_params(
        &self,
        method: &Method,
        params: Option<&Json<'_>>,
        spelling: Spelling,
    ) -> (Option<Fault>, Option<Use>) {
        let nothing = Json::Object(Vec::new());
        let params = match (&method.params, params) {
            (_, Some(params @ Json::List(_))) => {
                let fault = Fault::new("an object", params.shown());
                return (Some(fault.in_member("params")), None);
            }
            (Some(definition), Some(params)) => return self.hold(definition, params, spelling, "params"),
            (Some(definition), None) if method.params_optional => {
                return self.hold(definition, &nothing, spelling, "params");
            }
            (Some(_), None) => Some(Fault::new("an object", "nothing").in_member("params")),
            (None, Some(Json::Object(members))) if spelling == Spelling::Written && !members.is_empty() => {
                Some(Fault::new("no params", "an object").in_member("params"))
            }
            (None, _) => None,
        };
        (params, None)
    }

    /// What is at a place of the params, or of the result, that the protocol names.
    pub(super) fn at(path: Option<&Vec<String>>, root: &str, value: Option<&Json<'_>>) -> Option<String> {
        let (first, rest) = path?.split_first()?;
        if first != root {
            return None;
        }
        value?.at(rest)?.key()
    }

    /// Notes that a request of the server is settled here; none where it was not open.
    pub(super) fn settle(&mut self, id: &Id, how: Settled, shared: &mut Shared<'a>) -> Option<Asked<'a>> {
        let asked = self.asked.remove(id)?;
        forget(id, shared);
        self.settled.push_back((id.clone(), how));
        if self.settled.len() > SETTLED {
            self.settled.pop_front();
        }
        Some(asked)
    }

    /// How a request was settled here, if that is remembered.
    pub(super) fn settled(&self, id: &Id) -> Option<Settled> {
        let found = self.settled.iter().rev().find(|(other, _)| other == id);
        found.map(|(_, how)| *how)
    }
}

/// What a rule needs beside the connection.
pub(super) struct Turn<'s, 'a, 'r> {
    pub(super) spelling: Spelling,
    pub(super) shared: &'s mut Shared<'a>,
    pub(super) report: &'s mut Report<'r>,
}

/// A question is open on one connection less.
fn forget(id: &Id, shared: &mut Shared<'_>) {
    if let Some(question) = shared.asked.get_mut(id) {
        question.open -= 1;
        if question.open == 0 {
            shared.asked.remove(id);
        }
    }
}

fn sender_of(kind: MethodKind) -> Side {
    match kind {
        MethodKind::ClientRequest | MethodKind::ClientNotification => Side::Client,
        MethodKind::ServerRequest | MethodKind::ServerNotification => Side::Server,
    }
}

fn described(kind: MethodKind) -> &'static str {
    match kind {
        MethodKind::ClientRequest => "a request of the client",
        MethodKind::ClientNotification => "a notification of the client",
        MethodKind::ServerRequest => "a request of the server",
        MethodKind::ServerNotification => "a notification of the server",
    }
}
