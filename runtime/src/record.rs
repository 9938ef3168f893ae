//! What goes over the wire, for whoever wants to keep it.
//!
//! In: each message as the transport has it, when it has come in and before it goes out, as text; the beginning and the end
//! of each connection. Out: what a [`Recorder`] makes of it. `recording`, a feature of its own, writes it to a file.

use std::io;
use std::sync::{Arc, OnceLock};

use crate::peer::ConnectionId;

/// Is shown every message of the connections that it is given to. It is called from where messages are read and written, and
/// must not wait.
pub trait Recorder: Send + Sync + 'static {
    /// One message, without what frames it. What came in may be anything.
    fn record(&self, connection: ConnectionId, direction: Direction, message: &[u8]);

    /// A connection begins: its messages follow.
    fn opened(&self, _connection: ConnectionId) {}

    /// A connection has ended: none of its messages follows.
    fn closed(&self, _connection: ConnectionId, _end: &End) {}
}

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the peer to this side.
    In,
    /// From this side to the peer.
    Out,
}

/// How a connection has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// All that the peer has asked was answered, and it could read that.
    Answered,
    /// The peer has gone. What it had asked last was not answered.
    Left,
    /// Something went wrong, or the connection was cut off.
    Failed(String),
}

/// The recording of one connection. Whoever lets go of it last, the reader or the writer, ends it: so that nothing comes
/// after the end.
pub(crate) struct Tape {
    recorder: Arc<dyn Recorder>,
    connection: ConnectionId,
    end: OnceLock<End>,
}

impl Tape {
    pub(crate) fn begin(recorder: Arc<dyn Recorder>, connection: ConnectionId) -> Arc<Self> {
        recorder.opened(connection);
        Arc::new(Self {
            recorder,
            connection,
            end: OnceLock::new(),
        })
    }

    pub(crate) fn record(&self, direction: Direction, message: &[u8]) {
        self.recorder.record(self.connection, direction, message);
    }

    /// Says how the connection ends. `left` is what its peer has done, where all went well.
    pub(crate) fn end(&self, left: bool, outcome: &io::Result<()>) {
        let _ = self.end.set(match outcome {
            Ok(()) if left => End::Left,
            Ok(()) => End::Answered,
            Err(error) => End::Failed(error.to_string()),
        });
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        let end = self.end.get_or_init(|| End::Failed("it was cut off".to_owned()));
        self.recorder.closed(self.connection, end);
    }
}
