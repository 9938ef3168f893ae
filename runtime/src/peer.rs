//! The other end of a connection, as code on this end sees it.
//!
//! In: typed params. Out: messages in the connection's queue, and the typed result of a request.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};

use crate::error::{ErrorCode, RpcError};
use crate::gates::Gates;
use crate::handshake::{Access, missing_gate};
use crate::json::{self, DecodeError, EncodeError};
use crate::message::{self, RequestId};
use crate::pending::{Pending, Reply};
use crate::protocol::{Notification, ProtocolInfo, Request, Side};

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
    protocol: &'static ProtocolInfo,
    /// To the writer. Full means that whoever sends waits, and nobody else.
    outbound: mpsc::Sender<Outgoing>,
    /// Our requests that wait for an answer.
    pending: Pending,
    /// How far the handshake has come: read by everyone who sends, written by the connection alone.
    access: Mutex<Access>,
    /// Set when nothing more will come from the peer.
    closed: watch::Sender<bool>,
    /// Set when this side wants the connection to end.
    closing: watch::Sender<bool>,
}

/// What the writer takes from its queue.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// A message, and whom to tell when the peer can read it.
    Message(String, Option<oneshot::Sender<()>>),
    /// Nothing may be sent after this.
    End,
}

/// Why a call of the peer brought no result.
#[derive(Debug)]
pub enum CallError {
    /// The peer's own error, as it was sent.
    Rpc(RpcError),
    /// The connection ended before the answer came.
    Closed,
    /// The answer is not what the protocol says; with the method.
    Answer(&'static str, DecodeError),
    /// The peer sent something under our id that is no answer at all.
    Malformed(String),
    /// The params have no JSON form; with the method. Nothing was sent.
    Encode(&'static str, EncodeError),
    /// The peer has not opted into the method. Nothing was sent.
    Gate(RpcError),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rpc(error) | Self::Gate(error) => error.fmt(f),
            Self::Closed => f.write_str("the connection has ended"),
            Self::Answer(method, error) => write!(f, "the answer to {method} is wrong: {error}"),
            Self::Malformed(text) => write!(f, "the answer is malformed: {text}"),
            Self::Encode(method, error) => write!(f, "the params of {method} cannot be written: {error}"),
        }
    }
}

impl std::error::Error for CallError {}

/// So that a handler can pass on why a call of its own failed: the peer's error stays as it was.
impl From<CallError> for RpcError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Rpc(error) | CallError::Gate(error) => error,
            other => Self::new(ErrorCode::INTERNAL_ERROR, other.to_string()),
        }
    }
}

impl Peer {
    pub(crate) fn new(protocol: &'static ProtocolInfo, side: Side, outbound: mpsc::Sender<Outgoing>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(Arc::new(Shared {
            id: ConnectionId(NEXT.fetch_add(1, Ordering::Relaxed)),
            protocol,
            outbound,
            pending: Pending::new(),
            access: Mutex::new(Access::start(protocol, side)),
            closed: watch::Sender::new(false),
            closing: watch::Sender::new(false),
        }))
    }

    /// Sends a request and waits for its answer. Dropping the future withdraws the request: its answer is ignored.
    ///
    /// # Errors
    /// With the peer's own error; when the connection ends first; when params or answer do not fit the protocol.
    pub async fn request<M: Request>(&self, params: M::Params) -> Result<M::Result, CallError> {
        let shared = &*self.0;
        if !shared.access().may_send(&M::INFO) {
            let gate = M::INFO.gate.unwrap_or_default();
            return Err(CallError::Gate(missing_gate(
                shared.protocol.handshake.as_ref(),
                gate,
                M::NAME,
            )));
        }
        let (id, answer) = shared.pending.open().ok_or(CallError::Closed)?;
        let _withdraw = Withdraw {
            pending: &shared.pending,
            id,
        };
        let (id, params) = (RequestId::Number(id), M::INFO.params.then_some(&params));
        let text = message::text(|w| message::write_request(w, &id, M::NAME, params, shared.protocol.strict))
            .map_err(|error| CallError::Encode(M::NAME, error))?;
        shared
            .outbound
            .send(Outgoing::Message(text, None))
            .await
            .map_err(|_| CallError::Closed)?;
        match answer.await {
            Ok(Reply::Result(text)) => {
                json::from_slice(&text).map_err(|error| CallError::Answer(M::NAME, error))
            }
            Ok(Reply::Error(error)) => Err(CallError::Rpc(error)),
            Ok(Reply::Malformed(text)) => Err(CallError::Malformed(text)),
            Err(_) => Err(CallError::Closed),
        }
    }

    /// Sends a notification, and completes when it is written. One that the peer has not opted into, or has opted out
    /// of, is withheld, which is no error.
    ///
    /// # Errors
    /// When the connection has ended, or the params have no JSON form.
    pub async fn notify<M: Notification>(&self, params: M::Params) -> Result<(), CallError> {
        let shared = &*self.0;
        if !shared.access().may_send(&M::INFO) {
            tracing::debug!(connection = %shared.id, method = M::NAME, "withheld a notification");
            return Ok(());
        }
        let params = M::INFO.params.then_some(&params);
        let text = message::text(|w| message::write_notification(w, M::NAME, params, shared.protocol.strict))
            .map_err(|error| CallError::Encode(M::NAME, error))?;
        let (written, done) = oneshot::channel();
        let queued = shared.outbound.send(Outgoing::Message(text, Some(written))).await;
        queued.map_err(|_| CallError::Closed)?;
        done.await.map_err(|_| CallError::Closed)
    }

    /// The connection that leads there.
    pub fn connection(&self) -> ConnectionId {
        self.0.id
    }

    /// The gates that the peer has opened so far. Where the protocol has no handshake, or this side is the client, there
    /// are none to open.
    pub fn gates(&self) -> Gates {
        self.0
            .access()
            .session()
            .map(|session| session.gates.clone())
            .unwrap_or_default()
    }

    /// Completes when nothing more will come from the peer.
    pub async fn closed(&self) {
        // The sender lives in `self`, so that waiting cannot fail.
        let _ = self.0.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Asks for the end of the connection: requests that are being served are answered, and no more are taken.
    pub fn close(&self) {
        self.0.closing.send_replace(true);
    }

    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.0.closing.subscribe()
    }

    pub(crate) fn protocol(&self) -> &'static ProtocolInfo {
        self.0.protocol
    }

    pub(crate) fn outbound(&self) -> &mpsc::Sender<Outgoing> {
        &self.0.outbound
    }

    pub(crate) fn pending(&self) -> &Pending {
        &self.0.pending
    }

    pub(crate) fn access(&self) -> MutexGuard<'_, Access> {
        self.0.access()
    }

    /// Nothing more will come: whoever waits for it hears so.
    pub(crate) fn hang_up(&self) {
        self.0.pending.close();
        self.0.closed.send_replace(true);
    }
}

impl Shared {
    fn access(&self) -> MutexGuard<'_, Access> {
        self.access.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Peer").field(&self.0.id).finish()
    }
}

/// Forgets a request whose caller has gone.
struct Withdraw<'a> {
    pending: &'a Pending,
    id: i64,
}

impl Drop for Withdraw<'_> {
    fn drop(&mut self) {
        self.pending.withdraw(self.id);
    }
}
