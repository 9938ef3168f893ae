//! The server as a process that clients reach over WebSocket, and a client that blocks.
//!
//! In: arguments. Out: an address, and what is answered there.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

use crate::process;

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn server() -> Command {
    let mut command = process::command();
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

/// A server that listens.
pub(crate) struct Site {
    pub(crate) process: Child,
    /// Where: `IP:PORT`.
    pub(crate) address: String,
    /// What it says after that.
    pub(crate) log: BufReader<ChildStderr>,
}

impl Site {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::of(server(), arguments)
    }

    pub(crate) fn of(mut command: Command, arguments: &[&str]) -> Self {
        let mut process = command
            .args(["--listen", "ws://127.0.0.1:0"])
            .args(arguments)
            .spawn()
            .expect("the server starts");
        let mut log = BufReader::new(process.stderr.take().expect("a pipe"));
        let mut line = String::new();
        log.read_line(&mut line).expect("a line");
        let address = line
            .trim_end()
            .strip_prefix("listening on ws://")
            .expect("an address");
        Self {
            process,
            address: address.to_owned(),
            log,
        }
    }

    fn tcp(&self) -> TcpStream {
        let socket = TcpStream::connect(&self.address).expect("the server listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        socket
    }

    pub(crate) fn open(&self, headers: &[(&'static str, &str)]) -> Result<Client, String> {
        let mut request = format!("ws://{}", self.address)
            .into_client_request()
            .expect("a request");
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(*name, value.parse().expect("a value"));
        }
        match tungstenite::client(request, self.tcp()) {
            Ok((socket, _)) => Ok(Client { socket, next: 0 }),
            Err(error) => Err(error.to_string()),
        }
    }

    pub(crate) fn status(&self, path: &str) -> String {
        let mut socket = self.tcp();
        write!(socket, "GET {path} HTTP/1.1\r\n\r\n").expect("the server reads");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("an answer");
        answer.lines().next().unwrap_or_default().to_owned()
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        process::signal(self.process.id(), name);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) struct Client {
    pub(crate) socket: WebSocket<TcpStream>,
    next: i64,
}

impl Client {
    pub(crate) fn introduce(&mut self) {
        let me = json!({"clientInfo": {"name": "test", "version": "1"}});
        let answer = self.ask("initialize", me);
        assert!(answer["result"]["userAgent"].is_string(), "{answer}");
        self.say(&json!({"method": "initialized"}));
    }

    pub(crate) fn say(&mut self, message: &Value) {
        let text = Message::text(message.to_string());
        self.socket.send(text).expect("the server reads");
    }

    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        self.say(&json!({"id": self.next, "method": method, "params": params}));
        let message = self.socket.read().expect("an answer");
        let answer: Value = serde_json::from_str(message.to_text().expect("text")).expect("JSON");
        assert_eq!(answer["id"], self.next, "{answer}");
        answer
    }
}
