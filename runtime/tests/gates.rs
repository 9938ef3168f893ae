//! What is written for whom: a text asks for gates by name, and what goes to many is written once for each set of them.
#![cfg(feature = "tokio")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use support::{Hello, Maybe, Note, Resolved, Watch, Wire, opened};
use wiregate_runtime::json::{Decode, Encode, Reader, Writer, to_string, to_string_for};
use wiregate_runtime::{
    CallError, Delivery, GateInfo, Gates, HandshakeInfo, Key, Method, MethodInfo, MethodKind, Notification,
    ProtocolInfo, Request, Router, RpcError, Server, Side, key,
};

/// Asks for the gates that it is given, in this order, and writes those that are open.
struct Asking(&'static [&'static str]);

impl Encode for Asking {
    fn encode(&self, w: &mut Writer) {
        w.begin_list();
        for gate in self.0 {
            if w.is_open(gate) {
                w.element(*gate);
            }
        }
        w.end_list();
    }
}

#[test]
fn each_gate_is_asked_for_by_its_name() {
    // The same name in two places of the memory, and one that begins as another does.
    let other: &'static str = String::leak("lab".to_owned());
    let asking = Asking(vec!["lab", "lab", "voice", "lab", other, "la", "voice", "voice"].leak());
    let whole = r#"["lab","lab","voice","lab","lab","la","voice","voice"]"#;
    assert_eq!(to_string(&asking).as_deref(), Ok(whole));
    for (open, expected) in [
        (&[][..], "[]"),
        (&["lab"], r#"["lab","lab","lab","lab"]"#),
        (&["voice"], r#"["voice","voice","voice"]"#),
        (&["voice", "la"], r#"["voice","la","voice","voice"]"#),
        (&["lab", "voice", "la"], whole),
    ] {
        let gates: Gates = open.iter().copied().collect();
        let text = to_string_for(&asking, &gates).expect("it can be written");
        assert_eq!(text.as_deref(), Some(expected), "{open:?}");
    }
}

#[test]
fn many_gates_do_not_get_into_each_others_way() {
    let names: Vec<&'static str> = (0..40)
        .map(|index| &*format!("gate{}", index % 20).leak())
        .collect();
    for every in 1..8 {
        let gates: Gates = names[..20].iter().step_by(every).copied().collect();
        let asked: Vec<_> = (0..2000)
            .map(|at| names[(at * at + at / 7) % names.len()])
            .collect();
        let open = asked.iter().filter(|name| gates.is_open(name));
        let expected = json!(open.collect::<Vec<_>>()).to_string();
        let text = to_string_for(&Asking(asked.clone().leak()), &gates).expect("it can be written");
        assert_eq!(text, Some(expected));
    }
}

/// Counts how often it is written.
#[derive(Clone, Default)]
struct Counted(Arc<AtomicUsize>);

impl Encode for Counted {
    fn encode(&self, w: &mut Writer) {
        self.0.fetch_add(1, Ordering::Relaxed);
        w.begin_object();
        if w.is_open("lab") {
            w.member(",\"lab\":", &true);
        }
        w.end_object();
    }
}

impl Decode for Counted {
    fn blank() -> Self {
        Self::default()
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        r.no_members();
    }
}

/// May hold what stands behind the gate.
#[derive(Debug)]
enum Gated {}

impl Method for Gated {
    const INFO: MethodInfo = MethodInfo {
        name: "gated",
        params_gates: &["lab"],
        ..Free::INFO
    };
    type Params = Counted;
}

impl Notification for Gated {}

/// Holds no such thing.
#[derive(Debug)]
enum Free {}

impl Method for Free {
    const INFO: MethodInfo = MethodInfo {
        delivery: Delivery::All,
        ..MethodInfo::new("free", Side::Server, MethodKind::Notification, true)
    };
    type Params = Counted;
}

impl Notification for Free {}

/// Has no form for who sees what stands behind the gate.
#[derive(Clone)]
struct Unsure;

impl Encode for Unsure {
    fn encode(&self, w: &mut Writer) {
        w.begin_object();
        if w.is_open("lab") {
            w.member(",\"lab\":", &f64::NAN);
        }
        w.end_object();
    }
}

impl Decode for Unsure {
    fn blank() -> Self {
        Self
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        r.no_members();
    }
}

#[derive(Debug)]
enum Ask {}

impl Method for Ask {
    const INFO: MethodInfo = MethodInfo {
        delivery: Delivery::Topic(&["text"]),
        params_gates: &["lab"],
        ..MethodInfo::new("ask", Side::Server, MethodKind::Request, true)
    };
    const TOPIC: Option<Key<Unsure>> = Some(|_| key("a"));
    type Params = Unsure;
}

impl Request for Ask {
    type Result = ();
    type Error = RpcError;
}

static PROTOCOL: ProtocolInfo = ProtocolInfo {
    name: "Counting",
    version: "1.0.0",
    strict: false,
    handshake: Some(HandshakeInfo {
        opens: "hello",
        completes: None,
        opt_out: &[],
        gates: &[GateInfo {
            name: "lab",
            path: &["want", "labApi"],
            member: None,
        }],
    }),
    methods: &[
        Hello::INFO,
        Watch::INFO,
        Gated::INFO,
        Free::INFO,
        Ask::INFO,
        Resolved::INFO,
    ],
};

fn server() -> Server {
    let router = Router::new(&PROTOCOL, Side::Server)
        .request::<Hello, _, _>(|_, _: Maybe| async { Ok(Note::new("stranger")) })
        .request::<Watch, _, _>(|_, note| async { Ok(note) });
    Server::new(router)
}

#[tokio::test]
async fn who_was_asked_in_vain_is_told_so() {
    let server = server();
    let mut wires = [opened(&server, false).await, opened(&server, true).await];
    for wire in &mut wires {
        wire.watch("a").await;
    }
    let answer = server.hub().request::<Ask>(Unsure).await;
    assert!(matches!(answer, Err(CallError::Encode("ask", _))), "{answer:?}");
    let asked = wires[0].receive().await;
    assert_eq!(asked["method"], "ask");
    let told = json!({"method": "topic/resolved", "params": {"topic": "a", "id": asked["id"]}});
    assert_eq!(wires[0].receive().await, told);
}

#[tokio::test]
async fn what_goes_to_many_is_written_once_for_each_set_of_gates() {
    let server = server();
    let mut wires: Vec<(bool, Wire)> = Vec::new();
    for lab in [true, false, false, true, false] {
        wires.push((lab, opened(&server, lab).await));
    }

    let params = Counted::default();
    server.hub().notify::<Gated>(params.clone());
    for (lab, wire) in &mut wires {
        let expected = if *lab { json!({"lab": true}) } else { json!({}) };
        assert_eq!(wire.receive().await["params"], expected);
    }
    assert_eq!(params.0.load(Ordering::Relaxed), 2);

    let params = Counted::default();
    server.hub().notify::<Free>(params.clone());
    for (_, wire) in &mut wires {
        assert_eq!(wire.receive().await["method"], "free");
    }
    assert_eq!(params.0.load(Ordering::Relaxed), 1);
}
