//! What must hold of any document: `serde_json` takes the same ones, and reads the same in them.
//!
//! In: bytes. Out: nothing, or a panic that says on what the two differ.

use serde_json::Value;
use wiregate_runtime::json::{self, Json};

/// Both as a raw value, which is skipped, and as a tree, which is read in full.
pub(crate) fn check(document: &[u8]) {
    let theirs: Result<Value, _> = serde_json::from_slice(document);
    let ours: Result<Json, _> = json::from_slice(document);
    let shown = String::from_utf8_lossy(document);
    match (theirs, ours) {
        (Ok(theirs), Ok(ours)) => {
            assert_eq!(ours.to_value(), theirs, "{shown}");
            assert_eq!(Tree::read(document), Ok(theirs), "{shown}");
        }
        (Err(_), Err(ours)) => {
            assert_eq!(ours.kind(), json::DecodeErrorKind::Syntax, "{shown}");
            assert!(Tree::read(document).is_err(), "{shown}");
        }
        (theirs, ours) => panic!("serde_json: {theirs:?}\nours: {ours:?}\n{shown}"),
    }
}

/// A tree that is read by every part of the reader: objects, lists, numbers and strings.
struct Tree(Value);

impl Tree {
    fn read(document: &[u8]) -> Result<Value, json::DecodeError> {
        json::from_slice::<Tree>(document).map(|tree| tree.0)
    }
}

impl json::Decode for Tree {
    fn blank() -> Self {
        Self(Value::Null)
    }

    fn decode(&mut self, r: &mut json::Reader<'_>) {
        use json::Kind;
        self.0 = match r.kind() {
            Kind::Null => {
                r.null();
                Value::Null
            }
            Kind::Bool => r.value::<bool>().into(),
            Kind::String => r.value::<String>().into(),
            Kind::List => r.value::<Vec<Tree>>().into_iter().map(|tree| tree.0).collect(),
            Kind::Object => {
                let map = r.value::<wiregate_runtime::Map<String, Tree>>();
                Value::Object(map.into_iter().map(|(name, tree)| (name, tree.0)).collect())
            }
            Kind::Number => {
                let outcome = r.raw();
                let text = r.kept(outcome).unwrap_or_default();
                match (json::from_str::<u64>(text), json::from_str::<i64>(text)) {
                    // serde_json has a double for a negative zero.
                    (Ok(value), _) if !text.starts_with('-') => value.into(),
                    (_, Ok(value)) if value != 0 => value.into(),
                    _ => json::from_str::<f64>(text).unwrap_or_default().into(),
                }
            }
        };
    }
}
