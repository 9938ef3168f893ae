//! Gates: what each of them reaches, and what a message is without it.
//!
//! In: the model. Out: reports of protocols in which a connection could get, or need, what it did not opt into; and for
//! the emitters what a gate reaches ([`Closure`]).

mod faults;
mod graph;
mod place;
mod values;
mod walk;

use crate::diagnostics::Diagnostics;
use crate::ir::Protocol;
use crate::resolve::Resolved;

use graph::Graph;

/// Checks that every message is whole on every connection. `resolved` is the tree that `protocol` was made of; the
/// reports point into it.
pub fn check(protocol: &Protocol, resolved: &Resolved, diagnostics: &mut Diagnostics) {
    if !protocol.gates.is_empty() {
        faults::report(&Graph::new(protocol), resolved, diagnostics);
    }
}
