//! Messages: requests, notifications and responses, their params and results still text.
//!
//! In: one text per message. Out: what it is, borrowed from the text, or the error that it is answered with. And the other
//! way round: the text of a message from typed params, result or error.

use std::borrow::Cow;
use std::fmt;

use crate::error::{ErrorCode, RpcError};
use crate::json::{
    self, Decode, DecodeError, DecodeErrorKind, Encode, EncodeError, Kind, Members, Reader, Writer,
};

/// The id of a request: whatever the sender chose, and unique among what it has in flight.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RequestId {
    /// An integer of 64 bits.
    Number(i64),
    /// A string; the empty one too.
    Text(String),
}

impl RequestId {
    /// Reads the text of a JSON value: a string or an integer, and nothing that only has the value of one.
    fn read(text: &str) -> Option<Self> {
        if text.starts_with('"') {
            return Reader::new(text)
                .string()
                .ok()
                .map(|id| Self::Text(id.into_owned()));
        }
        // `-0` is no integer that could be sent back as it came.
        text.parse().ok().filter(|_| text != "-0").map(Self::Number)
    }
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

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub enum Message<'a> {
    /// It wants an answer.
    Request(Request<'a>),
    /// It wants none.
    Notification(Notification<'a>),
    /// It is one.
    Response(Response<'a>),
}

/// A message that wants an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Request<'a> {
    /// The id that the answer carries.
    pub id: RequestId,
    /// The wire string of the method.
    pub method: Cow<'a, str>,
    /// The text of the params: an object or a list. None where they are absent or null.
    pub params: Option<&'a str>,
    /// The trace that it belongs to.
    pub trace: Option<TraceContext>,
}

/// A message that wants no answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification<'a> {
    /// The wire string of the method.
    pub method: Cow<'a, str>,
    /// The text of the params, as in [`Request::params`].
    pub params: Option<&'a str>,
    /// The trace that it belongs to.
    pub trace: Option<TraceContext>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Response<'a> {
    /// The id of the request. None with an error about a message whose id could not be told.
    pub id: Option<RequestId>,
    /// What it brings.
    pub outcome: Outcome<'a>,
}

/// What an answer brings.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<'a> {
    /// The text of the result.
    Result(&'a str),
    /// The error.
    Error(RpcError),
}

/// Why a text is no message, and what to do about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Malformed {
    /// What the peer is told.
    pub error: RpcError,
    /// The id that it is told with, where the text can be taken for a request and the id can be told.
    pub id: Option<RequestId>,
    /// The id of the request that the text may have been meant to answer.
    pub answers: Option<RequestId>,
}

impl Malformed {
    fn invalid(text: impl Into<String>) -> Self {
        Self {
            error: RpcError::invalid_request(text),
            id: None,
            answers: None,
        }
    }

    fn request(id: Option<RequestId>, text: impl Into<String>) -> Self {
        Self {
            id,
            ..Self::invalid(text)
        }
    }

    /// An answer goes unanswered: an error with its id would look like the answer to a request of the peer's own.
    fn response(id: Option<RequestId>, text: impl Into<String>) -> Self {
        Self {
            answers: id,
            ..Self::invalid(text)
        }
    }
}

/// Reads one message. `strict` asks for `jsonrpc: "2.0"`. Unknown members are passed over.
///
/// # Errors
/// When the text is no JSON (`-32700`) or no message (`-32600`).
pub fn parse(text: &[u8], strict: bool) -> Result<Message<'_>, Malformed> {
    let envelope = Envelope::read(text)?;
    if strict && envelope.jsonrpc.is_none_or(|version| version != r#""2.0""#) {
        return Err(Malformed::request(
            envelope.request_id(),
            r#"jsonrpc: expected "2.0""#,
        ));
    }
    match envelope.method {
        Some(method) => envelope.call(method),
        None => envelope.response(),
    }
}

/// The members of a message, as text.
#[derive(Default)]
struct Envelope<'a> {
    id: Option<&'a str>,
    method: Option<&'a str>,
    params: Option<&'a str>,
    result: Option<&'a str>,
    error: Option<&'a str>,
    jsonrpc: Option<&'a str>,
    trace: Option<&'a str>,
}

impl<'a> Envelope<'a> {
    fn read(text: &'a [u8]) -> Result<Self, Malformed> {
        let not_json = |error: &dyn fmt::Display| Malformed {
            error: RpcError::new(
                ErrorCode::PARSE_ERROR,
                format!("the message is not JSON: {error}"),
            ),
            id: None,
            answers: None,
        };
        let text = std::str::from_utf8(text).map_err(|error| not_json(&error))?;
        Self::read_members(text).map_err(|error| match error.kind() {
            DecodeErrorKind::Syntax => not_json(&error),
            // What follows the fault has not been read yet, and malformed text goes first.
            DecodeErrorKind::Shape => match json::validate(text.as_bytes()) {
                Err(error) => not_json(&error),
                Ok(()) if text.trim_start().starts_with('[') => {
                    Malformed::invalid("batches are not supported")
                }
                Ok(()) => Malformed::request(sole_id(text), format!("the message is invalid: {error}")),
            },
        })
    }

    fn read_members(text: &'a str) -> Result<Self, DecodeError> {
        static MEMBERS: Members =
            Members::new(&["id", "method", "params", "result", "error", "jsonrpc", "trace"]);
        let mut envelope = Self::default();
        let mut r = Reader::new(text);
        let mut object = r.object(&MEMBERS)?;
        while let Some(index) = r.member(&mut object)? {
            let value = r.raw()?;
            match index {
                0 => envelope.id = Some(value),
                1 => envelope.method = Some(value),
                2 => envelope.params = Some(value),
                3 => envelope.result = Some(value),
                4 => envelope.error = Some(value),
                5 => envelope.jsonrpc = Some(value),
                6 => envelope.trace = Some(value),
                _ => {}
            }
        }
        r.finish()?;
        Ok(envelope)
    }

    fn request_id(&self) -> Option<RequestId> {
        self.id.and_then(RequestId::read)
    }

    fn call(self, method: &'a str) -> Result<Message<'a>, Malformed> {
        let id = self.request_id();
        if let (Some(text), None) = (self.id, &id) {
            return Err(Malformed::invalid(format!(
                "id: expected a string or an integer, found {}",
                kind(text)
            )));
        }
        let Ok(method) = Reader::new(method).string() else {
            return Err(Malformed::request(
                id,
                format!("method: expected a string, found {}", kind(method)),
            ));
        };
        if self.result.is_some() || self.error.is_some() {
            return Err(Malformed::request(
                id,
                "a message with a method has neither result nor error",
            ));
        }
        let params = self.params.filter(|text| *text != "null");
        if let Some(text) = params
            && !text.starts_with(['{', '['])
        {
            return Err(Malformed::request(
                id,
                format!("params: expected an object, found {}", kind(text)),
            ));
        }
        let trace = self.trace.map(json::from_str::<Option<TraceContext>>).transpose();
        let trace = match trace {
            Ok(trace) => trace.flatten(),
            Err(error) => return Err(Malformed::request(id, error.in_member("trace").to_string())),
        };
        Ok(match id {
            Some(id) => Message::Request(Request {
                id,
                method,
                params,
                trace,
            }),
            None => Message::Notification(Notification {
                method,
                params,
                trace,
            }),
        })
    }

    fn response(self) -> Result<Message<'a>, Malformed> {
        let id = self.request_id();
        let outcome = match (self.result, self.error) {
            (Some(_), Some(_)) => {
                return Err(Malformed::response(
                    id,
                    "an answer has a result or an error, not both",
                ));
            }
            (None, None) => {
                let text = "a message has a method, a result or an error";
                return Err(Malformed {
                    id: id.clone(),
                    ..Malformed::response(id, text)
                });
            }
            (Some(result), None) => Outcome::Result(result),
            (None, Some(error)) => match json::from_str(error) {
                Ok(error) => Outcome::Error(error),
                Err(fault) => return Err(Malformed::response(id, fault.in_member("error").to_string())),
            },
        };
        match (id, self.id, &outcome) {
            (Some(id), ..) => Ok(Message::Response(Response {
                id: Some(id),
                outcome,
            })),
            // The peer could not tell which of our messages was wrong.
            (None, Some("null"), Outcome::Error(_)) => Ok(Message::Response(Response { id: None, outcome })),
            (None, found, _) => {
                let found = found.map_or("nothing", kind);
                Err(Malformed::invalid(format!(
                    "id: expected a string or an integer, found {found}"
                )))
            }
        }
    }
}

/// The text of an answer with an error; its id is null where the id of the request cannot be told.
pub fn error(id: Option<&RequestId>, error: &RpcError, strict: bool) -> String {
    let text = text(|w| {
        members(w, strict, |w| {
            match id {
                Some(id) => w.member("id", id),
                None => w.member("id", &()),
            }
            w.member("error", error);
        });
    });
    // Invariant: an error holds no number that can fail, since its data is text already.
    text.unwrap_or_default()
}

/// What `write` writes.
///
/// # Errors
/// When a value has no JSON form.
pub fn text(write: impl FnOnce(&mut Writer)) -> Result<String, EncodeError> {
    let mut w = Writer::new();
    write(&mut w);
    w.finish()
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

fn members(w: &mut Writer, strict: bool, write: impl FnOnce(&mut Writer)) {
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

/// The id of a message that has another fault, if it has one id only.
#[cold]
fn sole_id(text: &str) -> Option<RequestId> {
    static MEMBERS: Members = Members::new(&["id"]);
    let mut r = Reader::new(text);
    let mut object = r.object(&MEMBERS).ok()?;
    let mut id = None;
    // A second id ends the search without an answer.
    while let Some(index) = r.member(&mut object).ok()? {
        let value = r.raw().ok()?;
        if index == 0 {
            id = Some(value);
        }
    }
    id.and_then(RequestId::read)
}

/// What a text that is JSON holds, in words.
fn kind(text: &str) -> &'static str {
    match text.as_bytes().first() {
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}
