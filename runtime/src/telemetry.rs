//! The trace that a request belongs to, for who collects traces with OpenTelemetry.
//!
//! In: the span of a request, and the W3C trace context that came with the request. Out: the span as a child of the caller's.

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::message::TraceContext;

/// Makes `span`, which nobody has entered, a child of the span that `trace` names. A trace context that says nothing valid is
/// passed over, as the W3C wants it.
pub(crate) fn adopt(span: &Span, trace: &TraceContext) {
    if let Some(parent) = read(trace) {
        let parent = opentelemetry::Context::new().with_remote_span_context(parent);
        // Where nobody collects, there is nobody to tell.
        drop(span.set_parent(parent));
    }
}

/// W3C Trace Context, section 3.2: `00-<trace id>-<parent id>-<flags>`, in lower case; a later version may have more parts.
fn read(trace: &TraceContext) -> Option<SpanContext> {
    let mut parts = trace.traceparent.as_deref()?.split('-');
    let version = hex(parts.next()?, 2).filter(|version| *version != "ff")?;
    let trace_id = TraceId::from_hex(hex(parts.next()?, 32)?).ok()?;
    let span_id = SpanId::from_hex(hex(parts.next()?, 16)?).ok()?;
    let flags = u8::from_str_radix(hex(parts.next()?, 2)?, 16).ok()?;
    if version == "00" && parts.next().is_some() {
        return None;
    }
    // A state that cannot be read costs the state, not the trace.
    let state = trace.tracestate.as_deref().and_then(|state| state.parse().ok());
    let flags = TraceFlags::new(flags) & TraceFlags::SAMPLED;
    let parent = SpanContext::new(trace_id, span_id, flags, true, state.unwrap_or(TraceState::NONE));
    parent.is_valid().then_some(parent)
}

fn hex(part: &str, length: usize) -> Option<&str> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (part.len() == length && part.bytes().all(is_hex)).then_some(part)
}
