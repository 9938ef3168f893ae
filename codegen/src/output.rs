//! The output folder on disk.
//!
//! In: [`Files`] and the folder that they belong in. Out: what is fresh, stale, missing or orphaned, and, when asked, a
//! folder that holds exactly those files. A run that is killed or fails leaves whole files only.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

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
            held_against(&folder.join(path), bytes)?.0
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

/// What was written.
#[derive(Debug)]
pub struct Written {
    /// How every path of the folder stood before, sorted.
    pub states: BTreeMap<String, State>,
    /// Length and time of the last change of every file that the input gives.
    pub stats: BTreeMap<String, Stat>,
}

/// Length and time of the last change of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    length: u64,
    /// Nanoseconds since 1970, which take 64 bits for some centuries; none on systems that do not say.
    changed: Option<u64>,
}

impl Stat {
    /// What the system tells of a file.
    pub fn of(meta: &fs::Metadata) -> Self {
        let since = |time: SystemTime| time.duration_since(UNIX_EPOCH).ok();
        let changed = meta.modified().ok().and_then(since);
        Self {
            length: meta.len(),
            changed: changed.and_then(|time| u64::try_from(time.as_nanos()).ok()),
        }
    }
}

impl fmt::Display for Stat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.length, self.changed.unwrap_or_default())
    }
}

/// An output folder that is being brought up to date. Until [`Writing::finish`] nothing in it has changed: every new file
/// stands beside its place, or, where the folder does not exist yet, the whole folder does. Dropped before, it takes all of
/// that away.
pub struct Writing<'a> {
    folder: &'a Path,
    /// Where the folder is being made that does not exist yet.
    beside: Option<PathBuf>,
    on_disk: BTreeSet<String>,
    progress: Mutex<Progress>,
}

/// What was done so far.
#[derive(Default)]
struct Progress {
    states: BTreeMap<String, State>,
    stats: BTreeMap<String, Stat>,
    /// Folders that are there.
    folders: HashSet<PathBuf>,
    /// Those that were not, outermost first.
    made: Vec<PathBuf>,
    finished: bool,
}

impl<'a> Writing<'a> {
    /// Looks at what is in `folder`.
    ///
    /// # Errors
    /// When it cannot be read, or no folder can be made beside it.
    pub fn begin(folder: &'a Path) -> Result<Self, OutputError> {
        let is_new = !folder.exists() && folder.file_name().is_some();
        let mut on_disk = BTreeSet::new();
        list(folder, "", &mut on_disk)?;
        let writing = Self {
            folder,
            beside: is_new.then(|| staged(folder)),
            on_disk,
            progress: Mutex::default(),
        };
        if let Some(beside) = &writing.beside
            && beside.exists()
        {
            // A killed run left it.
            fs::remove_dir_all(beside).map_err(OutputError::at("remove", beside))?;
        }
        writing.make_folder(writing.beside.as_deref().unwrap_or(folder))?;
        Ok(writing)
    }

    /// Puts those of `files` beside their places that are stale or missing. Several threads may do so at once.
    ///
    /// # Errors
    /// When something cannot be read or written.
    pub fn put(&self, files: &Files) -> Result<(), OutputError> {
        let (mut states, mut stats, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        for (path, bytes) in files.iter() {
            let (state, stat) = match self.on_disk.contains(path) {
                true => held_against(&self.folder.join(path), bytes)?,
                false => (State::Missing, None),
            };
            states.push((path.to_owned(), state));
            match state {
                State::Fresh => stats.extend(stat.map(|stat| (path.to_owned(), stat))),
                _ => changed.push((path, bytes)),
            }
        }
        // Noted before they are there, so that they are taken away however far this gets.
        self.progress().states.extend(states);
        let mut there = PathBuf::new();
        for (path, bytes) in changed {
            let place = self.place(path);
            if let Some(folder) = place.parent().filter(|folder| *folder != there) {
                self.make_folder(folder)?;
                folder.clone_into(&mut there);
            }
            let stat = write_file(&place, bytes).map_err(OutputError::at("write", &place))?;
            stats.extend(stat.map(|stat| (path.to_owned(), stat)));
        }
        self.progress().stats.extend(stats);
        Ok(())
    }

    /// Puts every file in its place, and removes what is orphaned. Stray files are left alone.
    ///
    /// # Errors
    /// When something cannot be replaced or removed. The folder is as it was then.
    pub fn finish(self) -> Result<Written, OutputError> {
        let mut orphaned = Vec::new();
        let mut states = self.progress().states.clone();
        for path in &self.on_disk {
            if !states.contains_key(path) {
                let place = self.folder.join(path);
                let ours = is_ours(&place)?;
                states.insert(path.clone(), if ours { State::Orphaned } else { State::Stray });
                if ours {
                    orphaned.push(place);
                }
            }
        }
        match &self.beside {
            Some(beside) => {
                fs::rename(beside, self.folder).map_err(OutputError::at("make the folder", self.folder))?;
            }
            None => self.replace_all(&states, &orphaned)?,
        }
        let mut progress = self.progress();
        progress.finished = true;
        let stats = std::mem::take(&mut progress.stats);
        Ok(Written { states, stats })
    }

    fn replace_all(&self, states: &BTreeMap<String, State>, orphaned: &[PathBuf]) -> Result<(), OutputError> {
        let changed: Vec<PathBuf> = changed(states).map(|path| self.folder.join(path)).collect();
        let mut replaced = Vec::new();
        let done = replace(&changed, &mut replaced).and_then(|()| remove(orphaned, &mut replaced));
        if let Err(error) = done {
            for (path, old) in replaced.iter().rev() {
                put_back(path, old.as_deref());
            }
            return Err(error);
        }
        for place in orphaned {
            remove_empty_parents(self.folder, place);
        }
        Ok(())
    }

    /// Where the file at `path` is written.
    fn place(&self, path: &str) -> PathBuf {
        match &self.beside {
            Some(beside) => beside.join(path),
            None => staged(&self.folder.join(path)),
        }
    }

    /// Makes a folder and those that it is in.
    fn make_folder(&self, place: &Path) -> Result<(), OutputError> {
        let mut progress = self.progress();
        if progress.folders.contains(place) {
            return Ok(());
        }
        let new: Vec<_> = place
            .ancestors()
            .take_while(|at| !at.as_os_str().is_empty() && !at.exists())
            .map(Path::to_owned)
            .collect();
        fs::create_dir_all(place).map_err(OutputError::at("make the folder", place))?;
        progress.made.extend(new.into_iter().rev());
        progress.folders.insert(place.to_owned());
        Ok(())
    }

    /// What a thread did that panicked is taken away as well.
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        let progress = self.progress();
        if progress.finished {
            return;
        }
        match &self.beside {
            Some(beside) => {
                let _ = fs::remove_dir_all(beside);
            }
            None => {
                for path in changed(&progress.states) {
                    let _ = fs::remove_file(self.place(path));
                }
            }
        }
        // Only folders that are empty go, so that nothing of anybody else is lost.
        for made in progress.made.iter().rev() {
            let _ = fs::remove_dir(made);
        }
    }
}

/// The paths at which something is written.
fn changed(states: &BTreeMap<String, State>) -> impl Iterator<Item = &str> {
    let changed = |state| matches!(state, State::Stale | State::Missing);
    states
        .iter()
        .filter(move |(_, state)| changed(**state))
        .map(|(path, _)| path.as_str())
}

/// Whether the file at `place` holds `bytes`.
fn held_against(place: &Path, bytes: &[u8]) -> Result<(State, Option<Stat>), OutputError> {
    let read = || -> io::Result<_> {
        let mut file = fs::File::open(place)?;
        let meta = file.metadata()?;
        let mut old = Vec::with_capacity(bytes.len() + 1);
        // What is longer differs.
        Read::take(&mut file, bytes.len() as u64 + 1).read_to_end(&mut old)?;
        let state = if old == bytes { State::Fresh } else { State::Stale };
        Ok((state, Some(Stat::of(&meta))))
    };
    read().map_err(OutputError::at("read", place))
}

fn write_file(place: &Path, bytes: &[u8]) -> io::Result<Option<Stat>> {
    let mut file = fs::File::create(place)?;
    file.write_all(bytes)?;
    Ok(file.metadata().ok().as_ref().map(Stat::of))
}

/// What stood at each path that was replaced or removed: nothing, or these bytes.
type Replaced = Vec<(PathBuf, Option<Vec<u8>>)>;

fn replace(changed: &[PathBuf], replaced: &mut Replaced) -> Result<(), OutputError> {
    for path in changed {
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
