//! The grammar: a file that uses every construct is read, and nothing of it is lost.

use wiregate_codegen::ast::File;
use wiregate_codegen::diagnostics::Diagnostics;
use wiregate_codegen::parse::parse;
use wiregate_codegen::source::SourceMap;

fn read(text: &str) -> File {
    let sources = SourceMap::from_files([("file.idl".to_owned(), text.into())]);
    let mut diagnostics = Diagnostics::new();
    let mut files = parse(&sources, &mut diagnostics);
    let faults: Vec<String> = diagnostics
        .into_sorted()
        .iter()
        .map(|fault| {
            let span = fault.span.expect("a fault of a text has a place");
            let (line, column) = sources.line_column(span.file, span.start as usize);
            format!("{line}:{column}: {}", fault.message)
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
    files.pop().expect("one file")
}

#[test]
fn every_construct_is_read() {
    read(include_str!("parse/everything.idl"));
}
