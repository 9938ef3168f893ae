//! Where things are in the repository, and the protocol that the tests are about.
//!
//! In: the disk. Out: parsed documents. Everything here panics when it finds nothing, since a test that ran over no
//! files would pass.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use app_server_protocol::oracle::{DEFINITIONS, Definition};
use serde::de::DeserializeOwned;
use wiregate_codegen::ir::Protocol;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this crate lies two folders deep")
}

/// The model of the app-server protocol.
pub(crate) static MODEL: LazyLock<Protocol> = LazyLock::new(|| json(&root().join("generated/protocol.json")));

/// The emitted types, by the names of their definitions without namespace, which are unique.
pub(crate) static BY_NAME: LazyLock<HashMap<&'static str, &'static Definition>> = LazyLock::new(|| {
    let names = DEFINITIONS.iter();
    names
        .map(|definition| (bare(definition.name), definition))
        .collect()
});

/// A name without its namespace.
pub(crate) fn bare(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, name)| name)
}

/// A JSON document.
pub(crate) fn json<T: DeserializeOwned>(path: &Path) -> T {
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What lies in a folder, sorted; nothing where there is none.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    paths
}

/// Leaves a file for `tests/typescript`, whose tools know nothing of Rust.
pub(crate) fn leave(name: &str, text: &str) {
    let folder = root().join("target/agreement");
    fs::create_dir_all(&folder).expect("the target folder can be written");
    fs::write(folder.join(name), text).expect("the target folder can be written");
}

/// Fails with all that went wrong, or says how much went right.
pub(crate) fn report(what: &str, count: usize, wrong: &[String]) {
    assert!(count > 0, "{what}: nothing was compared");
    assert!(
        wrong.is_empty(),
        "{what}: {} of {count} went wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("{what}: {count}");
}
