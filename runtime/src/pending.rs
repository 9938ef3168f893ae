//! Requests of ours that the peer has yet to answer.
//!
//! In: a request that goes out. Out: the waiter of its id, woken by the answer or by the end of the connection.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::error::RpcError;

/// How a request of ours ended.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The text of the result.
    Result(Box<[u8]>),
    /// The peer's error, as it was.
    Error(RpcError),
    /// The peer answered with something that is no answer.
    Malformed(String),
}

/// The waiters by id.
#[derive(Debug)]
pub(crate) struct Pending(Mutex<State>);

#[derive(Debug)]
struct State {
    /// The id of the next request. Never used twice in one connection, so that a late answer meets nobody.
    next: i64,
    /// Who waits. None once the connection has ended: nobody may wait for what cannot come.
    waiters: Option<HashMap<i64, oneshot::Sender<Reply>>>,
}

impl Pending {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State {
            next: 0,
            waiters: Some(HashMap::new()),
        }))
    }

    /// A fresh id and what will hear of its answer; none when the connection has ended.
    pub(crate) fn open(&self) -> Option<(i64, oneshot::Receiver<Reply>)> {
        let mut state = self.lock();
        let id = state.next;
        let (waiter, answer) = oneshot::channel();
        state.waiters.as_mut()?.insert(id, waiter);
        state.next += 1;
        Some((id, answer))
    }

    /// Wakes the waiter of `id`. Gives the reply back when nobody waits for it.
    pub(crate) fn settle(&self, id: i64, reply: Reply) -> Result<(), Reply> {
        let waiter = self
            .lock()
            .waiters
            .as_mut()
            .and_then(|waiters| waiters.remove(&id));
        match waiter {
            Some(waiter) => waiter.send(reply),
            None => Err(reply),
        }
    }

    /// Nobody waits for `id` any longer.
    pub(crate) fn withdraw(&self, id: i64) {
        if let Some(waiters) = self.lock().waiters.as_mut() {
            waiters.remove(&id);
        }
    }

    /// Tells every waiter, present and future, that no answer will come.
    pub(crate) fn close(&self) {
        self.lock().waiters = None;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
