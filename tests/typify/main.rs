//! A stranger's generator makes Rust of the flat bundles alone, and what it makes reads our messages.
//!
//! In: the code that typify wrote (`build.rs`), and `fixtures/`. Out: each valid message that it refuses. That this file
//! compiles is the other half of the test.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// Reads a message; the error says why it is refused.
type Read = fn(&str) -> Result<(), String>;

fn read<T: DeserializeOwned>(text: &str) -> Result<(), String> {
    serde_json::from_str::<T>(text)
        .map(drop)
        .map_err(|error| error.to_string())
}

#[allow(warnings, clippy::all, reason = "somebody else wrote it")]
mod app_server {
    include!(concat!(env!("OUT_DIR"), "/app_server.rs"));
}

#[allow(warnings, clippy::all, reason = "somebody else wrote it")]
mod stable {
    include!(concat!(env!("OUT_DIR"), "/stable.rs"));
}

#[allow(warnings, clippy::all, reason = "somebody else wrote it")]
mod foundry {
    include!(concat!(env!("OUT_DIR"), "/foundry.rs"));
}

#[test]
fn valid_fixtures_are_read() {
    let (count, wrong) = refused(app_server::TYPES);
    assert!(
        wrong.is_empty(),
        "{} of {count} refused\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("valid messages read: {count}");
}

#[test]
fn without_what_is_gated_they_are_read_but_for_gated_members() {
    let gated = ["granular", "chatgptAuthTokens"];
    let (count, wrong) = refused(stable::TYPES);
    let (expected, surprising): (Vec<_>, Vec<_>) = wrong
        .into_iter()
        .partition(|refusal| gated.iter().any(|member| refusal.contains(member)));
    assert!(
        !expected.is_empty() && surprising.is_empty(),
        "{}",
        surprising.join("\n")
    );
    println!(
        "valid messages read: {count}, but for {} with a gated member",
        expected.len()
    );
}

/// How many fixtures there are of definitions in a bundle, and those that its types refuse, with their text.
fn refused(types: &[(&str, Read)]) -> (usize, Vec<String>) {
    let types: HashMap<&str, Read> = types.iter().copied().collect();
    let mut count = 0;
    let mut wrong = Vec::new();
    for folder in entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let Some(read) = types.get(&*name) else {
            continue;
        };
        for path in entries(&folder.join("valid")) {
            let text = fs::read_to_string(&path).expect("the file was listed");
            count += 1;
            if let Err(error) = read(&text) {
                wrong.push(format!("{}: {error}: {text}", path.display()));
            }
        }
    }
    assert!(count > 0, "no fixture belongs to a definition of the bundle");
    (count, wrong)
}

#[test]
fn the_second_protocol_becomes_types_too() {
    assert!(!foundry::TYPES.is_empty());
    println!("types: {}", foundry::TYPES.len());
}

/// What lies in a folder, sorted; nothing where there is none.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    paths
}
