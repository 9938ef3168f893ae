//! The side that opens a connection, against a server over memory.
#![cfg(feature = "tokio")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use support::{
    Ask, Changed, Closing, Echo, Hello, Maybe, Note, Notices, Plain, Ready, Slow, WITH_HANDSHAKE, never,
    router,
};
use tokio::sync::Notify;
use wiregate_runtime::message::NoParams;
use wiregate_runtime::{CallError, Client, Limits, Notifications, Router, Server, Side};

/// A client of a server that asks it back.
fn connect(server: &Server) -> (Client, Notifications) {
    let (near, far) = support::pair(64);
    tokio::spawn(server.connection(far).run());
    let router = Router::new(&WITH_HANDSHAKE, Side::Client)
        .request::<Ask, _, _>(|_, note: Note| async move { Ok(Note::new(&note.text.to_uppercase())) });
    Client::connect(near, router, Limits::default())
}

async fn initialize(client: &Client) -> Note {
    let me = Maybe {
        text: Some("me".to_owned()),
    };
    client.initialize::<Hello>(me).await.expect("a handshake")
}

#[tokio::test]
async fn a_client_opens_asks_is_asked_and_is_told() {
    let ready = Arc::new(Notify::new());
    let heard = Arc::clone(&ready);
    let router = router(&WITH_HANDSHAKE)
        .notification::<Ready, _, _>(move |_, _| {
            heard.notify_one();
            async {}
        })
        .request::<Echo, _, _>(|cx, note: Note| async move {
            let answer = cx.peer().request::<Ask>(note).await?;
            cx.peer().notify::<Changed>(answer.clone());
            Ok(answer)
        });
    let server = Server::new(router);
    let (client, mut told) = connect(&server);
    let early = client.peer().request::<Plain>(NoParams).await;
    assert!(matches!(early, Err(CallError::Rpc(error)) if error.message == "Not initialized"));
    assert_eq!(initialize(&client).await, Note::new("me"));
    ready.notified().await;
    let answer = client.peer().request::<Echo>(Note::new("quiet")).await;
    assert_eq!(answer.expect("an answer"), Note::new("QUIET"));
    server.hub().notify::<Closing>(Note::new("soon"));
    let next = told.next::<Notices>().await.expect("the connection lives");
    assert_eq!(next.expect("known"), Notices::Changed(Note::new("QUIET")));
    let next = told.next::<Notices>().await.expect("the connection lives");
    next.expect_err("the type does not know it");

    client.close().await.expect("a clean end");
    assert!(told.next::<Notices>().await.is_none());
    server.idle().await;
}

#[tokio::test]
async fn a_stream_that_was_waited_for_in_vain_repeats_nothing() {
    let server = Server::new(router(&WITH_HANDSHAKE));
    let (client, mut told) = connect(&server);
    initialize(&client).await;
    let peer = server.hub().connections()[0].clone();
    for text in ["one", "two"] {
        peer.notify::<Changed>(Note::new(text));
        let next = support::soon(told.next::<Notices>()).await;
        let next = next.expect("the connection lives").expect("known");
        assert_eq!(next, Notices::Changed(Note::new(text)));
        let vain = tokio::time::timeout(Duration::from_millis(10), told.next::<Notices>()).await;
        vain.expect_err("nothing more was told");
    }
}

#[tokio::test]
async fn a_client_that_is_dropped_leaves_nothing_behind() {
    let router = router(&WITH_HANDSHAKE).request::<Slow, _, _>(|_, _| async { match never().await {} });
    let server = Server::new(router).with_limits(Limits {
        drain: Duration::from_millis(50),
        ..Limits::default()
    });
    let (client, mut told) = connect(&server);
    initialize(&client).await;
    let (peer, call) = (
        client.peer().clone(),
        client.peer().request::<Slow>(Note::new("")),
    );
    drop(client);
    assert!(matches!(call.await, Err(CallError::Closed)));
    assert!(matches!(
        peer.request::<Plain>(NoParams).await,
        Err(CallError::Closed)
    ));
    assert!(matches!(
        peer.notify::<support::Tell>(Note::new("")).await,
        Err(CallError::Closed)
    ));
    assert!(told.next::<Notices>().await.is_none());
    server.idle().await;
    assert_eq!(server.snapshot().connections, []);
}

#[tokio::test]
async fn a_stream_that_is_not_read_ends_and_the_connection_lives() {
    let server = Server::new(router(&WITH_HANDSHAKE));
    let (near, far) = support::pair(64);
    tokio::spawn(server.connection(far).run());
    let limits = Limits {
        outbound: 10,
        ..Limits::default()
    };
    let (client, mut told) = Client::connect(near, Router::new(&WITH_HANDSHAKE, Side::Client), limits);
    initialize(&client).await;
    for _ in 0..20 {
        client
            .peer()
            .request::<Echo>(Note::new(""))
            .await
            .expect("an answer");
        server.hub().connections()[0].notify::<support::Delta>(Note::new("lossy"));
        server.hub().connections()[0].notify::<Changed>(Note::new("kept"));
    }
    client
        .peer()
        .request::<Echo>(Note::new(""))
        .await
        .expect("an answer");
    let mut kept = 0;
    while let Some(next) = told.next::<Notices>().await {
        kept += usize::from(next.expect("known") == Notices::Changed(Note::new("kept")));
    }
    assert_eq!(kept, 10, "as many as there is room for");
    assert!(told.lost() >= 5, "{} were lost", told.lost());
}
