//! A million messages over one connection: what is left behind, and what grows.
#![cfg(feature = "tokio")]

mod support;

use support::{Changed, Echo, Note, PROTOCOL, Queue, router};
use wiregate_runtime::transport::memory;
use wiregate_runtime::{Client, Limits, Router, Server, Side};

/// The memory of this process, in pages; none where that cannot be told.
fn pages() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    text.split(' ').nth(1)?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_messages_leave_nothing_behind() {
    let router = router(&PROTOCOL)
        .request::<Echo, _, _>(|cx, note| async move {
            cx.peer().notify::<Changed>(Note::new("told"));
            Ok(note)
        })
        .request::<Queue, _, _>(|_, note| async move {
            tokio::task::yield_now().await;
            Ok(note)
        });
    let server = Server::new(router);
    let (near, far) = memory::pair();
    tokio::spawn(server.connection(far).run());
    let (client, told) = Client::connect(near, Router::new(&PROTOCOL, Side::Client), Limits::default());
    drop(told);
    let mut after_warming = None;
    for round in 0..2_500 {
        // 400 messages: 100 requests with an answer and a notification, and 50 with an answer.
        let calls: Vec<_> = (0..100)
            .map(|_| client.peer().request::<Echo>(Note::new("a")))
            .collect();
        let queued: Vec<_> = (0..50)
            .map(|_| client.peer().request::<Queue>(Note::new("k")))
            .collect();
        for call in calls.into_iter() {
            assert_eq!(call.await.expect("an answer").text, "a");
        }
        for call in queued {
            assert_eq!(call.await.expect("an answer").text, "k");
        }
        if round == 250 {
            after_warming = pages();
        }
    }
    let [connection] = server.snapshot().connections[..] else {
        panic!("one connection")
    };
    assert_eq!(
        (connection.in_flight, connection.refused, connection.lost),
        (0, 0, 0)
    );
    assert_eq!(connection.received, 2_500 * 150);
    assert_eq!(client.peer().snapshot().received, 2_500 * 250);
    if let (Some(before), Some(after)) = (after_warming, pages()) {
        assert!(after < before + 512, "{before} pages have become {after}");
    }
    client.close().await.expect("a clean end");
    server.idle().await;
}
