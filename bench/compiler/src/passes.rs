//! How long each pass takes on a made-up protocol: the least of several rounds, in milliseconds.

use std::time::Instant;

use wiregate_codegen::diagnostics::Diagnostics;
use wiregate_codegen::emit::{self, EmitOptions};
use wiregate_codegen::exchanges::Exchanges;
use wiregate_codegen::source::SourceMap;
use wiregate_codegen::{check, lower, parse, resolve};

/// Prints a line per pass.
pub fn print(files: &[(String, Vec<u8>)], count: usize) {
    let mut rounds: Vec<Vec<(&str, f64)>> = Vec::new();
    for _ in 0..count {
        let mut times = Vec::new();
        let mut begin = Instant::now();
        let mut lap = |name: &'static str| {
            times.push((name, begin.elapsed().as_secs_f64() * 1e3));
            begin = Instant::now();
        };
        let mut diagnostics = Diagnostics::new();
        let sources = SourceMap::from_files(files.iter().cloned());
        lap("source");
        let parsed = parse::parse(&sources, &mut diagnostics);
        lap("parse");
        let resolved = resolve::resolve(&sources, parsed, &mut diagnostics).expect("names that exist");
        lap("resolve");
        let checked = check::check(resolved, None, &mut diagnostics).expect("rules that hold");
        lap("check");
        let protocol = lower::lower(&checked);
        lap("lower");
        let options = EmitOptions::default();
        let mut bytes = Vec::new();
        let mut emitted = |name, files: wiregate_codegen::files::Files| {
            bytes.push(files.iter().map(|(_, text)| text.len()).sum::<usize>());
            lap(name);
        };
        emitted("emit model", emit::model::emit(&protocol));
        emitted("emit rust", emit::rust::emit(&protocol, &options));
        emitted("emit jsonschema", emit::jsonschema::emit(&protocol, &options));
        emitted("emit typescript", emit::typescript::emit(&protocol, &options));
        emitted(
            "emit docs",
            emit::docs::emit(&protocol, &options, &Exchanges::default()),
        );
        assert!(diagnostics.into_sorted().is_empty());
        if rounds.is_empty() {
            println!("bytes emitted: {bytes:?}");
        }
        rounds.push(times);
    }
    for at in 0..rounds[0].len() {
        let least = rounds
            .iter()
            .map(|times| times[at].1)
            .fold(f64::INFINITY, f64::min);
        println!("{:>16} {least:>8.2}", rounds[0][at].0);
    }
}
