//! Two peers in one process.
//!
//! In: nothing. Out: two transports, each of which reads what the other writes.

use std::io;

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
    let (left_out, right_in) = mpsc::channel(CAPACITY);
    let (right_out, left_in) = mpsc::channel(CAPACITY);
    let end = |messages, peer| Memory {
        source: MemorySource { messages },
        sink: MemorySink { peer },
    };
    (end(left_in, left_out), end(right_in, right_out))
}

impl Transport for Memory {
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
}

impl Source for MemorySource {
    async fn next(&mut self, limit: usize) -> io::Result<Option<Frame>> {
        let message = self.messages.recv().await;
        Ok(message.map(|text| {
            if text.len() > limit {
                Frame::TooLong
            } else {
                Frame::Message(text)
            }
        }))
    }
}

/// What the other end will read.
#[derive(Debug)]
pub struct MemorySink {
    peer: mpsc::Sender<Vec<u8>>,
}

impl Sink for MemorySink {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        let sent = self.peer.send(message.to_vec()).await;
        sent.map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the other end is gone"))
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
