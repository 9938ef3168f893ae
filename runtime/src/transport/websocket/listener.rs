//! Waits for clients, and serves them.
//!
//! In: an address, who may connect, and a [`Server`]. Out: a connection of the server for each client; answers to those who
//! want to know whether it lives.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use subtle::ConstantTimeEq;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::frames::Role;
use super::head::{self, Answer};
use super::{KEEP_ALIVE, LINGER, WebSocket, drain};
use crate::server::Server;

/// The longest head of a request, in bytes.
const LONGEST_HEAD: usize = 8 << 10;

/// How many clients may be asking for something in HTTP; more wait until they are accepted.
const ASKING: usize = 256;

/// How long to wait when the system has no more sockets.
const PAUSE: Duration = Duration::from_millis(100);

/// Who may connect, and how much that may take.
#[derive(Clone, Debug)]
pub struct Options {
    /// What clients have to show: `Authorization: Bearer TOKEN`.
    pub token: Option<Token>,
    /// Web pages that may connect, by their origin, such as `http://localhost:3000`. Browsers tell it, and cannot show a
    /// token; a page that is not named here is refused.
    pub origins: Vec<String>,
    /// Whether anybody who reaches an address beyond this machine may connect, token or not.
    pub allow_unauthenticated: bool,
    /// How many WebSockets may be open.
    pub connections: usize,
    /// How long a client may take to say what it wants.
    pub head: Duration,
    /// How long a client may be silent: then it is sent a ping, and as much later it is given up. None for ever.
    pub keep_alive: Option<Duration>,
}

impl Default for Options {
    /// No token, no pages, this machine alone; 4,096 connections, ten seconds, half a minute.
    fn default() -> Self {
        Self {
            token: None,
            origins: Vec::new(),
            allow_unauthenticated: false,
            connections: 4096,
            head: Duration::from_secs(10),
            keep_alive: Some(KEEP_ALIVE),
        }
    }
}

impl Options {
    pub(super) fn allows_origin(&self, origin: &[u8]) -> bool {
        self.origins
            .iter()
            .any(|allowed| allowed.as_bytes().eq_ignore_ascii_case(origin))
    }

    /// Looks at what a client shows.
    pub(super) fn admit<'a>(&self, mut shown: impl Iterator<Item = &'a [u8]>) -> Result<(), &'static str> {
        const SCHEME: &[u8] = b"Bearer ";
        let Some(token) = &self.token else {
            return Ok(());
        };
        let (Some(value), None) = (shown.next(), shown.next()) else {
            return Err("invalid authorization header");
        };
        let given = value
            .split_at_checked(SCHEME.len())
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME));
        match given {
            Some((_, given)) if token.is(given.trim_ascii()) => Ok(()),
            Some(_) => Err("invalid websocket bearer token"),
            None => Err("invalid authorization header"),
        }
    }
}

/// What a client shows to be let in. It is not printed.
#[derive(Clone)]
pub struct Token(Box<[u8]>);

impl Token {
    /// A token of visible ASCII; none when the text is something else.
    pub fn new(text: &str) -> Option<Self> {
        let visible = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        visible.then(|| Self(text.as_bytes().into()))
    }

    /// Whether it is this one. The time that this takes tells how long the token is, and nothing else of it.
    fn is(&self, given: &[u8]) -> bool {
        self.0.ct_eq(given).into()
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// An address at which clients are waited for.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    options: Arc<Options>,
}

impl Listener {
    /// Takes an address; port 0 is one that is free.
    ///
    /// # Errors
    /// When the address cannot be taken, or is open to other machines while neither a token is asked for nor
    /// [`Options::allow_unauthenticated`] is set (`PermissionDenied`).
    pub async fn bind(address: SocketAddr, options: Options) -> io::Result<Self> {
        if !address.ip().is_loopback() && options.token.is_none() && !options.allow_unauthenticated {
            let text = format!(
                "{address} is open to other machines: ask for a token, or allow clients without one expressly"
            );
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
        Ok(Self {
            socket: TcpListener::bind(address).await?,
            options: Arc::new(options),
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves clients until the server was drained or stopped and its connections have ended. While it drains, no
    /// WebSocket is opened, and `/readyz` says so. At the end nobody else is accepted, who has not said what it wants is let
    /// go, and the others get their answer. When this is dropped, all connections that it has accepted end at once.
    pub async fn serve(self, server: Server) {
        let asking = Arc::new(Semaphore::new(ASKING));
        let places = Arc::new(Semaphore::new(self.options.connections));
        let mut clients = JoinSet::new();
        let ended = server.ended();
        tokio::pin!(ended);
        loop {
            let next = async {
                let asks = Arc::clone(&asking).acquire_owned().await;
                (asks, self.socket.accept().await)
            };
            tokio::select! {
                () = &mut ended => break,
                Some(_) = clients.join_next() => {}
                (asks, accepted) = next => match accepted {
                    Ok((socket, address)) => {
                        let client = Client {
                            server: server.clone(),
                            options: Arc::clone(&self.options),
                            places: Arc::clone(&places),
                            address,
                        };
                        clients.spawn(client.serve(socket, asks.ok()));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a client cannot be accepted");
                        sleep(PAUSE).await;
                    }
                }
            }
        }
        drop(self.socket);
        // Who has just been let in is no connection of the server yet, and is to hear of the end too.
        while clients.join_next().await.is_some() {}
    }
}

/// Somebody who has connected.
struct Client {
    server: Server,
    options: Arc<Options>,
    places: Arc<Semaphore>,
    address: SocketAddr,
}

impl Client {
    async fn serve(self, socket: TcpStream, asks: Option<OwnedSemaphorePermit>) {
        let opened = Box::pin(self.open(socket)).await;
        drop(asks);
        let (socket, place) = match opened {
            Ok(Some(opened)) => opened,
            Ok(None) => return,
            Err(error) => return tracing::debug!(address = %self.address, %error, "a client has gone"),
        };
        let connection = self.server.connection(socket);
        let peer = connection.peer().connection();
        tracing::debug!(address = %self.address, connection = %peer, "a client has connected");
        if let Err(error) = connection.run().await {
            tracing::info!(connection = %peer, %error, "a connection has ended");
        }
        drop(place);
    }

    /// Answers what the client asks. If that is for a WebSocket, there is one.
    async fn open(&self, mut socket: TcpStream) -> io::Result<Option<(WebSocket, OwnedSemaphorePermit)>> {
        let mut head = Vec::with_capacity(1 << 10);
        let asked = tokio::select! {
            biased;
            asked = timeout(self.options.head, self.read(&mut socket, &mut head)) => asked,
            () = self.server.ended() => return Ok(None),
        };
        let (length, mut answer) = match asked {
            Ok(asked) => asked?,
            Err(_) => (
                head.len(),
                Answer::text("408 Request Timeout", "", "the request took too long"),
            ),
        };
        if let Answer::Open(opening) = &answer {
            if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
                socket.write_all(opening).await?;
                let socket = WebSocket::new(socket, Role::Server, &head[length..], self.options.keep_alive)?;
                return Ok(Some((socket, place)));
            }
            answer = Answer::text("503 Service Unavailable", "", "there are too many connections");
        }
        if let Answer::Text(text) = answer {
            socket.write_all(&text).await?;
            socket.shutdown().await?;
            // What the client goes on sending must not make the system forget the answer.
            drop(timeout(LINGER, drain(&socket)).await);
        }
        Ok(None)
    }

    /// Reads a head and what came with it.
    async fn read(&self, socket: &mut TcpStream, head: &mut Vec<u8>) -> io::Result<(usize, Answer)> {
        loop {
            if socket.read_buf(head).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(answer) = head::answer(head, &self.options, self.server.is_draining()) {
                return Ok(answer);
            }
            if head.len() >= LONGEST_HEAD {
                return Ok((head.len(), head::too_large()));
            }
        }
    }
}
