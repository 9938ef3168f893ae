//! Transports move whole messages, and know nothing of what is in them.
//!
//! In: bytes from a pipe, a socket or another task. Out: one [`Frame`] per message, and the other way round. Framings and
//! sockets are implementations of [`Transport`]. One within a process may carry messages that are no text; everything else
//! about a connection is the same over all of them.

pub mod lines;
pub mod memory;
pub mod stdio;
#[cfg(feature = "websocket")]
pub mod websocket;

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::task::{Context, Poll};

use crate::typed::{Content, Typed};

/// A way to another peer, which comes apart into its two directions, so that neither waits for the other.
pub trait Transport: Send + 'static {
    /// Whether a peer that has said all may still read what it is told: a pipe that ends, half of a TCP connection. Where
    /// it may not, the end of what comes in is the end of the connection.
    const HALF_CLOSE: bool;
    /// Whether it carries messages that are no text. What is refused, or shown in part, is text all the same.
    const TYPED: bool = false;
    /// How many answers wait for each other while more comes in. Without a limit where it costs less to send them together;
    /// with one, the peer can begin with the first.
    const GATHERS: u32 = u32::MAX;
    /// What comes in.
    type Source: Source;
    /// What goes out.
    type Sink: Sink;

    /// Both directions.
    fn split(self) -> (Self::Source, Self::Sink);
}

/// What comes in. Polled by the connection itself, so that a message is read where the transport has put it.
pub trait Source: Send + 'static {
    /// Goes to the next message; none when the peer has ended. `limit` is the length in bytes beyond which a message is
    /// skipped. Nothing may be lost when the caller stops polling.
    ///
    /// # Errors
    /// When the transport has failed; nothing can be read afterwards.
    fn poll_next(&mut self, task: &mut Context<'_>, limit: usize) -> Poll<io::Result<Option<Frame>>>;

    /// The message that [`Source::poll_next`] has come to, without what frames it.
    fn message(&self) -> &[u8];

    /// The message, once, after [`Frame::Typed`].
    fn typed(&mut self) -> Option<Typed> {
        None
    }

    /// The text of the next message, for who has no loop of its own; empty where it was too long.
    ///
    /// # Errors
    /// As [`Source::poll_next`].
    fn next(&mut self, limit: usize) -> impl Future<Output = io::Result<Option<Vec<u8>>>> + Send {
        async move {
            let frame = poll_fn(|task| self.poll_next(task, limit)).await?;
            Ok(frame.map(|frame| match frame {
                Frame::Message => self.message().to_vec(),
                Frame::TooLong => Vec::new(),
                Frame::Typed => {
                    let text = self.typed().and_then(|message| message.text(false).ok());
                    text.unwrap_or_default().into_bytes()
                }
            }))
        }
    }
}

/// What has come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message.
    Message,
    /// One that was longer than the limit, and was skipped without being kept.
    TooLong,
    /// A message that is no text.
    Typed,
}

/// What goes out. A task of its own waits for it, and nobody else.
pub trait Sink: Send + 'static {
    /// Takes a message, which holds no line break; it may stay in a buffer until [`Sink::flush`].
    ///
    /// # Errors
    /// When the transport has failed; nothing can be written afterwards.
    fn send(&mut self, message: &str) -> impl Future<Output = io::Result<()>> + Send;

    /// Completes when the peer can read everything that was sent.
    ///
    /// # Errors
    /// When the transport has failed.
    fn flush(&mut self) -> impl Future<Output = io::Result<()>> + Send;

    /// Sends all messages that wait, and flushes once.
    ///
    /// # Errors
    /// When the transport has failed.
    fn send_all(&mut self, batch: &mut Batch) -> impl Future<Output = io::Result<()>> + Send {
        async move {
            for message in batch.messages() {
                self.send(message).await?;
            }
            self.flush().await
        }
    }

    /// Says that nothing follows, and why, where a transport has a way to say so. The source is not polled any longer.
    ///
    /// # Errors
    /// When the transport has failed.
    fn close(&mut self, close: Close<'_>) -> impl Future<Output = io::Result<()>> + Send {
        let _ = close;
        async { Ok(()) }
    }
}

/// Why nothing follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close<'a> {
    /// All is said.
    Done,
    /// The server drains, or stops.
    GoingAway,
    /// The peer has not kept to a limit, which the text says.
    Refused(&'a str),
}

/// Messages that go out together.
#[derive(Debug, Default)]
pub struct Batch {
    /// Each message, with a line feed behind it; of one that is no text, the line feed alone.
    pub(crate) text: String,
    /// Where each message ends, behind its line feed.
    pub(crate) ends: Vec<usize>,
    /// Those that are no text, in order, with their index.
    pub(crate) typed: VecDeque<(usize, Typed)>,
}

impl Batch {
    /// The messages, in order, where all are text.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &str> {
        (0..self.ends.len()).filter_map(|at| self.message(at))
    }

    /// The text at an index.
    fn message(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)?;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before));
        self.text.get(start.copied().unwrap_or_default()..end - 1)
    }

    /// Takes the message at an index; in order.
    pub(crate) fn take(&mut self, at: usize) -> Option<Content<'_>> {
        match self.typed.pop_front_if(|(index, _)| *index == at) {
            Some((_, message)) => Some(message.into()),
            None => self.message(at).map(Content::from),
        }
    }

    /// Shows the text of each message that has one.
    pub(crate) fn show(&self, strict: bool, mut each: impl FnMut(&str)) {
        let mut typed = self.typed.iter().peekable();
        for (at, text) in self.messages().enumerate() {
            match typed.next_if(|(index, _)| *index == at) {
                Some((_, message)) => message.text(strict).iter().for_each(|text| each(text)),
                None => each(text),
            }
        }
    }

    pub(crate) fn put(&mut self, message: Content<'_>) {
        match message {
            Content::Text(text) => self.text.push_str(&text),
            Content::Typed(message) => self.typed.push_back((self.ends.len(), message)),
        }
        self.text.push('\n');
        self.ends.push(self.text.len());
    }

    /// The same as lines, each with its line feed, where all are text.
    pub fn lines(&self) -> &str {
        &self.text
    }
}
