//! Two peers in one process.
//!
//! In: nothing. Out: two transports, each of which reads what the other writes: [`typed_pair`] for who shares the types of a
//! protocol with its server, and [`pair`] for who speaks text, such as tests of what text may hold.

use std::io;
use std::task::{Context, Poll};

use tokio::sync::mpsc;

use super::{Batch, Frame, Sink, Source, Transport};
use crate::typed::{Content, Typed};

/// How many messages may be under way in each direction.
const CAPACITY: usize = 256;

/// One end of a pair; `TYPED` says whether messages are carried as they are.
#[derive(Debug)]
pub struct Memory<const TYPED: bool = false> {
    source: MemorySource,
    sink: MemorySink,
}

/// Two ends that are connected, and carry text.
pub fn pair() -> (Memory, Memory) {
    pair_of(CAPACITY)
}

/// Two ends that are connected, and carry messages that are never written nor read: the params and results of one end are
/// those of the other, which has them to itself, or a clone where a message goes to several. Both ends must know a method by
/// the same types; where they do not, what differs goes through text. Values that JSON has no form for arrive all the same.
///
/// Three things are text here too: the request that opens a connection is read as text, since gates are found in its raw
/// params; what is shown in part, to who has not opened a gate; and what the connection itself tells, of requests that are
/// settled and of messages that were missed. The data of an error is text by its nature. [`Limits`](crate::Limits) in bytes
/// do not see what is no text, and those in messages do.
pub fn typed_pair() -> (Memory<true>, Memory<true>) {
    pair_of(CAPACITY)
}

/// A pair with another number of messages that may be under way in each direction, at least one.
pub fn pair_of<const TYPED: bool>(capacity: usize) -> (Memory<TYPED>, Memory<TYPED>) {
    let (left_out, right_in) = mpsc::channel(capacity.max(1));
    let (right_out, left_in) = mpsc::channel(capacity.max(1));
    let end = |messages, peer| Memory {
        source: MemorySource {
            messages,
            text: Vec::new(),
            typed: None,
        },
        sink: MemorySink { peer },
    };
    (end(left_in, left_out), end(right_in, right_out))
}

impl<const TYPED: bool> Transport for Memory<TYPED> {
    const HALF_CLOSE: bool = true;
    const TYPED: bool = TYPED;
    const GATHERS: u32 = 4;
    type Source = MemorySource;
    type Sink = MemorySink;

    fn split(self) -> (MemorySource, MemorySink) {
        (self.source, self.sink)
    }
}

#[derive(Debug)]
enum Message {
    Text(Vec<u8>),
    Typed(Typed),
}

/// What the other end has written.
#[derive(Debug)]
pub struct MemorySource {
    messages: mpsc::Receiver<Message>,
    /// The message that has come, in one of its two forms.
    text: Vec<u8>,
    typed: Option<Typed>,
}

impl Source for MemorySource {
    fn poll_next(&mut self, task: &mut Context<'_>, limit: usize) -> Poll<io::Result<Option<Frame>>> {
        self.messages.poll_recv(task).map(|message| {
            Ok(message.map(|message| match message {
                Message::Text(text) if text.len() > limit => Frame::TooLong,
                Message::Text(text) => {
                    self.text = text;
                    Frame::Message
                }
                Message::Typed(message) => {
                    self.typed = Some(message);
                    Frame::Typed
                }
            }))
        })
    }

    fn message(&self) -> &[u8] {
        &self.text
    }

    fn typed(&mut self) -> Option<Typed> {
        self.typed.take()
    }
}

/// What the other end will read.
#[derive(Debug)]
pub struct MemorySink {
    peer: mpsc::Sender<Message>,
}

impl MemorySink {
    /// Sends what need not be text.
    ///
    /// # Errors
    /// When the other end is gone.
    pub async fn send_bytes(&mut self, message: &[u8]) -> io::Result<()> {
        self.put(Message::Text(message.to_vec())).await
    }

    /// Sends a message as it is, over whichever pair.
    ///
    /// # Errors
    /// When the other end is gone.
    pub async fn send_typed(&mut self, message: Typed) -> io::Result<()> {
        self.put(Message::Typed(message)).await
    }

    async fn put(&mut self, message: Message) -> io::Result<()> {
        self.peer.send(message).await.map_err(|_| gone())
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the other end is gone")
}

impl Sink for MemorySink {
    async fn send(&mut self, message: &str) -> io::Result<()> {
        self.send_bytes(message.as_bytes()).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    async fn send_all(&mut self, batch: &mut Batch) -> io::Result<()> {
        let (mut at, count) = (0, batch.ends.len());
        while at < count {
            // As many at once as there is room for.
            let room = self.peer.capacity().clamp(1, count - at);
            let places = self.peer.reserve_many(room).await.map_err(|_| gone())?;
            for place in places {
                place.send(match batch.take(at) {
                    Some(Content::Text(text)) => Message::Text(text.as_bytes().to_vec()),
                    Some(Content::Typed(message)) => Message::Typed(message),
                    None => return Ok(()),
                });
                at += 1;
            }
        }
        Ok(())
    }
}
