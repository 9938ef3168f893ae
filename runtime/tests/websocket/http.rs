//! What is answered in HTTP: to who wants to know how the server is, and to who may not connect.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use wiregate_runtime::transport::websocket::{Listener, Options, Token};
use wiregate_runtime::{Limits, Server};

use crate::site::{Site, TEXT, echo, one_thread, upgrade};
use crate::support::{PROTOCOL, router, soon};

/// What is answered to a request: the status, whole lines that must be in its head, and the text.
#[track_caller]
fn check(site: &Site, request: &str, status: &str, lines: &[&str], text: &str) {
    let answer = site.ask(request);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
    for line in lines {
        assert!(head.lines().any(|each| each == *line), "{line} in {answer}");
    }
    assert!(
        head.contains(&format!("Content-Length: {}\r\n", body.len())),
        "{answer}"
    );
    assert_eq!(body, format!("{text}\n"));
}

fn with(options: Options) -> Site {
    Site::with(options, Limits::default())
}

fn is_open(site: &Site, more: &str) -> bool {
    let mut socket = site.tcp();
    socket
        .write_all(upgrade(more).as_bytes())
        .expect("the server reads");
    let mut status = [0; 12];
    socket.read_exact(&mut status).expect("an answer");
    &status == b"HTTP/1.1 101"
}

#[test]
fn health_and_readiness_are_told_to_anybody() {
    let site = with(Options {
        token: Token::new("secret"),
        ..Options::default()
    });
    for path in ["/healthz", "/readyz", "/readyz?verbose"] {
        check(
            &site,
            &format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"),
            "200 OK",
            &["Connection: close"],
            "ok",
        );
    }
}

#[test]
fn anything_else_is_refused_in_a_word() {
    let site = Site::new();
    check(
        &site,
        "GET / HTTP/1.1\r\n\r\n",
        "426 Upgrade Required",
        &["Upgrade: websocket"],
        "a WebSocket is served here",
    );
    check(
        &site,
        "GET /favicon.ico HTTP/1.1\r\n\r\n",
        "404 Not Found",
        &[],
        "nothing is served here",
    );
    check(
        &site,
        "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "405 Method Not Allowed",
        &["Allow: GET"],
        "only GET is served here",
    );
    let old = upgrade("").replace("Version: 13", "Version: 8");
    check(
        &site,
        &old,
        "426 Upgrade Required",
        &["Sec-WebSocket-Version: 13"],
        "WebSocket protocol error: No \"Sec-WebSocket-Version: 13\" header",
    );
    assert!(is_open(&site, "Cookie: a\r\n"));
}

#[test]
fn a_token_is_wanted_where_there_is_one() {
    let site = with(Options {
        token: Token::new("right"),
        ..Options::default()
    });
    let refused = |header: &str, text| {
        let challenge = "WWW-Authenticate: Bearer";
        check(&site, &upgrade(header), "401 Unauthorized", &[challenge], text);
    };
    refused("", "invalid authorization header");
    refused("Authorization: Basic right\r\n", "invalid authorization header");
    refused("Authorization: Bear\r\n", "invalid authorization header");
    for wrong in ["wrong", "righ", "rightt", "", "Right"] {
        let header = format!("Authorization: Bearer {wrong}\r\n");
        let text = if wrong.is_empty() {
            // The blank at the end of a line is no part of it.
            "invalid authorization header"
        } else {
            "invalid websocket bearer token"
        };
        refused(&header, text);
    }
    let right = "Authorization: Bearer right\r\n";
    refused(&right.repeat(2), "invalid authorization header");
    assert!(is_open(&site, right));
    assert!(is_open(&site, "authorization: bearer right\r\n"));
    assert!(Token::new("").is_none() && Token::new("a b").is_none() && Token::new("ü").is_none());
    assert_eq!(format!("{:?}", Token::new("right")), "Some(Token)");
}

#[test]
fn pages_connect_only_from_origins_that_are_named() {
    let refused = |site: &Site, more: &str| {
        let text = "pages of this origin may not connect";
        check(site, &upgrade(more), "403 Forbidden", &[], text);
    };
    let origin = "Origin: http://localhost:3000\r\n";
    let closed = Site::new();
    refused(&closed, origin);
    check(
        &closed,
        "GET /healthz HTTP/1.1\r\nOrigin: null\r\n\r\n",
        "403 Forbidden",
        &[],
        "pages of this origin may not connect",
    );
    let site = with(Options {
        origins: vec!["http://localhost:3000".to_owned()],
        ..Options::default()
    });
    assert!(is_open(&site, origin));
    assert!(is_open(&site, ""));
    refused(&site, "Origin: http://localhost:30000\r\n");
    refused(&site, "Origin: https://localhost:3000\r\n");
    refused(&site, "Origin: null\r\n");
    refused(&site, &format!("{origin}Origin: http://evil.example\r\n"));
}

#[test]
fn what_is_no_http_is_refused() {
    let site = Site::new();
    for garbage in [
        "\0\0\0\0",
        "GET / HTTP/9.9\r\n\r\n",
        "{\"id\":1}\n\n",
        "GET\r\n\r\n",
    ] {
        let answer = site.ask(garbage);
        assert!(
            answer.starts_with("HTTP/1.1 400 Bad Request\r\n"),
            "{garbage:?}: {answer}"
        );
    }
    let long = format!("GET / HTTP/1.1\r\nCookie: {}", "x".repeat(20_000));
    let answer = site.ask(&long);
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let many = format!("GET / HTTP/1.1\r\n{}", "A: b\r\n".repeat(200));
    let answer = site.ask(&many);
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert!(is_open(&site, ""));
}

#[test]
fn a_head_that_does_not_end_is_not_waited_for() {
    let site = with(Options {
        head: Duration::from_millis(100),
        ..Options::default()
    });
    let answer = site.ask("GET / HTTP/1.1\r\nHost");
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
}

#[test]
fn connections_are_limited_and_free_again_afterwards() {
    let site = with(Options {
        connections: 20,
        ..Options::default()
    });
    let mut sockets: Vec<_> = (0..20).map(|_| site.raw()).collect();
    let text = "there are too many connections";
    check(&site, &upgrade(""), "503 Service Unavailable", &[], text);
    check(&site, "GET /readyz HTTP/1.1\r\n\r\n", "200 OK", &[], "ok");
    for raw in &mut sockets {
        raw.send(TEXT, echo(1, "x").as_bytes());
        assert_eq!(raw.receive().0, TEXT);
    }
    drop(sockets);
    let began = std::time::Instant::now();
    while !is_open(&site, "") {
        assert!(began.elapsed() < crate::site::PATIENCE);
    }
}

#[test]
fn who_goes_on_after_a_refusal_takes_turns_with_others() {
    const TURNS: usize = 64;
    let sent = one_thread().block_on(soon(async {
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), Options::default()).await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(listener.serve(Server::new(router(&PROTOCOL))));
        let mut socket = TcpStream::connect(address).expect("it listens");
        socket
            .write_all(b"POST / HTTP/1.1\r\n\r\n")
            .expect("there is room");
        socket.set_nonblocking(true).expect("a socket");
        // Until the server has said all that it will say.
        while !matches!(socket.read(&mut [0; 100]), Ok(0)) {
            tokio::task::yield_now().await;
        }
        let mut sent = 0;
        for _ in 0..TURNS {
            while let Ok(more) = socket.write(&[0; 1 << 16]) {
                sent += more;
            }
            tokio::task::yield_now().await;
        }
        sent
    }));
    // What the system keeps between the two, and half a MiB a turn; without turns it is twice as much.
    assert!(sent < TURNS << 20, "{sent} bytes in {TURNS} turns");
}

#[test]
fn other_machines_are_not_served_by_accident() {
    let runtime = one_thread();
    let bind = |options| {
        let any: SocketAddr = ([0, 0, 0, 0], 0).into();
        runtime.block_on(Listener::bind(any, options)).map(drop)
    };
    let error = bind(Options::default()).expect_err("open to everybody");
    assert_eq!(
        error.to_string(),
        "0.0.0.0:0 is open to other machines: ask for a token, or allow clients without one expressly"
    );
    bind(Options {
        token: Token::new("secret"),
        ..Options::default()
    })
    .expect("who has the token may");
    bind(Options {
        allow_unauthenticated: true,
        ..Options::default()
    })
    .expect("it was said expressly");
}
