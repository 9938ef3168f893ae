//! The language reference, `protocol.idl/README.md`, held against the compiler: every example compiles without a word,
//! the output beside it is what is written, its table of conventions is complete, and what it links to exists.
//!
//! Examples are compiled alone, with the files of `tests/reference` where they import or carry something, and with a
//! method that reaches all they declare. Shown output may leave out comments, titles and whatever a line with `…` stands
//! for.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wiregate_codegen::diagnostics::Diagnostics;
use wiregate_codegen::emit::{EmitOptions, emit};
use wiregate_codegen::exchanges::Exchanges;
use wiregate_codegen::files::Files;
use wiregate_codegen::parse::parse;
use wiregate_codegen::render::{Format, render};
use wiregate_codegen::resolve::{Shape, resolve};
use wiregate_codegen::source::SourceMap;

const REFERENCE: &str = "../protocol.idl/README.md";

#[test]
fn examples_compile_and_show_what_is_written() {
    let mut written: Option<Files> = None;
    let mut faults = String::new();
    for block in blocks(&reference()) {
        let result = match block.language.as_str() {
            "idl" => compile(&block.text).map(|files| written = Some(files)),
            "text" => Ok(()),
            language => match &written {
                Some(files) => is_written(files, language, &block.text),
                None => Err("no example stands before it".to_owned()),
            },
        };
        if let Err(fault) = result {
            let _ = writeln!(faults, "{REFERENCE}:{}: {fault}\n", block.line);
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn every_convention_has_a_row_with_its_construct_and_what_shows_it() {
    let text = reference();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|row| row.split(" | ").collect())
        .filter(|cells: &Vec<&str>| cells.len() == 4 && cells[0].parse::<u32>().is_ok())
        .collect();
    let numbers: Vec<u32> = rows.iter().filter_map(|cells| cells[0].parse().ok()).collect();
    assert_eq!(
        numbers,
        (1..=81).collect::<Vec<_>>(),
        "the numbers of the conventions"
    );
    for cells in rows {
        let [number, _, construct, shown_by] = cells[..] else {
            continue;
        };
        let says_how = construct.contains("](#") || construct.contains("by decision");
        assert!(says_how, "{number} links to no construct: {construct}");
        let places: Vec<&str> = shown_by.split('`').skip(1).step_by(2).collect();
        assert!(!places.is_empty(), "nothing shows {number}");
        for place in places {
            let fixture = repository().join("fixtures").join(format!("{place}.json"));
            let exists = fixture.is_file() || repository().join(place).is_file();
            assert!(exists, "{number} is shown by `{place}`, which does not exist");
        }
    }
}

#[test]
fn links_lead_to_headings_and_files() {
    let text = reference();
    let headings: BTreeSet<String> = text
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| anchor(line.trim_start_matches('#').trim()))
        .collect();
    for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        match link.strip_prefix('#') {
            Some(heading) => assert!(headings.contains(heading), "no heading is called `{heading}`"),
            None => {
                let target = repository().join("protocol.idl").join(link);
                assert!(target.exists(), "`{link}` does not exist");
            }
        }
    }
}

/// A fenced block.
struct Block {
    language: String,
    text: String,
    line: usize,
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (at, line) in markdown.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => {
                open = Some(Block {
                    language: language.to_owned(),
                    text: String::new(),
                    line: at + 1,
                });
            }
            (None, Some(block)) => block.text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    blocks
}

/// What is written for an example.
fn compile(example: &str) -> Result<Files, String> {
    let mut files = files(example)?;
    files.push(("reach.idl".to_owned(), reach(&files)?.into_bytes()));
    let sources = SourceMap::from_files(files);
    let (protocol, diagnostics) = wiregate_codegen::compile(&sources);
    let diagnostics = diagnostics.into_sorted();
    match (protocol, diagnostics.is_empty()) {
        (Some(protocol), true) => Ok(emit(&protocol, &EmitOptions::default(), &Exchanges::default())),
        _ => Err(render(&sources, &diagnostics, Format::Human, false)),
    }
}

/// The files of an example: itself, a `protocol` where it declares none, and what it imports or carries.
fn files(example: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut files = vec![("example.idl".to_owned(), example.as_bytes().to_vec())];
    let begins = |word: &str| example.lines().any(|line| line.starts_with(word));
    if !begins("protocol ") {
        let text = "/// An example.\nprotocol Example version \"0.1.0\";\n";
        files.push(("protocol.idl".to_owned(), text.into()));
    }
    let beside: &[&str] = match (begins("use "), begins("foreign ")) {
        (true, _) => &["permissions.idl", "v2/thread.idl"],
        (_, true) => &["upstream/responses_api.schema.json"],
        _ => &[],
    };
    for name in beside {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/reference")
            .join(name);
        files.push((
            (*name).to_owned(),
            fs::read(path).map_err(|error| error.to_string())?,
        ));
    }
    Ok(files)
}

/// A file with a method that reaches every definition, since artefacts hold what methods reach.
fn reach(files: &[(String, Vec<u8>)]) -> Result<String, String> {
    let sources = SourceMap::from_files(files.to_vec());
    let mut diagnostics = Diagnostics::new();
    let parsed = parse(&sources, &mut diagnostics);
    let resolved = resolve(&sources, parsed, &mut diagnostics);
    let diagnostics = diagnostics.into_sorted();
    let Some(resolved) = resolved else {
        return Err(render(&sources, &diagnostics, Format::Human, false));
    };
    let (mut uses, mut fields, mut errors) = (String::new(), String::new(), Vec::new());
    for id in resolved.ids() {
        let definition = &resolved[id];
        let name = definition.name.text.as_str();
        let module = resolved[definition.module]
            .path
            .trim_end_matches(".idl")
            .replace('/', ".");
        let _ = writeln!(uses, "use {module}.{name};");
        match definition.shape {
            Shape::Error { .. } => errors.push(name),
            _ => {
                let _ = writeln!(fields, "/// One of them.\nfield{}: {name},", letters(id.index()));
            }
        }
    }
    let errors = errors.join(", ");
    Ok(format!(
        "{uses}\n/// Reaches the example.\nservice Reach {{\n/// Takes one of each.\n\
         client request \"reach\"(ReachParams) {{ errors: [{errors}] }}\n}}\n\
         /// One of each.\nstruct ReachParams {{\n{fields}}}\n"
    ))
}

/// A field must not end in a number.
fn letters(number: usize) -> String {
    number
        .to_string()
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'A'))
        .collect()
}

fn is_written(files: &Files, language: &str, shown: &str) -> Result<(), String> {
    match language {
        "json" => is_schema(files, shown),
        "ts" => is_part(&sources(files, ".ts"), shown),
        "rust" => is_part(&sources(files, ".rs"), shown),
        other => Err(format!("a block of `{other}`, which nothing here is")),
    }
}

/// Schemas by name, or entries of `methods.json` by method, compared as JSON.
fn is_schema(files: &Files, shown: &str) -> Result<(), String> {
    let shown: Value = serde_json::from_str(shown).map_err(|error| error.to_string())?;
    let document = |ending| {
        let (_, text) = files.iter().find(|(path, _)| path.ends_with(ending))?;
        serde_json::from_slice::<Value>(text).ok()
    };
    let bundle = document(".flat.json").ok_or("there is no bundle")?;
    let methods = document("methods.json").ok_or("there is no `methods.json`")?;
    for (name, schema) in shown.as_object().ok_or("not an object of schemas")? {
        let mut written = match name.contains('/') {
            true => methods["methods"][name].clone(),
            false => bundle["definitions"][name].clone(),
        };
        without_words(&mut written);
        if &written != schema {
            return Err(format!("what is written for `{name}` is {written:#}"));
        }
    }
    Ok(())
}

/// Takes titles and descriptions out.
fn without_words(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.retain(|name, value| {
                !(matches!(name.as_str(), "title" | "description") && value.is_string())
            });
            members.values_mut().for_each(without_words);
        }
        Value::Array(items) => items.iter_mut().for_each(without_words),
        _ => {}
    }
}

/// Every stretch of `shown` between lines with `…` stands in one of the sources, but for white space and comments.
fn is_part(sources: &[String], shown: &str) -> Result<(), String> {
    let mut stretches = vec![String::new()];
    for line in shown.lines() {
        match line.contains('…') {
            true => stretches.push(String::new()),
            false => stretches
                .last_mut()
                .into_iter()
                .for_each(|last| last.extend([line, "\n"])),
        }
    }
    for stretch in stretches {
        let wanted = squeezed(&stretch);
        if !sources.iter().any(|source| source.contains(&wanted)) {
            return Err(format!("this is not written:\n{stretch}"));
        }
    }
    Ok(())
}

/// Emitted sources of one language without comments and white space, and all of them one after the other: a block may
/// show several files.
fn sources(files: &Files, ending: &str) -> Vec<String> {
    files
        .iter()
        .filter(|(path, _)| path.ends_with(ending))
        .map(|(_, text)| squeezed(&String::from_utf8_lossy(text)))
        .collect()
}

fn squeezed(source: &str) -> String {
    let mut code = String::new();
    let mut comment = false;
    for line in source.lines().map(str::trim) {
        comment |= line.starts_with("/**");
        if !comment && !line.starts_with("//") {
            code += line;
        }
        comment &= !line.ends_with("*/");
    }
    code.retain(|c| !c.is_whitespace());
    code
}

/// The anchor that a heading gets on GitHub.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn reference() -> String {
    let path = repository().join("protocol.idl/README.md");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
