//! What waits to be written to one peer: a queue with two ends, a count and a size.
//!
//! In: messages, from whoever sends. Out: batches for the writer, in the same order. Nobody waits to put
//! something in: a full queue first loses what may be lost, and then the connection ends.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::peer::CallError;
use crate::protocol::MethodInfo;
use crate::transport::Batch;
use crate::typed::Content;

/// From here on the writer begins though more is being queued, in bytes: what is written soon is still in the cache, and fits
/// into a pipe.
const WORTHWHILE: usize = 48 << 10;

/// Buffers beyond this do not stay with a connection that has nothing to say, in bytes. What is worthwhile and a message
/// behind it fit in.
const IDLE_BUFFER: usize = 2 * WORTHWHILE;

/// The queue of one connection.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// Whether it takes messages that are no text.
    pub(crate) typed: bool,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    max_count: usize,
    max_bytes: usize,
    batch: Batch,
    /// Whether each message of `batch` may be lost.
    lossy: Vec<bool>,
    /// How many messages were ever queued, and how many of them have been written.
    queued: u64,
    written: u64,
    /// How many were lost, and how many of these the peer has not been told of.
    lost: u64,
    untold: u64,
    /// Set while the loop works through what has come in: what it says goes out together.
    corked: bool,
    state: State,
    /// Whether what is at work is to be cut off, however far the end has come.
    stopping: bool,
    /// Why it ends, where that is not as it should be.
    reason: Option<String>,
    /// The writer, when it waits for messages.
    writer: Option<Waker>,
    /// The loop, when it waits for anything.
    looper: Option<Waker>,
    /// Who waits until as many messages are written.
    waiting: Vec<(u64, Waker)>,
}

/// How the end of a connection comes. Each follows from those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// Nobody wants to end.
    #[default]
    Open,
    /// This side wants to end once all is answered.
    Draining,
    /// The peer does not read: nothing more is queued.
    Full,
    /// Nothing more is queued; the writer ends when it has written what there is.
    Ended,
    /// Nothing more will be written.
    Gone,
}

/// What may happen to a message in a full queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// It is queued all the same: the request was taken, so that its answer is waited for.
    Answer,
    /// It ends the connection.
    Must,
    /// It is lost.
    Lossy,
}

impl Weight {
    /// What the protocol says of a notification.
    pub(crate) fn of(info: &MethodInfo) -> Self {
        if info.lossy { Self::Lossy } else { Self::Must }
    }
}

/// How things stand, for the loop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stand {
    /// Whether something waits for the writer.
    pub(crate) waits: bool,
    /// Whether the peer is behind, as in [`Queued`].
    pub(crate) behind: bool,
    /// Which end is wanted, and whether at once.
    pub(crate) state: State,
    pub(crate) stopping: bool,
}

/// How things stand behind a message that was queued.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queued {
    /// What [`Outbox::poll_written`] is to be asked for.
    pub(crate) count: u64,
    /// Whether more than half of the queue is taken: the peer reads more slowly than it asks.
    pub(crate) behind: bool,
    /// Whether the writer has something worthwhile to do since this message.
    pub(crate) worthwhile: bool,
}

impl Outbox {
    pub(crate) fn new(max_count: usize, max_bytes: usize, typed: bool) -> Self {
        let queue = Mutex::new(Queue {
            max_count,
            max_bytes,
            ..Queue::default()
        });
        Self { typed, queue }
    }

    /// Queues a message; none when the connection takes nothing more.
    pub(crate) fn push(&self, message: Content<'_>, weight: Weight) -> Option<Queued> {
        let mut queue = self.lock();
        if queue.state >= State::Full {
            return None;
        }
        if weight != Weight::Answer && !queue.fits(message.len()) {
            if weight == Weight::Lossy {
                queue.count_lost(1);
                return Some(queue.place());
            }
            queue.lose();
            if !queue.fits(message.len()) {
                queue.advance(State::Full);
                return None;
            }
        }
        let waited = queue.batch.text.len();
        queue.put(message, weight == Weight::Lossy);
        Some(Queued {
            worthwhile: waited < WORTHWHILE && queue.batch.text.len() >= WORTHWHILE,
            ..queue.place()
        })
    }

    /// Completes when as many messages are written.
    pub(crate) fn poll_written(&self, task: &mut Context<'_>, count: u64) -> Poll<Result<(), CallError>> {
        let mut queue = self.lock();
        if queue.written >= count {
            return Poll::Ready(Ok(()));
        }
        if queue.state == State::Gone {
            return Poll::Ready(Err(CallError::Closed));
        }
        let waits = |(other, waker): &(u64, Waker)| *other == count && waker.will_wake(task.waker());
        if !queue.waiting.iter().any(waits) {
            queue.waiting.push((count, task.waker().clone()));
        }
        Poll::Pending
    }

    /// Whether as much may wait elsewhere for its way here. Where it may not, the last of it is lost.
    pub(crate) fn may_wait(&self, count: usize, bytes: usize, last: Weight) -> bool {
        let mut queue = self.lock();
        let fits = queue.would_fit(count, bytes);
        match last {
            _ if fits => {}
            Weight::Lossy => queue.count_lost(1),
            Weight::Answer | Weight::Must => queue.advance(State::Full),
        }
        fits
    }

    /// Holds the writer back until [`Outbox::park`], unless there is much to write.
    pub(crate) fn cork(&self) -> Stand {
        let mut queue = self.lock();
        queue.corked = true;
        queue.stand()
    }

    /// The loop waits: what it said may go out. It is woken when an end is wanted, and when the peer is behind no longer.
    pub(crate) fn park(&self, task: &mut Context<'_>) -> Stand {
        let mut queue = self.lock();
        queue.corked = false;
        wake_later(&mut queue.looper, task);
        queue.stand()
    }

    /// Has the writer look for what there is to write.
    pub(crate) fn wake_writer(&self) {
        self.lock().wake_writer();
    }

    /// Wants more of an end than anybody has wanted before.
    pub(crate) fn advance(&self, state: State) {
        self.lock().advance(state);
    }

    /// Wants an end, at once where `stop` says so.
    pub(crate) fn end(&self, stop: bool) {
        let mut queue = self.lock();
        queue.advance(State::Draining);
        if stop {
            queue.stopping = true;
            queue.wake_loop();
        }
    }

    /// Completes when an end is wanted at once.
    pub(crate) fn poll_stop(&self, task: &mut Context<'_>) -> Poll<()> {
        if self.park(task).stopping {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Queues a last message, whatever waits before it, and nothing after it. `reason` is for the transport.
    pub(crate) fn end_with(&self, message: &str, reason: String) {
        let mut queue = self.lock();
        if queue.state < State::Ended {
            queue.lose();
            queue.put(message.into(), false);
            queue.reason = Some(reason);
            queue.advance(State::Ended);
        }
    }

    /// Swaps what waits for an empty batch: the writer's. Gives the count for [`Outbox::wrote`]; none at the end.
    /// `tell` writes what tells the peer how many messages it has missed.
    pub(crate) fn poll_take(
        &self,
        task: &mut Context<'_>,
        batch: &mut Batch,
        tell: impl FnOnce(u64) -> Option<String>,
    ) -> Poll<Option<u64>> {
        let mut queue = self.lock();
        let (empty, ended) = (queue.batch.ends.is_empty(), queue.state >= State::Ended);
        if empty && ended {
            return Poll::Ready(None);
        }
        if empty || (queue.corked && !ended && queue.batch.text.len() < WORTHWHILE) {
            if batch.text.capacity() > IDLE_BUFFER {
                *batch = Batch::default();
            }
            if empty && queue.batch.text.capacity() > IDLE_BUFFER {
                queue.batch = Batch::default();
            }
            wake_later(&mut queue.writer, task);
            return Poll::Pending;
        }
        if queue.is_behind() {
            queue.wake_loop();
        }
        // Nothing comes behind the reason of an end.
        if queue.untold > 0
            && queue.reason.is_none()
            && let Some(message) = tell(queue.untold)
        {
            queue.put(message.as_str().into(), false);
            queue.untold = 0;
        }
        batch.text.clear();
        batch.ends.clear();
        batch.typed.clear();
        std::mem::swap(&mut queue.batch, batch);
        queue.lossy.clear();
        Poll::Ready(Some(queue.queued))
    }

    /// As many messages are written.
    pub(crate) fn wrote(&self, count: u64) {
        let mut queue = self.lock();
        queue.written = count;
        let done = queue.waiting.extract_if(.., |(wanted, _)| *wanted <= count);
        let done: Vec<(u64, Waker)> = done.collect();
        drop(queue);
        done.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Why it ends, where that is not as it should be.
    pub(crate) fn reason(&self) -> Option<String> {
        self.lock().reason.clone()
    }

    /// How many messages and bytes wait, and how many messages were lost.
    pub(crate) fn counts(&self) -> (usize, usize, u64) {
        let queue = self.lock();
        (queue.batch.ends.len(), queue.batch.text.len(), queue.lost)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// A message of any length fits into an empty queue: it was made already, and nothing is gained by refusing it.
    fn fits(&self, bytes: usize) -> bool {
        self.would_fit(self.batch.ends.len(), self.batch.text.len() + bytes)
    }

    /// Whether a message fits behind `count` others, with `bytes` in all.
    fn would_fit(&self, count: usize, bytes: usize) -> bool {
        count == 0 || (count < self.max_count && bytes <= self.max_bytes)
    }

    fn is_behind(&self) -> bool {
        self.batch.ends.len() > self.max_count / 2 || self.batch.text.len() > self.max_bytes / 2
    }

    fn place(&self) -> Queued {
        Queued {
            count: self.queued,
            behind: self.is_behind(),
            worthwhile: false,
        }
    }

    fn stand(&self) -> Stand {
        Stand {
            waits: !self.batch.ends.is_empty(),
            behind: self.is_behind(),
            state: self.state,
            stopping: self.stopping,
        }
    }

    fn put(&mut self, message: Content<'_>, lossy: bool) {
        self.batch.put(message);
        self.lossy.push(lossy);
        self.queued += 1;
        if !self.corked || self.batch.text.len() >= WORTHWHILE {
            self.wake_writer();
        }
    }

    /// Takes out what may be lost.
    fn lose(&mut self) {
        let lost = self.lossy.iter().filter(|lossy| **lossy).count();
        if lost == 0 {
            return;
        }
        let mut kept = Batch::default();
        for (at, lossy) in self.lossy.iter().enumerate() {
            match self.batch.take(at) {
                Some(message) if !lossy => kept.put(message),
                _ => {}
            }
        }
        self.batch = kept;
        self.lossy.retain(|lossy| !*lossy);
        self.count_lost(lost as u64);
    }

    fn count_lost(&mut self, lost: u64) {
        self.lost += lost;
        self.untold += lost;
    }

    fn advance(&mut self, state: State) {
        if self.state >= state {
            return;
        }
        self.state = state;
        self.wake_loop();
        self.wake_writer();
        if state == State::Gone {
            self.batch = Batch::default();
            self.lossy = Vec::new();
            self.waiting.drain(..).for_each(|(_, waker)| waker.wake());
        }
    }

    fn wake_writer(&mut self) {
        self.writer.take().into_iter().for_each(Waker::wake);
    }

    fn wake_loop(&mut self) {
        self.looper.take().into_iter().for_each(Waker::wake);
    }
}

/// Has `task` woken by who takes its waker from here.
fn wake_later(slot: &mut Option<Waker>, task: &Context<'_>) {
    let waker = slot.get_or_insert_with(|| task.waker().clone());
    waker.clone_from(task.waker());
}

/// The error that ends a connection whose peer does not read.
pub(crate) fn not_read() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the peer does not read what it is sent")
}
