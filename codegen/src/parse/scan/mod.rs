//! The first look at a text: comments, strings, numbers and strange characters.
//!
//! In: the bytes of a file. Out: a clean copy that the tokenizer accepts, byte for byte as long as the original and
//! ASCII throughout, so that a token's place is its place in the file; the doc comments; and the landmarks (brackets,
//! semicolons, words that open an item) by which `cut` finds the items.
//!
//! What cannot stay is reported, and overwritten with what the author most likely meant, so that the rest of the item
//! is still read.

mod quoted;

mod strange;

mod lookalikes;

use super::faults::Faults;
use super::text;
use crate::diagnostics::Diagnostic;
use crate::rules;

/// What the first look found.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    /// The text without comments and without what the tokenizer would trip over. ASCII, as long as the original.
    pub(super) clean: String,
    /// Doc comments, line by line, in order.
    pub(super) docs: Vec<DocLine>,
    /// Brackets, semicolons and what may open an item, in order.
    pub(super) landmarks: Vec<Landmark>,
    /// Where something was overwritten with blanks: what the grammar misses there has been reported.
    pub(super) blanked: Vec<usize>,
}

/// One line of a doc comment.
#[derive(Debug)]
pub(super) struct DocLine {
    /// The first slash.
    pub(super) start: usize,
    /// One past the last character of the line.
    pub(super) end: usize,
    /// `//!`, which documents the file.
    pub(super) inner: bool,
    /// Whether something that it cannot document stands before it on its line.
    pub(super) trailing: bool,
}

/// Something by which items are told apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Landmark {
    /// Its first byte.
    pub(super) at: usize,
    /// What it is.
    pub(super) kind: Kind,
    /// Whether it is the first thing on its line.
    pub(super) first: bool,
    /// How far its line is indented.
    pub(super) indent: usize,
    /// Where its line begins.
    pub(super) line: usize,
}

/// What a landmark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `(`, `[` or `{`
    Open(u8),
    /// `)`, `]` or `}`
    Close(u8),
    /// `;`
    Semicolon,
    /// A word that opens an item, first on its line.
    Keyword,
    /// `open` or `closed`, first on its line.
    Qualifier,
    /// A doc comment or an `@`, first on its line.
    Lead,
}

/// Words that open an item, and what must follow for them to do so.
const KEYWORDS: &[(&str, Follows)] = &[
    ("enum", Follows::Name),
    ("envelope", Follows::Brace),
    ("error", Follows::Name),
    ("foreign", Follows::Text),
    ("gate", Follows::Name),
    ("handshake", Follows::Brace),
    ("namespace", Follows::Name),
    ("protocol", Follows::Name),
    ("reserved", Follows::Text),
    ("service", Follows::Name),
    ("struct", Follows::Name),
    ("type", Follows::Name),
    ("union", Follows::Name),
    ("use", Follows::Name),
];

#[derive(Clone, Copy)]
enum Follows {
    Name,
    Brace,
    Text,
}

/// Looks at `text`, in which each of the `invalid` bytes stands for one that is not UTF-8.
pub(super) fn scan(text: &str, invalid: &[usize], faults: &mut Faults) -> Scanned {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: 0,
        line_start: 0,
        line_end: None,
        last: None,
        indent: 0,
        clean: text.as_bytes().to_vec(),
        out: Scanned::default(),
        returns: Vec::new(),
        invalid,
        faults,
    };
    scanner.run();
    scanner.finish()
}

struct Scanner<'a, 'f> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line_start: usize,
    /// Where this line ends, if somebody has asked.
    line_end: Option<usize>,
    /// The last byte of this line that is neither white space nor part of a comment.
    last: Option<u8>,
    /// How far this line is indented, once something stands on it.
    indent: usize,
    clean: Vec<u8>,
    out: Scanned,
    /// Where carriage returns stand that no line feed follows.
    returns: Vec<usize>,
    invalid: &'a [usize],
    faults: &'f mut Faults,
}

impl Scanner<'_, '_> {
    fn run(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.blank(0, 3);
            self.at = 3;
            self.start_line(3);
        }
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => self.end_line(),
                b'\r' => self.carriage_return(),
                b' ' | b'\t' => self.at += 1,
                b'/' if self.next_is(1, b'/') => self.line_comment(),
                b'/' if self.next_is(1, b'*') => self.block_comment(),
                b'"' => self.string(),
                b'\'' | b'`' => self.wrong_quotes(byte as char),
                b'0'..=b'9' => self.number(),
                b'A'..=b'Z' | b'a'..=b'z' | b'_' => self.word(),
                b'(' | b'[' | b'{' => self.landmark(Kind::Open(byte)),
                b')' | b']' | b'}' => self.landmark(Kind::Close(byte)),
                b';' => self.landmark(Kind::Semicolon),
                b'@' if self.last.is_none() => self.landmark(Kind::Lead),
                b'?' if self.invalid.binary_search(&self.at).is_ok() => self.skip_reported(),
                b'\\' | 0..=b' ' | 0x7f => self.stray(),
                0x80.. => self.beyond_ascii(),
                _ => self.significant(1),
            }
        }
    }

    fn finish(mut self) -> Scanned {
        if let [first, rest @ ..] = self.returns.as_slice() {
            let mut fault = Diagnostic::new(
                &rules::BARE_CARRIAGE_RETURN,
                self.faults.span(*first..first + 1),
                "a carriage return without a line feed",
            )
            .label("here")
            .help("end lines with a line feed, or with a carriage return and a line feed");
            if !rest.is_empty() {
                fault = fault.note(format!("{} more in this file", rest.len()));
            }
            self.faults.push(fault);
        }
        // Every byte beyond ASCII was in a comment, a string or a report, all of which are overwritten.
        for byte in &mut self.clean {
            if !byte.is_ascii() {
                *byte = b' ';
            }
        }
        self.out.clean = String::from_utf8(self.clean).unwrap_or_default();
        self.out.blanked.sort_unstable();
        self.out
    }

    fn next_is(&self, ahead: usize, byte: u8) -> bool {
        self.bytes.get(self.at + ahead) == Some(&byte)
    }

    /// Steps over `count` bytes of the language.
    fn significant(&mut self, count: usize) {
        self.see(self.at, self.bytes[self.at + count - 1]);
        self.at += count;
    }

    /// Notes that something that ends with `last` stands at `at`.
    fn see(&mut self, at: usize, last: u8) {
        if self.last.is_none() {
            self.indent = at - self.line_start;
        }
        self.last = Some(last);
    }

    fn end_line(&mut self) {
        self.at += 1;
        self.start_line(self.at);
        self.last = None;
    }

    /// A carriage return ends a line, with or without a line feed, so that one wrong line end does not turn the rest of
    /// the file into a comment.
    fn carriage_return(&mut self) {
        if self.next_is(1, b'\n') {
            self.at += 1;
        } else {
            self.returns.push(self.at);
            self.clean[self.at] = b'\n';
            self.end_line();
        }
    }

    fn landmark(&mut self, kind: Kind) {
        self.landmark_at(self.at, kind);
        self.significant(1);
    }

    fn landmark_at(&mut self, at: usize, kind: Kind) {
        let first = self.last.is_none();
        let indent = if first { at - self.line_start } else { self.indent };
        self.out.landmarks.push(Landmark {
            at,
            kind,
            first,
            indent,
            line: self.line_start,
        });
    }

    fn blank(&mut self, start: usize, end: usize) {
        for byte in &mut self.clean[start..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }

    /// The end of the line that holds `from`, without a carriage return.
    fn line_end(&mut self, from: usize) -> usize {
        // Asked again and again on one line, which may be the whole file.
        let known = self.line_end.filter(|&end| from <= end);
        *self.line_end.insert(known.unwrap_or_else(|| {
            self.bytes[from..]
                .iter()
                .position(|&byte| byte == b'\n' || byte == b'\r')
                .map_or(self.bytes.len(), |length| from + length)
        }))
    }

    fn start_line(&mut self, at: usize) {
        self.line_start = at;
        self.line_end = None;
    }

    fn line_comment(&mut self) {
        let start = self.at;
        let end = self.line_end(start);
        let comment = &self.text[start..end];
        let inner = comment.starts_with("//!");
        if inner || (comment.starts_with("///") && !comment.starts_with("////")) {
            let trailing = self.last.is_some_and(|byte| !b"{[(".contains(&byte));
            if !inner && self.last.is_none() {
                self.landmark_at(start, Kind::Lead);
            }
            self.out.docs.push(DocLine {
                start,
                end,
                inner,
                trailing,
            });
        }
        self.hidden_characters(start, end);
        self.clean[start..end].fill(b' ');
        self.at = end;
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let comment = &self.text[start..];
        let documents = comment.starts_with("/*!")
            || (comment.starts_with("/**") && !comment.starts_with("/***") && !comment.starts_with("/**/"));
        let mut depth = 0usize;
        let mut reopened = None;
        let mut at = start;
        loop {
            match &self.bytes[at.min(self.bytes.len())..] {
                [] => {
                    let mut fault = Diagnostic::new(
                        &rules::UNTERMINATED_COMMENT,
                        self.faults.span(start..start + 2),
                        "a comment that nothing ends",
                    )
                    .label("it begins here")
                    .help("end it with `*/`");
                    if let Some(inner) = reopened {
                        fault = fault.note_at(
                            self.faults.span(inner..inner + 2),
                            "comments nest: this begins another one, which needs a `*/` too",
                        );
                    }
                    self.faults.push(fault);
                    break;
                }
                [b'/', b'*', ..] => {
                    if depth == 1 {
                        reopened = Some(at);
                    }
                    depth += 1;
                    at += 2;
                }
                [b'*', b'/', ..] => {
                    depth -= 1;
                    at += 2;
                    if depth == 0 {
                        break;
                    }
                }
                [b'\n', ..] => {
                    at += 1;
                    self.start_line(at);
                    self.last = None;
                }
                [b'\r', rest @ ..] => {
                    if rest.first() != Some(&b'\n') {
                        self.returns.push(at);
                        self.clean[at] = b'\n';
                    }
                    at += 1;
                }
                _ => at += 1,
            }
        }
        if documents {
            self.faults.push(
                Diagnostic::new(
                    &rules::MISPLACED_DOCS,
                    self.faults.span(start..start + 3),
                    "a doc comment in `/* */`",
                )
                .label("readers would not see it")
                .help("begin each line with `///`, or with `//!` where it documents the file"),
            );
        }
        self.hidden_characters(start, at);
        self.blank(start, at);
        self.at = at;
    }

    /// A number, spelled as in JSON. Everything that looks like a part of it is taken, so that the report shows it whole.
    fn number(&mut self) {
        let start = self.at;
        let mut at = self.word_end(start);
        if self.bytes.get(at) == Some(&b'.') && self.bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
            at = self.word_end(at + 1);
        } else if self.bytes.get(at) == Some(&b'.')
            && !self
                .bytes
                .get(at + 1)
                .is_some_and(|next| *next == b'.' || next.is_ascii_alphabetic())
        {
            at += 1;
        }
        if matches!(self.bytes[at - 1], b'e' | b'E')
            && matches!(self.bytes.get(at), Some(b'+' | b'-'))
            && self.bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
        {
            at = self.word_end(at + 1);
        }
        let spelling = &self.text[start..at];
        if serde_json::from_str::<serde_json::Number>(spelling).is_err() {
            self.faults.push(
                Diagnostic::new(
                    &rules::BAD_NUMBER,
                    self.faults.span(start..at),
                    format!("`{spelling}` is not a number"),
                )
                .label("numbers are spelled as in JSON")
                .help(text::number_help(spelling)),
            );
            let next = self.text[at..].trim_ascii_start().as_bytes().first();
            let is_name = matches!(next, Some(b':' | b'?'));
            self.clean[start..at].fill(if is_name { b'_' } else { b'1' });
        }
        self.significant(at - start);
    }

    fn word_end(&self, from: usize) -> usize {
        self.bytes[from..]
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))
            .map_or(self.bytes.len(), |length| from + length)
    }

    fn word(&mut self) {
        let start = self.at;
        let mut end = self.word_end(start);
        let beyond = self.text[end..]
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(self.text.len() - end);
        if beyond > 0 {
            end += beyond;
            return self.foreign_word(start, end);
        }
        let word = &self.text[start..end];
        if matches!(word, "r" | "b" | "c" | "br" | "cr") && self.prefixed(start, end) {
            return;
        }
        if self.last.is_none() {
            if let "open" | "closed" = word {
                self.landmark_at(start, Kind::Qualifier);
            } else if let Ok(found) = KEYWORDS.binary_search_by_key(&word, |(keyword, _)| keyword)
                && self.follows(end, KEYWORDS[found].1)
            {
                self.landmark_at(start, Kind::Keyword);
            }
        }
        self.significant(end - start);
    }

    /// Whether what follows `end` lets the keyword before it open an item.
    fn follows(&self, end: usize, what: Follows) -> bool {
        let next = self.text[end..].trim_ascii_start().as_bytes().first();
        match what {
            Follows::Name => next.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_'),
            Follows::Brace => next == Some(&b'{'),
            Follows::Text => next == Some(&b'"'),
        }
    }
}
