//! How the client talks: blocking, with few system calls, whole batches at once.
//!
//! In: messages. Out: bytes in the framing of a server, and the other way round.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{ChildStdin, ChildStdout};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use memchr::memmem;
use tokio::runtime::Runtime;
use wiregate_runtime::transport::memory::{Memory, MemorySink, MemorySource};
use wiregate_runtime::transport::{Source, Transport};

/// A way to a server.
pub trait Wire {
    /// Takes a message, which goes out with the next flush.
    fn push(&mut self, message: &[u8]);

    /// Sends what was pushed.
    fn flush(&mut self) -> Result<()>;

    /// Waits until something has come, and shows each message that is there.
    fn read(&mut self, each: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>;
}

/// How messages are told apart in a stream of bytes.
pub trait Framing {
    /// Writes a message.
    fn write(out: &mut Vec<u8>, message: &[u8]);

    /// Where the first message begins and ends, and where the next one begins; none while it is not whole.
    fn first(bytes: &[u8]) -> Result<Option<(usize, usize, usize)>>;
}

/// A line each.
pub enum Lines {}

impl Framing for Lines {
    fn write(out: &mut Vec<u8>, message: &[u8]) {
        out.extend_from_slice(message);
        out.push(b'\n');
    }

    fn first(bytes: &[u8]) -> Result<Option<(usize, usize, usize)>> {
        Ok(memchr::memchr(b'\n', bytes).map(|end| (0, end, end + 1)))
    }
}

/// `Content-Length`, as in the language server protocol.
pub enum Headers {}

impl Framing for Headers {
    fn write(out: &mut Vec<u8>, message: &[u8]) {
        let mut digits = itoa::Buffer::new();
        out.extend_from_slice(b"Content-Length: ");
        out.extend_from_slice(digits.format(message.len()).as_bytes());
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(message);
    }

    fn first(bytes: &[u8]) -> Result<Option<(usize, usize, usize)>> {
        let Some(end) = memmem::find(bytes, b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = std::str::from_utf8(&bytes[..end])?;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "));
        let length: usize = length.context("a message without its length")?.parse()?;
        let start = end + 4;
        Ok((bytes.len() >= start + length).then_some((start, start + length, start + length)))
    }
}

/// WebSocket text frames. The client's mask is zero, so that masking costs it nothing.
pub enum Frames {}

impl Framing for Frames {
    fn write(out: &mut Vec<u8>, message: &[u8]) {
        const FINAL_TEXT: u8 = 0x81;
        const MASKED: u8 = 0x80;
        out.push(FINAL_TEXT);
        match u8::try_from(message.len()) {
            Ok(short) if short < 126 => out.push(MASKED | short),
            _ => {
                let length = u16::try_from(message.len()).expect("requests are short");
                out.push(MASKED | 126);
                out.extend_from_slice(&length.to_be_bytes());
            }
        }
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(message);
    }

    fn first(bytes: &[u8]) -> Result<Option<(usize, usize, usize)>> {
        let [kind, length, rest @ ..] = bytes else {
            return Ok(None);
        };
        ensure!(*kind == 0x81, "a frame of kind {kind:#x}");
        let (start, length) = match (*length, rest) {
            (126, [a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b]))),
            (127, [0, 0, 0, 0, a, b, c, d, ..]) => (10, u32::from_be_bytes([*a, *b, *c, *d]) as usize),
            (126 | 127, _) => return Ok(None),
            (short, _) => (2, usize::from(short)),
        };
        let end = start + length;
        Ok((bytes.len() >= end).then_some((start, end, end)))
    }
}

/// A stream of bytes each way.
pub struct Stream<F, R, W> {
    read: R,
    write: W,
    out: Vec<u8>,
    /// What was read and not shown, from `start` to `end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    framing: std::marker::PhantomData<F>,
}

impl<F, R, W> Stream<F, R, W> {
    fn new(read: R, write: W) -> Self {
        Self {
            read,
            write,
            out: Vec::new(),
            buffer: vec![0; 256 << 10],
            start: 0,
            end: 0,
            framing: std::marker::PhantomData,
        }
    }
}

impl<F> Stream<F, ChildStdout, ChildStdin> {
    /// The pipes of a process.
    pub fn pipes(read: ChildStdout, write: ChildStdin) -> Self {
        Self::new(read, write)
    }
}

impl Stream<Frames, TcpStream, TcpStream> {
    /// A WebSocket, opened.
    pub fn websocket(port: u16) -> Result<Self> {
        let mut socket = TcpStream::connect(("127.0.0.1", port))?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(Duration::from_secs(20)))?;
        write!(
            socket,
            "GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte)?;
            answer.push(byte[0]);
        }
        ensure!(
            answer.starts_with(b"HTTP/1.1 101"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
        Ok(Self::new(socket.try_clone()?, socket))
    }
}

impl<F: Framing, R: Read, W: Write> Wire for Stream<F, R, W> {
    fn push(&mut self, message: &[u8]) {
        F::write(&mut self.out, message);
    }

    fn flush(&mut self) -> Result<()> {
        self.write.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    fn read(&mut self, each: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        loop {
            if self.end == self.buffer.len() {
                self.buffer.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            let count = self.read.read(&mut self.buffer[self.end..])?;
            if count == 0 {
                bail!("the server has gone");
            }
            self.end += count;
            let mut shown = false;
            while let Some((start, end, next)) = F::first(&self.buffer[self.start..self.end])? {
                each(&self.buffer[self.start + start..self.start + end])?;
                self.start += next;
                shown = true;
            }
            if self.start == self.end {
                self.start = 0;
                self.end = 0;
            }
            if shown {
                return Ok(());
            }
        }
    }
}

/// The memory transport. What is pushed goes out while answers are read: there is room for few messages on the way.
pub struct InMemory {
    runtime: Runtime,
    source: MemorySource,
    sink: MemorySink,
    pushed: std::collections::VecDeque<Vec<u8>>,
}

impl InMemory {
    /// This end of a pair.
    pub fn new(transport: Memory) -> Result<Self> {
        let (source, sink) = transport.split();
        Ok(Self {
            runtime: tokio::runtime::Builder::new_current_thread().build()?,
            source,
            sink,
            pushed: Default::default(),
        })
    }
}

impl Wire for InMemory {
    fn push(&mut self, message: &[u8]) {
        self.pushed.push_back(message.to_vec());
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    fn read(&mut self, each: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.runtime.block_on(async {
            loop {
                tokio::select! {
                    biased;
                    sent = async { self.sink.send_bytes(&self.pushed[0]).await }, if !self.pushed.is_empty() => {
                        sent?;
                        self.pushed.pop_front();
                    }
                    frame = self.source.next(usize::MAX) => {
                        let Some(text) = frame? else {
                            bail!("the server has gone");
                        };
                        return each(&text);
                    }
                }
            }
        })
    }
}
