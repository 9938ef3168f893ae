//! What a server tells and asks: to all, to a topic, to the caller; in which order, and who may answer.
#![cfg(feature = "tokio")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use support::{
    Any, AskAll, AskLab, AskTopic, Closing, Make, Note, PROTOCOL, TopicChanged, TopicLab, WITH_HANDSHAKE,
    Watch, Wire, opened, router,
};
use tokio::sync::Notify;
use wiregate_runtime::{CallError, ErrorCode, Request, RpcError, Server};

fn notes() -> Server {
    Server::new(router(&PROTOCOL))
}

fn topic(method: &str, text: &str) -> String {
    format!(r#"{{"method":"topic/{method}","params":{{"text":"{text}"}}}}"#)
}

fn resolved(topic: &str, id: i64) -> String {
    format!(r#"{{"method":"topic/resolved","params":{{"topic":"{topic}","id":{id}}}}}"#)
}

fn asked(id: i64, topic: &str) -> String {
    format!(r#"{{"id":{id},"method":"topic/ask","params":{{"text":"{topic}"}}}}"#)
}

fn answer(id: i64, text: &str) -> String {
    format!(r#"{{"id":{id},"result":{{"text":"{text}"}}}}"#)
}

#[tokio::test]
async fn a_topic_reaches_its_subscribers_and_all_reaches_all() {
    let server = notes();
    let (mut first, mut second) = (Wire::of(&server), Wire::of(&server));
    first.watch("a").await;
    second.so_far().await;
    server
        .hub()
        .notify::<TopicChanged>(Note::new("a"))
        .await
        .expect("JSON");
    server
        .hub()
        .notify::<TopicChanged>(Note::new("b"))
        .await
        .expect("JSON");
    server.hub().notify::<Closing>(Note::new("")).await.expect("JSON");
    let closing = r#"{"method":"closing","params":{"text":""}}"#.to_owned();
    assert_eq!(first.so_far().await, [topic("changed", "a"), closing.clone()]);
    assert_eq!(second.so_far().await, [closing]);
    assert_eq!(server.hub().subscribers("a"), [first.peer.connection()]);
}

#[tokio::test]
async fn all_are_those_whose_handshake_is_done() {
    let server = Server::new(router(&WITH_HANDSHAKE));
    let mut open = opened(&server, false).await;
    let mut fresh = Wire::of(&server);
    fresh.call(r#"{"id":1,"method":"note/plain"}"#).await;
    server.hub().notify::<Closing>(Note::new("")).await.expect("JSON");
    assert_eq!(open.so_far().await.len(), 1);
    let hello = fresh.call(r#"{"id":1,"method":"hello"}"#).await;
    assert_eq!(hello["id"], 1, "{hello}");
    assert_eq!(fresh.so_far().await, [""; 0]);
}

#[tokio::test]
async fn a_subscriber_hears_nothing_after_it_has_left() {
    let server = notes();
    let mut wire = Wire::of(&server);
    wire.watch("a").await;
    let left = wire
        .call(r#"{"id":1,"method":"note/unwatch","params":{"text":"a"}}"#)
        .await;
    assert_eq!(left, json!({"id": 1, "result": null}));
    server
        .hub()
        .notify::<TopicChanged>(Note::new("a"))
        .await
        .expect("JSON");
    assert_eq!(wire.so_far().await, [""; 0]);
    assert_eq!(server.snapshot().topics, 0);
}

#[tokio::test]
async fn the_answer_that_subscribes_comes_before_the_topic() {
    // The topic speaks while the handler works: after it has subscribed, and before it has answered.
    let router = router(&PROTOCOL)
        .request::<Watch, _, _>(|cx, note: Note| async move {
            cx.hub().notify::<TopicChanged>(note.clone());
            tokio::task::yield_now().await;
            cx.hub().notify::<TopicChanged>(note.clone());
            Ok(note)
        })
        .request::<Make, _, _>(|cx, _| async move {
            cx.hub().notify::<TopicChanged>(Note::new("unheard"));
            cx.subscribe("new");
            cx.hub().notify::<TopicChanged>(Note::new("new"));
            Ok(Note::new("new"))
        });
    let server = Server::new(router);
    let mut wire = Wire::of(&server);
    wire.send(r#"{"id":1,"method":"note/watch","params":{"text":"a"}}"#)
        .await;
    assert_eq!(wire.text().await, answer(1, "a"));
    assert_eq!(
        [wire.text().await, wire.text().await],
        [topic("changed", "a"), topic("changed", "a")]
    );
    wire.send(r#"{"id":2,"method":"note/make"}"#).await;
    assert_eq!(wire.text().await, answer(2, "new"));
    assert_eq!(wire.text().await, topic("changed", "new"));
    assert_eq!(wire.so_far().await, [""; 0]);
}

#[tokio::test]
async fn an_error_subscribes_to_nothing() {
    let router = router(&PROTOCOL).request::<Watch, _, _>(|cx, note: Note| async move {
        cx.hub().notify::<TopicChanged>(note);
        Err(RpcError::internal("no"))
    });
    let server = Server::new(router);
    let mut wire = Wire::of(&server);
    wire.watch("a").await;
    server
        .hub()
        .notify::<TopicChanged>(Note::new("a"))
        .await
        .expect("JSON");
    assert_eq!(wire.so_far().await, [""; 0]);
    assert_eq!(server.hub().subscribers("a"), []);
}

#[tokio::test]
async fn a_topic_keeps_its_order_for_everybody() {
    let server = notes();
    let mut wires = [Wire::of(&server), Wire::of(&server)];
    for wire in &mut wires {
        wire.watch("a").await;
    }
    for size in 0..200 {
        let note = Note {
            text: "a".to_owned(),
            size: Some(f64::from(size)),
        };
        server.hub().notify::<TopicChanged>(note);
        if size % 7 == 0 {
            tokio::task::yield_now().await;
        }
    }
    for wire in &mut wires {
        for size in 0..200 {
            assert_eq!(wire.receive().await["params"]["size"], json!(f64::from(size)));
        }
    }
}

#[tokio::test]
async fn the_first_answer_counts_and_the_others_are_told() {
    let server = notes();
    let (mut first, mut second) = (Wire::of(&server), Wire::of(&server));
    first.watch("a").await;
    second.watch("a").await;
    let mut stranger = Wire::of(&server);
    stranger.so_far().await;
    let call = server.hub().request::<AskTopic>(Note::new("a"));
    assert_eq!(first.text().await, asked(0, "a"));
    assert_eq!(second.text().await, asked(0, "a"));
    // Nobody has asked the stranger.
    stranger.send(answer(0, "me!")).await;
    assert_eq!(stranger.so_far().await, [""; 0]);
    second.send(answer(0, "second")).await;
    assert_eq!(call.await.expect("an answer"), Note::new("second"));
    assert_eq!(first.text().await, resolved("a", 0));
    // Too late, and told already.
    first.send(answer(0, "first")).await;
    assert_eq!(first.so_far().await, [""; 0]);
    assert_eq!(second.so_far().await, [""; 0]);
    assert_eq!(first.peer.snapshot().refused, 1);
}

#[tokio::test]
async fn one_that_cannot_answer_leaves_it_to_the_others() {
    let server = notes();
    let (mut first, mut second) = (Wire::of(&server), Wire::of(&server));
    first.watch("a").await;
    second.watch("a").await;
    let call = server.hub().request::<AskTopic>(Note::new("a"));
    let cannot = r#"{"id":0,"error":{"code":-32601,"message":"what?"}}"#;
    assert_eq!(first.text().await, asked(0, "a"));
    first.send(cannot).await;
    first.so_far().await;
    assert_eq!(second.text().await, asked(0, "a"));
    second.send(cannot).await;
    let Err(CallError::Rpc(error)) = call.await else {
        panic!("nobody can")
    };
    assert_eq!(error, RpcError::new(ErrorCode::METHOD_NOT_FOUND, "what?"));
}

#[tokio::test]
async fn open_requests_are_asked_again_of_who_comes_later_in_order_and_with_their_ids() {
    let server = notes();
    let calls: Vec<_> = (0..3)
        .map(|_| server.hub().request::<AskTopic>(Note::new("a")))
        .collect();
    let other = server.hub().request::<AskTopic>(Note::new("b"));
    let mut first = Wire::of(&server);
    first.watch("a").await;
    for id in 0..3 {
        assert_eq!(first.text().await, asked(id, "a"));
    }
    first.send(answer(1, "yes")).await;
    first.so_far().await;
    // A connection that goes leaves what it was asked to the next one.
    first.end().await;
    let mut second = Wire::of(&server);
    second.watch("a").await;
    assert_eq!(
        [second.text().await, second.text().await],
        [asked(0, "a"), asked(2, "a")]
    );
    // Subscribing twice asks nothing twice.
    second.watch("a").await;
    second.send(answer(2, "two")).await;
    second.send(answer(0, "none")).await;
    let mut said = Vec::new();
    for call in calls {
        said.push(call.await.expect("an answer").text);
    }
    assert_eq!(said, ["none", "yes", "two"]);
    assert_eq!(server.snapshot().open_requests, 1);
    drop(other);
    assert_eq!(server.snapshot().open_requests, 0);
}

#[tokio::test]
async fn a_call_that_is_dropped_or_late_is_withdrawn_and_said_to_be_settled() {
    let server = notes();
    let mut wire = Wire::of(&server);
    wire.watch("a").await;
    drop(server.hub().request::<AskTopic>(Note::new("a")));
    let late = server.hub().request::<AskTopic>(Note::new("a"));
    assert!(matches!(
        late.timeout(Duration::from_millis(10)).await,
        Err(CallError::Timeout)
    ));
    let expected = [asked(0, "a"), resolved("a", 0), asked(1, "a"), resolved("a", 1)];
    assert_eq!(wire.so_far().await, expected);
}

#[tokio::test]
async fn the_end_of_a_topic_settles_its_requests_before_it_is_told() {
    let server = notes();
    let mut wire = Wire::of(&server);
    wire.watch("a").await;
    let calls = [
        server.hub().request::<AskTopic>(Note::new("a")),
        server.hub().request::<AskTopic>(Note::new("a")),
    ];
    server.hub().close_topic("a");
    server.hub().notify::<Closing>(Note::new("a"));
    for call in calls {
        assert!(matches!(call.await, Err(CallError::Closed)));
    }
    let closing = r#"{"method":"closing","params":{"text":"a"}}"#.to_owned();
    let expected = [
        asked(0, "a"),
        asked(1, "a"),
        resolved("a", 0),
        resolved("a", 1),
        closing,
    ];
    assert_eq!(wire.so_far().await, expected);
    assert_eq!(server.snapshot().topics, 0);
}

#[tokio::test]
async fn what_is_asked_of_all_is_asked_of_who_comes_later() {
    let server = Server::new(router(&WITH_HANDSHAKE));
    let call = server.hub().request::<AskAll>(Note::new("?"));
    let mut wire = opened(&server, false).await;
    assert_eq!(
        wire.receive().await,
        json!({"id": 0, "method": "all/ask", "params": {"text": "?"}})
    );
    wire.send(answer(0, "!")).await;
    assert_eq!(call.await.expect("an answer"), Note::new("!"));
}

#[tokio::test]
async fn a_gate_decides_who_of_a_topic_is_told_and_asked() {
    let server = Server::new(router(&WITH_HANDSHAKE));
    let mut plain = opened(&server, false).await;
    plain.watch("a").await;
    let Err(CallError::Gate(error)) = server.hub().request::<AskLab>(Note::new("a")).await else {
        panic!("nobody holds the gate")
    };
    assert_eq!(error.message, "topic/lab requires labApi capability");

    let mut lab = opened(&server, true).await;
    lab.watch("a").await;
    server.hub().notify::<TopicLab>(Note::new("a"));
    let call = server.hub().request::<AskLab>(Note::new("a"));
    assert_eq!(lab.text().await, topic("leaked", "a"));
    let request: Value = lab.receive().await;
    assert_eq!(request["method"], "topic/lab");
    // One without the gate is told nothing of it, and may not answer.
    let id = request["id"].as_i64().expect("a number");
    plain.send(answer(id, "me")).await;
    assert_eq!(plain.so_far().await, [""; 0]);
    // One that comes later with the gate is asked.
    let mut later = opened(&server, true).await;
    later.watch("a").await;
    later.send(answer(id, "later")).await;
    assert_eq!(later.receive().await, request);
    assert_eq!(call.await.expect("an answer"), Note::new("later"));
    assert_eq!(lab.text().await, resolved("a", id));
    assert_eq!(plain.so_far().await, [""; 0]);
}

#[tokio::test]
async fn waiting_for_a_notification_waits_for_the_writer() {
    let server = notes();
    let mut wire = Wire::of(&server);
    wire.watch("a").await;
    let peer = wire.peer.clone();
    // The transport takes 64 messages that nobody reads; what follows stays with the connection.
    for _ in 0..200 {
        server.hub().notify::<TopicChanged>(Note::new("a"));
    }
    tokio::task::yield_now().await;
    let told = peer.notify::<support::Changed>(Note::new("last"));
    tokio::pin!(told);
    let early = tokio::time::timeout(Duration::from_millis(20), &mut told).await;
    early.expect_err("nobody reads");
    for _ in 0..201 {
        wire.text().await;
    }
    told.await.expect("it is written");
}

/// Serves a method whose requests take a turn each; one with a size waits until it may `go`.
fn turns<M: Request<Params = Note, Result = Note, Error = RpcError>>(go: &Arc<Notify>) -> Server {
    let go = Arc::clone(go);
    Server::new(router(&PROTOCOL).request::<M, _, _>(move |_, note: Note| {
        let go = Arc::clone(&go);
        async move {
            if note.size.is_some() {
                go.notified().await;
            }
            Ok(note)
        }
    }))
}

#[tokio::test]
async fn requests_of_one_key_keep_their_order_across_connections() {
    let go = Arc::new(Notify::new());
    let server = turns::<support::Queue>(&go);
    let (mut first, mut second) = (Wire::of(&server), Wire::of(&server));
    let queue =
        |id: i64, size: &str| format!(r#"{{"id":{id},"method":"note/queue","params":{{"text":"a"{size}}}}}"#);
    first.send(queue(1, r#","size":1.0"#)).await;
    first.so_far().await;
    second.send(queue(2, "")).await;
    assert_eq!(second.so_far().await, [""; 0]);
    go.notify_one();
    assert_eq!(first.receive().await["id"], 1);
    assert_eq!(second.receive().await["id"], 2);
}

#[tokio::test]
async fn a_key_of_the_caller_holds_up_nobody_else() {
    let go = Arc::new(Notify::new());
    let server = turns::<support::Own>(&go);
    let (mut first, mut second) = (Wire::of(&server), Wire::of(&server));
    let own =
        |id: i64, size: &str| format!(r#"{{"id":{id},"method":"note/own","params":{{"text":"a"{size}}}}}"#);
    first.send(own(1, r#","size":1.0"#)).await;
    first.send(own(2, "")).await;
    assert_eq!(first.so_far().await, [""; 0]);
    second.send(own(3, "")).await;
    assert_eq!(second.receive().await["id"], 3);
    go.notify_one();
    assert_eq!(first.receive().await["id"], 1);
    assert_eq!(first.receive().await["id"], 2);
}

#[tokio::test]
async fn a_connection_that_ends_fails_what_it_alone_was_asked() {
    let router = router(&PROTOCOL).request::<Any, _, _>(|cx, _| async move {
        let call = cx.peer().request::<support::Ask>(Note::new("?"));
        call.await.map_err(RpcError::from)
    });
    let server = Server::new(router);
    let (mut first, mut second) = (Wire::of(&server), Wire::of(&server));
    first.send(r#"{"id":1,"method":"note/any"}"#).await;
    let id = first.receive().await["id"].as_i64().expect("a number");
    // Another connection cannot answer for it.
    second.send(answer(id, "me")).await;
    second.so_far().await;
    let rest = first.end().await;
    assert_eq!(
        rest,
        [r#"{"id":1,"error":{"code":-32603,"message":"the connection has ended"}}"#]
    );
}
