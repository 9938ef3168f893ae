//! What is no message, or no message that can be served: each has one defined answer, and the connection lives.
#![cfg(feature = "tokio")]

mod support;

use serde_json::{Value, json};
use support::{PROTOCOL, STRICT, Wire, router};

/// Sends `text`, expects one error with this id and code whose text contains `says`, and nothing else.
async fn check(wire: &mut Wire, text: impl AsRef<[u8]>, id: Value, code: i64, says: &str) {
    let shown = String::from_utf8_lossy(text.as_ref()).into_owned();
    let answer = wire.call(text).await;
    let message = answer["error"]["message"].as_str().unwrap_or_default();
    assert_eq!(
        (&answer["id"], &answer["error"]["code"]),
        (&id, &json!(code)),
        "{shown}: {answer}"
    );
    assert!(message.contains(says), "{shown}: {message}");
    lives(wire).await;
}

/// The next answer is to what is asked now.
async fn lives(wire: &mut Wire) {
    assert_eq!(
        wire.call(r#"{"id":"alive","method":"note/plain"}"#).await,
        json!({"id": "alive", "result": null})
    );
}

#[tokio::test]
async fn text_that_is_no_json_is_a_parse_error() {
    let mut wire = Wire::to(router(&PROTOCOL));
    for text in [
        "{",
        "nonsense",
        r#"{"id":1,"method":"note/plain"} {}"#,
        r#"{"id":1,"id":2"#,
        r#"{"id":1,"method":"note/plain","params":{"text":"\ud800"}}"#,
        r#"{"id":1,"method":"note/plain","params":{"a":01}}"#,
        r#"[{"id":1,"#,
    ] {
        check(&mut wire, text, Value::Null, -32700, "not JSON").await;
    }
    check(
        &mut wire,
        b"{\"id\":1,\"method\":\"\xff\"}",
        Value::Null,
        -32700,
        "utf-8",
    )
    .await;
}

#[tokio::test]
async fn nesting_has_an_end() {
    let mut wire = Wire::to(router(&PROTOCOL));
    for depth in [200, 100_000] {
        let text = format!(
            r#"{{"id":1,"method":"note/plain","x":{}{}}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        );
        check(&mut wire, text, Value::Null, -32700, "in one another").await;
    }
    let text = format!(
        r#"{{"id":1,"method":"note/plain","x":{}{}}}"#,
        "[".repeat(100),
        "]".repeat(100)
    );
    assert_eq!(wire.call(text).await, json!({"id": 1, "result": null}));
}

#[tokio::test]
async fn json_that_is_no_message_is_an_invalid_request() {
    let mut wire = Wire::to(router(&PROTOCOL));
    let cases = [
        (r#"[{"id":1,"method":"note/plain"}]"#, Value::Null, "batches"),
        ("[]", Value::Null, "batches"),
        ("5", Value::Null, "an object"),
        ("{}", Value::Null, "a method, a result or an error"),
        (r#"{"id":7}"#, json!(7), "a method, a result or an error"),
        (
            r#"{"method":5,"id":"a"}"#,
            json!("a"),
            "method: expected a string",
        ),
        (
            r#"{"id":1,"method":"note/plain","result":1}"#,
            json!(1),
            "neither result nor error",
        ),
        (
            r#"{"id":1,"method":"note/plain","params":"x"}"#,
            json!(1),
            "params: expected an object, found a string",
        ),
        (
            r#"{"method":"note/tell","params":true}"#,
            Value::Null,
            "params: expected an object, found a boolean",
        ),
        (
            r#"{"id":1,"method":"note/plain","trace":{"traceparent":5}}"#,
            json!(1),
            "trace.traceparent",
        ),
        (
            r#"{"id":1,"result":1,"error":{"code":1,"message":""}}"#,
            Value::Null,
            "not both",
        ),
        (
            r#"{"id":1,"error":{"code":"x","message":""}}"#,
            Value::Null,
            "error.code",
        ),
        (
            r#"{"result":1}"#,
            Value::Null,
            "id: expected a string or an integer, found nothing",
        ),
    ];
    for (text, id, says) in cases {
        check(&mut wire, text, id, -32600, says).await;
    }
}

#[tokio::test]
async fn duplicate_members_of_the_envelope_are_an_invalid_request() {
    let mut wire = Wire::to(router(&PROTOCOL));
    check(
        &mut wire,
        r#"{"id":1,"method":"note/plain","method":"x"}"#,
        json!(1),
        -32600,
        "method: given twice",
    )
    .await;
    check(
        &mut wire,
        r#"{"method":"a","method":"b","id":"x"}"#,
        json!("x"),
        -32600,
        "method: given twice",
    )
    .await;
    check(
        &mut wire,
        r#"{"id":1,"id":2,"method":"note/plain"}"#,
        Value::Null,
        -32600,
        "id: given twice",
    )
    .await;
    check(
        &mut wire,
        r#"{"id":1,"method":"note/plain","params":{},"params":{}}"#,
        json!(1),
        -32600,
        "params",
    )
    .await;
}

#[tokio::test]
async fn an_id_is_a_string_or_an_integer_and_nothing_else() {
    let mut wire = Wire::to(router(&PROTOCOL));
    for id in [
        "1.5",
        "1.0",
        "1e3",
        "true",
        "null",
        "9223372036854775808",
        "-0",
        "{}",
        "[1]",
    ] {
        let text = format!(r#"{{"id":{id},"method":"note/plain"}}"#);
        check(
            &mut wire,
            text,
            Value::Null,
            -32600,
            "id: expected a string or an integer",
        )
        .await;
    }
    for id in [
        "-5",
        "0",
        "9223372036854775807",
        "-9223372036854775808",
        r#""""#,
        r#""a\"b\n""#,
        r#""ü""#,
    ] {
        wire.send(format!(r#"{{"id":{id},"method":"note/plain"}}"#)).await;
        assert_eq!(wire.text().await, format!(r#"{{"id":{id},"result":null}}"#));
    }
}

#[tokio::test]
async fn members_that_nobody_knows_are_passed_over() {
    let mut wire = Wire::to(router(&PROTOCOL));
    let text = r#"{"jsonrpc":"1.0","x":[1],"x":{},"id":1,"method":"note/plain","trace":null}"#;
    assert_eq!(wire.call(text).await, json!({"id": 1, "result": null}));
}

#[tokio::test]
async fn a_message_beyond_the_limit_is_refused_and_not_kept() {
    let limits = wiregate_runtime::Limits {
        message: 100,
        ..Default::default()
    };
    let mut wire = Wire::with_limits(router(&PROTOCOL), limits);
    check(
        &mut wire,
        [b' '; 101],
        Value::Null,
        -32600,
        "longer than 100 bytes",
    )
    .await;
}

#[tokio::test]
async fn a_strict_protocol_wants_its_version_and_writes_it() {
    let mut wire = Wire::to(router(&STRICT));
    let answer = wire
        .call(r#"{"jsonrpc":"2.0","id":1,"method":"note/plain"}"#)
        .await;
    assert_eq!(answer, json!({"jsonrpc": "2.0", "id": 1, "result": null}));
    for version in ["", r#""jsonrpc":2.0,"#, r#""jsonrpc":"1.0","#] {
        let answer = wire
            .call(format!(r#"{{{version}"id":1,"method":"note/plain"}}"#))
            .await;
        assert_eq!(answer["jsonrpc"], "2.0");
        assert_eq!(
            (&answer["id"], &answer["error"]["code"]),
            (&json!(1), &json!(-32600))
        );
    }
}
