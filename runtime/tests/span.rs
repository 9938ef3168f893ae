//! What the span of a request says. Alone in its process: `tracing` remembers whether anybody listens to a span, and other
//! tests do not.
#![cfg(feature = "tokio")]

mod support;

use std::io;
use std::sync::{Arc, Mutex};

use support::{Any, Note, PROTOCOL, Plain, Wire, router};
use tokio::sync::{mpsc, oneshot};
use tracing_subscriber::fmt::format::FmtSpan;
use wiregate_runtime::RpcError;

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
    // Work that goes on when its request is answered, until the test lets it.
    let (answered, wait) = oneshot::channel::<()>();
    let (gone_on, mut work) = mpsc::unbounded_channel();
    let wait = Arc::new(Mutex::new(Some(wait)));
    let router = router(&PROTOCOL)
        .request::<Any, _, _>(move |cx, _| {
            let wait = wait.lock().expect("no panic").take().expect("called once");
            let gone_on = gone_on.clone();
            async move {
                tokio::task::yield_now().await;
                let own = cx.clone();
                let work = cx.spawn(async move {
                    wait.await.expect("the request is answered");
                    let trace = own.trace().and_then(|trace| trace.traceparent.as_deref());
                    tracing::info!(trace, "outlives");
                });
                gone_on.send(work).expect("the test waits");
                Ok(Note::new(""))
            }
        })
        .request::<Plain, _, _>(|_, _| async { Err(RpcError::internal("no")) });
    let mut wire = Wire::to(router);
    let connection = wire.peer.connection();
    let trace = r#""trace":{"traceparent":"00-ab-cd-01","tracestate":"vendor=7"}"#;
    wire.call(format!(r#"{{"id":"x","method":"note/any",{trace}}}"#))
        .await;
    answered.send(()).expect("the work waits");
    work.recv()
        .await
        .expect("it was spawned")
        .await
        .expect("no panic");
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
        r#"tracestate="vendor=7""#,
        r#"outcome="result""#,
        "micros=",
    ]);
    line(&[
        "outlives",
        r#"trace="00-ab-cd-01""#,
        r#"method="note/any""#,
        r#"id="x""#,
        r#"traceparent="00-ab-cd-01""#,
        r#"outcome="result""#,
    ]);
    line(&[
        "close",
        r#"method="note/plain""#,
        "id=2",
        &connection,
        r#"outcome="error""#,
    ]);
}
