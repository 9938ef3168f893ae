//! The exchanges of a project: `fixtures/exchanges/<method>.json`.
//!
//! In: the folder, which need not be there. Out: its files, which are an input like the protocol itself, and what they hold.

use std::fs;
use std::path::Path;

use crate::exchanges::{Exchanges, Messages};
use crate::ir::Protocol;

use super::{Outcome, Project};

/// Where they are below the folder of fixtures.
const FOLDER: &str = "exchanges";

/// The files, `(path below the folder, bytes)`, sorted.
pub(super) type ExchangeFiles = Vec<(String, Vec<u8>)>;

/// Reads them.
pub(super) fn load(project: &Project) -> Result<ExchangeFiles, Outcome> {
    let folder = project.fixtures_folder().join(FOLDER);
    let mut files = Vec::new();
    if folder.is_dir() {
        collect(&folder, "", &mut files)?;
        files.sort();
    }
    Ok(files)
}

fn collect(folder: &Path, below: &str, files: &mut ExchangeFiles) -> Result<(), Outcome> {
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if entry.file_type().map_err(unreadable(&path))?.is_dir() {
            collect(&path, &format!("{below}{name}/"), files)?;
        } else if name.ends_with(".json") {
            files.push((
                format!("{below}{name}"),
                fs::read(&path).map_err(unreadable(&path))?,
            ));
        }
    }
    Ok(())
}

fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> Outcome {
    move |error| {
        eprintln!("error: cannot read `{}`: {error}", path.display());
        Outcome::Environment
    }
}

/// The exchanges that the files hold.
pub(super) fn of(protocol: &Protocol, messages: Messages<'_>) -> Result<Exchanges, Outcome> {
    messages.of(protocol).map_err(|faults| {
        for fault in faults {
            eprintln!("error: fixtures/{FOLDER}/{fault}");
        }
        eprintln!("help: an exchange is called after its method and lists messages, the method's own first");
        Outcome::AuthorMustDecide
    })
}
