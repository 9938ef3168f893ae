//! `gen` and `gen --check`: the output folder, brought up to date or held against the protocol.

use std::collections::BTreeMap;
use std::fs;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use similar::TextDiff;

use crate::changes;
use crate::emit;
use crate::exchanges::{Exchanges, Messages};
use crate::files::Files;
use crate::gates;
use crate::ir::Protocol;
use crate::output::{self, OutputError, State, Writing};
use crate::parallel;
use crate::render::Format;
use crate::source::SourceMap;
use crate::suggest;

use super::exchanges::ExchangeFiles;
use super::say::say_line;
use super::stamp::Stamp;
use super::{Outcome, Project, Settings, check, exchanges};

/// The dump of the model, which the summary of changes reads before it is replaced.
const MODEL: &str = "protocol.json";
/// How many changes and how many lines of a diff are printed before the rest is only counted.
const MOST_CHANGES: usize = 40;
const MOST_DIFF_LINES: usize = 40;

/// Writes every output file that changed, and says what changed on the wire.
pub(super) fn generate(project: &Project, settings: &Settings) -> Outcome {
    write(project, settings).err().unwrap_or(Outcome::Done)
}

/// Holds the output folder against the protocol, writing nothing.
pub(super) fn check(project: &Project, settings: &Settings) -> Outcome {
    compare(project, settings).err().unwrap_or(Outcome::Done)
}

fn write(project: &Project, settings: &Settings) -> Result<(), Outcome> {
    let sources = check::load(project)?;
    let exchange_files = exchanges::load(project)?;
    let out = project.out_folder();
    let stamp = Stamp::new(
        &project.root,
        &out,
        &sources,
        &(
            &project.options,
            settings.deny_warnings,
            settings.today,
            &exchange_files,
            &settings.gates,
        ),
    );
    if stamp.as_ref().is_some_and(|stamp| stamp.holds(&out)) {
        if !settings.quiet {
            say_line!("`{}` is fresh", project.out);
        }
        return Ok(());
    }
    let Compiled {
        protocol,
        silent,
        exchanges,
    } = compile(&sources, &exchange_files, settings)?;
    // What was is read before it is replaced, and only where somebody hears of it.
    let before = (!settings.quiet).then(|| read_model(&out));
    let writing = Writing::begin(&out).map_err(complain)?;
    let Made { protocol, parts } = make(protocol, &exchanges, project, settings, |part| writing.put(&part))?;
    let parts: Result<(), OutputError> = parts.into_iter().collect();
    let written = parts.and_then(|()| writing.finish()).map_err(complain)?;
    if let Some(stamp) = stamp.filter(|_| silent) {
        stamp.keep(&written.stats);
    }
    if let Some(before) = before {
        report_writing(project, &protocol, before.as_ref(), &written.states);
    }
    parallel::free((sources, exchange_files, exchanges, protocol, written));
    Ok(())
}

fn compare(project: &Project, settings: &Settings) -> Result<(), Outcome> {
    let sources = check::load(project)?;
    let exchange_files = exchanges::load(project)?;
    let Compiled {
        protocol, exchanges, ..
    } = compile(&sources, &exchange_files, settings)?;
    let Made { protocol, parts } = make(protocol, &exchanges, project, settings, |part| part)?;
    let files = Files::of_parts(parts);
    let out = project.out_folder();
    let states = output::compare(&out, &files).map_err(complain)?;
    let unfit: Vec<_> = states
        .iter()
        .filter(|(_, state)| **state != State::Fresh)
        .collect();
    if unfit.is_empty() {
        if !settings.quiet {
            say_line!("all {} files of `{}` are fresh", files.len(), project.out);
        }
        return Ok(());
    }
    match settings.format {
        Format::Human => {}
        // What only a program reads: one line for each file, and nothing beside them.
        Format::Json => {
            for (path, state) in &unfit {
                let path = format!("{}/{path}", project.out);
                say_line!(
                    "{}",
                    serde_json::json!({ "file": path, "state": state.to_string() })
                );
            }
            return Err(Outcome::Stale);
        }
        Format::Github => say_line!(
            "::error title=stale output::{} files of {} are not what the protocol gives; run {}",
            unfit.len(),
            project.out,
            project.options.command
        ),
    }
    if let Some(before) = read_model(&out) {
        print_changes(&before, &protocol);
    }
    for (path, state) in &unfit {
        say_line!("{state:>8} {}/{path}", project.out);
    }
    print_diff(project, &out, &files, &states);
    let strays = unfit.iter().filter(|(_, state)| **state == State::Stray).count();
    if strays > 0 {
        say_line!(
            "help: move what `{}` did not write out of `{}`",
            project.options.command,
            project.out
        );
    }
    if strays < unfit.len() {
        say_line!(
            "help: run `{}` and commit what it writes",
            project.options.command
        );
    }
    let fresh = states.len() - unfit.len();
    say_line!(
        "{} of {} files of `{}` are fresh",
        fresh,
        states.len(),
        project.out
    );
    Err(Outcome::Stale)
}

/// What output is made of.
struct Compiled {
    protocol: Protocol,
    exchanges: Exchanges,
    silent: bool,
}

/// Compiles the protocol, and reads the exchanges meanwhile.
fn compile(sources: &SourceMap, files: &ExchangeFiles, settings: &Settings) -> Result<Compiled, Outcome> {
    let (compiled, messages) = thread::scope(|scope| {
        let messages = scope.spawn(|| Messages::read(files));
        let compiled = check::compile(sources, settings);
        (
            compiled,
            messages.join().unwrap_or_else(|panic| resume_unwind(panic)),
        )
    });
    let check::Compiled { protocol, silent } = compiled?;
    let exchanges = exchanges::of(&protocol, messages)?;
    Ok(Compiled {
        protocol,
        exchanges,
        silent,
    })
}

/// What a run is about, and what became of each part of what it makes.
struct Made<T> {
    protocol: Protocol,
    parts: Vec<T>,
}

/// Every target, or with `--gates` what clients take of that one profile. Each part goes to `take` as soon as it is there.
fn make<T: Send>(
    protocol: Protocol,
    exchanges: &Exchanges,
    project: &Project,
    settings: &Settings,
    take: impl Fn(Files) -> T + Sync,
) -> Result<Made<T>, Outcome> {
    let Some(open) = &settings.gates else {
        let parts = emit::emit_in_parts(&protocol, &project.options, exchanges, take);
        return Ok(Made { protocol, parts });
    };
    for name in open {
        if !protocol.gates.contains_key(name) {
            eprintln!("error: there is no gate `{name}`");
            let gates = protocol.gates.keys().map(String::as_str);
            match suggest::nearest(name, gates.clone()) {
                Some(near) => eprintln!("help: did you mean `{near}`?"),
                None => eprintln!("help: the gates are {}", gates.collect::<Vec<_>>().join(", ")),
            }
            return Err(Outcome::Usage);
        }
    }
    let protocol = gates::profile(&protocol, |gate| open.iter().any(|name| name == gate));
    let parts = emit::emit_profile_in_parts(&protocol, &project.options, take);
    Ok(Made { protocol, parts })
}

fn report_writing(
    project: &Project,
    protocol: &Protocol,
    before: Option<&Protocol>,
    states: &BTreeMap<String, State>,
) {
    let count = |state: State| states.values().filter(|each| **each == state).count();
    match before {
        Some(before) => print_changes(before, protocol),
        None => say_line!(
            "`{}` {}: {} methods, {} definitions",
            protocol.name,
            protocol.version,
            protocol.methods.len(),
            protocol.definitions.len()
        ),
    }
    let (new, changed, gone) = (count(State::Missing), count(State::Stale), count(State::Orphaned));
    if new + changed + gone == 0 {
        say_line!("all {} files of `{}` are fresh", count(State::Fresh), project.out);
    } else {
        let fresh = count(State::Fresh);
        say_line!(
            "`{}`: {new} new, {changed} changed, {gone} removed, {fresh} fresh",
            project.out
        );
    }
    for (path, _) in states.iter().filter(|(_, state)| **state == State::Stray) {
        say_line!(
            "warning: `{}/{path}` was not written by `{}`; move it",
            project.out,
            project.options.command
        );
    }
}

fn print_changes(before: &Protocol, after: &Protocol) {
    let changes = changes::between(before, after);
    if let Some(text) = changes::beside(before, after).filter(|_| changes.is_empty()) {
        say_line!("{text}");
    }
    for change in changes.iter().take(MOST_CHANGES) {
        say_line!("{change}");
    }
    if changes.len() > MOST_CHANGES {
        say_line!("... and {} more", changes.len() - MOST_CHANGES);
    }
}

/// The diff of the model where it changed, since a reviewer reads that first, else of the first stale file.
fn print_diff(project: &Project, out: &Path, files: &Files, states: &BTreeMap<String, State>) {
    let stale = |path: &str| states.get(path) == Some(&State::Stale);
    let first = states
        .iter()
        .find(|(_, state)| **state == State::Stale)
        .map(|(path, _)| path.as_str());
    let Some(path) = stale(MODEL).then_some(MODEL).or(first) else {
        return;
    };
    let (Ok(old), Some(new)) = (fs::read(out.join(path)), files.get(path)) else {
        return;
    };
    let (old, new) = (String::from_utf8_lossy(&old), String::from_utf8_lossy(new));
    let name = format!("{}/{path}", project.out);
    let diff = TextDiff::from_lines(old.as_ref(), new.as_ref());
    let text = diff
        .unified_diff()
        .context_radius(2)
        .header(&name, &name)
        .to_string();
    for line in text.lines().take(MOST_DIFF_LINES) {
        say_line!("{line}");
    }
    let lines = text.lines().count();
    if lines > MOST_DIFF_LINES {
        say_line!("... and {} more lines", lines - MOST_DIFF_LINES);
    }
}

/// The model of the last run. One that cannot be read says nothing of what changed.
fn read_model(out: &Path) -> Option<Protocol> {
    serde_json::from_slice(&fs::read(out.join(MODEL)).ok()?).ok()
}

fn complain(error: output::OutputError) -> Outcome {
    eprintln!("error: {error}");
    eprintln!("help: make sure that the folder can be written to; what was there is as it was");
    Outcome::Environment
}
