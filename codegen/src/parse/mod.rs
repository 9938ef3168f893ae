//! Reads the text of a protocol.
//!
//! In: a [`SourceMap`]. Out: an [`ast::File`] for each `.idl` file, in the order of their ids, and every fault of every
//! file. This is the only place that reads with `syn`.
//!
//! The tokenizer drops comments, gives up on a whole file at one bad bracket, and keeps what it has read for as long as its
//! thread lives. So a first look of our own ([`scan`]) reports what is wrong with brackets, strings and characters,
//! [`cut`] finds the items, and each item is read alone, on a thread that ends.

mod scan;

mod cut;

mod line;

mod item;

mod protocol;

mod service;

mod definition;

mod field;

mod types;

mod literal;

mod marks;

mod entries;

mod list;

mod reader;

mod kw;

mod faults;

mod text;

use std::cell::{Cell, RefCell};
use std::ops::Range;

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};

use crate::ast;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::parallel;
use crate::rules;
use crate::source::{FileId, FileKind, MAX_FILE_BYTES, SourceMap, Span};

use faults::Faults;
use item::Top;
use line::Line;
use reader::Reader;
use scan::Scanned;

pub use types::our_spelling;

/// Reads every `.idl` file of `sources`.
pub fn parse(sources: &SourceMap, diagnostics: &mut Diagnostics) -> Vec<ast::File> {
    let ids: Vec<FileId> = sources
        .files()
        .filter(|(_, file)| file.kind == FileKind::Idl)
        .map(|(id, _)| id)
        .collect();
    // On threads that end: the tokenizer keeps what it has read for as long as they live.
    let read = parallel::each(&ids, |&id| file(id, &sources.file(id).bytes));
    let mut files = Vec::with_capacity(read.len());
    for (file, faults) in read {
        files.push(file);
        faults.into_iter().for_each(|fault| diagnostics.push(fault));
    }
    files
}

fn file(id: FileId, bytes: &[u8]) -> (ast::File, Vec<Diagnostic>) {
    let mut faults = Faults::new(id);
    let mut file = ast::File {
        id,
        docs: ast::Docs::default(),
        namespace: None,
        uses: Vec::new(),
        items: Vec::new(),
    };
    if let Some((text, invalid)) = decode(bytes, &mut faults) {
        let scanned = scan::scan(&text, &invalid, &mut faults);
        let ranges = cut::cut(&scanned, &mut faults);
        let broken = faults.count() > 0;
        read_items(&mut file, &text, &scanned, ranges, &mut faults);
        if !broken && faults.count() == 0 && file.items.is_empty() {
            faults.push(empty(&text, &faults));
        }
    }
    (file, faults.into_list())
}

/// The text of a file, and where its bytes that are not UTF-8 are, in whose place `?` stands. None where there is nothing
/// worth reading.
fn decode(bytes: &[u8], faults: &mut Faults) -> Option<(String, Vec<usize>)> {
    if bytes.len() > MAX_FILE_BYTES {
        faults.push(
            Diagnostic::new(
                &rules::FILE_TOO_LARGE,
                faults.span(0..0),
                format!("a file over {} MiB", MAX_FILE_BYTES >> 20),
            )
            .label("too large to be a protocol")
            .help("split it into a file for each domain"),
        );
        return None;
    }
    let mut text = String::with_capacity(bytes.len());
    let mut invalid = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            invalid.push(text.len());
            text.push('?');
        }
    }
    let Some(&first) = invalid.first() else {
        return Some((text, invalid));
    };
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let mut fault = Diagnostic::new(
        &rules::NOT_UTF8,
        faults.span(first..first + 1),
        format!("byte 0x{:02x} is not UTF-8", bytes[first]),
    )
    .label("not UTF-8")
    .help(if utf16 {
        "this looks like UTF-16; save the file as UTF-8"
    } else {
        "save the file as UTF-8"
    });
    match invalid.len() - 1 {
        0 => {}
        _ if utf16 => {}
        1 => fault = fault.note("1 more such byte in this file"),
        more => fault = fault.note(format!("{more} more such bytes in this file")),
    }
    faults.push(fault);
    (!utf16).then_some((text, invalid))
}

fn read_items(
    file: &mut ast::File,
    text: &str,
    scanned: &Scanned,
    ranges: Vec<Range<usize>>,
    faults: &mut Faults,
) {
    let first_token = scanned.clean.len() - scanned.clean.trim_ascii_start().len();
    let head = scanned
        .docs
        .iter()
        .take_while(|line| line.inner && line.start < first_token)
        .count();
    let shared = RefCell::new(faults);
    let read = |range: Range<usize>, docs: Range<usize>| {
        let docs = &scanned.docs[docs];
        let reader = Reader {
            text,
            clean: &scanned.clean,
            base: range.start,
            end: range.end,
            line: Line::new(&scanned.clean[range]),
            docs,
            docs_read: Cell::new(0),
            blanked: &scanned.blanked,
            depth: Cell::new(0),
            faults: &shared,
        };
        read_item(&reader)
    };
    let docs_in = |range: &Range<usize>| {
        let at = |byte| scanned.docs.partition_point(|line| line.start < byte).max(head);
        at(range.start)..at(range.end)
    };
    if head > 0 {
        file.docs = reader::comment(text, shared.borrow().span(0..0).file, scanned.docs[..head].iter());
    }
    let mut end = 0;
    for range in ranges {
        end = range.end;
        let docs = docs_in(&range);
        for top in read(range, docs) {
            place(file, top, &shared);
        }
    }
    // Doc comments after the last item.
    let rest = docs_in(&(end..scanned.clean.len()));
    if !rest.is_empty() && scanned.clean[end..].trim_ascii().is_empty() {
        read(end..scanned.clean.len(), rest);
    }
}

/// Reads one item.
fn read_item(reader: &Reader) -> Vec<Top> {
    // Spans of items read before are converted by now; forgetting them keeps memory flat and their lookup fast.
    proc_macro2::extra::invalidate_current_thread_spans();
    let tokens: TokenStream = match reader.line.text.parse() {
        Ok(tokens) => tokens,
        Err(error) => {
            let span = reader.span(proc_macro2::LexError::span(&error));
            reader.report(
                Diagnostic::new(&rules::SYNTAX, span, "this does not make words of the language")
                    .label("unreadable from here"),
            );
            return Vec::new();
        }
    };
    let mut tops = Vec::new();
    // What `syn` itself may add, tokens left over, has been reported with more words by then.
    let _ = Parser::parse2(
        |input: ParseStream| {
            tops = item::items(reader, input);
            Ok(())
        },
        tokens,
    );
    tops
}

/// Puts what was read where it belongs, and reports what stands in the wrong order.
fn place(file: &mut ast::File, top: Top, faults: &RefCell<&mut Faults>) {
    let late = |span: Span, what: &str, before: &str| {
        faults.borrow_mut().push(
            Diagnostic::new(&rules::SYNTAX, span, format!("`{what}` after {before}"))
                .label(format!("it stands before {before}"))
                .help("move it to the head of the file: first `namespace`, then `use`, then the items"),
        );
    };
    match top {
        Top::Namespace(name) => {
            if let Some(first) = &file.namespace {
                faults.borrow_mut().push(
                    Diagnostic::new(&rules::DUPLICATE_ENTRY, name.span, "a file has one namespace")
                        .label("second namespace")
                        .note_at(first.span, "the first one")
                        .help("move what belongs to it to a file of its own"),
                );
            } else if !file.items.is_empty() {
                late(name.span, "namespace", "the items");
            } else if !file.uses.is_empty() {
                late(name.span, "namespace", "`use`");
            }
            file.namespace.get_or_insert(name);
        }
        Top::Use(import) => {
            if !file.items.is_empty() {
                late(import.span, "use", "the items");
            }
            file.uses.push(import);
        }
        Top::Item(item) => file.items.push(*item),
    }
}

/// A file that declares nothing.
fn empty(text: &str, faults: &Faults) -> Diagnostic {
    let message = match text.trim().is_empty() {
        true => "an empty file",
        false => "a file that declares nothing",
    };
    Diagnostic::new(&rules::EMPTY_FILE, faults.span(0..0), message)
        .label("no item")
        .help("remove the file, or declare something in it")
}
