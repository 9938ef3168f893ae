//! Two peers in one process.
//!
//! In: nothing. Out: two transports, each of which reads what the other writes.

use std::io;
use std::task::{Context, Poll};

use tokio::sync::mpsc;

use super::{Frame, Sink, Source, Transport};

/// How many messages may be under way in each direction.
const CAPACITY: usize = 64;

/// One end of a pair.
#[derive(Debug)]
pub struct Memory {
    source: MemorySource,
    sink: MemorySink,
}

/// Two ends that are connected.
pub fn pair() -> (Memory, Memory) {
    pair_of(CAPACITY)
}

/// The same with another number of messages that may be under way in each direction, at least one.
pub fn pair_of(capacity: usize) -> (Memory, Memory) {
    let (left_out, right_in) = mpsc::channel(capacity.max(1));
    let (right_out, left_in) = mpsc::channel(capacity.max(1));
    let end = |messages, peer| Memory {
        source: MemorySource {
            messages,
            current: Vec::new(),
        },
        sink: MemorySink { peer },
    };
    (end(left_in, left_out), end(right_in, right_out))
}

impl Transport for Memory {
    const HALF_CLOSE: bool = true;
    type Source = MemorySource;
    type Sink = MemorySink;

    fn split(self) -> (MemorySource, MemorySink) {
        (self.source, self.sink)
    }
}

/// What the other end has written.
#[derive(Debug)]
pub struct MemorySource {
    messages: mpsc::Receiver<Vec<u8>>,
    current: Vec<u8>,
}

impl Source for MemorySource {
    fn poll_next(&mut self, task: &mut Context<'_>, limit: usize) -> Poll<io::Result<Option<Frame>>> {
        self.messages.poll_recv(task).map(|message| {
            let Some(message) = message else {
                return Ok(None);
            };
            if message.len() > limit {
                return Ok(Some(Frame::TooLong));
            }
            self.current = message;
            Ok(Some(Frame::Message))
        })
    }

    fn message(&self) -> &[u8] {
        &self.current
    }
}

/// What the other end will read.
#[derive(Debug)]
pub struct MemorySink {
    peer: mpsc::Sender<Vec<u8>>,
}

impl MemorySink {
    /// Sends what need not be text.
    ///
    /// # Errors
    /// When the other end is gone.
    pub async fn send_bytes(&mut self, message: &[u8]) -> io::Result<()> {
        let sent = self.peer.send(message.to_vec()).await;
        sent.map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the other end is gone"))
    }
}

impl Sink for MemorySink {
    async fn send(&mut self, message: &str) -> io::Result<()> {
        self.send_bytes(message.as_bytes()).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
