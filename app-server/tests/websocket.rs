//! The server as a process that clients reach over WebSocket.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, WebSocket};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);

fn server() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_app-server"));
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

/// A server that listens.
struct Site {
    process: Child,
    /// Where: `IP:PORT`.
    address: String,
    /// What it says after that.
    log: BufReader<ChildStderr>,
}

impl Site {
    fn start(arguments: &[&str]) -> Self {
        let mut process = server()
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

    fn open(&self, headers: &[(&'static str, &str)]) -> Result<Client, String> {
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

    fn status(&self, path: &str) -> String {
        let mut socket = self.tcp();
        write!(socket, "GET {path} HTTP/1.1\r\n\r\n").expect("the server reads");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("an answer");
        answer.lines().next().unwrap_or_default().to_owned()
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.process.id().to_string()])
            .status();
        assert!(sent.expect("there is a command for it").success());
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

struct Client {
    socket: WebSocket<TcpStream>,
    next: i64,
}

impl Client {
    fn introduce(&mut self) {
        let me = json!({"clientInfo": {"name": "test", "version": "1"}});
        let answer = self.ask("initialize", me);
        assert!(answer["result"]["userAgent"].is_string(), "{answer}");
        self.say(&json!({"method": "initialized"}));
    }

    fn say(&mut self, message: &Value) {
        let text = Message::text(message.to_string());
        self.socket.send(text).expect("the server reads");
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        self.say(&json!({"id": self.next, "method": method, "params": params}));
        let message = self.socket.read().expect("an answer");
        let answer: Value = serde_json::from_str(message.to_text().expect("text")).expect("JSON");
        assert_eq!(answer["id"], self.next, "{answer}");
        answer
    }
}

#[test]
fn clients_read_files_side_by_side() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("hello.txt");
    fs::write(&path, "hello\n").expect("a file");
    let site = Site::start(&[]);
    let mut clients: Vec<Client> = (0..3).map(|_| site.open(&[]).expect("a WebSocket")).collect();
    clients.iter_mut().for_each(Client::introduce);
    for client in &mut clients {
        let answer = client.ask("fs/readFile", json!({"path": path}));
        assert_eq!(answer["result"], json!({"dataBase64": "aGVsbG8K"}));
    }
    assert_eq!(site.status("/healthz"), "HTTP/1.1 200 OK");
    assert_eq!(site.status("/readyz"), "HTTP/1.1 200 OK");
}

#[test]
fn tokens_and_origins_decide_who_connects() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    fs::write(&file, "secret\n").expect("a file");
    let site = Site::start(&[
        "--ws-token-file",
        file.to_str().expect("UTF-8"),
        "--ws-origin",
        "http://localhost:3000",
    ]);
    let status = |headers: &[(&'static str, &str)]| match site.open(headers) {
        Ok(_) => "open".to_owned(),
        Err(error) => error,
    };
    let token = ("authorization", "Bearer secret");
    assert_eq!(status(&[]), "HTTP error: 401 Unauthorized");
    assert_eq!(
        status(&[("authorization", "Bearer wrong")]),
        "HTTP error: 401 Unauthorized"
    );
    assert_eq!(status(&[token]), "open");
    assert_eq!(status(&[token, ("origin", "http://localhost:3000")]), "open");
    assert_eq!(
        status(&[token, ("origin", "http://evil.example")]),
        "HTTP error: 403 Forbidden"
    );
}

#[cfg(unix)]
#[test]
fn the_first_signal_drains_and_the_server_ends_well() {
    let mut site = Site::start(&[]);
    let mut client = site.open(&[]).expect("a WebSocket");
    client.introduce();
    site.signal("TERM");
    let Message::Close(Some(close)) = client.socket.read().expect("a close") else {
        panic!("a close")
    };
    assert_eq!(
        (close.code, &*close.reason),
        (CloseCode::Away, "the server is shutting down")
    );
    drop(client);
    let end = site.process.wait().expect("the server ends");
    assert!(end.success());
    let mut rest = String::new();
    site.log.read_to_string(&mut rest).expect("text");
    assert_eq!(rest, "");
}

#[test]
fn a_wrong_command_line_is_refused_in_a_line() {
    let run = |arguments: &[&str]| -> Output { server().args(arguments).output().expect("the server runs") };
    let refused = |arguments: &[&str], text: &str| {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            format!("error: {text}\n")
        );
        assert!(output.stdout.is_empty());
    };
    refused(
        &["--listen", "ws://0.0.0.0:0"],
        "`ws://0.0.0.0:0` is open to other machines; want a token by --ws-token-file FILE, or let anybody in by \
         --ws-allow-unauthenticated",
    );
    refused(
        &["--listen", "unix:///tmp/x"],
        "unsupported --listen URL `unix:///tmp/x`; expected `stdio://` or `ws://IP:PORT`",
    );
    let unknown = run(&["--port", "80"]);
    assert_eq!(unknown.status.code(), Some(2));
    let help = run(&["--help"]);
    assert!(help.status.success() && help.stderr.is_empty());
    assert!(String::from_utf8_lossy(&help.stdout).contains("--ws-token-file <FILE>"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("ws://{}", taken.local_addr().expect("an address"));
    let output = run(&["--listen", &url]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.starts_with(&format!("error: cannot listen on {url}: ")),
        "{text}"
    );
}
