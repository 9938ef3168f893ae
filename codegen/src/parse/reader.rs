//! What the grammar reads an item with.
//!
//! In: the tokens of one item, and the text around them. Out: spans of ours for those of the tokenizer, doc comments by
//! place, and reports of what was expected and what was found.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use proc_macro2::Span as TokenSpan;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseBuffer, ParseStream};
use syn::token::Token;

use super::cut::MAX_DEPTH;
use super::faults::Faults;
use super::line::Line;
use super::scan::DocLine;
use super::text;
use crate::ast::{Docs, Name};
use crate::diagnostics::Diagnostic;
use crate::rules;
use crate::source::{FileId, Span};

/// What the grammar returns. A fault has been reported by whoever returns it.
pub(super) type Parsed<T> = Result<T, Reported>;

/// The proof that a fault was reported.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reported(());

/// One item: its tokens are read from a stream, everything else is known here.
pub(super) struct Reader<'a> {
    /// The text of the file, as it is.
    pub(super) text: &'a str,
    /// The text that the tokenizer saw.
    pub(super) clean: &'a str,
    /// Where the item begins.
    pub(super) base: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// What the tokenizer reads of it.
    pub(super) line: Line,
    /// The lines of doc comments in it.
    pub(super) docs: &'a [DocLine],
    /// How many of them have been read or reported.
    pub(super) docs_read: Cell<usize>,
    /// Where the first look left blanks.
    pub(super) blanked: &'a [usize],
    /// How deep the type at hand nests.
    pub(super) depth: Cell<usize>,
    /// What is wrong with the file.
    pub(super) faults: &'a RefCell<&'a mut Faults>,
}

impl Reader<'_> {
    /// The place of a token. The tokenizer saw the item as one line of ASCII, so columns are bytes of that; it answers for
    /// those at once, while it searches for bytes.
    pub(super) fn span(&self, span: TokenSpan) -> Span {
        let start = self.start_of(span);
        // What the tokenizer gives up at is no token, and nothing long.
        self.place(start..self.end_of(span).max(start))
    }

    /// The first byte of a token. The tokenizer looks each up, so what needs no more asks for no more.
    fn start_of(&self, span: TokenSpan) -> usize {
        self.base + self.line.place(span.start().column)
    }

    /// One past the last byte of a token.
    fn end_of(&self, span: TokenSpan) -> usize {
        let end = span.end().column;
        // Blanks after the token may have been left out.
        self.base + end.checked_sub(1).map_or(0, |last| self.line.place(last) + 1)
    }

    fn place(&self, range: Range<usize>) -> Span {
        self.faults.borrow().span(range)
    }

    /// The next token, or the bracket that ends what is read; nothing at the end of the item.
    pub(super) fn here(&self, input: ParseStream) -> Span {
        match self.item_end(input) {
            Some(end) => self.place(end..end),
            None => self.span(input.span()),
        }
    }

    /// Where what [`Reader::here`] tells begins.
    fn here_starts(&self, input: ParseStream) -> usize {
        self.item_end(input)
            .unwrap_or_else(|| self.start_of(input.span()))
    }

    /// The end of the item, where nothing more of it comes.
    fn item_end(&self, input: ParseStream) -> Option<usize> {
        (input.is_empty() && is_nowhere(input.span()))
            .then(|| self.clean[self.base..self.end].trim_ascii_end().len() + self.base)
    }

    /// The end of the token before.
    pub(super) fn end(&self, input: ParseStream) -> usize {
        let before = input.cursor().prev_span();
        self.end_before(self.here_starts(input), before)
    }

    /// The end of the token `before` the one that begins at `here`.
    fn end_before(&self, here: usize, before: TokenSpan) -> usize {
        let end = self.end_of(before);
        if end <= here {
            return end;
        }
        let start = self.start_of(before);
        if start < here {
            // The token before is the bracket that opens the group around this one.
            start + 1
        } else {
            here
        }
    }

    /// From `start` to the end of the token before.
    pub(super) fn since(&self, start: Span, input: ParseStream) -> Span {
        let end = self.end(input).max(start.start as usize);
        self.faults.borrow().span(start.start as usize..end)
    }

    /// The text at `span`, as it is.
    pub(super) fn source(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Takes `T` where it comes next.
    pub(super) fn take<T: Parse + Token>(&self, input: ParseStream) -> Option<Span> {
        let start = input.span();
        self.has::<T>(input)
            .then(|| self.place(self.start_of(start)..self.end_of(input.cursor().prev_span())))
    }

    /// As [`Reader::take`], where nobody asks for the place.
    pub(super) fn has<T: Parse + Token>(&self, input: ParseStream) -> bool {
        input.parse::<Option<T>>().is_ok_and(|token| token.is_some())
    }

    /// Takes `T`, which must come next and is spelled `spelling`.
    pub(super) fn expect<T: Parse + Token>(&self, input: ParseStream, spelling: &str) -> Parsed<Span> {
        self.take::<T>(input)
            .ok_or_else(|| self.expected(input, spelling))
    }

    /// Takes a name: any identifier, words of Rust included.
    pub(super) fn name(&self, input: ParseStream, what: &str) -> Parsed<Name> {
        self.take_name(input).ok_or_else(|| self.expected(input, what))
    }

    /// Takes a name where one comes next.
    pub(super) fn take_name(&self, input: ParseStream) -> Option<Name> {
        let span = self.span(input.call(syn::Ident::parse_any).ok()?.span());
        Some(Name {
            text: self.clean[span.range()].to_owned(),
            span,
        })
    }

    /// Takes a string.
    pub(super) fn string(&self, input: ParseStream, what: &str) -> Parsed<Name> {
        self.take_string(input).ok_or_else(|| self.expected(input, what))
    }

    /// Takes a string where one comes next.
    pub(super) fn take_string(&self, input: ParseStream) -> Option<Name> {
        if self.literal_begins(input) != Some(b'"') {
            return None;
        }
        let span = self.span(input.span());
        self.skip(input);
        Some(Name {
            text: text::value(self.source(span)),
            span,
        })
    }

    /// The first byte of the literal that comes next, where one does. `syn` would read all of it to answer.
    pub(super) fn literal_begins(&self, input: ParseStream) -> Option<u8> {
        input.cursor().literal()?;
        self.clean.as_bytes().get(self.start_of(input.span())).copied()
    }

    /// Whether what comes next is spelled as a word that begins with `word`. `syn` would copy the word to answer.
    pub(super) fn begins_with(&self, input: ParseStream, word: &str) -> bool {
        let rest = self.clean.get(self.here_starts(input)..);
        rest.is_some_and(|rest| rest.starts_with(word))
    }

    /// Takes a name as it stands on the wire: an identifier, or a string.
    pub(super) fn wire_name(&self, input: ParseStream, what: &str) -> Parsed<Name> {
        match self.take_string(input) {
            Some(name) => Ok(name),
            None => self.name(input, what),
        }
    }

    /// Steps into braces.
    pub(super) fn braces<'b>(&self, input: &ParseBuffer<'b>, what: &str) -> Parsed<ParseBuffer<'b>> {
        fn enter<'b>(input: &ParseBuffer<'b>) -> syn::Result<ParseBuffer<'b>> {
            let content;
            syn::braced!(content in input);
            Ok(content)
        }
        enter(input).map_err(|_| self.expected(input, what))
    }

    /// Steps into parentheses.
    pub(super) fn parens<'b>(&self, input: &ParseBuffer<'b>, what: &str) -> Parsed<ParseBuffer<'b>> {
        fn enter<'b>(input: &ParseBuffer<'b>) -> syn::Result<ParseBuffer<'b>> {
            let content;
            syn::parenthesized!(content in input);
            Ok(content)
        }
        enter(input).map_err(|_| self.expected(input, what))
    }

    /// Steps into square brackets.
    pub(super) fn brackets<'b>(&self, input: &ParseBuffer<'b>, what: &str) -> Parsed<ParseBuffer<'b>> {
        fn enter<'b>(input: &ParseBuffer<'b>) -> syn::Result<ParseBuffer<'b>> {
            let content;
            syn::bracketed!(content in input);
            Ok(content)
        }
        enter(input).map_err(|_| self.expected(input, what))
    }

    /// Skips the next token, or the next group.
    pub(super) fn skip(&self, input: ParseStream) {
        let _ = input.parse::<proc_macro2::TokenTree>();
    }

    /// Skips all that is left.
    pub(super) fn skip_all(&self, input: ParseStream) {
        let _ = input.parse::<proc_macro2::TokenStream>();
    }

    /// Reads something that may hold itself.
    pub(super) fn nested<T>(&self, input: ParseStream, read: impl FnOnce() -> Parsed<T>) -> Parsed<T> {
        if self.depth.get() >= MAX_DEPTH {
            return Err(self.report(
                Diagnostic::new(
                    &rules::NESTING_TOO_DEEP,
                    self.here(input),
                    format!("types nest deeper than {MAX_DEPTH}"),
                )
                .label("too deep")
                .help("give the inner types names of their own"),
            ));
        }
        self.depth.set(self.depth.get() + 1);
        let result = read();
        self.depth.set(self.depth.get() - 1);
        result
    }

    /// Takes the doc comment that stands before the next token.
    pub(super) fn docs(&self, input: ParseStream) -> Docs {
        let from = self.docs_read.get();
        if self.docs.get(from).is_none() {
            return Docs::default();
        }
        let here = self.here_starts(input);
        let lines = &self.docs[from..];
        let lines = &lines[..lines.partition_point(|line| line.start < here)];
        if lines.is_empty() {
            return Docs::default();
        }
        self.docs_read.set(from + lines.len());
        let before = input.cursor().prev_span();
        let before = if self.start_of(before) < here {
            self.end_before(here, before)
        } else {
            self.base
        };
        let (passed, lines) = lines.split_at(lines.partition_point(|line| line.start < before));
        self.misplaced(passed);
        let documents = |line: &&DocLine| !line.inner && !line.trailing;
        for line in lines.iter().filter(|line| !documents(line)) {
            self.misplaced(std::slice::from_ref(line));
        }
        let file = self.faults.borrow().span(0..0).file;
        comment(self.text, file, lines.iter().filter(documents))
    }

    /// Leaves out the doc comments before the next token: they belong to something that could not be read.
    pub(super) fn pass_docs(&self, input: ParseStream) {
        let end = self.end(input);
        let passed = self.docs.partition_point(|line| line.start < end);
        self.docs_read.set(self.docs_read.get().max(passed));
    }

    /// Reports doc comments that document nothing.
    pub(super) fn misplaced(&self, lines: &[DocLine]) {
        let one_comment = |a: &DocLine, b: &DocLine| {
            let between = &self.clean[a.end..b.start];
            a.inner == b.inner && !a.trailing && between.bytes().filter(|&byte| byte == b'\n').count() == 1
        };
        for comment in lines.chunk_by(one_comment) {
            self.misplaced_comment(comment);
        }
    }

    fn misplaced_comment(&self, lines: &[DocLine]) {
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            return;
        };
        let span = self.faults.borrow().span(first.start..last.end);
        let fault = if first.inner {
            Diagnostic::new(&rules::MISPLACED_DOCS, span, "`//!` documents the file")
                .label("the file begins before it")
                .help("move it to the head of the file, or write `///` to document what follows")
        } else if first.trailing {
            Diagnostic::new(
                &rules::MISPLACED_DOCS,
                span,
                "a doc comment after what it documents",
            )
            .label("`///` documents what follows it")
            .help("move it to the line before, or write `//`")
        } else {
            Diagnostic::new(
                &rules::MISPLACED_DOCS,
                span,
                "a doc comment that documents nothing",
            )
            .label("nothing that can have one follows")
            .help("write `//` for a plain comment, `//!` at the head of a file for one about the file")
        };
        self.report(fault);
    }

    /// Reports that `what` was expected here.
    pub(super) fn expected(&self, input: ParseStream, what: &str) -> Reported {
        self.report_after(self.end(input), self.expectation(input, what))
    }

    /// As [`Reader::expected`], with the mend.
    pub(super) fn expected_help(&self, input: ParseStream, what: &str, help: impl Into<String>) -> Reported {
        self.report_after(self.end(input), self.expectation(input, what).help(help))
    }

    /// Reports that `what` is missing after the token before, because the next one does not continue it.
    pub(super) fn missing(&self, input: ParseStream, what: &str, after: &str, help: &str) -> Reported {
        let end = self.end(input);
        let span = self.faults.borrow().span(end..end);
        self.report(
            Diagnostic::new(&rules::SYNTAX, span, format!("missing {what} after {after}"))
                .label(format!("expected {what}"))
                .help(help),
        )
    }

    /// Whether the next token is the first on its line, or there is none.
    pub(super) fn begins_line(&self, input: ParseStream) -> bool {
        let between = self.end(input)..self.here(input).start as usize;
        input.is_empty() || self.clean.get(between).is_some_and(|text| text.contains('\n'))
    }

    fn expectation(&self, input: ParseStream, what: &str) -> Diagnostic {
        let (span, found) = self.found(input);
        Diagnostic::new(&rules::SYNTAX, span, format!("expected {what}, found {found}"))
            .label(format!("expected {what}"))
    }

    /// The next token as a reader sees it, and its name.
    pub(super) fn found(&self, input: ParseStream) -> (Span, String) {
        let here = self.here(input);
        let rest = self.clean.get(here.start as usize..).unwrap_or_default();
        if here.start == here.end {
            let what = match rest.trim_ascii_start() {
                "" => "the end of the file",
                _ => "the end of the item",
            };
            return (here, what.to_owned());
        }
        let length = ["...", "..", "->", "=>", "::", ":=", "==", "||", "??"]
            .iter()
            .find(|operator| rest.starts_with(**operator))
            .map_or(here.range().len(), |operator| operator.len());
        let start = here.start as usize;
        let span = self.faults.borrow().span(start..start + length);
        let source = match self.source(span) {
            "" => &self.clean[span.range()],
            source => source,
        };
        let shown: String = source.chars().take(40).collect();
        if shown.len() < length {
            (span, format!("`{}..`", shown.escape_debug()))
        } else {
            (span, format!("`{shown}`"))
        }
    }

    /// Reports a fault, unless the first look has reported something on that line that explains it.
    pub(super) fn report(&self, fault: Diagnostic) -> Reported {
        let at = fault.span.map_or(0, |span| span.start as usize);
        self.report_after(at, fault)
    }

    /// As [`Reader::report`], for a fault that may have begun at `from`.
    fn report_after(&self, from: usize, fault: Diagnostic) -> Reported {
        let at = fault.span.map_or(from, |span| span.start as usize);
        let many = self.faults.borrow().count() > super::faults::LIMIT;
        if many || !self.explained(from.min(at)..at) {
            self.faults.borrow_mut().push(fault);
        }
        Reported(())
    }

    /// Whether the first look left blanks on the lines of `range`.
    fn explained(&self, range: Range<usize>) -> bool {
        if self.blanked.is_empty() {
            return false;
        }
        let bytes = self.clean.as_bytes();
        let line_start = bytes[..range.start]
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        let next = self.blanked.partition_point(|&at| at < line_start);
        self.blanked
            .get(next)
            .is_some_and(|&blank| blank < range.end || !bytes[range.end..blank].contains(&b'\n'))
    }
}

/// Whether a span is that of no token: what the tokenizer gives for the end of an item.
fn is_nowhere(span: TokenSpan) -> bool {
    let end = span.end();
    span.start() == end && end.column == 0
}

/// The text of a doc comment, from its lines.
pub(super) fn comment<'l>(
    text: &str,
    file: FileId,
    lines: impl DoubleEndedIterator<Item = &'l DocLine> + Clone,
) -> Docs {
    let (Some(first), Some(last)) = (lines.clone().next(), lines.clone().next_back()) else {
        return Docs::default();
    };
    let mut words = String::with_capacity(last.end - first.start);
    for line in lines {
        if line.start > first.start {
            words.push('\n');
        }
        let text = &text[line.start + 3..line.end];
        words.push_str(text.strip_prefix(' ').unwrap_or(text).trim_end());
    }
    Docs {
        text: words,
        span: Some(Span::new(file, first.start..last.end)),
    }
}
