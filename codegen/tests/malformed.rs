//! Whatever the text is, it is answered with a tree or with reports: never a panic, an overflow of the stack or a wait.
//!
//! Every text here goes through parsing and all three ways of drawing its reports, whose places must lie in the text.

use std::path::Path;
use std::{fs, io};

use wiregate_codegen::diagnostics::{Diagnostic, Diagnostics};
use wiregate_codegen::parse::parse;
use wiregate_codegen::render::{Format, render};
use wiregate_codegen::source::{MAX_FILE_BYTES, SourceMap, Span};
use wiregate_codegen::{compile, rules};

/// What every text must pass; returns the codes of its reports.
fn check(text: impl Into<Vec<u8>>) -> Vec<&'static str> {
    check_all(vec![text.into()])
}

/// As [`check`], for many small texts at once.
fn check_all(texts: Vec<Vec<u8>>) -> Vec<&'static str> {
    let count = texts.len();
    let named = texts
        .into_iter()
        .enumerate()
        .map(|(at, text)| (format!("{at}.idl"), text));
    let sources = SourceMap::from_files(named);
    let mut diagnostics = Diagnostics::new();
    let files = parse(&sources, &mut diagnostics);
    assert_eq!(files.len(), count, "every file has a tree");
    let list = diagnostics.into_sorted();
    check_reports(&sources, &list);
    list.iter().map(|diagnostic| diagnostic.rule.code).collect()
}

fn check_reports(sources: &SourceMap, list: &[Diagnostic]) {
    for diagnostic in list {
        let notes = diagnostic.notes.iter().filter_map(|(span, _)| *span);
        for span in diagnostic.span.into_iter().chain(notes) {
            check_place(sources, span, &diagnostic.message);
        }
    }
    for format in [Format::Human, Format::Json, Format::Github] {
        let drawn = render(sources, list, format, false);
        assert_eq!(drawn.is_empty(), list.is_empty());
    }
}

fn check_place(sources: &SourceMap, span: Span, message: &str) {
    let bytes = &sources.file(span.file).bytes;
    let range = span.range();
    assert!(
        range.start <= range.end && range.end <= bytes.len(),
        "{message}: {range:?} of {}",
        bytes.len()
    );
    if let Ok(text) = std::str::from_utf8(bytes) {
        let whole = text.is_char_boundary(range.start) && text.is_char_boundary(range.end);
        assert!(whole, "{message}: {range:?} cuts a character");
    }
}

#[test]
fn a_million_of_what_is_not_read_is_answered() {
    // Brackets without a partner, strings and comments never reach the tokenizer.
    for part in [
        "{", "(", "[", "({[", "]})", "{\n", "/*", "\"", "\r", "\0", "a", "9", "é", "\u{202e}",
    ] {
        check(part.repeat(1_000_000 / part.len()));
    }
}

#[test]
fn many_of_anything_are_answered() {
    for part in [
        "}", "]", "<", ">", "}\n", "'", "`", "#", "@", ";", ",", "-", "“", "|", "?\n", "///\n", "//!\n",
        "/**/", "§ ",
    ] {
        check(part.repeat(20_000));
    }
}

#[test]
fn many_inside_of_an_item_are_answered() {
    for (before, part, after) in [
        ("struct A { a: json = ", "[", " }"),
        ("struct A { a: json = ", "{ a: ", "1 }"),
        ("struct A { a: ", "list<", "string }"),
        ("struct A { a: ", "Option<", "string> }"),
        ("struct A { a: string", " | null", " }"),
        ("struct A { ", "a: string; ", "}"),
        ("struct A { ", "a b, ", "}"),
        ("struct A {\n", "/// docs\n", "}"),
        ("struct A {\n", "a: string\n", "}"),
        ("struct A { a: json = [", "(", "}"),
        ("struct A { a: ", "aaaaaaaaaa", "}"),
        ("struct A { a: string = \"", "\\u", "\" }"),
        ("struct A { a: i64 = ", "1.5e", "}"),
        ("union A untagged { ", "a { b: c, ", "}"),
        ("", "struct A {\n", ""),
        ("", "struct A }\n", ""),
        ("", "@gate(", ""),
        ("@allow(a", "-a", ", \"b\") struct A {}"),
        ("use a", ".a", ";"),
        ("service A { ", "client request ", "}"),
        ("enum A { ", "\"a\" accepts ", "}"),
        ("enum A { a ", "accepts \"b\" ", "}"),
        ("\"", "§ \n", "struct A {}"),
    ] {
        check(format!("{before}{}{after}", part.repeat(100_000 / part.len())));
    }
}

#[test]
fn brackets_that_cross_are_answered() {
    let half = 500_000;
    for (open, close) in [
        ("(", "]"),
        ("{\n", "]\n"),
        ("[{", ")}"),
        ("[\n", "}\n"),
        ("{\n", "}\n"),
    ] {
        check(format!("{}{}", open.repeat(half), close.repeat(half)));
    }
}

#[test]
fn files_over_the_limit_are_refused() {
    let codes = check(vec![b' '; MAX_FILE_BYTES + 1]);
    assert_eq!(codes, [rules::FILE_TOO_LARGE.code]);
    let codes = check(
        "struct A { a: list<string> }\n"
            .repeat(10 << 20 >> 5)
            .into_bytes(),
    );
    assert_eq!(codes, [rules::FILE_TOO_LARGE.code]);
}

/// A text with places for bytes: at the head, between items, in a body, in a name, a string, a comment and docs.
const PLACES: &str = "\u{1}//! Docs.\u{1}\nuse a.\u{1}B;\n/// Do\u{1}cs.\nstruct Na\u{1}me {\u{1}\n    field\u{1}: \
                      \u{1}list<\u{1}string>\u{1} = \"te\u{1}xt\",\u{1} // com\u{1}ment\n}\n\u{1}/* com\u{1}ment */ \
                      enum E { a, \"b\"\u{1} }\u{1}";

fn with_inserted(inserted: &[u8]) -> Vec<Vec<u8>> {
    let parts: Vec<&str> = PLACES.split('\u{1}').collect();
    (1..parts.len())
        .map(|at| {
            let mut text = parts[..at].concat().into_bytes();
            text.extend(inserted);
            text.extend(parts[at..].concat().bytes());
            text
        })
        .collect()
}

#[test]
fn every_byte_is_answered_everywhere() {
    check_all((0..=255).flat_map(|byte| with_inserted(&[byte])).collect());
}

#[test]
fn every_pair_of_telling_bytes_is_answered_everywhere() {
    let telling = b"\"'`/*\\\r\n#@({]<>-=.;9r_\x00\xc3\xff";
    let pairs = telling
        .iter()
        .flat_map(|first| telling.iter().map(move |second| [*first, *second]));
    for pair in pairs.collect::<Vec<_>>().chunks(256) {
        check_all(pair.iter().flat_map(|pair| with_inserted(pair)).collect());
    }
}

/// The protocol of this repository, and the file that uses every construct.
fn real() -> Vec<(String, Vec<u8>)> {
    fn below(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                below(&entry.path(), &format!("{path}/"), files)?;
            } else {
                files.push((path, fs::read(entry.path())?));
            }
        }
        Ok(())
    }
    let mut files = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol.idl");
    below(&folder, "", &mut files).expect("the protocol of this repository is readable");
    files.sort();
    files
}

/// Pseudo-random numbers (xorshift), the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }

    fn mutate(&mut self, text: &mut Vec<u8>) {
        const PIECES: &[&str] = &[
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            "<",
            ">",
            "\"",
            "'",
            "/*",
            "*/",
            "//",
            "///",
            "//!",
            ",",
            ";",
            ":",
            "?",
            "|",
            "=",
            "->",
            "...",
            "@",
            "@gate(",
            "#",
            "\\",
            "\r",
            "\n",
            "\n\n",
            " ",
            "0x",
            "1e",
            "é",
            "“",
            "\u{feff}",
            "null",
            "open ",
            "closed ",
            "struct ",
            "enum ",
            "union ",
            "type ",
            "use ",
            "service ",
            "reserved ",
            "accepts ",
            "as ",
            "patch ",
            "list<",
            "map<",
            "r#\"",
            "\0",
            "\u{202e}",
            "\n@",
            "\nstruct A {",
        ];
        let start = self.roll(text.len() + 1);
        let end = (start + self.roll(40)).min(text.len());
        match self.roll(6) {
            0 => text.truncate(start),
            1 => drop(text.drain(start..end)),
            2 => {
                let copy = text[start..end].to_vec();
                let at = self.roll(text.len() + 1);
                text.splice(at..at, copy);
            }
            3 if start < text.len() => text[start] = self.roll(256) as u8,
            _ => drop(text.splice(start..start, PIECES[self.roll(PIECES.len())].bytes())),
        }
    }
}

#[test]
fn mutated_files_are_answered() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut files: Vec<Vec<u8>> = real().into_iter().map(|(_, text)| text).collect();
    files.push(include_bytes!("parse/everything.idl").to_vec());
    for _ in 0..12 {
        let mut texts = files.clone();
        for text in &mut texts {
            // Large files are cut so that every round sees many mutations and little text.
            let from = dice.roll(text.len().saturating_sub(4_000));
            text.drain(..from);
            text.truncate(4_000);
            (0..=dice.roll(4)).for_each(|_| dice.mutate(text));
        }
        check_all(texts);
    }
}

#[test]
fn a_mutated_protocol_is_answered_by_every_pass() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let files = real();
    for _ in 0..20 {
        let mut files = files.clone();
        let at = dice.roll(files.len());
        dice.mutate(&mut files[at].1);
        let sources = SourceMap::from_files(files);
        let (protocol, diagnostics) = compile(&sources);
        let failed = diagnostics.has_errors();
        assert_eq!(protocol.is_none(), failed, "a protocol comes out, or an error");
        check_reports(&sources, &diagnostics.into_sorted());
    }
}
