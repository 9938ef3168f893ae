//! What goes over the wire, for whoever wants to keep it.
//!
//! In: each message as the transport has it, when it has come in and before it goes out. Out: what a [`Recorder`] makes of
//! it.

use crate::peer::ConnectionId;

/// Is shown every message of the connections that it is given to. It is called from where messages are read and written, and
/// must not wait.
pub trait Recorder: Send + Sync + 'static {
    /// One message, without what frames it. What came in may be anything.
    fn record(&self, connection: ConnectionId, direction: Direction, message: &[u8]);
}

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the peer to this side.
    In,
    /// From this side to the peer.
    Out,
}
