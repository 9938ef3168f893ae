//! The reference server of the app-server protocol: JSON lines on standard input and output, or WebSockets; logs on standard
//! error.
//!
//! In: arguments, and the environment (`CODEX_HOME`, `RUST_LOG`). Out: a process that serves one client until its input ends,
//! or any number of them. The first SIGINT or SIGTERM ends it when what is in flight is answered, the second one at once.
//! What it does not serve is answered "method not found".

mod arguments;
mod files;
mod handlers;
mod log;
mod watches;

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use app_server_protocol::methods::PROTOCOL;
use app_server_protocol::router::Router;
#[cfg(unix)]
use tokio::signal::unix;
#[cfg(windows)]
use tokio::signal::windows;
use wiregate_runtime::recording::FileRecorder;
use wiregate_runtime::transport::stdio::stdio;
use wiregate_runtime::transport::websocket::Listener;
use wiregate_runtime::{Limits, Server, Side};

use arguments::{Arguments, Listen, Unusable};
use handlers::fs::Fs;
use handlers::handshake::Handshake;

/// Room for the largest file that `fs/readFile` returns, sent back by `fs/writeFile` in base64.
const LONGEST_MESSAGE: usize = 1 << 30;

/// Says that the command line is wrong.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(Unusable::Text(text)) => {
            eprintln!("error: {text}");
            return USAGE.into();
        }
        // Help goes to standard output with code 0, a mistake to standard error with code 2.
        Err(Unusable::Clap(error)) => error.exit(),
    };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let log = log::to_stderr()?;
    let recorder = arguments.record.as_deref().map(record).transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let end = runtime.block_on(serve(arguments.listen, recorder.clone()));
    // Where standard input is a file or a terminal, a thread may still wait for what no longer matters.
    runtime.shutdown_background();
    let written = recorder.map_or(Ok(()), |recorder| recorder.finish());
    log.end();
    end.and(written.context("the recording is not whole"))
}

/// Begins to record what goes over the wire.
fn record(file: &Path) -> anyhow::Result<Arc<FileRecorder>> {
    let recorder = FileRecorder::create(file, &PROTOCOL, Side::Server);
    let recorder = recorder.with_context(|| format!("cannot record to `{}`", file.display()))?;
    Ok(Arc::new(recorder))
}

async fn serve(listen: Listen, recorder: Option<Arc<FileRecorder>>) -> anyhow::Result<()> {
    let router = Router::new()
        .handshake(Arc::new(Handshake))
        .fs(Arc::new(Fs::new()));
    let limits = Limits {
        message: LONGEST_MESSAGE,
        ..Limits::default()
    };
    let mut server = Server::new(router).with_limits(limits);
    if let Some(recorder) = recorder {
        server = server.with_recorder(recorder);
    }
    // Before anybody is told where to connect: whoever knows that may send one.
    let signals = Signals::new().context("signals cannot be heard")?;
    tokio::select! {
        end = carry(&server, listen) => end,
        never = end_on_signals(&server, signals) => match never {},
    }
}

/// Serves clients until there are no more to come.
async fn carry(server: &Server, listen: Listen) -> anyhow::Result<()> {
    match listen {
        Listen::Stdio => {
            let connection = server.connection(stdio());
            connection
                .run()
                .await
                .context("the client can no longer be reached")
        }
        Listen::WebSocket(address, options) => {
            let listener = Listener::bind(address, options).await;
            let listener = listener.with_context(|| format!("cannot listen on ws://{address}"))?;
            // Whatever RUST_LOG says: scripts read the port here.
            eprintln!("listening on ws://{}", listener.local_addr()?);
            listener.serve(server.clone()).await;
            Ok(())
        }
    }
}

/// Ends a server as its user wishes: the first signal drains it, the second one stops it.
async fn end_on_signals(server: &Server, mut signals: Signals) -> Infallible {
    signals.next().await;
    tracing::info!("draining");
    server.drain();
    signals.next().await;
    tracing::warn!("stopping");
    server.stop();
    std::future::pending().await
}

/// What asks a process to end. It is heard from when this is made.
struct Signals {
    #[cfg(unix)]
    interrupt: unix::Signal,
    #[cfg(unix)]
    terminate: unix::Signal,
    #[cfg(windows)]
    interrupt: windows::CtrlC,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            interrupt: unix::signal(unix::SignalKind::interrupt())?,
            #[cfg(unix)]
            terminate: unix::signal(unix::SignalKind::terminate())?,
            #[cfg(windows)]
            interrupt: windows::ctrl_c()?,
        })
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(windows)]
        self.interrupt.recv().await;
    }
}
