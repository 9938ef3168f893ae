//! The command line, the same for `wiregate`, for `cargo xtask` here, and for the three-line xtask of another team.
//!
//! In: a [`Project`] and arguments. Out: files, text for people, and an exit code ([`Outcome`]).

mod baselines;
mod check;
mod check_log;
mod dump;
mod exchanges;
mod explain;
mod fixtures;
mod generate;
mod new;
mod outcome;
mod project;
mod release;
mod say;
mod since;
mod stamp;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::date::Date;
use crate::recording::Side;
use crate::render::Format;

pub use outcome::Outcome;
pub use project::Project;

const EXIT_CODES: &str = "\
Exit codes: 0 all is well, 1 an author must decide (the protocol breaks a rule, \
or changed without a word in the changelog; a recording breaks the protocol), 2 the command line is wrong, \
3 the output is stale (run gen), 4 a file cannot be read or written.";

impl Project {
    /// Does what the arguments of this process say. An xtask needs no more than this.
    pub fn main(self) -> ExitCode {
        self.run(std::env::args_os()).into()
    }

    /// Does what `args` say; the first is the name of the program.
    pub fn run(self, args: impl IntoIterator<Item = OsString>) -> Outcome {
        let name = self.options.command.trim_end_matches(" gen").to_owned();
        match command(&name).try_get_matches_from(args) {
            Ok(matches) => self.dispatch(&matches),
            Err(error) => {
                // Help goes to stdout with code 0, a mistake to stderr with code 2; clap knows which.
                let _ = error.print();
                if error.exit_code() == 0 {
                    Outcome::Done
                } else {
                    Outcome::Usage
                }
            }
        }
    }

    fn dispatch(mut self, matches: &ArgMatches) -> Outcome {
        let own = self.out_folder();
        if let Some(folder) = text(matches, "idl") {
            self = self.idl(folder);
        }
        if let Some(folder) = text(matches, "out") {
            self = self.out(folder);
        }
        if let Some(path) = text(matches, "runtime-path") {
            self = self.runtime_path(path);
        }
        let mut settings = Settings::from(matches);
        if let Some(("gen", matches)) = matches.subcommand() {
            let names = matches.get_many::<String>("gates");
            settings.gates = names.map(|names| names.filter(|name| !name.is_empty()).cloned().collect());
            if settings.gates.is_some() && same_folder(&self.out_folder(), &own) {
                let own = own.display();
                eprintln!(
                    "error: `--gates` needs a folder of its own, or it would take the place of `{own}`"
                );
                eprintln!("help: name one with `--out DIR`");
                return Outcome::Usage;
            }
        }
        if let Some((name @ ("gen" | "check"), matches)) = matches.subcommand() {
            let given = matches.get_one::<Date>("today").copied();
            settings.today = given.or_else(|| (name == "check").then(Date::today));
        }
        if let Some((_, matches)) = matches.subcommand() {
            self = self.told(matches);
        }
        match matches.subcommand() {
            Some(("gen", matches)) if matches.get_flag("check") => generate::check(&self, &settings),
            Some(("gen", _)) => generate::generate(&self, &settings),
            Some(("check", _)) => check::check(&self, &settings),
            Some(("check-log", matches)) => {
                let log = check_log::Log {
                    file: text(matches, "file").unwrap_or_default(),
                    model: text(matches, "protocol"),
                    by: match text(matches, "by") {
                        Some("client") => Some(Side::Client),
                        Some("server") => Some(Side::Server),
                        _ => None,
                    },
                };
                check_log::check_log(&self, &settings, &log)
            }
            Some(("dump", matches)) => {
                dump::dump(&self, &settings, text(matches, "pass").unwrap_or_default())
            }
            Some(("explain", matches)) => explain::explain(text(matches, "code")),
            Some(("release", matches)) => {
                release::release(&self, &settings, text(matches, "version").unwrap_or_default())
            }
            Some(("fixtures", matches)) => match matches.subcommand() {
                Some(("new", inner)) => fixtures::new(
                    &self.told(inner),
                    &settings,
                    text(inner, "method").unwrap_or_default(),
                ),
                _ => Outcome::Usage,
            },
            Some(("new", matches)) => new::new(&self, text(matches, "dir").unwrap_or_default()),
            _ => Outcome::Usage,
        }
    }

    /// The project with the places that a task was told.
    fn told(mut self, matches: &ArgMatches) -> Self {
        if let Some(folder) = text(matches, "fixtures") {
            self = self.fixtures(folder);
        }
        if let Some(folder) = text(matches, "released") {
            self = self.released(folder);
        }
        if let Some(file) = text(matches, "changelog") {
            self = self.changelog(file);
        }
        self
    }
}

/// What every task needs to know of how to print.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) format: Format,
    pub(crate) colour: bool,
    pub(crate) deny_warnings: bool,
    pub(crate) quiet: bool,
    /// The gates of the one profile that is wanted; none for every target.
    pub(crate) gates: Option<Vec<String>>,
    /// The day against which decisions are held; none where nobody asks.
    pub(crate) today: Option<Date>,
}

impl From<&ArgMatches> for Settings {
    fn from(matches: &ArgMatches) -> Self {
        let format = match text(matches, "format") {
            Some("json") => Format::Json,
            Some("github") => Format::Github,
            _ => Format::Human,
        };
        let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self {
            format,
            colour,
            deny_warnings: matches.get_flag("deny-warnings"),
            // Programs read diagnostics, line by line, and nothing else.
            quiet: matches.get_flag("quiet") || format == Format::Json,
            gates: None,
            today: None,
        }
    }
}

/// The whole command line, under the name that people type.
pub fn command(name: &str) -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name(value)
            .help(help)
            .global(true)
    };
    let today = |help: &'static str| {
        Arg::new("today")
            .long("today")
            .value_name("DATE")
            .help(help)
            .value_parser(|text: &str| Date::parse(text).ok_or("write a day like `2026-12-31`"))
    };
    Command::new(name.to_owned())
        .version(env!("CARGO_PKG_VERSION"))
        .bin_name(name.to_owned())
        .about("Compiles a protocol into Rust, JSON Schema, TypeScript and reference pages")
        .after_help(EXIT_CODES)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .arg(option("idl", "DIR", "The folder of interface files"))
        .arg(option("out", "DIR", "The folder that output goes to"))
        .arg(option(
            "runtime-path",
            "PATH",
            "Where the emitted crate finds wiregate-runtime, relative to it",
        ))
        .arg(
            option("format", "FORMAT", "How diagnostics are printed")
                .value_parser(["human", "json", "github"])
                .default_value("human"),
        )
        .arg(
            Arg::new("deny-warnings")
                .long("deny-warnings")
                .help("Treat warnings as errors")
                .action(ArgAction::SetTrue)
                .global(true),
        )
        .arg(
            Arg::new("quiet")
                .long("quiet")
                .help("Print nothing when all is well")
                .action(ArgAction::SetTrue)
                .global(true),
        )
        .subcommand(
            Command::new("gen")
                .about("Write every output file that changed, and say what changed")
                .arg(
                    Arg::new("check")
                        .long("check")
                        .help("Write nothing; fail when a file is stale, missing or orphaned")
                        .action(ArgAction::SetTrue),
                )
                .arg(
                    Arg::new("gates")
                        .long("gates")
                        .value_name("NAMES")
                        .help(
                            "Write JSON Schema and TypeScript with these gates open, to the folder of --out",
                        )
                        .value_delimiter(','),
                )
                .arg(today(
                    "Warn of gates that should have been decided by this day; without it of none",
                )),
        )
        .subcommand(
            Command::new("check")
                .about("Check the protocol against every rule, and against what was released")
                .arg(today(
                    "Warn of gates that should have been decided by this day, instead of by today",
                ))
                .args(history()),
        )
        .subcommand(
            Command::new("check-log")
                .about("Check a recording of what went over the wire against the protocol")
                .arg(
                    Arg::new("file")
                        .required(true)
                        .value_name("FILE")
                        .help("What a file recorder of the runtime wrote"),
                )
                .arg(
                    Arg::new("protocol")
                        .long("protocol")
                        .value_name("FILE")
                        .help("The model to check against, a `protocol.json`, instead of that of the interface files"),
                )
                .arg(
                    Arg::new("by")
                        .long("by")
                        .value_name("SIDE")
                        .help("Fail for violations of this side alone; those of the other are printed all the same")
                        .value_parser(["client", "server"]),
                ),
        )
        .subcommand(
            Command::new("dump")
                .about("Print what a pass makes of the protocol")
                .arg(
                    Arg::new("pass")
                        .required(true)
                        .value_name("PASS")
                        .value_parser(dump::PASSES.to_vec()),
                ),
        )
        .subcommand(
            Command::new("explain")
                .about("Explain a diagnostic code; without one, list them")
                .arg(Arg::new("code").value_name("CODE")),
        )
        .subcommand(
            Command::new("release")
                .about("Keep the protocol as it is now, for later checks to compare with")
                .arg(
                    Arg::new("version")
                        .required(true)
                        .value_name("VERSION")
                        .help("The version that the protocol declares"),
                )
                .args(history()),
        )
        .subcommand(
            Command::new("fixtures")
                .about("Write example messages to start from")
                .subcommand_required(true)
                .subcommand(
                    Command::new("new")
                        .about("Write messages for the params, the result and the errors of a method")
                        .arg(Arg::new("method").required(true).value_name("METHOD"))
                        .arg(Arg::new("fixtures").long("fixtures").value_name("DIR").help(
                            "The folder of example messages; `fixtures` beside the protocol by default",
                        )),
                ),
        )
        .subcommand(
            Command::new("new")
                .about("Start a protocol that compiles")
                .arg(Arg::new("dir").required(true).value_name("DIR")),
        )
}

/// Where released protocols are kept, and where it is said what changed since.
fn history() -> [Arg; 2] {
    [
        Arg::new("released")
            .long("released")
            .value_name("DIR")
            .help("The folder of released protocols; `fixtures/released` beside the protocol by default"),
        Arg::new("changelog")
            .long("changelog")
            .value_name("FILE")
            .help("Where changes are told by version; `CHANGELOG.md` beside the protocol by default"),
    ]
}

/// Whether two paths lead to one folder.
fn same_folder(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

fn text<'a>(matches: &'a ArgMatches, name: &str) -> Option<&'a str> {
    matches
        .try_get_one::<String>(name)
        .ok()
        .flatten()
        .map(String::as_str)
}
