//! What a handler knows of the request that it serves.
//!
//! In: made by dispatch for each request and notification. Out: handed to the handler, which may keep a clone.

use crate::gates::Gates;
use crate::message::TraceContext;
use crate::peer::{ConnectionId, Peer};

/// The surroundings of one request or notification.
#[derive(Clone, Debug)]
pub struct Cx {
    peer: Peer,
    gates: Gates,
    trace: Option<TraceContext>,
}

impl Cx {
    pub(crate) fn new(peer: Peer, trace: Option<TraceContext>) -> Self {
        let gates = peer.gates();
        Self { peer, gates, trace }
    }

    /// Whoever sent it: for requests and notifications the other way.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The gates that the connection had open when it came.
    pub fn gates(&self) -> &Gates {
        &self.gates
    }

    /// The connection that it came over.
    pub fn connection(&self) -> ConnectionId {
        self.peer.connection()
    }

    /// Completes when the peer has gone, or has said all that it will say.
    pub async fn cancelled(&self) {
        self.peer.closed().await;
    }

    /// The W3C trace context that the request carried.
    pub fn trace(&self) -> Option<&TraceContext> {
        self.trace.as_ref()
    }
}
