//! Requests, answers, withdrawals, disconnects and slow readers, interleaved at random: what must hold whatever happens.
//!
//! In: a seed, printed where a case fails. Out: one answer to each request and to nothing else, order where it is promised, and
//! no more memory than the limits say. 500 cases of some 150 steps each, half of them on several threads;
//! `INTERLEAVING_CASES` runs more.
#![cfg(feature = "tokio")]

mod support;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use support::{
    AskTopic, Changed, Delta, Echo, Note, PROTOCOL, Queue, Slow, Tell, TopicChanged, TopicDelta, Watch, Wire,
    router,
};
use tokio::time::Instant;
use wiregate_runtime::transport::Source;
use wiregate_runtime::{Call, Cx, Limits, RpcError, Server};

const CASES: u64 = 500;
const STEPS: u64 = 150;
const KEYS: u64 = 3;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// What a handler does, by the first word of its text.
async fn act(cx: &Cx, note: Note) -> Result<Note, RpcError> {
    match note.text.split(' ').next() {
        Some("yield") => {
            for _ in 0..note.text.len() {
                tokio::task::yield_now().await;
            }
        }
        Some("sleep") => tokio::time::sleep(Duration::from_millis(note.text.len() as u64 % 7)).await,
        Some("panic") => panic!("on purpose"),
        Some("late-panic") => {
            tokio::task::yield_now().await;
            panic!("on purpose");
        }
        Some("fail") => return Err(RpcError::internal("on purpose")),
        Some("tell") => drop(cx.peer().notify::<Delta>(Note::new("x"))),
        Some("wait") => cx.peer().notify::<Changed>(Note::new("x")).await?,
        Some("ask") => {
            let call = cx.hub().request::<AskTopic>(Note::new("t0"));
            drop(call.timeout(Duration::from_millis(3)).await);
        }
        _ => {}
    }
    Ok(note)
}

const WORDS: [&str; 9] = [
    "now",
    "yield a",
    "sleep it",
    "panic",
    "late-panic",
    "fail",
    "tell",
    "wait",
    "ask",
];

/// Runs of one key, which must not overlap and must keep the order of each connection.
#[derive(Default)]
struct Keys {
    busy: [AtomicBool; KEYS as usize],
    /// What went wrong: a handler that panicked would only be answered.
    wrong: Mutex<Vec<String>>,
    last: Mutex<HashMap<(String, u64), f64>>,
}

/// A run, until it ends or is cut off.
struct Busy<'a>(&'a AtomicBool);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

fn server(limits: Limits, keys: &Arc<Keys>) -> Server {
    let keys = Arc::clone(keys);
    let router = router(&PROTOCOL)
        .request::<Echo, _, _>(|cx, note| async move { act(&cx, note).await })
        .request::<Slow, _, _>(|cx, note| async move { act(&cx, note).await })
        .request::<Watch, _, _>(|_, note: Note| async move {
            match note.size.expect("a number") as u64 % 4 {
                0 => {}
                1 => tokio::task::yield_now().await,
                2 => tokio::time::sleep(Duration::from_millis(2)).await,
                _ => {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    return Err(RpcError::internal("on purpose"));
                }
            }
            Ok(note)
        })
        .notification::<Tell, _, _>(|_, _| tokio::time::sleep(Duration::from_millis(3)))
        .request::<Queue, _, _>(move |cx, note: Note| {
            let keys = Arc::clone(&keys);
            async move {
                let key = note.text[1..].parse::<u64>().expect("a key");
                let busy = &keys.busy[key as usize];
                let wrong = |text: String| keys.wrong.lock().expect("no panic").push(text);
                if busy.swap(true, Ordering::SeqCst) {
                    wrong(format!("two at once under the key {key}"));
                }
                let busy = Busy(busy);
                let order = note.size.expect("a number");
                let place = (cx.connection().to_string(), key);
                let before = keys.last.lock().expect("no panic").insert(place, order);
                tokio::time::sleep(Duration::from_millis(order as u64 % 3)).await;
                drop(busy);
                if let Some(before) = before.filter(|before| *before >= order) {
                    wrong(format!("{order} after {before} under the key {key}"));
                }
                Ok(note)
            }
        });
    Server::new(router).with_limits(limits)
}

/// A client, and what it may expect.
struct Party {
    wire: Wire,
    sent: Vec<String>,
    /// Messages that are answered without an id.
    nameless: usize,
    asked: Vec<i64>,
    got: Vec<Value>,
    reading: bool,
}

impl Party {
    fn new(server: &Server, random: &mut Random) -> Self {
        let capacity = 1 + random.below(8) as usize;
        Self {
            wire: Wire::over(server, support::pair(capacity)),
            sent: Vec::new(),
            nameless: 0,
            asked: Vec::new(),
            got: Vec::new(),
            reading: true,
        }
    }

    fn note(&mut self, text: &[u8]) {
        let message: Value = serde_json::from_slice(text).expect("JSON");
        if let (Some(id), true) = (message["id"].as_i64(), message["method"].is_string()) {
            self.asked.push(id);
        }
        self.got.push(message);
    }

    async fn read_some(&mut self, count: u64) {
        for _ in 0..count {
            match tokio::time::timeout(Duration::ZERO, self.wire.source.next(usize::MAX)).await {
                Ok(Ok(Some(text))) => self.note(&text),
                _ => return,
            }
        }
    }

    /// Sends, unless the connection has ended or does not get to it.
    async fn send(&mut self, text: &str) -> bool {
        let sent = support::put(&mut self.wire.sink, text.as_bytes());
        matches!(
            tokio::time::timeout(Duration::from_millis(50), sent).await,
            Ok(Ok(()))
        )
    }

    async fn step(&mut self, random: &mut Random) {
        let number = self.sent.len();
        match random.below(17) {
            0..=4 => {
                let word = WORDS[random.below(WORDS.len() as u64) as usize];
                let method = ["echo", "slow"][random.below(2) as usize];
                let text = format!(
                    r#"{{"id":{number},"method":"note/{method}","params":{{"text":"{word} {number}"}}}}"#
                );
                self.request(number.to_string(), &text).await;
            }
            5..=7 => {
                let key = random.below(KEYS);
                let id = format!(r#""q{number}""#);
                let text = format!(
                    r#"{{"params":{{"text":"k{key}","size":{number}.0}},"method":"note/queue","id":{id}}}"#
                );
                self.request(id, &text).await;
            }
            8 => {
                let method = ["watch", "unwatch"][random.below(2) as usize];
                let topic = random.below(2);
                let text = format!(
                    r#"{{"id":{number},"method":"note/{method}","params":{{"text":"t{topic}","size":{number}.0}}}}"#
                );
                self.request(number.to_string(), &text).await;
            }
            9 => {
                let wrong = [
                    "nonsense",
                    "[]",
                    r#"{"id":1.5,"method":"note/echo"}"#,
                    r#"{"id":null,"method":"note/echo"}"#,
                ];
                let text = wrong[random.below(wrong.len() as u64) as usize];
                self.nameless += usize::from(self.send(text).await);
            }
            10 => {
                let text = [
                    format!(r#"{{"id":{number},"method":"note/echo","params":{{"text":5}}}}"#),
                    format!(r#"{{"id":{number},"method":"no/such"}}"#),
                    format!(r#"{{"id":{number},"method":"note/tell","params":{{"text":""}}}}"#),
                ];
                let text = &text[random.below(3) as usize];
                self.request(number.to_string(), text).await;
            }
            11 => {
                // Answers: right ones, second ones, and some that nobody has asked for.
                let id = match self.asked.len() as u64 {
                    0 => random.below(5) as i64,
                    asked => self.asked[random.below(asked) as usize],
                };
                let body = [
                    r#""result":{"text":"yes"}"#,
                    r#""result":5"#,
                    r#""error":{"code":1,"message":""}"#,
                ];
                self.send(&format!(r#"{{"id":{id},{}}}"#, body[random.below(3) as usize]))
                    .await;
            }
            12 => self.reading = !self.reading,
            13 => {
                let told = r#"{"method":"note/tell","params":{"text":""}}"#;
                self.send(told).await;
            }
            _ if self.reading => self.read_some(random.below(20)).await,
            _ => tokio::task::yield_now().await,
        }
    }

    async fn request(&mut self, id: String, text: &str) {
        if self.send(text).await {
            self.sent.push(id);
        } else {
            // It may have come through all the same, so that it has no other.
            self.sent.push("none".to_owned());
        }
    }

    /// Says no more, reads all, and holds what came to what was sent. Where the server has `ended` it, what was sent last may
    /// not have been read.
    async fn finish(mut self, ended: bool) {
        let Wire { sink, .. } = &mut self.wire;
        *sink = wiregate_runtime::transport::Transport::split(support::pair(1).0).1;
        while let Ok(Some(text)) = self.wire.source.next(usize::MAX).await {
            self.note(&text);
        }
        let end = self.wire.run.await.expect("the connection does not panic");
        let answers: Vec<&Value> = self
            .got
            .iter()
            .filter(|message| message["method"].is_null())
            .collect();
        let mut seen = HashSet::new();
        let mut nameless = 0;
        for answer in answers {
            assert!(answer["result"].is_null() || answer["error"].is_null());
            if answer["id"].is_null() {
                nameless += 1;
                continue;
            }
            let id = answer["id"].to_string();
            assert!(self.sent.contains(&id), "nobody has asked for {answer}");
            assert!(seen.insert(id), "a second answer: {answer}");
        }
        let mut last = HashMap::new();
        for told in self
            .got
            .iter()
            .filter(|message| message["method"] == "topic/changed")
        {
            let (topic, size) = (
                told["params"]["text"].to_string(),
                told["params"]["size"].as_f64(),
            );
            let before = last.insert(topic, size);
            assert!(
                before.is_none_or(|before| before < size),
                "{told} after {before:?}"
            );
        }
        if end.is_ok() {
            let last = self.sent.iter().rposition(|id| seen.contains(id));
            let read = if ended {
                last.map_or(0, |last| last + 1)
            } else {
                self.sent.len()
            };
            let unanswered: Vec<_> = self.sent[..read]
                .iter()
                .filter(|id| *id != "none" && !seen.contains(*id))
                .collect();
            assert!(
                unanswered.is_empty(),
                "no answer to {unanswered:?} of {:?}: {:?}",
                self.sent,
                self.got
            );
            // Answers to requests that were withdrawn meanwhile may be malformed as well.
            assert!(
                ended || nameless >= self.nameless,
                "{nameless} refusals without an id of {}",
                self.nameless
            );
        }
    }
}

async fn case(seed: u64, paused: bool) {
    let mut random = Random(seed);
    let limits = Limits {
        requests: 1 + random.below(20) as usize,
        outbound: 2 + random.below(60) as usize,
        outbound_bytes: 500 + random.below(20_000) as usize,
        drain: Duration::from_secs(5),
        ..Limits::default()
    };
    let keys: Arc<Keys> = Arc::default();
    let server = server(limits, &keys);
    let mut parties: Vec<Party> = (0..3).map(|_| Party::new(&server, &mut random)).collect();
    let mut calls: Vec<Call<AskTopic>> = Vec::new();
    let told = AtomicI64::new(0);
    for _ in 0..STEPS {
        match random.below(12) {
            0 => {
                let text = format!("t{}", random.below(2));
                let size = Some(told.fetch_add(1, Ordering::Relaxed) as f64);
                server.hub().notify::<TopicChanged>(Note { text, size });
            }
            1 => drop(server.hub().notify::<TopicDelta>(Note::new("t0"))),
            2 => calls.push(server.hub().request::<AskTopic>(Note::new("t1"))),
            3 if !calls.is_empty() => drop(calls.swap_remove(random.below(calls.len() as u64) as usize)),
            4 if random.below(10) == 0 => {
                // Gone without a word; another one comes.
                let at = random.below(3) as usize;
                parties[at] = Party::new(&server, &mut random);
            }
            5 => server.hub().close_topic("t1"),
            _ => {
                let at = random.below(3) as usize;
                parties[at].step(&mut random).await;
            }
        }
        for snapshot in server.snapshot().connections {
            let most = limits.outbound + 2 * limits.requests + 1;
            assert!(
                snapshot.queued <= most,
                "{} of {most} messages wait",
                snapshot.queued
            );
            let most = limits.outbound_bytes + most * 200;
            assert!(
                snapshot.queued_bytes <= most,
                "{} of {most} bytes wait",
                snapshot.queued_bytes
            );
            assert!(snapshot.in_flight <= 2 * limits.requests);
        }
    }
    let began = Instant::now();
    let most = match random.below(3) {
        0 => None,
        1 => {
            server.drain();
            // For the handlers, and again for who does not read.
            Some(2 * limits.drain)
        }
        _ => {
            server.stop();
            Some(Duration::from_secs(2))
        }
    };
    // Where time costs nothing, nobody reads meanwhile.
    if let Some(most) = most.filter(|_| paused) {
        server.idle().await;
        assert!(began.elapsed() <= most, "it takes {:?}", began.elapsed());
    }
    for party in parties {
        party.finish(most.is_some()).await;
    }
    // Those that nobody reads from end by themselves.
    server.idle().await;
    assert_eq!(*keys.wrong.lock().expect("no panic"), [""; 0]);
    drop(calls);
    let end = server.snapshot();
    assert_eq!(
        (end.connections.len(), end.topics, end.open_requests),
        (0, 0, 0),
        "{end:?}"
    );
    assert!(server.hub().subscribers("t0").is_empty() && json!(end.open_requests) == json!(0));
}

fn run(seed: u64) {
    let paused = seed.is_multiple_of(2);
    let mut builder = match paused {
        true => tokio::runtime::Builder::new_current_thread(),
        false => tokio::runtime::Builder::new_multi_thread(),
    };
    builder.enable_time().worker_threads(2).start_paused(paused);
    let runtime = builder.build().expect("a runtime");
    runtime.block_on(async {
        let late = tokio::time::timeout(Duration::from_secs(60), case(seed, paused)).await;
        late.unwrap_or_else(|_| panic!("the case hangs"));
    });
}

#[test]
fn whatever_happens_each_request_has_one_answer() {
    let cases = std::env::var("INTERLEAVING_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    std::panic::set_hook(Box::new(|info| {
        // Handlers panic on purpose, thousands of times.
        if !info.to_string().contains("on purpose") {
            eprintln!("{info}");
        }
    }));
    let first = std::env::var("INTERLEAVING_FIRST")
        .ok()
        .and_then(|first| first.parse().ok());
    for seed in first.unwrap_or(0)..cases.unwrap_or(CASES) {
        let result = std::panic::catch_unwind(|| run(seed));
        assert!(result.is_ok(), "case {seed} fails");
    }
}
