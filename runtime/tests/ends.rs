//! Too much, too slow, too late: what is lost, what is refused, and how a connection ends.
#![cfg(feature = "tokio")]

mod support;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use support::{
    Any, Ask, Changed, Delta, Echo, Note, PROTOCOL, Plain, Slow, Tell, WITH_HANDSHAKE, Wire, never, router,
    soon,
};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::{Notify, mpsc, oneshot};
use wiregate_runtime::transport::Source;
use wiregate_runtime::transport::lines::Lines;
use wiregate_runtime::{CallError, Limits, Router, RpcError, Server};

/// What the memory transport takes before a message has to wait in the queue of the connection.
const UNDER_WAY: usize = 64;

fn small() -> Limits {
    Limits {
        outbound: 10,
        drain: Duration::from_millis(50),
        ..Limits::default()
    }
}

/// Fills the transport, so that what is sent next has to wait. What the writer holds in its hands waits nowhere.
async fn stall(wire: &Wire) {
    for _ in 0..=UNDER_WAY {
        wire.peer.notify::<Changed>(Note::new("stall"));
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_slow_reader_loses_what_is_lossy_and_is_told_how_much() {
    let mut wire = Wire::with_limits(router(&PROTOCOL), small());
    stall(&wire).await;
    for size in 0..25 {
        let note = Note {
            text: "delta".to_owned(),
            size: Some(f64::from(size)),
        };
        wire.peer.notify::<Delta>(note);
        if size % 5 == 0 {
            wire.peer.notify::<Changed>(Note::new("kept"));
        }
    }
    let (mut deltas, mut kept, mut missed) = (0, 0, 0);
    // That it has missed something comes behind what had its place before.
    while missed == 0 {
        let message = wire.receive().await;
        match (message["method"].as_str(), message["params"]["text"].as_str()) {
            (Some("note/delta"), _) => deltas += 1,
            (_, Some("kept")) => kept += 1,
            (Some("missed"), _) => missed += message["params"]["count"].as_u64().expect("a number"),
            _ => {}
        }
    }
    assert_eq!(wire.so_far().await, [""; 0]);
    assert_eq!(kept, 5, "what is not lossy is not lost");
    assert_eq!(deltas + missed, 25, "{deltas} came");
    assert!(missed >= 15, "{missed} were missed, of a queue of 10");
    assert_eq!(wire.peer.snapshot().lost, missed);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_asks_faster_than_it_reads_is_waited_for() {
    let began = tokio::time::Instant::now();
    let ask = |id| format!("{{\"id\":{id},\"method\":\"note/echo\",\"params\":{{\"text\":\"a\"}}}}\n");
    let asked: String = (0..1000).map(ask).collect();
    let (write, read) = tokio::io::duplex(256);
    let server = Server::new(router(&PROTOCOL)).with_limits(small());
    let run = tokio::spawn(server.connection(Lines::new(io::Cursor::new(asked), write)).run());
    let mut answers = BufReader::new(read).lines();
    for id in 0..1000 {
        let answer = soon(answers.next_line()).await.expect("a pipe");
        let expected = format!(r#"{{"id":{id},"result":{{"text":"a"}}}}"#);
        assert_eq!(answer, Some(expected));
    }
    assert!(soon(run).await.expect("no panic").is_ok());
    // No longer than it needs.
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_heard_all_the_same() {
    let mut wire = Wire::with_limits(router(&PROTOCOL), small());
    let asked = wire.peer.request::<Ask>(Note::new("?"));
    let id = wire.receive().await["id"].to_string();
    stall(&wire).await;
    for _ in 0..6 {
        wire.peer.notify::<Changed>(Note::new("stall"));
    }
    let began = tokio::time::Instant::now();
    wire.send(r#"{"id":1,"method":"note/plain"}"#).await;
    wire.send(format!(r#"{{"id":{id},"result":{{"text":"!"}}}}"#))
        .await;
    assert_eq!(asked.await.expect("an answer"), Note::new("!"));
    assert_eq!(began.elapsed().as_millis() / 100, 1);
    let snapshot = wire.peer.snapshot();
    assert_eq!((snapshot.refused, snapshot.queued), (1, 7));
}

#[tokio::test]
async fn a_reader_that_stays_too_slow_loses_its_connection_with_a_reason() {
    let wire = Wire::with_limits(router(&PROTOCOL), small());
    stall(&wire).await;
    // Nothing tells of what is lost here: the reason comes last.
    wire.peer.notify::<Delta>(Note::new("lossy"));
    let told: Vec<_> = (0..12)
        .map(|_| wire.peer.notify::<Changed>(Note::new("x")))
        .collect();
    let last = told.into_iter().next_back().expect("twelve of them");
    assert!(matches!(soon(last).await, Err(CallError::Closed)));
    let Wire {
        run,
        mut source,
        sink: _sink,
        ..
    } = wire;
    let mut rest = Vec::new();
    while let Ok(Some(text)) = source.next(usize::MAX).await {
        rest.push(String::from_utf8(text).expect("UTF-8"));
    }
    let reason = r#"{"id":null,"error":{"code":-32001,"message":"the peer does not read what it is sent"}}"#;
    assert_eq!(rest.last().map(String::as_str), Some(reason));
    assert_eq!(rest.len(), UNDER_WAY + 1 + 10 + 1);
    let end = soon(run).await.expect("no panic").map_err(|error| error.kind());
    assert_eq!(end, Err(io::ErrorKind::TimedOut));
}

#[tokio::test]
async fn a_queue_has_a_size_in_bytes_too() {
    if support::TYPED {
        return; // What is no text has no length.
    }
    let limits = Limits {
        outbound_bytes: 1000,
        ..small()
    };
    let wire = Wire::with_limits(router(&PROTOCOL), limits);
    stall(&wire).await;
    // One message of any length is taken, and a second one is not.
    let long = "x".repeat(2000);
    wire.peer.notify::<Changed>(Note::new(&long));
    assert_eq!(wire.peer.snapshot().queued, 1);
    assert!(matches!(
        soon(wire.peer.notify::<Changed>(Note::new(""))).await,
        Err(CallError::Closed)
    ));
}

#[tokio::test]
async fn answers_and_what_is_urgent_get_through_when_nothing_else_does() {
    let router = router(&PROTOCOL)
        .request::<Any, _, _>(|cx, _| async move {
            let call = cx.peer().request::<Ask>(Note::new("?"));
            call.await.map_err(RpcError::from)
        })
        .request::<Plain, _, _>(|_, _| async { match never().await {} });
    let limits = Limits {
        requests: 2,
        ..small()
    };
    let mut wire = Wire::with_limits(router, limits);
    let id = wire.call(r#"{"id":1,"method":"note/any"}"#).await["id"].to_string();
    wire.send(r#"{"id":2,"method":"note/plain"}"#).await;
    let refused = wire
        .call(r#"{"id":3,"method":"note/echo","params":{"text":""}}"#)
        .await;
    assert_eq!(refused["error"]["code"], -32001);
    assert_eq!(refused["error"]["data"], json!({"retryAfterMs": 100}));
    assert_eq!(
        wire.call(r#"{"id":4,"method":"help"}"#).await,
        json!({"id": 4, "result": null})
    );
    let answer = wire
        .call(format!(r#"{{"id":{id},"result":{{"text":"!"}}}}"#))
        .await;
    assert_eq!(answer, json!({"id": 1, "result": {"text": "!"}}));
    assert_eq!(wire.peer.snapshot().in_flight, 1);
}

#[tokio::test]
async fn what_is_urgent_needs_no_limit() {
    let limits = Limits {
        requests: usize::MAX,
        ..small()
    };
    let mut wire = Wire::with_limits(router(&PROTOCOL), limits);
    assert_eq!(
        wire.call(r#"{"id":1,"method":"help"}"#).await,
        json!({"id": 1, "result": null})
    );
}

#[tokio::test]
async fn requests_in_flight_have_a_size_together() {
    if support::TYPED {
        return; // What is no text has no length.
    }
    let router = router(&PROTOCOL).request::<Slow, _, _>(|_, _| async { match never().await {} });
    let limits = Limits {
        request_bytes: 1000,
        ..small()
    };
    let mut wire = Wire::with_limits(router, limits);
    let long = format!(
        r#"{{"id":1,"method":"note/slow","params":{{"text":"{}"}}}}"#,
        "x".repeat(2000)
    );
    wire.send(long).await;
    let refused = wire.call(r#"{"id":2,"method":"note/plain"}"#).await;
    assert_eq!(refused["error"]["code"], -32001);
}

#[tokio::test]
async fn notifications_that_wait_have_a_size_together() {
    if support::TYPED {
        return; // What is no text has no length.
    }
    let (begun, mut handlers) = mpsc::unbounded_channel();
    let router = router(&PROTOCOL).notification::<Tell, _, _>(move |_, _| {
        let (go, wait) = oneshot::channel::<()>();
        begun.send(go).expect("the test waits");
        async move { wait.await.expect("the test says so") }
    });
    let limits = Limits {
        request_bytes: 1000,
        ..small()
    };
    let mut wire = Wire::with_limits(router, limits);
    let tell = |text: &str| format!(r#"{{"method":"note/tell","params":{{"text":"{text}"}}}}"#);
    wire.send(tell("at work")).await;
    wire.send(tell(&"waits".repeat(400))).await;
    let refused = wire.call(r#"{"id":1,"method":"note/plain"}"#).await;
    assert_eq!(refused["error"]["code"], -32001);
    for _ in 0..2 {
        let go = handlers.recv().await.expect("a handler");
        go.send(()).expect("it waits");
    }
    assert_eq!(wire.so_far().await, [""; 0]);
}

#[tokio::test]
async fn a_client_that_does_not_introduce_itself_is_sent_away() {
    let limits = Limits {
        initialize: Some(Duration::from_millis(20)),
        ..small()
    };
    let mut wire = Wire::with_limits(router(&WITH_HANDSHAKE), limits);
    let told = wire.receive().await;
    assert_eq!(told["error"]["message"], "not initialized within 20ms");
    let end = soon(wire.run)
        .await
        .expect("no panic")
        .map_err(|error| error.kind());
    assert_eq!(end, Err(io::ErrorKind::TimedOut));

    let mut wire = support::opened(&Server::new(router(&WITH_HANDSHAKE)).with_limits(limits), false).await;
    tokio::time::sleep(Duration::from_millis(40)).await;
    assert_eq!(wire.so_far().await, [""; 0]);
}

/// A server with one handler that waits to be told, and one that never ends.
fn busy() -> (Server, Arc<Notify>) {
    let go = Arc::new(Notify::new());
    let wait = Arc::clone(&go);
    let router = router(&PROTOCOL)
        .request::<Echo, _, _>(move |_, note| {
            let wait = Arc::clone(&wait);
            async move {
                wait.notified().await;
                Ok(note)
            }
        })
        .request::<Slow, _, _>(|_, _| async { match never().await {} });
    // A drain ends when the test lets it, not with the time.
    let limits = Limits {
        drain: Limits::default().drain,
        ..small()
    };
    (Server::new(router).with_limits(limits), go)
}

#[tokio::test]
async fn an_answer_is_queued_though_the_queue_is_full() {
    let (server, go) = busy();
    let mut wire = Wire::of(&server);
    wire.send(r#"{"id":1,"method":"note/echo","params":{"text":"a"}}"#)
        .await;
    wire.so_far().await;
    stall(&wire).await;
    for _ in 0..10 {
        wire.peer.notify::<Changed>(Note::new("stall"));
    }
    assert_eq!(wire.peer.snapshot().queued, 10);
    go.notify_one();
    while wire.peer.snapshot().in_flight > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(wire.peer.snapshot().queued, 11);
    for _ in 0..UNDER_WAY + 1 + 10 {
        assert_eq!(wire.receive().await["params"]["text"], "stall");
    }
    assert_eq!(wire.receive().await, json!({"id": 1, "result": {"text": "a"}}));
    assert_eq!(wire.so_far().await, [""; 0]);
}

#[tokio::test]
async fn a_server_that_drains_answers_what_it_has_and_takes_no_more() {
    let (server, go) = busy();
    let mut wire = Wire::of(&server);
    wire.send(r#"{"id":1,"method":"note/echo","params":{"text":"a"}}"#)
        .await;
    wire.so_far().await;
    server.drain();
    let refused = wire.call(r#"{"id":2,"method":"note/plain"}"#).await;
    assert_eq!(
        refused["error"],
        json!({"code": -32001, "message": "Server shutting down"})
    );
    go.notify_one();
    assert_eq!(wire.receive().await, json!({"id": 1, "result": {"text": "a"}}));
    soon(server.idle()).await;
    wire.run.await.expect("no panic").expect("a clean end");
    // Who comes now is sent away at once.
    let late = Wire::of(&server);
    late.run.await.expect("no panic").expect("a clean end");
}

#[tokio::test]
async fn a_server_that_stops_cuts_off_what_it_has_and_says_so() {
    let (server, _go) = busy();
    let mut wire = Wire::of(&server);
    wire.send(r#"{"id":1,"method":"note/echo","params":{"text":"a"}}"#)
        .await;
    wire.so_far().await;
    server.drain();
    server.stop();
    let cut = wire.receive().await;
    assert_eq!(
        cut,
        json!({"id": 1, "error": {"code": -32603, "message": "the handler was cut off"}})
    );
    soon(server.idle()).await;
    wire.run.await.expect("no panic").expect("a clean end");
}

/// Counts when it is dropped, and then whether its work was done.
struct Work(Arc<[AtomicUsize; 2]>, usize);

impl Work {
    fn done(&mut self) {
        self.1 = 1;
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0[self.1].fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_peer_that_is_gone_cancels_what_says_so_and_nothing_else() {
    let ends: Arc<[AtomicUsize; 2]> = Arc::default();
    let (cut, kept) = (Arc::clone(&ends), Arc::clone(&ends));
    let router = router(&PROTOCOL)
        .request::<Slow, _, _>(move |_, _| {
            let work = Work(Arc::clone(&cut), 0);
            async move {
                let _work = work;
                match never().await {}
            }
        })
        .request::<Echo, _, _>(move |_, note| {
            let mut work = Work(Arc::clone(&kept), 0);
            async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                work.done();
                Ok(note)
            }
        });
    let server = Server::new(router).with_limits(Limits::default());
    let (near, far) = tokio::io::duplex(1 << 10);
    let (read, write) = tokio::io::split(far);
    let run = tokio::spawn(server.connection(Lines::new(read, write)).run());
    let (mut read, mut write) = tokio::io::split(near);
    let requests = concat!(
        r#"{"id":1,"method":"note/slow","params":{"text":""}}"#,
        "\n",
        r#"{"id":2,"method":"note/echo","params":{"text":""}}"#,
        "\n",
        r#"{"id":3,"method":"note/plain"}"#,
        "\n"
    );
    write.write_all(requests.as_bytes()).await.expect("room");
    read.read_exact(&mut [0; 10]).await.expect("an answer");
    drop((read, write));
    // That nothing can be written shows with the first answer; until then the peer may only have said all it has to say.
    run.await.expect("no panic").expect_err("nobody reads");
    assert_eq!(
        [ends[0].load(Ordering::SeqCst), ends[1].load(Ordering::SeqCst)],
        [1, 1]
    );
}

#[tokio::test]
async fn a_handler_that_panics_later_is_answered_once_and_gives_its_turn_on() {
    let router = router(&PROTOCOL).request::<support::Queue, _, _>(|_, note: Note| async move {
        tokio::task::yield_now().await;
        if note.size.is_some() {
            panic!("on purpose");
        }
        Ok(note)
    });
    let mut wire = Wire::to(router);
    wire.send(r#"{"id":1,"method":"note/queue","params":{"text":"a","size":1.0}}"#)
        .await;
    wire.send(r#"{"id":2,"method":"note/queue","params":{"text":"a"}}"#)
        .await;
    let mut answers = [wire.receive().await, wire.receive().await];
    answers.sort_by_key(|answer| answer["id"].as_i64());
    assert_eq!(answers[0]["error"]["message"], "the handler panicked");
    assert_eq!(answers[1]["result"]["text"], "a");
    assert_eq!(wire.so_far().await, [""; 0]);
}

#[tokio::test]
async fn the_end_is_waited_for_by_who_watches() {
    let wire = Wire::to(Router::new(&PROTOCOL, wiregate_runtime::Side::Server));
    let peer = wire.peer.clone();
    let watch = tokio::spawn(async move { peer.closed().await });
    wire.end().await;
    watch.await.expect("no panic");
}
