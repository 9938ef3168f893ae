//! How a task ended, as the exit code that a script can act on.

use std::process::ExitCode;

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well. Exit code 0.
    Done,
    /// The protocol breaks a rule, or changed without a word, or a recording breaks the protocol: an author must decide.
    /// Exit code 1.
    AuthorMustDecide,
    /// The command line makes no sense. Exit code 2, which the parser of arguments uses too.
    Usage,
    /// The output does not fit the protocol: run `gen`. Exit code 3.
    Stale,
    /// A file cannot be read or written. Exit code 4.
    Environment,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::AuthorMustDecide => 1,
            Outcome::Usage => 2,
            Outcome::Stale => 3,
            Outcome::Environment => 4,
        })
    }
}
