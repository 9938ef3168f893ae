//! Standard input and output, as a server sees them that an editor has started.
//!
//! In: nothing. Out: a [`Transport`](super::Transport) of JSON lines. Whoever uses it must write logs elsewhere than to standard output.
//!
//! On Linux, pipes and sockets are waited for by epoll, which costs a fraction of a thread that waits. Others who hold the
//! same pipe or socket, such as a shell, or standard error, see none of it: no flag that they share is changed. Files,
//! terminals and whatever cannot be driven so are left to threads, as is everything on other systems.

#[cfg(target_os = "linux")]
mod linux;

use tokio::io::{AsyncRead, AsyncWrite};

use super::lines::Lines;

/// JSON lines from standard input and to standard output.
///
/// Where a thread reads standard input, it cannot be interrupted: a process that ends for another reason than the end of
/// its input leaves by `std::process::exit`, or shuts its tokio runtime down in the background.
///
/// # Panics
/// Outside of a tokio runtime that drives I/O.
pub fn stdio() -> Lines<Input, Output> {
    #[cfg(target_os = "linux")]
    let (input, output) = (linux::input(), linux::output());
    #[cfg(not(target_os = "linux"))]
    let (input, output): (Option<Input>, Option<Output>) = (None, None);
    Lines::new(
        input.unwrap_or_else(|| Box::new(tokio::io::stdin())),
        output.unwrap_or_else(|| Box::new(tokio::io::stdout())),
    )
}

/// Standard input.
pub type Input = Box<dyn AsyncRead + Send + Sync + Unpin>;

/// Standard output.
pub type Output = Box<dyn AsyncWrite + Send + Sync + Unpin>;
