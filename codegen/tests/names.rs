//! Every name that people take from the artefacts stands in `protocol.json`, so that its diff shows when one changes:
//! titles and files of schemas, modules and types of TypeScript, modules and types of Rust.
//!
//! Names that every protocol has are listed here. So are the few endings that are put after a name of the model.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use wiregate_codegen::compile;
use wiregate_codegen::emit::{EmitOptions, emit};
use wiregate_codegen::exchanges::Exchanges;
use wiregate_codegen::files::Files;
use wiregate_codegen::source::SourceMap;

/// What a protocol has whatever it declares.
const ALWAYS: &[&str] = &[
    // Unions of messages, and the interfaces that list them by method.
    "ClientRequest",
    "ClientRequests",
    "ClientResponse",
    "ClientNotification",
    "ClientNotifications",
    "ServerRequest",
    "ServerRequests",
    "ServerResponse",
    "ServerNotification",
    "ServerNotifications",
    // Rust: what carries the messages.
    "ClientPeer",
    "ClientRouter",
    "Clients",
    "Router",
    "ServerPeer",
    "constants",
    "errors",
    "lib",
    "messages",
    "methods",
    "mod",
    "peers",
    "router",
    "services",
    // TypeScript: what the types stand on.
    "DeclaredErrors",
    "JsonValue",
    "MethodErrors",
    "UnknownObject",
    "UnknownTag",
    "errorCodes",
    "index",
    "protocolName",
    "protocolVersion",
    // JSON Schema: what is no schema.
    "formats",
    "package",
];

/// Endings that Rust puts after a method's title or a service.
const ENDINGS: &[&str] = &["ClientHandler", "Error", "Service"];

/// Endings of the bundles, after the protocol's own name.
const BUNDLES: &[&str] = &["errors", "flat", "namespaced"];

#[test]
fn every_name_of_the_app_server_protocol_is_in_its_model() {
    let (found, missing) = names_beside_the_model("../protocol.idl");
    assert_eq!(missing, BTreeSet::new());
    assert!(found > 2000, "only {found} names");
}

#[test]
fn every_name_of_the_second_protocol_is_in_its_model() {
    let (found, missing) = names_beside_the_model("../examples/foundry/protocol.idl");
    assert_eq!(missing, BTreeSet::new());
    assert!(found > 100, "only {found} names");
}

/// How many names the artefacts of a protocol have, and those that its model does not.
fn names_beside_the_model(idl: &str) -> (usize, BTreeSet<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(idl);
    let (protocol, diagnostics) = compile(&SourceMap::load(&folder, "protocol.idl").unwrap());
    diagnostics.into_sorted();
    let files = emit(&protocol.unwrap(), &EmitOptions::default(), &Exchanges::default());
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let model: Value = serde_json::from_slice(bytes_of(&files, "protocol.json")).unwrap();
    let known = Known::of(&model);

    let mut names = Vec::new();
    for (path, bytes) in files.iter() {
        let Some((target, below)) = path.split_once('/') else {
            continue;
        };
        let (stem, ending) = below
            .rsplit('/')
            .next()
            .and_then(|file| file.rsplit_once('.'))
            .unwrap();
        match (target, ending) {
            ("json", "json") => {
                names.push(stem.to_owned());
                titles(&serde_json::from_slice(bytes).unwrap(), &mut names);
            }
            ("typescript", "ts") => {
                names.push(stem.to_owned());
                let words = ["type", "interface", "const", "function", "class", "enum"];
                names.extend(declared(&text(bytes), "export ", &words));
            }
            // The oracle is for our own tests, and constants are called after their values.
            ("rust", "rs") if !below.contains("/oracle/") => {
                names.push(stem.to_owned());
                if stem != "constants" {
                    let words = ["struct", "enum", "union", "trait", "type"];
                    names.extend(declared(&text(bytes), "pub ", &words));
                }
            }
            _ => {}
        }
    }
    let found = names.len();
    let missing = names.into_iter().filter(|name| !known.has(name)).collect();
    (found, missing)
}

/// The names that a model holds.
struct Known {
    texts: BTreeSet<String>,
    /// What an ending may follow.
    stems: BTreeSet<String>,
    bundle: String,
}

impl Known {
    fn of(model: &Value) -> Self {
        let mut texts = BTreeSet::new();
        derived_names(model, &mut texts);
        for definition in model["definitions"].as_object().unwrap().keys() {
            texts.extend(definition.split('/').map(str::to_owned));
        }
        let methods = model["methods"].as_object().unwrap().values();
        let mut stems: BTreeSet<String> = methods
            .map(|method| method["title"].as_str().unwrap().to_owned())
            .collect();
        stems.extend(model["services"].as_object().unwrap().keys().cloned());
        let name = model["name"].as_str().unwrap();
        Self {
            texts,
            stems,
            bundle: wiregate_codegen::emit::names::kebab(name),
        }
    }

    fn has(&self, name: &str) -> bool {
        let of_bundle = |name: &str| {
            name.strip_prefix(self.bundle.as_str())
                .and_then(|rest| rest.strip_prefix('.'))
                .is_some_and(|rest| BUNDLES.contains(&rest))
        };
        let with_ending = || {
            ENDINGS
                .iter()
                .filter_map(|ending| name.strip_suffix(ending))
                .any(|stem| self.stems.contains(stem))
        };
        self.texts.contains(name) || ALWAYS.contains(&name) || of_bundle(name) || with_ending()
    }
}

/// The members of a model that hold names which artefacts have.
fn derived_names(node: &Value, names: &mut BTreeSet<String>) {
    match node {
        Value::Object(members) => {
            for word in ["rust", "title", "messageTitle", "fallback"] {
                names.extend(members.get(word).and_then(Value::as_str).map(str::to_owned));
            }
            members.values().for_each(|value| derived_names(value, names));
        }
        Value::Array(items) => items.iter().for_each(|item| derived_names(item, names)),
        _ => {}
    }
}

fn titles(node: &Value, names: &mut Vec<String>) {
    match node {
        Value::Object(members) => {
            if let Some(Value::String(title)) = members.get("title") {
                names.push(title.clone());
            }
            members.values().for_each(|value| titles(value, names));
        }
        Value::Array(items) => items.iter().for_each(|item| titles(item, names)),
        _ => {}
    }
}

/// What a file declares for others: the name after `mark`, some modifiers, and one of `words`.
fn declared(text: &str, mark: &str, words: &[&str]) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix(mark))
        .filter_map(|line| {
            let mut parts = line.split([' ', '<', '(', ':', ';', '=']);
            parts.find(|part| words.contains(part))?;
            parts.next().map(str::to_owned)
        })
        .filter(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()))
        .collect()
}

fn bytes_of<'a>(files: &'a Files, wanted: &str) -> &'a [u8] {
    files
        .iter()
        .find(|(path, _)| *path == wanted)
        .map(|(_, bytes)| bytes)
        .unwrap()
}
