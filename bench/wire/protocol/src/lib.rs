//! The emitted crate of `protocol.idl`, made while building.

#![allow(clippy::all, deprecated, reason = "emitted")]

include!(concat!(env!("OUT_DIR"), "/src/lib.rs"));
