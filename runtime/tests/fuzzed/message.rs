//! What must hold of any bytes that are taken for a message: `serde_json` reads the same in it.
//!
//! In: bytes. Out: nothing, or a panic that says what does not hold.

use serde_json::{Map, Value};
use wiregate_runtime::envelope::{self, Id, Message, Outcome};
use wiregate_runtime::{ErrorCode, RequestId};

/// Reads `data` as a message, strictly and not.
pub(crate) fn check(data: &[u8]) {
    let value: Result<Value, _> = serde_json::from_slice(data);
    let is_strict = matches!(&value, Ok(value) if value["jsonrpc"] == "2.0");
    let free = envelope::parse(data, false);
    let strict = envelope::parse(data, true);
    if let Ok(message) = &strict {
        assert!(is_strict, "no version: {message:?}");
        assert_eq!(strict, free);
    }
    match (&value, &free) {
        (Err(_), Err(malformed)) => {
            assert_eq!(malformed.error.code, ErrorCode::PARSE_ERROR, "{malformed:?}");
            assert_eq!((&malformed.id, &malformed.answers), (&None, &None));
        }
        (Err(error), Ok(message)) => panic!("{error}, and yet {message:?}"),
        (Ok(value), Err(malformed)) => {
            assert_eq!(malformed.error.code, ErrorCode::INVALID_REQUEST, "{malformed:?}");
            for id in malformed.id.iter().chain(&malformed.answers) {
                same_id(id, &value["id"]);
            }
        }
        (Ok(value), Ok(message)) => {
            assert!(strict.is_ok() || !is_strict, "{strict:?}");
            same(message, value.as_object().expect("only an object is a message"));
        }
    }
}

fn same(message: &Message<'_>, object: &Map<String, Value>) {
    match message {
        Message::Request(request) => {
            same_id(&request.id, &object["id"]);
            same_call(&request.method, request.params, object);
        }
        Message::Notification(notification) => {
            assert!(!object.contains_key("id"), "a request without an answer");
            same_call(&notification.method, notification.params, object);
        }
        Message::Response(response) => {
            assert!(!object.contains_key("method"), "an answer to a request");
            match &response.id {
                Some(id) => same_id(id, &object["id"]),
                None => assert_eq!(object["id"], Value::Null),
            }
            match &response.outcome {
                Outcome::Result(text) => {
                    assert!(!object.contains_key("error"));
                    assert_eq!(tree(text), object["result"]);
                }
                Outcome::Error(error) => {
                    assert!(!object.contains_key("result"));
                    assert_eq!(object["error"]["code"], error.code.0);
                    assert_eq!(object["error"]["message"], *error.message);
                }
            }
        }
    }
}

fn same_call(method: &str, params: Option<&str>, object: &Map<String, Value>) {
    assert_eq!(object["method"], method);
    assert!(!object.contains_key("result") && !object.contains_key("error"));
    let text = params.map(tree).unwrap_or_default();
    assert_eq!(&text, object.get("params").unwrap_or(&Value::Null));
}

/// An id goes back as it came.
fn same_id(id: &Id<'_>, value: &Value) {
    match id.value() {
        RequestId::Number(number) => assert_eq!(value, &Value::from(number)),
        RequestId::Text(text) => assert_eq!(value, &Value::from(text)),
    }
    assert_eq!(&tree(id.text()), value);
}

fn tree(text: &str) -> Value {
    serde_json::from_str(text).expect("a part of what is JSON is JSON")
}
