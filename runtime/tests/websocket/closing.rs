//! How a WebSocket ends, and what the other side is told.

use std::fmt::Debug;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::pin::pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tracing::field::Field;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{self, Layer, SubscriberExt};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, WebSocket};
use wiregate_runtime::transport::memory::pair;
use wiregate_runtime::transport::websocket::Options;
use wiregate_runtime::{CallError, Limits, RpcError};

use crate::site::{CLOSE, PATIENCE, PING, PONG, Raw, Site, TEXT, echo, frame, one_thread, text, upgrade};
use crate::support::{Changed, Note, PROTOCOL, Slow, WITH_HANDSHAKE, router};

/// Waits until a server has as many connections.
#[track_caller]
fn wait_for(site: &Site, connections: usize) {
    let began = Instant::now();
    while site.server.snapshot().connections.len() != connections {
        assert!(
            began.elapsed() < crate::site::PATIENCE,
            "{:?}",
            site.server.snapshot()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_client_that_closes_is_answered_in_kind() {
    let site = Site::new();
    for (sent, answered) in [
        (&b"\x03\xe8bye"[..], &b"\x03\xe8"[..]),
        (b"\x0b\xb8", b"\x0b\xb8"),
        (b"", b""),
    ] {
        let mut raw = site.raw();
        raw.send(CLOSE, sent);
        assert_eq!(raw.receive(), (CLOSE, answered.to_vec()));
        assert_eq!(std::io::Read::read(&mut raw.0, &mut [0]).expect("an end"), 0);
    }
    wait_for(&site, 0);
}

#[test]
fn a_client_that_goes_without_a_word_is_forgotten() {
    let site = Site::new();
    let sockets: Vec<_> = (0..10).map(|_| site.raw()).collect();
    wait_for(&site, 10);
    drop(sockets);
    wait_for(&site, 0);
}

#[test]
fn draining_answers_what_is_asked_and_goes_away() {
    let go = Arc::new(Notify::new());
    let wait = Arc::clone(&go);
    let router = router(&PROTOCOL).request::<Slow, _, _>(|_, note| async move {
        wait.notified().await;
        Ok(note)
    });
    let site = Site::of(router, Options::default(), Limits::default());
    let (mut busy, mut idle) = (site.open(), site.open());
    busy.send(Message::text(
        r#"{"id":1,"method":"note/slow","params":{"text":"x"}}"#,
    ))
    .expect("the server reads");
    busy.send(Message::text(echo(2, "x"))).expect("the server reads");
    assert!(text(&mut busy).starts_with(r#"{"id":2,"#));
    wait_for(&site, 2);
    site.server.drain();
    let away = CloseFrame {
        code: CloseCode::Away,
        reason: "the server is shutting down".into(),
    };
    assert_eq!(idle.read().expect("a close"), Message::Close(Some(away.clone())));
    let ready = site.ask("GET /readyz HTTP/1.1\r\n\r\n");
    assert!(
        ready.starts_with("HTTP/1.1 503 ") && ready.ends_with("draining\n"),
        "{ready}"
    );
    let health = site.ask("GET /healthz HTTP/1.1\r\n\r\n");
    assert!(health.starts_with("HTTP/1.1 200 "), "{health}");
    let late = site.ask(&crate::site::upgrade(""));
    assert!(late.starts_with("HTTP/1.1 503 "), "{late}");
    go.notify_one();
    assert_eq!(text(&mut busy), r#"{"id":1,"result":{"text":"x"}}"#);
    assert_eq!(busy.read().expect("a close"), Message::Close(Some(away)));
    drop((busy, idle));
    site.ended();
}

/// Reads what the first of two connections is sent before the second one, whose waker this is, hears of the end.
struct Between(Mutex<Option<WebSocket<TcpStream>>>, mpsc::Sender<Message>);

impl Wake for Between {
    fn wake(self: Arc<Self>) {
        if let Some(mut first) = self.0.lock().expect("no panic").take() {
            self.1
                .send(first.read().expect("a close"))
                .expect("the test waits");
        }
    }
}

#[test]
fn the_first_to_end_is_told_that_the_server_goes_away() {
    let site = Site::new();
    let first = site.open();
    wait_for(&site, 1);
    let (ends, read) = mpsc::channel();
    let waker = Arc::new(Between(Mutex::new(Some(first)), ends)).into();
    let (transport, _client) = pair();
    let mut second = Box::pin(site.server.connection(transport).run());
    // Nothing of the second one may hold up the first one.
    let elsewhere = one_thread();
    let entered = elsewhere.enter();
    assert!(
        second
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    site.server.drain();
    let Ok(Message::Close(Some(close))) = read.recv_timeout(crate::site::PATIENCE) else {
        panic!("a close")
    };
    assert_eq!(close.code, CloseCode::Away);
    drop((entered, second));
    site.ended();
}

/// Holds up the listener where it says that the client of an address has connected.
struct HoldUp {
    client: String,
    held: mpsc::Sender<()>,
    go: Mutex<mpsc::Receiver<()>>,
}

impl<S: Subscriber> Layer<S> for HoldUp {
    fn enabled(&self, metadata: &Metadata<'_>, _: layer::Context<'_, S>) -> bool {
        metadata.is_event() && metadata.target().ends_with("::listener")
    }

    fn on_event(&self, event: &Event<'_>, _: layer::Context<'_, S>) {
        let mut ours = false;
        event.record(&mut |field: &Field, value: &dyn Debug| {
            ours |= field.name() == "address" && format!("{value:?}") == self.client;
        });
        // When the test is over, the port may be that of somebody else.
        if ours && self.held.send(()).is_ok() {
            let go = self.go.lock().expect("no panic");
            let _ = go.recv_timeout(PATIENCE);
        }
    }
}

#[test]
fn who_has_just_connected_is_told_that_the_server_goes_away() {
    let options = Options {
        head: Duration::from_secs(3600),
        ..Options::default()
    };
    // One for the client that is held up, one for the listener.
    let site = Site::on(2, router(&PROTOCOL), options, Limits::default());
    let mut silent = site.tcp();
    silent.write_all(b"GET / HTTP/1.1\r\n").expect("the server reads");
    let mut socket = site.tcp();
    let (held, is_held) = mpsc::channel();
    let (go_on, go) = mpsc::channel();
    let hold_up = HoldUp {
        client: socket.local_addr().expect("an address").to_string(),
        held,
        go: Mutex::new(go),
    };
    // For the whole process: what is known of who listens is shared by its threads. Other tests have other clients.
    let all = tracing_subscriber::registry().with(hold_up);
    tracing::subscriber::set_global_default(all).expect("nobody else listens");
    socket
        .write_all(upgrade("").as_bytes())
        .expect("the server reads");
    is_held.recv_timeout(PATIENCE).expect("it connects");
    site.server.drain();
    // Who has not said what it wants is not waited for. That it is let go shows that the end has come.
    match silent.read(&mut [0]) {
        Ok(read) => assert_eq!(read, 0),
        // Where the server has not read what there was.
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
    go_on.send(()).expect("it is held up");
    let away = (1001, "the server is shutting down".to_owned());
    assert_eq!(Raw::opened(socket).closed(), away);
    site.ended();
}

#[test]
fn a_reader_that_stays_too_slow_is_told_so() {
    let limits = Limits {
        outbound: 10,
        ..Limits::default()
    };
    let site = Site::with(Options::default(), limits);
    let mut raw = site.raw();
    raw.send(TEXT, echo(1, "here").as_bytes());
    raw.receive();
    let [peer] = &site.server.hub().connections()[..] else {
        panic!("one connection")
    };
    // More than the sockets hold.
    let long = "x".repeat(1 << 20);
    let began = Instant::now();
    let refused = || {
        let written = pin!(peer.notify::<Changed>(Note::new(&long)));
        let now = written.poll(&mut Context::from_waker(Waker::noop()));
        matches!(now, Poll::Ready(Err(CallError::Closed)))
    };
    while !refused() {
        assert!(began.elapsed() < crate::site::PATIENCE);
    }
    let mut last = Vec::new();
    let closed = loop {
        match raw.receive() {
            (CLOSE, payload) => break payload,
            (_, text) => last = text,
        }
    };
    let reason = r#"{"id":null,"error":{"code":-32001,"message":"the peer does not read what it is sent"}}"#;
    assert_eq!(String::from_utf8_lossy(&last), reason);
    assert_eq!(closed, b"\x03\xf0the peer does not read what it is sent");
}

#[test]
fn who_does_not_introduce_itself_is_told_why_the_connection_ends() {
    let limits = Limits {
        initialize: Some(Duration::from_millis(50)),
        ..Limits::default()
    };
    let site = Site::of(router(&WITH_HANDSHAKE), Options::default(), limits);
    let mut raw = site.raw();
    assert_eq!(raw.receive().0, TEXT);
    assert_eq!(raw.closed(), (1008, "not initialized within 50ms".to_owned()));
}

#[test]
fn a_silent_client_is_asked_whether_it_lives_and_a_dead_one_given_up() {
    let with = |milliseconds| {
        let options = Options {
            keep_alive: Some(Duration::from_millis(milliseconds)),
            ..Options::default()
        };
        Site::with(options, Limits::default())
    };
    let site = with(100);
    let mut dead = site.raw();
    assert_eq!(dead.receive(), (PING, Vec::new()));
    assert_eq!(std::io::Read::read(&mut dead.0, &mut [0]).expect("an end"), 0);
    wait_for(&site, 0);
    // Who has to answer in time has more of it.
    let site = with(1000);
    let mut quiet = site.raw();
    for _ in 0..2 {
        assert_eq!(quiet.receive(), (PING, Vec::new()));
        quiet.send(PONG, b"");
    }
    quiet.send(TEXT, echo(1, "x").as_bytes());
    while quiet.receive().0 != TEXT {}
}

#[test]
fn clients_that_die_in_mid_request_leave_nothing_behind() {
    let router = router(&PROTOCOL).request::<Slow, _, _>(|_, _| async {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        Err(RpcError::internal("never"))
    });
    let site = Site::of(router, Options::default(), Limits::default());
    for _ in 0..50 {
        let mut raw = site.raw();
        raw.send(TEXT, br#"{"id":1,"method":"note/slow","params":{"text":"x"}}"#);
        let half = frame(TEXT, echo(2, "half").as_bytes());
        raw.0
            .write_all(&half[..half.len() / 2])
            .expect("the server reads");
    }
    wait_for(&site, 0);
}
