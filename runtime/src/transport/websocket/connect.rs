//! The side of a WebSocket that opens it.
//!
//! In: the address of a server, and what it wants to be shown. Out: a transport for a [`Client`](crate::Client).

use std::io::{self, Cursor, Read, Write};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tungstenite::client::IntoClientRequest;
use tungstenite::error::Error;
use tungstenite::handshake::HandshakeError;
use tungstenite::handshake::client::{ClientHandshake, Response};
use tungstenite::http::{HeaderValue, header};

use super::frames::Role;
use super::{KEEP_ALIVE, Token, WebSocket};

/// How long a server may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a server that refuses may take to say why, once it has said that it does.
const REASON: Duration = Duration::from_secs(1);

/// The longest answer that is looked at, in bytes.
const LONGEST_ANSWER: usize = 16 << 10;

/// Opens a WebSocket to `ws://HOST[:PORT][/PATH]`. A server that goes silent is given up after about a minute.
///
/// # Errors
/// When the address is none (`InvalidInput`), nobody answers there, or the server refuses: the error has its status and text
/// then, and is `PermissionDenied` where token or origin are not what it wants.
pub async fn connect(url: &str, token: Option<&Token>) -> io::Result<WebSocket> {
    let asked = timeout(PATIENCE, ask(url, token)).await;
    let (socket, refusal, rest) = asked.unwrap_or_else(|_| {
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the server does not answer",
        ))
    })?;
    match refusal {
        Some(response) => Err(refused(socket, &response, rest).await),
        None => WebSocket::new(socket, Role::Client, &rest, Some(KEEP_ALIVE)),
    }
}

/// Asks for a WebSocket. Gives the answer where it is a refusal, and what was read behind its head.
async fn ask(url: &str, token: Option<&Token>) -> io::Result<(TcpStream, Option<Response>, Vec<u8>)> {
    let invalid = |text: String| io::Error::new(io::ErrorKind::InvalidInput, format!("{url}: {text}"));
    let mut request = url
        .into_client_request()
        .map_err(|error| invalid(error.to_string()))?;
    if request.uri().scheme_str() != Some("ws") {
        return Err(invalid(
            "expected ws://HOST:PORT; TLS is not spoken here".to_owned(),
        ));
    }
    if let Some(token) = token {
        let value = HeaderValue::from_bytes(&[b"Bearer ", token.text()].concat());
        let value = value.map_err(|error| invalid(error.to_string()))?;
        request.headers_mut().insert(header::AUTHORIZATION, value);
    }
    let (host, port) = (
        request.uri().host().unwrap_or_default(),
        request.uri().port_u16().unwrap_or(80),
    );
    let mut socket = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    let handshake = ClientHandshake::start(Exchange::default(), request, None)
        .map_err(|error| invalid(error.to_string()))?;
    // It writes, and is interrupted where it would read.
    let Err(HandshakeError::Interrupted(mut handshake)) = handshake.handshake() else {
        return Err(io::Error::other("a handshake without an answer"));
    };
    let exchange = handshake.get_mut().get_mut();
    socket.write_all(&exchange.asked).await?;
    let mut answer = Vec::new();
    let length = read_head(&mut socket, &mut answer).await?;
    let rest = answer.split_off(length);
    exchange.answer = Cursor::new(answer);
    match handshake.handshake() {
        Ok(_) => Ok((socket, None, rest)),
        Err(HandshakeError::Failure(Error::Http(response))) => Ok((socket, Some(*response), rest)),
        Err(HandshakeError::Failure(error)) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        Err(HandshakeError::Interrupted(_)) => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// What a server says that refuses. It may keep the connection open behind that.
async fn refused(mut socket: TcpStream, response: &Response, mut text: Vec<u8>) -> io::Error {
    let status = response.status();
    let kind = match status.as_u16() {
        401 | 403 => io::ErrorKind::PermissionDenied,
        _ => io::ErrorKind::ConnectionRefused,
    };
    let length = response.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    let length = length.map_or(LONGEST_ANSWER, |length: usize| length.min(LONGEST_ANSWER));
    // If it comes at all.
    let _ = timeout(REASON, read_text(&mut socket, &mut text, length)).await;
    text.truncate(length);
    let text = String::from_utf8_lossy(&text);
    io::Error::new(kind, format!("the server refuses: {status}: {}", text.trim_end()))
}

/// Reads until there is a text of this length, or the server has closed.
async fn read_text(socket: &mut TcpStream, text: &mut Vec<u8>, length: usize) -> io::Result<()> {
    while text.len() < length && socket.read_buf(text).await? > 0 {}
    Ok(())
}

/// Reads until an empty line has come, and gives its end.
async fn read_head(socket: &mut TcpStream, answer: &mut Vec<u8>) -> io::Result<usize> {
    const END: &[u8] = b"\r\n\r\n";
    loop {
        if socket.read_buf(answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(at) = memchr::memmem::find(answer, END) {
            return Ok(at + END.len());
        }
        if answer.len() > LONGEST_ANSWER {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the answer does not end",
            ));
        }
    }
}

/// A handshake in memory: it is we who carry it.
#[derive(Debug, Default)]
struct Exchange {
    asked: Vec<u8>,
    answer: Cursor<Vec<u8>>,
}

impl Write for Exchange {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(&mut self.asked, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Exchange {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match Read::read(&mut self.answer, room)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            read => Ok(read),
        }
    }
}
