//! The server as a process: the command that starts it, and signals.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::process::Command;

/// The server, on which nothing has a bearing that whoever runs the tests has in the environment.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_app-server"));
    command
        .env_remove("CODEX_HOME")
        .env_remove("RUST_LOG")
        .env("HOME", std::env::temp_dir());
    command
}

/// Sends a signal, by its name.
#[cfg(unix)]
pub(crate) fn signal(process: u32, name: &str) {
    // The shell has a `kill` of its own; slim images have no other.
    let sent = Command::new("sh")
        .args(["-c", r#"kill -s "$0" "$1""#, name, &process.to_string()])
        .status();
    assert!(sent.expect("there is a shell").success());
}
