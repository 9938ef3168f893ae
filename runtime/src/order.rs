//! Requests that the protocol wants one after the other.
//!
//! In: the key of a request, in the order of arrival. Out: a turn to wait for; whoever holds it runs alone under that key,
//! and other keys are not held up.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The turns by key. All connections of a server share one, since they share what the keys stand for.
#[derive(Debug, Default)]
pub(crate) struct Order(Mutex<HashMap<String, Arc<Semaphore>>>);

/// Completes when everyone who came earlier under the same key is done.
pub(crate) type Turn = Pin<Box<dyn Future<Output = Option<OwnedSemaphorePermit>> + Send>>;

impl Order {
    /// Joins the queue of `key`. The place is taken now, not when the turn is first awaited.
    pub(crate) fn join(&self, key: String) -> Turn {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A semaphore that only the table holds has nobody in its queue: holders and waiters keep it alive.
        keys.retain(|_, queue| Arc::strong_count(queue) > 1);
        let queue = Arc::clone(keys.entry(key).or_insert_with(|| Arc::new(Semaphore::new(1))));
        let mut turn: Turn = Box::pin(async move { queue.acquire_owned().await.ok() });
        // The semaphore is fair, and a waiter takes its place in the queue when it is first polled. The permit that is
        // handed out at once when nobody is before us must not be lost.
        match turn.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            std::task::Poll::Ready(permit) => Box::pin(std::future::ready(permit)),
            std::task::Poll::Pending => turn,
        }
    }
}
