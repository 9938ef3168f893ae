//! Absolute paths.
//!
//! In: `path` of the language: text. Out: an absolute path without `.`, `..` and doubled separators; a relative one is
//! refused. Nothing looks at the disk.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use crate::json::{Decode, Encode, Reader, Writer};

/// An absolute path, normalised by its text alone: `/a/../b/./c` is `/b/c`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AbsolutePath(Box<str>);

impl AbsolutePath {
    /// The path, normalised; none where it is relative, or no UTF-8, which JSON cannot hold.
    pub fn new(path: impl AsRef<Path>) -> Option<Self> {
        let path = path.as_ref();
        if !path.is_absolute() {
            return None;
        }
        let mut normal = PathBuf::new();
        for component in path.components() {
            match component {
                Component::CurDir => {}
                // At the root it stays where it is.
                Component::ParentDir => {
                    normal.pop();
                }
                other => normal.push(other),
            }
        }
        Some(Self(normal.to_str()?.into()))
    }

    /// The path.
    pub fn as_path(&self) -> &Path {
        Path::new(&*self.0)
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<Path> for AbsolutePath {
    fn as_ref(&self) -> &Path {
        self.as_path()
    }
}

impl std::ops::Deref for AbsolutePath {
    type Target = Path;

    fn deref(&self) -> &Path {
        self.as_path()
    }
}

impl From<AbsolutePath> for PathBuf {
    fn from(path: AbsolutePath) -> Self {
        Self::from(String::from(path.0))
    }
}

impl fmt::Display for AbsolutePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AbsolutePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Decode for AbsolutePath {
    fn blank() -> Self {
        Self(Box::default())
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        match r.word().map(Self::new) {
            Some(Some(path)) => *self = path,
            _ => r.refuse("an absolute path"),
        }
    }
}

impl Encode for AbsolutePath {
    fn encode(&self, w: &mut Writer) {
        w.string(&self.0);
    }
}
