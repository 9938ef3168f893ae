//! `check`: the protocol against every rule and against its last release, and the compilation that every task begins with.

use crate::diagnostics::Diagnostics;
use crate::ir::Protocol;
use crate::render;
use crate::rules::Severity;
use crate::source::SourceMap;

use super::say::{say, say_line};
use super::{Outcome, Project, Settings, since};

/// Prints every fault of the protocol, and what changed since it was last released.
pub(super) fn check(project: &Project, settings: &Settings) -> Outcome {
    hold(project, settings).err().unwrap_or(Outcome::Done)
}

fn hold(project: &Project, settings: &Settings) -> Result<(), Outcome> {
    let sources = load(project)?;
    let Compiled { protocol, silent } = compile(&sources, settings)?;
    if !settings.quiet {
        say_line!(
            "`{}` {}: {} methods and {} definitions {}",
            protocol.name,
            protocol.version,
            protocol.methods.len(),
            protocol.definitions.len(),
            if silent {
                "keep every rule"
            } else {
                "can be compiled"
            }
        );
    }
    since::check(project, settings, &protocol)
}

/// Reads the interface files.
pub(super) fn load(project: &Project) -> Result<SourceMap, Outcome> {
    SourceMap::load(&project.idl_folder(), &project.idl).map_err(|error| {
        eprintln!("error: {error}");
        eprintln!("help: `--idl DIR` names the folder of interface files; `new DIR` starts a protocol");
        Outcome::Environment
    })
}

/// What was compiled.
pub(super) struct Compiled {
    pub(super) protocol: Protocol,
    /// Whether nothing was printed. A run that had warnings must not be remembered as one with nothing to say.
    pub(super) silent: bool,
}

/// Compiles, and prints every diagnostic.
pub(super) fn compile(sources: &SourceMap, settings: &Settings) -> Result<Compiled, Outcome> {
    let (protocol, diagnostics) = crate::compile_on(sources, settings.today);
    let silent = diagnostics.is_empty();
    report(sources, diagnostics, settings)?;
    let protocol = protocol.ok_or(Outcome::AuthorMustDecide)?;
    Ok(Compiled { protocol, silent })
}

/// Prints diagnostics; fails when they forbid going on.
pub(super) fn report(
    sources: &SourceMap,
    diagnostics: Diagnostics,
    settings: &Settings,
) -> Result<(), Outcome> {
    if diagnostics.is_empty() {
        return Ok(());
    }
    let list = diagnostics.into_sorted();
    let denied = list
        .iter()
        .any(|each| settings.deny_warnings || each.rule.severity == Severity::Error);
    let text = render::render(sources, &list, settings.format, settings.colour);
    match settings.format {
        // People read beside the output, programs read instead of it.
        render::Format::Human => eprint!("{text}"),
        render::Format::Json | render::Format::Github => say!("{text}"),
    }
    if denied {
        Err(Outcome::AuthorMustDecide)
    } else {
        Ok(())
    }
}
