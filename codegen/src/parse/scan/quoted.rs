//! Strings, in quotes that the language knows and in others.
//!
//! In: the quote, or the prefix, at which the scanner stands. Out: a string that the tokenizer accepts in its place.

use super::super::text;
use super::{Kind, Scanner, lookalikes};
use crate::diagnostics::Diagnostic;
use crate::rules;

impl Scanner<'_, '_> {
    pub(super) fn string(&mut self) {
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
            // A comma, semicolon or opening brace at the end of the line more likely belongs to the language than to the text.
            let text = self.text[start..end].trim_end();
            let tail = text.trim_end_matches([',', ';', '{']).len();
            let close = start + tail.max(2) - 1;
            self.clean[close] = b'"';
            for at in close + 1..start + text.len() {
                self.clean[at] = self.bytes[at];
                match self.bytes[at] {
                    b';' => self.landmark_at(at, Kind::Semicolon),
                    b'{' => self.landmark_at(at, Kind::Open(b'{')),
                    _ => {}
                }
            }
        }
        self.at = end;
        self.see(start, b'"');
    }

    /// A string in quotes that the language does not know.
    pub(super) fn wrong_quotes(&mut self, quote: char) {
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

    /// Takes a string or name with a prefix (`r"x"`, `b"x"`, `r#"x"#`, `r#type`), where there is one at `start`.
    pub(super) fn prefixed(&mut self, start: usize, end: usize) -> bool {
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
}
