//! Diagnostics as text, for people and for programs.
//!
//! In: diagnostics and the texts that they point into. Out: lines to print.

use crate::diagnostics::Diagnostic;
use crate::source::{SourceMap, Span};

/// How diagnostics are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// For people.
    Human,
    /// One JSON object per line.
    Json,
    /// Annotations of GitHub's CI.
    Github,
}

/// The text of `list`.
pub fn render(sources: &SourceMap, list: &[Diagnostic], _format: Format, _colour: bool) -> String {
    let place = |span: Option<Span>| {
        span.map_or_else(String::new, |span| {
            let (line, column) = sources.line_column(span.file, span.start as usize);
            format!(" at {}:{line}:{column}", sources.file(span.file).display())
        })
    };
    let mut text = String::new();
    for each in list {
        let (code, message) = (each.rule.code, &each.message);
        text.push_str(&format!(
            "{:?}[{code}]: {message}{}\n",
            each.rule.severity,
            place(each.span)
        ));
        for (span, note) in &each.notes {
            text.push_str(&format!("  note: {note}{}\n", place(*span)));
        }
        if let Some(help) = &each.help {
            text.push_str(&format!("  help: {help}\n"));
        }
    }
    text
}
