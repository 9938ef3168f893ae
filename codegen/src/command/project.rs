//! Where a project keeps its protocol and what is made of it.
//!
//! In: folders and the few settings that output depends on. Out: read by every task.

use std::path::{Path, PathBuf};

use crate::emit::{EmitOptions, RuntimeDependency};

/// One protocol: its interface files, its output folder, and how people call the compiler on it.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder that relative paths start from.
    pub(super) root: PathBuf,
    pub(super) idl: String,
    pub(super) out: String,
    fixtures: Option<String>,
    released: Option<String>,
    changelog: Option<String>,
    pub(super) options: EmitOptions,
}

impl Project {
    /// A project in `root`, with its protocol in `protocol.idl/` and its output in `generated/`. Beside the protocol lie, where there
    /// are any, example messages in `fixtures/`, exchanges in `fixtures/exchanges/`, releases in `fixtures/released/`, and
    /// `CHANGELOG.md`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        let idl = "protocol.idl".to_owned();
        let options = EmitOptions {
            command: "wiregate gen".to_owned(),
            idl: idl.clone(),
            ..EmitOptions::default()
        };
        Self {
            root: root.into(),
            idl,
            out: "generated".to_owned(),
            fixtures: None,
            released: None,
            changelog: None,
            options,
        }
    }

    /// Reads the protocol from another folder, relative to the root.
    pub fn idl(mut self, folder: impl Into<String>) -> Self {
        self.idl = folder.into();
        self.options.idl = folder_name(&self.idl_folder()).unwrap_or_else(|| self.idl.clone());
        self
    }

    /// Writes to another folder, relative to the root.
    pub fn out(mut self, folder: impl Into<String>) -> Self {
        self.out = folder.into();
        self
    }

    /// Keeps example messages in another folder, relative to the root.
    pub fn fixtures(mut self, folder: impl Into<String>) -> Self {
        self.fixtures = Some(folder.into());
        self
    }

    /// Keeps what was released in another folder, relative to the root.
    pub fn released(mut self, folder: impl Into<String>) -> Self {
        self.released = Some(folder.into());
        self
    }

    /// Reads what changed from another file, relative to the root.
    pub fn changelog(mut self, file: impl Into<String>) -> Self {
        self.changelog = Some(file.into());
        self
    }

    /// What people type to write the output again; emitted files and hints name it.
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.options.command = command.into();
        self
    }

    /// Where the emitted crate finds `wiregate-runtime`: a path relative to that crate, instead of the registry.
    pub fn runtime_path(mut self, path: impl Into<String>) -> Self {
        self.options.runtime = RuntimeDependency::Path(path.into());
        self
    }

    pub(super) fn idl_folder(&self) -> PathBuf {
        join(&self.root, &self.idl)
    }

    pub(super) fn fixtures_folder(&self) -> PathBuf {
        self.place(&self.fixtures_shown())
    }

    /// The folder of example messages, as people write it.
    pub(super) fn fixtures_shown(&self) -> String {
        self.fixtures.clone().unwrap_or_else(|| self.beside("fixtures"))
    }

    /// The folder of releases, as people write it.
    pub(super) fn released_shown(&self) -> String {
        let below = || format!("{}/released", self.fixtures_shown());
        self.released.clone().unwrap_or_else(below)
    }

    /// The changelog, as people write it.
    pub(super) fn changelog_shown(&self) -> String {
        self.changelog
            .clone()
            .unwrap_or_else(|| self.beside("CHANGELOG.md"))
    }

    /// Beside the interface files, so that it does not matter where the command is run.
    fn beside(&self, name: &str) -> String {
        let idl = Path::new(&self.idl);
        let folder = match (idl.file_name(), idl.parent()) {
            (Some(_), Some(parent)) => parent.to_owned(),
            _ => idl.join(".."),
        };
        folder.join(name).to_string_lossy().into_owned()
    }

    pub(super) fn out_folder(&self) -> PathBuf {
        join(&self.root, &self.out)
    }

    /// A path below the root.
    pub(super) fn place(&self, below: &str) -> PathBuf {
        join(&self.root, below)
    }

    /// What people type for another task: `cargo xtask release`.
    pub(super) fn task(&self, name: &str) -> String {
        format!("{} {name}", self.options.command.trim_end_matches(" gen"))
    }
}

/// The last part of a path, which output names: it must not depend on where the project lies or where the command is run.
/// `.` and the like have their part from the disk.
fn folder_name(folder: &Path) -> Option<String> {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    name(folder).or_else(|| name(&folder.canonicalize().ok()?))
}

/// `below` in `root`, without a leading `./`, so that messages stay short.
fn join(root: &Path, below: &str) -> PathBuf {
    if root.as_os_str().is_empty() || root == Path::new(".") {
        PathBuf::from(below)
    } else {
        root.join(below)
    }
}
