//! The rules: what grammar and names cannot say.
//!
//! In: [`Resolved`]. Out: [`Checked`], which nothing else makes; all rules hold of it, those of every target included.

mod reach;

pub use reach::Reach;

use crate::diagnostics::Diagnostics;
use crate::resolve::Resolved;

/// A protocol of which all rules hold.
#[derive(Debug)]
pub struct Checked {
    resolved: Resolved,
    reach: Reach,
}

impl Checked {
    /// The tree.
    pub fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    /// Who sends what.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }
}

/// Checks every rule. None when an error was reported.
pub fn check(resolved: Resolved, diagnostics: &mut Diagnostics) -> Option<Checked> {
    let reach = Reach::new(&resolved);
    (!diagnostics.has_errors()).then_some(Checked { resolved, reach })
}
