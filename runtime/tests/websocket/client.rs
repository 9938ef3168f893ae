//! Two of ours.

use std::io::{self, Write};
use std::net::TcpListener;
use std::thread;

use wiregate_runtime::message::NoParams;
use wiregate_runtime::transport::websocket::{Options, Token, connect};
use wiregate_runtime::{CallError, Client, Limits, Router, Side};

use crate::site::{Site, one_thread};
use crate::support::{
    Ask, Changed, Echo, Hello, Maybe, Note, Notices, PROTOCOL, Plain, WITH_HANDSHAKE, router, soon,
};

#[test]
fn a_client_of_ours_opens_asks_is_asked_and_is_told() {
    let serves = router(&WITH_HANDSHAKE).request::<Echo, _, _>(|cx, note: Note| async move {
        let answer = cx.peer().request::<Ask>(note).await?;
        cx.peer().notify::<Changed>(answer.clone());
        Ok(answer)
    });
    let options = Options {
        token: Token::new("secret"),
        ..Options::default()
    };
    let site = Site::of(serves, options, Limits::default());
    let url = format!("ws://{}", site.address);
    site.runtime.block_on(soon(async {
        let socket = connect(&url, Token::new("secret").as_ref()).await;
        let answers = Router::new(&WITH_HANDSHAKE, Side::Client)
            .request::<Ask, _, _>(|_, note: Note| async move { Ok(Note::new(&note.text.to_uppercase())) });
        let (client, mut told) = Client::connect(socket.expect("it is let in"), answers, Limits::default());
        client
            .initialize::<Hello>(Maybe::default())
            .await
            .expect("a handshake");
        for length in [5, 200, 100_000] {
            let (quiet, loud) = (Note::new(&"x".repeat(length)), Note::new(&"X".repeat(length)));
            let answer = client.peer().request::<Echo>(quiet).await;
            assert_eq!(answer.expect("an answer"), loud);
            let next = told.next::<Notices>().await.expect("the connection lives");
            assert_eq!(next.expect("known"), Notices::Changed(loud));
        }
        client.close().await.expect("the server closes too");
    }));
    site.server.drain();
    site.ended();
}

#[test]
fn calls_fail_when_the_server_goes() {
    let site = Site::new();
    let url = format!("ws://localhost:{}/any/path?at=all", site.address.port());
    site.runtime.block_on(soon(async {
        let socket = connect(&url, None).await.expect("it is let in");
        let (client, _) = Client::connect(socket, Router::new(&PROTOCOL, Side::Client), Limits::default());
        client.peer().request::<Plain>(NoParams).await.expect("an answer");
        site.server.stop();
        client.peer().closed().await;
        let error = client.peer().request::<Plain>(NoParams).await;
        assert!(matches!(error, Err(CallError::Closed)), "{error:?}");
    }));
}

#[test]
fn refusals_say_why() {
    let site = Site::with(
        Options {
            token: Token::new("secret"),
            ..Options::default()
        },
        Limits::default(),
    );
    let refused = |url: &str, token: Option<&str>| {
        let token = token.and_then(Token::new);
        let end = site.runtime.block_on(soon(connect(url, token.as_ref())));
        let error = end.expect_err("refused");
        (error.kind(), error.to_string())
    };
    let url = format!("ws://{}", site.address);
    let text = "the server refuses: 401 Unauthorized: invalid authorization header";
    assert_eq!(
        refused(&url, None),
        (io::ErrorKind::PermissionDenied, text.to_owned())
    );
    let text = "the server refuses: 401 Unauthorized: invalid websocket bearer token";
    assert_eq!(
        refused(&url, Some("wrong")),
        (io::ErrorKind::PermissionDenied, text.to_owned())
    );
    let text = "wss://x: expected ws://HOST:PORT; TLS is not spoken here";
    assert_eq!(
        refused("wss://x", None),
        (io::ErrorKind::InvalidInput, text.to_owned())
    );
    assert_eq!(refused("ws://", None).0, io::ErrorKind::InvalidInput);
    assert_eq!(refused("/tmp/socket", None).0, io::ErrorKind::InvalidInput);
    let port = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let nobody = format!("ws://{}", port.local_addr().expect("an address"));
    drop(port);
    assert_eq!(refused(&nobody, None).0, io::ErrorKind::ConnectionRefused);
}

/// What a client of ours is told by a server that answers this, and keeps the connection open until it has gone.
#[track_caller]
fn check(answer: &str, kind: io::ErrorKind, text: &str) {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("ws://{}", server.local_addr().expect("an address"));
    let answer = answer.to_owned();
    let serving = thread::spawn(move || {
        let (mut socket, _) = server.accept().expect("a client");
        socket.write_all(answer.as_bytes()).expect("the client reads");
        io::copy(&mut socket, &mut io::sink())
    });
    let end = one_thread().block_on(connect(&url, None));
    let error = end.expect_err("refused");
    assert_eq!((error.kind(), error.to_string()), (kind, text.to_owned()));
    drop(serving.join().expect("no panic"));
}

#[test]
fn refusals_are_told_where_the_connection_stays_open() {
    let denied = io::ErrorKind::PermissionDenied;
    check(
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 7\r\n\r\nno key\nHTTP/1.1 408 Request Timeout\r\n\r\n",
        denied,
        "the server refuses: 401 Unauthorized: no key",
    );
    check(
        "HTTP/1.1 403 Forbidden\r\n\r\nnot you\n",
        denied,
        "the server refuses: 403 Forbidden: not you",
    );
    check(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1000\r\n\r\nhalf of it",
        io::ErrorKind::ConnectionRefused,
        "the server refuses: 503 Service Unavailable: half of it",
    );
}
