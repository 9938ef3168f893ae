//! What the compiler has to say about a protocol.
//!
//! In: reports of the passes. Out: a list in the order of files and places, drawn by `render`.

use std::cell::Cell;

use crate::rules::{Rule, Severity};
use crate::source::Span;

/// One report.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The rule that it breaks.
    pub rule: &'static Rule,
    /// What is wrong: lowercase, no full stop, stands alone.
    pub message: String,
    /// The smallest span that shows it; none where no file can be blamed.
    pub span: Option<Span>,
    /// What that span is.
    pub label: String,
    /// Other places, and facts without one.
    pub notes: Vec<(Option<Span>, String)>,
    /// The mend.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A report that `rule` is broken at `span`.
    pub fn new(rule: &'static Rule, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self {
            rule,
            message: message.into(),
            span: span.into(),
            label: String::new(),
            notes: Vec::new(),
            help: None,
        }
    }

    /// Says what the span is.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Points at another place.
    pub fn note_at(mut self, span: Span, note: impl Into<String>) -> Self {
        self.notes.push((Some(span), note.into()));
        self
    }

    /// Adds a fact.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push((None, note.into()));
        self
    }

    /// Says how to mend it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The reports of a compilation. Dropping it unread panics in debug builds: no report may be lost.
#[derive(Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    read: Cell<bool>,
}

impl Diagnostics {
    /// No reports.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a report.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Whether there is an error.
    pub fn has_errors(&self) -> bool {
        self.list
            .iter()
            .any(|diagnostic| diagnostic.rule.severity == Severity::Error)
    }

    /// How many reports there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The reports, by file and place; those without a place first.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.read.set(true);
        let mut list = std::mem::take(&mut self.list);
        list.sort_by(|a, b| (a.span, a.rule.code).cmp(&(b.span, b.rule.code)));
        list
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        if cfg!(debug_assertions) && !self.list.is_empty() && !self.read.get() && !std::thread::panicking() {
            panic!(
                "{} diagnostics dropped unread, the first: {}",
                self.list.len(),
                self.list[0].message
            );
        }
    }
}
