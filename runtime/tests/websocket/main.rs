//! WebSockets over loopback: somebody else's client, bytes by hand, and our own client.

#[path = "../support/mod.rs"]
mod support;

mod client;
mod closing;
mod frames;
mod http;
mod site;
