//! The floor: a loop written by hand, which decodes typed params with serde's derives, matches the method and encodes the
//! typed result. It writes what it has said when nothing more has come in, and knows no limits, handshake or concurrency.
//!
//! In: a transport. Out: the answers, in one task.

use std::fmt;
use std::future::poll_fn;
use std::io;

use futures_util::{FutureExt, SinkExt, StreamExt};
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::unix::pipe;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use wiregate_runtime::transport::memory::{Memory, MemorySink};
use wiregate_runtime::transport::{Source, Transport};

use crate::shapes::{self, Count, FileReadParams, OpenParams, PageReadParams, Piece};

/// What is read at once and written at once, as much as a pipe holds.
const BUFFER: usize = 64 << 10;

/// Serves JSON lines.
pub async fn lines(mut read: pipe::Receiver, write: pipe::Sender) -> io::Result<()> {
    let mut out = LinesOut {
        write,
        text: Vec::with_capacity(2 * BUFFER),
    };
    let mut state = State::default();
    let mut buffer = vec![0; BUFFER];
    let mut filled = 0;
    loop {
        if filled == buffer.len() {
            buffer.resize(2 * filled, 0);
        }
        let count = read.read(&mut buffer[filled..]).await?;
        if count == 0 {
            return Ok(());
        }
        filled += count;
        let mut start = 0;
        while let Some(end) = memchr::memchr(b'\n', &buffer[start..filled]) {
            state.serve(&buffer[start..start + end], &mut out).await?;
            start += end + 1;
        }
        buffer.copy_within(start..filled, 0);
        filled -= start;
        out.flush().await?;
    }
}

/// Serves a WebSocket.
pub async fn websocket(socket: WebSocketStream<TcpStream>) -> io::Result<()> {
    let mut state = State::default();
    let mut out = WebSocketOut {
        socket,
        text: Vec::new(),
    };
    loop {
        let next = match out.socket.next().now_or_never() {
            Some(next) => next,
            None => {
                out.flush().await?;
                out.socket.next().await
            }
        };
        match next.transpose().map_err(io::Error::other)? {
            None | Some(Message::Close(_)) => return Ok(()),
            Some(Message::Text(text)) => state.serve(text.as_bytes(), &mut out).await?,
            Some(_) => {}
        }
    }
}

/// Serves the memory transport.
pub async fn memory(transport: Memory) -> io::Result<()> {
    let (mut source, sink) = transport.split();
    let mut state = State::default();
    let mut out = MemoryOut {
        sink,
        text: Vec::new(),
    };
    while poll_fn(|task| source.poll_next(task, usize::MAX))
        .await?
        .is_some()
    {
        state.serve(source.message(), &mut out).await?;
    }
    Ok(())
}

/// Where messages go.
trait Out {
    /// Where the next message is written.
    fn text(&mut self) -> &mut Vec<u8>;
    /// It is written.
    async fn end(&mut self) -> io::Result<()>;
    /// All of them shall be read.
    async fn flush(&mut self) -> io::Result<()>;
}

struct LinesOut {
    write: pipe::Sender,
    text: Vec<u8>,
}

impl Out for LinesOut {
    fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    async fn end(&mut self) -> io::Result<()> {
        self.text.push(b'\n');
        if self.text.len() >= BUFFER {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        if !self.text.is_empty() {
            self.write.write_all(&self.text).await?;
            self.text.clear();
        }
        Ok(())
    }
}

struct WebSocketOut {
    socket: WebSocketStream<TcpStream>,
    text: Vec<u8>,
}

impl Out for WebSocketOut {
    fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    async fn end(&mut self) -> io::Result<()> {
        let text = String::from_utf8(std::mem::take(&mut self.text)).map_err(io::Error::other)?;
        self.socket
            .feed(Message::text(text))
            .await
            .map_err(io::Error::other)
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.socket.flush().await.map_err(io::Error::other)
    }
}

struct MemoryOut {
    sink: MemorySink,
    text: Vec<u8>,
}

impl Out for MemoryOut {
    fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    async fn end(&mut self) -> io::Result<()> {
        self.sink.send_bytes(&self.text).await?;
        self.text.clear();
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the server knows.
#[derive(Default)]
struct State {
    /// How many notifications have come in.
    pushed: u32,
}

impl State {
    async fn serve(&mut self, text: &[u8], out: &mut impl Out) -> io::Result<()> {
        let request: Request<'_> = serde_json::from_slice(text)?;
        let id = request.id;
        match request.call {
            Call::Open(params) => answer(out, id, &shapes::open(params)).await,
            Call::FileRead(params) => answer(out, id, &shapes::file(params)).await,
            Call::PageRead(params) => answer(out, id, &shapes::page(params)).await,
            Call::PieceStream(Count { count }) => {
                for index in 0..count {
                    notify(out, "piece", &shapes::piece(index)).await?;
                }
                answer(out, id, &Count { count }).await
            }
            Call::PieceCount => answer(out, id, &Count { count: self.pushed }).await,
            Call::PiecePush(_) => {
                self.pushed += 1;
                Ok(())
            }
        }
    }
}

async fn answer(out: &mut impl Out, id: Option<&RawValue>, result: &impl Serialize) -> io::Result<()> {
    let id = id.ok_or_else(|| io::Error::other("a request without an id"))?;
    let text = out.text();
    text.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    text.extend_from_slice(id.get().as_bytes());
    text.extend_from_slice(br#","result":"#);
    serde_json::to_writer(&mut *text, result)?;
    text.push(b'}');
    out.end().await
}

async fn notify(out: &mut impl Out, method: &str, params: &impl Serialize) -> io::Result<()> {
    let text = out.text();
    text.extend_from_slice(br#"{"jsonrpc":"2.0","method":""#);
    text.extend_from_slice(method.as_bytes());
    text.extend_from_slice(br#"","params":"#);
    serde_json::to_writer(&mut *text, params)?;
    text.push(b'}');
    out.end().await
}

/// What came in. Read in one pass: the method stands before its params.
struct Request<'a> {
    id: Option<&'a RawValue>,
    call: Call,
}

enum Call {
    Open(OpenParams),
    FileRead(FileReadParams),
    PageRead(PageReadParams),
    PieceStream(Count),
    PieceCount,
    PiecePush(#[allow(dead_code, reason = "decoded, and that is all")] Piece),
}

#[derive(Clone, Copy, Deserialize)]
enum Method {
    #[serde(rename = "open")]
    Open,
    #[serde(rename = "file/read")]
    FileRead,
    #[serde(rename = "page/read")]
    PageRead,
    #[serde(rename = "piece/stream")]
    PieceStream,
    #[serde(rename = "piece/count")]
    PieceCount,
    #[serde(rename = "piece/push")]
    PiecePush,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Member {
    Jsonrpc,
    Id,
    Method,
    Params,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for Request<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RequestVisitor)
    }
}

struct RequestVisitor;

impl<'de> Visitor<'de> for RequestVisitor {
    type Value = Request<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request or a notification")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Request<'de>, A::Error> {
        let (mut id, mut method, mut call) = (None, None, None);
        while let Some(member) = map.next_key()? {
            match member {
                Member::Id => id = Some(map.next_value()?),
                Member::Method => method = Some(map.next_value::<Method>()?),
                Member::Params => {
                    let method = method.ok_or_else(|| A::Error::missing_field("method"))?;
                    call = Some(map.next_value_seed(ParamsOf(method))?);
                }
                Member::Jsonrpc | Member::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let call = match (call, method) {
            (Some(call), _) => call,
            (None, Some(Method::PieceCount)) => Call::PieceCount,
            (None, _) => return Err(A::Error::missing_field("params")),
        };
        Ok(Request { id, call })
    }
}

struct ParamsOf(Method);

impl<'de> DeserializeSeed<'de> for ParamsOf {
    type Value = Call;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Call, D::Error> {
        Ok(match self.0 {
            Method::Open => Call::Open(Deserialize::deserialize(deserializer)?),
            Method::FileRead => Call::FileRead(Deserialize::deserialize(deserializer)?),
            Method::PageRead => Call::PageRead(Deserialize::deserialize(deserializer)?),
            Method::PieceStream => Call::PieceStream(Deserialize::deserialize(deserializer)?),
            Method::PieceCount => {
                IgnoredAny::deserialize(deserializer)?;
                Call::PieceCount
            }
            Method::PiecePush => Call::PiecePush(Deserialize::deserialize(deserializer)?),
        })
    }
}
