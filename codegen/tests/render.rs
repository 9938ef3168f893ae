//! Reports for tools: JSON lines and GitHub annotations, with their escapes; and what is drawn across files.

use serde_json::{Value, json};
use wiregate_codegen::diagnostics::Diagnostic;
use wiregate_codegen::render::{Format, render};
use wiregate_codegen::rules;
use wiregate_codegen::source::{SourceMap, Span};

/// Two files, and a report about both.
fn sample() -> (SourceMap, Vec<Diagnostic>) {
    let sources = SourceMap::with_prefix(
        "protocol.idl/",
        [
            (
                "a,b.idl".to_owned(),
                b"struct A {}\nstruct \xc3\xa4A {}\n".to_vec(),
            ),
            ("v2/c.idl".to_owned(), b"struct A {}\n".to_vec()),
        ],
    );
    let at = |path: &str, range| Span::new(sources.find(path).expect("the file is there"), range);
    let report = Diagnostic::new(
        &rules::SYNTAX,
        at("a,b.idl", 21..22),
        "100% of `A`\nis declared twice",
    )
    .label("second")
    .note_at(at("v2/c.idl", 7..8), "first")
    .note("names are unique")
    .help("rename one");
    let alone = Diagnostic::new(&rules::EMPTY_FILE, None, "nothing is declared");
    (sources, vec![report, alone])
}

#[test]
fn json_has_one_object_a_line() {
    let (sources, reports) = sample();
    let drawn = render(&sources, &reports, Format::Json, true);
    let lines: Vec<Value> = drawn
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect();
    let expected = json!({
        "code": "syntax", "severity": "error", "message": "100% of `A`\nis declared twice",
        "file": "protocol.idl/a,b.idl", "line": 2, "column": 9, "endLine": 2, "endColumn": 10,
        "byteStart": 21, "byteEnd": 22, "label": "second",
        "notes": [
            {
                "message": "first", "file": "protocol.idl/v2/c.idl", "line": 1, "column": 8, "endLine": 1,
                "endColumn": 9, "byteStart": 7, "byteEnd": 8,
            },
            { "message": "names are unique" },
        ],
        "help": "rename one",
    });
    let alone = json!({ "code": "empty-file", "severity": "warning", "message": "nothing is declared" });
    assert_eq!(lines, [expected, alone]);
}

#[test]
fn github_annotations_are_escaped() {
    let (sources, reports) = sample();
    insta::assert_snapshot!(render(&sources, &reports, Format::Github, true), @r"
    ::error file=protocol.idl/a%2Cb.idl,line=2,endLine=2,col=9,endColumn=10,title=syntax::100%25 of `A`%0Ais declared twice%0Anote: protocol.idl/v2/c.idl:1: first%0Anote: names are unique%0Ahelp: rename one
    ::warning title=empty-file::nothing is declared
    ");
}

#[test]
fn people_see_both_files() {
    let (sources, reports) = sample();
    insta::assert_snapshot!(render(&sources, &reports, Format::Human, false), @"
    error[syntax]: 100% of `A`
                   is declared twice
     --> protocol.idl/a,b.idl:2:9
      |
    2 | struct äA {}
      |         ^ second
      |
      = note: names are unique
    note: first
     --> protocol.idl/v2/c.idl:1:8
      |
    1 | struct A {}
      |        ^
    help: rename one

    warning[empty-file]: nothing is declared

    error: could not compile the protocol: 1 error, 1 warning
    ");
    let coloured = render(&sources, &reports, Format::Human, true);
    assert!(coloured.contains("\u{1b}["), "colours were asked for");
}

#[test]
fn nothing_is_drawn_of_no_reports() {
    let (sources, _) = sample();
    for format in [Format::Human, Format::Json, Format::Github] {
        assert_eq!(render(&sources, &[], format, true), "");
    }
}
