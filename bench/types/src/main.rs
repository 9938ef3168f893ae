//! Emitted implementations beside derived ones, and through the view of a connection beside plainly: time to decode and to
//! encode the same messages.
//!
//! In: the valid fixtures of a few definitions, repeated. Out: ratios, ours over serde's derives with `serde_json`, and the view
//! over plain writing; below one is faster. All sides are measured in turns in one process, and the fastest turn counts.

mod gates;

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
    gates::run()
}

fn compare<Ours, Theirs>(what: &str, definition: &str) -> io::Result<()>
where
    Ours: Decode + Encode,
    Theirs: Serialize + DeserializeOwned,
{
    let document = document::<Theirs>(definition)?;
    let ours: Vec<Ours> = json::from_slice(&document).map_err(io::Error::other)?;
    let theirs: Vec<Theirs> = serde_json::from_slice(&document)?;
    let decode = least([
        &mut || drop(black_box(json::from_slice::<Vec<Ours>>(black_box(&document)))),
        &mut || {
            drop(black_box(serde_json::from_slice::<Vec<Theirs>>(black_box(
                &document,
            ))))
        },
    ]);
    let encode = least([
        &mut || drop(black_box(json::to_vec(black_box(&ours)))),
        &mut || drop(black_box(serde_json::to_vec(black_box(&theirs)))),
    ]);
    let (decode, encode) = (decode[0] / decode[1], encode[0] / encode[1]);
    println!("{what:<28} {:>9} {decode:>15.2} {encode:>15.2}", document.len());
    Ok(())
}

/// A list of the valid fixtures that both sides read.
fn document<Theirs: DeserializeOwned>(definition: &str) -> io::Result<Vec<u8>> {
    let mut messages = Vec::new();
    for fixture in fixtures(definition)? {
        let message: serde_json::Value = serde_json::from_slice(&fixture)?;
        if serde_json::from_value::<Theirs>(message.clone()).is_ok() {
            messages.push(message);
        }
    }
    let document: Vec<_> = std::iter::repeat_n(&messages, REPEATED).flatten().collect();
    Ok(serde_json::to_vec(&document)?)
}

/// The texts of the valid fixtures of a definition.
fn fixtures(definition: &str) -> io::Result<Vec<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(definition)
        .join("valid");
    let mut files: Vec<_> = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(|file| file.path());
    files.into_iter().map(|file| fs::read(file.path())).collect()
}

/// The seconds that the fastest turn of each takes.
fn least<const N: usize>(mut runs: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..TURNS {
        for (run, best) in runs.iter_mut().zip(&mut best) {
            *best = (*best).min(time(run));
        }
    }
    best.map(|time| time.as_secs_f64())
}

fn time(run: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..5 {
        run();
    }
    start.elapsed()
}
