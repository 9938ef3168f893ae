//! What a message is: a request, a notification, an answer, or none of them.
//!
//! In: a JSON value. Out: its parts; or what is wrong with it, the code that refuses it, and the id that the refusal carries,
//! as the table in `runtime/src/envelope.rs` says.

use crate::conform::Json;

/// The text of an id, as it goes over the wire.
pub(super) type Id = String;

pub(super) const PARSE_ERROR: i64 = -32700;
pub(super) const INVALID_REQUEST: i64 = -32600;
pub(super) const METHOD_NOT_FOUND: i64 = -32601;
pub(super) const INVALID_PARAMS: i64 = -32602;
pub(super) const OVERLOADED: i64 = -32001;

/// A message.
#[derive(Debug)]
pub(super) enum Message<'v, 't> {
    /// It wants an answer.
    Request(Id, Call<'v, 't>),
    /// It wants none.
    Notification(Call<'v, 't>),
    /// It is one. Without an id it refuses a message whose id could not be told.
    Answer(Option<Id>, Outcome<'v, 't>),
}

/// A method with its params.
#[derive(Debug)]
pub(super) struct Call<'v, 't> {
    pub(super) method: &'v str,
    pub(super) params: Option<&'v Json<'t>>,
}

/// What an answer brings.
#[derive(Debug)]
pub(super) enum Outcome<'v, 't> {
    Result(&'v Json<'t>),
    Error {
        code: i64,
        message: &'v str,
        data: Option<&'v Json<'t>>,
    },
}

/// Why a value is no message.
#[derive(Debug)]
pub(super) struct Malformed {
    /// The rule that it breaks.
    pub(super) rule: super::Rule,
    pub(super) text: String,
    /// The code that refuses it.
    pub(super) code: i64,
    /// The id that the refusal carries; none for null.
    pub(super) id: Option<Id>,
}

/// The members of a message.
const MEMBERS: [&str; 7] = ["id", "method", "params", "result", "error", "jsonrpc", "trace"];

/// Tells what `value` is. `strict` asks for `jsonrpc: "2.0"`; `ours` says that this side wrote it, so that nothing may be in it
/// that nobody reads.
pub(super) fn read<'v, 't>(
    value: &'v Json<'t>,
    strict: bool,
    ours: bool,
) -> Result<Message<'v, 't>, Malformed> {
    use super::Rule;
    let invalid = |rule, id: Option<Id>, text: String| Malformed {
        rule,
        text,
        code: INVALID_REQUEST,
        id,
    };
    let Json::Object(members) = value else {
        let text = match value {
            Json::List(_) => "a batch, which is not supported".to_owned(),
            other => format!("expected an object, found {}", other.shown()),
        };
        return Err(invalid(Rule::Message, None, text));
    };
    let mut found: [Option<&Json<'t>>; MEMBERS.len()] = [None; MEMBERS.len()];
    let mut twice = None;
    for (name, value) in members {
        match MEMBERS.iter().position(|member| name == member) {
            Some(at) if found[at].is_some() => twice = Some(MEMBERS[at]),
            Some(at) => found[at] = Some(value),
            None if ours => {
                let text = format!("{name}: expected a known member, found an unknown one");
                return Err(invalid(Rule::Message, None, text));
            }
            None => {}
        }
    }
    let [given, method, params, result, error, jsonrpc, trace] = found;
    let id = given.and_then(id_of);
    if let Some(name) = twice {
        let id = id.filter(|_| name != "id");
        return Err(invalid(
            Rule::Message,
            id,
            format!("{name}: expected one value, found two"),
        ));
    }
    let version = jsonrpc.and_then(Json::as_str);
    if strict && version != Some("2.0") {
        let found = jsonrpc.map_or_else(|| "nothing".to_owned(), Json::shown);
        return Err(invalid(
            Rule::Jsonrpc,
            id,
            format!("jsonrpc: expected \"2.0\", found {found}"),
        ));
    }
    if !strict && ours && jsonrpc.is_some() {
        let text = "jsonrpc: the protocol does not send this member".to_owned();
        return Err(invalid(Rule::Jsonrpc, id, text));
    }
    let wrong_id = |found: Option<&Json<'_>>| {
        let found = found.map_or_else(|| "nothing".to_owned(), Json::shown);
        let text = format!("id: expected a string or an integer, found {found}");
        invalid(Rule::Id, None, text)
    };
    let Some(method) = method else {
        let outcome = match (result, error) {
            (Some(_), Some(_)) => {
                let text = "an answer has a result or an error, not both".to_owned();
                return Err(invalid(Rule::Message, None, text));
            }
            (None, None) => {
                let text = "a message has a method, a result or an error".to_owned();
                return Err(invalid(Rule::Message, id, text));
            }
            (Some(result), None) => Outcome::Result(result),
            (None, Some(error)) => read_error(error).map_err(|text| invalid(Rule::Message, None, text))?,
        };
        return match (id, given, &outcome) {
            (Some(id), ..) => Ok(Message::Answer(Some(id), outcome)),
            (None, Some(Json::Null), Outcome::Error { .. }) => Ok(Message::Answer(None, outcome)),
            (None, found, _) => Err(wrong_id(found)),
        };
    };
    if given.is_some() && id.is_none() {
        return Err(wrong_id(given));
    }
    let Some(method) = method.as_str() else {
        let text = format!("method: expected a string, found {}", method.shown());
        return Err(invalid(Rule::Message, id, text));
    };
    if result.is_some() || error.is_some() {
        let text = "a message with a method has neither result nor error".to_owned();
        return Err(invalid(Rule::Message, id, text));
    }
    let params = params.filter(|params| **params != Json::Null);
    if let Some(params) = params
        && !matches!(params, Json::Object(_) | Json::List(_))
    {
        let text = format!("params: expected an object, found {}", params.shown());
        return Err(invalid(Rule::Message, id, text));
    }
    if let Some(text) = trace.and_then(wrong_trace) {
        return Err(invalid(Rule::Message, id, text));
    }
    let call = Call { method, params };
    Ok(match id {
        Some(id) => Message::Request(id, call),
        None => Message::Notification(call),
    })
}

/// Strings and integers of 64 bits.
pub(super) fn id_of(value: &Json<'_>) -> Option<Id> {
    match value {
        Json::Integer(integer) if i64::try_from(*integer).is_err() => None,
        other => other.key(),
    }
}

fn read_error<'v, 't>(error: &'v Json<'t>) -> Result<Outcome<'v, 't>, String> {
    let member = |name: &str, expected: &str, found: Option<&Json<'_>>| {
        let found = found.map_or_else(|| "nothing".to_owned(), Json::shown);
        format!("error.{name}: expected {expected}, found {found}")
    };
    if !matches!(error, Json::Object(_)) {
        return Err(format!("error: expected an object, found {}", error.shown()));
    }
    let (code, message) = (error.get("code"), error.get("message"));
    let Some(Json::Integer(number)) = code else {
        return Err(member("code", "an integer", code));
    };
    let Ok(number) = i64::try_from(*number) else {
        return Err(member("code", "i64", code));
    };
    let Some(text) = message.and_then(Json::as_str) else {
        return Err(member("message", "a string", message));
    };
    Ok(Outcome::Error {
        code: number,
        message: text,
        data: error.get("data").filter(|data| **data != Json::Null),
    })
}

/// What is wrong with a W3C trace context: an object of strings.
fn wrong_trace(trace: &Json<'_>) -> Option<String> {
    if *trace == Json::Null {
        return None;
    }
    if !matches!(trace, Json::Object(_)) {
        return Some(format!("trace: expected an object, found {}", trace.shown()));
    }
    ["traceparent", "tracestate"].into_iter().find_map(|name| {
        let found = trace.get(name).filter(|found| **found != Json::Null)?;
        let wrong = found.as_str().is_none();
        wrong.then(|| format!("trace.{name}: expected a string, found {}", found.shown()))
    })
}
