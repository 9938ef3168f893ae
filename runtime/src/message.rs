//! What typed messages are made of: ids, params that are none, the trace context, and how each kind is written and read.
//!
//! In: generated unions of messages, and typed params. Out: their text, and the other way round. What a text is, before its
//! method is known, is told by the module `envelope`.

use std::fmt;

use crate::json::{self, Decode, DecodeError, Encode, Kind, Members, Reader, Writer};

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
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match r.kind()? {
            Kind::String => r.string().map(|id| Self::Text(id.into_owned())),
            Kind::Number => i64::decode(r).map(Self::Number),
            _ => Err(r.mismatch("a string or an integer")),
        }
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
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if !r.null()? {
            r.no_members()?;
        }
        Ok(Self)
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
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        static MEMBERS: Members = Members::new(&["traceparent", "tracestate"]);
        let mut trace = Self::default();
        let mut object = r.object(&MEMBERS)?;
        while let Some(index) = r.member(&mut object)? {
            match index {
                0 => r.nullable(&object, &mut trace.traceparent)?,
                1 => r.nullable(&object, &mut trace.tracestate)?,
                _ => r.skip()?,
            }
        }
        Ok(trace)
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
    members(w, strict, |w| {
        w.member("id", id);
        w.member("method", method);
        optional(w, "params", params);
    });
}

/// Writes a notification. `params` are none where the method has none.
pub fn write_notification<P: Encode>(w: &mut Writer, method: &str, params: Option<&P>, strict: bool) {
    members(w, strict, |w| {
        w.member("method", method);
        optional(w, "params", params);
    });
}

/// Writes an answer with a result.
pub fn write_result<R: Encode>(w: &mut Writer, id: &RequestId, result: &R, strict: bool) {
    members(w, strict, |w| {
        w.member("id", id);
        w.member("result", result);
    });
}

/// Reads a request whose method has been read as the tag that it is told by.
///
/// # Errors
/// When the id is missing, or the params are not what the method takes.
pub fn read_request<P: Decode>(r: &mut Reader<'_>) -> Result<(RequestId, P), DecodeError> {
    static MEMBERS: Members = Members::new(&["id", "params"]);
    let (mut id, mut params) = (None, None);
    let mut object = r.object(&MEMBERS)?;
    while let Some(index) = r.member(&mut object)? {
        match index {
            0 => r.field(&object, &mut id)?,
            1 => r.nullable(&object, &mut params)?,
            _ => r.skip()?,
        }
    }
    Ok((object.required(r, 0, id)?, params.map_or_else(empty, Ok)?))
}

/// Reads a notification whose method has been read as the tag that it is told by.
///
/// # Errors
/// When the params are not what the method takes.
pub fn read_notification<P: Decode>(r: &mut Reader<'_>) -> Result<P, DecodeError> {
    static MEMBERS: Members = Members::new(&["params"]);
    let mut params = None;
    let mut object = r.object(&MEMBERS)?;
    while let Some(index) = r.member(&mut object)? {
        match index {
            0 => r.nullable(&object, &mut params)?,
            _ => r.skip()?,
        }
    }
    params.map_or_else(empty, Ok)
}

/// Params that are absent or null: the same as an object without members.
fn empty<P: Decode>() -> Result<P, DecodeError> {
    json::from_str("{}").map_err(|error| error.in_member("params"))
}

pub(crate) fn members(w: &mut Writer, strict: bool, write: impl FnOnce(&mut Writer)) {
    w.begin_object();
    if strict {
        w.member("jsonrpc", "2.0");
    }
    write(w);
    w.end_object();
}

fn optional<T: Encode>(w: &mut Writer, name: &str, value: Option<&T>) {
    if let Some(value) = value {
        w.member(name, value);
    }
}
