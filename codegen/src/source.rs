//! The texts that a compilation reads, and places in them.
//!
//! In: a folder of `.idl` and foreign `.json` files, or the same as bytes. Out: a [`SourceMap`]; a [`Span`] is a
//! file and a byte range that every later pass can point at.

use std::fs;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

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
    /// Where each line begins, once somebody asked.
    lines: OnceLock<Vec<usize>>,
}

impl SourceFile {
    /// The path as diagnostics print it: `protocol.idl/v2/thread.idl`.
    pub fn display(&self) -> String {
        format!("{}{}", self.prefix, self.path)
    }

    fn line_starts(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            let ends = self.bytes.iter().enumerate().filter(|&(_, &byte)| byte == b'\n');
            std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect()
        })
    }

    /// The line that holds `byte`, counted from 0.
    fn line_at(&self, byte: usize) -> usize {
        self.line_starts().partition_point(|&start| start <= byte) - 1
    }
}

/// Every text of one compilation, sorted by path.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Reads every `.idl` and `.json` file below `dir`, but hidden ones. Files over [`MAX_FILE_BYTES`] are cut off one
    /// byte later, and refused by whoever reads them. Diagnostics print `shown` before each path, which is how people
    /// write the folder.
    ///
    /// # Errors
    /// When there is no such folder, when no `.idl` file is in it, and when something in it cannot be read.
    pub fn load(dir: &Path, shown: &str) -> Result<Self, LoadError> {
        if !dir.is_dir() {
            return Err(match dir.exists() {
                true => LoadError::NoFolder(dir.to_owned()),
                false => LoadError::Missing(dir.to_owned()),
            });
        }
        let root = dir.canonicalize().map_err(unreadable(dir))?;
        let mut found = Vec::new();
        let mut folders = vec![(dir.to_owned(), String::new())];
        while let Some((folder, below)) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(unreadable(&folder))? {
                let entry = entry.map_err(unreadable(&folder))?;
                let path = entry.path();
                let name = entry.file_name();
                let Some(name) = name.to_str() else {
                    return Err(LoadError::BadName(path));
                };
                if name.starts_with('.') {
                    continue;
                }
                let kind = entry.file_type().map_err(unreadable(&path))?;
                if kind.is_dir() {
                    folders.push((path, format!("{below}{name}/")));
                } else if name.ends_with(".idl") || name.ends_with(".json") {
                    if kind.is_symlink() && !leads_inside(&path, &root)? {
                        return Err(LoadError::LinkOutside(path));
                    }
                    found.push((format!("{below}{name}"), read(&path)?));
                }
            }
        }
        let map = Self::with_prefix(&format!("{}/", shown.trim_end_matches('/')), found);
        let has_idl = map.files.iter().any(|file| file.kind == FileKind::Idl);
        match has_idl {
            true => Ok(map),
            false => Err(LoadError::NoIdl(dir.to_owned())),
        }
    }

    /// A map of texts from memory: `(path below the IDL folder, bytes)`. Files that are neither `.idl` nor `.json` are
    /// left out; the order of `files` does not matter.
    pub fn from_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        Self::with_prefix("", files)
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
                    lines: OnceLock::new(),
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
        let file = self.file(file);
        let byte = byte.min(file.bytes.len());
        let line = file.line_at(byte);
        let before = &file.bytes[file.line_starts()[line]..byte];
        (line + 1, String::from_utf8_lossy(before).chars().count() + 1)
    }

    /// The bytes of the lines that hold `range`, without the last line feed.
    pub fn lines_around(&self, file: FileId, range: Range<usize>) -> Range<usize> {
        let file = self.file(file);
        let length = file.bytes.len();
        let first = file.line_at(range.start.min(length));
        let last = file.line_at(
            range
                .end
                .min(length)
                .saturating_sub(1)
                .max(range.start.min(length)),
        );
        let starts = file.line_starts();
        let end = starts.get(last + 1).map_or(length, |next| next - 1);
        starts[first]..end
    }
}

/// Why a folder could not be loaded. Each says which path, and what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// There is nothing at this path.
    Missing(PathBuf),
    /// There is something else than a folder at this path.
    NoFolder(PathBuf),
    /// No `.idl` file is in this folder.
    NoIdl(PathBuf),
    /// A link to something outside of the folder.
    LinkOutside(PathBuf),
    /// A name that is not UTF-8.
    BadName(PathBuf),
    /// The system refuses to read this.
    Unreadable(PathBuf, io::Error),
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(path) => write!(
                f,
                "there is no folder `{}`; name the folder that holds the `.idl` files",
                path.display()
            ),
            Self::NoFolder(path) => write!(
                f,
                "`{}` is not a folder; name the folder that holds the `.idl` files",
                path.display()
            ),
            Self::NoIdl(path) => write!(
                f,
                "no `.idl` file is in `{}`; `wiregate new DIR` starts a protocol",
                path.display()
            ),
            Self::LinkOutside(path) => write!(
                f,
                "`{}` links to a file outside of the folder; put a copy of the file in its place",
                path.display()
            ),
            Self::BadName(path) => write!(
                f,
                "the name of `{}` is not UTF-8; give it another name",
                path.display()
            ),
            Self::Unreadable(path, error) => {
                write!(
                    f,
                    "cannot read `{}`: {error}; check its permissions",
                    path.display()
                )
            }
        }
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(_, error) => Some(error),
            _ => None,
        }
    }
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> LoadError {
    let path = path.to_owned();
    move |error| LoadError::Unreadable(path.clone(), error)
}

/// Whether the link at `path` leads to something in the folder `root`.
fn leads_inside(path: &Path, root: &Path) -> Result<bool, LoadError> {
    let target = path.canonicalize().map_err(unreadable(path))?;
    Ok(target.starts_with(root))
}

fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    let read = || {
        // A named pipe would be waited for.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::other("not a file"));
        }
        let mut bytes = Vec::new();
        let limit = MAX_FILE_BYTES as u64 + 1;
        fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(unreadable(path))
}
