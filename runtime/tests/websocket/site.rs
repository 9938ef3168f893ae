//! A server with a listener, and clients that block.
//!
//! In: a router and options. Out: an address, and sockets to it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};
use wiregate_runtime::transport::websocket::{Listener, Options};
use wiregate_runtime::{Limits, Router, Server};

use crate::support::{PROTOCOL, router, soon};

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Site {
    pub(crate) runtime: Runtime,
    pub(crate) server: Server,
    pub(crate) address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::with(Options::default(), Limits::default())
    }

    pub(crate) fn with(options: Options, limits: Limits) -> Self {
        Self::of(router(&PROTOCOL), options, limits)
    }

    pub(crate) fn of(router: Router, options: Options, limits: Limits) -> Self {
        Self::on(1, router, options, limits)
    }

    /// The same, on as many threads.
    pub(crate) fn on(threads: usize, router: Router, options: Options, limits: Limits) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .enable_all()
            .build()
            .expect("a runtime");
        let server = Server::new(router).with_limits(limits);
        let listener = runtime
            .block_on(Listener::bind(([127, 0, 0, 1], 0).into(), options))
            .expect("a free port");
        let address = listener.local_addr().expect("an address");
        let serving = runtime.spawn(listener.serve(server.clone()));
        Self {
            runtime,
            server,
            address,
            serving,
        }
    }

    pub(crate) fn tcp(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).expect("the server listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        socket
    }

    /// What is answered to the text of a request, until the server ends the connection.
    pub(crate) fn ask(&self, request: &str) -> String {
        let mut socket = self.tcp();
        socket.write_all(request.as_bytes()).expect("the server reads");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("text");
        answer
    }

    /// A WebSocket of somebody else.
    pub(crate) fn open(&self) -> WebSocket<TcpStream> {
        let request = format!("ws://{}/", self.address)
            .into_client_request()
            .expect("a request");
        let (socket, _) = tungstenite::client(request, self.tcp()).expect("a WebSocket");
        socket
    }

    /// A WebSocket whose frames are written by hand.
    pub(crate) fn raw(&self) -> Raw {
        let mut socket = self.tcp();
        write!(socket, "{}", upgrade("")).expect("the server reads");
        Raw::opened(socket)
    }

    /// Waits until the listener has no more to do.
    pub(crate) fn ended(self) {
        self.runtime
            .block_on(soon(self.serving))
            .expect("the listener does not panic");
    }
}

/// A runtime in which everything takes its turn on the thread that drives it.
pub(crate) fn one_thread() -> Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}

/// The head of a request for a WebSocket. `more` are lines.
pub(crate) fn upgrade(more: &str) -> String {
    format!(
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
    )
}

/// A request for an echo.
pub(crate) fn echo(id: usize, text: &str) -> String {
    format!(r#"{{"id":{id},"method":"note/echo","params":{{"text":"{text}"}}}}"#)
}

/// What answers it.
pub(crate) fn echoed(id: usize, text: &str) -> String {
    format!(r#"{{"id":{id},"result":{{"text":"{text}"}}}}"#)
}

/// The next text.
#[track_caller]
pub(crate) fn text(socket: &mut WebSocket<TcpStream>) -> String {
    match socket.read().expect("a message") {
        Message::Text(text) => text.to_string(),
        other => panic!("a text, not {other:?}"),
    }
}

/// Frames by hand.
pub(crate) struct Raw(pub(crate) TcpStream);

impl Raw {
    /// Reads the answer to [`upgrade`].
    #[track_caller]
    pub(crate) fn opened(mut socket: TcpStream) -> Self {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte).expect("a head");
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).expect("text");
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        // The example of RFC 6455, section 1.3.
        let accept = "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
        assert!(
            head.to_ascii_lowercase().contains(&accept.to_ascii_lowercase()),
            "{head}"
        );
        Self(socket)
    }

    /// Sends a frame with a mask. `first` is its first byte: the final bit, reserved bits and the kind.
    pub(crate) fn send(&mut self, first: u8, payload: &[u8]) {
        self.0
            .write_all(&frame(first, payload))
            .expect("the server reads");
    }

    /// The first byte and the payload of the next frame.
    #[track_caller]
    pub(crate) fn receive(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).expect("a frame");
        let length = match head[1] {
            126 => {
                let mut length = [0; 2];
                self.0.read_exact(&mut length).expect("a length");
                usize::from(u16::from_be_bytes(length))
            }
            127 => {
                let mut length = [0; 8];
                self.0.read_exact(&mut length).expect("a length");
                u64::from_be_bytes(length) as usize
            }
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).expect("a payload");
        (head[0], payload)
    }

    /// Why the server closes; then it ends the connection.
    #[track_caller]
    pub(crate) fn closed(&mut self) -> (u16, String) {
        let (first, payload) = self.receive();
        assert_eq!(first, CLOSE, "{}", String::from_utf8_lossy(&payload));
        assert_eq!(self.0.read(&mut [0]).expect("an end"), 0);
        let (code, reason) = payload.split_at(2);
        let code = u16::from_be_bytes(code.try_into().expect("two bytes"));
        (code, String::from_utf8(reason.to_vec()).expect("text"))
    }
}

pub(crate) const TEXT: u8 = 0x81;
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8a;

/// A frame with a mask.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x1f, 0xa2, 0x03, 0xc4];
    let mut frame = vec![first];
    match payload.len() {
        short @ ..126 => frame.push(0x80 | short as u8),
        middle @ ..0x1_0000 => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(middle as u16).to_be_bytes());
        }
        long => {
            frame.push(0x80 | 127);
            frame.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&MASK);
    frame.extend(
        payload
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    frame
}
