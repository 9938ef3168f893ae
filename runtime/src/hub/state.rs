//! Who is told what, under the lock of the hub: so that all see one order.
//!
//! In: a message that is typed yet, and its audience. Out: one of its forms in the queue of each connection that may have it.

use std::sync::Arc;

use super::{Audience, Held, State, Subscriber};
use crate::envelope;
use crate::gates::Gates;
use crate::json::{Encode, EncodeError};
use crate::message::{self, RequestId};
use crate::outbox::Weight;
use crate::peer::Peer;
use crate::protocol::{MethodInfo, ProtocolInfo};
use crate::typed::{Content, Params, Typed};

impl State {
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
        audience: &Audience,
        forms: &mut Forms<'_>,
    ) -> Result<Vec<(Peer, u64)>, EncodeError> {
        let weight = if info.lossy { Weight::Lossy } else { Weight::Must };
        let mut queued = Vec::new();
        let mut tell = |peer: &Peer, held: Option<&mut Held>| {
            if !peer.may_send(info) {
                return Ok(());
            }
            let Some(message) = forms.for_peer(peer)? else {
                return Ok(());
            };
            match held {
                Some(held) => held.push(peer, message, weight),
                None => {
                    let count = peer.outbox().push(message, weight);
                    queued.extend(count.map(|queued| (peer.clone(), queued.count)));
                }
            }
            Ok(())
        };
        match audience {
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
                .as_ref()
                .filter(|_| !asked && peer.may_send(open.info))
            {
                let params = Params::Shared(Arc::clone(params));
                let mut forms = Forms::new(protocol, open.info, Some(*id), params);
                match forms.for_peer(peer) {
                    Ok(message) => drop(message.map(|message| peer.outbox().push(message, Weight::Must))),
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
        for (message, weight) in own.held.take().unwrap_or_default().messages {
            peer.outbox().push(message, weight);
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
    pub(super) fn push(&mut self, peer: &Peer, message: Content<'_>, weight: Weight) {
        let bytes = self.bytes + message.len();
        if peer.outbox().would_fit(self.messages.len(), bytes) {
            self.bytes = bytes;
            self.messages.push((message.kept(), weight));
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
    params: Params<'a>,
    /// By the open gates: the text, and none where the message is withheld.
    made: Vec<(Option<Gates>, Option<String>)>,
}

impl<'a> Forms<'a> {
    pub(super) fn new(
        protocol: &'static ProtocolInfo,
        info: &'static MethodInfo,
        id: Option<i64>,
        params: Params<'a>,
    ) -> Self {
        Self {
            protocol,
            info,
            id,
            params,
            made: Vec::new(),
        }
    }

    /// What a connection gets; none where it is withheld.
    pub(super) fn for_peer(&mut self, peer: &Peer) -> Result<Option<Content<'_>>, EncodeError> {
        let open = peer.open_of(self.info.params_gates);
        match &self.params {
            Params::Shared(params) if open.is_none() && peer.outbox().typed => {
                let id = self.id.map(RequestId::Number);
                Ok(Some(Typed::call(id, self.info, Arc::clone(params)).into()))
            }
            _ => Ok(self.for_gates(open)?.map(Content::from)),
        }
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
                let params = self.params.as_encode();
                let whole = write(&mut text, self.protocol, self.info, self.id, params, shown)?;
                self.made.push((open, whole.then_some(text)));
                self.made.len() - 1
            }
        };
        Ok(self.made[at].1.as_deref())
    }
}

/// A request or notification for one connection that has `open` these gates: as it is, or written to the end of `out`. None
/// where it is withheld.
pub(crate) fn message<'o>(
    out: &'o mut String,
    protocol: &ProtocolInfo,
    info: &'static MethodInfo,
    id: Option<i64>,
    params: Params<'_>,
    open: Option<&Gates>,
) -> Result<Option<Content<'o>>, EncodeError> {
    match params {
        Params::Shared(params) if open.is_none() => {
            let id = id.map(RequestId::Number);
            Ok(Some(Typed::call(id, info, params).into()))
        }
        _ => {
            let whole = write(out, protocol, info, id, params.as_encode(), open)?;
            Ok(whole.then(|| Content::from(out.as_str())))
        }
    }
}

/// Writes a request or notification to the end of `out`, for who has `open` these gates. Says whether it may be sent.
fn write(
    out: &mut String,
    protocol: &ProtocolInfo,
    info: &MethodInfo,
    id: Option<i64>,
    params: &dyn Encode,
    open: Option<&Gates>,
) -> Result<bool, EncodeError> {
    envelope::write(out, protocol.strict, open, |w| {
        if let Some(id) = &id {
            w.member(message::ID, id);
        }
        envelope::write_call(w, info, params);
    })
}
