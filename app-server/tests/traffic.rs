//! Random traffic of many clients with one server, recorded and held to the protocol: whatever clients do, nothing that the
//! connection sends is wrong.
//!
//! In: a seed for each case. Out: `check-log` finds no violation of the server. Handlers answer with the examples of
//! `fixtures/`, wait, fail and panic at random, tell topics and ask them; clients send good and bad requests, answer
//! what they are asked well or badly, do not read, and go away in the middle.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use app_server_protocol::methods::{
    Initialize, ItemAgentMessageDelta, ItemCommandExecutionRequestApproval, PROTOCOL, ThreadNameSet,
    ThreadNameUpdated, ThreadResume, ThreadRollback, ThreadUnsubscribe, TurnStart,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use wiregate_codegen::ir;
use wiregate_codegen::recording::{self, Finding, Side as Of, Summary};
use wiregate_runtime::json::{self as wire, Decode};
use wiregate_runtime::recording::FileRecorder;
use wiregate_runtime::transport::memory::{self, Memory, MemorySink};
use wiregate_runtime::transport::{Source, Transport};
use wiregate_runtime::{Cx, Limits, Router, RpcError, Server, Side};

const CASES: u64 = 24;
const CLIENTS: u64 = 4;
const STEPS: u64 = 120;
const TOPICS: u64 = 3;

/// SplitMix64.
#[derive(Clone)]
struct Random(Arc<AtomicU64>);

impl Random {
    fn new(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seed)))
    }

    fn below(&self, end: u64) -> u64 {
        let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    fn one_of<'t, T>(&self, list: &'t [T]) -> &'t T {
        &list[self.below(list.len() as u64) as usize]
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The example of a definition.
fn example<T: Decode>(definition: &str) -> T {
    let file = root().join(format!("fixtures/{definition}/valid/example.json"));
    let text = fs::read_to_string(file).expect("what methods carry has an example");
    wire::from_str(&text).expect("examples are valid")
}

/// Waits, fails or panics, or does none of it.
async fn dawdle(random: &Random) -> Result<(), RpcError> {
    match random.below(12) {
        0 => Err(RpcError::internal("on purpose")),
        1 => panic!("on purpose"),
        2 => {
            tokio::task::yield_now().await;
            panic!("on purpose");
        }
        3 | 4 => {
            tokio::time::sleep(Duration::from_micros(random.below(900))).await;
            Ok(())
        }
        5..8 => {
            for _ in 0..random.below(9) {
                tokio::task::yield_now().await;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Tells a topic, and asks it, now and then.
fn stir(cx: &Cx, topic: &str, random: &Random) {
    for _ in 0..random.below(3) {
        let mut told = example::<app_server_protocol::v2::AgentMessageDeltaNotification>(
            "AgentMessageDeltaNotification",
        );
        told.thread_id = topic.to_owned();
        drop(cx.hub().notify::<ItemAgentMessageDelta>(told));
    }
    if random.below(3) == 0 {
        let mut params = example::<app_server_protocol::CommandExecutionRequestApprovalParams>(
            "CommandExecutionRequestApprovalParams",
        );
        params.thread_id = topic.to_owned();
        let call = cx
            .hub()
            .request::<ItemCommandExecutionRequestApproval>(params)
            .timeout(Duration::from_millis(random.below(20)));
        drop(cx.spawn(call));
    }
}

fn server(random: &Random, recorder: Arc<FileRecorder>) -> Server {
    let with = |random: &Random| random.clone();
    let (resume, leave, roll, name, turn) = (
        with(random),
        with(random),
        with(random),
        with(random),
        with(random),
    );
    let router = Router::new(&PROTOCOL, Side::Server)
        .request::<Initialize, _, _>(|_, _| async { Ok(example("InitializeResponse")) })
        .request::<ThreadResume, _, _>(move |cx, params| {
            let random = resume.clone();
            async move {
                dawdle(&random).await?;
                cx.subscribe(&params.thread_id);
                stir(&cx, &params.thread_id, &random);
                dawdle(&random).await?;
                let mut result: app_server_protocol::v2::ThreadResumeResponse =
                    example("ThreadResumeResponse");
                result.thread.id = params.thread_id;
                Ok(result)
            }
        })
        .request::<ThreadUnsubscribe, _, _>(move |_, _| {
            let random = leave.clone();
            async move {
                dawdle(&random).await?;
                Ok(example("ThreadUnsubscribeResponse"))
            }
        })
        .request::<ThreadRollback, _, _>(move |_, _| {
            let random = roll.clone();
            async move {
                dawdle(&random).await?;
                Ok(example("ThreadRollbackResponse"))
            }
        })
        .request::<ThreadNameSet, _, _>(move |cx, params| {
            let random = name.clone();
            async move {
                dawdle(&random).await?;
                let mut told: app_server_protocol::v2::ThreadNameUpdatedNotification =
                    example("ThreadNameUpdatedNotification");
                told.thread_id = params.thread_id;
                drop(cx.hub().notify::<ThreadNameUpdated>(told));
                Ok(example("ThreadSetNameResponse"))
            }
        })
        .request::<TurnStart, _, _>(move |cx, params| {
            let random = turn.clone();
            async move {
                stir(&cx, &params.thread_id, &random);
                dawdle(&random).await?;
                Ok(example("TurnStartResponse"))
            }
        });
    let limits = Limits {
        requests: 24,
        outbound: 400,
        drain: Duration::from_millis(500),
        ..Limits::default()
    };
    Server::new(router).with_limits(limits).with_recorder(recorder)
}

/// A message that a client sends.
fn message(random: &Random, id: &Value) -> String {
    let topic = format!("topic-{}", random.below(TOPICS));
    let of_thread = |method: &str| json!({"id": id, "method": method, "params": {"threadId": topic}});
    let message = match random.below(30) {
        0..6 => of_thread("thread/resume"),
        6..9 => of_thread("thread/unsubscribe"),
        9..14 => json!({"id": id, "method": "thread/rollback", "params": {"threadId": topic, "numTurns": 1}}),
        14..16 => json!({"id": id, "method": "thread/name/set", "params": {"threadId": topic, "name": "n"}}),
        16..21 => json!({"id": id, "method": "turn/start", "params": {"threadId": topic, "input": []}}),
        // Nobody serves these; and what has to be refused.
        21 => of_thread("thread/read"),
        22 => of_thread("thread/rolback"),
        23 => json!({"id": id, "method": "thread/rollback", "params": {"threadId": topic, "numTurns": -1}}),
        24 => of_thread("thread/realtime/start"),
        25 => {
            json!({"id": id, "method": "initialize", "params": {"clientInfo": {"name": "x", "version": "1"}}})
        }
        26 => json!({"method": "thread/rollback", "params": {"threadId": topic, "numTurns": 1}}),
        27 => json!({"id": 1.5, "method": "thread/read"}),
        28 => json!({"id": random.below(40), "result": {"decision": "accept"}}),
        _ => return "{\"id\":".to_owned(),
    };
    message.to_string()
}

/// What a client answers to a request of the server, if anything.
fn answer(random: &Random, id: &Value) -> Option<String> {
    let answer = match random.below(8) {
        0..3 => json!({"id": id, "result": {"decision": "accept"}}),
        3 => json!({"id": id, "result": {"decision": "perhaps"}}),
        4 => json!({"id": id, "error": {"code": -32601, "message": "cannot"}}),
        5 => json!({"id": id, "error": {"code": 7, "message": "no"}}),
        6 => json!({"id": id, "result": 1, "error": {"code": 7, "message": "both"}}),
        _ => return None,
    };
    Some(answer.to_string())
}

/// A client from its first message to its end.
async fn client(transport: Memory, random: Random) {
    let (mut source, mut sink) = transport.split();
    let late = random.below(4) == 0;
    let capabilities = json!({"experimentalApi": random.below(2) == 0,
        "optOutNotificationMethods": *random.one_of(&[&[][..], &["thread/name/updated"]])});
    let hello = json!({"id": "hello", "method": "initialize",
        "params": {"clientInfo": {"name": "c", "version": "1"}, "capabilities": capabilities}});
    let hello = hello.to_string();
    if !late {
        put(&mut sink, &hello).await;
    }
    let reads = random.below(6) > 0;
    for step in 0..STEPS {
        if late && step == 5 {
            put(&mut sink, &hello).await;
        }
        // Some ids come again while they are in flight.
        let id = *random.one_of(&[step, step, step, step / 2]);
        put(&mut sink, &message(&random, &json!(id))).await;
        while reads
            && let Ok(Ok(Some(text))) =
                tokio::time::timeout(Duration::from_micros(random.below(300)), source.next(usize::MAX)).await
        {
            let came: Value = serde_json::from_slice(&text).expect("messages are JSON");
            if came["method"].is_string()
                && !came["id"].is_null()
                && let Some(text) = answer(&random, &came["id"])
            {
                put(&mut sink, &text).await;
            }
        }
        if random.below(400) == 0 {
            // It is gone, whatever was under way.
            return;
        }
    }
    drop(sink);
    while let Ok(Some(_)) = source.next(usize::MAX).await {}
}

/// Sends a message; nobody need be there to read it.
async fn put(sink: &mut MemorySink, text: &str) {
    let _ = tokio::time::timeout(Duration::from_millis(50), sink.send_bytes(text.as_bytes())).await;
}

/// Runs a case, and checks its recording.
async fn case(seed: u64, file: &Path) -> (Vec<Finding>, Summary) {
    let random = Random::new(seed);
    let recorder = FileRecorder::create(file, &PROTOCOL, Side::Server).expect("a file");
    let recorder = Arc::new(recorder);
    let server = server(&random, Arc::clone(&recorder));
    let mut tasks = Vec::new();
    for _ in 0..CLIENTS {
        let (ours, theirs) = memory::pair();
        let connection = server.connection(theirs);
        tasks.push(tokio::spawn(async move { drop(connection.run().await) }));
        tasks.push(tokio::spawn(client(ours, random.clone())));
    }
    for task in tasks {
        task.await.expect("no panic outside of handlers");
    }
    drop(server);
    recorder.finish().expect("the disk takes it");
    let model = fs::read(root().join("generated/protocol.json")).expect("the model is committed");
    let protocol = ir::read(&model).expect("it is a model");
    let text = fs::read(file).expect("there is a recording");
    let mut found = Vec::new();
    let summary = recording::check(&protocol, &text[..], &mut |finding| {
        if finding.by != Some(Of::Client) && !finding.note {
            found.push(finding.clone());
        }
    });
    (found, summary.expect("memory can be read"))
}

#[test]
fn nothing_that_the_connection_sends_is_wrong() {
    std::panic::set_hook(Box::new(|panic| {
        if panic.payload_as_str() != Some("on purpose") {
            eprintln!("{panic}");
        }
    }));
    let folder = TempDir::new().expect("a temporary folder");
    let (mut messages, mut by_client) = (0, 0);
    for seed in 0..CASES {
        let file = folder.path().join(format!("{seed}.jsonl"));
        let mut runtime = if seed % 2 == 0 {
            tokio::runtime::Builder::new_current_thread()
        } else {
            tokio::runtime::Builder::new_multi_thread()
        };
        let runtime = runtime.enable_all().build().expect("a runtime");
        let (found, summary) = runtime.block_on(case(seed, &file));
        if !found.is_empty() {
            let kept = std::env::temp_dir().join(format!("traffic-{seed}.jsonl"));
            let _ = fs::copy(&file, &kept);
            panic!("seed {seed}, kept in {}: {found:#?}", kept.display());
        }
        assert_eq!(summary.missing, 0, "seed {seed}");
        messages += summary.messages;
        by_client += summary.by_client;
    }
    assert!(messages > 12_000, "{messages} messages");
    assert!(by_client > 1_200, "{by_client} violations of clients");
}
