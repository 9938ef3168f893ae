//! JSON-RPC errors: what a request is answered with when it has no result.
//!
//! In: made by handlers, by generated error types, and by the connection itself. Out: the `error` member of an answer.

use std::fmt;

use crate::gates::Gates;
use crate::json::{Decode, DecodeError, Encode, Json, Reader, Writer};

/// The code of an error. A newtype, so that a code that nobody here knows survives a round trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(pub i64);

impl ErrorCode {
    /// The message is not JSON.
    pub const PARSE_ERROR: Self = Self(-32700);
    /// The message is JSON, but no message that can be served now.
    pub const INVALID_REQUEST: Self = Self(-32600);
    /// Nobody serves the method.
    pub const METHOD_NOT_FOUND: Self = Self(-32601);
    /// The params are not what the method takes.
    pub const INVALID_PARAMS: Self = Self(-32602);
    /// The fault is on the answering side.
    pub const INTERNAL_ERROR: Self = Self(-32603);
    /// Too many requests are in flight; the same request may succeed later.
    pub const OVERLOADED: Self = Self(-32001);
}

impl Encode for ErrorCode {
    fn encode(&self, w: &mut Writer) {
        w.integer(self.0);
    }
}

impl Decode for ErrorCode {
    fn blank() -> Self {
        Self(0)
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        self.0.decode(r);
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The `error` member of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct RpcError {
    /// What kind of error.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
    /// For programs; its shape depends on the error.
    pub data: Option<Json>,
}

impl RpcError {
    /// An error without data.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// `-32600`: cannot be served now, or not at all.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::INVALID_REQUEST, message)
    }

    /// `-32602`: the params are wrong.
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::INVALID_PARAMS, message)
    }

    /// `-32603`: a fault on this side.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::INTERNAL_ERROR, message)
    }

    /// The same error with `data`. Data that has no JSON form is left out.
    #[must_use]
    pub fn with_data(mut self, data: &impl Encode) -> Self {
        self.set_data(data, None);
        self
    }

    /// Writes `data` for who has `open` these gates.
    fn set_data(&mut self, data: &dyn Encode, open: Option<&Gates>) {
        let mut w = Writer::new();
        w.set_gates(open);
        data.encode(&mut w);
        let whole = !w.is_withheld();
        self.data = w.finish().ok().filter(|_| whole).map(Json::of_text);
    }

    /// Reads the data of an error with this code; false when it is another error.
    fn read_data(&self, code: ErrorCode, data: &mut dyn Decode) -> bool {
        match &self.data {
            Some(text) if self.code == code => Reader::new(text.text()).whole(data).is_ok(),
            _ => false,
        }
    }

    /// `-32602` for params that are not what `method` takes, with the place, what was expected and what was found.
    #[cold]
    pub fn bad_params(method: &str, error: DecodeError) -> Self {
        let error = error.in_member("params");
        let data = serde_json::json!({
            "path": error.path(),
            "expected": error.expected(),
            "found": error.found(),
        });
        Self {
            data: Some(data.into()),
            ..Self::invalid_params(format!("{method} {error}"))
        }
    }
}

impl Encode for RpcError {
    fn encode(&self, w: &mut Writer) {
        w.begin_object();
        w.member(",\"code\":", &self.code);
        w.member(",\"message\":", &self.message);
        w.optional(",\"data\":", &self.data);
        w.end_object();
    }
}

impl Decode for RpcError {
    fn blank() -> Self {
        Self::new(ErrorCode::blank(), String::new())
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        let mut fields = r.fields();
        while fields.more() {
            fields.required("code", &mut self.code);
            fields.required("message", &mut self.message);
            fields.present("data", &mut self.data);
        }
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for RpcError {}

/// The data of an error that the protocol declares: implemented by generated types.
pub trait DeclaredError: Encode + Decode {
    /// The code that it is sent with.
    const CODE: ErrorCode;
}

/// A declared error with the text that goes with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared<E> {
    /// For people.
    pub message: String,
    /// For programs.
    pub data: E,
}

impl<E: DeclaredError> Declared<E> {
    /// The error with `data`, explained by `message`.
    pub fn new(message: impl Into<String>, data: E) -> Self {
        Self {
            message: message.into(),
            data,
        }
    }

    /// Reads an error that a peer has sent; none when it is another one.
    pub fn read(error: &RpcError) -> Option<Self> {
        let mut data = E::blank();
        if !error.read_data(E::CODE, &mut data) {
            return None;
        }
        Some(Self {
            message: error.message.clone(),
            data,
        })
    }

    /// The error as who has opened some gates is told it; all of it where there are no gates.
    pub fn error_for(self, open: Option<&Gates>) -> RpcError {
        let mut error = RpcError::new(E::CODE, self.message);
        error.set_data(&self.data, open);
        error
    }
}

impl<E: DeclaredError> From<Declared<E>> for RpcError {
    fn from(error: Declared<E>) -> Self {
        error.error_for(None)
    }
}
