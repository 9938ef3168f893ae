//! The reference server of the app-server protocol: JSON lines on standard input and output, logs on standard error.
//!
//! In: the environment (`CODEX_HOME`, `RUST_LOG`). Out: a process that serves one client and ends when its input ends. The
//! first SIGINT or SIGTERM ends it when what is in flight is answered, the second one at once. What it does not serve is
//! answered "method not found".

mod files;
mod handlers;
mod watches;

use std::io;
use std::sync::Arc;

use anyhow::{Context, bail};
use app_server_protocol::router::Router;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;
use wiregate_runtime::transport::stdio::stdio;
use wiregate_runtime::{Limits, Server};

use handlers::fs::Fs;
use handlers::handshake::Handshake;

/// Room for the largest file that `fs/readFile` returns, sent back by `fs/writeFile` in base64.
const LONGEST_MESSAGE: usize = 1 << 30;

fn main() -> anyhow::Result<()> {
    if let Some(argument) = std::env::args().nth(1) {
        bail!(
            "unexpected argument `{argument}`: the server takes none, and talks on standard input and output"
        );
    }
    log_to_stderr()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let end = runtime.block_on(serve());
    // Where standard input is a file or a terminal, a thread may still wait for what no longer matters.
    runtime.shutdown_background();
    end
}

async fn serve() -> anyhow::Result<()> {
    let router = Router::new()
        .handshake(Arc::new(Handshake))
        .fs(Arc::new(Fs::new()));
    let limits = Limits {
        message: LONGEST_MESSAGE,
        ..Limits::default()
    };
    let server = Server::new(router).with_limits(limits);
    let connection = server.connection(stdio()).run();
    tokio::select! {
        end = connection => end.context("the client can no longer be reached"),
        error = end_on_signals(&server) => Err(error).context("signals cannot be heard"),
    }
}

/// Ends a server as its user wishes: the first signal drains it, the second one stops it. Returns only where signals cannot
/// be heard.
async fn end_on_signals(server: &Server) -> io::Error {
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => return error,
    };
    signals.next().await;
    tracing::info!("draining");
    server.drain();
    signals.next().await;
    tracing::warn!("stopping");
    server.stop();
    std::future::pending().await
}

/// What asks a process to end.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}

fn log_to_stderr() -> anyhow::Result<()> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(text) => text
            .parse::<Targets>()
            .context("RUST_LOG is no list of targets and levels")?,
        Err(_) => Targets::new().with_default(tracing::Level::WARN),
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false);
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .init();
    Ok(())
}
