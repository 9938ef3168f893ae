//! Standard input and output, as a server sees them that an editor has started.
//!
//! In: nothing. Out: a [`Transport`](super::Transport) of JSON lines. Whoever uses it must write logs elsewhere than to standard output.
//!
//! On Linux, pipes and sockets are waited for by epoll, which costs a fraction of a thread that waits. Others who hold the
//! same pipe or socket, such as a shell, or standard error, see none of it: no flag that they share is changed. Files,
//! terminals and whatever cannot be driven so are left to threads, as is everything on other systems.

#[cfg(target_os = "linux")]
mod linux;

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::lines::Lines;

/// JSON lines from standard input and to standard output.
///
/// Where a thread reads standard input, it cannot be interrupted: a process that ends for another reason than the end of
/// its input leaves by `std::process::exit`, or shuts its tokio runtime down in the background.
///
/// # Panics
/// Outside of a tokio runtime that drives I/O.
pub fn stdio() -> Lines<Input, Output> {
    #[cfg(target_os = "linux")]
    let (input, output) = (linux::input(), linux::output());
    #[cfg(not(target_os = "linux"))]
    let (input, output) = (None, None);
    Lines::new(
        input.unwrap_or_else(|| Input(Box::new(tokio::io::stdin()))),
        output.unwrap_or_else(|| Output(Box::new(tokio::io::stdout()))),
    )
}

/// Standard input.
pub struct Input(Box<dyn AsyncRead + Send + Sync + Unpin>);

/// Standard output.
pub struct Output(Box<dyn AsyncWrite + Send + Sync + Unpin>);

impl AsyncRead for Input {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(task, buffer)
    }
}

impl AsyncWrite for Output {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(task, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(task)
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Input")
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output")
    }
}
