//! What shows from outside: what a recorder sees, and how things stand.
#![cfg(feature = "tokio")]

mod support;

use std::io::Cursor;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use support::{Changed, Echo, Note, PROTOCOL, Wire, router};
use wiregate_runtime::transport::lines::Lines;
use wiregate_runtime::{ConnectionId, Direction, Recorder, Router, Server, Side};

#[derive(Default)]
struct Record(Mutex<Vec<(ConnectionId, Direction, String)>>);

impl Recorder for Record {
    fn record(&self, connection: ConnectionId, direction: Direction, message: &[u8]) {
        let text = String::from_utf8_lossy(message).into_owned();
        self.0
            .lock()
            .expect("no panic")
            .push((connection, direction, text));
    }
}

#[tokio::test]
async fn a_recorder_sees_each_message_in_both_directions() {
    let record = Arc::new(Record::default());
    let recorder = Arc::clone(&record);
    let server = Server::new(router(&PROTOCOL)).with_recorder(recorder);
    let mut wire = Wire::of(&server);
    let id = wire.peer.connection();
    let request = r#"{"id":1,"method":"note/plain"}"#;
    wire.call(request).await;
    wire.call("nonsense").await;
    wire.peer
        .notify::<Changed>(Note::new("a"))
        .await
        .expect("it is written");
    let seen = record.0.lock().expect("no panic");
    let texts: Vec<_> = seen
        .iter()
        .map(|(_, direction, text)| (*direction, text.as_str()))
        .collect();
    assert!(seen.iter().all(|(connection, ..)| *connection == id));
    assert_eq!(texts[0], (Direction::In, request));
    assert_eq!(texts[1], (Direction::Out, r#"{"id":1,"result":null}"#));
    assert_eq!(texts[2], (Direction::In, "nonsense"));
    assert_eq!(texts[3].0, Direction::Out);
    assert_eq!(
        texts[4],
        (
            Direction::Out,
            r#"{"method":"note/changed","params":{"text":"a"}}"#
        )
    );
    assert_eq!(texts.len(), 5);
}

#[tokio::test]
async fn a_snapshot_counts() {
    let server = Server::new(router(&PROTOCOL));
    let mut wire = Wire::of(&server);
    wire.watch("a").await;
    wire.call(r#"{"id":1,"method":"no/such"}"#).await;
    let asked = server.hub().request::<support::AskTopic>(Note::new("a"));
    let snapshot = server.snapshot();
    let [connection] = snapshot.connections[..] else {
        panic!("one connection")
    };
    assert_eq!((snapshot.topics, snapshot.open_requests), (1, 1));
    assert_eq!(connection.connection, wire.peer.connection());
    assert_eq!(
        (connection.received, connection.refused, connection.in_flight),
        (2, 1, 0)
    );
    drop(asked);
    assert_eq!(server.snapshot().open_requests, 0);
}

/// A server that answers, and how many answers waited for their way out at most when it did.
fn watched() -> (Server, Arc<AtomicUsize>) {
    let most = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&most);
    let router = Router::new(&PROTOCOL, Side::Server).request::<Echo, _, _>(move |cx, params| async move {
        seen.fetch_max(cx.peer().snapshot().queued, Ordering::Relaxed);
        Ok(params)
    });
    (Server::new(router), most)
}

#[tokio::test]
async fn answers_wait_for_each_other_where_that_spares_calls_of_the_system() {
    const REQUEST: &str = r#"{"id":1,"method":"note/echo","params":{"text":"a"}}"#;
    let (server, most) = watched();
    let lines = Cursor::new(format!("{REQUEST}\n").repeat(10));
    let run = server.connection(Lines::new(lines, tokio::io::sink())).run();
    run.await.expect("nothing fails");
    assert_eq!(most.load(Ordering::Relaxed), 9);

    let (server, most) = watched();
    let mut wire = Wire::of(&server);
    wire.call(REQUEST).await;
    for _ in 0..10 {
        wire.send(REQUEST).await;
    }
    assert_eq!(wire.end().await.len(), 10);
    assert_eq!(most.load(Ordering::Relaxed), 3);
}
