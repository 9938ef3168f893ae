//! What the last run read and wrote, so that a run with nothing to do ends at once.
//!
//! In: the inputs, the compiler and the output folder. Out: a small text file under `target/`. It is a short cut only:
//! without it, or when it does not fit, everything is made and compared.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::files::Files;
use crate::source::SourceMap;

/// Where a stamp is kept, and the first line that fits now.
pub(super) struct Stamp {
    place: PathBuf,
    head: String,
}

impl Stamp {
    /// The stamp of `sources`, compiled by this program with these settings into `out`; none where the project has no
    /// `target` folder to keep it in.
    pub(super) fn new(root: &Path, out: &Path, sources: &SourceMap, settings: &impl Hash) -> Option<Self> {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        if !target.is_dir() {
            return None;
        }
        let mut hash = DefaultHasher::new();
        settings.hash(&mut hash);
        stat(&std::env::current_exe().ok()?)?.hash(&mut hash);
        for (_, file) in sources.files() {
            (&file.prefix, &file.path, &file.bytes).hash(&mut hash);
        }
        let inputs = hash.finish();
        let mut folder = DefaultHasher::new();
        (root, out).hash(&mut folder);
        let place = target.join(format!("wiregate-{:016x}.stamp", folder.finish()));
        Some(Self {
            place,
            head: format!("inputs {inputs:016x}"),
        })
    }

    /// Whether the inputs are those of the last run and every file that it left is untouched.
    pub(super) fn holds(&self, out: &Path) -> bool {
        let Ok(text) = fs::read_to_string(&self.place) else {
            return false;
        };
        let mut lines = text.lines();
        lines.next() == Some(self.head.as_str())
            && lines.all(|line| {
                line.split_once(' ')
                    .is_some_and(|(was, path)| stat(&out.join(path)).is_some_and(|now| now == was))
            })
    }

    /// Remembers that `out` now holds `files`. Failing to is no fault: the next run only takes longer.
    pub(super) fn keep(&self, out: &Path, files: &Files) {
        let mut text = format!("{}\n", self.head);
        for (path, _) in files.iter() {
            let Some(stat) = stat(&out.join(path)) else { return };
            text.push_str(&format!("{stat} {path}\n"));
        }
        let _ = fs::write(&self.place, text);
    }
}

/// Length and time of the last change of a file.
fn stat(path: &Path) -> Option<String> {
    let meta = fs::metadata(path).ok()?;
    let changed = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    Some(format!("{}:{changed}", meta.len()))
}
