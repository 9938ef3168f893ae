//! Who is told what, under the lock of the hub: so that all see one order.
//!
//! In: a message that is typed yet, and its audience. Out: its text in the queue of each connection that may have it.

use super::{Audience, Held, State, Subscriber};
use crate::envelope;
use crate::gates::Gates;
use crate::json::{Encode, EncodeError, Writer};
use crate::message;
use crate::outbox::Weight;
use crate::peer::Peer;
use crate::protocol::{Delivery, MethodInfo, ProtocolInfo};

impl State {
    /// Whom a message is for: the topic stands in its text.
    pub(super) fn audience(&self, info: &MethodInfo, forms: &mut Forms<'_>) -> Result<Audience, EncodeError> {
        match info.delivery {
            Delivery::All => Ok(Audience::All),
            Delivery::Caller => panic!("{} is sent to the caller alone", info.name),
            Delivery::Topic(path) => {
                let find = |text: Option<&str>| envelope::find(text?, ["params"].iter().chain(path));
                // Any form will do; one that somebody needs costs nothing.
                let mut topic = None;
                if let Some(peer) = self.connections.values().next() {
                    topic = find(forms.for_peer(peer)?);
                }
                if topic.is_none() {
                    topic = find(forms.for_gates(None)?);
                }
                Ok(Audience::Topic(topic.unwrap_or_default()))
            }
        }
    }

    pub(super) fn peers(&self, audience: &Audience) -> Vec<Peer> {
        match audience {
            Audience::One => Vec::new(),
            Audience::All => {
                let open = self.connections.values().filter(|peer| peer.is_open());
                open.cloned().collect()
            }
            Audience::Topic(topic) => {
                let subscribers = self.topics.get(topic).into_iter().flatten();
                let live = subscribers.filter(|each| each.held.is_none());
                live.map(|each| each.peer.clone()).collect()
            }
        }
    }

    /// Queues a notification, and says up to where each queue must be written.
    pub(super) fn tell(
        &mut self,
        info: &'static MethodInfo,
        forms: &mut Forms<'_>,
    ) -> Result<Vec<(Peer, u64)>, EncodeError> {
        let audience = self.audience(info, forms)?;
        let weight = if info.lossy { Weight::Lossy } else { Weight::Must };
        let mut queued = Vec::new();
        let mut tell = |peer: &Peer, held: Option<&mut Held>| {
            if !peer.may_send(info) {
                return Ok(());
            }
            let Some(text) = forms.for_peer(peer)? else {
                return Ok(());
            };
            match held {
                Some(held) => held.push(peer, text, weight),
                None => {
                    let count = peer.outbox().push(text, weight);
                    queued.extend(count.map(|queued| (peer.clone(), queued.count)));
                }
            }
            Ok(())
        };
        match &audience {
            Audience::One => {}
            Audience::All => {
                for peer in self.connections.values().filter(|peer| peer.is_open()) {
                    tell(peer, None)?;
                }
            }
            Audience::Topic(topic) => {
                for each in self.topics.get_mut(topic).into_iter().flatten() {
                    tell(&each.peer, each.held.as_mut())?;
                }
            }
        }
        Ok(queued)
    }

    pub(super) fn open_for(&self, audience: &Audience) -> impl Iterator<Item = i64> {
        let open = self
            .open
            .iter()
            .filter(move |(_, open)| open.audience == *audience);
        open.map(|(id, _)| *id)
    }

    /// Asks a connection what has been asked of others already, under the same ids.
    pub(super) fn ask_open(&mut self, protocol: &'static ProtocolInfo, peer: &Peer, audience: &Audience) {
        for (id, open) in self
            .open
            .iter_mut()
            .filter(|(_, open)| open.audience == *audience)
        {
            let asked = open
                .asked
                .iter()
                .any(|other| other.connection() == peer.connection());
            if let Some(params) = open
                .params
                .as_deref()
                .filter(|_| !asked && peer.may_send(open.info))
            {
                let mut forms = Forms::new(protocol, open.info, Some(*id), params);
                match forms.for_peer(peer) {
                    Ok(text) => drop(text.map(|text| peer.outbox().push(text, Weight::Must))),
                    Err(error) => {
                        tracing::error!(method = open.info.name, %error, "an open request cannot be written");
                        continue;
                    }
                }
                open.asked.push(peer.clone());
            }
        }
    }

    /// The answer is sent: the topic's events may follow.
    pub(super) fn release(&mut self, peer: &Peer, topic: &str) {
        let subscribers = self.topics.entry(topic.to_owned()).or_default();
        let id = peer.connection();
        let Some(own) = subscribers.iter_mut().find(|each| each.peer.connection() == id) else {
            subscribers.push(Subscriber {
                peer: peer.clone(),
                held: None,
            });
            return;
        };
        for (text, weight) in own.held.take().unwrap_or_default().messages {
            peer.outbox().push(&text, weight);
        }
    }

    /// The answer was an error: what it would have subscribed to is not followed.
    pub(super) fn forget_held(&mut self, peer: &Peer, topic: &str) {
        self.retain(topic, |each| {
            each.peer.connection() != peer.connection() || each.held.is_none()
        });
    }

    pub(super) fn unfollow(&mut self, peer: &Peer, topic: String) {
        let id = peer.connection();
        self.retain(&topic, |each| each.peer.connection() != id);
        let audience = Audience::Topic(topic);
        for open in self.open.values_mut().filter(|open| open.audience == audience) {
            open.asked.retain(|peer| peer.connection() != id);
        }
    }

    pub(super) fn retain(&mut self, topic: &str, keep: impl FnMut(&Subscriber) -> bool) {
        if let Some(subscribers) = self.topics.get_mut(topic) {
            subscribers.retain(keep);
            if subscribers.is_empty() {
                self.topics.remove(topic);
            }
        }
    }
}

impl Held {
    /// As much is held as may wait for the writer.
    pub(super) fn push(&mut self, peer: &Peer, text: &str, weight: Weight) {
        if peer
            .outbox()
            .would_fit(self.messages.len(), self.bytes + text.len())
        {
            self.bytes += text.len();
            self.messages.push((text.into(), weight));
        } else {
            peer.outbox().lost(weight);
        }
    }
}

/// A message, written once for each set of those gates that matter in it.
pub(super) struct Forms<'a> {
    protocol: &'static ProtocolInfo,
    info: &'static MethodInfo,
    id: Option<i64>,
    params: &'a dyn Encode,
    /// By the open gates: the text, and none where the message is withheld.
    made: Vec<(Option<Gates>, Option<String>)>,
}

impl<'a> Forms<'a> {
    pub(super) fn new(
        protocol: &'static ProtocolInfo,
        info: &'static MethodInfo,
        id: Option<i64>,
        params: &'a dyn Encode,
    ) -> Self {
        Self {
            protocol,
            info,
            id,
            params,
            made: Vec::new(),
        }
    }

    pub(super) fn for_peer(&mut self, peer: &Peer) -> Result<Option<&str>, EncodeError> {
        self.for_gates(peer.open_of(self.info.params_gates))
    }

    /// The text for who has `open` these gates; none where it is withheld.
    fn for_gates(&mut self, open: Option<Gates>) -> Result<Option<&str>, EncodeError> {
        let is_open = |open: &Option<Gates>, gate| open.as_ref().is_none_or(|open| open.is_open(gate));
        let same = |other: &Option<Gates>| {
            let mut gates = self.info.params_gates.iter();
            gates.all(|gate| is_open(&open, gate) == is_open(other, gate))
        };
        let at = match self.made.iter().position(|(other, _)| same(other)) {
            Some(at) => at,
            None => {
                let mut text = String::new();
                let shown = open.as_ref();
                let whole = write(&mut text, self.protocol, self.info, self.id, self.params, shown)?;
                self.made.push((open, whole.then_some(text)));
                self.made.len() - 1
            }
        };
        Ok(self.made[at].1.as_deref())
    }
}

/// Writes a request or notification to the end of `out`, for who has `open` these gates. Says whether it may be sent.
pub(crate) fn write(
    out: &mut String,
    protocol: &ProtocolInfo,
    info: &MethodInfo,
    id: Option<i64>,
    params: &dyn Encode,
    open: Option<&Gates>,
) -> Result<bool, EncodeError> {
    let mut w = Writer::after(std::mem::take(out));
    w.set_gates(open);
    message::members(&mut w, protocol.strict, |w| {
        if let Some(id) = &id {
            w.member(message::ID, id);
        }
        w.member(message::METHOD, info.name);
        if info.params {
            w.member(message::PARAMS, params);
        }
    });
    if w.is_withheld() {
        return Ok(false);
    }
    *out = w.finish()?;
    Ok(true)
}
