//! Messages in frames, as clients may cut them.

use std::io::Write;
use std::time::Duration;

use tungstenite::Message;
use wiregate_runtime::Limits;
use wiregate_runtime::transport::websocket::Options;

use crate::site::{BINARY, PING, PONG, Raw, Site, TEXT, echo, echoed, frame, text};
use crate::support::{Changed, Note};

/// Whether the server answers as it should.
#[track_caller]
fn is_well(raw: &mut Raw) {
    raw.send(TEXT, echo(7, "well").as_bytes());
    assert_eq!(raw.receive(), (TEXT, echoed(7, "well").into_bytes()));
}

#[test]
fn a_text_frame_is_a_message_both_ways() {
    let site = Site::new();
    let mut socket = site.open();
    for length in [0, 1, 125, 126, 1000, 65_535, 65_536, 300_000] {
        let long = "x".repeat(length);
        socket
            .send(Message::text(echo(length, &long)))
            .expect("the server reads");
        assert_eq!(text(&mut socket), echoed(length, &long));
    }
    socket
        .send(Message::text("{\n\"id\": 1,\r\n\"method\": \"note/plain\"}\n"))
        .expect("the server reads");
    assert_eq!(text(&mut socket), r#"{"id":1,"result":null}"#);
    for peer in site.server.hub().connections() {
        peer.notify::<Changed>(Note::new("ü\u{1F600}"));
    }
    let told = r#"{"method":"note/changed","params":{"text":"ü😀"}}"#;
    assert_eq!(text(&mut socket), told);
    socket.send(Message::text("")).expect("the server reads");
    assert!(text(&mut socket).contains("-32700"));
}

#[test]
fn many_messages_go_out_in_one_piece_and_in_order() {
    let site = Site::new();
    let mut socket = site.open();
    let asked: Vec<u8> = (0..500)
        .flat_map(|id| frame(TEXT, echo(id, &"y".repeat(id * 7)).as_bytes()))
        .collect();
    let mut writer = socket.get_ref().try_clone().expect("a socket");
    let writing = std::thread::spawn(move || writer.write_all(&asked));
    for id in 0..500 {
        assert_eq!(text(&mut socket), echoed(id, &"y".repeat(id * 7)));
    }
    writing.join().expect("no panic").expect("the server reads all");
}

#[test]
fn messages_may_come_in_parts_with_pings_between_them() {
    let site = Site::new();
    let mut raw = site.raw();
    let message = echo(1, "in parts");
    let (first, rest) = message.as_bytes().split_at(20);
    let (second, third) = rest.split_at(0);
    raw.send(0x01, first);
    raw.send(PING, b"between");
    raw.send(0x00, second);
    raw.send(PONG, b"nobody asked");
    raw.send(0x80, third);
    assert_eq!(raw.receive(), (PONG, b"between".to_vec()));
    assert_eq!(raw.receive(), (TEXT, echoed(1, "in parts").into_bytes()));
    // A character may be cut in the middle.
    let message = echo(2, "ü");
    let at = message.find('ü').expect("it is there") + 1;
    raw.send(0x01, &message.as_bytes()[..at]);
    raw.send(0x80, &message.as_bytes()[at..]);
    assert_eq!(raw.receive(), (TEXT, echoed(2, "ü").into_bytes()));
}

/// The next number of a sequence that is the same each time, below `below`.
fn next(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    (*state >> 33) as usize % below
}

#[test]
fn it_does_not_matter_how_messages_and_bytes_are_cut() {
    let site = Site::new();
    let mut raw = site.raw();
    raw.0.set_nodelay(true).expect("a socket");
    let mut state = 1;
    let (mut bytes, mut expected) = (Vec::new(), Vec::new());
    for id in 0..600 {
        let longest = [10, 200, 5000, 80_000][next(&mut state, 4)];
        let length = next(&mut state, longest);
        let said = "ä".repeat(length / 2);
        let message = echo(id, &said);
        let mut rest = message.as_bytes();
        let mut first = 0x01;
        while next(&mut state, 3) == 0 {
            let (part, left) = rest.split_at(next(&mut state, rest.len() + 1));
            bytes.extend(frame(first, part));
            if next(&mut state, 2) == 0 {
                bytes.extend(frame(PING, &vec![b'p'; next(&mut state, 126)]));
            }
            (first, rest) = (0x00, left);
        }
        bytes.extend(frame(0x80 | first, rest));
        expected.push(echoed(id, &said));
    }
    let mut writer = raw.0.try_clone().expect("a socket");
    let writing = std::thread::spawn(move || {
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let longest = [3, 50, 4096, 200_000][next(&mut state, 4)];
            let (part, left) = rest.split_at(next(&mut state, longest).clamp(1, rest.len()));
            writer.write_all(part).expect("the server reads");
            rest = left;
        }
    });
    for expected in expected {
        let answer = loop {
            match raw.receive() {
                (TEXT, text) => break text,
                (first, _) => assert_eq!(first, PONG),
            }
        };
        assert!(answer == expected.as_bytes(), "{} bytes", answer.len());
    }
    writing.join().expect("no panic");
}

#[test]
fn a_message_beyond_the_limit_is_refused_and_the_connection_lives() {
    let limits = Limits {
        message: 100,
        ..Limits::default()
    };
    let site = Site::with(Options::default(), limits);
    let mut raw = site.raw();
    let refused = r#"{"id":null,"error":{"code":-32600,"message":"the message is longer than 100 bytes"}}"#;
    raw.send(TEXT, &[b' '; 101]);
    assert_eq!(raw.receive(), (TEXT, refused.into()));
    is_well(&mut raw);
    raw.send(TEXT, &vec![b' '; 1_000_000]);
    assert_eq!(raw.receive(), (TEXT, refused.into()));
    is_well(&mut raw);
    // In parts, each of which is short.
    raw.send(0x01, &[b' '; 60]);
    raw.send(0x00, &[b' '; 60]);
    raw.send(PING, b"still there?");
    raw.send(0x00, b"");
    raw.send(0x80, b"1");
    assert_eq!(raw.receive(), (PONG, b"still there?".to_vec()));
    assert_eq!(raw.receive(), (TEXT, refused.into()));
    is_well(&mut raw);
    let just = echo(1, &"x".repeat(100 - echo(1, "").len()));
    raw.send(TEXT, just.as_bytes());
    assert_eq!(raw.receive().0, TEXT);
    // One that says that it is as long as can be: nothing is set aside for it.
    let mut head = vec![TEXT, 0x80 | 127];
    head.extend_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]);
    raw.0.write_all(&head).expect("the server reads");
    raw.0.write_all(&[0; 1000]).expect("the server reads");
    is_well(&mut site.raw());
}

#[test]
fn what_breaks_the_rules_closes_the_connection_with_a_reason() {
    type Case = (&'static [(u8, &'static [u8])], u16, &'static str);
    let cases: &[Case] = &[
        (
            &[(BINARY, b"{}")],
            1003,
            "binary frames are not taken: send JSON as text",
        ),
        (&[(TEXT, b"\"\xff\"")], 1007, "a text that is not UTF-8"),
        (&[(0xc1, b"{}")], 1002, "a frame with bits that are reserved"),
        (&[(0x83, b"{}")], 1002, "a frame of an unknown kind"),
        (&[(0x8b, b"")], 1002, "a frame of an unknown kind"),
        (&[(0x80, b"{}")], 1002, "the frames of a message are out of order"),
        (
            &[(0x01, b"{"), (TEXT, b"{}")],
            1002,
            "the frames of a message are out of order",
        ),
        (
            &[(0x09, b"")],
            1002,
            "a control frame that is long, or one of several",
        ),
        (
            &[(PING, &[0; 126])],
            1002,
            "a control frame that is long, or one of several",
        ),
        (&[(0x88, b"\x03")], 1002, "a malformed close frame"),
        (&[(0x88, b"\x03\xed")], 1002, "a malformed close frame"),
        (&[(0x88, b"\x03\xe8\xff")], 1002, "a malformed close frame"),
    ];
    let site = Site::new();
    for (frames, code, reason) in cases {
        let mut raw = site.raw();
        for (first, payload) in *frames {
            raw.send(*first, payload);
        }
        assert_eq!(raw.closed(), (*code, (*reason).to_owned()), "{frames:?}");
    }
    let mut raw = site.raw();
    raw.0.write_all(&[TEXT, 2, b'{', b'}']).expect("the server reads");
    assert_eq!(raw.closed(), (1002, "a client has to mask its frames".to_owned()));
    is_well(&mut site.raw());
}

#[test]
fn pings_are_answered_while_nothing_else_is_said() {
    let site = Site::new();
    let mut raw = site.raw();
    for payload in [&b""[..], b"a", &[7; 125]] {
        std::thread::sleep(Duration::from_millis(20));
        raw.send(PING, payload);
        assert_eq!(raw.receive(), (PONG, payload.to_vec()));
    }
}

#[test]
fn a_ping_is_answered_behind_a_long_message_that_is_not_read_yet() {
    let site = Site::new();
    let mut raw = site.raw();
    // More than the sockets hold, so that the server is still writing when the ping comes.
    let long = "x".repeat(12 << 20);
    raw.send(TEXT, echo(1, &long).as_bytes());
    std::thread::sleep(Duration::from_millis(100));
    raw.send(PING, b"still there?");
    std::thread::sleep(Duration::from_millis(100));
    let (first, text) = raw.receive();
    assert!(
        (first, &*text) == (TEXT, echoed(1, &long).as_bytes()),
        "another text"
    );
    assert_eq!(raw.receive(), (PONG, b"still there?".to_vec()));
    is_well(&mut raw);
}

#[test]
fn a_flood_of_pings_that_are_not_read_takes_no_memory() {
    let site = Site::new();
    let mut raw = site.raw();
    let pings = frame(PING, &[7; 125]).repeat(1000);
    // Three times what the sockets hold in both directions, most of which is dropped rather than answered.
    raw.0
        .set_write_timeout(Some(crate::site::PATIENCE))
        .expect("a socket");
    for _ in 0..200 {
        raw.0.write_all(&pings).expect("the server reads");
    }
    raw.send(TEXT, echo(1, "x").as_bytes());
    let mut pongs = 0;
    loop {
        match raw.receive() {
            (PONG, payload) => {
                assert_eq!(payload, [7; 125]);
                pongs += 1;
            }
            (TEXT, text) => break assert_eq!(text, echoed(1, "x").into_bytes()),
            (first, _) => panic!("a frame {first:#x}"),
        }
    }
    assert!(pongs < 200_000, "all of them were kept");
}
