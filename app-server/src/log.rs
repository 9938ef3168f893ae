//! Logs on standard error, by a thread that may wait for whoever reads them.
//!
//! In: lines from anywhere in the server. Out: the same on standard error, as long as somebody reads there: no client may
//! bring the server to a stand by what it makes it log.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;

/// How many lines may wait; more are lost.
const WAITING: usize = 1024;

/// How long the end of the process waits for the last lines to be read.
const PATIENCE: Duration = Duration::from_secs(1);

/// Ends the log.
#[derive(Debug)]
pub(crate) struct Log {
    lines: Lines,
    written: Receiver<()>,
}

/// Begins to log what `RUST_LOG` says: warnings and errors otherwise.
pub(crate) fn to_stderr() -> anyhow::Result<Log> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(text) => text
            .parse::<Targets>()
            .context("RUST_LOG is no list of targets and levels")?,
        Err(_) => Targets::new().with_default(tracing::Level::WARN),
    };
    let (sender, receiver) = sync_channel::<Vec<u8>>(WAITING);
    let (end, written) = sync_channel(1);
    std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || {
            for line in receiver {
                // Nobody is left who could be told.
                let _ = io::stderr().write_all(&line);
            }
            let _ = end.send(());
        })?;
    let lines = Lines(Arc::new(Mutex::new(Some(sender))));
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(lines.clone())
        .with_ansi(false);
    tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .init();
    Ok(Log { lines, written })
}

impl Log {
    /// Waits until everything is written, but not for long.
    pub(crate) fn end(self) {
        self.lines.lock().take();
        let _ = self.written.recv_timeout(PATIENCE);
    }
}

/// Where lines wait; none at the end.
#[derive(Clone, Debug)]
struct Lines(Arc<Mutex<Option<SyncSender<Vec<u8>>>>>);

impl Lines {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<SyncSender<Vec<u8>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for Lines {
    /// Takes a whole line, as the layer writes it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Some(sender) = &*self.lock() {
            // What does not fit is lost.
            let _ = sender.try_send(line.to_vec());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
