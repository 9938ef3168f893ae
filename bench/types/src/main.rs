//! Emitted implementations beside derived ones: time to decode and to encode the same messages.
//!
//! In: the valid fixtures of a few definitions, repeated. Out: ratios, ours over serde's derives with `serde_json`; below
//! one is faster. Both sides are measured in turns in one process, and the fastest turn counts.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, io};

use app_server_protocol::{oracle, v2};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wiregate_runtime::json::{self, Decode, Encode};

/// How often each fixture stands in a document.
const REPEATED: usize = 40;

/// How many turns each side has.
const TURNS: usize = 60;

fn main() -> io::Result<()> {
    println!("{:<28} {:>9} {:>15} {:>15}", "", "bytes", "decode", "encode");
    compare::<v2::Model, oracle::Model>("structs", "Model")?;
    compare::<v2::Thread, oracle::Thread>("structs, nested", "Thread")?;
    compare::<v2::TurnStartParams, oracle::TurnStartParams>("structs, optional members", "TurnStartParams")?;
    compare::<v2::ThreadItem, oracle::ThreadItem>("tagged unions", "ThreadItem")?;
    compare::<v2::UserInput, oracle::UserInput>("tagged unions, small", "UserInput")?;
    Ok(())
}

fn compare<Ours, Theirs>(what: &str, definition: &str) -> io::Result<()>
where
    Ours: Decode + Encode,
    Theirs: Serialize + DeserializeOwned,
{
    let document = document::<Theirs>(definition)?;
    let ours: Vec<Ours> = json::from_slice(&document).map_err(io::Error::other)?;
    let theirs: Vec<Theirs> = serde_json::from_slice(&document)?;
    let decode = ratio(
        || drop(black_box(json::from_slice::<Vec<Ours>>(black_box(&document)))),
        || drop(black_box(serde_json::from_slice::<Vec<Theirs>>(black_box(&document)))),
    );
    let encode = ratio(
        || drop(black_box(json::to_vec(black_box(&ours)))),
        || drop(black_box(serde_json::to_vec(black_box(&theirs)))),
    );
    println!("{what:<28} {:>9} {decode:>15.2} {encode:>15.2}", document.len());
    Ok(())
}

/// A list of the valid fixtures that both sides read.
fn document<Theirs: DeserializeOwned>(definition: &str) -> io::Result<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(definition).join("valid");
    let mut files: Vec<_> = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(|file| file.path());
    let mut messages = Vec::new();
    for file in files {
        let message: serde_json::Value = serde_json::from_slice(&fs::read(file.path())?)?;
        if serde_json::from_value::<Theirs>(message.clone()).is_ok() {
            messages.push(message);
        }
    }
    let document: Vec<_> = std::iter::repeat_n(&messages, REPEATED).flatten().collect();
    Ok(serde_json::to_vec(&document)?)
}

/// The fastest turn of ours over the fastest of theirs.
fn ratio(mut ours: impl FnMut(), mut theirs: impl FnMut()) -> f64 {
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..TURNS {
        best.0 = best.0.min(time(&mut ours));
        best.1 = best.1.min(time(&mut theirs));
    }
    best.0.as_secs_f64() / best.1.as_secs_f64()
}

fn time(run: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..5 {
        run();
    }
    start.elapsed()
}
