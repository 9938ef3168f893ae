//! The recorder that writes to a file: each line, what does not fit, and files that were there before.
#![cfg(feature = "record")]

mod support;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use support::{Echo, Note, PROTOCOL, Plain, Wire, router};
use wiregate_runtime::recording::FileRecorder;
use wiregate_runtime::{Client, Connection, Direction, Recorder, Router, RpcError, Server, Side};

/// A file that goes when the test is over.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("wiregate-{}-{name}.jsonl", std::process::id()));
        let _ = fs::remove_file(&path);
        Self(path)
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.0).expect("the recorder has made it")
    }

    /// The lines without their times.
    fn lines(&self) -> Vec<Value> {
        let line = |text: &str| {
            let mut line: Value = serde_json::from_str(text).expect("each line is JSON");
            let members = line.as_object_mut().expect("each line is an object");
            let micros = members.remove("unixMicros").expect("each line has its time");
            // Later than 2020, and earlier than 2100.
            assert!(
                micros
                    .as_u64()
                    .is_some_and(|micros| (1_577_836_800_000_000..4_102_444_800_000_000).contains(&micros))
            );
            line
        };
        self.text().lines().map(line).collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn each_thing_that_happens_is_a_line() {
    let file = Scratch::new("lines");
    let recorder = FileRecorder::create(&file.0, &PROTOCOL, Side::Server).expect("a file");
    let recorder = Arc::new(recorder);
    let server = Server::new(router(&PROTOCOL)).with_recorder(recorder.clone());
    let mut wire = Wire::of(&server);
    let connection: u64 = wire.peer.connection().to_string().parse().expect("a number");
    wire.call("{\n\"id\": 1,\r\n\"method\":\"note/plain\"}").await;
    wire.call("non\tsense").await;
    wire.end().await;
    recorder.finish().expect("the disk takes it");
    recorder.record(wire_id(&server), Direction::In, b"{}");
    let line = |rest: Value| {
        let mut line = json!({"connection": connection});
        let members = line.as_object_mut().expect("an object");
        members.extend(rest.as_object().expect("an object").clone());
        line
    };
    let lines = file.lines();
    assert_eq!(
        lines[0],
        json!({"recording": 1, "protocol": PROTOCOL.name, "version": PROTOCOL.version, "side": "server"})
    );
    assert_eq!(lines[1], line(json!({"event": "opened"})));
    let called = json!({"direction": "in", "message": {"id": 1, "method": "note/plain"}});
    assert_eq!(lines[2], line(called));
    assert_eq!(
        lines[3],
        line(json!({"direction": "out", "message": {"id": 1, "result": null}}))
    );
    assert_eq!(lines[4], line(json!({"direction": "in", "text": "non\tsense"})));
    assert_eq!(lines[5]["message"]["error"]["code"], -32700);
    assert_eq!(lines[6]["event"], "closed");
    assert_eq!(lines.len(), 7);
}

/// Some connection.
fn wire_id(server: &Server) -> wiregate_runtime::ConnectionId {
    Wire::of(server).peer.connection()
}

#[tokio::test]
async fn how_a_connection_ended_is_told_after_its_last_message() {
    let file = Scratch::new("ends");
    let recorder = Arc::new(FileRecorder::create(&file.0, &PROTOCOL, Side::Server).expect("a file"));
    let slow = router(&PROTOCOL).request::<Plain, _, _>(|cx, _| async move {
        cx.cancelled().await;
        Err::<(), _>(RpcError::internal("too late"))
    });
    let server = Server::new(slow).with_recorder(recorder.clone());
    let mut wire = Wire::of(&server);
    wire.send(r#"{"id":1,"method":"note/plain"}"#).await;
    wire.peer
        .notify::<support::Changed>(Note::new("a"))
        .await
        .expect("it is written");
    drop(wire);
    server.idle().await;
    // The tape is let go of after that.
    while !file.text().contains("closed") {
        tokio::task::yield_now().await;
    }
    drop(server);
    recorder.finish().expect("the disk takes it");
    let lines = file.lines();
    let last = lines.last().expect("lines");
    assert_eq!(
        (&last["event"], &last["end"]),
        (&json!("closed"), &json!("failed"))
    );
    assert_eq!(last["reason"], "the other end is gone");
    let ends = lines.iter().filter(|line| line["event"] == "closed").count();
    assert_eq!(ends, 1, "{lines:#?}");
}

#[test]
fn what_does_not_fit_is_counted() {
    const COUNT: usize = 20_000;
    let file = Scratch::new("missing");
    let recorder = FileRecorder::with_limit(&file.0, &PROTOCOL, Side::Server, 4096).expect("a file");
    let message = format!(r#"{{"id":1,"method":"{}"}}"#, "x".repeat(2000));
    let connection = wire_id_of_nobody();
    for _ in 0..COUNT {
        recorder.record(connection, Direction::Out, message.as_bytes());
    }
    drop(recorder);
    let lines = file.lines();
    let missing: usize = lines
        .iter()
        .filter_map(|line| line["missing"].as_u64())
        .sum::<u64>() as usize;
    let kept = lines.iter().filter(|line| line["message"].is_object()).count();
    assert_eq!(missing + kept, COUNT);
    assert!(missing > 0, "the disk was faster than memory");
    assert!(kept > 0);
}

/// A connection that nothing goes over.
fn wire_id_of_nobody() -> wiregate_runtime::ConnectionId {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let _guard = runtime.enter();
    wire_id(&Server::new(router(&PROTOCOL)))
}

#[test]
fn a_recording_goes_on_behind_a_line_that_was_cut() {
    let file = Scratch::new("cut");
    fs::write(&file.0, "{\"recording\":1,\"proto").expect("a file");
    drop(FileRecorder::create(&file.0, &PROTOCOL, Side::Server).expect("a file"));
    let text = file.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "{\"recording\":1,\"proto");
    assert!(lines[1].starts_with("{\"recording\":1,\"protocol\":"), "{text}");
    assert_eq!(lines.len(), 2);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let file = Scratch::new("mode");
    drop(FileRecorder::create(&file.0, &PROTOCOL, Side::Server).expect("a file"));
    let mode = fs::metadata(&file.0).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_client_records_its_side() {
    let file = Scratch::new("client");
    let recorder = FileRecorder::create(&file.0, &PROTOCOL, Side::Client).expect("a file");
    let recorder = Arc::new(recorder);
    let server = Server::new(router(&PROTOCOL));
    let (near, far) = support::pair(64);
    let run = tokio::spawn(server.connection(far).run());
    let connection = Connection::new(near, Router::new(&PROTOCOL, Side::Client));
    let (client, _) = Client::over(connection.with_recorder(recorder.clone()));
    let echo = client.peer().request::<Echo>(Note::new("a")).await;
    assert_eq!(echo.expect("an answer"), Note::new("a"));
    client.close().await.expect("a clean end");
    run.await.expect("no panic").expect("a clean end");
    recorder.finish().expect("the disk takes it");
    let lines = file.lines();
    let id = &lines[2]["message"]["id"];
    let said: Vec<_> = lines[2..4]
        .iter()
        .map(|line| (&line["direction"], &line["message"]))
        .collect();
    let (out, back) = (json!("out"), json!("in"));
    let asked = json!({"id": id, "method": "note/echo", "params": {"text": "a"}});
    let answered = json!({"id": id, "result": {"text": "a"}});
    assert_eq!(said, [(&out, &asked), (&back, &answered)]);
    assert_eq!(lines[0]["side"], "client");
    assert_eq!(lines[4]["event"], "closed");
    assert_eq!(lines.len(), 5);
}
