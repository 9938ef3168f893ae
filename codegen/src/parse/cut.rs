//! Cuts a clean text into items.
//!
//! In: the landmarks of a text. Out: the byte range of each item whose brackets are whole and not too deep, with its
//! docs and marks. Where they are not, the fault is reported, and the item left out; it does not take the next ones
//! with it, since a word that opens an item at the start of a line begins a new one.

use std::ops::Range;

use super::faults::Faults;
use super::scan::{Kind, Landmark, Scanned};
use crate::diagnostics::Diagnostic;
use crate::rules;

/// How deep brackets may nest. Recursive parsers overflow the stack near a thousand.
pub(super) const MAX_DEPTH: usize = 64;

/// The ranges of the items of a text, in order.
pub(super) fn cut(scanned: &Scanned, faults: &mut Faults) -> Vec<Range<usize>> {
    let mut cutter = Cutter {
        clean: scanned.clean.as_bytes(),
        landmarks: &scanned.landmarks,
        balanced: is_balanced(&scanned.landmarks),
        items: Vec::new(),
        start: 0,
        open: Vec::new(),
        counts: [0; 3],
        suspect: None,
        has_keyword: false,
        broken: false,
        faults,
    };
    cutter.run();
    cutter.items
}

/// Whether every bracket of the text has its partner.
fn is_balanced(landmarks: &[Landmark]) -> bool {
    let mut open = Vec::new();
    for landmark in landmarks {
        match landmark.kind {
            Kind::Open(bracket) => open.push(bracket),
            Kind::Close(bracket) if open.pop().map(partner) != Some(bracket) => return false,
            _ => {}
        }
    }
    open.is_empty()
}

struct Cutter<'a> {
    clean: &'a [u8],
    landmarks: &'a [Landmark],
    balanced: bool,
    items: Vec<Range<usize>>,
    /// Where the item at hand begins.
    start: usize,
    /// Its open brackets.
    open: Vec<Bracket>,
    /// How many of them each kind of closing bracket would close, so that none is looked for in vain.
    counts: [usize; 3],
    /// A bracket of it, and the one that closed it although it is indented like another: where one is missing, it is
    /// most likely between the two.
    suspect: Option<(Bracket, usize)>,
    /// Whether the word that opens it has been seen.
    has_keyword: bool,
    /// Whether it has a fault, and must not be read.
    broken: bool,
    faults: &'a mut Faults,
}

#[derive(Clone, Copy)]
struct Bracket {
    byte: u8,
    at: usize,
    /// How far its line is indented.
    indent: usize,
}

impl Cutter<'_> {
    fn run(&mut self) {
        for at in 0..self.landmarks.len() {
            let landmark = self.landmarks[at];
            match landmark.kind {
                Kind::Open(byte) => self.open(byte, landmark),
                Kind::Close(byte) => self.close(byte, landmark),
                Kind::Semicolon if self.open.is_empty() => self.end_item(landmark.at + 1),
                Kind::Semicolon => {}
                Kind::Keyword | Kind::Qualifier | Kind::Lead => self.begin(landmark),
            }
        }
        self.unclosed();
        self.end_item(self.clean.len());
    }

    fn open(&mut self, byte: u8, landmark: Landmark) {
        let at = landmark.at;
        self.counts[kind(partner(byte))] += 1;
        self.open.push(Bracket {
            byte,
            at,
            indent: landmark.indent,
        });
        if self.open.len() == MAX_DEPTH + 1 && !self.broken {
            self.broken = true;
            let outermost = self.open[0].at;
            self.faults.push(
                Diagnostic::new(
                    &rules::NESTING_TOO_DEEP,
                    self.faults.span(at..at + 1),
                    format!("brackets nest deeper than {MAX_DEPTH}"),
                )
                .label("too deep")
                .note_at(
                    self.faults.span(outermost..outermost + 1),
                    "the outermost bracket",
                )
                .help("give the inner parts names of their own"),
            );
        }
    }

    fn pop(&mut self) -> Option<Bracket> {
        let open = self.open.pop()?;
        self.counts[kind(partner(open.byte))] -= 1;
        Some(open)
    }

    /// How many brackets are open that `close` would close.
    fn count(&self, close: u8) -> usize {
        self.counts[kind(close)]
    }

    fn close(&mut self, byte: u8, landmark: Landmark) {
        let at = landmark.at;
        let Some(open) = self.pop() else {
            if !self.broken {
                self.broken = true;
                self.faults.push(
                    Diagnostic::new(
                        &rules::UNBALANCED_BRACKET,
                        self.faults.span(at..at + 1),
                        format!("`{}` closes nothing", byte as char),
                    )
                    .label("no bracket is open here")
                    .help("take it out, or open a bracket for it"),
                );
            }
            return;
        };
        if partner(open.byte) != byte {
            self.mismatch(open, byte, landmark);
            return;
        }
        if landmark.first && self.suspect.is_none() && landmark.indent != open.indent {
            self.suspect = Some((open, at));
        }
        if byte == b'}' && self.open.is_empty() {
            let rest = &self.clean[at + 1..];
            let space = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let rest = &rest[space..];
            // `from` as in `import { Name } from "module"`, which is reported as one fault.
            if !rest.starts_with(b";") && !rest.starts_with(b"from ") {
                self.end_item(at + 1);
            }
        }
    }

    /// `open` is closed by a bracket of another kind.
    fn mismatch(&mut self, open: Bracket, byte: u8, landmark: Landmark) {
        let at = landmark.at;
        // On the line of the bracket that it should close, it is more likely a slip than the end of something larger.
        let slip = landmark.line <= open.at;
        let partner_below = match slip || self.count(byte) == 0 {
            true => None,
            false => self.open.iter().rposition(|below| partner(below.byte) == byte),
        };
        if !self.broken {
            self.broken = true;
            let found = byte as char;
            self.faults.push(match partner_below {
                Some(below) => Diagnostic::new(
                    &rules::UNBALANCED_BRACKET,
                    self.faults.span(open.at..open.at + 1),
                    format!("`{}` is never closed", open.byte as char),
                )
                .label(format!("its `{}` is missing", partner(open.byte) as char))
                .note_at(
                    self.faults.span(at..at + 1),
                    format!(
                        "this `{found}` closes the `{}` before it",
                        self.open[below].byte as char
                    ),
                ),
                None => Diagnostic::new(
                    &rules::UNBALANCED_BRACKET,
                    self.faults.span(at..at + 1),
                    format!("`{found}` does not close `{}`", open.byte as char),
                )
                .label(format!("`{}` is expected", partner(open.byte) as char))
                .note_at(
                    self.faults.span(open.at..open.at + 1),
                    "the bracket that is open here",
                ),
            });
        }
        if let Some(below) = partner_below {
            while self.open.len() > below {
                self.pop();
            }
            if self.open.is_empty() && byte == b'}' {
                self.end_item(at + 1);
            }
        }
    }

    /// Something that may begin an item.
    fn begin(&mut self, landmark: Landmark) {
        if !self.open.is_empty() {
            // In a text whose brackets are whole, this is a field or member of that name.
            if self.balanced || landmark.indent != 0 || landmark.kind == Kind::Lead {
                return;
            }
            self.unclosed();
            self.end_item(self.lead_before(landmark.at));
        } else if self.has_keyword {
            self.end_item(landmark.at);
        }
        if landmark.kind == Kind::Keyword {
            self.has_keyword = true;
        }
    }

    /// Where the docs and marks of the item that begins at `at` begin: the first of the lines before it that are
    /// indented by nothing and hold a mark or doc comment.
    fn lead_before(&self, at: usize) -> usize {
        let before = self.landmarks.partition_point(|landmark| landmark.at < at);
        let mut lead = at;
        for landmark in self.landmarks[..before].iter().rev() {
            match landmark.kind {
                _ if landmark.at < self.start => break,
                Kind::Lead if landmark.indent == 0 => lead = landmark.at,
                Kind::Open(b'(') | Kind::Close(b')') => {}
                _ => break,
            }
        }
        lead
    }

    /// Reports the brackets of the item at hand that are still open, as one fault.
    fn unclosed(&mut self) {
        let Some(&innermost) = self.open.last() else {
            return;
        };
        if !self.broken {
            self.broken = true;
            let (blamed, closer) = match self.suspect {
                Some((bracket, closer)) if bracket.at > innermost.at => (bracket, Some(closer)),
                _ => (innermost, None),
            };
            let close = partner(blamed.byte) as char;
            let mut fault = Diagnostic::new(
                &rules::UNBALANCED_BRACKET,
                self.faults.span(blamed.at..blamed.at + 1),
                format!("`{}` is never closed", blamed.byte as char),
            )
            .label(format!("its `{close}` is missing"));
            if let Some(closer) = closer {
                fault = fault.note_at(
                    self.faults.span(closer..closer + 1),
                    format!("this `{close}` is indented like that of an outer bracket"),
                );
            }
            self.faults.push(fault);
        }
        self.forget_open();
    }

    fn forget_open(&mut self) {
        self.open.clear();
        self.counts = [0; 3];
    }

    fn end_item(&mut self, end: usize) {
        let range = self.start..end;
        if !self.broken && !self.clean[range.clone()].iter().all(u8::is_ascii_whitespace) {
            self.items.push(range);
        }
        self.start = end;
        self.forget_open();
        self.suspect = None;
        self.has_keyword = false;
        self.broken = false;
    }
}

/// The index of a closing bracket in counts of them.
fn kind(close: u8) -> usize {
    match close {
        b')' => 0,
        b']' => 1,
        _ => 2,
    }
}

fn partner(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}
