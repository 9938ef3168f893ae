//! Transports move whole messages, and know nothing of what is in them.
//!
//! In: bytes from a pipe, a socket or another task. Out: one [`Frame`] per message, and the other way round. Framings and
//! sockets are implementations of [`Transport`].

pub mod lines;
pub mod memory;
pub mod stdio;

use std::future::Future;
use std::io;

/// A way to another peer, which comes apart into its two directions, so that neither waits for the other.
pub trait Transport: Send + 'static {
    /// What comes in.
    type Source: Source;
    /// What goes out.
    type Sink: Sink;

    /// Both directions.
    fn split(self) -> (Self::Source, Self::Sink);
}

/// What comes in.
pub trait Source: Send + 'static {
    /// The next message; none when the peer has ended.
    ///
    /// # Errors
    /// When the transport has failed; nothing can be read afterwards.
    fn next(&mut self, limit: usize) -> impl Future<Output = io::Result<Option<Frame>>> + Send;
}

/// One message that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Its text.
    Message(Vec<u8>),
    /// It was longer than the limit, and was skipped without being kept.
    TooLong,
}

/// What goes out.
pub trait Sink: Send + 'static {
    /// Takes a message; it may stay in a buffer until [`Sink::flush`].
    ///
    /// # Errors
    /// When the transport has failed; nothing can be written afterwards.
    fn send(&mut self, message: &[u8]) -> impl Future<Output = io::Result<()>> + Send;

    /// Completes when the peer can read everything that was sent.
    ///
    /// # Errors
    /// When the transport has failed.
    fn flush(&mut self) -> impl Future<Output = io::Result<()>> + Send;
}
