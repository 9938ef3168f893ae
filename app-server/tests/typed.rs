//! The server as a typed client sees it, and the typed messages themselves.

mod process;

use std::io;
use std::process::Stdio;
use std::sync::Arc;

use app_server_protocol::errors::{FsReadFileError, InitializeError};
use app_server_protocol::messages::{ClientNotification, ClientRequest, ClientResponse, ServerNotification};
use app_server_protocol::peers::ServerPeer;
use app_server_protocol::router::ClientRouter;
use app_server_protocol::services::FsClientHandler;
use app_server_protocol::v2::{
    FsChangedNotification, FsErrorKind, FsReadFileParams, FsWatchParams, FsWriteFileParams,
};
use app_server_protocol::{ClientInfo, InitializeParams};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use wiregate_runtime::transport::lines::Lines;
use wiregate_runtime::{AbsolutePath, Base64, CallError, Connection, Cx, RequestId, RpcError, json};

/// Hands on what the server tells.
struct Changes(mpsc::UnboundedSender<FsChangedNotification>);

impl FsClientHandler for Changes {
    async fn fs_changed(&self, _: &Cx, params: FsChangedNotification) {
        self.0.send(params).expect("the test listens");
    }
}

struct Client {
    server: ServerPeer,
    changes: mpsc::UnboundedReceiver<FsChangedNotification>,
    process: Child,
    connection: JoinHandle<io::Result<()>>,
}

fn client() -> Client {
    let mut process = Command::from(process::command())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the server starts");
    let (told, changes) = mpsc::unbounded_channel();
    let (output, input) = (
        process.stdout.take().expect("piped"),
        process.stdin.take().expect("piped"),
    );
    let router = ClientRouter::new().fs(Arc::new(Changes(told)));
    let connection = Connection::new(Lines::new(output, input), router);
    let server = ServerPeer::from(connection.peer());
    Client {
        server,
        changes,
        process,
        connection: tokio::spawn(connection.run()),
    }
}

fn path(path: impl AsRef<std::path::Path>) -> AbsolutePath {
    AbsolutePath::new(path).expect("an absolute path")
}

/// What the server itself has answered.
fn answered(error: CallError) -> RpcError {
    match error {
        CallError::Rpc(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_typed_client_calls_the_server_and_hears_of_changes() {
    let Client {
        server,
        mut changes,
        mut process,
        connection,
    } = client();
    let home = tempfile::tempdir().expect("a temporary folder");
    let file = path(home.path().join("file"));

    let nameless = InitializeParams::new(ClientInfo::new(String::new(), "1".to_owned()));
    let refused = answered(
        server
            .initialize(nameless)
            .await
            .expect_err("a client has a name"),
    );
    assert!(matches!(
        InitializeError::from(refused),
        InitializeError::ClientNameInvalid(_)
    ));
    let me = InitializeParams::new(ClientInfo::new("me".to_owned(), "1".to_owned()));
    let welcome = server.initialize(me).await.expect("a handshake");
    assert_eq!(welcome.platform_os, std::env::consts::OS);
    server.initialized().await.expect("the server listens");

    server
        .fs_watch(FsWatchParams::new("w".to_owned(), file.clone()))
        .await
        .expect("a watch");
    let missing = answered(
        server
            .fs_read_file(FsReadFileParams::new(file.clone()))
            .await
            .expect_err("no file yet"),
    );
    let FsReadFileError::FsIoFailed(failed) = FsReadFileError::from(missing) else {
        panic!("a declared error")
    };
    assert_eq!(
        (failed.data.kind, failed.data.path),
        (FsErrorKind::NotFound, file.clone())
    );

    let bytes = Base64(vec![0, 1, 2]);
    server
        .fs_write_file(FsWriteFileParams::new(file.clone(), bytes.clone()))
        .await
        .expect("a file");
    let read = server
        .fs_read_file(FsReadFileParams::new(file.clone()))
        .await
        .expect("the file");
    assert_eq!(read.data_base64, bytes);
    assert_eq!(
        changes.recv().await,
        Some(FsChangedNotification::new("w".to_owned(), vec![file]))
    );

    server.as_ref().close();
    connection.await.expect("no panic").expect("no fault");
    assert!(process.wait().await.expect("the server ends").success());
}

#[test]
fn requests_are_read_and_written_whole() {
    let text = r#"{"id":"a","method":"fs/readFile","params":{"path":"/f"}}"#;
    let request: ClientRequest = json::from_str(text).expect("a request");
    let params = FsReadFileParams::new(path("/f"));
    assert_eq!(
        request,
        ClientRequest::FsReadFile {
            id: RequestId::Text("a".to_owned()),
            params
        }
    );
    assert_eq!(
        (request.method(), request.id().to_string()),
        ("fs/readFile", r#""a""#.to_owned())
    );
    assert_eq!(json::to_string(&request).expect("JSON"), text);

    // The method may come last, and what is optional may be absent.
    let late = r#"{"params":{"path":"/f"},"jsonrpc":"2.0","id":"a","method":"fs/readFile"}"#;
    assert_eq!(json::from_str::<ClientRequest>(late).expect("a request"), request);
    for params in ["", r#","params":null"#, r#","params":{}"#] {
        let text = format!(r#"{{"id":1,"method":"account/logout"{params}}}"#);
        let request: ClientRequest = json::from_str(&text).expect("a request");
        assert_eq!(
            json::to_string(&request).expect("JSON"),
            r#"{"id":1,"method":"account/logout"}"#
        );
    }

    let error = |text: &str| {
        json::from_str::<ClientRequest>(text)
            .expect_err("no request")
            .to_string()
    };
    assert_eq!(
        error(r#"{"id":1,"method":"fs/readFile","params":{"path":5}}"#),
        "params.path: expected an absolute path, found 5"
    );
    assert_eq!(
        error(r#"{"id":1,"method":"fs/readFile"}"#),
        "params.path: missing"
    );
    assert_eq!(
        error(r#"{"method":"fs/readFile","params":{"path":"/f"}}"#),
        "id: missing"
    );
    assert_eq!(
        error(r#"{"id":1,"method":"fs/changed"}"#),
        r#"method: expected a method of ClientRequest, found "fs/changed""#
    );
}

#[test]
fn notifications_and_results_are_read_and_written_whole() {
    let text = r#"{"method":"fs/changed","params":{"watchId":"w","changedPaths":["/f"]}}"#;
    let told: ServerNotification = json::from_str(text).expect("a notification");
    assert_eq!(told.method(), "fs/changed");
    assert_eq!(json::to_string(&told).expect("JSON"), text);

    let ready: ClientNotification =
        json::from_str(r#"{"method":"initialized","params":{}}"#).expect("a notification");
    assert_eq!(ready, ClientNotification::Initialized);
    assert_eq!(
        json::to_string(&ready).expect("JSON"),
        r#"{"method":"initialized"}"#
    );

    let read = ClientResponse::read("fs/readFile", RequestId::Number(7), r#"{"dataBase64":"AA=="}"#);
    let response = read.expect("a result").expect("a known method");
    assert_eq!(
        json::to_string(&response).expect("JSON"),
        r#"{"id":7,"result":{"dataBase64":"AA=="}}"#
    );
    assert_eq!(
        ClientResponse::read("no/such", RequestId::Number(7), "{}"),
        Ok(None)
    );
    let wrong = ClientResponse::read("fs/readFile", RequestId::Number(7), r#"{"dataBase64":5}"#);
    assert_eq!(wrong.expect_err("no result").path(), "dataBase64");
}
