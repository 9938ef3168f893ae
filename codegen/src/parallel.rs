//! Work on as many threads as there are processors.
//!
//! In: what is to be worked on, what takes longest first. Out: what was made of each, in the same order. Also what nobody need
//! wait for.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Makes something of every item. The threads are new and end, this one waits; a panic goes on here.
pub(crate) fn each<I: Sync, T: Send>(items: &[I], make: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            match items.get(at) {
                Some(item) => made.push((at, make(item))),
                None => return made,
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let mut made: Vec<(usize, T)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(items.len())).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    made.sort_by_key(|(at, _)| *at);
    made.into_iter().map(|(_, made)| made).collect()
}

/// Frees what is large without keeping anybody waiting.
pub(crate) fn free<T: Send + 'static>(value: T) {
    thread::spawn(move || drop(value));
}
