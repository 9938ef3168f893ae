//! Messages as text: requests, notifications and responses, told apart before anything in them is read.
//!
//! In: one text per message. Out: what it is, borrowed from the text, or the error that it is answered with; and the other
//! way round, the text of an answer. JSON-RPC 2.0, sections 4 to 6, with what it leaves open decided:
//!
//! | what comes in | what goes back |
//! |---|---|
//! | no JSON, no UTF-8, or more than 127 objects and lists in one another | `-32700`, id null |
//! | longer than [`Limits::message`](crate::Limits::message) | `-32600`, id null; it is skipped and not kept |
//! | a list (a batch) | `-32600`, id null; nothing in it is served |
//! | a member of the envelope twice | `-32600`, with the id where there is one only |
//! | an id that is no string and no integer of 64 bits: `1.5`, `1e3`, `null`, `true` | `-32600`, id null; never a notification |
//! | a method that is no string; params that are no object and no list; a malformed `trace` | `-32600`, with the id |
//! | a method with a result or an error | `-32600`, with the id |
//! | neither method, result nor error | `-32600`, with the id |
//! | a result with an error, or an error that is none | `-32600`, id null; whoever waits for the answer hears of it |
//! | an answer that nobody waits for, or from who was not asked | nothing; it is logged and counted |
//! | strict, and no `jsonrpc: "2.0"` | `-32600`, with the id |
//! | before the handshake; a second handshake; a closed gate; an id that is in flight | `-32600`, with the id |
//! | an unknown method | `-32601`, with a suggestion |
//! | params of the wrong shape, a list (positional params) among them, or a member twice | `-32602`, with `data: {path, expected, found}` |
//! | a handler that panics, or is cut off | `-32603` |
//! | too many requests in flight, or a peer that is behind with reading | `-32001`, with `data: {retryAfterMs}` |
//! | a notification that cannot be taken, for whatever reason | nothing; it is logged and counted |
//! | unknown members | they are passed over |

use std::borrow::Cow;
use std::fmt;

use crate::Map;
use crate::error::{ErrorCode, RpcError};
use crate::gates::Gates;
use crate::json::{
    self, DecodeError, DecodeErrorKind, Encode, EncodeError, Json, Kind, Members, Reader, Writer,
};
use crate::message::{ID, METHOD, PARAMS, RESULT, RequestId, TraceContext, members};
use crate::protocol::MethodInfo;

/// As the others in [`message`](crate::message).
pub(crate) const ERROR: &str = ",\"error\":";

/// The text of an id, as it goes back with the answer: a string or an integer of 64 bits.
///
/// Two are equal when their values are: a string that is written with escapes is written anew.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Id<'a>(Cow<'a, str>);

impl<'a> Id<'a> {
    /// Takes the text of a JSON value: a string or an integer, and nothing that only has the value of one.
    fn read(text: &'a str) -> Option<Self> {
        if text.starts_with('"') {
            if memchr::memchr(b'\\', text.as_bytes()).is_none() {
                return Some(Self(Cow::Borrowed(text)));
            }
            let value = Reader::new(text).string().ok()?;
            return json::to_string(&*value).ok().map(|text| Self(Cow::Owned(text)));
        }
        // `-0` is no integer that could be sent back as it came.
        let is_integer = text != "-0" && text.parse::<i64>().is_ok();
        is_integer.then_some(Self(Cow::Borrowed(text)))
    }

    /// The JSON text.
    pub fn text(&self) -> &str {
        &self.0
    }

    fn into_owned(self) -> Id<'static> {
        Id(Cow::Owned(self.0.into_owned()))
    }

    /// Its value.
    pub fn value(&self) -> RequestId {
        // Invariant: the text was read before.
        json::from_str(&self.0).unwrap_or(RequestId::Number(0))
    }
}

impl From<&RequestId> for Id<'static> {
    fn from(id: &RequestId) -> Self {
        // Invariant: neither of the two is without JSON form.
        Self(Cow::Owned(json::to_string(id).unwrap_or_default()))
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One message.
#[derive(Debug, PartialEq)]
pub enum Message<'a> {
    /// It wants an answer.
    Request(Request<'a>),
    /// It wants none.
    Notification(Notification<'a>),
    /// It is one.
    Response(Response<'a>),
}

/// A message that wants an answer.
#[derive(Debug, PartialEq)]
pub struct Request<'a> {
    /// The id that the answer carries.
    pub id: Id<'a>,
    /// The wire string of the method.
    pub method: Cow<'a, str>,
    /// The text of the params: an object or a list. None where they are absent or null.
    pub params: Option<&'a str>,
    /// The trace that it belongs to.
    pub trace: Option<TraceContext>,
}

/// A message that wants no answer.
#[derive(Debug, PartialEq)]
pub struct Notification<'a> {
    /// The wire string of the method.
    pub method: Cow<'a, str>,
    /// The text of the params: an object or a list. None where they are absent or null.
    pub params: Option<&'a str>,
    /// The trace that it belongs to.
    pub trace: Option<TraceContext>,
}

impl<'a> Notification<'a> {
    /// The same as a request.
    pub(crate) fn with_id(self, id: Id<'a>) -> Request<'a> {
        Request {
            id,
            method: self.method,
            params: self.params,
            trace: self.trace,
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Response<'a> {
    /// The id of the request. None with an error about a message whose id could not be told.
    pub id: Option<Id<'a>>,
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
    pub id: Option<Id<'static>>,
    /// The id of the request that the text may have been meant to answer.
    pub answers: Option<Id<'static>>,
}

impl Malformed {
    fn request(id: Option<Id<'_>>, text: impl Into<String>) -> Self {
        Self {
            id: id.map(Id::into_owned),
            ..RpcError::invalid_request(text).into()
        }
    }
}

impl From<RpcError> for Malformed {
    fn from(error: RpcError) -> Self {
        Self {
            error,
            id: None,
            answers: None,
        }
    }
}

/// Reads one message. `strict` asks for `jsonrpc: "2.0"`. Unknown members are passed over.
///
/// # Errors
/// When the text is no JSON (`-32700`) or no message (`-32600`).
pub fn parse(text: &[u8], strict: bool) -> Result<Message<'_>, Malformed> {
    read(self::text(text)?, strict, |_, _| Ok(false))
}

/// The text of a message.
pub(crate) fn text(message: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(message).map_err(|error| not_json(&error))
}

/// As [`parse`]. Where the method stands before the params, `params` may read them in place: it is given the method and
/// a reader before an object or a list, and says whether it has read them whole. Otherwise they are stepped over.
///
/// # Errors
/// As [`parse`]. An error of `params` is one of the message: they are no JSON.
pub fn read<'a>(
    text: &'a str,
    strict: bool,
    params: impl FnOnce(&str, &mut Reader<'a>) -> Result<bool, DecodeError>,
) -> Result<Message<'a>, Malformed> {
    let envelope = Envelope::read(text, params).map_err(|error| no_message(text, &error))?;
    let id = envelope.id.and_then(Id::read);
    if strict && envelope.jsonrpc != Some(r#""2.0""#) {
        return Err(Malformed::request(id, r#"jsonrpc: expected "2.0""#));
    }
    if envelope.method.is_none() {
        return envelope.response(id).map(Message::Response);
    }
    if envelope.id.is_some() && id.is_none() {
        return Err(envelope.no_id());
    }
    match (envelope.call(), id) {
        (Ok(call), Some(id)) => Ok(Message::Request(call.with_id(id))),
        (Ok(call), None) => Ok(Message::Notification(call)),
        (Err(text), id) => Err(Malformed::request(id, text)),
    }
}

/// The members of a message.
#[derive(Default)]
struct Envelope<'a> {
    id: Option<&'a str>,
    method: Option<Member<'a>>,
    params: Option<&'a str>,
    result: Option<&'a str>,
    error: Option<&'a str>,
    jsonrpc: Option<&'a str>,
    trace: Option<&'a str>,
}

/// A string, or the text of what stands in its place.
type Member<'a> = Result<Cow<'a, str>, &'a str>;

impl<'a> Envelope<'a> {
    fn read(
        text: &'a str,
        params: impl FnOnce(&str, &mut Reader<'a>) -> Result<bool, DecodeError>,
    ) -> Result<Self, DecodeError> {
        static MEMBERS: Members =
            Members::new(&["id", "method", "params", "result", "error", "jsonrpc", "trace"]);
        let mut envelope = Self::default();
        let mut decode = Some(params);
        let mut r = Reader::new(text);
        let mut object = r.object(&MEMBERS)?;
        // As most messages of protocols that want it begin.
        if r.begins_with(&mut object, 5, r#""jsonrpc":"2.0""#) {
            envelope.jsonrpc = Some(r#""2.0""#);
        }
        while let Some(index) = r.member(&mut object)? {
            match index {
                0 => envelope.id = Some(r.raw()?),
                1 if r.next() == Some(Kind::String) => envelope.method = Some(Ok(r.string()?)),
                1 => envelope.method = Some(Err(r.raw()?)),
                2 => match &envelope.method {
                    Some(Ok(method)) if matches!(r.next(), Some(Kind::Object | Kind::List)) => {
                        let decode = decode.take();
                        let read = |r: &mut _| decode.map_or(Ok(false), |decode| decode(method, r));
                        envelope.params = Some(r.raw_while(read)?);
                    }
                    _ => envelope.params = Some(r.raw()?),
                },
                3 => envelope.result = Some(r.raw()?),
                4 => envelope.error = Some(r.raw()?),
                5 => envelope.jsonrpc = Some(r.raw()?),
                6 => envelope.trace = Some(r.raw()?),
                _ => r.skip()?,
            }
        }
        r.finish()?;
        Ok(envelope)
    }

    /// A request or notification, without its id; or what is wrong with it.
    fn call(self) -> Result<Notification<'a>, String> {
        let method = match self.method {
            Some(Ok(method)) => method,
            found => return Err(unexpected("method", "a string", found.and_then(Result::err))),
        };
        if self.result.is_some() || self.error.is_some() {
            return Err("a message with a method has neither result nor error".to_owned());
        }
        let params = self.params.filter(|text| *text != "null");
        if params.is_some_and(|text| !text.starts_with(['{', '['])) {
            return Err(unexpected("params", "an object", params));
        }
        let trace = self.trace.map(json::from_str::<Option<TraceContext>>).transpose();
        let trace = trace.map_err(|error| error.in_member("trace").to_string())?;
        Ok(Notification {
            method,
            params,
            trace: trace.flatten(),
        })
    }

    fn response(self, id: Option<Id<'a>>) -> Result<Response<'a>, Malformed> {
        let outcome = match (self.result, self.error) {
            (Some(result), None) => Ok(Outcome::Result(result)),
            (None, Some(error)) => match json::from_str(error) {
                Ok(error) => Ok(Outcome::Error(error)),
                Err(fault) => Err(fault.in_member("error").to_string()),
            },
            (Some(_), Some(_)) => Err("an answer has a result or an error, not both".to_owned()),
            (None, None) => {
                let text = "a message has a method, a result or an error";
                return Err(Malformed {
                    answers: id.clone().map(Id::into_owned),
                    ..Malformed::request(id, text)
                });
            }
        };
        match outcome {
            Ok(outcome) if id.is_some() => Ok(Response { id, outcome }),
            // The peer could not tell which of our messages was wrong.
            Ok(outcome @ Outcome::Error(_)) if self.id == Some("null") => Ok(Response { id, outcome }),
            Ok(_) => Err(self.no_id()),
            // It goes unanswered: an error with its id would look like the answer to a request of the peer's own.
            Err(text) => Err(Malformed {
                answers: id.map(Id::into_owned),
                ..Malformed::request(None, text)
            }),
        }
    }

    fn no_id(&self) -> Malformed {
        Malformed::request(None, unexpected("id", "a string or an integer", self.id))
    }
}

/// Why a text is not read as a message.
#[cold]
fn no_message(text: &str, error: &DecodeError) -> Malformed {
    if error.kind() == DecodeErrorKind::Syntax {
        return not_json(error);
    }
    // What follows the fault has not been read yet, and malformed text goes first.
    match json::validate(text.as_bytes()) {
        Err(error) => not_json(&error),
        Ok(()) if text.trim_start().starts_with('[') => Malformed::request(None, "batches are not supported"),
        Ok(()) => Malformed::request(sole_id(text), format!("the message is invalid: {error}")),
    }
}

#[cold]
fn not_json(error: &dyn fmt::Display) -> Malformed {
    let text = format!("the message is not JSON: {error}");
    RpcError::new(ErrorCode::PARSE_ERROR, text).into()
}

/// Writes a message to the end of `out`, for who has `open` these gates. Says whether it may be sent.
///
/// # Errors
/// When something in it has no JSON form; what was in `out` is gone then.
pub(crate) fn write(
    out: &mut String,
    strict: bool,
    open: Option<&Gates>,
    write: impl FnOnce(&mut Writer),
) -> Result<bool, EncodeError> {
    let mut w = Writer::after(std::mem::take(out));
    w.set_gates(open);
    members(&mut w, strict, write);
    if w.is_withheld() {
        return Ok(false);
    }
    *out = w.finish()?;
    Ok(true)
}

/// Writes the members of a request or notification, but for the id.
pub(crate) fn write_call(w: &mut Writer, info: &MethodInfo, params: &dyn Encode) {
    w.member(METHOD, info.name);
    if info.params {
        w.member(PARAMS, params);
    }
}

/// Writes an answer with an error to the end of `out`; its id is null where the id of the request cannot be told.
pub(crate) fn write_error(out: &mut String, id: Option<&str>, error: &RpcError, strict: bool) {
    let written = write(out, strict, None, |w| {
        w.member(ID, &Text(id.unwrap_or("null")));
        w.member(ERROR, error);
    });
    // An error holds no number that can fail, since its data is text already.
    debug_assert_eq!(written, Ok(true));
}

/// Writes an answer with a result to the end of `out`, for who has `open` these gates.
///
/// # Errors
/// As [`write`].
pub(crate) fn write_answer<R: Encode>(
    out: &mut String,
    id: &str,
    result: &R,
    open: Option<&Gates>,
    strict: bool,
) -> Result<(), EncodeError> {
    let whole = write(out, strict, open, |w| {
        w.member(ID, &Text(id));
        w.member(RESULT, result);
    })?;
    // The compiler refuses a protocol whose results may have no form.
    debug_assert!(whole);
    Ok(())
}

/// JSON that is text already.
struct Text<'a>(&'a str);

impl Encode for Text<'_> {
    fn encode(&self, w: &mut Writer) {
        w.text(self.0);
    }
}

/// The text of a notification that the connection itself sends: its params by name, each of them JSON already.
pub(crate) fn told<'p>(
    method: &str,
    params: impl IntoIterator<Item = (&'p str, &'p str)>,
    strict: bool,
) -> String {
    let json = |(name, text): (&str, &str)| (name.to_owned(), Json::of_text(text.to_owned()));
    let params: Map<String, Json> = params.into_iter().map(json).collect();
    let mut out = String::new();
    let written = write(&mut out, strict, None, |w| {
        w.member(METHOD, method);
        if !params.is_empty() {
            w.member(PARAMS, &params);
        }
    });
    // No number is written here.
    debug_assert_eq!(written, Ok(true));
    out
}

/// The id of a message that has another fault, if it has one id only.
#[cold]
fn sole_id(text: &str) -> Option<Id<'_>> {
    let (mut id, mut r) = (None, Reader::new(text));
    let mut fields = r.fields();
    while fields.more() {
        fields.raw("id", &mut id);
    }
    // A second id is a fault.
    id.filter(|_| !r.failed()).and_then(Id::read)
}

/// What is wrong where a member is missing, or is another value than it has to be.
fn unexpected(member: &str, expected: &str, found: Option<&str>) -> String {
    format!(
        "{member}: expected {expected}, found {}",
        found.map_or("nothing", kind)
    )
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
