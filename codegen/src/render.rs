//! Diagnostics as people and tools read them.
//!
//! In: reports, and the texts that they point into. Out: text as rustc draws it, JSON lines, or GitHub annotations.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use crate::diagnostics::Diagnostic;
use crate::rules::Severity;
use crate::source::{FileId, SourceMap, Span};

/// For whom diagnostics are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal.
    Human,
    /// For tools: one JSON object a line.
    Json,
    /// For GitHub Actions, which shows them beside the changed lines
    /// (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions>).
    Github,
}

/// Draws `diagnostics` in the order given. `colour` counts with [`Format::Human`] alone.
pub fn render(sources: &SourceMap, diagnostics: &[Diagnostic], format: Format, colour: bool) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        match format {
            Format::Human => human(sources, diagnostic, colour, &mut out),
            Format::Json => json(sources, diagnostic, &mut out),
            Format::Github => github(sources, diagnostic, &mut out),
        }
    }
    if format == Format::Human {
        summary(diagnostics, colour, &mut out);
    }
    out
}

/// More than this many bytes of text are not drawn around a place: lines this long are not read, and slow to draw.
const MAX_DRAWN: usize = 8 << 10;

/// How many bytes on each side of a place are drawn of a line that is too long.
const AROUND: usize = 60;

fn human(sources: &SourceMap, diagnostic: &Diagnostic, colour: bool, out: &mut String) {
    let title = level(diagnostic)
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.rule.code);
    let mut groups = Vec::new();
    let mut apart = Vec::new();
    let main = match diagnostic.span {
        None => {
            apart.extend(&diagnostic.notes);
            Group::with_title(title)
        }
        Some(span) => {
            let mut shown = Window::new(sources, span.file, span.range());
            let mut beside = Vec::new();
            for note in &diagnostic.notes {
                let window = note
                    .0
                    .filter(|other| other.file == span.file)
                    .map(|other| shown.with(sources, span.file, other.range()));
                match (window, note.0) {
                    (Some(Some(window)), Some(other)) => {
                        shown = window;
                        beside.push((other, note.1.as_str()));
                    }
                    _ => apart.push(note),
                }
            }
            let label = Some(diagnostic.label.as_str()).filter(|label| !label.is_empty());
            shown.draw(sources, title, span, label, &beside)
        }
    };
    let mut main = main;
    for (place, note) in apart {
        match place {
            None => main = main.element(Level::NOTE.message(note.as_str())),
            Some(place) => {
                let title = Level::NOTE.secondary_title(note.as_str());
                let window = Window::new(sources, place.file, place.range());
                groups.push(window.draw(sources, title, *place, None, &[]));
            }
        }
    }
    if let Some(help) = &diagnostic.help {
        match groups.last_mut() {
            None => main = main.element(Level::HELP.message(help.as_str())),
            Some(_) => groups.push(Group::with_title(Level::HELP.secondary_title(help.as_str()))),
        }
    }
    groups.insert(0, main);
    out.push_str(&renderer(colour).render(&groups));
    out.push_str("\n\n");
}

fn renderer(colour: bool) -> Renderer {
    match colour {
        true => Renderer::styled(),
        false => Renderer::plain(),
    }
}

fn level(diagnostic: &Diagnostic) -> Level<'static> {
    match diagnostic.rule.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    }
}

/// The part of a file that is drawn.
struct Window {
    range: Range<usize>,
    /// Whether it is a part of a line that is too long to be drawn.
    clipped: bool,
}

impl Window {
    /// The lines that hold `place`.
    fn new(sources: &SourceMap, file: FileId, place: Range<usize>) -> Self {
        let lines = sources.lines_around(file, place.clone());
        if lines.len() <= MAX_DRAWN {
            return Self {
                range: lines,
                clipped: false,
            };
        }
        let end = place.end.min(place.start + MAX_DRAWN);
        Self {
            range: place.start.saturating_sub(AROUND).max(lines.start)..(end + AROUND).min(lines.end),
            clipped: true,
        }
    }

    /// The same with the lines that hold `place`, where that does not make it too large.
    fn with(&self, sources: &SourceMap, file: FileId, place: Range<usize>) -> Option<Self> {
        let lines = sources.lines_around(file, place);
        let range = self.range.start.min(lines.start)..self.range.end.max(lines.end);
        (!self.clipped && range.len() <= MAX_DRAWN).then_some(Self {
            range,
            clipped: false,
        })
    }

    /// Draws it, with `span` underlined, and other places in it.
    fn draw<'a>(
        &self,
        sources: &SourceMap,
        title: annotate_snippets::Title<'a>,
        span: Span,
        label: Option<&'a str>,
        beside: &[(Span, &'a str)],
    ) -> Group<'a> {
        let file = sources.file(span.file);
        // A byte that is not UTF-8 becomes one that is, so that no place moves.
        let mut text = String::with_capacity(self.range.len());
        for chunk in file.bytes[self.range.clone()].utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| '?'));
        }
        let inside = |span: Span| {
            let at = |byte: usize| byte.clamp(self.range.start, self.range.end) - self.range.start;
            let (start, end) = (at(span.range().start), at(span.range().end));
            floor(&text, start)..floor(&text, end)
        };
        let mut annotations = vec![AnnotationKind::Primary.span(inside(span)).label(label)];
        for (place, note) in beside {
            annotations.push(AnnotationKind::Context.span(inside(*place)).label(*note));
        }
        let (line, column) = sources.line_column(span.file, span.range().start);
        let (first_line, _) = sources.line_column(span.file, self.range.start);
        let snippet = Snippet::source(text)
            .line_start(first_line)
            .annotations(annotations);
        if self.clipped {
            let origin = Origin::path(file.display()).line(line).char_column(column);
            return title.element(origin).element(snippet);
        }
        title.element(snippet.path(file.display()))
    }
}

/// The start of the character that holds byte `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0)
}

fn summary(diagnostics: &[Diagnostic], colour: bool, out: &mut String) {
    let count = |severity| {
        diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.rule.severity == severity)
            .count()
    };
    let some = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}s")),
    };
    let errors = some(count(Severity::Error), "error");
    let warnings = some(count(Severity::Warning), "warning");
    let title = match (&errors, &warnings) {
        (None, None) => return,
        (None, Some(warnings)) => Level::WARNING.primary_title(format!("the protocol has {warnings}")),
        (Some(errors), None) => {
            Level::ERROR.primary_title(format!("could not compile the protocol: {errors}"))
        }
        (Some(errors), Some(warnings)) => {
            Level::ERROR.primary_title(format!("could not compile the protocol: {errors}, {warnings}"))
        }
    };
    out.push_str(&renderer(colour).render(&[Group::with_title(title)]));
    out.push('\n');
}

/// A place, for tools: lines and columns from 1, columns in characters, bytes from 0, ends exclusive.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    byte_start: u32,
    byte_end: u32,
}

impl Place {
    fn new(sources: &SourceMap, span: Span) -> Self {
        let (line, column) = sources.line_column(span.file, span.start as usize);
        let (end_line, end_column) = sources.line_column(span.file, span.end as usize);
        Self {
            file: sources.file(span.file).display(),
            line,
            column,
            end_line,
            end_column,
            byte_start: span.start,
            byte_end: span.end,
        }
    }
}

/// One line of [`Format::Json`].
#[derive(Serialize)]
struct Line<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Option<Place>,
    #[serde(skip_serializing_if = "str::is_empty")]
    label: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Note<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct Note<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: Option<Place>,
}

fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.rule.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn json(sources: &SourceMap, diagnostic: &Diagnostic, out: &mut String) {
    let line = Line {
        code: diagnostic.rule.code,
        severity: severity(diagnostic),
        message: &diagnostic.message,
        place: diagnostic.span.map(|span| Place::new(sources, span)),
        label: &diagnostic.label,
        notes: diagnostic
            .notes
            .iter()
            .map(|(place, message)| Note {
                message,
                place: place.map(|span| Place::new(sources, span)),
            })
            .collect(),
        help: diagnostic.help.as_deref(),
    };
    // Strings and numbers under string keys always become JSON.
    out.push_str(&serde_json::to_string(&line).unwrap_or_default());
    out.push('\n');
}

fn github(sources: &SourceMap, diagnostic: &Diagnostic, out: &mut String) {
    let mut text = diagnostic.message.clone();
    for (place, note) in &diagnostic.notes {
        let _ = match place.map(|span| Place::new(sources, span)) {
            Some(place) => write!(text, "\nnote: {}:{}: {note}", place.file, place.line),
            None => write!(text, "\nnote: {note}"),
        };
    }
    if let Some(help) = &diagnostic.help {
        let _ = write!(text, "\nhelp: {help}");
    }
    let mut properties = Vec::new();
    if let Some(place) = diagnostic.span.map(|span| Place::new(sources, span)) {
        properties.push(("file", place.file));
        properties.push(("line", place.line.to_string()));
        properties.push(("endLine", place.end_line.to_string()));
        // Columns are only allowed where the place ends on its line.
        if place.line == place.end_line {
            properties.push(("col", place.column.to_string()));
            properties.push(("endColumn", place.end_column.to_string()));
        }
    }
    properties.push(("title", diagnostic.rule.code.to_owned()));
    out.push_str(&annotation(severity(diagnostic), &properties, &text));
}

/// A line by which GitHub Actions shows `text` beside a place.
pub(crate) fn annotation(level: &str, properties: &[(&str, String)], text: &str) -> String {
    let properties: Vec<String> = properties
        .iter()
        .map(|(name, value)| format!("{name}={}", property(value)))
        .collect();
    format!("::{level} {}::{}\n", properties.join(","), data(text))
}

/// Escapes the text of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
