//! The app-server protocol: generating all of it into a new folder, beside copying that folder to another new one.
//!
//! In: where to write, and the program to run instead of the library. Out: a line of medians.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{copy, generate, medians, time};

/// More than for made-up protocols, since a round is short.
const ROUNDS: usize = 31;

/// Prints the line of one folder. With a program, that is run, and `cp -r` copies.
pub fn print(folder: &Path, program: Option<&Path>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository");
    let place = tempfile::tempdir_in(folder).expect("a temporary folder");
    let place = place.path();
    copy(&root.join("protocol.idl"), &place.join("protocol.idl"));
    fs::create_dir_all(place.join("fixtures")).expect("a folder");
    copy(
        &root.join("fixtures/exchanges"),
        &place.join("fixtures/exchanges"),
    );
    fs::create_dir_all(place.join("target")).expect("a folder");
    let program = program.map(|program| program.canonicalize().expect("the program"));
    let generate = |out: &Path| match &program {
        None => generate(place, out.to_str().expect("a path that is text")),
        Some(program) => run(Command::new(program)
            .args(["gen", "--quiet", "--out"])
            .arg(out)
            .current_dir(place)
            .env("CARGO_TARGET_DIR", place.join("target"))),
    };
    let copy = |from: &Path, to: &Path| match &program {
        None => copy(from, to),
        Some(_) => run(Command::new("cp").arg("-r").args([from, to])),
    };
    let [generated, copied, idle] = medians(ROUNDS, |round| {
        let folders: [PathBuf; 2] = ["generated", "copy"].map(|name| place.join(format!("{name}-{round}")));
        let [out, beside] = &folders;
        let figures = [
            time(|| generate(out)),
            time(|| copy(out, beside)),
            time(|| generate(out)),
        ];
        for folder in &folders {
            fs::remove_dir_all(folder).expect("what was made");
        }
        figures
    });
    println!(
        "{:>11} {:>24} | {generated:>9.1} {copied:>7.1} {:>7.2} | {idle:>13.1} {:>15.2}   in {}",
        "app-server",
        "",
        generated / copied,
        idle / copied,
        folder.display()
    );
}

fn run(command: &mut Command) {
    let status = command.status().expect("a program that runs");
    assert!(status.success(), "{command:?}");
}
