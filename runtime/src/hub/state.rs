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
    ) -> Result<Vec<(Peer, u64)>, CallError> {
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

    fn subscriber(&mut self, peer: &Peer, topic: String, held: Option<Held>) -> &mut Subscriber {
        let own = self.topics.entry(topic).or_default().entry(peer.connection());
        own.or_insert_with(|| Subscriber {
            peer: peer.clone(),
            held,
        })
    }

    /// Subscribes a connection: the topic's events may come from now on, and what it asks.
    pub(super) fn follow(&mut self, peer: &Peer, topic: String) {
        // What is left of a topic of the same name comes first.
        let holds = self.holds.values_mut().filter(|hold| hold.is(peer, &topic));
        for left in holds.filter_map(|hold| hold.ended.as_mut()) {
            std::mem::take(left).send(peer);
        }
        let own = self.subscriber(peer, topic.clone(), None);
        own.held.take().unwrap_or_default().send(peer);
        self.ask_open(peer, &Audience::Topic(topic));
    }

    /// Subscribes a connection, and holds what comes until the answer is sent.
    pub(super) fn hold(&mut self, peer: &Peer, topic: String) -> u64 {
        self.subscriber(peer, topic.clone(), Some(Held::default()));
        let hold = Hold {
            peer: peer.connection(),
            topic,
            ended: None,
        };
        self.next_hold += 1;
        self.holds.insert(self.next_hold, hold);
        self.next_hold
    }

    /// The answer is sent. If it is an error, nothing has come of the subscription, unless another one waits for its answer.
    pub(super) fn let_go(&mut self, peer: &Peer, hold: u64, succeeded: bool) {
        let Some(Hold { topic, ended, .. }) = self.holds.remove(&hold) else {
            return;
        };
        match ended {
            Some(held) if succeeded => held.send(peer),
            Some(_) => {}
            None if succeeded => self.follow(peer, topic),
            None => {
                let mut others = self.holds.values().filter(|other| other.ended.is_none());
                if !others.any(|other| other.is(peer, &topic)) {
                    self.unfollow(peer, topic, |own| own.held.is_some());
                }
            }
        }
    }

    /// Nobody follows a topic any longer. Who is not answered yet gets behind the answer what came before.
    pub(super) fn end_topic(&mut self, topic: &str) {
        let mut subscribers = self.topics.remove(topic).unwrap_or_default();
        let holds = self.holds.values_mut();
        for hold in holds.filter(|hold| hold.topic == topic && hold.ended.is_none()) {
            let own = subscribers.get_mut(&hold.peer);
            hold.ended = Some(own.and_then(|own| own.held.take()).unwrap_or_default());
        }
    }

    /// A connection follows a topic no longer, and need not answer what that asks; `which` decides of the subscription.
    pub(super) fn unfollow(&mut self, peer: &Peer, topic: String, which: impl FnOnce(&Subscriber) -> bool) {
        let id = peer.connection();
        let Some(subscribers) = self.topics.get_mut(&topic) else {
            return;
        };
        if !subscribers.get(&id).is_some_and(which) {
            return;
        }
        subscribers.remove(&id);
        if subscribers.is_empty() {
            self.topics.remove(&topic);
        }
        let audience = Audience::Topic(topic);
        for open in self.open.values_mut().filter(|open| open.audience == audience) {
            open.asked.remove(&id);
        }
    }
}

impl Open {
    /// Asks a connection, unless it was asked before, or may not be.
    pub(super) fn ask(&mut self, peer: &Peer) -> Result<(), CallError> {
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

impl Hold {
    fn is(&self, peer: &Peer, topic: &str) -> bool {
        self.peer == peer.connection() && self.topic == topic
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
    info: &'static MethodInfo,
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
        self,
        peer: &Peer,
        out: &'o mut String,
    ) -> Result<Option<Content<'o>>, CallError> {
        self.form(peer, |open| Ok(self.write(peer, open, out)?.then_some(out)))
    }

    /// What a connection gets: the message as it is where it takes such, and may have all of it, and its `text` for who has
    /// opened these gates otherwise.
    fn form<'o>(
        &self,
        peer: &Peer,
        text: impl FnOnce(Option<&Gates>) -> Result<Option<&'o String>, CallError>,
    ) -> Result<Option<Content<'o>>, CallError> {
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
    fn write(&self, peer: &Peer, open: Option<&Gates>, out: &mut String) -> Result<bool, CallError> {
        let written = envelope::write(out, peer.hub().protocol().strict, open, |w| {
            if let Some(id) = &self.id {
                w.member(message::ID, id);
            }
            envelope::write_call(w, self.info, self.params.as_encode());
        });
        written.map_err(|error| CallError::Encode(self.info.name, error))
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
    pub(super) fn for_peer(&mut self, peer: &Peer) -> Result<Option<Content<'_>>, CallError> {
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
