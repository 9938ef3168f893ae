//! `new DIR`: a protocol that compiles, to start from.

use std::fs;

use super::say::say_line;
use super::{Outcome, Project};

/// What a new protocol is made of: path and text.
const FILES: [(&str, &str); 3] = [
    (
        "protocol.idl/protocol.idl",
        include_str!("../../template/protocol.idl"),
    ),
    (
        "protocol.idl/v1/greeting.idl",
        include_str!("../../template/greeting.idl"),
    ),
    ("README.md", include_str!("../../template/README.md")),
];

/// Writes the starter into `dir`, which must not hold a protocol yet.
pub(super) fn new(project: &Project, dir: &str) -> Outcome {
    let folder = project.root.join(dir);
    if let Some((path, _)) = FILES.iter().find(|(path, _)| folder.join(path).exists()) {
        eprintln!("error: `{dir}/{path}` exists already");
        eprintln!("help: name a folder that holds no protocol yet");
        return Outcome::Usage;
    }
    for (path, text) in FILES {
        let place = folder.join(path);
        let made = place
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&place, text));
        if let Err(error) = made {
            eprintln!("error: cannot write `{}`: {error}", place.display());
            return Outcome::Environment;
        }
    }
    say_line!("made `{dir}`: read its README.md, then");
    say_line!("    wiregate gen --idl {dir}/protocol.idl --out {dir}/generated");
    Outcome::Done
}
