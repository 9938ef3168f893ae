//! What the last run read and wrote, so that a run with nothing to do ends at once.
//!
//! In: the inputs, the compiler and the output folder. Out: a small text file under `target/`. It is a short cut only:
//! without it, or when it does not fit, everything is made and compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::output::Stat;
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

    /// Remembers what the folder now holds. Failing to is no fault: the next run only takes longer.
    pub(super) fn keep(&self, stats: &BTreeMap<String, Stat>) {
        let mut text = String::with_capacity(128 * (1 + stats.len()));
        text.extend([&self.head, "\n"]);
        for (path, stat) in stats {
            // Writing to a string cannot fail.
            let _ = write!(text, "{stat}");
            text.extend([" ", path, "\n"]);
        }
        let _ = fs::write(&self.place, text);
    }
}

fn stat(path: &Path) -> Option<String> {
    Some(Stat::of(&fs::metadata(path).ok()?).to_string())
}
