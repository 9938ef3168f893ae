//! What shows from outside: the span of a request, what a recorder sees, and how things stand.
#![cfg(feature = "tokio")]

mod support;

use std::io;
use std::sync::{Arc, Mutex};

use support::{Any, Changed, Note, PROTOCOL, Plain, Wire, router};
use tracing_subscriber::fmt::format::FmtSpan;
use wiregate_runtime::{ConnectionId, Direction, Recorder, RpcError, Server};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_request_has_a_span_that_says_how_it_ended_and_that_work_keeps() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let router = router(&PROTOCOL)
        .request::<Any, _, _>(|cx, _| async move {
            tokio::task::yield_now().await;
            let work = cx.spawn(async { tracing::info!("outlives") });
            work.await
                .map_err(|error| RpcError::internal(error.to_string()))?;
            Ok(Note::new(""))
        })
        .request::<Plain, _, _>(|_, _| async { Err(RpcError::internal("no")) });
    let mut wire = Wire::to(router);
    let connection = wire.peer.connection();
    let trace = r#""trace":{"traceparent":"00-ab-cd-01"}"#;
    wire.call(format!(r#"{{"id":"x","method":"note/any",{trace}}}"#))
        .await;
    wire.call(r#"{"id":2,"method":"note/plain"}"#).await;
    wire.end().await;
    let text = String::from_utf8(lines.0.lock().expect("no panic").clone()).expect("UTF-8");
    let line = |words: &[&str]| {
        let found = text
            .lines()
            .any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "no line with {words:?} in:\n{text}");
    };
    let connection = format!("connection={connection}");
    line(&[
        "close",
        r#"method="note/any""#,
        r#"id="x""#,
        &connection,
        "00-ab-cd-01",
        r#"outcome="result""#,
        "micros=",
    ]);
    line(&["outlives", r#"method="note/any""#, "00-ab-cd-01"]);
    line(&[
        "close",
        r#"method="note/plain""#,
        "id=2",
        &connection,
        r#"outcome="error""#,
    ]);
}

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
