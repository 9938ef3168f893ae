//! Requests that the protocol wants one after the other.
//!
//! In: the key of a request, in the order of arrival. Out: a turn; whoever holds it runs alone under that key, and other
//! keys are not held up. Keys are kept as hashes: two that collide wait for each other, which is slow and not wrong.

use std::collections::VecDeque;
use std::collections::hash_map::{Entry, HashMap, RandomState};
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::peer::ConnectionId;

/// The turns by key. All connections of a server share one, since they share what most keys stand for.
#[derive(Debug, Default)]
pub(crate) struct Order {
    hasher: RandomState,
    /// Who waits under each key that somebody has a turn for.
    keys: Mutex<HashMap<u64, VecDeque<oneshot::Sender<Turn>>>>,
}

/// The right to run alone under a key. The next one has it when this is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    order: Arc<Order>,
    key: u64,
}

/// A turn, or what will bring it. A place in the queue is given up by dropping it.
#[derive(Debug)]
pub(crate) enum Place {
    Now(Turn),
    Later(oneshot::Receiver<Turn>),
}

impl Place {
    /// Waits for the turn, where there is one to wait for.
    pub(crate) async fn turn(place: Option<Self>) -> Option<Turn> {
        match place? {
            Self::Now(turn) => Some(turn),
            Self::Later(turn) => turn.await.ok(),
        }
    }
}

impl Order {
    /// Joins the queue of `key`, which belongs to all connections or to the one that it is of.
    pub(crate) fn join(self: &Arc<Self>, key: &str, of: Option<ConnectionId>) -> Place {
        let key = self.hasher.hash_one((key, of));
        match self.lock().entry(key) {
            Entry::Vacant(place) => {
                place.insert(VecDeque::new());
                Place::Now(Turn {
                    order: Arc::clone(self),
                    key,
                })
            }
            Entry::Occupied(mut queue) => {
                let (sender, turn) = oneshot::channel();
                queue.get_mut().push_back(sender);
                Place::Later(turn)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, VecDeque<oneshot::Sender<Turn>>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut keys = self.order.lock();
        let queue = keys.entry(self.key).or_default();
        // Who has gone is passed over.
        while queue.pop_front_if(|next| next.is_closed()).is_some() {}
        let Some(next) = queue.pop_front() else {
            keys.remove(&self.key);
            return;
        };
        drop(keys);
        let turn = Self {
            order: Arc::clone(&self.order),
            key: self.key,
        };
        // Where the next one has just gone, the turn comes back and is dropped, which goes on with the queue.
        drop(next.send(turn));
    }
}
