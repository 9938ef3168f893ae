//! The compiler on made-up protocols of 100, 400 and 1,600 definitions, all targets, beside prost-build with one target
//! on the same definitions, and beside a copy of the output; and on the app-server protocol. Everything is measured in turn,
//! in one run.
//!
//! `cargo run --release --manifest-path bench/Cargo.toml -p bench-compiler`; `--folder DIR` says where to write, and may be
//! given again. With the argument `protocol`, the app-server protocol alone, and with `--command PROGRAM` by that program; with
//! the argument `passes`, how long each pass takes at 1,600.

mod passes;
mod protocol;
mod synthetic;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use wiregate_codegen::command::{Outcome, Project};
use wiregate_codegen::emit::{self, EmitOptions};
use wiregate_codegen::exchanges::Exchanges;
use wiregate_codegen::source::SourceMap;

const SIZES: [usize; 3] = [100, 400, 1600];
const ROUNDS: usize = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given = |option: &str| -> Vec<PathBuf> {
        let pairs = arguments.windows(2).filter(|pair| pair[0] == option);
        pairs.map(|pair| PathBuf::from(&pair[1])).collect()
    };
    let mut folders = given("--folder");
    if folders.is_empty() {
        folders.push(std::env::temp_dir());
    }
    let what = arguments.first().map(String::as_str);
    if what == Some("passes") {
        let rounds = arguments
            .get(1)
            .map_or(15, |count| count.parse().expect("how many rounds"));
        return passes::print(&synthetic::idl(SIZES[SIZES.len() - 1]), rounds);
    }
    println!("median of many rounds, milliseconds; ours is every target, prost is Rust alone");
    println!(
        "definitions    ours   prost   ratio |  generate    copy   ratio | nothing to do   ratio to copy"
    );
    for folder in &folders {
        if what != Some("protocol") {
            made_up(folder);
        }
        protocol::print(folder, given("--command").first().map(PathBuf::as_path));
    }
}

/// Prints a line for each size, and whether they are on one.
fn made_up(folder: &Path) {
    let place = tempfile::tempdir_in(folder).expect("a temporary folder");
    let mut per_definition = Vec::new();
    for size in SIZES {
        let figures = measure(size, &place.path().join(size.to_string()));
        let [ours, prost, generate, copy, idle] = figures;
        println!(
            "{size:>11} {ours:>7.1} {prost:>7.1} {:>7.2} | {generate:>9.1} {copy:>7.1} {:>7.2} | {idle:>13.1} {:>15.2}   in {}",
            ours / prost,
            generate / copy,
            idle / copy,
            folder.display()
        );
        per_definition.push(ours / size as f64);
    }
    println!(
        "time per definition at 1,600 against 100: {:.2} (1 is linear)",
        per_definition[SIZES.len() - 1] / per_definition[0]
    );
}

/// Milliseconds of: compiling in memory, prost-build, generating into a new folder, copying that folder, and a run
/// with nothing to do.
fn measure(size: usize, place: &Path) -> [f64; 5] {
    let files = synthetic::idl(size);
    let idl = place.join("protocol.idl");
    for (path, text) in &files {
        let path = idl.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    fs::write(place.join("synthetic.proto"), synthetic::proto(size)).expect("a file");
    fs::create_dir_all(place.join("target")).expect("a folder");
    medians(ROUNDS, |round| {
        let out = format!("generated-{round}");
        [
            time(|| compile(&files)),
            time(|| prost(place, round)),
            time(|| generate(place, &out)),
            time(|| copy(&place.join(&out), &place.join(format!("copy-{round}")))),
            time(|| generate(place, &out)),
        ]
    })
}

/// The median of each figure, after a round that warms up.
fn medians<const N: usize>(count: usize, mut round: impl FnMut(usize) -> [f64; N]) -> [f64; N] {
    round(0);
    let rounds: Vec<[f64; N]> = (1..=count).map(round).collect();
    std::array::from_fn(|at| {
        let mut figures: Vec<f64> = rounds.iter().map(|figures| figures[at]).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    })
}

fn compile(files: &[(String, Vec<u8>)]) {
    let sources = SourceMap::from_files(files.iter().cloned());
    let (protocol, diagnostics) = wiregate_codegen::compile(&sources);
    let diagnostics = diagnostics.into_sorted();
    assert!(diagnostics.is_empty(), "{}", diagnostics[0].message);
    let emitted = emit::emit(
        &protocol.expect("a protocol"),
        &EmitOptions::default(),
        &Exchanges::default(),
    );
    assert!(!emitted.is_empty());
}

fn prost(place: &Path, round: usize) {
    let out = place.join(format!("prost-{round}"));
    fs::create_dir_all(&out).expect("a folder");
    let descriptors =
        protox::compile([place.join("synthetic.proto")], [place]).expect("valid protocol buffers");
    prost_build::Config::new()
        .out_dir(out)
        .compile_fds(descriptors)
        .expect("code");
}

fn generate(place: &Path, out: &str) {
    let arguments = ["wiregate", "gen", "--quiet"].map(OsString::from);
    assert_eq!(Project::at(place).out(out).run(arguments), Outcome::Done);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(path, to).expect("a copy");
        }
    }
}

fn time(work: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    work();
    begin.elapsed().as_secs_f64() * 1e3
}
