//! The servers: one of [`Subject`] over one of [`Way`].
//!
//! In: a subject and a transport. Out: as a process, one that serves until its client goes; seen from the client, a
//! [`Server`] that is pinned to its core, with its clock.

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use anyhow::{Context, Result, bail};
use tokio::net::TcpListener;
use tokio::net::unix::pipe;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use wiregate_runtime::transport::memory;
use wiregate_runtime::transport::stdio::stdio;
use wiregate_runtime::transport::websocket::{Listener, Options};

use crate::load::{Client, Dialect, Load};
use crate::measure::{CLIENT_CORE, CpuClock, SERVER_CORE, pin};
#[cfg(feature = "peers")]
use crate::peers;
use crate::typed::TypedClient;
use crate::wire::{Headers, InMemory, Lines, Stream, Wire};
use crate::{floor, ours};

/// A port that is free.
const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Who serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Floor,
    Ours,
    OursTyped,
    AsyncLsp,
    Jsonrpsee,
    Rmcp,
    Vscode,
}

impl Subject {
    pub const ALL: [Self; 7] = [
        Self::Floor,
        Self::Ours,
        Self::OursTyped,
        Self::AsyncLsp,
        Self::Jsonrpsee,
        Self::Rmcp,
        Self::Vscode,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Ours => "ours",
            Self::OursTyped => "ours-typed",
            Self::AsyncLsp => "async-lsp",
            Self::Jsonrpsee => "jsonrpsee",
            Self::Rmcp => "rmcp",
            Self::Vscode => "vscode-jsonrpc",
        }
    }

    /// Whether it has a transport.
    pub fn goes(self, way: Way) -> bool {
        match self {
            Self::Floor | Self::Ours => true,
            Self::OursTyped => way == Way::Memory,
            Self::AsyncLsp | Self::Rmcp | Self::Vscode => cfg!(feature = "peers") && way == Way::Stdio,
            Self::Jsonrpsee => cfg!(feature = "peers") && way == Way::WebSocket,
        }
    }

    /// Whether it takes notifications of a client.
    pub fn takes_notifications(self) -> bool {
        self != Self::Jsonrpsee
    }

    fn dialect(self) -> Dialect {
        if self == Self::Rmcp {
            Dialect::Tools
        } else {
            Dialect::Plain
        }
    }
}

/// Over what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Memory,
    Stdio,
    WebSocket,
}

impl Way {
    pub const ALL: [Self; 3] = [Self::Memory, Self::Stdio, Self::WebSocket];

    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Stdio => "stdio",
            Self::WebSocket => "websocket",
        }
    }
}

/// How a server is asked.
pub enum AnyClient {
    Text(Client),
    Typed(TypedClient),
}

impl AnyClient {
    /// Does as much of the load as makes `count` messages, or a little more. Gives how many it were.
    pub fn run(&mut self, load: Load, count: u32) -> Result<u32> {
        match self {
            Self::Text(client) => client.run(load, count),
            Self::Typed(client) => client.run(load, count),
        }
    }
}

/// A server that runs, and its client.
pub struct Server {
    pub client: AnyClient,
    pub clock: CpuClock,
    process: Option<Child>,
}

impl Server {
    /// Starts a server on its core.
    pub fn start(subject: Subject, way: Way) -> Result<Self> {
        if way == Way::Memory {
            return Self::thread(subject);
        }
        // The process inherits the core of this thread.
        pin(SERVER_CORE)?;
        let mut process = if subject == Subject::Vscode {
            Command::new("node")
                .arg(vscode()?.join("server.mjs"))
                .env("NODE_ENV", "production")
                .piped()?
        } else {
            let program = std::env::current_exe()?;
            Command::new(program)
                .args(["serve", subject.name(), way.name()])
                .piped()?
        };
        pin(CLIENT_CORE)?;
        let clock = CpuClock::of_process(process.id())?;
        let (stdin, stdout) = (
            process.stdin.take().context("a pipe")?,
            process.stdout.take().context("a pipe")?,
        );
        let wire: Box<dyn Wire> = match (way, subject) {
            (Way::WebSocket, _) => {
                let mut port = String::new();
                BufReader::new(stdout).read_line(&mut port)?;
                Box::new(Stream::websocket(port.trim().parse().context("a port")?)?)
            }
            (_, Subject::AsyncLsp | Subject::Vscode) => {
                Box::new(Stream::<Headers, _, _>::pipes(stdout, stdin))
            }
            _ => Box::new(Stream::<Lines, _, _>::pipes(stdout, stdin)),
        };
        Ok(Self {
            client: AnyClient::Text(Client::open(wire, subject.dialect())?),
            clock,
            process: Some(process),
        })
    }

    fn thread(subject: Subject) -> Result<Self> {
        let (client, clock) = if subject == Subject::OursTyped {
            let (near, far) = memory::typed_pair();
            let clock = on_its_core(|| ours::serve(far))?;
            (AnyClient::Typed(TypedClient::open(near)?), clock)
        } else {
            let (near, far) = memory::pair();
            let clock = match subject {
                Subject::Floor => on_its_core(|| floor::memory(far))?,
                _ => on_its_core(|| ours::serve(far))?,
            };
            let wire = Box::new(InMemory::new(near)?);
            (AnyClient::Text(Client::open(wire, subject.dialect())?), clock)
        };
        Ok(Self {
            client,
            clock,
            process: None,
        })
    }
}

/// Serves in a thread on the core of servers. Gives its clock; whoever calls is on the client's core from now on.
fn on_its_core<F: Future<Output = std::io::Result<()>>>(
    serve: impl FnOnce() -> F + Send + 'static,
) -> Result<CpuClock> {
    let (clocks, clock) = mpsc::channel();
    std::thread::spawn(move || -> Result<()> {
        pin(SERVER_CORE)?;
        clocks.send(CpuClock::of_this_thread())?;
        runtime()?.block_on(serve())?;
        Ok(())
    });
    pin(CLIENT_CORE)?;
    Ok(clock.recv()?)
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // It may have gone by itself.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

trait Piped {
    fn piped(&mut self) -> std::io::Result<Child>;
}

impl Piped for Command {
    fn piped(&mut self) -> std::io::Result<Child> {
        self.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
    }
}

/// Where the server for node is, with what it needs.
fn vscode() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vscode");
    if !folder.join("node_modules").is_dir() {
        let arguments = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
        let status = Command::new("npm")
            .args(arguments)
            .current_dir(&folder)
            .stdout(Stdio::null())
            .status();
        if !status
            .context("npm comes with Node: https://nodejs.org")?
            .success()
        {
            bail!("npm could not install vscode-jsonrpc");
        }
    }
    Ok(folder)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Serves as a process, until the client goes.
pub fn serve(subject: Subject, way: Way) -> Result<()> {
    runtime()?.block_on(async {
        match (way, subject) {
            #[cfg(feature = "peers")]
            (Way::Stdio, Subject::AsyncLsp) => peers::async_lsp::serve().await,
            (Way::Stdio, Subject::Ours) => Ok(ours::serve(stdio()).await?),
            (Way::Stdio, _) => {
                let (read, write) = pipes()?;
                match subject {
                    Subject::Floor => Ok(floor::lines(read, write).await?),
                    #[cfg(feature = "peers")]
                    Subject::Rmcp => peers::rmcp::serve(read, write).await,
                    other => bail!("{} does not serve standard input", other.name()),
                }
            }
            (Way::WebSocket, Subject::Ours) => {
                let listener = Listener::bind(LOOPBACK, Options::default()).await?;
                println!("{}", listener.local_addr()?.port());
                listener.serve(ours::server()).await;
                Ok(())
            }
            (Way::WebSocket, _) => {
                let listener = TcpListener::bind(LOOPBACK).await?;
                println!("{}", listener.local_addr()?.port());
                #[cfg(feature = "peers")]
                if subject == Subject::Jsonrpsee {
                    return peers::jsonrpsee::serve(listener).await;
                }
                let (socket, _) = listener.accept().await?;
                socket.set_nodelay(true)?;
                let config = WebSocketConfig::default().read_buffer_size(4 << 10);
                let socket = tokio_tungstenite::accept_async_with_config(socket, Some(config)).await?;
                match subject {
                    Subject::Floor => Ok(floor::websocket(socket).await?),
                    other => bail!("{} does not serve WebSockets", other.name()),
                }
            }
            (Way::Memory, _) => bail!("nobody else sees the memory of a process"),
        }
    })
}

/// Standard input and output, which are pipes here, waited for by epoll.
fn pipes() -> Result<(pipe::Receiver, pipe::Sender)> {
    let read =
        pipe::Receiver::from_owned_fd(std::os::fd::AsFd::as_fd(&std::io::stdin()).try_clone_to_owned()?)?;
    let write =
        pipe::Sender::from_owned_fd(std::os::fd::AsFd::as_fd(&std::io::stdout()).try_clone_to_owned()?)?;
    Ok((read, write))
}
