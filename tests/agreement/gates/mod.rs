//! The proof that gates hold, driven by the model: of what is emitted, received and sent.
//!
//! In: `protocol.json`. Out: what a connection could use, see or be sent that it did not opt into, or be refused or denied
//! that it may have. Nothing here knows the compiler's own idea of what a gate reaches, and no gated place is named.

mod artefacts;
mod cases;
mod chains;
mod faults;
mod forms;
mod outbound;
mod receiving;
mod sending;
mod uses;
mod values;
mod wire;

use std::collections::BTreeSet;

use wiregate_codegen::ir::Protocol;

/// Names of open gates.
type Open<'a> = BTreeSet<&'a str>;

/// All combinations of the gates of a protocol.
fn combinations(model: &Protocol) -> Vec<Open<'_>> {
    let gates: Vec<&str> = model.gates.keys().map(String::as_str).collect();
    let chosen = |bits: u32| {
        let some = gates.iter().enumerate();
        some.filter(|(index, _)| bits >> index & 1 == 1)
            .map(|(_, gate)| *gate)
            .collect()
    };
    (0..1 << gates.len()).map(chosen).collect()
}

/// Runs what talks to servers.
fn in_runtime(talk: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.expect("there are no limits").block_on(talk);
}
