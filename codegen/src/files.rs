//! Emitted files, in memory.
//!
//! In: what emitters write. Out: a sorted map of path to bytes, which only `output` puts on a disk.

use std::collections::BTreeMap;

/// Files by path below the output folder, with forward slashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    ///
    /// # Panics
    /// When two emitters write the same path: `check` has refused every way to that.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Vec<u8>>) {
        let path = path.into();
        let clash = self.0.insert(path.clone(), text.into());
        assert!(clash.is_none(), "two emitters write {path}");
    }

    /// Adds every file of `other` below `folder`.
    pub fn add_below(&mut self, folder: &str, other: Files) {
        for (path, bytes) in other.0 {
            self.add(format!("{folder}/{path}"), bytes);
        }
    }

    /// The files, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0
            .iter()
            .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// The bytes at `path`.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.0.get(path).map(Vec::as_slice)
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
