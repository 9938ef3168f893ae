//! What the fuzzer has found worth keeping is replayed: the corpora in `runtime/fuzz/corpus/` hold.
//!
//! In: a folder of inputs for each target. Out: nothing, or the file that shows a fault. `runtime/fuzz/README.md` says how the
//! corpora grow.
#![cfg(feature = "tokio")]

#[path = "fuzzed/conversation.rs"]
mod conversation;
#[path = "fuzzed/json.rs"]
mod json;
#[path = "fuzzed/lines.rs"]
mod lines;
#[path = "fuzzed/message.rs"]
mod message;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

#[test]
fn documents() {
    replay("json", json::check);
}

#[test]
fn messages() {
    replay("message", message::check);
}

#[test]
fn framing() {
    replay("lines", lines::check);
}

#[test]
fn conversations() {
    replay("conversation", conversation::check);
}

fn replay(target: &str, check: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder)
        .expect("a corpus")
        .map(|entry| entry.expect("an entry"))
    {
        let input = fs::read(entry.path()).expect("an input");
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(&input))) {
            eprintln!("in {}", entry.path().display());
            resume_unwind(panic);
        }
        count += 1;
    }
    assert!(count > 20, "{count} inputs in {}", folder.display());
}
