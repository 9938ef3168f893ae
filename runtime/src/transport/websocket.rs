//! WebSocket (RFC 6455): a message a text frame, over TCP.
//!
//! In: connections that a [`Listener`] accepts, or the address of a server to [`connect`] to. Out: a [`WebSocket`], which is
//! a [`Transport`].
//!
//! `tungstenite` opens connections, and reads and writes the heads of frames; the messages between them are put together
//! here, so that each direction is used by one task without a lock, what is read is handed out where it lies, and what is
//! too long is skipped rather than kept. There is no TLS: that is the business of a reverse proxy in front of the server.

mod connect;
mod frames;
mod head;
mod listener;

use std::borrow::Cow;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Buf;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::consume_budget;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};

use super::{Batch, Close, Frame, Sink, Source, Transport};
pub use connect::connect;
use frames::{Fault, Found, Frames, Role};
pub use listener::{Listener, Options, Token};

/// How long a peer may be silent by default: then it is sent a ping, and as much later it is given up.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// What is written together, in bytes; a server does not copy a message of this length for it.
const TOGETHER: usize = 64 << 10;

/// The same for the last message of a batch, which is written at once in any case.
const LAST_MESSAGE: usize = 4 << 10;

/// A buffer for what is written does not stay beyond this, in bytes.
const KEPT: usize = 4 << 10;

/// How much may wait of pongs to a peer that does not read, in bytes; the rest of its pings stays unanswered.
const PONGS: usize = 1 << 10;

/// How long the peer may take to close its side, so that it can read why this one has closed.
const LINGER: Duration = Duration::from_secs(1);

/// A WebSocket that is open.
#[derive(Debug)]
pub struct WebSocket {
    socket: TcpStream,
    frames: Frames,
    role: Role,
    keep_alive: Option<Duration>,
}

impl WebSocket {
    /// `rest` is what was read behind the head.
    fn new(socket: TcpStream, role: Role, rest: &[u8], keep_alive: Option<Duration>) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            frames: Frames::new(role, rest),
            role,
            keep_alive,
        })
    }
}

impl Transport for WebSocket {
    /// Who has closed reads nothing more.
    const HALF_CLOSE: bool = false;
    type Source = WebSocketSource;
    type Sink = WebSocketSink;

    fn split(self) -> (WebSocketSource, WebSocketSink) {
        let (read, write) = self.socket.into_split();
        let aside = Arc::new(Mutex::new(Aside::default()));
        let source = WebSocketSource {
            read,
            frames: self.frames,
            role: self.role,
            aside: Arc::clone(&aside),
            pulse: self.keep_alive.map(Pulse::new),
        };
        let sink = WebSocketSink {
            write,
            role: self.role,
            aside,
            out: Vec::new(),
        };
        (source, sink)
    }
}

/// What the two directions have to do with each other.
#[derive(Debug, Default)]
struct Aside {
    /// Control frames of the source, or what is left of them, which go out before anything else.
    control: Vec<u8>,
    /// Whether the sink is writing, and will take `control` when it has done so. Otherwise the source writes it itself.
    writing: bool,
    /// Why this side closes, where the source has found a fault.
    fault: Option<Fault>,
    /// Whether the peer has closed or is gone, and is told nothing more.
    closed: bool,
}

fn lock(aside: &Mutex<Aside>) -> MutexGuard<'_, Aside> {
    aside.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What comes in.
#[derive(Debug)]
pub struct WebSocketSource {
    read: OwnedReadHalf,
    frames: Frames,
    role: Role,
    aside: Arc<Mutex<Aside>>,
    pulse: Option<Pulse>,
}

impl WebSocketSource {
    /// Sends a control frame, when the sink has nothing under way at once.
    fn control(&mut self, kind: Control, payload: &[u8]) -> io::Result<()> {
        let mut aside = lock(&self.aside);
        if kind == Control::Close || aside.control.len() < PONGS {
            self.role.put(&mut aside.control, OpCode::Control(kind), payload);
        }
        Self::pass(&self.read, &mut aside)
    }

    /// Writes control frames as far as there is room for them.
    fn pass(read: &OwnedReadHalf, aside: &mut Aside) -> io::Result<()> {
        while !aside.writing && !aside.control.is_empty() {
            match read.as_ref().try_write(&aside.control) {
                Ok(written) => drop(aside.control.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Nothing comes any more from a peer that is told nothing more.
    fn gone(&self, kind: io::ErrorKind, text: &'static str) -> io::Error {
        let mut aside = lock(&self.aside);
        aside.closed = true;
        aside.control.clear();
        io::Error::new(kind, text)
    }

    /// Reads once.
    fn poll_read(&mut self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Where nothing is kept, room is made when something is there to fill it.
        let may_read = !self.frames.is_empty() || self.read.as_ref().poll_read_ready(task).is_ready();
        let mut room = ReadBuf::new(if may_read { self.frames.room() } else { &mut [] });
        if may_read && let Poll::Ready(read) = Pin::new(&mut self.read).poll_read(task, &mut room) {
            read?;
            let read = room.filled().len();
            if read == 0 {
                let text = "the peer has gone without closing the connection";
                return Poll::Ready(Err(self.gone(io::ErrorKind::UnexpectedEof, text)));
            }
            self.frames.filled(read);
            if let Some(pulse) = &mut self.pulse {
                pulse.heard = true;
            }
            return Poll::Ready(Ok(()));
        }
        self.frames.rest();
        if let Some(pulse) = &mut self.pulse {
            match pulse.poll(task) {
                Some(Beat::Ping) => {
                    self.frames.shrink();
                    self.control(Control::Ping, b"")?;
                }
                Some(Beat::Dead) => {
                    let text = "the peer does not answer a ping";
                    return Poll::Ready(Err(self.gone(io::ErrorKind::TimedOut, text)));
                }
                None => {}
            }
        }
        let mut aside = lock(&self.aside);
        if !aside.writing && !aside.control.is_empty() && self.read.as_ref().poll_write_ready(task).is_ready()
        {
            Self::pass(&self.read, &mut aside)?;
            task.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Source for WebSocketSource {
    fn poll_next(&mut self, task: &mut Context<'_>, limit: usize) -> Poll<io::Result<Option<Frame>>> {
        loop {
            match self.frames.next(limit) {
                Ok(Some(Found::Message)) => return Poll::Ready(Ok(Some(Frame::Message))),
                Ok(Some(Found::TooLong)) => return Poll::Ready(Ok(Some(Frame::TooLong))),
                Ok(Some(Found::Ping(payload))) => self.control(Control::Pong, &payload)?,
                Ok(Some(Found::Pong)) => {}
                Ok(Some(Found::Close(reply))) => {
                    // Who has closed already may be gone before it is answered.
                    drop(self.control(Control::Close, &reply));
                    lock(&self.aside).closed = true;
                    return Poll::Ready(Ok(None));
                }
                Ok(None) => ready!(self.poll_read(task))?,
                Err(fault) => {
                    let error = io::Error::new(io::ErrorKind::InvalidData, fault.reason.clone());
                    lock(&self.aside).fault = Some(fault);
                    return Poll::Ready(Err(error));
                }
            }
        }
    }

    fn message(&self) -> &[u8] {
        self.frames.message()
    }
}

/// Finds out whether a silent peer is still there.
#[derive(Debug)]
struct Pulse {
    every: Duration,
    timer: Pin<Box<Sleep>>,
    /// Whether something has come since the timer was set.
    heard: bool,
    /// Whether the peer was sent a ping since something has come.
    asked: bool,
}

/// What is to be done about a silent peer.
enum Beat {
    Ping,
    Dead,
}

impl Pulse {
    fn new(every: Duration) -> Self {
        Self {
            every,
            timer: Box::pin(sleep(every)),
            heard: false,
            asked: false,
        }
    }

    fn poll(&mut self, task: &mut Context<'_>) -> Option<Beat> {
        let mut beat = None;
        while self.timer.as_mut().poll(task).is_ready() {
            self.timer.as_mut().reset(Instant::now() + self.every);
            if std::mem::take(&mut self.heard) {
                self.asked = false;
            } else if std::mem::replace(&mut self.asked, true) {
                return Some(Beat::Dead);
            } else {
                beat = Some(Beat::Ping);
            }
        }
        beat
    }
}

/// What goes out.
#[derive(Debug)]
pub struct WebSocketSink {
    write: OwnedWriteHalf,
    role: Role,
    aside: Arc<Mutex<Aside>>,
    /// Frames that are not written yet.
    out: Vec<u8>,
}

impl WebSocketSink {
    /// Writes what there is, and then `direct`, the payload of the last frame.
    async fn write(&mut self, mut direct: &str) -> io::Result<()> {
        loop {
            let control = {
                let mut aside = lock(&self.aside);
                aside.writing = true;
                std::mem::take(&mut aside.control)
            };
            let out = (&*control).chain(&*self.out);
            let mut all = out.chain(std::mem::take(&mut direct).as_bytes());
            self.write.write_all_buf(&mut all).await?;
            self.out.clear();
            let mut aside = lock(&self.aside);
            if aside.control.is_empty() {
                aside.writing = false;
                return Ok(());
            }
        }
    }

    /// Takes a message; a server does not copy one of this length, but writes it at once.
    async fn put(&mut self, message: &str, direct: usize) -> io::Result<()> {
        if message.len() >= direct && self.role == Role::Server {
            self.role.put_head(&mut self.out, message.len());
            return self.write(message).await;
        }
        self.role
            .put(&mut self.out, OpCode::Data(Data::Text), message.as_bytes());
        if self.out.len() >= TOGETHER {
            self.write("").await?;
        }
        Ok(())
    }
}

impl Sink for WebSocketSink {
    async fn send(&mut self, message: &str) -> io::Result<()> {
        self.put(message, TOGETHER).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.write("").await?;
        if self.out.capacity() > KEPT {
            self.out = Vec::new();
        }
        Ok(())
    }

    async fn send_all(&mut self, batch: &mut Batch) -> io::Result<()> {
        let mut messages = batch.messages();
        if let Some(last) = messages.next_back() {
            let heads = frames::LONGEST_HEAD * batch.ends.len();
            let direct = if last.len() < LAST_MESSAGE { 0 } else { last.len() };
            self.out
                .reserve((batch.lines().len() - direct + heads).min(TOGETHER));
            for message in messages {
                self.send(message).await?;
            }
            self.put(last, LAST_MESSAGE).await?;
        }
        self.flush().await
    }

    async fn close(&mut self, close: Close<'_>) -> io::Result<()> {
        let (closed, fault) = {
            let mut aside = lock(&self.aside);
            (aside.closed, aside.fault.take())
        };
        if !closed {
            let fault = fault.unwrap_or_else(|| Fault::of(close));
            self.role
                .put(&mut self.out, OpCode::Control(Control::Close), &fault.payload());
        }
        self.flush().await?;
        self.write.shutdown().await?;
        if !closed {
            // The source is not polled any longer. What it has not read must not make the system forget what was sent.
            drop(timeout(LINGER, drain(self.write.as_ref())).await);
        }
        Ok(())
    }
}

/// Reads until the peer has closed.
async fn drain(socket: &TcpStream) -> io::Result<()> {
    let mut scrap = vec![0; KEPT];
    loop {
        // While there is always more, nothing below waits, so that neither others nor the time would be looked at.
        consume_budget().await;
        socket.readable().await?;
        match socket.try_read(&mut scrap) {
            Ok(0) => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            _ => {}
        }
    }
}

impl Fault {
    fn of(close: Close<'_>) -> Self {
        match close {
            Close::Done => Self::new(CloseCode::Normal, ""),
            Close::GoingAway => Self::new(CloseCode::Away, "the server is shutting down"),
            Close::Refused(reason) => Self::new(CloseCode::Policy, Cow::Owned(reason.to_owned())),
        }
    }
}
