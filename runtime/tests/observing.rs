//! What shows from outside: what a recorder sees, and how things stand.
#![cfg(feature = "tokio")]

mod support;

use std::sync::{Arc, Mutex};

use support::{Changed, Note, PROTOCOL, Wire, router};
use wiregate_runtime::{ConnectionId, Direction, Recorder, Server};

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
