//! What becomes of a subscription while the answer that makes it is on its way.
#![cfg(feature = "tokio")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use support::{
    AskAll, AskLab, AskTopic, Changed, Hello, Make, Note, PROTOCOL, TopicChanged, WITH_HANDSHAKE, Watch,
    Wire, opened, router, soon,
};
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;
use wiregate_runtime::transport::Source;
use wiregate_runtime::{CallError, Limits, ProtocolInfo, Router, RpcError, Server};

/// Requests of `note/watch` wait for one of these: those with a size for the second one, and then they fail.
#[derive(Clone, Default)]
struct Answers {
    succeed: Arc<Notify>,
    fail: Arc<Notify>,
}

impl Answers {
    fn router(&self, protocol: &'static ProtocolInfo) -> Router {
        let answers = self.clone();
        let router = router(protocol).request::<Make, _, _>(|_, _| async { Ok(Note::new("a")) });
        router.request::<Watch, _, _>(move |_, note: Note| {
            let answers = answers.clone();
            async move {
                if note.size.is_some() {
                    answers.fail.notified().await;
                    return Err(RpcError::internal("no"));
                }
                answers.succeed.notified().await;
                Ok(note)
            }
        })
    }
}

/// A client that waits for the answers of these requests.
async fn waiting(requests: &[&str]) -> (Answers, Server, Wire) {
    let answers = Answers::default();
    let server = Server::new(answers.router(&PROTOCOL));
    let mut wire = Wire::of(&server);
    for request in requests {
        wire.send(request).await;
    }
    assert_eq!(wire.so_far().await, [""; 0]);
    (answers, server, wire)
}

const WATCH: &str = r#"{"id":1,"method":"note/watch","params":{"text":"a"}}"#;
const WATCH_IN_VAIN: &str = r#"{"id":2,"method":"note/watch","params":{"text":"a","size":1}}"#;
const WATCHED: &str = r#"{"id":1,"result":{"text":"a"}}"#;
const REFUSED: &str = r#"{"id":2,"error":{"code":-32603,"message":"no"}}"#;
const CHANGED: &str = r#"{"method":"topic/changed","params":{"text":"a"}}"#;

#[tokio::test]
async fn who_subscribes_after_the_answer_is_told_at_once() {
    let (go, wait) = oneshot::channel::<()>();
    let wait = Arc::new(Mutex::new(Some(wait)));
    let router = router(&PROTOCOL).request::<Watch, _, _>(move |cx, note: Note| {
        let wait = wait.lock().expect("no panic").take();
        let later = cx.clone();
        cx.spawn(async move {
            wait.expect("one request").await.expect("a word");
            later.subscribe("other");
            later
                .hub()
                .notify::<TopicChanged>(Note::new("other"))
                .await
                .expect("JSON");
        });
        async { Ok(note) }
    });
    let mut wire = Wire::to(router);
    wire.watch("a").await;
    go.send(()).expect("somebody waits");
    assert_eq!(
        wire.text().await,
        r#"{"method":"topic/changed","params":{"text":"other"}}"#
    );
}

#[tokio::test]
async fn a_request_that_fails_leaves_the_subscription_to_another_one() {
    let (answers, server, mut wire) = waiting(&[WATCH, WATCH_IN_VAIN]).await;
    server.hub().notify::<TopicChanged>(Note::new("a"));
    answers.fail.notify_one();
    assert_eq!(wire.text().await, REFUSED);
    server.hub().notify::<TopicChanged>(Note::new("a"));
    answers.succeed.notify_one();
    assert_eq!(wire.text().await, WATCHED);
    assert_eq!(wire.so_far().await, [CHANGED, CHANGED]);
    assert_eq!(server.hub().subscribers("a"), [wire.peer.connection()]);
}

#[tokio::test]
async fn a_request_that_fails_leaves_a_subscription_that_was_there() {
    let (answers, server, mut wire) = waiting(&[WATCH, WATCH_IN_VAIN]).await;
    answers.succeed.notify_one();
    assert_eq!(wire.text().await, WATCHED);
    answers.fail.notify_one();
    assert_eq!(wire.text().await, REFUSED);
    server.hub().notify::<TopicChanged>(Note::new("a"));
    assert_eq!(wire.text().await, CHANGED);
}

#[tokio::test]
async fn who_subscribes_to_a_topic_that_ends_meanwhile_gets_what_came_before() {
    let (answers, server, mut wire) = waiting(&[WATCH]).await;
    server.hub().notify::<TopicChanged>(Note::new("a"));
    server.hub().close_topic("a");
    // Another topic of that name is none of its business.
    server.hub().notify::<TopicChanged>(Note::new("a"));
    answers.succeed.notify_one();
    assert_eq!(wire.text().await, WATCHED);
    assert_eq!(wire.text().await, CHANGED);
    assert_eq!(wire.so_far().await, [""; 0]);
    assert_eq!(server.hub().subscribers("a"), []);
    assert_eq!(server.snapshot().topics, 0);
}

/// Whichever of two requests is answered first, and whether the other one fails: what the topic has sent comes once.
#[tokio::test]
async fn what_is_left_of_a_topic_comes_behind_the_first_result() {
    for fails_first in [false, true] {
        let (answers, server, mut wire) = waiting(&[WATCH_IN_VAIN, WATCH]).await;
        server.hub().notify::<TopicChanged>(Note::new("a"));
        server.hub().close_topic("a");
        if fails_first {
            answers.fail.notify_one();
            assert_eq!(wire.text().await, REFUSED);
        }
        answers.succeed.notify_one();
        assert_eq!(wire.text().await, WATCHED);
        assert_eq!(wire.text().await, CHANGED);
        if !fails_first {
            answers.fail.notify_one();
            assert_eq!(wire.text().await, REFUSED);
        }
        assert_eq!(wire.so_far().await, [""; 0]);
    }
}

#[tokio::test]
async fn who_leaves_a_topic_that_it_subscribes_to_again_misses_nothing() {
    let (answers, server, mut wire) = waiting(&[WATCH]).await;
    server.hub().notify::<TopicChanged>(Note::new("a"));
    let left = wire
        .call(r#"{"id":3,"method":"note/unwatch","params":{"text":"a"}}"#)
        .await;
    assert_eq!(left["id"], 3);
    server.hub().notify::<TopicChanged>(Note::new("a"));
    assert_eq!(wire.so_far().await, [""; 0]);
    answers.succeed.notify_one();
    assert_eq!(wire.text().await, WATCHED);
    assert_eq!(wire.so_far().await, [CHANGED, CHANGED]);
}

#[tokio::test]
async fn who_leaves_a_topic_and_fails_to_subscribe_again_has_left() {
    let answers = Answers::default();
    let server = Server::new(answers.router(&PROTOCOL));
    let mut wire = Wire::of(&server);
    answers.succeed.notify_one();
    wire.send(WATCH).await;
    assert_eq!(wire.text().await, WATCHED);
    wire.send(WATCH_IN_VAIN).await;
    wire.call(r#"{"id":3,"method":"note/unwatch","params":{"text":"a"}}"#)
        .await;
    server.hub().notify::<TopicChanged>(Note::new("a"));
    answers.fail.notify_one();
    assert_eq!(wire.text().await, REFUSED);
    assert_eq!(wire.so_far().await, [""; 0]);
    assert_eq!(server.snapshot().topics, 0);
}

#[tokio::test]
async fn who_has_gone_is_subscribed_to_nothing() {
    let (answers, server, mut wire) = waiting(&[WATCH, WATCH_IN_VAIN]).await;
    drop(wire.sink);
    soon(wire.peer.closed()).await;
    // The other request keeps the connection.
    answers.succeed.notify_one();
    let answer = soon(wire.source.next(usize::MAX)).await;
    assert_eq!(
        answer.expect("memory does not fail").as_deref(),
        Some(WATCHED.as_bytes())
    );
    assert_eq!(server.snapshot().topics, 0);
    answers.fail.notify_one();
    let end = soon(wire.run).await.expect("no panic");
    assert!(end.is_ok());
}

#[tokio::test]
async fn what_is_left_of_a_topic_comes_before_another_one_of_its_name() {
    let answers = Answers::default();
    let server = Server::new(answers.router(&PROTOCOL));
    let mut wire = Wire::of(&server);
    let change = |size| {
        let text = "a".to_owned();
        drop(server.hub().notify::<TopicChanged>(Note { text, size }));
    };
    wire.send(WATCH).await;
    assert_eq!(wire.so_far().await, [""; 0]);
    change(Some(1.0));
    server.hub().close_topic("a");
    // Another request is answered before the first one.
    wire.send(r#"{"id":3,"method":"note/make"}"#).await;
    assert_eq!(wire.text().await, r#"{"id":3,"result":{"text":"a"}}"#);
    change(Some(2.0));
    for size in [1.0, 2.0] {
        assert_eq!(wire.receive().await["params"]["size"], size);
    }
    answers.succeed.notify_one();
    assert_eq!(wire.text().await, WATCHED);
}

#[tokio::test]
async fn a_gated_request_waits_for_the_answer_that_subscribes() {
    let answers = Answers::default();
    let server = Server::new(answers.router(&WITH_HANDSHAKE));
    let (mut with, mut without) = (opened(&server, true).await, opened(&server, false).await);
    with.send(WATCH).await;
    assert_eq!(with.so_far().await, [""; 0]);
    let gated = server.hub().request::<AskLab>(Note::new("a"));
    let plain = server.hub().request::<AskTopic>(Note::new("a"));
    answers.succeed.notify_one();
    assert_eq!(with.text().await, WATCHED);
    assert_eq!(with.receive().await["method"], "topic/lab");
    assert_eq!(with.receive().await["method"], "topic/ask");
    drop((gated, plain));
    // Nobody who waits may be asked.
    server.hub().close_topic("a");
    without.send(WATCH).await;
    assert_eq!(without.so_far().await, [""; 0]);
    let gated = server.hub().request::<AskLab>(Note::new("a"));
    assert!(matches!(soon(gated).await, Err(CallError::Gate(_))));
}

#[tokio::test(start_paused = true)]
async fn who_may_be_asked_and_does_not_read_closes_no_gate() {
    let limits = Limits {
        outbound: 2,
        ..Limits::default()
    };
    let server = Server::new(router(&WITH_HANDSHAKE)).with_limits(limits);
    let mut wire = opened(&server, true).await;
    wire.watch("a").await;
    while timeout(Duration::ZERO, wire.peer.notify::<Changed>(Note::new("x")))
        .await
        .is_ok_and(|told| told.is_ok())
    {}
    let queue = (0..4).map(|_| wire.peer.notify::<Changed>(Note::new("x")));
    queue.for_each(drop);
    let call = server.hub().request::<AskLab>(Note::new("a"));
    assert!(timeout(Duration::ZERO, call).await.is_err(), "it waits");
}

/// A peer that has said all before its handshake is done is asked nothing: it cannot answer.
#[tokio::test]
async fn who_has_said_all_is_asked_nothing() {
    let router = router(&WITH_HANDSHAKE).request::<Hello, _, _>(|cx, _| async move {
        cx.cancelled().await;
        Ok(Note::new("you"))
    });
    let server = Server::new(router);
    let call = server.hub().request::<AskAll>(Note::new("?"));
    let mut wire = Wire::of(&server);
    wire.send(r#"{"id":1,"method":"hello"}"#).await;
    drop(wire.sink);
    let mut came = Vec::new();
    while let Some(text) = soon(wire.source.next(usize::MAX))
        .await
        .expect("memory does not fail")
    {
        came.push(String::from_utf8(text).expect("UTF-8"));
    }
    assert_eq!(came, [r#"{"id":1,"result":{"text":"you"}}"#]);
    drop(call);
}
