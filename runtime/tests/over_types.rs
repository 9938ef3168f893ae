//! The same connections over messages that are carried as they are: the tests of each file once more.
#![cfg(feature = "tokio")]
#![allow(clippy::duplicate_mod, reason = "each file brings what it stands on")]

#[path = "client.rs"]
mod client;
#[path = "delivery.rs"]
mod delivery;
#[path = "dispatch.rs"]
mod dispatch;
#[path = "ends.rs"]
mod ends;
#[path = "interleaving.rs"]
mod interleaving;
#[path = "observing.rs"]
mod observing;
#[path = "peer.rs"]
mod peer;
#[path = "stopping.rs"]
mod stopping;
#[path = "subscribing.rs"]
mod subscribing;
mod support;

use wiregate_runtime::transport::{Frame, Source};

#[tokio::test]
async fn what_these_tests_carry_is_no_text() {
    let mut wire = support::Wire::to(support::router(&support::PROTOCOL));
    wire.send(r#"{"id":1,"method":"note/echo","params":{"text":"a"}}"#)
        .await;
    let frame = std::future::poll_fn(|task| wire.source.poll_next(task, usize::MAX)).await;
    assert_eq!(frame.expect("memory does not fail"), Some(Frame::Typed));
    let answer = wire.source.typed().expect("it was not taken yet");
    assert_eq!(
        answer.text(false).expect("JSON"),
        r#"{"id":1,"result":{"text":"a"}}"#
    );
}
