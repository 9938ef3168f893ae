//! The server as a process that a client talks to over pipes.

mod process;
mod support;

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use support::Server;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn lines_typed_at_once_are_answered_before_the_end() {
    let home = folder();
    let path = home.path().join("hello.txt");
    fs::write(&path, "hello\n").expect("a file");
    let mut server = Server::fresh();
    server.send(
        [
            r#"{"id":1,"method":"initialize","params":{"clientInfo":{"name":"me","version":"1"}}}"#
                .to_owned(),
            json!({"id": 2, "method": "fs/readFile", "params": {"path": path}}).to_string(),
        ]
        .join("\n"),
    );
    let (lines, well) = server.end();
    assert!(well);
    let [first, second] = &lines[..] else {
        panic!("two answers, not {lines:?}")
    };
    assert!(
        first.starts_with(r#"{"id":1,"result":{"userAgent":"wiregate-app-server/"#),
        "{first}"
    );
    assert_eq!(second, r#"{"id":2,"result":{"dataBase64":"aGVsbG8K"}}"#);
}

#[test]
fn a_connection_begins_with_a_handshake() {
    let mut server = Server::fresh();
    let path = json!({"path": "/"});
    assert_eq!(
        server.fails("fs/readDirectory", path.clone()),
        json!({"code": -32600, "message": "Not initialized"})
    );
    let error = server.fails(
        "initialize",
        json!({"clientInfo": {"name": "a\nb", "version": "1"}}),
    );
    assert_eq!(error["code"], -32600);
    assert_eq!(
        error["message"],
        "Invalid clientInfo.name: 'a\nb'. Must be a valid HTTP header value."
    );
    assert_eq!(
        error["data"],
        json!({"code": "clientNameInvalid", "name": "a\nb"})
    );

    let result = server.call(
        "initialize",
        json!({"clientInfo": {"name": "me", "version": "2.0"}, "capabilities": null}),
    );
    assert!(
        result["userAgent"]
            .as_str()
            .is_some_and(|agent| agent.ends_with("(me; 2.0)")),
        "{result}"
    );
    assert_eq!(result["platformOs"], std::env::consts::OS);
    assert_eq!(result["platformFamily"], std::env::consts::FAMILY);
    assert!(
        result["codexHome"]
            .as_str()
            .is_some_and(|home| home.starts_with('/') || cfg!(windows)),
        "{result}"
    );
    let again = server.fails(
        "initialize",
        json!({"clientInfo": {"name": "me", "version": "2.0"}}),
    );
    assert_eq!(again["message"], "Already initialized");
    server.call("fs/readDirectory", path);
    assert_eq!(server.end(), (vec![], true));
}

#[test]
fn what_is_not_served_is_not_found() {
    let mut server = Server::start();
    let error = server.fails("thread/list", json!({}));
    assert_eq!(
        error,
        json!({"code": -32601, "message": "method not found: thread/list"})
    );
    let error = server.fails("fs/readfile", json!({"path": "/"}));
    assert_eq!(
        error["message"],
        "method not found: fs/readfile; did you mean fs/readFile?"
    );
    let error = server.fails("thread/realtime/start", json!({}));
    assert_eq!(
        error["message"],
        "thread/realtime/start requires experimentalApi capability"
    );
}

#[test]
fn malformed_lines_are_answered_and_harm_nothing() {
    let mut server = Server::start();
    for (line, id, code) in [
        (r#"{"id":1,"method":"#.as_bytes(), json!(null), -32700),
        (b"\xff\xfe", json!(null), -32700),
        (br#"[{"id":1,"method":"fs/readFile"}]"#, json!(null), -32600),
        (br#"{"id":1.5,"method":"fs/readFile"}"#, json!(null), -32600),
        (
            br#"{"id":3,"method":"fs/readFile","params":["/"]}"#,
            json!(3),
            -32602,
        ),
        (
            br#"{"id":4,"method":"fs/readFile","params":{"path":5}}"#,
            json!(4),
            -32602,
        ),
        (
            br#"{"id":5,"method":"fs/readFile","params":{"path":"relative"}}"#,
            json!(5),
            -32602,
        ),
        (
            br#"{"id":6,"method":"fs/readFile","params":{"path":"/","path":"/"}}"#,
            json!(6),
            -32602,
        ),
        (br#"{"id":7,"id":8,"method":"fs/readFile"}"#, json!(null), -32600),
    ] {
        server.send(line);
        let answer = server.receive();
        let shown = String::from_utf8_lossy(line);
        assert_eq!(
            (&answer["id"], &answer["error"]["code"]),
            (&id, &json!(code)),
            "{shown}: {answer}"
        );
    }
    server.send("\n\n  ");
    let error = server.fails("fs/readFile", json!({"path": 5}));
    assert_eq!(
        error["message"],
        "fs/readFile params.path: expected an absolute path, found 5"
    );
    let deep = format!("{{\"id\":9,\"x\":{}", "[".repeat(1_000_000));
    server.send(deep);
    assert_eq!(server.receive()["error"]["code"], -32700);
    assert_eq!(server.end(), (vec![], true));
}

#[test]
fn files_are_written_read_copied_and_removed() {
    let home = folder();
    let at = |name: &str| home.path().join(name);
    let mut server = Server::start();

    assert_eq!(
        server.call("fs/createDirectory", json!({"path": at("a/b")})),
        json!({})
    );
    assert_eq!(
        server.call("fs/writeFile", json!({"path": at("a/b/f"), "dataBase64": "AP8="})),
        json!({})
    );
    assert_eq!(fs::read(at("a/b/f")).expect("the file"), [0, 255]);
    assert_eq!(
        server.call("fs/readFile", json!({"path": at("a/./x/../b/f")})),
        json!({"dataBase64": "AP8="})
    );

    let found = server.call("fs/getMetadata", json!({"path": at("a/b/f")}));
    assert_eq!(
        (&found["isFile"], &found["isDirectory"]),
        (&json!(true), &json!(false))
    );
    assert!(
        found["modifiedAtMs"]
            .as_i64()
            .is_some_and(|time| time > 1_600_000_000_000),
        "{found}"
    );

    let refused = server.fails(
        "fs/copy",
        json!({"sourcePath": at("a"), "destinationPath": at("c")}),
    );
    assert_eq!(
        refused["message"],
        "fs/copy requires recursive: true when sourcePath is a directory"
    );
    let inside = json!({"sourcePath": at("a"), "destinationPath": at("a/b/c/d"), "recursive": true});
    let refused = server.fails("fs/copy", inside);
    assert_eq!(
        refused["message"],
        "fs/copy cannot copy a directory to itself or one of its descendants"
    );
    assert_eq!(
        refused["data"],
        json!({"code": "fsInvalidInput", "path": at("a/b/c/d")})
    );
    let copy = json!({"sourcePath": at("a"), "destinationPath": at("c"), "recursive": true});
    assert_eq!(server.call("fs/copy", copy), json!({}));
    assert_eq!(fs::read(at("c/b/f")).expect("the copy"), [0, 255]);
    let onto_itself = json!({"sourcePath": at("a/b/f"), "destinationPath": at("a/b/f")});
    assert_eq!(
        server.fails("fs/copy", onto_itself)["message"],
        "fs/copy cannot copy a file to itself"
    );
    assert_eq!(fs::read(at("a/b/f")).expect("the file is whole"), [0, 255]);

    let listed = server.call("fs/readDirectory", json!({"path": home.path()}));
    let entry = |name: &str| json!({"fileName": name, "isDirectory": true, "isFile": false});
    assert_eq!(listed, json!({"entries": [entry("a"), entry("c")]}));

    let full = server.fails("fs/remove", json!({"path": at("a"), "recursive": false}));
    assert_eq!(
        (&full["code"], &full["data"]["kind"]),
        (&json!(-32603), &json!("directoryNotEmpty"))
    );
    assert_eq!(server.call("fs/remove", json!({"path": at("a")})), json!({}));
    assert!(!at("a").exists());
    assert_eq!(server.call("fs/remove", json!({"path": at("a")})), json!({}));
    let missing = server.fails("fs/remove", json!({"path": at("a"), "force": false}));
    assert_eq!(
        missing["data"],
        json!({"code": "fsIoFailed", "kind": "notFound", "path": at("a")})
    );
}

#[test]
fn what_the_operating_system_refuses_is_said_in_its_words() {
    let home = folder();
    let missing = home.path().join("missing");
    let mut server = Server::start();
    let error = server.fails("fs/readFile", json!({"path": missing}));
    assert_eq!(error["code"], -32603);
    assert_eq!(
        error["data"],
        json!({"code": "fsIoFailed", "kind": "notFound", "path": missing})
    );
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains("os error 2")),
        "{error}"
    );
    let folder = server.fails("fs/readFile", json!({"path": home.path()}));
    assert_eq!(folder["data"]["kind"], "isADirectory");
    let taken = server.fails(
        "fs/createDirectory",
        json!({"path": home.path(), "recursive": false}),
    );
    assert_eq!(taken["data"]["kind"], "alreadyExists");
    let large = home.path().join("large");
    let file = fs::File::create(&large).expect("a file");
    file.set_len((512 << 20) + 1).expect("a file with a hole");
    let error = server.fails("fs/readFile", json!({"path": large}));
    assert_eq!(
        error["message"],
        "file is too large to read: limit is 536870912 bytes"
    );
    assert_eq!(
        error["data"],
        json!({"code": "fsFileTooLarge", "path": large, "limitBytes": 536_870_912})
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_listed_copied_and_removed_as_links() {
    let home = folder();
    let at = |name: &str| home.path().join(name);
    fs::write(at("file"), "x").expect("a file");
    std::os::unix::fs::symlink("file", at("link")).expect("a link");
    std::os::unix::fs::symlink("nowhere", at("dangling")).expect("a link");
    let mut server = Server::start();

    let listed = server.call("fs/readDirectory", json!({"path": home.path()}));
    let entry =
        |name: &str, is_file: bool| json!({"fileName": name, "isDirectory": false, "isFile": is_file});
    assert_eq!(
        listed,
        json!({"entries": [entry("dangling", false), entry("file", true), entry("link", true)]})
    );
    assert_eq!(
        server.call("fs/readFile", json!({"path": at("link")})),
        json!({"dataBase64": "eA=="})
    );
    server.call(
        "fs/copy",
        json!({"sourcePath": at("link"), "destinationPath": at("other")}),
    );
    assert_eq!(
        fs::read_link(at("other")).expect("a link"),
        std::path::Path::new("file")
    );
    server.call("fs/remove", json!({"path": at("link")}));
    assert!(at("file").exists() && !at("link").exists());
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_rather_than_waited_for() {
    let home = folder();
    let pipe = home.path().join("pipe");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .expect("mkfifo runs");
    assert!(made.success());
    let mut server = Server::start();
    for (method, params) in [
        ("fs/readFile", json!({"path": pipe})),
        ("fs/writeFile", json!({"path": pipe, "dataBase64": ""})),
        (
            "fs/copy",
            json!({"sourcePath": pipe, "destinationPath": home.path().join("copy")}),
        ),
    ] {
        let error = server.fails(method, params);
        assert_eq!(
            (&error["code"], &error["data"]["code"]),
            (&json!(-32600), &json!("fsInvalidInput")),
            "{method}"
        );
    }
}

/// The paths of the next `fs/changed` of this watch.
#[track_caller]
fn changed(server: &mut Server, watch: &str) -> Vec<Value> {
    let message = server.receive();
    assert_eq!(
        (&message["method"], &message["params"]["watchId"]),
        (&json!("fs/changed"), &json!(watch))
    );
    message["params"]["changedPaths"]
        .as_array()
        .expect("a list")
        .clone()
}

#[test]
fn changes_of_a_watched_folder_are_gathered() {
    // The operating system may know the temporary folder by another name than we do.
    let home = folder();
    let at = |name: &str| home.path().join(name);
    fs::create_dir(at("below")).expect("a folder");
    let mut server = Server::start();
    let watch = json!({"watchId": "w", "path": home.path().join("x/..")});
    assert_eq!(
        server.call("fs/watch", watch.clone()),
        json!({"path": home.path()})
    );
    let again = server.fails("fs/watch", watch);
    assert_eq!(again["message"], "watchId already exists: w");
    assert_eq!(again["data"], json!({"code": "fsWatchIdInUse", "watchId": "w"}));

    fs::write(at("one"), "1").expect("a file");
    fs::write(at("two"), "2").expect("a file");
    assert_eq!(changed(&mut server, "w"), [json!(at("one")), json!(at("two"))]);
    // Not recursive.
    fs::write(at("below/deep"), "3").expect("a file");
    fs::read(at("one")).expect("reading changes nothing");
    assert!(server.is_silent(Duration::from_millis(500)));
    fs::remove_file(at("one")).expect("a file less");
    assert_eq!(changed(&mut server, "w"), [json!(at("one"))]);

    assert_eq!(server.call("fs/unwatch", json!({"watchId": "w"})), json!({}));
    fs::write(at("three"), "3").expect("a file");
    assert!(server.is_silent(Duration::from_millis(500)));
    assert_eq!(server.call("fs/unwatch", json!({"watchId": "never"})), json!({}));
    assert_eq!(server.end(), (vec![], true));
}

#[test]
fn a_watched_path_may_come_later_and_be_replaced() {
    let home = folder();
    let at = |name: &str| home.path().join(name);
    let target = at("a/b/file");
    let mut server = Server::start();
    server.call("fs/watch", json!({"watchId": "w", "path": target}));
    server.call("fs/watch", json!({"watchId": "other", "path": at("elsewhere")}));

    fs::create_dir_all(at("a/b")).expect("folders");
    assert!(server.is_silent(Duration::from_millis(400)));
    fs::write(&target, "1").expect("a file");
    assert_eq!(changed(&mut server, "w"), [json!(target)]);
    // As editors save.
    fs::write(at("a/b/file.new"), "2").expect("a file");
    fs::rename(at("a/b/file.new"), &target).expect("a file that takes its place");
    assert_eq!(changed(&mut server, "w"), [json!(target)]);
    fs::remove_dir_all(at("a")).expect("nothing left");
    assert_eq!(changed(&mut server, "w"), [json!(target)]);
    fs::create_dir_all(at("a/b")).expect("folders");
    fs::write(&target, "3").expect("a file");
    assert_eq!(changed(&mut server, "w"), [json!(target)]);
    assert_eq!(server.end(), (vec![], true));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_server_when_it_has_answered() {
    let server = Server::start();
    server.signal("TERM");
    let (rest, well) = server.end_by_itself();
    assert_eq!((rest, well), (vec![], true));
}
