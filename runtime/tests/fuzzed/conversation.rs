//! What must hold of any bytes that a client sends: each line that is a request, or nothing that can be told, is answered once,
//! and nothing else is.
//!
//! In: bytes; the first says which protocol is spoken, the rest are lines. Out: nothing, or a panic that says what does not hold.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use serde_json::Value;
use tokio::io::AsyncWrite;
use tokio::runtime::{Builder, Runtime};
use wiregate_runtime::envelope::{self, Message};
use wiregate_runtime::transport::lines::Lines;
use wiregate_runtime::{Limits, RpcError, Server};

#[path = "../support/mod.rs"]
mod support;

use support::{Note, Queue, Slow};

thread_local! {
    static RUNTIME: RefCell<Runtime> = RefCell::new(
        Builder::new_current_thread().enable_time().build().expect("a runtime"),
    );
}

/// Holds a conversation in which the client says `data` and then nothing more.
pub(crate) fn check(data: &[u8]) {
    let [which, bytes @ ..] = data else { return };
    let protocol = [&support::PROTOCOL, &support::STRICT, &support::WITH_HANDSHAKE][usize::from(*which) % 3];
    let said = Said::default();
    let router = support::router(protocol)
        .request::<Slow, _, _>(|_, note: Note| async move {
            tokio::task::yield_now().await;
            Ok(note)
        })
        .request::<Queue, _, _>(|_, note: Note| async move {
            tokio::task::yield_now().await;
            match &*note.text {
                "fail" => Err(RpcError::internal("on purpose")),
                _ => Ok(note),
            }
        });
    let server = Server::new(router).with_limits(Limits {
        requests: 4,
        message: 1 << 10,
        ..Limits::default()
    });
    let connection = server.connection(Lines::new(Cursor::new(bytes.to_vec()), said.clone()));
    RUNTIME
        .with_borrow(|runtime| runtime.block_on(connection.run()))
        .expect("who reads everything is told everything");
    let mut owed = BTreeMap::<String, i64>::new();
    let lines = bytes.split(|byte| *byte == b'\n');
    for line in lines.filter(|line| !line.iter().all(u8::is_ascii_whitespace)) {
        let id = match envelope::parse(line, protocol.strict) {
            _ if line.len() > 1 << 10 => Value::Null,
            Ok(Message::Request(request)) => tree(request.id.text()),
            Ok(Message::Notification(_) | Message::Response(_)) => continue,
            Err(malformed) => malformed.id.map_or(Value::Null, |id| tree(id.text())),
        };
        *owed.entry(id.to_string()).or_default() += 1;
    }
    let said = said.0.lock().expect("no panic");
    for line in said.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let answer: Value = serde_json::from_slice(line).expect("what is said is JSON");
        assert!(
            answer.get("result").is_some() != answer.get("error").is_some(),
            "{answer}"
        );
        *owed.entry(answer["id"].to_string()).or_default() -= 1;
    }
    owed.retain(|_, count| *count != 0);
    assert!(owed.is_empty(), "owed, or said too often: {owed:?}");
}

fn tree(text: &str) -> Value {
    serde_json::from_str(text).expect("an id is JSON")
}

/// What the server has said so far.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl AsyncWrite for Said {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
