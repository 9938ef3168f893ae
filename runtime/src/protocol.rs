//! What a protocol is at run time, and what generated method markers implement.
//!
//! In: constants of the generated crate. Out: read by the connection, the router and the peer, which know no method by
//! themselves.

use crate::error::RpcError;
use crate::gates::{Gates, Uses};
use crate::json::{self, Decode, Encode};

/// A whole protocol.
#[derive(Debug)]
pub struct ProtocolInfo {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Strict JSON-RPC 2.0: every message carries `jsonrpc: "2.0"`. Otherwise the member is not written, and ignored
    /// when read.
    pub strict: bool,
    /// How a connection begins; without one, every method can be called at once.
    pub handshake: Option<HandshakeInfo>,
    /// Every method of either direction.
    pub methods: &'static [MethodInfo],
}

/// How a connection begins.
#[derive(Debug)]
pub struct HandshakeInfo {
    /// The request that must come first.
    pub opens: &'static str,
    /// The notification with which the client says that it is ready.
    pub completes: Option<&'static str>,
    /// Where the params of `opens` list the notifications that the client does not want; empty when nowhere.
    pub opt_out: &'static [&'static str],
    /// Parts that a client opts into in the params of `opens`.
    pub gates: &'static [GateInfo],
}

/// A part of the protocol that a client opts into.
#[derive(Debug)]
pub struct GateInfo {
    /// Its name.
    pub name: &'static str,
    /// Where the params of the handshake speak of it.
    pub path: &'static [&'static str],
    /// What the list at `path` must hold; none where a boolean stands there.
    pub member: Option<&'static str>,
}

impl GateInfo {
    /// What a client must ask for, as error texts name it.
    pub fn capability(&self) -> &'static str {
        self.member.or(self.path.last().copied()).unwrap_or(self.name)
    }
}

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Opens the connection and the handshake.
    Client,
    /// Waits for clients.
    Server,
}

/// Whether a method is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MethodKind {
    /// It is.
    Request,
    /// It is not.
    Notification,
}

/// One method.
#[derive(Debug)]
pub struct MethodInfo {
    /// The wire string.
    pub name: &'static str,
    /// Who sends it.
    pub sender: Side,
    /// Whether it is answered.
    pub kind: MethodKind,
    /// Whether it has params.
    pub params: bool,
    /// The gate that it stands behind.
    pub gate: Option<&'static str>,
    /// The gates of what its params may hold.
    pub params_gates: &'static [&'static str],
    /// The gates of what its result, and the data of its errors, may hold.
    pub result_gates: &'static [&'static str],
    /// Whether requests of one key run one after the other: [`Method::ORDER`].
    pub order: bool,
    /// Whether a key of `order` means something on one connection only, so that other connections do not wait for it.
    pub order_of_caller: bool,
    /// Whether the caller becomes a subscriber of a topic: [`Request::SUBSCRIBES`].
    pub subscribes: bool,
    /// Whether the caller is a subscriber of a topic no longer: [`Request::UNSUBSCRIBES`].
    pub unsubscribes: bool,
    /// To whom the server sends it.
    pub delivery: Delivery,
    /// Whether a slow reader may miss it.
    pub lossy: bool,
    /// Whether the handler is cut off when nobody can be answered any more.
    pub cancel: bool,
    /// Whether it is taken where the connection has as many requests in flight as it may.
    pub urgent: bool,
    /// The member of the params that names a server request which is settled; the connection sends it itself.
    pub resolves: Option<&'static str>,
    /// The member of the params that says how many notifications the peer has missed; the connection sends it itself.
    pub missed: Option<&'static str>,
}

impl MethodInfo {
    /// A method that has none of what is optional.
    pub const fn new(name: &'static str, sender: Side, kind: MethodKind, params: bool) -> Self {
        Self {
            name,
            sender,
            kind,
            params,
            gate: None,
            params_gates: &[],
            result_gates: &[],
            order: false,
            order_of_caller: false,
            subscribes: false,
            unsubscribes: false,
            delivery: Delivery::Caller,
            lossy: false,
            cancel: false,
            urgent: false,
            resolves: None,
            missed: None,
        }
    }
}

/// What a topic or an order is known by: the JSON text of a string or an integer in a typed value.
pub type Key<T> = fn(&T) -> Option<String>;

/// The key that a value makes. None where it has no JSON form.
pub fn key<T: Encode + ?Sized>(value: &T) -> Option<String> {
    json::to_string(value).ok()
}

/// Where in a request or its answer a key stands.
#[derive(Clone, Copy, Debug)]
pub enum Place<P, R> {
    /// In the params.
    Params(Key<P>),
    /// In the result.
    Result(Key<R>),
}

/// To whom a server sends something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// To every connection whose handshake is done.
    All,
    /// To the connection whose request it belongs to. What a client sends has its server only.
    Caller,
    /// To the subscribers of the topic at this place below the params.
    Topic(&'static [&'static str]),
}

/// A method as a type: generated for each one.
pub trait Method: 'static {
    /// What the runtime knows of it.
    const INFO: MethodInfo;
    /// The wire string.
    const NAME: &'static str = Self::INFO.name;
    /// Its params; [`NoParams`](crate::message::NoParams) where it has none.
    type Params: Encode + Decode + Clone + Send + Sync + 'static;
    /// Looks for what stands behind a gate; none where its params hold no such thing, or no client sends it.
    const USES: Option<Walk<Self::Params>> = None;
    /// Requests of one key run one after the other; none where [`MethodInfo::order`] is not set.
    const ORDER: Option<Key<Self::Params>> = None;
    /// The topic that it is sent to; none where it is not sent to one.
    const TOPIC: Option<Key<Self::Params>> = None;
}

/// [`Gated::uses`](crate::gates::Gated::uses) of one type.
pub type Walk<T> = fn(&T, &mut Uses<'_>);

/// A method that is answered.
pub trait Request: Method {
    /// Its result; `()` where it answers null.
    type Result: Encode + Decode + Clone + Send + Sync + 'static;
    /// What its handler may answer instead.
    type Error: Into<RpcError> + Send + 'static;
    /// As [`Method::USES`], of the result of a request that a client answers.
    const RESULT_USES: Option<Walk<Self::Result>> = None;
    /// The topic that the caller becomes a subscriber of.
    const SUBSCRIBES: Option<Place<Self::Params, Self::Result>> = None;
    /// The topic that the caller is a subscriber of no longer.
    const UNSUBSCRIBES: Option<Place<Self::Params, Self::Result>> = None;

    /// The error as who has opened some gates is told it; all of it where there are no gates.
    fn error_for(error: Self::Error, _open: Option<&Gates>) -> RpcError {
        error.into()
    }
}

/// A method that is not answered.
pub trait Notification: Method {}
