//! The texts that a compilation reads, and places in them.
//!
//! In: a folder of `.idl` and foreign `.json` files, or the same as bytes. Out: a [`SourceMap`]; a [`Span`] is a
//! file and a byte range that every later pass can point at.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

/// Files over this size are refused: no protocol needs them, and every pass may hold several copies.
pub const MAX_FILE_BYTES: usize = 4 << 20;

/// One file of a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A byte range of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte, counted from the start of the file.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range of `file` from byte `range.start` up to, not including, `range.end`.
    pub fn new(file: FileId, range: Range<usize>) -> Self {
        let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            file,
            start: byte(range.start),
            end: byte(range.end),
        }
    }

    /// The smallest span that covers `self` and `other`; `self` where they are in different files.
    pub fn to(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The range as indexes into the text of its file.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// What a file is, told by its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Text in the interface language, `.idl`.
    Idl,
    /// A JSON Schema that a `foreign` item reads, `.json`.
    Schema,
}

/// One text: its path for people, and its bytes.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Path below the IDL folder, with forward slashes: `v2/thread.idl`.
    pub path: String,
    /// What to print before `path` in diagnostics: `protocol.idl/`; empty for texts from memory.
    pub prefix: String,
    /// What the file is.
    pub kind: FileKind,
    /// The bytes as read. `parse` reports those that are not UTF-8.
    pub bytes: Vec<u8>,
}

impl SourceFile {
    /// The path as diagnostics print it: `protocol.idl/v2/thread.idl`.
    pub fn display(&self) -> String {
        format!("{}{}", self.prefix, self.path)
    }
}

/// The interface files could not be read.
#[derive(Debug)]
pub enum LoadError {
    /// The folder holds no `.idl` file.
    Empty(PathBuf),
    /// A file or folder cannot be read.
    Unreadable(PathBuf, io::Error),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(path) => write!(f, "there is no `.idl` file below `{}`", path.display()),
            Self::Unreadable(path, error) => write!(f, "cannot read `{}`: {error}", path.display()),
        }
    }
}

impl std::error::Error for LoadError {}

/// Every text of one compilation, sorted by path.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// A map of texts from memory: `(path below the IDL folder, bytes)`. Files that are neither `.idl` nor `.json` are
    /// left out; the order of `files` does not matter.
    pub fn from_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        Self::with_prefix("", files)
    }

    /// The `.idl` and `.json` files below a folder. Hidden files and links are passed over. Diagnostics print `shown` before
    /// each path, which is how people write the folder.
    ///
    /// # Errors
    /// When the folder is not there, cannot be read, or holds no `.idl` file.
    pub fn load(folder: &Path, shown: &str) -> Result<Self, LoadError> {
        let mut files = Vec::new();
        read_below(folder, "", &mut files)?;
        let map = Self::with_prefix(&format!("{}/", shown.trim_end_matches('/')), files);
        if map.files.iter().any(|file| file.kind == FileKind::Idl) {
            Ok(map)
        } else {
            Err(LoadError::Empty(folder.to_owned()))
        }
    }

    /// As [`SourceMap::from_files`], with what diagnostics print before each path.
    pub fn with_prefix(prefix: &str, files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let mut files: Vec<SourceFile> = files
            .into_iter()
            .filter_map(|(path, bytes)| {
                let kind = match path.rsplit_once('.')?.1 {
                    "idl" => FileKind::Idl,
                    "json" => FileKind::Schema,
                    _ => return None,
                };
                Some(SourceFile {
                    path,
                    prefix: prefix.to_owned(),
                    kind,
                    bytes,
                })
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }

    /// The files with their ids, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files
            .iter()
            .enumerate()
            .map(|(at, file)| (FileId(at as u32), file))
    }

    /// The file that `id` names.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// The id of the file at `path` below the IDL folder.
    pub fn find(&self, path: &str) -> Option<FileId> {
        let at = self
            .files
            .binary_search_by(|file| file.path.as_str().cmp(path))
            .ok()?;
        Some(FileId(at as u32))
    }

    /// The text of a file, with bytes that are not UTF-8 replaced.
    pub fn text(&self, id: FileId) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.file(id).bytes)
    }

    /// Line and column of a byte, both counted from 1, the column in characters.
    pub fn line_column(&self, file: FileId, byte: usize) -> (usize, usize) {
        let bytes = &self.file(file).bytes;
        let before = &bytes[..byte.min(bytes.len())];
        let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        (
            line,
            String::from_utf8_lossy(&before[line_start..]).chars().count() + 1,
        )
    }
}

fn read_below(folder: &Path, below: &str, files: &mut Vec<(String, Vec<u8>)>) -> Result<(), LoadError> {
    let place = folder.join(below);
    let unreadable = |path: &Path, error| LoadError::Unreadable(path.to_owned(), error);
    for entry in fs::read_dir(&place).map_err(|error| unreadable(&place, error))? {
        let entry = entry.map_err(|error| unreadable(&place, error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry
            .file_type()
            .map_err(|error| unreadable(&entry.path(), error))?;
        let path = if below.is_empty() {
            name.clone()
        } else {
            format!("{below}/{name}")
        };
        if name.starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            read_below(folder, &path, files)?;
        } else if kind.is_file() && (name.ends_with(".idl") || name.ends_with(".json")) {
            let bytes = fs::read(entry.path()).map_err(|error| unreadable(&entry.path(), error))?;
            files.push((path, bytes));
        }
    }
    Ok(())
}
