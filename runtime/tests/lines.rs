//! JSON lines over byte streams: where a message begins and ends.
#![cfg(feature = "tokio")]

use std::io;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use wiregate_runtime::transport::lines::Lines;
use wiregate_runtime::transport::{Sink, Source, Transport};

async fn check(text: &[u8], limit: usize, expected: &[Option<&str>]) {
    let (mut source, _) = Lines::new(std::io::Cursor::new(text.to_vec()), tokio::io::sink()).split();
    let mut frames = Vec::new();
    // The reader hands out small parts, so that lines are put together.
    while let Some(frame) = source.next(limit).await.expect("memory does not fail") {
        let line = String::from_utf8(frame).expect("the test is UTF-8");
        frames.push((!line.is_empty()).then_some(line));
    }
    assert_eq!(frames.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_message_is_a_line() {
    check(b"{}\n[]\n", 10, &[Some("{}"), Some("[]")]).await;
    check(b"", 10, &[]).await;
}

#[tokio::test]
async fn blank_lines_are_skipped_and_the_last_line_needs_no_end() {
    check(b"\n  \r\n{}\r\n\n[]", 10, &[Some("{}\r"), Some("[]")]).await;
}

#[tokio::test]
async fn a_line_beyond_the_limit_is_skipped() {
    check(b"12345\n123456\n1\n", 5, &[Some("12345"), None, Some("1")]).await;
    check(b"123456", 5, &[None]).await;
    let long = [b"x".repeat(100_000), b"\nnext\n".to_vec()].concat();
    check(&long, 50_000, &[None, Some("next")]).await;
    check(&long, 100_000, &[Some(&"x".repeat(100_000)), Some("next")]).await;
}

#[tokio::test]
async fn what_is_sent_ends_in_a_line_feed() {
    let (near, mut far) = tokio::io::duplex(64);
    let (read, write) = tokio::io::split(near);
    let (_, mut sink) = Lines::new(read, write).split();
    sink.send("{}").await.expect("room");
    sink.send("[]").await.expect("room");
    sink.flush().await.expect("room");
    let mut text = [0; 6];
    far.read_exact(&mut text).await.expect("six bytes");
    assert_eq!(&text, b"{}\n[]\n");
}

/// Lines that come in parts of given lengths, and how much room there was for each.
struct Parts {
    lengths: std::vec::IntoIter<usize>,
    sent: usize,
    rooms: mpsc::Sender<usize>,
}

impl AsyncRead for Parts {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.rooms.send(room.remaining()).expect("the test lives");
        let length = self.lengths.next().unwrap_or_default().min(room.remaining());
        let part: Vec<u8> = (self.sent..self.sent + length)
            .map(|at| b"{}\n"[at % 3])
            .collect();
        room.put_slice(&part);
        self.sent += length;
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn more_is_read_at_once_from_a_peer_that_says_much() {
    let (rooms, seen) = mpsc::channel();
    let parts = Parts {
        lengths: [vec![usize::MAX], vec![30; 50]].concat().into_iter(),
        sent: 0,
        rooms,
    };
    let (mut source, _) = Lines::new(parts, tokio::io::sink()).split();
    while let Some(line) = source.next(10).await.expect("memory does not fail") {
        assert_eq!(line, b"{}");
    }
    let rooms: Vec<usize> = seen.try_iter().collect();
    let large = rooms.iter().position(|room| *room > 60_000);
    assert_eq!((rooms[0], large), (8 << 10, Some(1)), "{rooms:?}");
    assert!(
        rooms[2] > 60_000 && *rooms.last().unwrap() <= 8 << 10,
        "{rooms:?}"
    );
}
