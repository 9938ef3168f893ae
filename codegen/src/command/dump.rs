//! `dump PASS`: what a pass makes of the protocol, for those who work on the compiler.

use crate::diagnostics::Diagnostics;
use crate::exchanges::Messages;
use crate::{emit, parse};

use super::say::{say, say_line};
use super::{Outcome, Project, Settings, check, exchanges};

/// The passes that can be printed.
pub(super) const PASSES: [&str; 4] = ["source", "parse", "lower", "emit"];

/// Prints the product of `pass`.
pub(super) fn dump(project: &Project, settings: &Settings, pass: &str) -> Outcome {
    print(project, settings, pass).err().unwrap_or(Outcome::Done)
}

fn print(project: &Project, settings: &Settings, pass: &str) -> Result<(), Outcome> {
    let sources = check::load(project)?;
    match pass {
        "source" => {
            for (_, file) in sources.files() {
                say_line!("{:>9} {}", file.bytes.len(), file.display());
            }
        }
        "parse" => {
            let mut diagnostics = Diagnostics::new();
            let files = parse::parse(&sources, &mut diagnostics);
            say_line!("{files:#?}");
            check::report(&sources, diagnostics, settings)?;
        }
        "lower" => {
            let protocol = check::compile(&sources, settings)?.protocol;
            say!("{}", emit::model::dump(&protocol));
        }
        _ => {
            let protocol = check::compile(&sources, settings)?.protocol;
            let files = exchanges::load(project)?;
            let exchanges = exchanges::of(&protocol, Messages::read(&files))?;
            for (path, bytes) in emit::emit(&protocol, &project.options, &exchanges).iter() {
                say_line!("{:>9} {path}", bytes.len());
            }
        }
    }
    Ok(())
}
