//! The span of a request belongs to the trace of its caller. Alone in its process: `tracing` remembers whether anybody listens
//! to a span.

mod support;

use opentelemetry::trace::{SpanId, TraceId, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use support::{Any, Note, PROTOCOL, Wire, router};
use tracing_subscriber::layer::SubscriberExt;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// The span of a request that carries `trace`, and of work that outlives its handler.
async fn spans(trace: &str) -> (SpanData, SpanData) {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let router = router(&PROTOCOL).request::<Any, _, _>(|cx, _| async move {
        cx.spawn(async {
            tokio::task::yield_now().await;
            drop(tracing::info_span!("outlives"));
        });
        Ok(Note::new(""))
    });
    let mut wire = Wire::to(router);
    let answer = wire
        .call(format!(r#"{{"id":1,"method":"note/any"{trace}}}"#))
        .await;
    assert_eq!(answer["result"]["text"], "");
    wire.end().await;
    let mut spans = exporter.get_finished_spans().expect("the spans");
    while spans.len() < 2 {
        tokio::task::yield_now().await;
        spans = exporter.get_finished_spans().expect("the spans");
    }
    let mut find = |name: &str| {
        let at = spans.iter().position(|span| span.name == name);
        spans.swap_remove(at.unwrap_or_else(|| panic!("no span `{name}` in {spans:?}")))
    };
    (find("request"), find("outlives"))
}

#[tokio::test]
async fn a_request_continues_the_trace_of_its_caller() {
    let carried = format!(r#","trace":{{"traceparent":"00-{TRACE}-{PARENT}-01","tracestate":"vendor=1"}}"#);
    let (request, outlives) = spans(&carried).await;
    let trace = TraceId::from_hex(TRACE).expect("an id");
    assert_eq!(request.span_context.trace_id(), trace);
    assert_eq!(request.parent_span_id, SpanId::from_hex(PARENT).expect("an id"));
    assert!(request.parent_span_is_remote);
    assert_eq!(request.span_context.trace_state().get("vendor"), Some("1"));
    assert_eq!(outlives.span_context.trace_id(), trace);
    assert_eq!(outlives.parent_span_id, request.span_context.span_id());
}

#[tokio::test]
async fn a_trace_that_says_nothing_valid_is_passed_over() {
    let zeros = "0".repeat(32);
    for traceparent in [
        "",
        "00-ab-cd-01",
        &format!("00-{zeros}-{PARENT}-01"),
        &format!("00-{TRACE}-{PARENT}-01-more"),
        &format!("ff-{TRACE}-{PARENT}-01"),
        &format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
        &format!("00-{TRACE}-+0f067aa0ba902b7-01"),
    ] {
        let (request, _) = spans(&format!(r#","trace":{{"traceparent":"{traceparent}"}}"#)).await;
        assert_eq!(request.parent_span_id, SpanId::INVALID, "{traceparent}");
        assert_ne!(request.span_context.trace_id(), TraceId::INVALID, "{traceparent}");
    }
    let (request, _) = spans("").await;
    assert_eq!(request.parent_span_id, SpanId::INVALID);
    let later = format!(r#","trace":{{"traceparent":"01-{TRACE}-{PARENT}-01-more"}}"#);
    let (request, _) = spans(&later).await;
    assert_eq!(request.parent_span_id, SpanId::from_hex(PARENT).expect("an id"));
}
