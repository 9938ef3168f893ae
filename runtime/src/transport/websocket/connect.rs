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
use tungstenite::handshake::client::ClientHandshake;
use tungstenite::http::{HeaderValue, header};

use super::frames::Role;
use super::{KEEP_ALIVE, Token, WebSocket};

/// How long a server may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest answer that is looked at, in bytes.
const LONGEST_ANSWER: usize = 16 << 10;

/// Opens a WebSocket to `ws://HOST[:PORT][/PATH]`. A server that goes silent is given up after about a minute.
///
/// # Errors
/// When the address is none (`InvalidInput`), nobody answers there, or the server refuses: the error has its status and text
/// then, and is `PermissionDenied` where token or origin are not what it wants.
pub async fn connect(url: &str, token: Option<&Token>) -> io::Result<WebSocket> {
    let opened = timeout(PATIENCE, open(url, token)).await;
    opened.unwrap_or_else(|_| {
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the server does not answer",
        ))
    })
}

async fn open(url: &str, token: Option<&Token>) -> io::Result<WebSocket> {
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
        Ok(_) => WebSocket::new(socket, Role::Client, &rest, Some(KEEP_ALIVE)),
        Err(HandshakeError::Failure(Error::Http(response))) => {
            let status = response.status();
            let kind = match status.as_u16() {
                401 | 403 => io::ErrorKind::PermissionDenied,
                _ => io::ErrorKind::ConnectionRefused,
            };
            let mut rest = rest;
            // What the server says about it, if it comes at all.
            let _ = socket.take(LONGEST_ANSWER as u64).read_to_end(&mut rest).await;
            let text = String::from_utf8_lossy(&rest);
            Err(io::Error::new(
                kind,
                format!("the server refuses: {status}: {}", text.trim_end()),
            ))
        }
        Err(HandshakeError::Failure(error)) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        Err(HandshakeError::Interrupted(_)) => Err(io::ErrorKind::InvalidData.into()),
    }
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
