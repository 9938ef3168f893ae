//! A project to run the command in.
//!
//! In: arguments. Out: what the command printed, and its exit code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A protocol that `wiregate new` has made, in a folder of its own.
pub(crate) struct Started(TempDir);

impl Started {
    pub(crate) fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let run = wiregate(place.path(), &["new", "."]);
        assert_eq!(run.code, 0, "{}", run.text);
        Self(place)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn idl(&self, file: &str) -> PathBuf {
        self.path().join("protocol.idl").join(file)
    }

    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.idl(file)).unwrap();
        assert!(text.contains(from), "{from} is not in {file}");
        fs::write(self.idl(file), text.replace(from, to)).unwrap();
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        wiregate(self.path(), arguments)
    }
}

/// How a run ended, and all that it printed: standard output first.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) text: String,
}

/// Runs the command in a folder.
pub(crate) fn wiregate(folder: &Path, arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_wiregate"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .concat();
    Run {
        code: output.status.code().unwrap(),
        text,
    }
}
