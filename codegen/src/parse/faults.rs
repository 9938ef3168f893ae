//! The faults of one file, up to a limit.
//!
//! In: reports of the parts of `parse`. Out: at most [`LIMIT`] of them, since a file of noise has one fault per byte.

use std::ops::Range;

use crate::diagnostics::Diagnostic;
use crate::source::{FileId, Span};

/// How many faults of one file are shown.
pub(super) const LIMIT: usize = 100;

/// The faults of one file.
pub(super) struct Faults {
    file: FileId,
    list: Vec<Diagnostic>,
    count: usize,
}

impl Faults {
    /// None yet.
    pub(super) fn new(file: FileId) -> Self {
        Self {
            file,
            list: Vec::new(),
            count: 0,
        }
    }

    /// A place in the file.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range)
    }

    /// Adds a fault.
    pub(super) fn push(&mut self, fault: Diagnostic) {
        self.count += 1;
        if self.count <= LIMIT {
            self.list.push(fault);
        }
    }

    /// How many there are, those over the limit included.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The faults; the last one says how many were left out.
    pub(super) fn into_list(mut self) -> Vec<Diagnostic> {
        let left_out = self.count - self.list.len();
        if left_out > 0
            && let Some(last) = self.list.last_mut()
        {
            last.notes
                .push((None, format!("{left_out} more faults in this file are not shown")));
        }
        self.list
    }
}
