//! Who greps for a name of the wire finds where it is declared, its fixtures, and its handler where there is one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{root, rust_files};

#[test]
fn every_method_is_declared_on_one_line() {
    let model = model();
    let files = interface_files(&model);
    for (method, declared) in model["methods"].as_object().unwrap() {
        let declares = |line: &str| {
            ["request", "notification"]
                .iter()
                .any(|kind| line.contains(&format!("{kind} \"{method}\"")))
        };
        let found: Vec<&str> = files
            .iter()
            .flat_map(|(file, text)| text.lines().filter(|line| declares(line)).map(move |_| *file))
            .collect();
        assert_eq!(found, [declared["file"].as_str().unwrap()], "{method}");
    }
}

#[test]
fn every_field_and_member_is_spelled_as_on_the_wire() {
    let model = model();
    let files = interface_files(&model);
    let foreign: String = texts_below(&root().join("protocol.idl/upstream"));
    let mut checked = 0;
    for (path, definition) in model["definitions"].as_object().unwrap() {
        let text = match definition.get("foreign") {
            None => files[definition["file"].as_str().unwrap()].as_str(),
            Some(_) => &foreign,
        };
        let mut names = Vec::new();
        names_of(&definition["shape"], &mut names);
        for name in names {
            assert!(has_word(text, name), "{path}: `{name}` is spelled otherwise");
            checked += 1;
        }
    }
    assert!(checked > 1500, "only {checked} names were checked");
}

#[test]
fn every_handler_names_its_method() {
    let model = model();
    let handlers: Vec<(String, String)> = rust_files(&root().join("app-server/src/handlers"))
        .into_iter()
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap()))
        .collect();
    let mut handled = 0;
    for (method, declared) in model["methods"].as_object().unwrap() {
        let function = format!("    async fn {}(", declared["rust"].as_str().unwrap());
        for (path, text) in &handlers {
            let Some(at) = text.find(&function) else { continue };
            let above: Vec<&str> = text[..at]
                .lines()
                .rev()
                .map(str::trim)
                .take_while(|line| line.starts_with("///") || line.starts_with("#["))
                .collect();
            assert!(
                above.iter().any(|line| line.contains(&format!("`{method}`"))),
                "{path}: the comment above `{}` does not name `{method}`",
                function.trim()
            );
            handled += 1;
        }
    }
    assert!(handled > 10, "only {handled} handlers");
}

/// Fixtures lie in folders that are called after definitions. This list leads there from the names of methods.
#[test]
fn the_list_of_fixtures_by_method_is_fresh() {
    let model = model();
    let mut list = "# Fixtures by method\n\nWhere the examples of each method are. `cargo test -p xtask --test house` keeps this list.\n\n\
        | method | params | result | errors |\n|---|---|---|---|\n"
        .to_owned();
    for (method, declared) in model["methods"].as_object().unwrap() {
        let link = |path: &Value| -> Option<String> {
            let path = path.as_str()?;
            let name = path.rsplit('/').next()?;
            let data = &model["definitions"][path]["shape"]["data"];
            let sends_nothing = data.as_object().is_some_and(|data| data.is_empty());
            if sends_nothing {
                return Some(format!("`{name}`"));
            }
            let folder = root().join("fixtures").join(name).join("valid");
            assert!(folder.is_dir(), "{method}: {} is not there", folder.display());
            Some(format!("[`{name}`]({name})"))
        };
        let errors: Vec<String> = declared["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(link)
            .collect();
        list.push_str(&format!(
            "| `{method}` | {} | {} | {} |\n",
            link(&declared["params"]).unwrap_or_default(),
            link(&declared["result"]).unwrap_or_default(),
            errors.join(", ")
        ));
    }
    let place = root().join("fixtures/methods.md");
    if fs::read_to_string(&place).unwrap_or_default() != list {
        // Mended in passing for whoever runs the tests by hand; never in CI, where nobody would see it.
        if std::env::var_os("CI").is_none() {
            fs::write(&place, list).unwrap();
        }
        panic!("fixtures/methods.md was stale; run the tests by hand and commit what they wrote");
    }
}

fn model() -> Value {
    let text = fs::read(root().join("generated/protocol.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// The texts of the interface files by path.
fn interface_files(model: &Value) -> BTreeMap<&str, String> {
    let modules = model["modules"].as_array().unwrap();
    modules
        .iter()
        .map(|module| module["file"].as_str().unwrap())
        .map(|file| {
            let text = fs::read_to_string(root().join("protocol.idl").join(file)).unwrap();
            (file, text)
        })
        .collect()
}

fn texts_below(folder: &Path) -> String {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect()
}

/// The wire names of the fields and members in a part of the model: those that have a Rust name beside.
fn names_of<'a>(node: &'a Value, names: &mut Vec<&'a str>) {
    match node {
        Value::Object(members) => {
            if members.contains_key("rust") {
                names.extend(members.get("name").and_then(Value::as_str));
            }
            members.values().for_each(|value| names_of(value, names));
        }
        Value::Array(items) => items.iter().for_each(|item| names_of(item, names)),
        _ => {}
    }
}

/// Whether a name stands in a text and is not part of a longer one.
fn has_word(text: &str, name: &str) -> bool {
    let part = |letter: char| letter.is_ascii_alphanumeric() || "_-$".contains(letter);
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part))
}
