//! JSON lines: a message a line, over anything that reads and writes bytes.
//!
//! In: two byte streams. Out: a [`Transport`]. Blank lines are skipped, so that people can type; a last line without its
//! line feed counts.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use memchr::memchr;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::{Batch, Close, Frame, Sink, Source, Transport};

/// What is read at once, in bytes. The buffer grows with a longer line, and shrinks again behind it.
const BUFFER: usize = 8 << 10;

/// What is read at once from a peer that says much, in bytes: as much as a pipe holds.
const BUSY_BUFFER: usize = 64 << 10;

/// How many blank lines and reads without a message there are before others in the process have their turn.
const SKIPPED: u32 = 1024;

/// After how many small reads in a row the peer no longer says much.
const QUIET: u32 = 32;

/// JSON lines over two byte streams.
#[derive(Debug)]
pub struct Lines<R, W> {
    read: R,
    write: W,
}

impl<R, W> Lines<R, W> {
    /// Reads from `read` and writes to `write`, which should not buffer: what goes out together is written at once.
    pub fn new(read: R, write: W) -> Self {
        Self { read, write }
    }
}

impl<R, W> Transport for Lines<R, W>
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    const HALF_CLOSE: bool = true;
    type Source = LineSource<R>;
    type Sink = LineSink<W>;

    fn split(self) -> (Self::Source, Self::Sink) {
        (LineSource::new(self.read), LineSink { write: self.write })
    }
}

/// Lines that come in.
#[derive(Debug)]
pub struct LineSource<R> {
    read: R,
    /// Read bytes up to `filled`; what follows is room.
    buffer: Vec<u8>,
    filled: usize,
    /// The line that was found last.
    line: Range<usize>,
    /// Where the next line begins.
    next: usize,
    /// How far there is no line feed.
    searched: usize,
    /// Whether the line that begins at `next` is beyond the limit, and its beginning is gone.
    too_long: bool,
    ended: bool,
    /// How many reads in a row would have fitted into the smaller buffer.
    quiet: u32,
}

impl<R: AsyncRead + Unpin + Send + 'static> LineSource<R> {
    fn new(read: R) -> Self {
        Self {
            read,
            buffer: vec![0; BUFFER],
            filled: 0,
            line: 0..0,
            next: 0,
            searched: 0,
            too_long: false,
            ended: false,
            quiet: 0,
        }
    }

    /// Makes room behind what is read: what was handed out goes, and what is left moves to the front.
    fn make_room(&mut self) {
        self.line = 0..0;
        if self.next > 0 {
            self.buffer.copy_within(self.next..self.filled, 0);
            self.filled -= self.next;
            self.searched -= self.next;
            self.next = 0;
            let busy = self.quiet < QUIET && self.buffer.len() <= BUSY_BUFFER;
            if self.buffer.len() > BUFFER && self.filled < BUFFER && !busy {
                self.buffer.truncate(BUFFER);
                self.buffer.shrink_to_fit();
            }
        }
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
    }

    /// Takes the line that ends before `end`; none where it is blank.
    fn take(&mut self, end: usize, limit: usize) -> Option<Frame> {
        let line = self.next..end;
        self.next = (end + 1).min(self.filled);
        self.searched = self.next;
        if std::mem::take(&mut self.too_long) || line.len() > limit {
            return Some(Frame::TooLong);
        }
        if self.buffer[line.clone()].iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        self.line = line;
        Some(Frame::Message)
    }
}

impl<R: AsyncRead + Unpin + Send + 'static> Source for LineSource<R> {
    fn poll_next(&mut self, task: &mut Context<'_>, limit: usize) -> Poll<io::Result<Option<Frame>>> {
        for _ in 0..SKIPPED {
            if let Some(at) = memchr(b'\n', &self.buffer[self.searched..self.filled]) {
                if let Some(frame) = self.take(self.searched + at, limit) {
                    return Poll::Ready(Ok(Some(frame)));
                }
                continue;
            }
            self.searched = self.filled;
            if self.filled - self.next > limit {
                // The rest of the line is read for its end alone.
                self.too_long = true;
                self.next = self.filled;
            }
            if self.ended {
                let rest = self.too_long || self.next < self.filled;
                let frame = rest.then(|| self.take(self.filled, limit)).flatten();
                return Poll::Ready(Ok(frame));
            }
            self.make_room();
            let mut room = ReadBuf::new(&mut self.buffer[self.filled..]);
            ready!(Pin::new(&mut self.read).poll_read(task, &mut room))?;
            let (read, full) = (room.filled().len(), room.remaining() == 0);
            self.filled += read;
            self.quiet = if read < BUFFER { self.quiet + 1 } else { 0 };
            if full && self.buffer.len() < BUSY_BUFFER {
                self.buffer.resize(BUSY_BUFFER, 0);
            }
            self.ended = read == 0;
        }
        task.waker().wake_by_ref();
        Poll::Pending
    }

    fn message(&self) -> &[u8] {
        &self.buffer[self.line.clone()]
    }
}

/// Lines that go out.
#[derive(Debug)]
pub struct LineSink<W> {
    write: W,
}

impl<W: AsyncWrite + Unpin + Send + 'static> Sink for LineSink<W> {
    async fn send(&mut self, message: &str) -> io::Result<()> {
        self.write.write_all(message.as_bytes()).await?;
        self.write.write_all(b"\n").await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.write.flush().await
    }

    async fn send_all(&mut self, batch: &mut Batch) -> io::Result<()> {
        self.write.write_all(batch.lines().as_bytes()).await?;
        self.write.flush().await
    }

    async fn close(&mut self, _: Close<'_>) -> io::Result<()> {
        self.write.shutdown().await
    }
}
