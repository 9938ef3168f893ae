//! The server as a process that clients reach over WebSocket.

mod process;
mod site;

use std::fs;
use std::io::Read;
use std::process::Output;

use serde_json::json;
use site::{Client, Site, server};
use tungstenite::Message;
use tungstenite::protocol::frame::coding::CloseCode;

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
