//! Standard input and output where epoll can wait for them.
//!
//! In: the two descriptors. Out: what reads and writes them without waiting; none where a thread has to do it.
//!
//! Whether calls wait is a property of what was opened, which is shared with everybody who has inherited it. A pipe is
//! therefore opened a second time (`/proc/self/fd`), and a socket, which cannot be, is told with each call. Where neither
//! works, `/proc` is missing or the pipe is another user's, and a thread waits.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::net::{RecvFlags, SendFlags};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::unix::pipe;

use super::{Input, Output};

pub(super) fn input() -> Option<Input> {
    Some(match Kind::of(io::stdin().as_fd())? {
        Kind::Pipe => Box::new(pipe::OpenOptions::new().open_receiver("/proc/self/fd/0").ok()?),
        Kind::Socket(socket) => Box::new(Socket::new(socket, Interest::READABLE).ok()?),
    })
}

pub(super) fn output() -> Option<Output> {
    Some(match Kind::of(io::stdout().as_fd())? {
        Kind::Pipe => Box::new(pipe::OpenOptions::new().open_sender("/proc/self/fd/1").ok()?),
        Kind::Socket(socket) => Box::new(Socket::new(socket, Interest::WRITABLE).ok()?),
    })
}

/// What can be driven.
enum Kind {
    Pipe,
    /// A descriptor of our own for the same socket.
    Socket(OwnedFd),
}

impl Kind {
    fn of(descriptor: BorrowedFd<'_>) -> Option<Self> {
        let file = File::from(descriptor.try_clone_to_owned().ok()?);
        let kind = file.metadata().ok()?.file_type();
        if kind.is_fifo() {
            Some(Self::Pipe)
        } else {
            kind.is_socket().then(|| Self::Socket(file.into()))
        }
    }
}

/// A socket, such as Node gives to the processes that it starts. It stays as open as others left it.
struct Socket(AsyncFd<OwnedFd>);

impl Socket {
    fn new(socket: OwnedFd, interest: Interest) -> io::Result<Self> {
        #[expect(
            deprecated,
            reason = "what replaces it is `unsafe`, for types that may lose their descriptor; this one cannot"
        )]
        AsyncFd::with_interest(socket, interest).map(Self)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut ready = ready!(self.0.poll_read_ready(task))?;
            let read = ready.try_io(|socket| {
                let room = buffer.initialize_unfilled();
                Ok(rustix::net::recv(socket, room, RecvFlags::DONTWAIT)?.0)
            });
            if let Ok(read) = read {
                buffer.advance(read?);
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.0.poll_write_ready(task))?;
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            if let Ok(written) = ready.try_io(|socket| Ok(rustix::net::send(socket, bytes, flags)?)) {
                return Poll::Ready(written);
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// The peer hears of the end when everybody has left the socket: it may be standard error too.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
