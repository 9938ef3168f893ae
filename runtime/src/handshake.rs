//! How a connection begins: what may be called before it has, and what the client opted into and out of.
//!
//! In: the protocol's declaration, and the raw params of its opening request. Out: [`Access`], which says whether a method
//! may be served, and whether one may be sent.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use crate::error::RpcError;
use crate::gates::{self, Gates};
use crate::protocol::{GateInfo, HandshakeInfo, MethodInfo, MethodKind, ProtocolInfo, Side};

/// What a client said when it opened the connection.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) gates: Gates,
    /// Notifications that it does not want. Names that the protocol does not know are kept and meet nothing.
    opt_out: HashSet<String>,
}

impl Session {
    /// Reads what the raw params say, and takes what they do not say for "no": their types are dispatch's business.
    pub(crate) fn read(handshake: &HandshakeInfo, params: Option<&str>) -> Self {
        let params = params.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let params = params.unwrap_or_default();
        let open = handshake.gates.iter().filter(|gate| opens(gate, &params));
        let opt_out = at(&params, handshake.opt_out).filter(|_| !handshake.opt_out.is_empty());
        Self {
            gates: open.map(|gate| gate.name).collect(),
            opt_out: strings(opt_out).map(str::to_owned).collect(),
        }
    }
}

fn opens(gate: &GateInfo, params: &Value) -> bool {
    let place = at(params, gate.path);
    match gate.member {
        Some(member) => strings(place).any(|name| name == member),
        None => place == Some(&Value::Bool(true)),
    }
}

fn at<'a>(params: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(params, |value, name| value.get(name))
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str)
}

/// How far a connection has come.
#[derive(Clone, Debug)]
pub(crate) enum Access {
    /// The protocol has no handshake, or this side opens it: everything may pass.
    Free,
    /// The opening request has not come.
    Fresh,
    /// It is being served. What it said holds for what its handler sends; everything else waits.
    Opening(Arc<Session>),
    /// It was answered with a result.
    Open(Arc<Session>),
}

impl Access {
    /// How a connection starts on this side.
    pub(crate) fn start(protocol: &ProtocolInfo, side: Side) -> Self {
        match protocol.handshake {
            Some(_) if side == Side::Server => Self::Fresh,
            _ => Self::Free,
        }
    }

    pub(crate) fn session(&self) -> Option<&Arc<Session>> {
        match self {
            Self::Opening(session) | Self::Open(session) => Some(session),
            Self::Free | Self::Fresh => None,
        }
    }

    /// Whether the peer may call `method`, in the order that the protocol promises: handshake first, then the gate.
    /// Unknown methods have no info.
    pub(crate) fn admit(
        &self,
        handshake: Option<&HandshakeInfo>,
        name: &str,
        info: Option<&MethodInfo>,
    ) -> Result<(), RpcError> {
        let opens = handshake.is_some_and(|handshake| handshake.opens == name);
        match self {
            Self::Free => Ok(()),
            Self::Fresh if opens => Ok(()),
            Self::Fresh => Err(RpcError::invalid_request("Not initialized")),
            Self::Opening(_) | Self::Open(_) if opens => {
                Err(RpcError::invalid_request("Already initialized"))
            }
            Self::Opening(_) | Self::Open(_) => match info.and_then(|info| info.gate) {
                Some(gate) if !self.is_open(gate) => Err(gates::refusal(handshake, gate, name, "method")),
                _ => Ok(()),
            },
        }
    }

    /// The gates that decide what the peer may see; none where that is everything.
    pub(crate) fn open(&self) -> Option<&Gates> {
        match self {
            Self::Free => None,
            Self::Fresh => Some(Gates::none()),
            Self::Opening(session) | Self::Open(session) => Some(&session.gates),
        }
    }

    /// Whether `method` may be sent to the peer.
    pub(crate) fn may_send(&self, method: &MethodInfo) -> bool {
        let session = match self {
            Self::Free => return true,
            // Nothing is told to a client that has not introduced itself.
            Self::Fresh => return method.kind == MethodKind::Request && method.gate.is_none(),
            Self::Opening(session) | Self::Open(session) => session,
        };
        let unwanted = method.kind == MethodKind::Notification && session.opt_out.contains(method.name);
        !unwanted && method.gate.is_none_or(|gate| session.gates.is_open(gate))
    }

    /// Whether the gate is open. Where there is no handshake, nothing can be opted into and nothing is held back.
    pub(crate) fn is_open(&self, gate: &str) -> bool {
        self.open().is_none_or(|open| open.is_open(gate))
    }
}
