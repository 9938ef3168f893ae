//! What is written in place, and what the writer's task does meanwhile.
#![cfg(feature = "tokio")]

mod support;

use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::time::Duration;

use support::{PROTOCOL, put, router, soon};
use wiregate_runtime::Server;
use wiregate_runtime::transport::memory::{self, Memory, MemorySink, MemorySource};
use wiregate_runtime::transport::{Sink, Source, Transport};

/// A transport that cannot be written to until the test says so, and that holds up whoever tries.
struct Stubborn(Memory, Gate);

struct StubbornSink(MemorySink, Gate);

struct Gate {
    /// Whether it is open, and who waits for that.
    open: Arc<Mutex<(bool, Option<Waker>)>>,
    /// Told that somebody waits, who goes on when `go` says so.
    tried: mpsc::Sender<()>,
    go: Mutex<mpsc::Receiver<()>>,
}

impl Transport for Stubborn {
    const HALF_CLOSE: bool = true;
    type Source = MemorySource;
    type Sink = StubbornSink;

    fn split(self) -> (MemorySource, StubbornSink) {
        let (source, sink) = self.0.split();
        (source, StubbornSink(sink, self.1))
    }
}

impl Sink for StubbornSink {
    async fn send(&mut self, message: &str) -> io::Result<()> {
        let Self(sink, gate) = self;
        poll_fn(|task| {
            let mut open = gate.open.lock().expect("no panic");
            if open.0 {
                return Poll::Ready(());
            }
            open.1 = Some(task.waker().clone());
            drop(open);
            gate.tried.send(()).expect("the test waits");
            let go = gate.go.lock().expect("no panic");
            go.recv().expect("the test says so");
            Poll::Pending
        })
        .await;
        sink.send(message).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.0.flush().await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn what_happens_while_the_loop_writes_in_place_is_not_lost() {
    let open = Arc::new(Mutex::new((false, None)));
    let (tried, trying) = mpsc::channel();
    let (go, going) = mpsc::channel();
    let gate = Gate {
        open: Arc::clone(&open),
        tried,
        go: Mutex::new(going),
    };
    let (near, far) = memory::pair();
    let server = Server::new(router(&PROTOCOL));
    let run = tokio::spawn(server.connection(Stubborn(far, gate)).run());
    // The writer's task has begun, and found nothing.
    tokio::time::sleep(Duration::from_millis(20)).await;
    let (mut source, mut sink) = near.split();
    put(&mut sink, br#"{"id":1,"method":"note/plain"}"#)
        .await
        .expect("it reads");
    tokio::task::spawn_blocking(move || {
        trying.recv().expect("somebody writes");
        let waker = {
            let mut open = open.lock().expect("no panic");
            open.0 = true;
            open.1.take()
        };
        waker.expect("whoever writes waits").wake();
        // The task is woken while the loop is still at its work.
        std::thread::sleep(Duration::from_millis(20));
        go.send(()).expect("it waits");
    })
    .await
    .expect("no panic");
    let answer = soon(source.next(usize::MAX)).await.expect("memory does not fail");
    assert_eq!(answer.as_deref(), Some(&br#"{"id":1,"result":null}"#[..]));
    drop(sink);
    soon(run).await.expect("no panic").expect("a clean end");
}
