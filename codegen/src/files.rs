//! Emitted files, in memory.
//!
//! In: what emitters write. Out: a sorted map of path to bytes, which only `output` puts on a disk.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

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
        match self.0.entry(path.into()) {
            Entry::Vacant(free) => free.insert(text.into()),
            Entry::Occupied(taken) => panic!("two emitters write {}", taken.key()),
        };
    }

    /// The same files below `folder`.
    #[must_use]
    pub fn below(self, folder: &str) -> Self {
        let files = self.0.into_iter();
        Self(
            files
                .map(|(path, bytes)| ([folder, "/", &path].concat(), bytes))
                .collect(),
        )
    }

    /// The files of every part.
    ///
    /// # Panics
    /// As [`Files::add`].
    pub fn of_parts(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut files = Self::new();
        for (path, bytes) in parts.into_iter().flat_map(|part| part.0) {
            files.add(path, bytes);
        }
        files
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
