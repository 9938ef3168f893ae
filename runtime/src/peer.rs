//! The other end of a connection, as code on this end sees it.
//!
//! In: typed params. Out: messages in the connection's queue, and the typed result of a request.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Sleep;

use crate::error::RpcError;
use crate::gates::{Gates, Use, Uses};
use crate::handshake::Access;
use crate::hub::{Answer, Asked, Draft, Hub, Reply};
use crate::json::{self, DecodeError, EncodeError};
use crate::outbox::{Outbox, State, Weight};
use crate::protocol::{MethodInfo, Notification, Request, Side};
use crate::typed::{self, Params};

/// Which connection of this process: for logs, and as a key of what belongs to one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(u64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The other end of a connection. Cheap to clone; it outlives the connection, and then every call fails.
#[derive(Clone)]
pub struct Peer(Arc<Shared>);

struct Shared {
    id: ConnectionId,
    hub: Hub,
    outbox: Outbox,
    /// How far the handshake has come: read by everyone who sends, written by the connection alone.
    access: Mutex<Access>,
    /// Set when nothing more will come from the peer.
    closed: watch::Sender<bool>,
    counts: Counts,
}

/// What is counted for [`Peer::snapshot`].
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Requests in flight.
    pub(crate) in_flight: AtomicUsize,
    /// Messages that came in.
    pub(crate) received: AtomicU64,
    /// Messages that were refused: malformed, of the wrong shape or at the wrong time.
    pub(crate) refused: AtomicU64,
}

/// How things stand with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Which connection.
    pub connection: ConnectionId,
    /// Requests of the peer that are not answered yet.
    pub in_flight: usize,
    /// Messages that came in so far.
    pub received: u64,
    /// Messages that were refused so far: malformed, overloaded, unknown, at the wrong time or of the wrong shape.
    pub refused: u64,
    /// Messages that wait to be written.
    pub queued: usize,
    /// The same, in bytes.
    pub queued_bytes: usize,
    /// Lossy notifications that the peer has missed so far.
    pub lost: u64,
}

/// Why a call of the peer brought no result.
#[derive(Debug)]
pub enum CallError {
    /// The peer's own error, as it was sent.
    Rpc(RpcError),
    /// The connection, or the topic that was asked, ended before the answer came.
    Closed,
    /// The answer did not come in time.
    Timeout,
    /// The answer is not what the protocol says; with the method.
    Answer(&'static str, DecodeError),
    /// The peer sent something under our id that is no answer at all.
    Malformed(String),
    /// The answer uses something that its sender has not opted into; with the method.
    Gated(&'static str, Use),
    /// The params have no JSON form; with the method. Nothing was sent.
    Encode(&'static str, EncodeError),
    /// Nobody who would be asked has opted into the method. Nothing was sent.
    Gate(RpcError),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rpc(error) | Self::Gate(error) => error.fmt(f),
            Self::Closed => f.write_str("the connection has ended"),
            Self::Timeout => f.write_str("the answer did not come in time"),
            Self::Answer(method, error) => write!(f, "the answer to {method} is wrong: {error}"),
            Self::Malformed(text) => write!(f, "the answer is malformed: {text}"),
            Self::Gated(method, used) => write!(
                f,
                "the answer to {method} uses {}, which its sender has not opted into",
                used.what
            ),
            Self::Encode(method, error) => write!(f, "the params of {method} cannot be written: {error}"),
        }
    }
}

impl std::error::Error for CallError {}

/// So that a handler can pass on why a call of its own failed: the peer's error stays as it was. Nothing else is named, for
/// the caller may not have opted into it.
impl From<CallError> for RpcError {
    fn from(error: CallError) -> Self {
        Self::internal(match error {
            CallError::Rpc(error) => return error,
            CallError::Closed | CallError::Timeout | CallError::Malformed(_) => error.to_string(),
            CallError::Answer(_, ref fault) if fault.gated(Gates::none()).is_none() => error.to_string(),
            CallError::Answer(..) | CallError::Gated(..) => {
                "a client's answer is not what the protocol says".to_owned()
            }
            CallError::Encode(..) => "what a client is to be asked cannot be written".to_owned(),
            CallError::Gate(_) => "no client has opted into what it is to be asked".to_owned(),
        })
    }
}

impl Peer {
    pub(crate) fn new(hub: Hub, side: Side, outbox: Outbox) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(Arc::new(Shared {
            id: ConnectionId(NEXT.fetch_add(1, Ordering::Relaxed)),
            access: Mutex::new(Access::start(hub.protocol(), side)),
            hub,
            outbox,
            closed: watch::Sender::new(false),
            counts: Counts::default(),
        }))
    }

    /// Sends a request, at once, and waits for its answer. Dropping the future withdraws the request: its answer is
    /// ignored.
    pub fn request<M: Request>(&self, params: M::Params) -> Call<M> {
        let ask = |params: Params<'_>| self.hub().ask(self, const { &M::INFO }, params);
        Call::new(Params::of(params, self.outbox().typed, ask))
    }

    /// Sends a notification, at once; completes when it is written. One that the peer has not opted into, or has opted out
    /// of, is withheld, which is no error; nor is it one that a slow peer misses what it may miss.
    pub fn notify<M: Notification>(&self, params: M::Params) -> Written {
        let tell = |params: Params<'_>| self.tell(&Draft::new(const { &M::INFO }, None, params));
        Written::new(Params::of(params, self.outbox().typed, tell))
    }

    fn tell(&self, draft: &Draft<'_>) -> Result<Wanted, Box<CallError>> {
        let info = draft.info;
        let queued = scratch(|out| {
            let message = draft.for_peer(self, out)?;
            Ok::<_, Box<CallError>>(message.map(|message| self.outbox().push(message, Weight::of(info))))
        });
        let Some(queued) = queued? else {
            tracing::debug!(connection = %self.0.id, method = info.name, "withheld a notification");
            return Ok(Wanted::Many(Vec::new()));
        };
        let count = queued.ok_or(CallError::Closed)?.count;
        Ok(Wanted::One(self.clone(), count))
    }

    /// The connection that leads there.
    pub fn connection(&self) -> ConnectionId {
        self.0.id
    }

    /// All connections of this side.
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// The gates that the peer has opened so far. Where the protocol has no handshake, or this side is the client, there
    /// are none to open.
    pub fn gates(&self) -> Gates {
        self.access().open().cloned().unwrap_or_default()
    }

    /// The gates that decide what the peer may see of something in which `names` matter; none where that is all of it.
    pub(crate) fn open_of(&self, names: &[&str]) -> Option<Gates> {
        if names.is_empty() {
            return None;
        }
        self.access().open().filter(|open| !open.are_open(names)).cloned()
    }

    /// How things stand.
    pub fn snapshot(&self) -> Snapshot {
        let (queued, queued_bytes, lost) = self.outbox().counts();
        let counts = self.counts();
        Snapshot {
            connection: self.0.id,
            in_flight: counts.in_flight.load(Ordering::Relaxed),
            received: counts.received.load(Ordering::Relaxed),
            refused: counts.refused.load(Ordering::Relaxed),
            queued,
            queued_bytes,
            lost,
        }
    }

    /// Completes when nothing more will come from the peer.
    pub async fn closed(&self) {
        // The sender lives in `self`, so that waiting cannot fail.
        let _ = self.0.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Asks for the end of the connection: requests that are being served are answered, and no more are taken.
    pub fn close(&self) {
        self.outbox().advance(State::Draining);
    }

    pub(crate) fn is_closed(&self) -> bool {
        *self.0.closed.borrow()
    }

    /// Whether the handshake is done.
    pub(crate) fn is_open(&self) -> bool {
        matches!(*self.access(), Access::Free | Access::Open(_))
    }

    pub(crate) fn may_send(&self, info: &MethodInfo) -> bool {
        self.access().may_send(info)
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.0.counts
    }

    pub(crate) fn access(&self) -> MutexGuard<'_, Access> {
        self.0.access.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing more will come: whoever waits for it hears so.
    pub(crate) fn hang_up(&self) {
        self.0.closed.send_replace(true);
        self.hub().leave(self);
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Peer").field(&self.0.id).finish()
    }
}

/// A buffer of this thread to write a message into.
pub(crate) fn scratch<T>(write: impl FnOnce(&mut String) -> T) -> T {
    /// A longer buffer is not kept, in bytes.
    const KEPT: usize = 64 << 10;
    thread_local! {
        static SCRATCH: Cell<String> = const { Cell::new(String::new()) };
    }
    let mut buffer = SCRATCH.take();
    buffer.clear();
    let value = write(&mut buffer);
    if buffer.capacity() <= KEPT {
        SCRATCH.set(buffer);
    }
    value
}

/// Completes when something is written: when the other end can read it, as far as this side can tell.
///
/// It was queued before; dropping this changes nothing.
///
/// # Errors
/// When the connection ends before, or the params have no JSON form.
#[derive(Debug)]
pub struct Written(Result<Wanted, Option<Box<CallError>>>);

#[derive(Debug)]
pub(crate) enum Wanted {
    One(Peer, u64),
    /// None of them fails: who is gone needs no telling.
    Many(Vec<(Peer, u64)>),
}

impl Written {
    pub(crate) fn new(wanted: Result<Wanted, Box<CallError>>) -> Self {
        Self(wanted.map_err(Some))
    }
}

impl Future for Written {
    type Output = Result<(), CallError>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Ok(Wanted::One(peer, count)) => peer.outbox().poll_written(task, *count),
            Ok(Wanted::Many(queued)) => {
                queued.retain(|(peer, count)| peer.outbox().poll_written(task, *count).is_pending());
                if queued.is_empty() {
                    Poll::Ready(Ok(()))
                } else {
                    Poll::Pending
                }
            }
            Err(error) => Poll::Ready(error.take().map_or(Ok(()), |error| Err(*error))),
        }
    }
}

/// A request that is under way, and its typed result. Dropping it withdraws the request.
///
/// # Errors
/// With the peer's own error; when the connection ends first or the time is over; when params or answer do not fit the
/// protocol.
#[must_use = "dropping a call withdraws the request"]
pub struct Call<M> {
    /// Why nothing was asked, where nothing was; nor that when it is over.
    asked: Result<Asked, Option<Box<CallError>>>,
    deadline: Option<Pin<Box<Sleep>>>,
    method: PhantomData<fn() -> M>,
}

impl<M: Request> Call<M> {
    pub(crate) fn new(asked: Result<Asked, Box<CallError>>) -> Self {
        Self {
            asked: asked.map_err(Some),
            deadline: None,
            method: PhantomData,
        }
    }

    /// Waits no longer than this, from now on.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.deadline = Some(Box::pin(tokio::time::sleep(time)));
        self
    }

    fn result(reply: Reply, open: Option<Gates>) -> Result<M::Result, CallError> {
        let result = match reply? {
            Answer::Text(text) => json::from_str(&text),
            Answer::Typed(result) => typed::take(result),
        };
        let result = result.map_err(|mut error: DecodeError| {
            if let Some(gate) = M::INFO.gate {
                error.behind(gate, M::NAME, error.steps());
            }
            CallError::Answer(M::NAME, error)
        })?;
        let used = open.and_then(|open| Uses::walk(&result, M::RESULT_USES?, &open));
        used.map_or(Ok(result), |used| Err(CallError::Gated(M::NAME, used)))
    }
}

impl<M: Request> Future for Call<M> {
    type Output = Result<M::Result, CallError>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let (_, _, answer) = match &mut self.asked {
            Ok(asked) => asked,
            Err(error) => return Poll::Ready(Err(error.take().map_or(CallError::Closed, |error| *error))),
        };
        let result = match Pin::new(answer).poll(task) {
            Poll::Ready(Ok((reply, open))) => Self::result(reply, open),
            Poll::Ready(Err(_)) => Err(CallError::Closed),
            Poll::Pending => {
                let late = |deadline: &mut Pin<Box<Sleep>>| deadline.as_mut().poll(task).is_ready();
                if !self.deadline.as_mut().is_some_and(late) {
                    return Poll::Pending;
                }
                self.withdraw();
                Err(CallError::Timeout)
            }
        };
        self.asked = Err(None);
        Poll::Ready(result)
    }
}

impl<M> Call<M> {
    fn withdraw(&self) {
        if let Ok((hub, id, _)) = &self.asked {
            hub.withdraw(*id);
        }
    }
}

impl<M> Drop for Call<M> {
    fn drop(&mut self) {
        self.withdraw();
    }
}

impl<M: Request> fmt::Debug for Call<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Call").field(&M::NAME).finish()
    }
}
