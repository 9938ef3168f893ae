//! `fixtures new METHOD`: messages of a method to start from.
//!
//! In: a method. Out: a file for each message, `fixtures/<Definition>/valid/<what-it-shows>.json`; what is there already is
//! left alone.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use crate::skeleton::Skeletons;
use crate::suggest;

use super::say::say_line;
use super::{Outcome, Project, Settings, check};

/// Writes the messages of `method`.
pub(super) fn new(project: &Project, settings: &Settings, method: &str) -> Outcome {
    write(project, settings, method).err().unwrap_or(Outcome::Done)
}

fn write(project: &Project, settings: &Settings, method: &str) -> Result<(), Outcome> {
    let sources = check::load(project)?;
    let protocol = check::compile(&sources, settings)?.protocol;
    let Some(skeletons) = Skeletons::new(&protocol).of_method(method) else {
        eprintln!("error: there is no method `{method}`");
        match suggest::nearest(method, protocol.methods.keys().map(String::as_str)) {
            Some(near) => eprintln!("help: did you mean `{near}`?"),
            None => eprintln!(
                "help: `{}` lists them all",
                format_args!("{}/protocol.json", project.out)
            ),
        }
        return Err(Outcome::Usage);
    };
    let mut made = 0;
    for each in &skeletons {
        let shown = format!(
            "{}/{}/valid/{}.json",
            project.fixtures_shown(),
            each.definition.name(),
            each.shows
        );
        let text = serde_json::to_string_pretty(&each.message).unwrap_or_default();
        match create(&project.place(&shown), &format!("{text}\n")) {
            Ok(()) => {
                made += 1;
                tell(settings, "made", &shown);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => tell(settings, "kept", &shown),
            Err(error) => {
                eprintln!("error: cannot write `{shown}`: {error}");
                return Err(Outcome::Environment);
            }
        }
    }
    if skeletons.is_empty() && !settings.quiet {
        say_line!("`{method}` carries nothing");
    }
    if made > 0 && !settings.quiet {
        say_line!("help: put in values as they occur, and call each file after the situation that it shows");
    }
    Ok(())
}

fn tell(settings: &Settings, what: &str, shown: &str) {
    if !settings.quiet {
        say_line!("{what} {shown}");
    }
}

/// Writes a file that must not be there yet.
fn create(place: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::File::create_new(place)?.write_all(text.as_bytes())
}
