//! Gates: what each of them reaches, and what a message is without it.
//!
//! In: the model. Out: reports of protocols in which a connection could get, or need, what it did not opt into; and for
//! the emitters what a gate reaches ([`Closure`]).

mod closure;
mod faults;
mod graph;
mod mentions;
mod place;
mod profile;
mod values;
mod walk;

pub use closure::{Closure, GatedPart, Gates, PartKind, WayOut, way_out};
pub use profile::{EXPERIMENTAL, STABLE, profile, stable};

use crate::diagnostics::Diagnostics;
use crate::ir::Protocol;
use crate::resolve::Resolved;

use graph::Graph;

/// Checks that every message is whole on every connection. `resolved` is the tree that `protocol` was made of; the
/// reports point into it.
pub fn check(protocol: &Protocol, resolved: &Resolved, diagnostics: &mut Diagnostics) {
    if !protocol.gates.is_empty() {
        let graph = Graph::new(protocol);
        faults::report(&graph, resolved, diagnostics);
        mentions::report(&graph, resolved, diagnostics);
    }
}
