//! What the server says, recorded and held to the protocol: whatever is typed at it, nothing of what it sends is wrong.

mod process;
mod site;
mod support;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use site::Site;
use support::Server;
use tempfile::TempDir;
use wiregate_codegen::ir;
use wiregate_codegen::recording::{self, Finding, Side, Summary};

fn recorded(file: &Path) -> Server {
    Server::with(&[OsStr::new("--record"), file.as_os_str()])
}

/// Holds a recording to the protocol: what was found, and what there was.
fn check(file: &Path) -> (Vec<Finding>, Summary) {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../generated/protocol.json");
    let model = fs::read(model).expect("the model is committed");
    let protocol = ir::read(&model).expect("it is a model");
    let text = fs::read(file).expect("there is a recording");
    let mut found = Vec::new();
    let summary = recording::check(&protocol, &text[..], &mut |finding| found.push(finding.clone()));
    (found, summary.expect("memory can be read"))
}

#[test]
fn nothing_that_the_server_says_is_wrong() {
    let home = TempDir::new().expect("a temporary folder");
    let file = home.path().join("session.jsonl");
    let mut server = recorded(&file);
    let at = |name: &str| home.path().join(name);
    server.fails("fs/readFile", json!({"path": at("a")}));
    server.introduce();
    server.fails(
        "initialize",
        json!({"clientInfo": {"name": "again", "version": "1"}}),
    );
    server.call("fs/createDirectory", json!({"path": at("d"), "recursive": true}));
    server.call(
        "fs/writeFile",
        json!({"path": at("d/a"), "dataBase64": "aGVsbG8K"}),
    );
    assert_eq!(
        server.call("fs/readFile", json!({"path": at("d/a")}))["dataBase64"],
        "aGVsbG8K"
    );
    server.call("fs/getMetadata", json!({"path": at("d/a")}));
    server.call("fs/readDirectory", json!({"path": at("d")}));
    server.call(
        "fs/copy",
        json!({"sourcePath": at("d/a"), "destinationPath": at("d/b"), "recursive": false}),
    );
    server.call("fs/watch", json!({"watchId": "w", "path": at("d")}));
    server.call("fs/writeFile", json!({"path": at("d/c"), "dataBase64": ""}));
    let changed = server.receive();
    assert_eq!(changed["method"], "fs/changed", "{changed}");
    server.call("fs/unwatch", json!({"watchId": "w"}));
    // What a handler refuses, and what never comes to one.
    server.fails("fs/readFile", json!({"path": at("none")}));
    server.fails(
        "fs/writeFile",
        json!({"path": at("e"), "dataBase64": "no base64"}),
    );
    server.fails("fs/readFile", json!({"path": "relative"}));
    server.fails("fs/readFile", json!({}));
    server.fails("fs/reedFile", json!({"path": at("a")}));
    server.fails("thread/realtime/start", json!({"threadId": "t"}));
    server.fails("thread/list", json!({}));
    for line in [
        "nonsense",
        "",
        "[]",
        r#"[{"id":1,"method":"fs/readFile"}]"#,
        r#"{"id":1.5,"method":"fs/readFile"}"#,
        r#"{"id":1,"id":2,"method":"fs/readFile"}"#,
        r#"{"id":"x","method":7}"#,
        r#"{"id":"y","method":"fs/readFile","params":5}"#,
        r#"{"id":"z","result":1,"error":{"code":1,"message":""}}"#,
        r#"{"id":"w"}"#,
        r#"{"id":77,"result":{}}"#,
        r#"{"method":"fs/readFile","params":{"path":"/"}}"#,
        r#"{"id":"p","method":"fs/readFile","params":["/"]}"#,
        r#"{"id":"e","method":"fs/readFile","params":{"path":1e999}}"#,
    ] {
        server.send(line);
    }
    server.send([b"\xff\xfe{}".as_slice(), "[".repeat(200).as_bytes()].concat());
    // A pile of requests under one key, answered in their order, though nobody waits for them.
    for id in 0..50 {
        let data = json!({"id": format!("order-{id}"), "method": "fs/writeFile",
            "params": {"path": at("pile"), "dataBase64": "AAAA"}});
        server.send(data.to_string());
    }
    let (rest, well) = server.end();
    assert!(well);
    assert!(rest.len() >= 60, "{} lines", rest.len());

    let (found, summary) = check(&file);
    let of_server: Vec<_> = found
        .iter()
        .filter(|found| found.by != Some(Side::Client))
        .collect();
    assert!(of_server.is_empty(), "{of_server:#?}");
    assert_eq!((summary.connections, summary.missing, summary.in_file), (1, 0, 0));
    assert!(summary.messages > 150 && summary.by_client > 15, "{summary:?}");
}

#[test]
fn a_recording_is_whole_when_a_signal_ends_the_server() {
    let home = TempDir::new().expect("a temporary folder");
    let file = home.path().join("session.jsonl");
    let mut server = recorded(&file);
    server.introduce();
    server.call("fs/readDirectory", json!({"path": home.path()}));
    server.signal("TERM");
    let (_, well) = server.end_by_itself();
    assert!(well);
    let text = fs::read_to_string(&file).expect("there is a recording");
    let last: Value = serde_json::from_str(text.lines().last().expect("lines")).expect("JSON");
    assert_eq!(
        (&last["event"], &last["end"]),
        (&json!("closed"), &json!("answered"))
    );
    assert_eq!(check(&file).0, []);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[cfg(unix)]
#[test]
fn clients_that_come_and_go_over_websocket_are_recorded() {
    let home = TempDir::new().expect("a temporary folder");
    let file = home.path().join("session.jsonl");
    let mut site = Site::start(&["--record", file.to_str().expect("UTF-8")]);
    let list = json!({"path": home.path()});
    let connect = || {
        let mut client = site.open(&[]).expect("a WebSocket");
        client.introduce();
        client.ask("fs/readDirectory", list.clone());
        client
    };
    let (mut closes, mut vanishes, stays) = (connect(), connect(), connect());
    closes.socket.close(None).expect("the server reads");
    while closes.socket.read().is_ok() {}
    // Its answer finds nobody.
    vanishes.say(&json!({"id": 0, "method": "fs/readDirectory", "params": list}));
    drop(vanishes);
    site.signal("TERM");
    assert!(site.process.wait().expect("the server ends").success());
    drop(stays);

    let (found, summary) = check(&file);
    let wrong: Vec<_> = found.iter().filter(|found| !found.note).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!((summary.connections, summary.missing), (3, 0));
    let text = fs::read_to_string(&file).expect("there is a recording");
    assert_eq!(text.matches(r#""event":"closed""#).count(), 3, "{text}");
    assert!(
        text.contains(r#""end":"left""#) && text.contains(r#""end":"answered""#),
        "{text}"
    );
}

#[test]
fn a_recording_that_cannot_be_made_is_said_at_once() {
    let server = recorded(Path::new("/no/such/folder/session.jsonl"));
    let (lines, well) = server.end_by_itself();
    assert!(lines.is_empty() && !well, "{lines:?}");
}
