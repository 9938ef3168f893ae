//! Standard input and output, as a server sees them that an editor has started.
//!
//! In: nothing. Out: a [`Transport`](super::Transport) of JSON lines. Whoever uses it must write logs elsewhere than to standard output.

use tokio::io::{Stdin, Stdout};

use super::lines::Lines;

/// JSON lines from standard input and to standard output.
///
/// Standard input is read on a thread of its own that cannot be interrupted: a process that ends for another reason
/// than the end of its input leaves by `std::process::exit`.
pub fn stdio() -> Lines<Stdin, Stdout> {
    Lines::new(tokio::io::stdin(), tokio::io::stdout())
}
