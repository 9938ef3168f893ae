//! Definitions that no message holds.
//!
//! In: the tree, and what goes over the wire. Out: reports. Artefacts show only what a method, an error or the envelope
//! reaches, so anything else would silently be in none.

use super::reach::Reach;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resolve::{DefId, Resolved, names_in_shape};
use crate::rules;

/// Reports them; what only another such definition names is not reported beside it.
pub(super) fn check(resolved: &Resolved, reach: &Reach, out: &mut Diagnostics) {
    let unreached = |id: DefId| !reach.inbound(id) && !reach.outbound(id);
    let mut named = vec![false; resolved.definitions.len()];
    for id in resolved.ids().filter(|id| unreached(*id)) {
        names_in_shape(&resolved[id].shape, &mut |other, _| {
            if other != id {
                named[other.index()] = true;
            }
        });
    }
    let mut covered = vec![false; resolved.definitions.len()];
    let (roots, others): (Vec<DefId>, Vec<DefId>) = resolved
        .ids()
        .filter(|id| unreached(*id))
        .partition(|id| !named[id.index()]);
    // A cycle has no root: its first definition stands for it.
    for id in roots.into_iter().chain(others) {
        if covered[id.index()] {
            continue;
        }
        let name = &resolved[id].name;
        out.push(
            Diagnostic::new(
                &rules::UNREACHABLE_DEFINITION,
                name.span,
                format!("no message holds `{}`", name.text),
            )
            .label("reached by no method, declared error or envelope")
            .help("use it, or remove it"),
        );
        let mut queue = vec![id];
        while let Some(id) = queue.pop() {
            if !std::mem::replace(&mut covered[id.index()], true) {
                names_in_shape(&resolved[id].shape, &mut |next, _| queue.push(next));
            }
        }
    }
}
