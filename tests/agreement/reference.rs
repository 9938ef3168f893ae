//! The reference, read as somebody would who writes a client from it: the messages on its pages, and what comments say.
//!
//! In: `generated/docs/` and the model. Out: methods without an example, messages that Rust does not read or writes
//! otherwise, and members that may be missing and do not say what that means.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use wiregate_codegen::ir::{Content, DefName, Presence, Shape, Struct, Visibility};

use crate::fixtures::same;
use crate::repository::{APP_SERVER, entries, report, root};

/// A message on a page, and the method whose section it stands in.
struct Shown {
    place: String,
    message: Value,
}

/// The messages of every page, by the method whose section they stand in.
fn shown() -> BTreeMap<String, Vec<Shown>> {
    let mut found = BTreeMap::new();
    pages(&root().join("generated/docs"), &mut |path, text| {
        let mut section = String::new();
        let mut block: Option<String> = None;
        for line in text.lines() {
            if let Some(so_far) = &mut block {
                if line != "```" {
                    so_far.push_str(line);
                    so_far.push('\n');
                    continue;
                }
                let messages: &mut Vec<Shown> = found.entry(section.clone()).or_default();
                let place = format!("{}, {section} [{}]", path.display(), messages.len());
                let message = serde_json::from_str(so_far).unwrap_or_else(|error| panic!("{place}: {error}"));
                messages.push(Shown { place, message });
                block = None;
            } else if line == "```json" {
                block = Some(String::new());
            } else if let Some(heading) = line.strip_prefix("### ") {
                section = heading.trim_matches('`').to_owned();
            }
        }
    });
    found
}

fn pages(folder: &Path, visit: &mut impl FnMut(&Path, &str)) {
    for path in entries(folder) {
        if path.is_dir() {
            pages(&path, visit);
        } else {
            let text = fs::read_to_string(&path).expect("the file was listed");
            visit(path.strip_prefix(root()).expect("it lies below the root"), &text);
        }
    }
}

#[test]
fn every_method_has_an_example_that_begins_with_it() {
    let shown = shown();
    let methods: Vec<_> = APP_SERVER
        .model
        .methods
        .iter()
        .filter(|(_, method)| method.marks.visibility != Visibility::OnlyRust)
        .collect();
    let mut wrong = Vec::new();
    for (wire, method) in &methods {
        let example = shown.get(*wire).map(Vec::as_slice).unwrap_or_default();
        match example.first() {
            None => wrong.push(format!("{wire}: fixtures/exchanges/{wire}.json is missing")),
            Some(first) if first.message["method"] != wire.as_str() => {
                wrong.push(format!("{}: is no message of its method", first.place));
            }
            Some(first) => {
                let answered = |shown: &Shown| {
                    shown.message.get("result").is_some() && shown.message["id"] == first.message["id"]
                };
                if method.result.is_some() && !example.iter().any(answered) {
                    wrong.push(format!("{}: has no answer", first.place));
                }
            }
        }
    }
    report("methods with an example", methods.len(), &wrong);
    let known: BTreeSet<&str> = APP_SERVER.model.methods.keys().map(String::as_str).collect();
    assert!(shown.keys().all(|section| known.contains(section.as_str())));
}

#[test]
fn messages_of_the_reference_are_read_and_written_as_they_stand() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for example in shown().values() {
        for Shown { place, message } in example {
            count += 1;
            if let Err(why) = envelope(message).and_then(|()| held(message, example)) {
                wrong.push(format!("{place}: {why}"));
            }
        }
    }
    report("messages of the reference", count, &wrong);
}

fn envelope(message: &Value) -> Result<(), String> {
    let name = APP_SERVER.model.envelope.message.as_ref();
    written_again(name.ok_or("there is no envelope")?, message)
}

/// Holds params or result to the type that the method declares.
fn held(message: &Value, example: &[Shown]) -> Result<(), String> {
    let question = match message.get("method") {
        Some(_) => message,
        None => {
            let asks = |shown: &&Shown| {
                shown.message.get("method").is_some() && shown.message.get("id") == message.get("id")
            };
            &example.iter().find(asks).ok_or("answers nothing")?.message
        }
    };
    let wire = question["method"].as_str().ok_or("`method` is no string")?;
    let method = APP_SERVER
        .model
        .methods
        .get(wire)
        .ok_or("there is no such method")?;
    if let Some(error) = message.get("error") {
        return refusal(&method.errors, error);
    }
    let (declared, value) = if message.get("method").is_some() {
        (&method.params, message.get("params"))
    } else {
        (&method.result, message.get("result"))
    };
    match (declared, value) {
        (Some(name), Some(value)) => written_again(name, value),
        (None, None) => Ok(()),
        (declared, _) => Err(format!("carries something else than {declared:?}")),
    }
}

/// Holds the `data` of an error to the one that the method declares; the general errors have none.
fn refusal(declared: &[DefName], error: &Value) -> Result<(), String> {
    let Some(data) = error.get("data") else {
        return Ok(());
    };
    let fits = |name: &&DefName| {
        let Shape::Error { code, .. } = APP_SERVER.model.definitions[*name].shape else {
            return false;
        };
        error["code"] == code && written_again(name, data).is_ok()
    };
    match declared.iter().find(fits) {
        Some(_) => Ok(()),
        None => Err(format!("is none of {declared:?}")),
    }
}

fn written_again(name: &DefName, value: &Value) -> Result<(), String> {
    let (_, ty) = APP_SERVER
        .definitions()
        .find(|(full, _)| *full == name)
        .ok_or("there is no such definition")?;
    let written = ty.read(&value.to_string())?;
    if same(&written, value) {
        return Ok(());
    }
    Err(format!("is written as {written}"))
}

/// What a comment says when it says what absence means.
const OF_ABSENCE: [&str; 18] = [
    "absent",
    "default",
    "else",
    "empty",
    "if",
    "missing",
    "nobody",
    "none",
    "nothing",
    "null",
    "omitted",
    "only",
    "otherwise",
    "unless",
    "until",
    "when",
    "where",
    "while",
];

/// What another team publishes is documented by its makers.
#[test]
fn what_may_be_missing_says_what_that_means() {
    let mut count = 0;
    let mut wrong = Vec::new();
    let ours = APP_SERVER
        .model
        .definitions
        .iter()
        .filter(|(_, each)| each.foreign.is_none());
    for (name, definition) in ours {
        match &definition.shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => {
                missing(name, &definition.docs, body, &mut count, &mut wrong);
            }
            Shape::Union(union) => {
                for member in &union.members {
                    if let Content::Fields { body, .. } = &member.content {
                        let docs = format!("{} {}", definition.docs, member.docs);
                        missing(name, &docs, body, &mut count, &mut wrong);
                    }
                }
            }
            Shape::Enum(_) | Shape::Alias { .. } => {}
        }
    }
    report("members that may be missing", count, &wrong);
}

/// Looks at the comment of each member, and at that of the whole, which may say it for all of them.
fn missing(name: &DefName, docs: &str, body: &Struct, count: &mut usize, wrong: &mut Vec<String>) {
    let says = |docs: &str| {
        let docs = docs.to_lowercase();
        let mut words = docs.split(|letter: char| !letter.is_alphabetic());
        words.any(|word| OF_ABSENCE.contains(&word))
    };
    for field in &body.fields {
        let may_be_missing = !matches!(
            field.presence,
            Presence::Required | Presence::Default | Presence::OmittedDefault
        );
        if may_be_missing {
            *count += 1;
            if !says(&field.docs) && !says(docs) {
                wrong.push(format!("{name}.{}: {}", field.name, field.docs));
            }
        }
    }
}
