//! Calls of the other end, and what ends them.
#![cfg(feature = "tokio")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use support::{Any, Ask, Changed, Echo, Note, PROTOCOL, Plain, Wire, never, router};
use tokio::sync::mpsc;
use wiregate_runtime::message::NoParams;
use wiregate_runtime::transport::Sink;
use wiregate_runtime::{CallError, Connection, ErrorCode, Limits, Router, RpcError, Side};

/// Asks the peer, and answers with what it says.
fn asking() -> Router {
    router(&PROTOCOL).request::<Any, _, _>(|cx, _| async move {
        cx.peer()
            .request::<Ask>(Note::new("?"))
            .await
            .map_err(RpcError::from)
    })
}

/// A request of the server's is under way; gives its id as text.
async fn asked(wire: &mut Wire) -> String {
    let request = wire.call(r#"{"id":1,"method":"note/any"}"#).await;
    assert_eq!(
        (&request["method"], &request["params"]),
        (&json!("user/ask"), &json!({"text": "?"}))
    );
    request["id"].to_string()
}

#[tokio::test]
async fn a_server_asks_its_client_while_it_serves_it() {
    let mut wire = Wire::to(asking());
    let id = asked(&mut wire).await;
    let answer = wire
        .call(format!(r#"{{"id":{id},"result":{{"text":"!"}}}}"#))
        .await;
    assert_eq!(answer, json!({"id": 1, "result": {"text": "!"}}));
}

#[tokio::test]
async fn the_error_of_the_client_reaches_the_caller_as_it_was() {
    let mut wire = Wire::to(asking());
    let id = asked(&mut wire).await;
    let error = json!({"code": 77, "message": "no", "data": {"why": [1.50]}});
    let answer = wire.call(format!(r#"{{"id":{id},"error":{error}}}"#)).await;
    assert_eq!(answer, json!({"id": 1, "error": error}));
}

#[tokio::test]
async fn an_answer_of_the_wrong_shape_is_an_error_to_the_caller() {
    let mut wire = Wire::to(asking());
    let id = asked(&mut wire).await;
    let answer = wire.call(format!(r#"{{"id":{id},"result":{{"text":5}}}}"#)).await;
    assert_eq!(answer["error"]["code"], -32603);
    assert_eq!(
        answer["error"]["message"],
        "the answer to user/ask is wrong: text: expected a string, found 5"
    );
}

#[tokio::test]
async fn something_that_is_no_answer_fails_the_call_and_is_refused() {
    for malformed in [
        "",
        r#","result":1,"error":{"code":1,"message":""}"#,
        r#","error":5"#,
    ] {
        let mut wire = Wire::to(asking());
        let id = asked(&mut wire).await;
        let refusal = wire.call(format!(r#"{{"id":{id}{malformed}}}"#)).await;
        assert_eq!(
            (&refusal["id"], &refusal["error"]["code"]),
            (&json!(null), &json!(-32600)),
            "{malformed}"
        );
        let answer = wire.receive().await;
        assert_eq!(
            (&answer["id"], &answer["error"]["code"]),
            (&json!(1), &json!(-32603)),
            "{malformed}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_is_passed_over() {
    let mut wire = Wire::to(asking());
    wire.send(r#"{"id":0,"result":{"text":"too early"}}"#).await;
    wire.send(r#"{"id":"a","result":1}"#).await;
    wire.send(r#"{"id":null,"error":{"code":-32700,"message":"what was that?"}}"#)
        .await;
    let id = asked(&mut wire).await;
    wire.send(format!(r#"{{"id":{id},"result":{{"text":"first"}}}}"#))
        .await;
    wire.send(format!(r#"{{"id":{id},"result":{{"text":"second"}}}}"#))
        .await;
    assert_eq!(wire.receive().await["result"]["text"], "first");
    assert_eq!(wire.end().await, [""; 0]);
}

#[tokio::test]
async fn the_end_of_the_connection_fails_calls_and_still_answers_requests() {
    let mut wire = Wire::to(asking());
    asked(&mut wire).await;
    let peer = wire.peer.clone();
    let [answer] = &wire.end().await[..] else {
        panic!("one answer")
    };
    assert_eq!(
        answer,
        r#"{"id":1,"error":{"code":-32603,"message":"the connection has ended"}}"#
    );
    assert!(matches!(
        peer.request::<Ask>(Note::new("?")).await,
        Err(CallError::Closed)
    ));
    assert!(matches!(
        peer.notify::<Changed>(Note::new("?")).await,
        Err(CallError::Closed)
    ));
}

#[tokio::test]
async fn handlers_hear_of_the_end_and_get_their_time() {
    let router = router(&PROTOCOL)
        .request::<Plain, _, _>(|cx, _| async move {
            cx.cancelled().await;
            Err(RpcError::new(ErrorCode(-32800), "cancelled"))
        })
        .request::<Echo, _, _>(|_, _| async { match never().await {} });
    let limits = Limits {
        drain: Duration::from_millis(50),
        ..Limits::default()
    };
    let mut wire = Wire::with_limits(router, limits);
    wire.send(r#"{"id":1,"method":"note/plain"}"#).await;
    wire.send(r#"{"id":2,"method":"note/echo","params":{"text":""}}"#)
        .await;
    assert_eq!(
        wire.end().await,
        [
            r#"{"id":1,"error":{"code":-32800,"message":"cancelled"}}"#,
            r#"{"id":2,"error":{"code":-32603,"message":"the handler was cut off"}}"#,
        ]
    );
}

#[tokio::test]
async fn a_peer_that_asks_and_does_not_read_loses_its_connection_and_nothing_grows() {
    let limits = Limits {
        outbound: 100,
        drain: Duration::from_millis(50),
        ..Limits::default()
    };
    let Wire {
        peer,
        run,
        source,
        mut sink,
    } = Wire::with_limits(router(&PROTOCOL), limits);
    // Nobody reads `source`. More than half of the queue taken, requests are refused; all of it taken, that is the end.
    let mut most = 0;
    while support::soon(sink.send(r#"{"id":1,"method":"note/any"}"#))
        .await
        .is_ok()
    {
        assert!(most < 10_000, "it never ends");
        most = most.max(peer.snapshot().queued);
    }
    assert!((50..=101).contains(&most), "{most} messages waited");
    assert!(peer.snapshot().refused > 0);
    let end = run.await.expect("the connection does not panic");
    assert_eq!(
        end.map_err(|error| error.kind()),
        Err(std::io::ErrorKind::TimedOut)
    );
    drop(source);
}

#[tokio::test]
async fn both_sides_of_one_protocol_talk() {
    let (told, mut hears) = mpsc::unbounded_channel();
    let client = Router::new(&PROTOCOL, Side::Client)
        .request::<Ask, _, _>(|_, note: Note| async move { Ok(Note::new(&note.text.to_uppercase())) })
        .notification::<Changed, _, _>(move |_, note: Note| {
            let told = told.clone();
            async move { told.send(note.text).expect("the test listens") }
        });
    let server = router(&PROTOCOL).request::<Echo, _, _>(|cx, note: Note| async move {
        let answer = cx.peer().request::<Ask>(note).await?;
        cx.peer().notify::<Changed>(answer.clone()).await?;
        Ok(answer)
    });
    let (near, far) = support::pair(64);
    let (near, far) = (
        Connection::new(near, client),
        Connection::new(far, Arc::new(server)),
    );
    let peer = near.peer();
    let (near, far) = (tokio::spawn(near.run()), tokio::spawn(far.run()));

    let answer = peer.request::<Echo>(Note::new("quiet")).await.expect("an answer");
    assert_eq!(answer, Note::new("QUIET"));
    assert_eq!(hears.recv().await.as_deref(), Some("QUIET"));
    peer.request::<Plain>(NoParams).await.expect("null");
    let missing = peer
        .request::<support::Queue>(Note::new(""))
        .await
        .expect_err("nobody serves it");
    assert!(matches!(
        missing,
        CallError::Rpc(RpcError {
            code: ErrorCode::METHOD_NOT_FOUND,
            ..
        })
    ));

    peer.close();
    near.await.expect("no panic").expect("no fault");
    far.await.expect("no panic").expect("no fault");
}

#[tokio::test]
async fn a_call_that_is_dropped_is_withdrawn() {
    let wire = Wire::to(router(&PROTOCOL));
    let peer = wire.peer.clone();
    let call = peer.request::<Ask>(Note::new("?"));
    tokio::time::timeout(Duration::from_millis(10), call)
        .await
        .expect_err("nobody answers");
    let mut wire = wire;
    let id = wire.receive().await["id"].to_string();
    wire.send(format!(r#"{{"id":{id},"result":{{"text":"late"}}}}"#))
        .await;
    assert_eq!(wire.end().await, [""; 0]);
}
