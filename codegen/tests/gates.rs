//! Gates, held against the example protocol that has three of them, and against the app-server protocol: what each
//! reaches, and that no profile shows what is behind a gate that it does not open.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use wiregate_codegen::compile;
use wiregate_codegen::emit::{EmitOptions, emit_profile};
use wiregate_codegen::gates::{Closure, WayOut, profile, way_out};
use wiregate_codegen::ir::{DefName, Protocol, Shape};
use wiregate_codegen::source::SourceMap;

#[test]
fn every_profile_is_whole_and_settled() {
    for protocol in protocols() {
        for open in sets(&protocol) {
            let shown = profile(&protocol, |gate| open.contains(gate));
            let again = profile(&shown, |gate| open.contains(gate));
            assert_eq!(
                shown, again,
                "with {open:?} there was more to take away, or too much was"
            );
            for name in references(&serde_json::to_value(&shown).unwrap()) {
                let name: DefName = serde_json::from_value(name.into()).unwrap();
                assert!(
                    shown.definitions.contains_key(&name),
                    "{name} is named with {open:?}"
                );
            }
        }
    }
}

#[test]
fn a_profile_never_says_what_stands_behind_a_closed_gate() {
    for protocol in protocols() {
        // Without what is Rust's alone.
        let all = names(&profile(&protocol, |_| true));
        for open in sets(&protocol) {
            let shown = profile(&protocol, |gate| open.contains(gate));
            let seen = names(&shown);
            let hidden: BTreeSet<&String> = all.difference(&seen).collect();
            if open.len() < protocol.gates.len() {
                assert!(!hidden.is_empty(), "nothing is hidden with {open:?}");
            }
            for (path, bytes) in emit_profile(&shown, &EmitOptions::default()).iter() {
                let text = std::str::from_utf8(bytes).unwrap();
                let found: Vec<_> = hidden.iter().filter(|name| says(text, name)).collect();
                assert!(found.is_empty(), "{path} says {found:?} with {open:?}");
            }
        }
    }
}

#[test]
fn gates_reach_through_nesting_maps_lists_unions_flattening_and_aliases() {
    let protocol = foundry();
    let closure = Closure::new(&protocol);
    let reached: BTreeMap<&str, Vec<&str>> = protocol
        .definitions
        .keys()
        .map(|name| (name.as_str(), closure.reached(name).iter().copied().collect()))
        .filter(|(_, gates): &(_, Vec<&str>)| !gates.is_empty())
        .collect();
    let expected = BTreeMap::from([
        ("jobs/Job", vec!["placement", "uploads"]),
        ("jobs/JobState", vec!["placement", "uploads"]),
        ("jobs/JobStateChangedParams", vec!["placement", "uploads"]),
        ("jobs/JobStopResult", vec!["placement", "uploads"]),
        ("jobs/JobSubmitParams", vec!["live_logs", "placement"]),
        ("jobs/OnFailure", vec!["live_logs", "placement", "uploads"]),
        ("jobs/Placement", vec!["live_logs"]),
        ("jobs/Priority", vec!["placement"]),
        ("jobs/RestTarget", vec!["uploads"]),
        ("jobs/Retention", vec!["uploads"]),
        ("jobs/Target", vec!["live_logs", "placement", "uploads"]),
        ("jobs/TargetFilter", vec!["live_logs", "placement", "uploads"]),
        (
            "jobs/UploadConfirmParams",
            vec!["live_logs", "placement", "uploads"],
        ),
        (
            "jobs/UploadConfirmResult",
            vec!["live_logs", "placement", "uploads"],
        ),
        ("jobs/UploadListParams", vec!["live_logs", "placement", "uploads"]),
        ("jobs/UploadListResult", vec!["live_logs", "placement", "uploads"]),
        (
            "jobs/UploadMovedParams",
            vec!["live_logs", "placement", "uploads"],
        ),
        ("jobs/UploadPlanParams", vec!["live_logs", "placement", "uploads"]),
        ("jobs/UploadPlanResult", vec!["live_logs", "placement", "uploads"]),
        ("jobs/UploadRecord", vec!["live_logs", "placement", "uploads"]),
        ("jobs/UploadRecords", vec!["live_logs", "placement", "uploads"]),
        ("jobs/UploadStep", vec!["live_logs", "placement", "uploads"]),
    ]);
    assert_eq!(reached, expected);
}

#[test]
fn what_is_lost_without_a_gate_ends_where_something_can_do_without_it() {
    let protocol = foundry();
    let closure = Closure::new(&protocol);
    let lost: Vec<&str> = protocol
        .definitions
        .keys()
        .filter(|name| !closure.lost(name).is_empty())
        .map(DefName::as_str)
        .collect();
    // Not `OnFailure`, which has a stand-in, nor what holds targets in lists, maps or fields that may be absent.
    let expected = [
        "jobs/Target",
        "jobs/TargetFilter",
        "jobs/RestTarget",
        "jobs/UploadStep",
        "jobs/UploadRecord",
        "jobs/UploadMovedParams",
    ];
    assert_eq!(
        BTreeSet::from_iter(lost.iter().copied()),
        BTreeSet::from(expected)
    );
    for name in &lost {
        let gates = closure.lost(&serde_json::from_value((*name).into()).unwrap());
        assert_eq!(Vec::from_iter(gates.iter().copied()), ["uploads"], "{name}");
    }
    assert_eq!(Vec::from_iter(closure.withheld("upload.moved")), ["uploads"]);
    assert_eq!(Vec::from_iter(closure.withheld("log.chunk")), ["live_logs"]);
    assert!(closure.withheld("job.state_changed").is_empty());

    let plan: DefName = serde_json::from_value("jobs/UploadPlanResult".into()).unwrap();
    let Shape::Struct(plan) = &protocol.definitions[&plan].shape else {
        panic!("a plan is a struct");
    };
    let ways: Vec<_> = plan
        .fields
        .iter()
        .filter(|field| !closure.lost_by_type(&field.ty).is_empty())
        .map(|field| (field.name.as_str(), way_out(field)))
        .collect();
    let expected = [
        ("main", Some(WayOut::Null)),
        ("rest", Some(WayOut::Default)),
        ("last", Some(WayOut::Omitted)),
    ];
    assert_eq!(ways, expected);
    assert!(closure.lost_by_body(plan).is_empty());
}

#[test]
fn parts_are_called_as_refusals_call_them() {
    let protocol = app_server();
    let parts: Vec<String> = Closure::new(&protocol)
        .parts()
        .into_iter()
        .map(|part| part.what)
        .collect();
    for what in [
        "thread/realtime/start",
        "thread/start.dynamicTools",
        "askForApproval.granular",
    ] {
        assert!(
            parts.iter().any(|part| part == what),
            "{what} is not in {parts:?}"
        );
    }
}

fn protocols() -> [Protocol; 2] {
    [foundry(), app_server()]
}

fn foundry() -> Protocol {
    compiled("examples/foundry/protocol.idl")
}

fn app_server() -> Protocol {
    compiled("protocol.idl")
}

fn compiled(folder: &str) -> Protocol {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let sources = SourceMap::load(&root.join(folder), folder).unwrap();
    let (protocol, diagnostics) = compile(&sources);
    assert_eq!(diagnostics.into_sorted().len(), 0);
    protocol.unwrap()
}

/// Every set of gates.
fn sets(protocol: &Protocol) -> Vec<BTreeSet<&str>> {
    let gates: Vec<&str> = protocol.gates.keys().map(String::as_str).collect();
    (0..1 << gates.len())
        .map(|set: usize| {
            let chosen = gates.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1);
            chosen.map(|(_, gate)| *gate).collect()
        })
        .collect()
}

/// Every definition that a type, a method or the envelope of the model names.
fn references(model: &Value) -> Vec<String> {
    let mut found = Vec::new();
    match model {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    (
                        "ref" | "target" | "params" | "result" | "message" | "requestId",
                        Value::String(name),
                    ) => {
                        found.push(name.clone());
                    }
                    ("errors", Value::Array(names)) => {
                        found.extend(names.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => found.extend(references(value)),
                }
            }
        }
        Value::Array(items) => found.extend(items.iter().flat_map(references)),
        _ => {}
    }
    found
}

/// Every name on the wire, and of definitions and namespaces.
fn names(protocol: &Protocol) -> BTreeSet<String> {
    fn within(model: &Value, found: &mut BTreeSet<String>) {
        match model {
            Value::Object(members) => {
                for (name, value) in members {
                    match (name.as_str(), value) {
                        ("fields" | "members", Value::Array(parts)) => {
                            let names = parts.iter().filter_map(|part| part["name"].as_str());
                            found.extend(names.map(str::to_owned));
                            within(value, found);
                        }
                        ("default" | "otherwise", _) => {}
                        ("tag" | "content", Value::String(name)) => {
                            found.insert(name.clone());
                        }
                        _ => within(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| within(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    within(&serde_json::to_value(protocol).unwrap(), &mut found);
    found.extend(protocol.methods.keys().cloned());
    found.extend(protocol.definitions.keys().map(|name| name.name().to_owned()));
    let namespaces = protocol.definitions.keys().filter_map(DefName::namespace);
    found.extend(namespaces.map(str::to_owned));
    found
}

/// Whether `text` has `name` as a name: in quotes or backticks, before a colon, in a file name, or spelled as no word is.
fn says(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
    let bytes = name.as_bytes();
    let humped = bytes
        .windows(2)
        .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    let distinctive = humped || name.contains(['/', '_', '.']);
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let whole = !before.ends_with(is_part) && !after.starts_with(is_part);
        let named = [("\"", "\""), ("`", "`")]
            .iter()
            .any(|(left, right)| before.ends_with(left) && after.starts_with(right));
        let member = before.ends_with("  ") && (after.starts_with(':') || after.starts_with("?:"));
        whole && (distinctive || named || member || before.ends_with("/") && after.starts_with(".js"))
    })
}
