//! The output folder on disk.
//!
//! In: [`Files`] and the folder that they belong in. Out: what is fresh, stale, missing or orphaned, and, when asked, a
//! folder that holds exactly those files. A run that is killed or fails leaves whole files only.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::Files;

/// Folders that other tools make inside an output folder, and that are not ours to judge.
const PASSED_OVER: &[&str] = &["target", "node_modules"];
/// Files that other tools make inside an output folder.
const PASSED_OVER_FILES: &[&str] = &["Cargo.lock", ".DS_Store"];
/// What the name of a file that is being written ends with, until it is renamed.
const STAGED: &str = ".wiregate-new";
/// What every emitted file says near its beginning; the model says it by being the model.
const MARK: &[u8] = b"@generated";
const MARK_WITHIN: usize = 1024;

/// How one path of the output folder stands against the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The file is what the input gives.
    Fresh,
    /// The file differs.
    Stale,
    /// The file is not there.
    Missing,
    /// An emitted file that the input no longer gives.
    Orphaned,
    /// A file that we did not write; it is left alone, and does not belong there.
    Stray,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Missing => "missing",
            Self::Orphaned => "orphaned",
            Self::Stray => "stray",
        })
    }
}

/// The output folder could not be read or written.
#[derive(Debug)]
pub struct OutputError {
    doing: &'static str,
    path: PathBuf,
    cause: io::Error,
}

impl OutputError {
    fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self { doing, path, cause }
    }
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot {} `{}`: {}",
            self.doing,
            self.path.display(),
            self.cause
        )
    }
}

impl std::error::Error for OutputError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// How every path of `folder` stands against `files`, sorted by path. A folder that does not exist holds nothing.
///
/// # Errors
/// When the folder or a file in it cannot be read.
pub fn compare(folder: &Path, files: &Files) -> Result<BTreeMap<String, State>, OutputError> {
    let mut states = BTreeMap::new();
    let mut on_disk = BTreeSet::new();
    list(folder, "", &mut on_disk)?;
    for (path, bytes) in files.iter() {
        let state = if on_disk.remove(path) {
            let place = folder.join(path);
            let old = fs::read(&place).map_err(OutputError::at("read", &place))?;
            if old == bytes { State::Fresh } else { State::Stale }
        } else {
            State::Missing
        };
        states.insert(path.to_owned(), state);
    }
    for path in on_disk {
        let state = if is_ours(&folder.join(&path))? {
            State::Orphaned
        } else {
            State::Stray
        };
        states.insert(path, state);
    }
    Ok(states)
}

/// Makes `folder` hold `files`: writes what is stale or missing, removes what is orphaned, and leaves fresh and stray
/// files alone. Every new file is written beside its place before the first one is renamed into it; a folder that does not
/// exist yet is written beside its place as a whole.
///
/// # Errors
/// When something cannot be written, replaced or removed. The folder is as it was then, and every file whole.
pub fn write(folder: &Path, files: &Files, states: &BTreeMap<String, State>) -> Result<(), OutputError> {
    if !folder.exists() && folder.file_name().is_some() {
        return write_new(folder, files);
    }
    let changed: Vec<(PathBuf, &[u8])> = files
        .iter()
        .filter(|(path, _)| {
            states
                .get(*path)
                .is_none_or(|state| matches!(state, State::Stale | State::Missing))
        })
        .map(|(path, bytes)| (folder.join(path), bytes))
        .collect();
    let orphaned = states.iter().filter(|(_, state)| **state == State::Orphaned);
    let orphaned: Vec<PathBuf> = orphaned.map(|(path, _)| folder.join(path)).collect();
    let made = make_folders(folder, &changed)?;
    let mut replaced = Vec::new();
    let staged_files: Vec<(PathBuf, &[u8])> = changed
        .iter()
        .map(|(path, bytes)| (staged(path), *bytes))
        .collect();
    let done = put(&staged_files)
        .and_then(|()| replace(&changed, &mut replaced))
        .and_then(|()| remove(&orphaned, &mut replaced));
    if let Err(error) = done {
        for (path, old) in replaced.iter().rev() {
            put_back(path, old.as_deref());
        }
        for (path, _) in &changed {
            let _ = fs::remove_file(staged(path));
        }
        // Only folders that are empty go, so that nothing of anybody else is lost.
        for made in made.iter().rev() {
            let _ = fs::remove_dir(made);
        }
        return Err(error);
    }
    for place in &orphaned {
        remove_empty_parents(folder, place);
    }
    Ok(())
}

/// Writes a folder that does not exist: one rename then, instead of one for each file.
fn write_new(folder: &Path, files: &Files) -> Result<(), OutputError> {
    let beside = staged(folder);
    if beside.exists() {
        // A killed run left it.
        fs::remove_dir_all(&beside).map_err(OutputError::at("remove", &beside))?;
    }
    let all: Vec<(PathBuf, &[u8])> = files
        .iter()
        .map(|(path, bytes)| (beside.join(path), bytes))
        .collect();
    let made = make_folders(&beside, &all)?;
    let place = |()| fs::rename(&beside, folder).map_err(OutputError::at("make the folder", folder));
    put(&all).and_then(place).inspect_err(|_| {
        let _ = fs::remove_dir_all(&beside);
        for made in made.iter().rev() {
            let _ = fs::remove_dir(made);
        }
    })
}

/// What stood at each path that was replaced or removed: nothing, or these bytes.
type Replaced = Vec<(PathBuf, Option<Vec<u8>>)>;

fn replace(changed: &[(PathBuf, &[u8])], replaced: &mut Replaced) -> Result<(), OutputError> {
    for (path, _) in changed {
        let old = read_if_there(path)?;
        fs::rename(staged(path), path).map_err(OutputError::at("replace", path))?;
        replaced.push((path.clone(), old));
    }
    Ok(())
}

fn remove(orphaned: &[PathBuf], replaced: &mut Replaced) -> Result<(), OutputError> {
    for path in orphaned {
        // What a killed run left beside its place was written again, and is in its place by now.
        let Some(old) = read_if_there(path)? else { continue };
        fs::remove_file(path).map_err(OutputError::at("remove", path))?;
        replaced.push((path.clone(), Some(old)));
    }
    Ok(())
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, OutputError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(OutputError::at("read", path)(error)),
    }
}

/// Undoes a replacement, as far as a folder that is failing lets it.
fn put_back(path: &Path, old: Option<&[u8]>) {
    let _ = match old {
        Some(bytes) => fs::write(staged(path), bytes).and_then(|()| fs::rename(staged(path), path)),
        None => fs::remove_file(path),
    };
}

fn staged(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(STAGED);
    path.with_file_name(name)
}

/// Writes every file, on as many threads as there are processors.
fn put(changed: &[(PathBuf, &[u8])]) -> Result<(), OutputError> {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get().min(8));
    let share = changed.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = changed
            .chunks(share)
            .map(|chunk| {
                scope.spawn(move || {
                    chunk.iter().try_for_each(|(path, bytes)| {
                        fs::write(path, bytes).map_err(OutputError::at("write", path))
                    })
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })
}

/// Makes the folders that the files need; answers those that are new, outermost first.
fn make_folders(folder: &Path, changed: &[(PathBuf, &[u8])]) -> Result<Vec<PathBuf>, OutputError> {
    let wanted: BTreeSet<&Path> = changed.iter().filter_map(|(path, _)| path.parent()).collect();
    let mut made = Vec::new();
    for place in std::iter::once(folder).chain(wanted) {
        let new: Vec<_> = place
            .ancestors()
            .take_while(|at| !at.as_os_str().is_empty() && !at.exists())
            .collect();
        fs::create_dir_all(place).map_err(OutputError::at("make the folder", place))?;
        made.extend(new.into_iter().rev().map(Path::to_owned));
    }
    Ok(made)
}

/// The files below `folder`, with forward slashes.
fn list(folder: &Path, below: &str, found: &mut BTreeSet<String>) -> Result<(), OutputError> {
    let place = folder.join(below);
    let entries = match fs::read_dir(&place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound && below.is_empty() => return Ok(()),
        Err(error) => return Err(OutputError::at("read the folder", &place)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(OutputError::at("read the folder", &place))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name.clone()
        } else {
            format!("{below}/{name}")
        };
        let kind = entry
            .file_type()
            .map_err(OutputError::at("read", &entry.path()))?;
        if kind.is_dir() {
            if !PASSED_OVER.contains(&name.as_str()) {
                list(folder, &path, found)?;
            }
        } else if !PASSED_OVER_FILES.contains(&name.as_str()) {
            found.insert(path);
        }
    }
    Ok(())
}

/// Whether a file that the input does not give was written by an earlier run.
fn is_ours(path: &Path) -> Result<bool, OutputError> {
    use std::io::Read as _;
    if path.to_string_lossy().ends_with(STAGED) {
        return Ok(true);
    }
    let mut head = Vec::new();
    match fs::File::open(path) {
        Ok(file) => {
            file.take(MARK_WITHIN as u64)
                .read_to_end(&mut head)
                .map_err(OutputError::at("read", path))?;
        }
        // A link that leads nowhere is nothing that we write.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(OutputError::at("read", path)(error)),
    }
    Ok(head.windows(MARK.len()).any(|window| window == MARK))
}

fn remove_empty_parents(folder: &Path, path: &Path) {
    for parent in path.ancestors().skip(1).take_while(|parent| *parent != folder) {
        if fs::remove_dir(parent).is_err() {
            return;
        }
    }
}
