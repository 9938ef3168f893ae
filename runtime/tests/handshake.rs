//! How a connection begins: what is refused before, what is gated, what is withheld.
#![cfg(feature = "tokio")]

mod support;

use std::sync::Arc;

use serde_json::{Value, json};
use support::{AskSecret, Changed, Hello, Leaked, Note, WITH_HANDSHAKE, Wire, router};
use tokio::sync::Notify;
use wiregate_runtime::message::NoParams;
use wiregate_runtime::{CallError, RpcError};

const PLAIN: &str = r#"{"id":9,"method":"note/plain"}"#;
const SECRET: &str = r#"{"id":9,"method":"note/secret"}"#;

fn hello(params: &Value) -> String {
    json!({"id": 0, "method": "hello", "params": params}).to_string()
}

#[track_caller]
fn refused(answer: &Value, says: &str) {
    assert_eq!(answer["error"], json!({"code": -32600, "message": says}));
}

#[tokio::test]
async fn nothing_is_served_before_the_handshake_and_the_handshake_once() {
    let mut wire = Wire::to(router(&WITH_HANDSHAKE));
    refused(&wire.call(PLAIN).await, "Not initialized");
    refused(
        &wire.call(r#"{"id":1,"method":"no/such"}"#).await,
        "Not initialized",
    );
    assert_eq!(
        wire.call(hello(&json!({"text": "me"}))).await,
        json!({"id": 0, "result": {"text": "me"}})
    );
    assert_eq!(wire.call(PLAIN).await, json!({"id": 9, "result": null}));
    refused(&wire.call(hello(&json!({}))).await, "Already initialized");
}

#[tokio::test]
async fn a_handshake_that_fails_can_be_tried_again() {
    let mut wire = Wire::to(router(&WITH_HANDSHAKE));
    assert_eq!(
        wire.call(hello(&json!({"text": 5}))).await["error"]["code"],
        -32602
    );
    refused(&wire.call(PLAIN).await, "Not initialized");
    assert_eq!(
        wire.call(hello(&json!({"text": "refuse me"}))).await["error"]["code"],
        -32603
    );
    refused(&wire.call(PLAIN).await, "Not initialized");
    wire.call(hello(&json!({}))).await;
    assert_eq!(wire.call(PLAIN).await, json!({"id": 9, "result": null}));
}

#[tokio::test]
async fn what_follows_the_handshake_at_once_waits_for_it() {
    let go = Arc::new(Notify::new());
    let wait = Arc::clone(&go);
    let router = router(&WITH_HANDSHAKE).request::<Hello, _, _>(move |_, _| {
        let wait = Arc::clone(&wait);
        async move {
            wait.notified().await;
            Ok(Note::default())
        }
    });
    let mut wire = Wire::to(router);
    wire.send(hello(&json!({}))).await;
    wire.send(hello(&json!({}))).await;
    wire.send(PLAIN).await;
    tokio::task::yield_now().await;
    go.notify_one();
    assert_eq!(wire.receive().await["result"], json!({"text": ""}));
    refused(&wire.receive().await, "Already initialized");
    assert_eq!(wire.receive().await, json!({"id": 9, "result": null}));
}

#[tokio::test]
async fn a_gated_method_wants_its_gate() {
    for want in [
        json!({}),
        json!({"labApi": false}),
        json!({"labApi": "yes"}),
        json!(["labApi"]),
    ] {
        let mut wire = Wire::to(router(&WITH_HANDSHAKE));
        wire.call(hello(&json!({"want": want}))).await;
        let refusal = json!({
            "code": -32600,
            "message": "note/secret requires labApi capability",
            "data": {"gate": "lab", "path": "method", "capability": "labApi"},
        });
        assert_eq!(wire.call(SECRET).await, json!({"id": 9, "error": refusal}));
    }
    let mut wire = Wire::to(router(&WITH_HANDSHAKE));
    wire.call(hello(&json!({"want": {"labApi": true}}))).await;
    assert_eq!(wire.call(SECRET).await, json!({"id": 9, "result": null}));
}

#[tokio::test]
async fn a_suggestion_names_nothing_behind_a_closed_gate() {
    let misspelt = r#"{"id":1,"method":"note/secre"}"#;
    let mut wire = Wire::to(router(&WITH_HANDSHAKE));
    wire.call(hello(&json!({}))).await;
    assert_eq!(
        wire.call(misspelt).await["error"]["message"],
        "method not found: note/secre"
    );
    let mut wire = Wire::to(router(&WITH_HANDSHAKE));
    wire.call(hello(&json!({"want": {"labApi": true}}))).await;
    let answer = wire.call(misspelt).await;
    assert_eq!(
        answer["error"]["message"],
        "method not found: note/secre; did you mean note/secret?"
    );
}

#[tokio::test]
async fn a_client_is_told_only_what_it_wants() {
    let told = |params: Value| async move {
        let mut wire = Wire::to(router(&WITH_HANDSHAKE));
        let early = wire.peer.notify::<Changed>(Note::new("early")).await;
        early.expect("what is withheld is no error");
        wire.call(hello(&params)).await;
        let peer = wire.peer.clone();
        peer.notify::<Changed>(Note::new("a"))
            .await
            .expect("the connection lives");
        peer.notify::<Leaked>(Note::new("b"))
            .await
            .expect("the connection lives");
        wire.end().await
    };
    let changed = r#"{"method":"note/changed","params":{"text":"a"}}"#.to_owned();
    let leaked = r#"{"method":"note/leaked","params":{"text":"b"}}"#.to_owned();
    let lab = json!({"labApi": true});
    assert_eq!(told(json!({})).await, std::slice::from_ref(&changed));
    assert_eq!(told(json!({"want": lab})).await, [changed, leaked.clone()]);
    assert_eq!(
        told(json!({"want": lab, "skip": ["note/changed", "no/such"]})).await,
        [leaked]
    );
}

#[tokio::test]
async fn a_gated_request_fails_at_the_caller_where_the_gate_is_closed() {
    let mut wire = Wire::to(router(&WITH_HANDSHAKE));
    wire.call(hello(&json!({}))).await;
    let peer = wire.peer.clone();
    let Err(CallError::Gate(error)) = peer.request::<AskSecret>(NoParams).await else {
        panic!("the client has not opted in");
    };
    assert_eq!(error.message, "user/secret requires labApi capability");
    // Who called may not have opted in either.
    assert_eq!(
        RpcError::from(CallError::Gate(error)),
        RpcError::internal("no client has opted into what it is to be asked")
    );
    assert_eq!(wire.end().await, [""; 0]);
}

#[tokio::test]
async fn a_handler_sees_the_gates_of_its_connection() {
    let router = router(&WITH_HANDSHAKE).request::<Hello, _, _>(|cx, _| async move {
        Ok(Note::new(&cx.gates().iter().collect::<Vec<_>>().join(",")))
    });
    let mut wire = Wire::to(router);
    let answer = wire.call(hello(&json!({"want": {"labApi": true}}))).await;
    assert_eq!(answer["result"]["text"], "lab");
}
