//! The pages of the rules, `rules/<code>.md`: each says what the rule is for, and has a bad example, a good one and the
//! mend. A bad example is reported for that code alone; a good one is compiled without a word.
//!
//! `// file: v2/thread.idl` in an example begins a file of that name; a `json` block is the foreign schema of the examples
//! on its page. What an example may leave out is in `given`.

mod given;

use wiregate_codegen::render::{Format, render};
use wiregate_codegen::rules::{RULES, Rule};

use given::compile_example;

/// What no page can show: it would have to be there in bytes, or in millions of them.
const NOT_ON_A_PAGE: &[&str] = &["bare-carriage-return", "file-too-large", "not-utf8"];

#[test]
fn pages_open_with_the_code_and_say_what_the_rule_is_for() {
    for rule in RULES {
        let mut parts = rule.page.splitn(3, "\n\n");
        assert_eq!(parts.next(), Some(format!("# {}", rule.code).as_str()));
        let purpose = parts.next().unwrap_or_default();
        assert!(purpose.ends_with('.'), "{}: no purpose: {purpose:?}", rule.code);
    }
}

#[test]
fn bad_examples_are_reported_for_their_code_alone() {
    let mut faults = String::new();
    for rule in RULES.iter().filter(|rule| !NOT_ON_A_PAGE.contains(&rule.code)) {
        let (sources, diagnostics) = compile_example(example(rule, "Bad"), rule.code);
        let alone = diagnostics
            .iter()
            .all(|diagnostic| diagnostic.rule.code == rule.code);
        if diagnostics.is_empty() || !alone {
            let drawn = render(&sources, &diagnostics, Format::Human, false);
            faults += &format!("{}:\n{drawn}\n", rule.code);
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn good_examples_are_compiled_without_a_word() {
    let mut faults = String::new();
    for rule in RULES {
        let (sources, diagnostics) = compile_example(example(rule, "Good"), rule.code);
        if !diagnostics.is_empty() {
            let drawn = render(&sources, &diagnostics, Format::Human, false);
            faults += &format!("{}:\n{drawn}\n", rule.code);
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

/// The files of the example after a line that begins with `word`.
fn example(rule: &Rule, word: &str) -> Vec<(String, Vec<u8>)> {
    let section = section(rule, word);
    let text = fenced(section, "idl").unwrap_or_else(|| panic!("{}: no example after `{word}`", rule.code));
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("// file: ") {
            Some(path) => files.push((path.trim().to_owned(), Vec::new())),
            None => {
                if files.is_empty() {
                    files.push(("example.idl".to_owned(), Vec::new()));
                }
                if let Some((_, bytes)) = files.last_mut() {
                    bytes.extend(line.as_bytes());
                }
            }
        }
    }
    if let Some(schema) = fenced(section, "json").or_else(|| fenced(rule.page, "json")) {
        files.push(("upstream/weather.schema.json".to_owned(), schema.into()));
    }
    files
}

/// The first fenced block of a language.
fn fenced<'a>(text: &'a str, language: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("```{language}\n"))?;
    Some(rest.split_once("```")?.0)
}

/// What stands after a line that begins with `word`, up to the good example.
fn section(rule: &Rule, word: &str) -> &'static str {
    let page: &'static str = rule.page;
    let (_, rest) = page
        .split_once(&format!("\n{word}"))
        .unwrap_or_else(|| panic!("{}: no line begins with `{word}`", rule.code));
    rest.split_once("\nGood").map_or(rest, |(section, _)| section)
}
