//! All connections of one server: who follows which topic, and which requests of the server are open.
//!
//! In: typed messages to all or to a topic, and the answers that come back. Out: the same in the queue of each connection
//! that may have it, in the same order for all of them. A message stays typed while it is open, and is written once for
//! each set of gates.

mod state;

use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{oneshot, watch};

use crate::context::Topics;
use crate::envelope;
use crate::error::ErrorCode;
use crate::gates::{self, Gates};
use crate::json::Encode;
use crate::order::Order;
use crate::outbox::{Queued, Weight};
use crate::peer::{Call, CallError, ConnectionId, Peer, Wanted, Written, scratch};
use crate::protocol::{Delivery, Method, MethodInfo, Notification, ProtocolInfo, Request, key};
use crate::typed::{Carried, Content, Params};
pub(crate) use state::Draft;
use state::Forms;

/// All connections of a server. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

struct Shared {
    protocol: &'static ProtocolInfo,
    /// The turns of requests that the protocol wants one after the other, whatever connection they come over.
    order: Arc<Order>,
    /// The notification that tells of a request that is settled; none where the protocol has none.
    resolved: Option<&'static MethodInfo>,
    state: Mutex<State>,
    /// What is waited for. Never locked before `state` is.
    life: watch::Sender<Life>,
}

#[derive(Default)]
pub(crate) struct Life {
    /// How many connections are carried; those that have ended and still answer too.
    pub(crate) count: usize,
    /// Whether the end of all connections is wanted.
    pub(crate) ending: bool,
}

#[derive(Default)]
struct State {
    /// Whether all connections are to end at once, those to come too.
    stopping: bool,
    /// Whether some connection has carried messages that are no text.
    typed: bool,
    /// The id of the next request of this side. Never used twice, so that a late answer meets nobody.
    next: i64,
    /// Those that are carried, some of which may have said all that they will say.
    connections: BTreeMap<ConnectionId, Peer>,
    /// Who follows each topic, by its JSON text.
    topics: HashMap<String, BTreeMap<ConnectionId, Subscriber>>,
    /// Requests that subscribe and are not answered yet, by a number that is never used twice.
    holds: BTreeMap<(ConnectionId, u64), Hold>,
    next_hold: u64,
    /// What a topic has sent before its end to who waits for such an answer.
    left: HashMap<(ConnectionId, String), Held>,
    /// Requests that wait for an answer, oldest first.
    open: BTreeMap<i64, Open>,
}

struct Subscriber {
    peer: Peer,
    /// What the topic has sent since, where the answer that subscribes must go first.
    held: Option<Held>,
}

/// A request that subscribes to a topic, which may have ended since.
struct Hold {
    topic: String,
    ended: bool,
}

#[derive(Default)]
struct Held {
    messages: Vec<(Content<'static>, Weight)>,
    bytes: usize,
}

struct Open {
    info: &'static MethodInfo,
    audience: Audience,
    /// Who was asked, and may answer.
    asked: BTreeMap<ConnectionId, Peer>,
    /// What is asked of who comes later; none where that is nobody.
    forms: Option<Forms<'static>>,
    waiter: oneshot::Sender<(Reply, Option<Gates>)>,
}

/// Whom a message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Audience {
    One,
    All,
    Topic(String),
}

impl Audience {
    /// Whom a message with these params is for.
    fn of<M: Method>(params: &M::Params) -> Self {
        match M::INFO.delivery {
            Delivery::All => Self::All,
            Delivery::Caller => panic!("{} is sent to the caller alone", M::NAME),
            // The compiler refuses a protocol whose topics may be missing.
            Delivery::Topic(_) => Self::Topic(M::TOPIC.and_then(|topic| topic(params)).unwrap_or_default()),
        }
    }
}

/// How a request of ours ended.
pub(crate) type Reply = Result<Answer, CallError>;

/// A result, in one of its two forms.
pub(crate) enum Answer {
    Text(Box<str>),
    Typed(Arc<dyn Carried>),
}

/// The id of a request, and where its answer arrives: with the gates that its sender has opened, where they matter.
pub(crate) type Asked = (Hub, i64, oneshot::Receiver<(Reply, Option<Gates>)>);

impl Hub {
    /// A hub without connections.
    pub fn new(protocol: &'static ProtocolInfo) -> Self {
        Self(Arc::new(Shared {
            protocol,
            order: Arc::default(),
            resolved: protocol.methods.iter().find(|info| info.resolves.is_some()),
            state: Mutex::default(),
            life: watch::Sender::default(),
        }))
    }

    /// Tells something to everybody that the protocol says: all connections, or the subscribers of the topic that the
    /// params name. Who has not opted in, or has opted out, is passed over. It is queued at once, or held for who waits for
    /// the answer that subscribes it. Completes when the last of those can read it for whom it was queued; a connection that
    /// ends before is not waited for.
    ///
    /// # Panics
    /// When the protocol sends it to the caller alone.
    pub fn notify<M: Notification>(&self, params: M::Params) -> Written {
        let (info, audience) = (const { &M::INFO }, Audience::of::<M>(&params));
        let mut state = self.lock();
        let shared = state.typed;
        let tell = |params: Params<'_>| state.tell(&audience, Forms::new(Draft::new(info, None, params)));
        Written::new(Params::of(params, shared, tell).map(Wanted::Many))
    }

    /// Asks everybody that the protocol says. The first answer is taken, and the others are told that there is one. Asked
    /// are those who follow the topic now, and those who will while the request is open; nobody may be among them. One
    /// that cannot answer (`-32601`) is passed over while there are others.
    ///
    /// Dropping the future withdraws the request.
    ///
    /// # Panics
    /// When the protocol sends it to the caller alone.
    pub fn request<M: Request>(&self, params: M::Params) -> Call<M> {
        let (info, audience) = (const { &M::INFO }, Audience::of::<M>(&params));
        Call::new(self.ask_all(info, audience, Arc::new(params)))
    }

    fn ask_all(
        &self,
        info: &'static MethodInfo,
        audience: Audience,
        params: Arc<dyn Carried>,
    ) -> Result<Asked, Box<CallError>> {
        let mut state = self.lock();
        let id = state.next_id();
        let draft = Draft::new(info, Some(id), Params::Shared(params));
        let (waiter, answer) = oneshot::channel();
        let mut open = Open {
            info,
            audience: audience.clone(),
            asked: BTreeMap::new(),
            forms: Some(Forms::new(draft)),
            waiter,
        };
        let mut may_ask = false;
        for (peer, held) in state.reached(&audience) {
            may_ask |= peer.may_send(info);
            // Otherwise it is asked behind the answer that subscribes it.
            if held.is_none()
                && let Err(error) = open.ask(peer)
            {
                self.tell_resolved(id, &open, None);
                return Err(error);
            }
        }
        if !may_ask && info.gate.is_some() {
            return Err(self.closed(info).into());
        }
        state.open.insert(id, open);
        Ok((self.clone(), id, answer))
    }

    /// Nobody may be asked, because of the gate of the method.
    fn closed(&self, info: &MethodInfo) -> CallError {
        let (handshake, gate) = (self.0.protocol.handshake.as_ref(), info.gate.unwrap_or_default());
        CallError::Gate(gates::refusal(handshake, gate, info.name, "method"))
    }

    /// Ends a topic: its open requests fail with [`CallError::Closed`], of which who was asked is told, and nobody follows
    /// it any longer. Who waits for an answer that subscribes gets behind it what the topic has sent, and does not follow it
    /// either. What tells of the end is sent after this.
    pub fn close_topic<T: Encode + ?Sized>(&self, topic: &T) {
        let Some(topic) = key(topic) else { return };
        let mut state = self.lock();
        state.end_topic(&topic);
        let audience = Audience::Topic(topic);
        for (id, open) in state.open.extract_if(.., |_, open| open.audience == audience) {
            self.tell_resolved(id, &open, None);
        }
    }

    /// Who follows a topic.
    pub fn subscribers<T: Encode + ?Sized>(&self, topic: &T) -> Vec<ConnectionId> {
        let state = self.lock();
        let subscribers = key(topic).and_then(|topic| state.topics.get(&topic));
        let ids = subscribers.into_iter().flat_map(BTreeMap::keys);
        ids.copied().collect()
    }

    /// The connections that are open.
    pub fn connections(&self) -> Vec<Peer> {
        let state = self.lock();
        let open = state.connections.values().filter(|peer| !peer.is_closed());
        open.cloned().collect()
    }

    /// How many requests of this side wait for an answer, and how many topics are followed.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state = self.lock();
        (state.open.len(), state.topics.len())
    }

    /// The protocol that the connections speak.
    pub fn protocol(&self) -> &'static ProtocolInfo {
        self.0.protocol
    }

    /// The notification that tells a peer how many it has missed; none where the protocol has none.
    pub(crate) fn missed(&self) -> Option<&'static MethodInfo> {
        self.0.protocol.methods.iter().find(|info| info.missed.is_some())
    }

    pub(crate) fn order(&self) -> &Arc<Order> {
        &self.0.order
    }

    /// Wants all connections to end, at once where `stop` says so.
    pub(crate) fn end(&self, stop: bool) {
        let mut state = self.lock();
        state.stopping |= stop;
        // First of all: a connection that ends says why.
        self.0.life.send_modify(|life| life.ending = true);
        for peer in state.connections.values() {
            peer.outbox().end(stop);
        }
    }

    /// Whether the end of all connections is wanted.
    pub(crate) fn is_ending(&self) -> bool {
        self.0.life.borrow().ending
    }

    /// Completes when it stands like this with the connections.
    pub(crate) async fn wait_for(&self, condition: impl FnMut(&Life) -> bool) {
        // The sender lives in `self`, so that waiting cannot fail.
        let _ = self.0.life.subscribe().wait_for(condition).await;
    }

    pub(crate) fn join(&self, peer: &Peer) {
        let mut state = self.lock();
        state.connections.insert(peer.connection(), peer.clone());
        state.typed |= peer.outbox().typed;
        if self.is_ending() {
            peer.outbox().end(state.stopping);
        }
        self.0.life.send_modify(|life| life.count += 1);
    }

    /// A connection that has joined is carried no longer.
    pub(crate) fn part(&self, peer: &Peer) {
        self.lock().connections.remove(&peer.connection());
        self.0.life.send_modify(|life| life.count -= 1);
    }

    /// Nothing more comes from a connection: it follows nothing, and is not asked. Requests to it alone fail.
    pub(crate) fn leave(&self, peer: &Peer) {
        let id = peer.connection();
        let mut state = self.lock();
        state.holds.retain(|(peer, _), _| *peer != id);
        state.left.retain(|(peer, _), _| *peer != id);
        state.topics.retain(|_, subscribers| {
            subscribers.remove(&id);
            !subscribers.is_empty()
        });
        state.open.retain(|_, open| {
            open.asked.remove(&id);
            open.audience != Audience::One || !open.asked.is_empty()
        });
    }

    /// Asks one connection. Not generic: every typed call comes through here.
    pub(crate) fn ask(
        &self,
        peer: &Peer,
        info: &'static MethodInfo,
        params: Params<'_>,
    ) -> Result<Asked, Box<CallError>> {
        let mut state = self.lock();
        let id = state.next_id();
        let draft = Draft::new(info, Some(id), params);
        scratch(|out| {
            let message = draft.for_peer(peer, out)?.ok_or_else(|| self.closed(info))?;
            // Invariant: `closed` is set before the connection leaves, so that this request is there when it does.
            let queued = (!peer.is_closed()).then(|| peer.outbox().push(message, Weight::Must));
            queued.flatten().ok_or(Box::new(CallError::Closed))
        })?;
        let (waiter, answer) = oneshot::channel();
        let open = Open {
            info,
            audience: Audience::One,
            asked: BTreeMap::from([(peer.connection(), peer.clone())]),
            forms: None,
            waiter,
        };
        state.open.insert(id, open);
        Ok((self.clone(), id, answer))
    }

    /// Takes the answer of a connection; false where that was not asked, or is late.
    pub(crate) fn settle(&self, from: &Peer, id: i64, reply: Reply) -> bool {
        let mut state = self.lock();
        let Entry::Occupied(mut entry) = state.open.entry(id) else {
            return false;
        };
        let Open { info, asked, .. } = entry.get_mut();
        if !asked.contains_key(&from.connection()) {
            return false;
        }
        let gates = from.open_of(info.result_gates);
        let cannot =
            matches!(&reply, Err(CallError::Rpc(error)) if error.code == ErrorCode::METHOD_NOT_FOUND);
        if cannot && asked.len() > 1 {
            asked.remove(&from.connection());
            return true;
        }
        let open = entry.remove();
        self.tell_resolved(id, &open, Some(from.connection()));
        // Whoever does not wait any longer has withdrawn the request just now.
        drop(open.waiter.send((reply, gates)));
        true
    }

    /// Nobody waits for the answer any longer.
    pub(crate) fn withdraw(&self, id: i64) {
        if let Some(open) = self.lock().open.remove(&id) {
            self.tell_resolved(id, &open, None);
        }
    }

    /// Tells who was asked that an answer is wanted no longer, but for who gave it.
    fn tell_resolved(&self, id: i64, open: &Open, except: Option<ConnectionId>) {
        let (Some(info), Audience::Topic(topic)) = (self.0.resolved, &open.audience) else {
            return;
        };
        let (Some(place), Delivery::Topic(path)) = (info.resolves, info.delivery) else {
            return;
        };
        let id = id.to_string();
        let params = path.iter().map(|name| (*name, topic.as_str()));
        let params = params.chain([(place, id.as_str())]);
        let text = envelope::told(info.name, params, self.0.protocol.strict);
        for peer in open.asked.values() {
            if Some(peer.connection()) != except && peer.may_send(info) {
                peer.outbox().push(text.as_str().into(), Weight::Must);
            }
        }
    }

    /// The handshake of a connection is done: it is asked what all are asked.
    pub(crate) fn opened(&self, peer: &Peer) {
        let mut state = self.lock();
        if !peer.is_closed() {
            state.ask_open(peer, &Audience::All);
        }
    }

    /// Subscribes a connection.
    pub(crate) fn follow(&self, peer: &Peer, topic: String) {
        let mut state = self.lock();
        if !peer.is_closed() {
            state.follow(peer, topic);
        }
    }

    /// Subscribes a connection; what comes is held until [`Hub::answer`] gets the number that this gives.
    pub(crate) fn hold(&self, peer: &Peer, topic: String) -> Option<u64> {
        let mut state = self.lock();
        (!peer.is_closed()).then(|| state.hold(peer, topic))
    }

    /// Sends the answer of a request that subscribes or unsubscribes its caller.
    pub(crate) fn answer(
        &self,
        peer: &Peer,
        message: Content<'_>,
        succeeded: bool,
        topics: Topics,
    ) -> Option<Queued> {
        let mut state = self.lock();
        if let Some(topic) = topics.left.filter(|_| succeeded) {
            state.unfollow(peer, topic);
        }
        let queued = peer.outbox().push(message, Weight::Answer);
        for hold in topics.held {
            state.let_go(peer, hold, succeeded);
        }
        queued
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hub").field(&self.0.protocol.name).finish()
    }
}
