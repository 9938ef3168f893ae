//! How much a connection may take.
//!
//! In: chosen by whoever makes a server or a client. Out: read by the connection.

use std::time::Duration;

/// How much a connection may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest message that is read, in bytes; a longer one is skipped and refused (`-32600`).
    pub message: usize,
    /// How many requests may be in flight; more are answered `-32001`. Those that the protocol calls urgent have as many
    /// places again.
    pub requests: usize,
    /// How long all messages together may be whose requests are in flight, in bytes, before more are answered `-32001`.
    pub request_bytes: usize,
    /// How many messages may wait for the writer. Half of it taken, nothing is read for a tenth of a second, and then requests
    /// are answered `-32001`; all of it taken, lossy notifications are lost, and with the next other message the connection
    /// ends. An answer is always queued.
    pub outbound: usize,
    /// The same, in bytes.
    pub outbound_bytes: usize,
    /// How long the peer may take to open the connection, where the protocol has a handshake; none for ever.
    pub initialize: Option<Duration>,
    /// How long handlers may take to answer when the connection is about to end, and the peer to read that.
    pub drain: Duration,
}

impl Default for Limits {
    /// 64 MiB a message; 1,024 requests or 256 MiB of them in flight; 8,192 messages or 16 MiB to be written; a minute to
    /// open the connection, ten seconds to end it.
    fn default() -> Self {
        Self {
            message: 64 << 20,
            requests: 1024,
            request_bytes: 256 << 20,
            outbound: 8192,
            outbound_bytes: 16 << 20,
            initialize: Some(Duration::from_secs(60)),
            drain: Duration::from_secs(10),
        }
    }
}
