//! The writer of a connection: takes what is queued, and flushes when nothing more is.
//!
//! In: the outbox. Out: messages in the transport, in a task of its own. The loop that reads may go on with that task's work
//! in place, which spares it a turn of the scheduler; it does so only where the task is not at work, and what the work waits
//! for wakes the task. So neither waits for the other.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::task::{Context, Poll, Waker, ready};

use tokio::task::JoinHandle;

use crate::envelope;
use crate::peer::Peer;
use crate::record::{Direction, Tape};
use crate::transport::{Batch, Close, Sink};

/// The task that writes. It does not outlive this.
pub(super) struct Writer {
    task: JoinHandle<io::Result<()>>,
    work: Arc<Mutex<Work>>,
}

struct Work {
    /// None once it has ended.
    write: Option<Pin<Box<dyn Future<Output = io::Result<()>> + Send>>>,
    /// How it has ended, until the task says so.
    end: io::Result<()>,
    /// The task, once it has begun.
    task: Option<Waker>,
}

impl Writer {
    pub(super) fn spawn(sink: impl Sink, peer: Peer, tape: Option<Arc<Tape>>) -> Self {
        let work = Arc::new(Mutex::new(Work {
            write: Some(Box::pin(write(sink, peer, tape))),
            end: Ok(()),
            task: None,
        }));
        let shared = Arc::clone(&work);
        let task = tokio::spawn(poll_fn(move |task| {
            let Some(mut work) = lock(&shared) else {
                // The loop is at it, and is soon done.
                task.waker().wake_by_ref();
                return Poll::Pending;
            };
            work.task.get_or_insert_with(|| task.waker().clone());
            work.poll(task).map(|()| std::mem::replace(&mut work.end, Ok(())))
        }));
        Self { task, work }
    }

    /// Goes on with the work of the task; false where the task is at it itself.
    pub(super) fn go_on(&self) -> bool {
        let Some(mut work) = lock(&self.work) else {
            return false;
        };
        let Some(task) = work.task.take() else {
            return false;
        };
        if work.poll(&mut Context::from_waker(&task)).is_ready() {
            task.wake_by_ref();
        }
        work.task = Some(task);
        true
    }

    /// Completes when the task has ended.
    pub(super) fn poll(&mut self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        let end = Pin::new(&mut self.task).poll(task);
        end.map(|end| end.unwrap_or_else(|error| Err(io::Error::other(error))))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.task.abort();
        // What it writes to ends now, rather than when the task hears of it.
        if let Some(mut work) = lock(&self.work) {
            work.write = None;
        }
    }
}

/// The work, unless somebody is at it.
fn lock(work: &Mutex<Work>) -> Option<MutexGuard<'_, Work>> {
    match work.try_lock() {
        Ok(work) => Some(work),
        Err(TryLockError::Poisoned(work)) => Some(work.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

impl Work {
    fn poll(&mut self, task: &mut Context<'_>) -> Poll<()> {
        if let Some(write) = &mut self.write {
            self.end = ready!(write.as_mut().poll(task));
            self.write = None;
        }
        Poll::Ready(())
    }
}

async fn write(mut sink: impl Sink, peer: Peer, tape: Option<Arc<Tape>>) -> io::Result<()> {
    let mut batch = Batch::default();
    let missed = peer.hub().missed();
    let missed = |count: u64| {
        let info = missed.filter(|info| peer.may_send(info))?;
        let count = count.to_string();
        let params = info.missed.map(|name| (name, count.as_str()));
        Some(envelope::told(info.name, params, peer.hub().protocol().strict))
    };
    while let Some(count) = poll_fn(|task| peer.outbox().poll_take(task, &mut batch, missed)).await {
        if let Some(tape) = &tape {
            batch.show(peer.hub().protocol().strict, |message| {
                tape.record(Direction::Out, message.as_bytes());
            });
        }
        sink.send_all(&mut batch).await?;
        peer.outbox().wrote(count);
    }
    let reason = peer.outbox().reason();
    let close = match &reason {
        Some(reason) => Close::Refused(reason),
        None if peer.hub().is_ending() => Close::GoingAway,
        None => Close::Done,
    };
    sink.close(close).await
}
