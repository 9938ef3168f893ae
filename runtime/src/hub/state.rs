//! Who is told what, under the lock of the hub: so that all see one order.
//!
//! In: a message that is typed yet, and its audience. Out: one of its forms in the queue of each connection that may have it.

use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::Arc;

use super::{Audience, Held, Hold, Open, State, Subscriber};
use crate::envelope;
use crate::gates::Gates;
use crate::message::{self, RequestId};
use crate::outbox::Weight;
use crate::peer::{CallError, Peer};
use crate::protocol::MethodInfo;
use crate::typed::{Content, Params, Typed};

impl State {
    pub(super) fn next_id(&mut self) -> i64 {
        self.next += 1;
        self.next - 1
    }

    /// The connections that a message is for, and what holds it back where something does.
    pub(super) fn reached(
        &mut self,
        audience: &Audience,
    ) -> impl Iterator<Item = (&Peer, Option<&mut Held>)> {
        let (all, subscribers) = match audience {
            Audience::One => (None, None),
            Audience::All => (Some(&self.connections), None),
            Audience::Topic(topic) => (None, self.topics.get_mut(topic)),
        };
        let all = all.into_iter().flat_map(BTreeMap::values);
        let all = all
            .filter(|peer| peer.is_open() && !peer.is_closed())
            .map(|peer| (peer, None));
        let subscribers = subscribers.into_iter().flat_map(BTreeMap::values_mut);
        all.chain(subscribers.map(|each| (&each.peer, each.held.as_mut())))
    }

    /// Queues a notification, and says up to where each queue must be written.
    pub(super) fn tell(
        &mut self,
        audience: &Audience,
        mut forms: Forms<'_>,
    ) -> Result<Vec<(Peer, u64)>, Box<CallError>> {
        let weight = Weight::of(forms.draft.info);
        let mut queued = Vec::new();
        for (peer, held) in self.reached(audience) {
            let Some(message) = forms.for_peer(peer)? else {
                continue;
            };
            if let Some(held) = held {
                held.push(peer, message, weight);
            } else if let Some(place) = peer.outbox().push(message, weight) {
                queued.push((peer.clone(), place.count));
            }
        }
        Ok(queued)
    }

    /// Asks a connection what has been asked of others already, under the same ids.
    pub(super) fn ask_open(&mut self, peer: &Peer, audience: &Audience) {
        for open in self.open.values_mut().filter(|open| open.audience == *audience) {
            if let Err(error) = open.ask(peer) {
                tracing::error!(%error, "an open request cannot be written");
            }
        }
    }

    /// Subscribes a connection: the topic's events may come from now on, and what it asks.
    pub(super) fn follow(&mut self, peer: &Peer, topic: String) {
        // What is left of a topic of the same name comes first.
        self.send_left(peer, &topic);
        let subscribers = self.topics.entry(topic.clone()).or_default();
        match subscribers.entry(peer.connection()) {
            Entry::Vacant(place) => {
                place.insert(Subscriber::new(peer, None));
            }
            Entry::Occupied(own) => match own.into_mut().held.take() {
                Some(held) => held.send(peer),
                None => return,
            },
        }
        self.ask_open(peer, &Audience::Topic(topic));
    }

    /// Subscribes a connection, and holds what comes until the answer is sent.
    pub(super) fn hold(&mut self, peer: &Peer, topic: String) -> u64 {
        let id = peer.connection();
        let subscribers = self.topics.entry(topic.clone()).or_default();
        let own = subscribers.entry(id);
        own.or_insert_with(|| Subscriber::new(peer, Some(Held::default())));
        self.next_hold += 1;
        let ended = false;
        self.holds.insert((id, self.next_hold), Hold { topic, ended });
        self.next_hold
    }

    /// The answer is sent. If it is an error, nothing has come of the subscription, unless another one waits for its answer.
    pub(super) fn let_go(&mut self, peer: &Peer, hold: u64, succeeded: bool) {
        let id = peer.connection();
        let Some(Hold { topic, ended }) = self.holds.remove(&(id, hold)) else {
            return;
        };
        match (succeeded, ended) {
            (true, false) => self.follow(peer, topic),
            (true, true) => self.send_left(peer, &topic),
            (false, _) if self.awaits(peer, &topic, ended) => {}
            (false, false) => {
                let own = self.topics.get(&topic).and_then(|all| all.get(&id));
                if own.is_some_and(|own| own.held.is_some()) {
                    self.unfollow(peer, topic);
                }
            }
            (false, true) => drop(self.left.remove(&(id, topic))),
        }
    }

    /// Whether a request of a connection that subscribes to a topic waits for its answer.
    fn awaits(&self, peer: &Peer, topic: &str, ended: bool) -> bool {
        let id = peer.connection();
        let mut holds = self.holds.range((id, 0)..=(id, u64::MAX));
        holds.any(|(_, hold)| hold.topic == topic && hold.ended == ended)
    }

    fn send_left(&mut self, peer: &Peer, topic: &str) {
        // Made for looking only where there is something.
        if !self.left.is_empty()
            && let Some(held) = self.left.remove(&(peer.connection(), topic.to_owned()))
        {
            held.send(peer);
        }
    }

    /// Nobody follows a topic any longer. Who is not answered yet gets behind the answer what came before.
    pub(super) fn end_topic(&mut self, topic: &str) {
        for (id, own) in self.topics.remove(topic).unwrap_or_default() {
            for (message, weight) in own.held.unwrap_or_default().messages {
                let left = self.left.entry((id, topic.to_owned())).or_default();
                left.push(&own.peer, message, weight);
            }
        }
        for hold in self.holds.values_mut().filter(|hold| hold.topic == topic) {
            hold.ended = true;
        }
    }

    /// A connection follows a topic no longer, unless it waits for an answer that subscribes it again, and need not answer
    /// what that asks.
    pub(super) fn unfollow(&mut self, peer: &Peer, topic: String) {
        let id = peer.connection();
        let awaits = self.awaits(peer, &topic, false);
        let Some(subscribers) = self.topics.get_mut(&topic) else {
            return;
        };
        match subscribers.entry(id) {
            Entry::Vacant(_) => return,
            Entry::Occupied(own) if awaits => {
                own.into_mut().held.get_or_insert_default();
            }
            Entry::Occupied(own) => drop(own.remove()),
        }
        if subscribers.is_empty() {
            self.topics.remove(&topic);
        }
        let audience = Audience::Topic(topic);
        for open in self.open.values_mut().filter(|open| open.audience == audience) {
            open.asked.remove(&id);
        }
    }
}

impl Subscriber {
    fn new(peer: &Peer, held: Option<Held>) -> Self {
        let peer = peer.clone();
        Self { peer, held }
    }
}

impl Open {
    /// Asks a connection, unless it was asked before, or may not be.
    pub(super) fn ask(&mut self, peer: &Peer) -> Result<(), Box<CallError>> {
        if let Some(forms) = &mut self.forms
            && !self.asked.contains_key(&peer.connection())
            && let Some(message) = forms.for_peer(peer)?
            && peer.outbox().push(message, Weight::Must).is_some()
        {
            self.asked.insert(peer.connection(), peer.clone());
        }
        Ok(())
    }
}

impl Held {
    /// As much is held as may wait for the writer.
    pub(super) fn push(&mut self, peer: &Peer, message: Content<'_>, weight: Weight) {
        let bytes = self.bytes + message.len();
        if peer.outbox().may_wait(self.messages.len(), bytes, weight) {
            self.bytes = bytes;
            self.messages.push((message.kept(), weight));
        }
    }

    fn send(self, peer: &Peer) {
        for (message, weight) in self.messages {
            peer.outbox().push(message, weight);
        }
    }
}

/// A request or notification that is not written yet.
pub(crate) struct Draft<'a> {
    pub(crate) info: &'static MethodInfo,
    /// The id of a request.
    id: Option<i64>,
    params: Params<'a>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(info: &'static MethodInfo, id: Option<i64>, params: Params<'a>) -> Self {
        Self { info, id, params }
    }

    /// The message for one connection, if need be written to the end of `out`; none where it is withheld.
    pub(crate) fn for_peer<'o>(
        &self,
        peer: &Peer,
        out: &'o mut String,
    ) -> Result<Option<Content<'o>>, Box<CallError>> {
        self.form(peer, |open| Ok(self.write(peer, open, out)?.then_some(out)))
    }

    /// What a connection gets: the message as it is where it takes such, and may have all of it, and its `text` for who has
    /// opened these gates otherwise.
    fn form<'o>(
        &self,
        peer: &Peer,
        text: impl FnOnce(Option<&Gates>) -> Result<Option<&'o String>, Box<CallError>>,
    ) -> Result<Option<Content<'o>>, Box<CallError>> {
        if !peer.may_send(self.info) {
            return Ok(None);
        }
        let open = peer.open_of(self.info.params_gates);
        if let Params::Shared(params) = &self.params
            && open.is_none()
            && peer.outbox().typed
        {
            let id = self.id.map(RequestId::Number);
            return Ok(Some(Typed::call(id, self.info, Arc::clone(params)).into()));
        }
        Ok(text(open.as_ref())?.map(|text| text.as_str().into()))
    }

    /// Writes it to the end of `out`, for who has `open` these gates. Says whether it may be sent.
    fn write(&self, peer: &Peer, open: Option<&Gates>, out: &mut String) -> Result<bool, Box<CallError>> {
        let written = envelope::write(out, peer.hub().protocol().strict, open, |w| {
            if let Some(id) = &self.id {
                w.member(message::ID, id);
            }
            envelope::write_call(w, self.info, self.params.as_encode());
        });
        written.map_err(|error| CallError::Encode(self.info.name, error).into())
    }
}

/// A message to many, written once for each set of those gates that matter in it.
pub(super) struct Forms<'a> {
    draft: Draft<'a>,
    /// By which of these gates are open: the text, and none where the message is withheld.
    made: BTreeMap<Vec<bool>, Option<String>>,
}

impl<'a> Forms<'a> {
    pub(super) fn new(draft: Draft<'a>) -> Self {
        let made = BTreeMap::new();
        Self { draft, made }
    }

    /// What a connection gets; none where it is withheld.
    pub(super) fn for_peer(&mut self, peer: &Peer) -> Result<Option<Content<'_>>, Box<CallError>> {
        let Self { draft, made } = self;
        draft.form(peer, |open| {
            let gates = draft.info.params_gates.iter();
            let shown = gates.map(|gate| open.is_none_or(|open| open.is_open(gate)));
            let form = match made.entry(shown.collect()) {
                Entry::Occupied(form) => form.into_mut(),
                Entry::Vacant(place) => {
                    let mut text = String::new();
                    let whole = draft.write(peer, open, &mut text)?;
                    place.insert(whole.then_some(text))
                }
            };
            Ok(form.as_ref())
        })
    }
}
