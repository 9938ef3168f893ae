//! Requests that are messages: which handler they meet, and what they are answered with.
#![cfg(feature = "tokio")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use support::{Any, Echo, Note, PROTOCOL, Plain, Queue, Tell, Wire, never, router};
use tokio::sync::{Notify, Semaphore};
use wiregate_runtime::{Limits, Router, RpcError, Side};

#[tokio::test]
async fn a_result_comes_back_under_the_id() {
    let mut wire = Wire::to(router(&PROTOCOL));
    wire.send(r#"{"method":"note/echo","params":{"text":"a\nb"},"id":"x"}"#)
        .await;
    assert_eq!(wire.text().await, r#"{"id":"x","result":{"text":"a\nb"}}"#);
}

#[tokio::test]
async fn wrong_params_are_named_by_their_path() {
    let mut wire = Wire::to(router(&PROTOCOL));
    let answer = wire
        .call(r#"{"id":1,"method":"note/echo","params":{"text":5}}"#)
        .await;
    let error = json!({
        "code": -32602,
        "message": "note/echo params.text: expected a string, found 5",
        "data": {"path": "params.text", "expected": "a string", "found": "5"},
    });
    assert_eq!(answer, json!({"id": 1, "error": error}));

    let answer = wire.call(r#"{"id":2,"method":"note/echo"}"#).await;
    assert_eq!(answer["error"]["data"]["path"], "params.text");
    let answer = wire
        .call(r#"{"id":3,"method":"note/echo","params":{"text":"a","text":"b"}}"#)
        .await;
    assert_eq!(
        (&answer["error"]["code"], &answer["error"]["data"]["path"]),
        (&json!(-32602), &json!("params.text"))
    );
}

#[tokio::test]
async fn positional_params_are_wrong_params() {
    let mut wire = Wire::to(router(&PROTOCOL));
    for (method, params) in [
        ("note/echo", r#"["a"]"#),
        ("note/any", "[]"),
        ("note/plain", "[]"),
    ] {
        let answer = wire
            .call(format!(r#"{{"id":1,"method":"{method}","params":{params}}}"#))
            .await;
        let text = format!("{method} params: expected an object, found a list");
        assert_eq!(
            (&answer["error"]["code"], &answer["error"]["message"]),
            (&json!(-32602), &json!(text))
        );
    }
}

#[tokio::test]
async fn params_absent_null_and_empty_are_the_same_where_nothing_is_required() {
    let mut wire = Wire::to(router(&PROTOCOL));
    for params in [
        "",
        r#","params":null"#,
        r#","params":{}"#,
        r#","params":{"unknown":1}"#,
    ] {
        let answer = wire
            .call(format!(r#"{{"id":1,"method":"note/any"{params}}}"#))
            .await;
        assert_eq!(answer, json!({"id": 1, "result": {"text": ""}}), "{params}");
        let answer = wire
            .call(format!(r#"{{"id":2,"method":"note/plain"{params}}}"#))
            .await;
        assert_eq!(answer, json!({"id": 2, "result": null}), "{params}");
    }
}

#[tokio::test]
async fn an_unknown_method_is_not_found_and_a_near_one_is_named() {
    let mut wire = Wire::to(router(&PROTOCOL));
    for (method, says) in [
        ("note/eco", "method not found: note/eco; did you mean note/echo?"),
        (
            "NOTE/ECHO",
            "method not found: NOTE/ECHO; did you mean note/echo?",
        ),
        ("thread/start", "method not found: thread/start"),
        // Declared, and sent by the other side.
        ("user/ask", "method not found: user/ask"),
        // Declared, and nobody serves it.
        ("note/queue", "method not found: note/queue"),
    ] {
        let answer = wire.call(format!(r#"{{"id":1,"method":"{method}"}}"#)).await;
        assert_eq!(
            answer,
            json!({"id": 1, "error": {"code": -32601, "message": says}})
        );
    }
}

#[tokio::test]
async fn a_request_for_a_notification_is_refused_and_the_other_way_round_unheard() {
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let router = router(&PROTOCOL).notification::<Tell, _, _>(move |_, _| {
        count.fetch_add(1, Ordering::Relaxed);
        async {}
    });
    let mut wire = Wire::to(router);
    let answer = wire
        .call(r#"{"id":1,"method":"note/tell","params":{"text":""}}"#)
        .await;
    assert_eq!(answer["error"]["code"], -32600);
    wire.send(r#"{"method":"note/echo","params":{"text":""}}"#).await;
    wire.send(r#"{"method":"note/tell","params":{"text":5}}"#).await;
    wire.send(r#"{"method":"note/nobody"}"#).await;
    wire.send(r#"{"method":"note/tell","params":{"text":""}}"#).await;
    assert_eq!(wire.end().await, [""; 0]);
    assert_eq!(told.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_the_connection_lives() {
    let router = router(&PROTOCOL)
        .request::<Plain, _, _>(|_, _| async { panic!("on purpose") })
        .request::<Echo, _, _>(|_, _| -> std::future::Ready<Result<Note, RpcError>> {
            panic!("before the future")
        });
    let mut wire = Wire::to(router);
    for method in [r#""note/plain""#, r#""note/echo","params":{"text":""}"#] {
        let answer = wire.call(format!(r#"{{"id":1,"method":{method}}}"#)).await;
        assert_eq!(
            answer,
            json!({"id": 1, "error": {"code": -32603, "message": "the handler panicked"}})
        );
    }
    assert_eq!(
        wire.call(r#"{"id":2,"method":"note/any"}"#).await["result"],
        json!({"text": ""})
    );
}

#[tokio::test]
async fn a_result_without_json_form_is_an_internal_error_that_names_the_place() {
    if support::TYPED {
        return; // It arrives as it is.
    }
    let router = router(&PROTOCOL).request::<Any, _, _>(|_, _| async {
        Ok(Note {
            text: String::new(),
            size: Some(f64::NAN),
        })
    });
    let mut wire = Wire::to(router);
    let answer = wire.call(r#"{"id":1,"method":"note/any"}"#).await;
    assert_eq!(answer["error"]["code"], -32603);
    assert!(
        answer["error"]["message"]
            .as_str()
            .is_some_and(|text| text.contains("result.size")),
        "{answer}"
    );
}

/// A router that answers `note/plain` when it is told to.
fn held_back() -> (Router, Arc<Notify>) {
    let go = Arc::new(Notify::new());
    let wait = Arc::clone(&go);
    let router = router(&PROTOCOL).request::<Plain, _, _>(move |_, _| {
        let wait = Arc::clone(&wait);
        async move {
            wait.notified().await;
            Ok(())
        }
    });
    (router, go)
}

#[tokio::test]
async fn a_slow_request_holds_up_no_other() {
    let (router, go) = held_back();
    let mut wire = Wire::to(router);
    wire.send(r#"{"id":"slow","method":"note/plain"}"#).await;
    assert_eq!(
        wire.call(r#"{"id":"fast","method":"note/any"}"#).await["id"],
        "fast"
    );
    go.notify_one();
    assert_eq!(wire.receive().await["id"], "slow");
}

#[tokio::test]
async fn requests_of_one_key_run_one_after_the_other_and_other_keys_pass() {
    let running = Arc::new(AtomicUsize::new(0));
    let go = Arc::new(Semaphore::new(0));
    let (count, wait) = (Arc::clone(&running), Arc::clone(&go));
    let router = router(&PROTOCOL).request::<Queue, _, _>(move |_, note: Note| {
        let (count, wait) = (Arc::clone(&count), Arc::clone(&wait));
        async move {
            if note.text == "a" {
                assert_eq!(count.fetch_add(1, Ordering::SeqCst), 0, "alone under its key");
                wait.acquire().await.expect("the semaphore lives").forget();
                count.fetch_sub(1, Ordering::SeqCst);
            }
            Ok(note)
        }
    });
    let mut wire = Wire::to(router);
    for id in 1..=3 {
        wire.send(format!(
            r#"{{"id":{id},"method":"note/queue","params":{{"text":"a"}}}}"#
        ))
        .await;
    }
    assert_eq!(
        wire.call(r#"{"id":9,"method":"note/queue","params":{"text":"b"}}"#)
            .await["id"],
        9
    );
    for id in 1..=3 {
        go.add_permits(1);
        assert_eq!(wire.receive().await, json!({"id": id, "result": {"text": "a"}}));
    }
}

#[tokio::test]
async fn notifications_are_taken_in_the_order_in_which_they_come() {
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let list = Arc::clone(&seen);
    let router = Router::new(&PROTOCOL, Side::Server).notification::<Tell, _, _>(move |_, note: Note| {
        let list = Arc::clone(&list);
        async move {
            // The first ones take longest, so that they would come last if they ran side by side.
            tokio::time::sleep(Duration::from_millis(20 - 2 * note.text.len() as u64)).await;
            list.lock().expect("nobody panics").push(note.text.len());
        }
    });
    let mut wire = Wire::to(router);
    for length in 0..10 {
        wire.send(format!(
            r#"{{"method":"note/tell","params":{{"text":"{}"}}}}"#,
            "x".repeat(length)
        ))
        .await;
    }
    wire.end().await;
    assert_eq!(*seen.lock().expect("nobody panics"), (0..10).collect::<Vec<_>>());
}

#[tokio::test]
async fn requests_beyond_the_limit_are_told_to_come_again() {
    let router = router(&PROTOCOL).request::<Plain, _, _>(|_, _| async { match never().await {} });
    let mut wire = Wire::with_limits(
        router,
        Limits {
            requests: 2,
            ..Limits::default()
        },
    );
    wire.send(r#"{"id":1,"method":"note/plain"}"#).await;
    wire.send(r#"{"id":2,"method":"note/plain"}"#).await;
    let answer = wire.call(r#"{"id":3,"method":"note/any"}"#).await;
    assert_eq!(answer["id"], 3);
    assert_eq!(
        answer["error"],
        json!({"code": -32001, "message": "Server overloaded; retry later.", "data": {"retryAfterMs": 100}})
    );
}

#[tokio::test]
async fn an_id_in_flight_cannot_be_used_again() {
    let (router, go) = held_back();
    let mut wire = Wire::to(router);
    wire.send(r#"{"id":1,"method":"note/plain"}"#).await;
    let answer = wire.call(r#"{"id":1,"method":"note/any"}"#).await;
    assert_eq!(
        answer["error"],
        json!({"code": -32600, "message": "duplicate request id"})
    );
    go.notify_one();
    assert_eq!(wire.receive().await, json!({"id": 1, "result": null}));
    assert_eq!(
        wire.call(r#"{"id":1,"method":"note/any"}"#).await["result"],
        json!({"text": ""})
    );
}

#[tokio::test]
async fn the_trace_of_a_request_reaches_its_handler() {
    let router = router(&PROTOCOL).request::<Any, _, _>(|cx, _| async move {
        Ok(Note::new(
            cx.trace()
                .and_then(|trace| trace.traceparent.as_deref())
                .unwrap_or("none"),
        ))
    });
    let mut wire = Wire::to(router);
    let answer = wire
        .call(r#"{"id":1,"method":"note/any","trace":{"traceparent":"00-ab-cd-01"}}"#)
        .await;
    assert_eq!(answer["result"]["text"], "00-ab-cd-01");
}
