//! JSON lines: a message a line, over anything that reads and writes bytes.
//!
//! In: two byte streams. Out: a [`Transport`]. Blank lines are skipped, so that people can type; a last line without its
//! line feed counts.

use std::io;

use memchr::memchr;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, BufWriter};

use super::{Frame, Sink, Source, Transport};

/// JSON lines over two byte streams.
#[derive(Debug)]
pub struct Lines<R, W> {
    read: R,
    write: W,
}

impl<R, W> Lines<R, W> {
    /// Reads from `read` and writes to `write`.
    pub fn new(read: R, write: W) -> Self {
        Self { read, write }
    }
}

impl<R, W> Transport for Lines<R, W>
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    type Source = LineSource<BufReader<R>>;
    type Sink = LineSink<BufWriter<W>>;

    fn split(self) -> (Self::Source, Self::Sink) {
        (
            LineSource {
                read: BufReader::new(self.read),
            },
            LineSink {
                write: BufWriter::new(self.write),
            },
        )
    }
}

/// Lines that come in.
#[derive(Debug)]
pub struct LineSource<R> {
    read: R,
}

impl<R: AsyncBufRead + Unpin + Send + 'static> Source for LineSource<R> {
    async fn next(&mut self, limit: usize) -> io::Result<Option<Frame>> {
        loop {
            match self.line(limit).await? {
                Some(Frame::Message(line)) if line.iter().all(u8::is_ascii_whitespace) => {}
                other => return Ok(other),
            }
        }
    }
}

impl<R: AsyncBufRead + Unpin> LineSource<R> {
    async fn line(&mut self, limit: usize) -> io::Result<Option<Frame>> {
        let mut line = Vec::new();
        let mut too_long = false;
        loop {
            let part = self.read.fill_buf().await?;
            if part.is_empty() {
                return Ok(match (too_long, line.is_empty()) {
                    (true, _) => Some(Frame::TooLong),
                    (false, true) => None,
                    (false, false) => Some(Frame::Message(line)),
                });
            }
            let end = memchr(b'\n', part);
            let text = &part[..end.unwrap_or(part.len())];
            if too_long || line.len() + text.len() > limit {
                too_long = true;
                line = Vec::new();
            } else {
                line.extend_from_slice(text);
            }
            let used = end.map_or(part.len(), |end| end + 1);
            self.read.consume(used);
            if end.is_some() {
                return Ok(Some(if too_long {
                    Frame::TooLong
                } else {
                    Frame::Message(line)
                }));
            }
        }
    }
}

/// Lines that go out.
#[derive(Debug)]
pub struct LineSink<W> {
    write: W,
}

impl<W: AsyncWrite + Unpin + Send + 'static> Sink for LineSink<W> {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        self.write.write_all(message).await?;
        self.write.write_all(b"\n").await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.write.flush().await
    }
}
