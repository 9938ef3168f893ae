//! What must hold of any bytes that come as lines, in whatever parts they come: the same messages are found as in the whole.
//!
//! In: bytes; the first says how long a line may be, the second into which parts the rest is cut. Out: nothing, or a panic that
//! says what does not hold.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, ReadBuf};
use wiregate_runtime::transport::lines::Lines;
use wiregate_runtime::transport::{Frame, Source, Transport};

/// Reads lines from `data`.
pub(crate) fn check(data: &[u8]) {
    let [limit, parts, bytes @ ..] = data else { return };
    // Some lines are longer than what is read at once.
    let limit = usize::from(*limit) * 64;
    let mut expected = Vec::new();
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    // What follows the last line feed is a line if there is anything.
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    for line in lines {
        if line.len() > limit {
            expected.push(None);
        } else if !line.iter().all(u8::is_ascii_whitespace) {
            expected.push(Some(line.to_vec()));
        }
    }
    assert_eq!(read(bytes, u64::from(*parts), limit), expected);
}

fn read(bytes: &[u8], parts: u64, limit: usize) -> Vec<Option<Vec<u8>>> {
    let parts = Parts {
        bytes: bytes.to_vec(),
        at: 0,
        state: parts,
    };
    let (mut source, _) = Lines::new(parts, tokio::io::sink()).split();
    let mut task = Context::from_waker(Waker::noop());
    let mut found = Vec::new();
    loop {
        match source.poll_next(&mut task, limit) {
            Poll::Pending => {}
            Poll::Ready(frame) => match frame.expect("nothing fails") {
                Some(Frame::Message) => found.push(Some(source.message().to_vec())),
                Some(Frame::TooLong) => found.push(None),
                Some(Frame::Typed) => unreachable!("lines are text"),
                None => return found,
            },
        }
    }
}

/// Bytes that come in parts, and now and then not at once.
struct Parts {
    bytes: Vec<u8>,
    at: usize,
    state: u64,
}

impl AsyncRead for Parts {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // A linear congruential generator: the same parts for the same state.
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let length = match self.state >> 61 {
            0 => return Poll::Pending,
            1..=3 => 1,
            4..=5 => 17,
            _ => usize::MAX,
        };
        let rest = &self.bytes[self.at..];
        let length = length.min(rest.len()).min(room.remaining());
        room.put_slice(&rest[..length]);
        self.at += length;
        Poll::Ready(Ok(()))
    }
}
