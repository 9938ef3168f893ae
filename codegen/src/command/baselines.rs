//! What was released: `fixtures/released/<version>/protocol.json`, one model for each version.
//!
//! In: the folder. Out: versions, models, and a new one written as a whole, never over another.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use semver::Version;

use crate::ir::{self, Protocol};

use super::{Outcome, Project};

/// The file of a release.
const MODEL: &str = "protocol.json";

/// A protocol as it was released.
pub(super) struct Baseline {
    pub(super) version: Version,
    /// Where it is, as people write it.
    pub(super) shown: String,
    pub(super) protocol: Protocol,
}

/// Every version that was released, the oldest first.
pub(super) fn versions(project: &Project) -> Result<Vec<Version>, Outcome> {
    let folder = project.place(&project.released_shown());
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(cannot("read", &folder, &error)),
    };
    let mut versions = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| cannot("read", &folder, &error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || !entry.path().is_dir() {
            continue;
        }
        let Ok(version) = Version::parse(&name) else {
            eprintln!(
                "error: `{}/{name}` is not called after a version",
                project.released_shown()
            );
            eprintln!("help: move it away; only releases lie there");
            return Err(Outcome::Environment);
        };
        versions.push(version);
    }
    versions.sort();
    Ok(versions)
}

/// The newest release that there is.
pub(super) fn newest(project: &Project) -> Result<Option<Baseline>, Outcome> {
    let Some(version) = versions(project)?.pop() else {
        return Ok(None);
    };
    let shown = shown(project, &version);
    let place = project.place(&shown);
    let text = fs::read(&place).map_err(|error| cannot("read", &place, &error))?;
    let protocol = ir::read(&text).map_err(|error| {
        eprintln!("error: cannot compare with `{shown}`: {error}");
        match error {
            ir::ReadError::Newer(_) => eprintln!("help: use the compiler that released it, or a newer one"),
            ir::ReadError::Malformed(_) => {
                eprintln!("help: put back what was released, from version control")
            }
        }
        Outcome::Environment
    })?;
    if protocol.version != version.to_string() {
        eprintln!("error: `{shown}` holds version {}", protocol.version);
        eprintln!("help: put back what was released, from version control");
        return Err(Outcome::Environment);
    }
    Ok(Some(Baseline {
        version,
        shown,
        protocol,
    }))
}

/// Where the release of a version is, as people write it.
pub(super) fn shown(project: &Project, version: &Version) -> String {
    format!("{}/{version}/{MODEL}", project.released_shown())
}

/// Keeps the text of a model. The folder of the version appears whole or not at all, and is never replaced.
pub(super) fn keep(project: &Project, version: &Version, model: &str) -> Result<(), Outcome> {
    let folder = project.place(&project.released_shown());
    let (place, staged) = (
        folder.join(version.to_string()),
        folder.join(format!(".{version}")),
    );
    let fail = |doing: &'static str, path: &PathBuf| {
        let path = path.clone();
        move |error: io::Error| cannot(doing, &path, &error)
    };
    fs::create_dir_all(&staged).map_err(fail("make", &staged))?;
    let file = staged.join(MODEL);
    fs::write(&file, model).map_err(fail("write", &file))?;
    fs::rename(&staged, &place).map_err(|error| {
        let _ = fs::remove_dir_all(&staged);
        cannot("write", &place, &error)
    })
}

fn cannot(doing: &str, path: &Path, error: &io::Error) -> Outcome {
    eprintln!("error: cannot {doing} `{}`: {error}", path.display());
    Outcome::Environment
}
