//! What is printed on standard output.
//!
//! In: what `print!` and `println!` take. Out: text for whoever still reads: `dump lower | head` closes the pipe early, and
//! the task goes on as if it had been read, to its exit code.

/// Prints text.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = write!(std::io::stdout(), $($text)*);
    }};
}

/// Prints a line.
macro_rules! say_line {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

pub(super) use {say, say_line};
