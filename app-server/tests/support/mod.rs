//! The server as a process of its own, and a client that types at it.
//!
//! In: lines. Out: lines.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::process;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Server {
    process: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    next_id: i64,
}

impl Server {
    /// Starts a server that nobody has said anything to.
    pub(crate) fn fresh() -> Self {
        Self::with(&[])
    }

    /// The same, with arguments.
    pub(crate) fn with(arguments: &[&OsStr]) -> Self {
        let mut process = process::command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let input = process.stdin.take();
        let output = process.stdout.take().expect("output is piped");
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            process,
            input,
            lines,
            next_id: 100,
        }
    }

    /// Starts a server and introduces a client.
    pub(crate) fn start() -> Self {
        let mut server = Self::fresh();
        server.introduce();
        server
    }

    /// Introduces a client.
    pub(crate) fn introduce(&mut self) {
        self.call(
            "initialize",
            json!({"clientInfo": {"name": "test", "version": "1"}}),
        );
        self.send(r#"{"method":"initialized"}"#);
    }

    pub(crate) fn send(&mut self, line: impl AsRef<[u8]>) {
        let input = self.input.as_mut().expect("input is open");
        input.write_all(line.as_ref()).expect("the server reads");
        input.write_all(b"\n").expect("the server reads");
    }

    /// The next line.
    #[track_caller]
    pub(crate) fn receive(&mut self) -> Value {
        let line = self
            .lines
            .recv_timeout(PATIENCE)
            .expect("the server says something");
        serde_json::from_str(&line).expect("the server speaks JSON")
    }

    /// Whether the server says nothing for a while.
    pub(crate) fn is_silent(&mut self, span: Duration) -> bool {
        self.lines.recv_timeout(span).is_err()
    }

    /// The answer to a request.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next_id += 1;
        let id = self.next_id;
        self.send(json!({"id": id, "method": method, "params": params}).to_string());
        let answer = self.receive();
        assert_eq!(answer["id"], id, "{method}: {answer}");
        answer
    }

    /// The result of a request.
    #[track_caller]
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        let mut answer = self.ask(method, params);
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].take()
    }

    /// The error that answers a request.
    #[track_caller]
    pub(crate) fn fails(&mut self, method: &str, params: Value) -> Value {
        let mut answer = self.ask(method, params);
        assert!(answer["result"].is_null(), "{method}: {answer}");
        answer["error"].take()
    }

    /// Sends a signal, by its name.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        process::signal(self.process.id(), name);
    }

    /// As [`Server::end`], without the end of the input.
    pub(crate) fn end_by_itself(mut self) -> (Vec<String>, bool) {
        let input = self.input.take();
        let end = self.end();
        drop(input);
        end
    }

    /// Ends the input; gives what the server still says, and whether it ends well.
    pub(crate) fn end(mut self) -> (Vec<String>, bool) {
        drop(self.input.take());
        let mut rest = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            rest.push(line);
        }
        let end = self.process.wait().expect("the server ends");
        (rest, end.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Where a test has failed; otherwise the process has ended already, which is no news.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
