//! What holds between the files of the JSON Schema target: roots, bundles, `methods.json` and `formats.js`.
//!
//! What a construct becomes is shown by the cases of `tests/emit`; whether validators agree with Rust, by the agreement
//! tests over the app-server protocol.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use wiregate_codegen::compile;
use wiregate_codegen::emit::{EmitOptions, jsonschema};
use wiregate_codegen::files::Files;
use wiregate_codegen::source::SourceMap;

/// Two namespaces and the root, a definition that holds itself, an error with data and one without, a hidden method.
const IDL: &[(&str, &str)] = &[
    ("protocol.idl", include_str!("json_schema/protocol.idl")),
    ("forest/tree.idl", include_str!("json_schema/forest/tree.idl")),
    ("ground.idl", include_str!("json_schema/ground.idl")),
];

#[test]
fn a_root_has_a_file_and_nothing_else_has() {
    let files = emitted();
    let paths: Vec<&str> = files.iter().map(|(path, _)| path).collect();
    assert_eq!(
        paths,
        [
            "ClientRequest.json",
            "HelloParams.json",
            "Message.json",
            "ServerNotification.json",
            "forest/LeafFellNotification.json",
            "forest/Tree.json",
            "forest/TreeFelled.json",
            "forest/TreeReadParams.json",
            "formats.d.ts",
            "formats.js",
            "methods.json",
            "package.json",
            "tree-keeper.errors.json",
            "tree-keeper.flat.json",
            "tree-keeper.namespaced.json",
        ]
    );
}

#[test]
fn a_root_stands_alone_and_says_what_the_bundle_says() {
    let files = emitted();
    let bundle = definitions(&json(&files, "tree-keeper.flat.json"));
    for root in [
        "HelloParams",
        "Message",
        "ClientRequest",
        "forest/Tree",
        "forest/TreeFelled",
    ] {
        let document = json(&files, &format!("{root}.json"));
        let inside = definitions(&document);
        assert_eq!(
            reached(&document, &inside),
            inside.keys().cloned().collect(),
            "{root}"
        );
        for (name, schema) in &inside {
            assert_eq!(schema, &bundle[name], "{name} in {root}");
        }
        let name = root.rsplit('/').next().expect("a root has a name");
        let own = match inside.get(name) {
            Some(own) => own.clone(),
            None => without(&document, &["$schema", "$comment", "x-protocol", "definitions"]),
        };
        assert_eq!(own, bundle[name], "{root}");
    }
}

#[test]
fn a_root_that_holds_itself_refers_to_itself() {
    let document = json(&emitted(), "forest/Tree.json");
    assert_eq!(
        document["allOf"],
        serde_json::json!([{ "$ref": "#/definitions/Tree" }])
    );
    assert_eq!(document.get("title"), None, "the title stands at the definition");
}

#[test]
fn the_bundles_by_namespaces_share_out_what_the_flat_one_holds() {
    let files = emitted();
    let flat = definitions(&json(&files, "tree-keeper.flat.json"));
    let messages = by_namespaces(&files, "tree-keeper.namespaced.json");
    let errors = by_namespaces(&files, "tree-keeper.errors.json");
    assert!(errors.contains_key("TreeFelled") && !messages.contains_key("TreeFelled"));
    assert!(messages.contains_key("Tree") && !errors.contains_key("Tree"));
    let mut both = messages;
    both.extend(errors);
    assert_eq!(both, flat);
}

#[test]
fn a_protocol_whose_errors_send_no_data_has_no_bundle_of_them() {
    let idl = "protocol Quiet version \"1.0.0\";\n\n/// Too much at once.\nerror Busy = -32001;\n\n/// One method.\n\
        service Only {\n    /// Comes back when somebody calls.\n    client request \"wait\"() { errors: [Busy] }\n}\n";
    let files = emitted_from(&[("protocol.idl", idl)]);
    assert!(files.iter().any(|(path, _)| path == "quiet.namespaced.json"));
    assert!(!files.iter().any(|(path, _)| path.contains("errors")));
}

/// The definitions of a bundle by namespaces, put and referred to as in the flat one.
fn by_namespaces(files: &Files, path: &str) -> BTreeMap<String, Value> {
    let mut text = json(files, path).to_string();
    for space in ["forest", "ground"] {
        text = text.replace(&format!("#/definitions/{space}/"), "#/definitions/");
    }
    let bundle: Value = serde_json::from_str(&text).expect("still JSON");
    let mut by_name = definitions(&bundle);
    for space in ["forest", "ground"] {
        if let Some(inside) = by_name.remove(space) {
            by_name.extend(members(&inside));
        }
    }
    by_name
}

#[test]
fn a_bundle_holds_what_methods_reach_and_no_more() {
    let files = emitted();
    let bundle = definitions(&json(&files, "tree-keeper.flat.json"));
    let methods = json(&files, "methods.json").to_string();
    let methods = methods.replace("tree-keeper.flat.json#", "#");
    let mut reached = reached(&serde_json::from_str(&methods).expect("still JSON"), &bundle);
    for union in ["ClientRequest", "ServerNotification"] {
        reached.insert(union.to_owned());
        reached.extend(self::reached(&bundle[union], &bundle));
    }
    reached.insert("Message".to_owned());
    reached.extend(self::reached(&bundle["Message"], &bundle));
    assert_eq!(reached, bundle.keys().cloned().collect());
    assert!(
        !bundle.contains_key("TreePruneParams"),
        "only a hidden method takes it"
    );
    assert!(!bundle.contains_key("TreeHidden"), "it sends no data");
}

#[test]
fn methods_json_says_what_schemas_cannot() {
    let files = emitted();
    insta::assert_snapshot!("methods", text(&files, "methods.json"));
}

#[test]
fn formats_js_knows_the_formats_in_use_alone() {
    let files = emitted();
    insta::assert_snapshot!("formats.js", text(&files, "formats.js"));
    insta::assert_snapshot!("formats.d.ts", text(&files, "formats.d.ts"));
}

#[test]
fn every_document_names_the_protocol_and_the_command() {
    let files = emitted();
    for (path, _) in files.iter().filter(|(path, _)| path.ends_with(".json")) {
        let document = json(&files, path);
        let note = document.get("$comment").or(document.get("//"));
        let note = note.and_then(Value::as_str).unwrap_or_default();
        assert!(
            note.starts_with("@generated by `wiregate gen` from protocol.idl"),
            "{path}: {note}"
        );
        if document.get("$schema").is_some() {
            assert_eq!(
                document["x-protocol"],
                serde_json::json!({ "name": "TreeKeeper", "version": "1.2.3" }),
                "{path}"
            );
        }
    }
}

fn emitted() -> Files {
    emitted_from(IDL)
}

fn emitted_from(idl: &[(&str, &str)]) -> Files {
    let files = idl
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let (protocol, diagnostics) = compile(&SourceMap::from_files(files));
    let reports: Vec<String> = diagnostics
        .into_sorted()
        .into_iter()
        .map(|report| report.message)
        .collect();
    assert_eq!(reports, Vec::<String>::new());
    jsonschema::emit(&protocol.expect("nothing was reported"), &EmitOptions::default())
}

fn text<'f>(files: &'f Files, path: &str) -> &'f str {
    std::str::from_utf8(files.get(path).expect(path)).expect("text is UTF-8")
}

fn json(files: &Files, path: &str) -> Value {
    serde_json::from_str(text(files, path)).expect(path)
}

fn definitions(document: &Value) -> BTreeMap<String, Value> {
    document.get("definitions").map(members).unwrap_or_default()
}

fn members(object: &Value) -> BTreeMap<String, Value> {
    let members: Map<String, Value> = object.as_object().cloned().expect("an object");
    members.into_iter().collect()
}

fn without(object: &Value, names: &[&str]) -> Value {
    let mut object = object.clone();
    for name in names {
        object.as_object_mut().expect("an object").remove(*name);
    }
    object
}

/// The names that `schema` refers to among `definitions`, directly or not.
///
/// # Panics
/// When a reference leads nowhere.
fn reached(schema: &Value, definitions: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![without(schema, &["definitions"])];
    while let Some(value) = open.pop() {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let name = target.strip_prefix("#/definitions/").expect(target);
            let schema = definitions.get(name).expect(target);
            if reached.insert(name.to_owned()) {
                open.push(schema.clone());
            }
        }
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    reached
}
