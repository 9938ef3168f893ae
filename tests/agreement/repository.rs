//! Where things are in the repository, and the protocols that the tests are about.
//!
//! In: the disk. Out: parsed documents. Everything here panics when it finds nothing, since a test that ran over no
//! files would pass.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use schemars::Schema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wiregate_codegen::ir::{DefName, Protocol};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this crate lies two folders deep")
}

/// A protocol: its model, and what was emitted from it.
pub(crate) struct Emitted {
    /// Where its files are, as people write it.
    folder: &'static str,
    pub(crate) model: Protocol,
    /// In the order of the model.
    pub(crate) types: Vec<Type>,
}

/// An emitted type beside its derived twin, as the feature `oracle` of an emitted crate shows them.
pub(crate) struct Type {
    pub(crate) name: &'static str,
    pub(crate) emitted: fn(&[u8]) -> Result<Vec<u8>, Refusal>,
    pub(crate) derived: fn(&[u8]) -> Result<Vec<u8>, String>,
    pub(crate) schema: fn() -> Schema,
    pub(crate) typescript: fn() -> String,
}

/// The place that an error names, and its text.
pub(crate) type Refusal = (String, String);

/// The types of an emitted crate. Each has tables of its own.
macro_rules! types {
    ($emitted:ident) => {{
        let definitions = $emitted::oracle::DEFINITIONS.iter();
        definitions
            .map(|definition| Type {
                name: definition.name,
                emitted: definition.emitted,
                derived: definition.derived,
                schema: definition.schema,
                typescript: definition.typescript,
            })
            .collect()
    }};
}

/// The protocol that the fixtures are of.
pub(crate) static APP_SERVER: LazyLock<Emitted> =
    LazyLock::new(|| Emitted::at("generated", types!(app_server_protocol)));

/// A protocol of another style.
static FOUNDRY: LazyLock<Emitted> =
    LazyLock::new(|| Emitted::at("examples/foundry/generated", types!(foundry_protocol)));

/// Every protocol of the repository.
pub(crate) fn protocols() -> [&'static Emitted; 2] {
    [&APP_SERVER, &FOUNDRY]
}

impl Emitted {
    fn at(folder: &'static str, types: Vec<Type>) -> Self {
        let model: Protocol = json(&root().join(folder).join("protocol.json"));
        let names: Vec<&str> = model.definitions.keys().map(DefName::as_str).collect();
        let emitted: Vec<&str> = types.iter().map(|ty| ty.name).collect();
        assert_eq!(
            names, emitted,
            "{folder}: Rust has all definitions of the model, and no others"
        );
        Self { folder, model, types }
    }

    /// Definitions with their types.
    pub(crate) fn definitions(&self) -> impl Iterator<Item = (&DefName, &Type)> {
        self.model.definitions.keys().zip(&self.types)
    }

    /// The definition of a name without namespace, which is unique.
    pub(crate) fn named(&self, name: &str) -> Option<(&DefName, &Type)> {
        self.definitions().find(|(full, _)| full.name() == name)
    }

    /// Adds the text of every file in a folder of what was emitted, by its path, which begins with `shown`.
    pub(crate) fn read_below(&self, folder: &str, shown: &str, files: &mut BTreeMap<String, String>) {
        for path in entries(&root().join(self.folder).join(folder)) {
            let name = path.file_name().expect("an entry has a name").to_string_lossy();
            let shown = format!("{shown}/{name}");
            if path.is_dir() {
                self.read_below(&format!("{folder}/{name}"), &shown, files);
            } else {
                let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{shown}: {error}"));
                files.insert(shown, text);
            }
        }
    }

    /// The bundle that holds every definition which a method reaches.
    pub(crate) fn flat_bundle(&self) -> Value {
        let folder = root().join(self.folder).join("json/experimental");
        let flat = |path: &&PathBuf| path.to_string_lossy().ends_with(".flat.json");
        json(
            entries(&folder)
                .iter()
                .find(flat)
                .expect("there is a flat bundle"),
        )
    }
}

impl Type {
    /// What the emitted type writes after it read this, or why it refuses it.
    pub(crate) fn read(&self, text: &str) -> Result<Value, String> {
        let written = (self.emitted)(text.as_bytes()).map_err(|(_, error)| error)?;
        serde_json::from_slice(&written).map_err(|error| error.to_string())
    }

    /// What the derived twin writes after it read this, or why it refuses it.
    pub(crate) fn read_by_twin(&self, text: &str) -> Result<Value, String> {
        let written = (self.derived)(text.as_bytes())?;
        serde_json::from_slice(&written).map_err(|error| error.to_string())
    }
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
