//! The rules: what grammar and names cannot say.
//!
//! In: [`Resolved`]. Out: [`Checked`], which nothing else makes; all rules hold of it, those of every target included.

mod names;

mod collisions;

mod fields;

mod flatten;

mod unions;

mod ambiguity;

mod defaults;

mod methods;

mod paths;

mod handshake;

mod gates;

mod marks;

mod docs;

mod reach;

mod unreachable;

mod allow;

mod bodies;

mod types;

pub use reach::Reach;

use std::panic::resume_unwind;

use crate::date::Date;
use crate::diagnostics::Diagnostics;
use crate::resolve::Resolved;
use crate::rules;

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

/// Checks every rule. None when an error was reported. Where it is told which day it is, it warns of decisions that are due.
pub fn check(resolved: Resolved, today: Option<Date>, diagnostics: &mut Diagnostics) -> Option<Checked> {
    let reach = Reach::new(&resolved);
    let mut found = Diagnostics::new();
    std::thread::scope(|scope| {
        // The rules about words look at most of the text, and take as long as the others together.
        let words = scope.spawn(|| {
            let mut found = Diagnostics::new();
            docs::check(&resolved, &mut found);
            found
        });
        names::check(&resolved, &mut found);
        collisions::check(&resolved, &mut found);
        fields::check(&resolved, &mut found);
        flatten::check(&resolved, &mut found);
        unions::check(&resolved, &mut found);
        ambiguity::check(&resolved, &mut found);
        defaults::check(&resolved, &mut found);
        methods::check(&resolved, &mut found);
        handshake::check(&resolved, &mut found);
        gates::check(&resolved, today, &mut found);
        marks::check(&resolved, &reach, &mut found);
        let words = words.join().unwrap_or_else(|panic| resume_unwind(panic));
        words
            .into_sorted()
            .into_iter()
            .for_each(|report| found.push(report));
    });
    // A method that is at fault may be what should reach them.
    if !found.has_errors() {
        unreachable::check(&resolved, &reach, &mut found);
    }
    let unasked = today.is_none().then_some(rules::DECISION_DUE.code);
    allow::apply(&resolved, unasked, found, diagnostics);
    (!diagnostics.has_errors()).then_some(Checked { resolved, reach })
}
