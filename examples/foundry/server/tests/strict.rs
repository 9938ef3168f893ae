//! The second protocol on the wire: strict JSON-RPC 2.0, snake case, a handshake of its own.

use serde_json::{Value, json};
use wiregate_runtime::Connection;
use wiregate_runtime::transport::memory::{self, MemorySink, MemorySource};
use wiregate_runtime::transport::{Sink, Source, Transport};

const JOB: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn a_session_from_beginning_to_end() {
    let mut wire = Wire::open().await;
    let opened = wire
        .ask(json!({"jsonrpc": "2.0", "id": 1, "method": "session.open", "params": {"client": "test"}}))
        .await;
    assert_eq!(
        opened,
        json!({"jsonrpc": "2.0", "id": 1, "result": {"farm": "foundry 2.1", "job_limit": 2}})
    );

    let submit =
        json!({"jsonrpc": "2.0", "id": "a", "method": "job.submit", "params": {"command": ["make"]}});
    let submitted = wire.ask(submit).await;
    assert_eq!(
        submitted,
        json!({"jsonrpc": "2.0", "id": "a", "result": {"job_id": JOB, "position": 0}})
    );

    // The old spelling `id` is read; the notification comes before the answer.
    let told = wire
        .ask(json!({"jsonrpc": "2.0", "id": 2, "method": "job.stop", "params": {"id": JOB}}))
        .await;
    let stopped = json!({"state": "stopped"});
    let params = json!({"job_id": JOB, "state": stopped});
    assert_eq!(
        told,
        json!({"jsonrpc": "2.0", "method": "job.state_changed", "params": params})
    );
    assert_eq!(
        wire.next().await,
        json!({"jsonrpc": "2.0", "id": 2, "result": {"state": stopped}})
    );

    let closed = wire
        .ask(json!({"jsonrpc": "2.0", "id": 3, "method": "session.close"}))
        .await;
    assert_eq!(closed, json!({"jsonrpc": "2.0", "id": 3, "result": null}));
}

#[tokio::test]
async fn a_message_without_the_version_is_refused() {
    let mut wire = Wire::open().await;
    let answer = wire
        .ask(json!({"id": 1, "method": "session.open", "params": {"client": "test"}}))
        .await;
    assert_eq!(
        (&answer["id"], &answer["error"]["code"]),
        (&json!(1), &json!(-32600)),
        "{answer}"
    );
    assert_eq!(answer["jsonrpc"], "2.0");
}

#[tokio::test]
async fn a_declared_error_carries_its_code_and_data() {
    let mut wire = Wire::opened().await;
    let submit = |id: u32| json!({"jsonrpc": "2.0", "id": id, "method": "job.submit", "params": {"command": ["make"]}});
    for id in 2..4 {
        assert!(wire.ask(submit(id)).await["result"].is_object());
    }
    let full = wire.ask(submit(4)).await;
    assert_eq!(full["error"]["code"], -31001);
    assert_eq!(full["error"]["data"], json!({"kind": "queue_full", "limit": 2}));
}

#[tokio::test]
async fn what_the_farm_does_not_serve_is_not_found() {
    let mut wire = Wire::opened().await;
    let answer = wire
        .ask(json!({"jsonrpc": "2.0", "id": 2, "method": "log.read", "params": {"job_id": JOB}}))
        .await;
    assert_eq!(answer["error"]["code"], -32601, "{answer}");
}

#[tokio::test]
async fn bad_params_name_the_place() {
    let mut wire = Wire::opened().await;
    let params = json!({"command": ["make", 5]});
    let answer = wire
        .ask(json!({"jsonrpc": "2.0", "id": 2, "method": "job.submit", "params": params}))
        .await;
    assert_eq!(answer["error"]["code"], -32602);
    assert_eq!(
        answer["error"]["message"],
        "job.submit params.command[1]: expected a string, found 5"
    );
    assert_eq!(answer["error"]["data"]["path"], "params.command[1]");
}

/// A client that speaks raw text.
struct Wire {
    source: MemorySource,
    sink: MemorySink,
}

impl Wire {
    async fn open() -> Self {
        let (ours, theirs) = memory::pair();
        tokio::spawn(Connection::new(theirs, foundry_server::router()).run());
        let (source, sink) = ours.split();
        Self { source, sink }
    }

    async fn opened() -> Self {
        let mut wire = Self::open().await;
        wire.ask(json!({"jsonrpc": "2.0", "id": 1, "method": "session.open", "params": {"client": "test"}}))
            .await;
        wire
    }

    async fn ask(&mut self, message: Value) -> Value {
        self.sink.send(&message.to_string()).await.unwrap();
        self.next().await
    }

    async fn next(&mut self) -> Value {
        match self.source.next(1 << 20).await.unwrap() {
            Some(text) => serde_json::from_slice(&text).unwrap(),
            other => panic!("expected a message, found {other:?}"),
        }
    }
}
