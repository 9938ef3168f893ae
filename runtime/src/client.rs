//! The side that opens a connection.
//!
//! In: a transport, a router for what the server asks and tells, and typed calls. Out: typed results, and a stream of the
//! notifications that the router does not take.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::connection::Connection;
use crate::dispatch::Router;
use crate::envelope;
use crate::json::{self, DecodeError};
use crate::limits::Limits;
use crate::outbox::{Outbox, State, Weight};
use crate::peer::{CallError, Peer};
use crate::protocol::{MethodInfo, Request};
use crate::transport::{Batch, Transport};
use crate::typed::{Content, FromTyped};

/// A connection to a server, carried by a task of its own. Dropping it ends both at once, and every call with them.
#[derive(Debug)]
pub struct Client {
    peer: Peer,
    run: JoinHandle<io::Result<()>>,
}

impl Client {
    /// Begins a conversation. `router` serves what the server asks and tells; notifications that it does not take are in
    /// the stream, which may be dropped.
    pub fn connect<T: Transport>(
        transport: T,
        router: impl Into<Arc<Router>>,
        limits: Limits,
    ) -> (Self, Notifications) {
        Self::over(Connection::with_limits(transport, router, limits))
    }

    /// The same over a connection that was made before: with a recorder, say.
    pub fn over<T: Transport>(connection: Connection<T>) -> (Self, Notifications) {
        let limits = connection.limits();
        let inbox = Arc::new(Outbox::new(limits.outbound, limits.outbound_bytes, true));
        let connection = connection.with_rest(Rest(Arc::clone(&inbox)));
        let client = Self {
            peer: connection.peer(),
            run: tokio::spawn(connection.run()),
        };
        let notifications = Notifications {
            inbox,
            batch: Batch::default(),
            at: 0,
        };
        (client, notifications)
    }

    /// The server: what can be called.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Opens the connection: sends the request that the protocol begins with, and after its result the notification that
    /// completes the handshake.
    ///
    /// # Errors
    /// As [`Peer::request`].
    ///
    /// # Panics
    /// When the protocol begins with another request.
    pub async fn initialize<M: Request>(&self, params: M::Params) -> Result<M::Result, CallError> {
        let protocol = self.peer.hub().protocol();
        let handshake = protocol.handshake.as_ref();
        let opens = handshake.map(|handshake| handshake.opens);
        assert_eq!(opens, Some(M::NAME), "the request that opens a connection");
        let result = self.peer.request::<M>(params).await?;
        if let Some(completes) = handshake.and_then(|handshake| handshake.completes) {
            let text = envelope::told(completes, [], protocol.strict);
            let queued = self.peer.outbox().push(text.as_str().into(), Weight::Must);
            queued.ok_or(CallError::Closed)?;
        }
        Ok(result)
    }

    /// Ends the conversation: what the server has asked is answered first. Calls that are under way fail.
    ///
    /// # Errors
    /// When the transport has failed, or the server does not read.
    pub async fn close(mut self) -> io::Result<()> {
        self.peer.close();
        let end = (&mut self.run).await;
        end.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.run.abort();
    }
}

/// What a server tells, in the order in which it came. As much waits here as may wait to be written, by [`Limits`]: lossy
/// notifications are lost then, and with the next other one the stream ends after what it holds, so that nothing is missed
/// in silence. The connection lives on.
#[derive(Debug)]
pub struct Notifications {
    inbox: Arc<Outbox>,
    batch: Batch,
    at: usize,
}

impl Notifications {
    /// The next one, as the union of all that a server tells, such as `ServerNotification`; none when no more will come.
    ///
    /// # Errors
    /// When it is none that the type knows. The stream goes on behind it.
    pub async fn next<N: FromTyped>(&mut self) -> Option<Result<N, DecodeError>> {
        // Whoever stops waiting here finds all as it was, but for a large buffer, which may be gone.
        if self.at >= self.batch.ends.len() {
            poll_fn(|task| self.inbox.poll_take(task, &mut self.batch, |_| None)).await?;
            self.at = 0;
        }
        self.at += 1;
        self.batch.take(self.at - 1).map(|message| match message {
            Content::Text(text) => json::from_str(&text),
            Content::Typed(message) => N::from_typed(message),
        })
    }

    /// How many lossy notifications were lost here because they were not taken in time.
    pub fn lost(&self) -> u64 {
        self.inbox.counts().2
    }
}

impl Drop for Notifications {
    fn drop(&mut self) {
        self.inbox.advance(State::Gone);
    }
}

/// Where a connection puts the notifications that nobody takes.
pub(crate) struct Rest(Arc<Outbox>);

impl Rest {
    /// Takes a notification. A full queue ends the stream.
    pub(crate) fn put(&self, message: Content<'_>, info: Option<&MethodInfo>) {
        let weight = info.map_or(Weight::Must, Weight::of);
        if self.0.push(message, weight).is_none() {
            self.0.advance(State::Ended);
        }
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        self.0.advance(State::Ended);
    }
}
