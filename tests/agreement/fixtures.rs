//! The messages of `fixtures/` against the emitted types, as `fixtures/README.md` says.
//!
//! In: every file of every definition's folder. Out: what Rust does otherwise, by file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wiregate_codegen::ir::DefName;

use crate::repository::{APP_SERVER, Refusal, entries, json, report, root};
use crate::sights::{Step, What, sights, spelled};

/// What fits on a page of the reference.
const EXAMPLE_LINES: usize = 60;

/// A file, and the definition that its folder is called after.
pub(crate) struct Fixture {
    /// The path as people write it.
    pub(crate) shown: String,
    /// The name without namespace.
    pub(crate) definition: String,
    path: PathBuf,
}

impl Fixture {
    fn text(&self) -> String {
        fs::read_to_string(&self.path).expect("the file was listed")
    }

    pub(crate) fn content(&self) -> Value {
        json(&self.path)
    }

    /// What Rust should write after it read this, where it is something else.
    fn written(&self) -> Option<Value> {
        let path = self.path.with_extension("written.json");
        path.exists().then(|| json(&path))
    }
}

/// Every fixture of a relation, in order.
pub(crate) fn fixtures(relation: &str) -> Vec<Fixture> {
    let mut found = Vec::new();
    for folder in definition_folders() {
        for path in entries(&folder.join(relation)) {
            let shown = path
                .strip_prefix(root())
                .expect("it lies below the root")
                .display()
                .to_string();
            if !shown.ends_with(".written.json") {
                found.push(Fixture {
                    shown,
                    definition: file_name(&folder),
                    path,
                });
            }
        }
    }
    found
}

#[test]
fn every_folder_is_called_after_a_definition() {
    let folders = definition_folders();
    let strangers: Vec<String> = folders.iter().map(|folder| file_name(folder)).collect();
    let strangers = strangers
        .into_iter()
        .filter(|name| APP_SERVER.named(name).is_none());
    report(
        "folders of fixtures",
        folders.len(),
        &strangers.collect::<Vec<_>>(),
    );
}

#[test]
fn every_file_lies_in_a_known_relation() {
    let known = ["valid", "invalid", "lenient", "beyond-schema"];
    let relations: Vec<PathBuf> = definition_folders()
        .iter()
        .flat_map(|folder| entries(folder))
        .collect();
    let wrong: Vec<String> = relations
        .iter()
        .filter(|relation| !known.contains(&file_name(relation).as_str()) || entries(relation).is_empty())
        .map(|relation| format!("{}: no relation, or nothing in it", relation.display()))
        .collect();
    report("folders of relations", relations.len(), &wrong);
}

#[test]
fn what_methods_carry_has_an_example() {
    let examples: BTreeMap<String, Fixture> = fixtures("valid")
        .into_iter()
        .filter(|fixture| fixture.shown.ends_with("/example.json"))
        .map(|fixture| (fixture.definition.clone(), fixture))
        .collect();
    let mut carried: BTreeMap<&str, &str> = BTreeMap::new();
    for (method, declared) in &APP_SERVER.model.methods {
        for name in [&declared.params, &declared.result]
            .into_iter()
            .flatten()
            .chain(&declared.errors)
        {
            carried.insert(name.name(), method);
        }
    }
    let mut wrong = Vec::new();
    for (&name, method) in &carried {
        match examples.get(name) {
            None => wrong.push(format!(
                "fixtures/{name}/valid/example.json, of {method}, is missing"
            )),
            Some(example) if example.written().is_some() => {
                wrong.push(format!("{} is written otherwise", example.shown));
            }
            Some(example) if example.text().lines().count() > EXAMPLE_LINES => {
                wrong.push(format!("{} is long", example.shown));
            }
            Some(_) => {}
        }
    }
    report("examples of params, results and errors", carried.len(), &wrong);
}

#[test]
fn valid_messages_are_read_and_written_back() {
    check("valid", |fixture| {
        let expected = fixture.written().unwrap_or_else(|| fixture.content());
        written_is(fixture, &fixture.text(), &expected)
    });
}

#[test]
fn maps_keep_their_order() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for fixture in fixtures("valid") {
        let Some((name, ty)) = APP_SERVER.named(&fixture.definition) else {
            continue;
        };
        // A message that is refused is reported by the test above.
        let Ok(written) = ty.read(&fixture.text()) else {
            continue;
        };
        let given = map_entries(name, &fixture.content());
        count += usize::from(given.len() > 1);
        if given != map_entries(name, &written) {
            wrong.push(format!("{}: {given:?} is written as {written}", fixture.shown));
        }
    }
    report("messages with maps", count, &wrong);
}

#[test]
fn lenient_messages_are_read_and_written_as_said() {
    check("lenient", |fixture| {
        let content = fixture.content();
        written_is(fixture, &content["value"].to_string(), &content["written"])
    });
}

#[test]
fn invalid_messages_are_refused_at_their_place() {
    check("invalid", |fixture| {
        let content = fixture.content();
        refused_at(fixture, &content["value"].to_string(), &content["path"])
    });
}

#[test]
fn messages_beyond_the_schema_are_refused_at_their_place() {
    check("beyond-schema", |fixture| {
        let content = fixture.content();
        let text = content["text"].as_str().ok_or("`text` is no string")?;
        refused_at(fixture, text, &content["path"])
    });
}

fn check(relation: &str, holds: impl Fn(&Fixture) -> Result<(), String>) {
    let fixtures = fixtures(relation);
    let wrong: Vec<String> = fixtures
        .iter()
        .filter_map(|fixture| {
            holds(fixture)
                .err()
                .map(|why| format!("{}: {why}", fixture.shown))
        })
        .collect();
    report(relation, fixtures.len(), &wrong);
}

fn written_is(fixture: &Fixture, text: &str, expected: &Value) -> Result<(), String> {
    let written =
        read_and_write(fixture, text).map_err(|(path, error)| format!("refused at `{path}`: {error}"))?;
    let written: Value = serde_json::from_slice(&written).map_err(|error| error.to_string())?;
    if same(&written, expected) {
        return Ok(());
    }
    Err(format!("writes {written}\n    instead of {expected}"))
}

fn refused_at(fixture: &Fixture, text: &str, place: &Value) -> Result<(), String> {
    match read_and_write(fixture, text) {
        Ok(written) => Err(format!(
            "read, and written as {}",
            String::from_utf8_lossy(&written)
        )),
        Err((path, _)) if place == path.as_str() => Ok(()),
        Err((path, error)) => Err(format!("refused at `{path}` instead of {place}: {error}")),
    }
}

fn read_and_write(fixture: &Fixture, text: &str) -> Result<Vec<u8>, Refusal> {
    let (_, ty) = APP_SERVER
        .named(&fixture.definition)
        .ok_or_else(|| (String::new(), "there is no such definition".to_owned()))?;
    (ty.emitted)(text.as_bytes())
}

/// Where the entries of maps are, in the order in which they come.
fn map_entries(name: &'static DefName, value: &Value) -> Vec<String> {
    let sights = sights(&APP_SERVER.model, name, value).into_iter().flatten();
    let entries = sights.filter(|sight| {
        let is_element = sight.place.ends_with("[]") || sight.place.ends_with(".*");
        is_element && sight.what == What::Present && matches!(sight.at.last(), Some(Step::Name(_)))
    });
    entries.map(|sight| spelled(&sight.at)).collect()
}

/// Whether two JSON values are the same message: `1` and `1.0` are the same number.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, one)| other.get(name).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

/// What lies in `fixtures/` and is no folder of a definition.
const SOMETHING_ELSE: [&str; 3] = ["reference", "exchanges", "released"];

/// The folders of `fixtures/` that belong to a definition.
fn definition_folders() -> Vec<PathBuf> {
    let mut folders = entries(&root().join("fixtures"));
    folders.retain(|path| path.is_dir() && !SOMETHING_ELSE.contains(&file_name(path).as_str()));
    folders
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
