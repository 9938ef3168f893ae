//! The first look at a text: comments, strings, numbers and strange characters.
//!
//! In: the bytes of a file. Out: a clean copy that the tokenizer accepts, byte for byte as long as the original and
//! ASCII throughout, so that a token's place is its place in the file; the doc comments; and the landmarks (brackets,
//! semicolons, words that open an item) by which `cut` finds the items.
//!
//! What cannot stay is reported, and overwritten with what the author most likely meant, so that the rest of the item
//! is still read.

use super::faults::Faults;
use super::lookalikes;
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
        self.blank(start, end);
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

    fn string(&mut self) {
        let start = self.at;
        let mut at = start + 1;
        loop {
            match self.bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => at += self.escape(at),
                None | Some(b'\n' | b'\r') => return self.unterminated(start, at),
                Some(b'?') if self.invalid.binary_search(&at).is_ok() => at += 1,
                Some(byte) => {
                    if !byte.is_ascii() {
                        self.clean[at] = b'_';
                    }
                    at += 1;
                }
            }
        }
        self.hidden_characters(start, at);
        self.at = at;
        self.significant(1);
    }

    /// Looks at the escape at `at` in a string, and answers how long it is.
    fn escape(&mut self, at: usize) -> usize {
        let (length, fault) = match text::escape(&self.text[at..]) {
            Ok((_, length)) => (length, None),
            Err(bad) => (bad.length, Some(bad.help)),
        };
        if let Some(help) = fault {
            let spelling = &self.text[at..at + length];
            self.faults.push(
                Diagnostic::new(
                    &rules::BAD_ESCAPE,
                    self.faults.span(at..at + length),
                    match spelling.contains(char::is_control) {
                        true => "unknown escape of a control character".to_owned(),
                        false => format!("unknown escape `{spelling}`"),
                    },
                )
                .label("a string knows `\\\"`, `\\\\`, `\\n`, `\\r`, `\\t` and `\\u{..}`")
                .help(help),
            );
        }
        for byte in &mut self.clean[at..at + length] {
            if *byte != b'\n' {
                *byte = b'_';
            }
        }
        if let Some(line) = self.text[at..at + length].rfind('\n') {
            self.start_line(at + line + 1);
        }
        length
    }

    fn unterminated(&mut self, start: usize, end: usize) {
        let length = end - start;
        self.faults.push(
            Diagnostic::new(
                &rules::UNTERMINATED_STRING,
                self.faults.span(start..end),
                "a string that nothing ends",
            )
            .label("it ends with its line")
            .help("close it with `\"`; to continue on the next line, end this one with `\\`"),
        );
        self.out.blanked.push(start);
        self.hidden_characters(start, end);
        // `"` alone cannot become a string of the same length; nothing is read in its place.
        self.blank(start, end);
        if length >= 2 {
            self.clean[start] = b'"';
            // A comma or bracket at the end of the line more likely belongs to the language than to the text.
            let text = self.text[start..end].trim_end();
            let tail = text.trim_end_matches([',', ';']).len();
            let close = start + tail.max(2) - 1;
            self.clean[close] = b'"';
            for at in close + 1..start + text.len() {
                self.clean[at] = self.bytes[at];
                if self.bytes[at] == b';' {
                    self.landmark_at(at, Kind::Semicolon);
                }
            }
        }
        self.at = end;
        self.see(start, b'"');
    }

    /// A string in quotes that the language does not know.
    fn wrong_quotes(&mut self, quote: char) {
        let start = self.at;
        let inner = start + quote.len_utf8();
        let line = &self.text[inner..self.line_end(inner)];
        let closing = line
            .char_indices()
            .find(|(_, c)| lookalikes::closes(quote, *c))
            .map(|(at, c)| (inner + at, inner + at + c.len_utf8()));
        let Some((close, end)) = closing else {
            return self.stray();
        };
        let spelling = &self.text[inner..close];
        let mut fault = Diagnostic::new(
            &rules::WRONG_QUOTES,
            self.faults.span(start..end),
            format!("a string in {}", lookalikes::quote_name(quote)),
        )
        .label("strings stand in `\"`");
        if spelling.len() <= 60 && !spelling.contains(['"', '\\']) {
            fault = fault.help(format!("write `\"{spelling}\"`"));
        }
        self.faults.push(fault);
        for byte in &mut self.clean[start..end] {
            *byte = b'_';
        }
        self.clean[start] = b'"';
        self.clean[end - 1] = b'"';
        self.at = end;
        self.see(start, b'"');
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

    /// Takes a string or name with a prefix (`r"x"`, `b"x"`, `r#"x"#`, `r#type`), where there is one at `start`.
    fn prefixed(&mut self, start: usize, end: usize) -> bool {
        let prefix = &self.text[start..end];
        let rest = &self.text[end..];
        let hashes = rest.len() - rest.trim_start_matches('#').len();
        let after = &rest[hashes..];
        let (fault, next) = if after.starts_with('"') || (hashes == 0 && after.starts_with('\'')) {
            let fault = format!("a string with the prefix `{prefix}{}`", &rest[..hashes]);
            (fault, end + hashes)
        } else if hashes == 1
            && prefix == "r"
            && after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        {
            ("a name with the prefix `r#`".to_owned(), end + 1)
        } else {
            return false;
        };
        self.faults.push(
            Diagnostic::new(&rules::SYNTAX, self.faults.span(start..next), fault)
                .label("not needed here")
                .help("leave the prefix out"),
        );
        self.blank(start, next);
        self.at = next;
        let line = &self.text[next..self.line_end(next)];
        if prefix.contains('r')
            && after.starts_with('"')
            && let Some(length) = line[1..].find(&format!("\"{}", &rest[..hashes]))
        {
            // Neither escapes nor quotes mean anything in a raw string.
            let close = next + 1 + length;
            for byte in &mut self.clean[next + 1..close] {
                if *byte != b'\n' {
                    *byte = b'_';
                }
            }
            self.blank(close + 1, close + 1 + hashes);
            self.at = close + 1 + hashes;
            self.see(start, b'"');
        }
        true
    }

    /// A word with letters beyond ASCII.
    fn foreign_word(&mut self, start: usize, end: usize) {
        let word = &self.text[start..end];
        self.faults.push(
            Diagnostic::new(
                &rules::STRAY_CHARACTER,
                self.faults.span(start..end),
                format!("`{word}` has letters beyond ASCII"),
            )
            .label("names are made of `A` to `Z`, `a` to `z`, digits and `_`")
            .help(format!("a name on the wire may stand in quotes: `\"{word}\"`")),
        );
        for byte in &mut self.clean[start..end] {
            if !byte.is_ascii() {
                *byte = b'_';
            }
        }
        self.at = end;
        self.see(start, b'_');
    }

    fn beyond_ascii(&mut self) {
        let Some(found) = self.text[self.at..].chars().next() else {
            self.at += 1;
            return;
        };
        if lookalikes::is_quote(found) {
            self.wrong_quotes(found);
        } else if found.is_alphabetic() {
            let rest = &self.text[self.at..];
            let length = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            self.foreign_word(self.at, self.at + length);
        } else if let Some((meant, name)) = lookalikes::meant(found) {
            self.lookalike(found, meant, name);
        } else {
            self.stray();
        }
    }

    /// A character that looks like one of the language.
    fn lookalike(&mut self, found: char, meant: u8, name: &str) {
        let start = self.at;
        let end = start + found.len_utf8();
        let mut fault = Diagnostic::new(
            &rules::STRAY_CHARACTER,
            self.faults.span(start..end),
            match name.starts_with(['e', 'i']) {
                true => format!("an {name} (U+{:04X})", found as u32),
                false => format!("a {name} (U+{:04X})", found as u32),
            },
        );
        fault = if meant == b' ' {
            fault.label("this is not a space").help("write a space")
        } else {
            fault
                .label(format!("it only looks like `{}`", meant as char))
                .help(format!("write `{}`", meant as char))
        };
        self.faults.push(fault);
        self.blank(start, end);
        self.clean[start] = meant;
        if meant == b'-' {
            // A dash is as often a bullet as a minus.
            self.out.blanked.push(start);
        }
        match meant {
            b'(' | b'[' | b'{' => self.landmark_at(start, Kind::Open(meant)),
            b')' | b']' | b'}' => self.landmark_at(start, Kind::Close(meant)),
            b';' => self.landmark_at(start, Kind::Semicolon),
            _ => {}
        }
        self.at = end;
        if meant != b' ' {
            self.see(start, meant);
        }
    }

    /// A run of characters that mean nothing here.
    fn stray(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        let length = rest
            .char_indices()
            .skip(1)
            .find(|&(_, c)| !is_stray(c))
            .map_or(rest.len(), |(at, _)| at);
        let end = start + length;
        let run = &self.text[start..end];
        let first = run.chars().next().unwrap_or_default();
        let message = if run.chars().nth(1).is_some() {
            "characters that mean nothing here".to_owned()
        } else if is_hidden(first) || first.is_whitespace() {
            format!("the character U+{:04X} means nothing here", first as u32)
        } else {
            format!("the character `{first}` means nothing here")
        };
        let help = match first {
            '\'' | '`' => "strings stand in `\"`",
            _ => "take it out, or put it into a string or a comment",
        };
        self.faults.push(
            Diagnostic::new(&rules::STRAY_CHARACTER, self.faults.span(start..end), message)
                .label("not part of the language")
                .help(help),
        );
        self.blank(start, end);
        self.out.blanked.push(start);
        self.at = end;
    }

    /// A byte that is not UTF-8, which has been reported.
    fn skip_reported(&mut self) {
        self.blank(self.at, self.at + 1);
        self.out.blanked.push(self.at);
        self.at += 1;
    }

    /// Reports what a reader cannot see in a comment or string: control characters, and those that reorder the text
    /// around them.
    fn hidden_characters(&mut self, start: usize, end: usize) {
        let text = &self.text[start..end];
        if !text.bytes().any(|byte| !(b' '..0x7f).contains(&byte)) {
            return;
        }
        for (at, c) in text.char_indices().filter(|&(_, c)| is_hidden(c)) {
            let at = start + at;
            self.faults.push(
                Diagnostic::new(
                    &rules::STRAY_CHARACTER,
                    self.faults.span(at..at + c.len_utf8()),
                    format!("the invisible character U+{:04X}", c as u32),
                )
                .label("a reader cannot see it")
                .help(format!("take it out; in a string, write `\\u{{{:x}}}`", c as u32)),
            );
            if c.is_ascii() {
                self.clean[at] = b'_';
            }
        }
    }
}

/// Whether `c` continues a run of characters that mean nothing.
fn is_stray(c: char) -> bool {
    match c {
        '\\' | '\x7f' => true,
        '\t' | '\n' | '\r' => false,
        c if c < ' ' => true,
        c if c.is_ascii() => false,
        c => !c.is_alphabetic() && !lookalikes::is_quote(c) && lookalikes::meant(c).is_none(),
    }
}

/// Control characters, and those that change the direction of text (<https://www.unicode.org/reports/tr9/>).
fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}')
}
