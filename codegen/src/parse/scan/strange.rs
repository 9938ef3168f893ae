//! Characters that the language does not know.
//!
//! In: such a character, at which the scanner stands. Out: a report, and in its place what was most likely meant.

use super::{Kind, Scanner, lookalikes};
use crate::diagnostics::Diagnostic;
use crate::rules;

impl Scanner<'_, '_> {
    /// A word with letters beyond ASCII.
    pub(super) fn foreign_word(&mut self, start: usize, end: usize) {
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

    pub(super) fn beyond_ascii(&mut self) {
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
    pub(super) fn stray(&mut self) {
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
    pub(super) fn skip_reported(&mut self) {
        self.blank(self.at, self.at + 1);
        self.out.blanked.push(self.at);
        self.at += 1;
    }

    /// Reports what a reader cannot see in a comment or string: control characters, and those that reorder the text
    /// around them.
    pub(super) fn hidden_characters(&mut self, start: usize, end: usize) {
        let text = &self.text[start..end];
        // All bytes are looked at, which the compiler does many at a time.
        if !text
            .bytes()
            .fold(false, |odd, byte| odd | !(b' '..0x7f).contains(&byte))
        {
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
