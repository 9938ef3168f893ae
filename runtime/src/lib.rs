//! The thin runtime that generated protocol code stands on.
//!
//! Without features it is what generated types need: the JSON reader and writer of their implementations ([`json`]), and
//! the types of values that JSON has no word for; and what a protocol is at run time ([`protocol`], [`message`]).
//!
//! With the feature `tokio` it carries messages too: a [`Server`] makes a [`Connection`] of each [`transport`], which gives each
//! request to the handler that a [`Router`] has for it. A [`Peer`] calls the other end, and the [`Hub`] all of them, or who
//! follows a topic. A [`Client`] is the same from the other side. The feature `websocket` adds a transport over TCP; with
//! `opentelemetry` the span of a request belongs to the trace of its caller. A [`Recorder`] is shown all that goes over the
//! wire; with the feature `record`, [`recording`] has one that writes it to a file.

mod base64;
mod bigint;
#[cfg(feature = "tokio")]
mod client;
#[cfg(feature = "tokio")]
mod connection;
#[cfg(feature = "tokio")]
mod context;
#[cfg(feature = "tokio")]
mod dispatch;
#[cfg(feature = "tokio")]
pub mod envelope;
mod error;
pub mod gates;
#[cfg(feature = "tokio")]
mod handshake;
#[cfg(feature = "tokio")]
mod hub;
pub mod json;
#[cfg(feature = "tokio")]
mod limits;
pub mod message;
#[cfg(feature = "tokio")]
mod order;
#[cfg(feature = "tokio")]
mod outbox;
mod patch;
mod path;
#[cfg(feature = "tokio")]
mod peer;
pub mod protocol;
#[cfg(feature = "tokio")]
mod record;
#[cfg(feature = "record")]
pub mod recording;
#[cfg(feature = "tokio")]
mod server;
#[cfg(feature = "opentelemetry")]
mod telemetry;
#[cfg(feature = "tokio")]
pub mod transport;
#[cfg(feature = "tokio")]
mod typed;
mod uuid;

pub use base64::Base64;
pub use bigint::BigInt;
#[cfg(feature = "tokio")]
pub use client::{Client, Notifications};
#[cfg(feature = "tokio")]
pub use connection::Connection;
#[cfg(feature = "tokio")]
pub use context::Cx;
#[cfg(feature = "tokio")]
pub use dispatch::Router;
pub use error::{Declared, DeclaredError, ErrorCode, RpcError};
pub use gates::Gates;
#[cfg(feature = "tokio")]
pub use hub::Hub;
pub use json::Json;
#[cfg(feature = "tokio")]
pub use limits::Limits;
pub use message::RequestId;
pub use patch::Patch;
pub use path::AbsolutePath;
#[cfg(feature = "tokio")]
pub use peer::{Call, CallError, ConnectionId, Peer, Snapshot, Written};
pub use protocol::{
    Delivery, GateInfo, HandshakeInfo, Key, Method, MethodInfo, MethodKind, Notification, Place,
    ProtocolInfo, Request, Side, Walk, key,
};
#[cfg(feature = "tokio")]
pub use record::{Direction, End, Recorder};
#[cfg(feature = "tokio")]
pub use server::{Server, ServerSnapshot};
#[cfg(feature = "tokio")]
pub use typed::{FromTyped, Typed};
pub use uuid::Uuid;

#[doc(hidden)]
pub use serde;

/// A JSON object whose names are keys, in the order of the wire.
pub type Map<K, V> = indexmap::IndexMap<K, V>;
