//! What is done to files and folders, one call at a time.
//!
//! In: absolute paths. Out: what stands there, or a [`Fault`] with the path that it happened at. Everything here blocks, and
//! knows nothing of the protocol but the words of its errors.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// An operation that failed.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Where.
    pub(crate) path: PathBuf,
    /// Why. Of kind `InvalidInput` where the request makes no sense for what is there.
    pub(crate) error: io::Error,
}

impl Fault {
    fn invalid(path: &Path, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            error: io::Error::new(ErrorKind::InvalidInput, text),
        }
    }
}

/// Names the path in an error.
trait At<T> {
    fn at(self, path: &Path) -> Result<T, Fault>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, Fault> {
        self.map_err(|error| Fault {
            path: path.to_owned(),
            error,
        })
    }
}

/// All bytes of a file; none when there are more than `limit`.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Fault> {
    let metadata = fs::metadata(path).at(path)?;
    if !metadata.is_file() && !metadata.is_dir() {
        // Reading a pipe could wait for ever.
        return Err(Fault::invalid(path, "fs/readFile only supports regular files"));
    }
    if metadata.len() > limit {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    // The file may grow, or tell no length at all.
    File::open(path)
        .at(path)?
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .at(path)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// Makes or replaces a file.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return Err(Fault::invalid(path, "fs/writeFile only supports regular files"));
    }
    fs::write(path, bytes).at(path)
}

/// Makes a folder.
pub(crate) fn create_folder(path: &Path, recursive: bool) -> Result<(), Fault> {
    if recursive {
        fs::create_dir_all(path).at(path)
    } else {
        fs::create_dir(path).at(path)
    }
}

/// What stands at a path.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) is_folder: bool,
    pub(crate) is_file: bool,
    /// In milliseconds since 1970; 0 where the file system does not know.
    pub(crate) created: i64,
    /// As `created`.
    pub(crate) modified: i64,
}

/// Looks at what stands at a path, symbolic links followed.
pub(crate) fn look(path: &Path) -> Result<Found, Fault> {
    let metadata = fs::metadata(path).at(path)?;
    Ok(Found {
        is_folder: metadata.is_dir(),
        is_file: metadata.is_file(),
        created: milliseconds(metadata.created()),
        modified: milliseconds(metadata.modified()),
    })
}

fn milliseconds(time: io::Result<SystemTime>) -> i64 {
    let Ok(time) = time else { return 0 };
    let (span, sign) = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => (after, 1),
        Err(before) => (before.duration(), -1),
    };
    i64::try_from(span.as_millis()).map_or(0, |span| sign * span)
}

/// One name in a folder.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) is_folder: bool,
    pub(crate) is_file: bool,
}

/// The names in a folder, sorted. Symbolic links are followed; one that leads nowhere is neither file nor folder.
pub(crate) fn list(path: &Path) -> Result<Vec<Entry>, Fault> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).at(path)? {
        let entry = entry.at(path)?;
        let metadata = fs::metadata(entry.path()).ok();
        entries.push(Entry {
            name: entry.file_name().to_string_lossy().into_owned(),
            is_folder: metadata.as_ref().is_some_and(Metadata::is_dir),
            is_file: metadata.as_ref().is_some_and(Metadata::is_file),
        });
    }
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// Removes what stands at a path. With `force`, nothing may stand there.
pub(crate) fn remove(path: &Path, recursive: bool, force: bool) -> Result<(), Fault> {
    let removed = fs::symlink_metadata(path).and_then(|found| match (found.is_dir(), recursive) {
        (true, true) => fs::remove_dir_all(path),
        (true, false) => fs::remove_dir(path),
        (false, _) => fs::remove_file(path),
    });
    match removed {
        Err(error) if force && error.kind() == ErrorKind::NotFound => Ok(()),
        other => other.at(path),
    }
}

/// Copies a file, a symbolic link, or with `recursive` a folder.
pub(crate) fn copy(from: &Path, to: &Path, recursive: bool) -> Result<(), Fault> {
    let found = fs::symlink_metadata(from).at(from)?;
    if found.is_dir() {
        if !recursive {
            let text = "fs/copy requires recursive: true when sourcePath is a directory";
            return Err(Fault::invalid(from, text));
        }
        if real_path(to)
            .at(to)?
            .starts_with(fs::canonicalize(from).at(from)?)
        {
            let text = "fs/copy cannot copy a directory to itself or one of its descendants";
            return Err(Fault::invalid(to, text));
        }
        return copy_folder(from, to);
    }
    if !copy_one(from, to, &found)? {
        return Err(Fault::invalid(
            from,
            "fs/copy only supports regular files, directories, and symlinks",
        ));
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Fault> {
    fs::create_dir_all(to).at(to)?;
    for entry in fs::read_dir(from).at(from)? {
        let entry = entry.at(from)?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let found = fs::symlink_metadata(&from).at(&from)?;
        if found.is_dir() {
            copy_folder(&from, &to)?;
        } else if !copy_one(&from, &to, &found)? {
            tracing::debug!(path = %from.display(), "neither file, folder nor link: not copied");
        }
    }
    Ok(())
}

/// Copies a file or a symbolic link; false for anything else.
fn copy_one(from: &Path, to: &Path, found: &Metadata) -> Result<bool, Fault> {
    if found.is_symlink() {
        copy_link(from, to)?;
    } else if found.is_file() {
        // Copying a file onto itself would empty it first.
        if fs::canonicalize(to).is_ok_and(|to| fs::canonicalize(from).is_ok_and(|from| from == to)) {
            return Err(Fault::invalid(to, "fs/copy cannot copy a file to itself"));
        }
        fs::copy(from, to).at(to)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> Result<(), Fault> {
    std::os::unix::fs::symlink(fs::read_link(from).at(from)?, to).at(to)
}

#[cfg(windows)]
fn copy_link(from: &Path, to: &Path) -> Result<(), Fault> {
    let target = fs::read_link(from).at(from)?;
    let is_folder = fs::metadata(from).is_ok_and(|found| found.is_dir());
    let link = if is_folder {
        std::os::windows::fs::symlink_dir
    } else {
        std::os::windows::fs::symlink_file
    };
    link(target, to).at(to)
}

/// The path without symbolic links, also where its last parts do not exist yet.
fn real_path(path: &Path) -> io::Result<PathBuf> {
    match (fs::canonicalize(path), path.parent(), path.file_name()) {
        (Err(error), Some(parent), Some(name)) if error.kind() == ErrorKind::NotFound => {
            Ok(real_path(parent)?.join(name))
        }
        (found, _, _) => found,
    }
}
