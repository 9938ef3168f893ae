//! What draining and stopping leave time for, and what they cut off.
#![cfg(feature = "tokio")]

mod support;

use std::io::{self, Cursor};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use support::{
    Changed, Closing, Echo, Hello, Note, PROTOCOL, Queue, Tell, WITH_HANDSHAKE, Wire, never, pair, put,
    router, soon,
};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader, ReadBuf, repeat};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use wiregate_runtime::transport::Source;
use wiregate_runtime::transport::lines::Lines;
use wiregate_runtime::{
    Client, ConnectionId, Direction, End, Limits, Recorder, Router, RpcError, Server, Side,
};

const DRAIN: Duration = Duration::from_millis(500);

fn limits() -> Limits {
    Limits {
        drain: DRAIN,
        message: 1 << 10,
        ..Limits::default()
    }
}

fn server(router: Router) -> Server {
    Server::new(router).with_limits(limits())
}

/// A server, and a client whose request `1` it never answers.
async fn busy() -> (Server, Wire) {
    let server = server(router(&PROTOCOL).request::<Echo, _, _>(|_, _| async { match never().await {} }));
    let mut wire = Wire::of(&server);
    wire.send(r#"{"id":1,"method":"note/echo","params":{"text":"x"}}"#)
        .await;
    assert_eq!(wire.so_far().await, [""; 0]);
    (server, wire)
}

/// How connections have ended.
#[derive(Debug, Default)]
struct Ends(Mutex<Vec<End>>);

impl Recorder for Ends {
    fn record(&self, _: ConnectionId, _: Direction, _: &[u8]) {}

    fn closed(&self, _: ConnectionId, end: &End) {
        self.0.lock().expect("no panic").push(end.clone());
    }
}

/// Goes on telling something, until nobody hears it.
async fn tell(mut wire: Wire) {
    let text = br#"{"method":"note/tell","params":{"text":"x"}}"#;
    while put(&mut wire.sink, text).await.is_ok() {
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_begins_nothing_that_was_told_before() {
    let begun = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&begun);
    let router = router(&PROTOCOL).notification::<Tell, _, _>(move |_, _| {
        count.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(100))
    });
    let server = server(router);
    let mut wire = Wire::of(&server);
    for _ in 0..30 {
        wire.send(r#"{"method":"note/tell","params":{"text":"x"}}"#).await;
    }
    wire.so_far().await;
    let began = Instant::now();
    server.stop();
    soon(server.idle()).await;
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(begun.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn who_goes_on_telling_does_not_put_off_the_end() {
    let router =
        router(&PROTOCOL).notification::<Tell, _, _>(|_, _| async { sleep(Duration::from_millis(20)).await });
    let server = server(router);
    let mut wire = Wire::of(&server);
    wire.so_far().await;
    let telling = tokio::spawn(tell(wire));
    sleep(DRAIN).await;
    let began = Instant::now();
    server.drain();
    soon(server.idle()).await;
    assert_eq!(began.elapsed(), DRAIN);
    soon(telling).await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn a_client_ends_though_its_server_goes_on_telling() {
    let (ours, theirs) = pair(64);
    let server = server(router(&PROTOCOL));
    let connection = server.connection(theirs);
    let peer = connection.peer();
    let run = tokio::spawn(connection.run());
    let telling = tokio::spawn(async move {
        while peer.notify::<Changed>(Note::new("x")).await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
    });
    let router = Router::new(&PROTOCOL, Side::Client)
        .notification::<Changed, _, _>(|_, _| sleep(Duration::from_millis(20)));
    let (client, _rest) = Client::connect(ours, router, limits());
    sleep(DRAIN).await;
    let began = Instant::now();
    soon(client.close()).await.expect("memory does not fail");
    assert_eq!(began.elapsed(), DRAIN);
    soon(telling).await.expect("no panic");
    soon(run).await.expect("no panic").expect("memory does not fail");
}

#[tokio::test(start_paused = true)]
async fn a_stop_reaches_who_has_said_all() {
    let (server, mut wire) = busy().await;
    drop(wire.sink);
    soon(wire.peer.closed()).await;
    // It said that it is gone.
    drop(server.hub().notify::<Closing>(Note::new("")));
    let began = Instant::now();
    server.stop();
    soon(server.idle()).await;
    assert_eq!(began.elapsed(), Duration::ZERO);
    let answer = wire.source.next(usize::MAX).await.expect("memory does not fail");
    let cut = r#"{"id":1,"error":{"code":-32603,"message":"the handler was cut off"}}"#;
    assert_eq!(answer.as_deref(), Some(cut.as_bytes()));
}

#[tokio::test(start_paused = true)]
async fn a_stop_gives_who_does_not_read_two_seconds() {
    let limits = Limits {
        drain: Duration::from_secs(60),
        ..Limits::default()
    };
    let ends = Arc::new(Ends::default());
    let recorder: Arc<dyn Recorder> = ends.clone();
    let server = Server::new(router(&PROTOCOL))
        .with_limits(limits)
        .with_recorder(recorder);
    let wire = Wire::of(&server);
    for _ in 0..100 {
        wire.peer.notify::<Changed>(Note::new("x"));
    }
    server.drain();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(server.snapshot().connections.len(), 1);
    let began = Instant::now();
    server.stop();
    soon(server.idle()).await;
    assert_eq!(began.elapsed(), Duration::from_secs(2));
    // Whoever waits for the server may end the recording.
    let failed = End::Failed("the peer does not read what it is sent".to_owned());
    assert_eq!(*ends.0.lock().expect("no panic"), [failed]);
}

#[tokio::test(start_paused = true)]
async fn handlers_have_their_time_once() {
    let (server, wire) = busy().await;
    let began = Instant::now();
    server.drain();
    sleep(DRAIN / 2).await;
    // The end of its input is the wish for an end once more.
    drop(wire.sink);
    soon(server.idle()).await;
    assert_eq!(began.elapsed(), DRAIN);
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_ends_while_the_server_drains_does_not_put_off_the_end() {
    let go = Arc::new(Notify::new());
    let wait = Arc::clone(&go);
    let router = router(&WITH_HANDSHAKE)
        .request::<Hello, _, _>(move |_, _| {
            let wait = Arc::clone(&wait);
            async move {
                wait.notified().await;
                Ok(Note::new("you"))
            }
        })
        .notification::<Tell, _, _>(|_, _| async { match never().await {} });
    let server = server(router);
    let mut wire = Wire::of(&server);
    wire.send(r#"{"id":1,"method":"hello"}"#).await;
    wire.send(r#"{"method":"note/tell","params":{"text":"x"}}"#).await;
    sleep(DRAIN).await;
    let began = Instant::now();
    server.drain();
    sleep(DRAIN / 2).await;
    go.notify_one();
    soon(server.idle()).await;
    assert_eq!(began.elapsed(), DRAIN);
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_goes_on_after_the_end_of_input_has_its_time_to_drain() {
    let router = router(&WITH_HANDSHAKE).request::<Hello, _, _>(|_, _| async { match never().await {} });
    let server = server(router);
    let mut wire = Wire::of(&server);
    for text in [
        r#"{"id":1,"method":"hello"}"#,
        r#"{"id":2,"method":"note/plain"}"#,
        r#"{"id":3,"method":"hello"}"#,
    ] {
        wire.send(text).await;
    }
    let began = Instant::now();
    let answers = soon(wire.end()).await;
    assert_eq!(began.elapsed(), DRAIN);
    let expected = [
        r#"{"id":1,"error":{"code":-32603,"message":"the handler was cut off"}}"#,
        r#"{"id":2,"error":{"code":-32001,"message":"Server shutting down"}}"#,
        r#"{"id":3,"error":{"code":-32001,"message":"Server shutting down"}}"#,
    ];
    assert_eq!(answers, expected);
}

#[tokio::test]
async fn what_came_before_the_end_of_input_is_served_after_the_handshake() {
    let heard = Arc::new(Notify::new());
    let told = Arc::clone(&heard);
    let router = router(&WITH_HANDSHAKE)
        .request::<Hello, _, _>(|cx, _| async move {
            // Until nothing more can come.
            cx.cancelled().await;
            Ok(Note::new("you"))
        })
        .notification::<Tell, _, _>(move |_, _| {
            told.notify_one();
            async {}
        });
    let mut wire = Wire::of(&server(router));
    wire.send(r#"{"id":1,"method":"hello"}"#).await;
    wire.send(r#"{"id":2,"method":"note/plain"}"#).await;
    wire.send(r#"{"method":"note/tell","params":{"text":"x"}}"#).await;
    let answers = soon(wire.end()).await;
    let expected = [r#"{"id":1,"result":{"text":"you"}}"#, r#"{"id":2,"result":null}"#];
    assert_eq!(answers, expected);
    soon(heard.notified()).await;
}

/// Blank lines without end, which do not use up what a task may do in one go.
struct Blank;

impl AsyncRead for Blank {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        room.initialize_unfilled().fill(b'\n');
        room.advance(room.remaining());
        Poll::Ready(Ok(()))
    }
}

/// A peer asks one thing, and goes on with what is no message faster than it is read: a line without end, or blank ones.
#[tokio::test]
async fn who_sends_without_end_is_answered_and_stopped() {
    let floods: [Box<dyn AsyncRead + Send + Unpin>; 2] = [Box::new(repeat(b'x')), Box::new(Blank)];
    for flood in floods {
        let router = router(&PROTOCOL).request::<Queue, _, _>(|_, note| async move {
            tokio::task::yield_now().await;
            Ok::<_, RpcError>(note)
        });
        let server = server(router);
        let ask = Cursor::new("{\"id\":1,\"method\":\"note/queue\",\"params\":{\"text\":\"x\"}}\n");
        let (write, read) = tokio::io::duplex(256);
        let lines = Lines::new(ask.chain(flood), write);
        let run = tokio::spawn(server.connection(lines).run());
        let answer = soon(BufReader::new(read).lines().next_line()).await;
        let expected = r#"{"id":1,"result":{"text":"x"}}"#;
        assert_eq!(answer.expect("a pipe").as_deref(), Some(expected));
        server.stop();
        soon(run).await.expect("no panic").expect("the pipe lives");
    }
}
