//! What typed messages are made of: ids, params that are none, the trace context, and how each kind is written and read.
//!
//! In: generated unions of messages, and typed params. Out: their text, and the other way round. What a text is, before its
//! method is known, is told by the module `envelope`.

use std::fmt;

use crate::json::{Decode, Encode, Kind, Reader, Writer};

/// Members of messages, as they are written.
pub(crate) const ID: &str = ",\"id\":";
pub(crate) const METHOD: &str = ",\"method\":";
pub(crate) const PARAMS: &str = ",\"params\":";
pub(crate) const RESULT: &str = ",\"result\":";

/// The id of a request: whatever the sender chose, and unique among what it has in flight.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RequestId {
    /// An integer of 64 bits.
    Number(i64),
    /// A string; the empty one too.
    Text(String),
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(id) => id.fmt(f),
            Self::Text(id) => write!(f, "{id:?}"),
        }
    }
}

impl Encode for RequestId {
    fn encode(&self, w: &mut Writer) {
        match self {
            Self::Number(id) => w.integer(*id),
            Self::Text(id) => w.string(id),
        }
    }
}

impl Decode for RequestId {
    fn blank() -> Self {
        Self::Number(0)
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        *self = match r.kind() {
            Kind::String => Self::Text(r.value()),
            Kind::Number => Self::Number(r.value()),
            _ => return r.refuse("a string or an integer"),
        };
    }
}

/// The params of a method that has none. Absent, null and an object say the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoParams;

impl Encode for NoParams {
    fn encode(&self, w: &mut Writer) {
        w.null();
    }
}

impl Decode for NoParams {
    fn blank() -> Self {
        Self
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        if !r.null() {
            r.no_members();
        }
    }
}

/// The W3C trace context that a request may carry beside its params.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceContext {
    /// The header `traceparent`.
    pub traceparent: Option<String>,
    /// The header `tracestate`.
    pub tracestate: Option<String>,
}

impl Decode for TraceContext {
    fn blank() -> Self {
        Self::default()
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        let mut fields = r.fields();
        while fields.more() {
            fields.optional("traceparent", &mut self.traceparent);
            fields.optional("tracestate", &mut self.tracestate);
        }
    }
}

/// Writes a request. `params` are none where the method has none.
pub fn write_request<P: Encode>(
    w: &mut Writer,
    id: &RequestId,
    method: &str,
    params: Option<&P>,
    strict: bool,
) {
    begin(w, Some(id), strict);
    w.member(METHOD, method);
    end(w, PARAMS, params);
}

/// Writes a notification. `params` are none where the method has none.
pub fn write_notification<P: Encode>(w: &mut Writer, method: &str, params: Option<&P>, strict: bool) {
    begin(w, None, strict);
    w.member(METHOD, method);
    end(w, PARAMS, params);
}

/// Writes an answer with a result.
pub fn write_result<R: Encode>(w: &mut Writer, id: &RequestId, result: &R, strict: bool) {
    begin(w, Some(id), strict);
    end(w, RESULT, Some(result));
}

/// The id of the request that stands here, which is read later.
pub fn id(r: &mut Reader<'_>) -> RequestId {
    let mut id = RequestId::blank();
    let mut ahead = r.ahead();
    let mut fields = ahead.fields();
    while fields.more() {
        fields.required("id", &mut id);
    }
    if let Some(error) = ahead.take_fault() {
        r.fail(error);
    }
    id
}

/// Reads the params of a request or notification whose method has been read as the tag that it is told by. Absent and null
/// are the same as an object without members.
pub fn params<P: Decode>(r: &mut Reader<'_>) -> P {
    let mut params = P::blank();
    read_params(r, &mut params);
    params
}

fn read_params(r: &mut Reader<'_>, params: &mut dyn Decode) {
    let mut ahead = params_of(r);
    params.decode(&mut ahead);
    if let Some(error) = ahead.take_fault() {
        r.fail(error.in_member("params"));
    }
}

/// Reads a message, and gives a reader before its params.
fn params_of<'a>(r: &mut Reader<'a>) -> Reader<'a> {
    let mut params = None;
    let mut ahead = r.ahead();
    let mut fields = r.fields();
    while fields.more() {
        fields.raw("id", &mut None);
        fields.raw("params", &mut params);
    }
    match params.filter(|text| *text != "null") {
        Some(text) => {
            ahead.go_into(text);
            ahead
        }
        None => Reader::new("{}"),
    }
}

#[cfg(feature = "tokio")]
pub(crate) fn members(w: &mut Writer, strict: bool, write: impl FnOnce(&mut Writer)) {
    begin(w, None, strict);
    write(w);
    w.end_object();
}

fn begin(w: &mut Writer, id: Option<&RequestId>, strict: bool) {
    w.fixed(if strict { r#"{"jsonrpc":"2.0""# } else { "{" });
    if let Some(id) = id {
        w.member(ID, id);
    }
}

fn end<T: Encode>(w: &mut Writer, name: &str, value: Option<&T>) {
    if let Some(value) = value {
        w.member(name, value);
    }
    w.end_object();
}
