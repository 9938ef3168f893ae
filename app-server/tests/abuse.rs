//! Clients that die, flood, or never read: the server stays well, and its memory flat. Prints what it measures.
#![cfg(target_os = "linux")]

mod process;
mod site;

use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use site::{Site, server};
use tungstenite::Message;

/// How many times everything is done. The first time fills what is kept.
const ROUNDS: usize = 4;

/// How much more the server may hold after any round than after the first one, in KiB.
const FLAT: usize = 8 << 10;

/// What a quiet connection may cost in the server, in bytes.
const QUIET: usize = 10 << 10;

/// A small file, which is there wherever this test can run, and whose path leaves room in a short frame.
const SMALL: &str = "/proc/self/comm";

/// A server whose memory is the same everywhere: each thread brings an arena of the allocator, and buffers.
fn alike() -> Command {
    let mut command = server();
    command
        .env("TOKIO_WORKER_THREADS", "2")
        .env("MALLOC_ARENA_MAX", "1");
    command
}

/// The memory that the server holds, in KiB.
fn resident(site: &Site) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", site.process.id()));
    let status = status.expect("the server lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    number.expect("a number of kB").parse().expect("a number")
}

/// Whether a client that does as it should is served, and `/healthz` answers; how long both take together.
fn health(site: &Site) -> Duration {
    let began = Instant::now();
    assert_eq!(site.status("/healthz"), "HTTP/1.1 200 OK");
    let mut client = site.open(&[]).expect("a WebSocket");
    client.introduce();
    let answer = client.ask("fs/readFile", json!({"path": SMALL}));
    assert!(answer["result"]["dataBase64"].is_string(), "{answer}");
    began.elapsed()
}

/// Clients that are killed while the server works for them.
fn die(site: &Site, large: &Value) {
    for _ in 0..40 {
        let mut client = site.open(&[]).expect("a WebSocket");
        client.introduce();
        for id in 0..8 {
            client.say(&json!({"id": id, "method": "fs/readFile", "params": large}));
        }
    }
}

/// A client that asks as fast as it can, and reads all answers; gives how many requests were refused.
fn flood(site: &Site) -> usize {
    const REQUESTS: usize = 20_000;
    let mut client = site.open(&[]).expect("a WebSocket");
    client.introduce();
    let mut writer = client.socket.get_ref().try_clone().expect("a socket");
    let writing = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        for id in 0..REQUESTS {
            let params = json!({"path": SMALL});
            let text = json!({"id": id, "method": "fs/readFile", "params": params}).to_string();
            let length = u8::try_from(text.len()).expect("a short one");
            assert!(length < 126);
            // Its mask is zero.
            bytes.extend_from_slice(&[0x81, 0x80 | length, 0, 0, 0, 0]);
            bytes.extend_from_slice(text.as_bytes());
        }
        writer.write_all(&bytes)
    });
    let mut refused = 0;
    for _ in 0..REQUESTS {
        let message = client.socket.read().expect("an answer");
        refused += usize::from(message.to_text().expect("text").contains("-32001"));
    }
    writing.join().expect("no panic").expect("the server reads");
    refused
}

/// Clients that ask for much and read nothing.
fn never_read(site: &Site, large: &Value) -> Vec<TcpStream> {
    let clients = (0..4).map(|_| {
        let mut client = site.open(&[]).expect("a WebSocket");
        client.introduce();
        let patience = Some(Duration::from_millis(200));
        client
            .socket
            .get_ref()
            .set_write_timeout(patience)
            .expect("a socket");
        for id in 0..2000 {
            let text = json!({"id": id, "method": "fs/readFile", "params": large}).to_string();
            if client.socket.send(Message::text(text)).is_err() {
                break;
            }
        }
        client.socket.get_ref().try_clone().expect("a socket")
    });
    clients.collect()
}

#[test]
fn nobody_brings_the_server_down_or_makes_it_grow() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large");
    std::fs::write(&path, vec![7; 256 << 10]).expect("a file");
    let large = json!({"path": path});
    let mut command = alike();
    // Nobody reads what it logs. What is freed goes back to the system, or the allocator's policy would be measured: left to
    // itself it keeps the more the more was held at once, which is chance.
    command
        .env("RUST_LOG", "debug")
        .env("MALLOC_MMAP_THRESHOLD_", "65536");
    let site = Site::of(command, &[]);
    let mut first = None;
    for round in 0..ROUNDS {
        die(&site, &large);
        let died = (resident(&site), health(&site));
        let refused = flood(&site);
        let flooded = (resident(&site), health(&site));
        let deaf = never_read(&site, &large);
        let unread = (resident(&site), health(&site));
        drop(deaf);
        // The connections end, and what they held goes.
        let ended = Instant::now();
        std::thread::sleep(Duration::from_millis(500));
        let first = *first.get_or_insert_with(|| resident(&site));
        while resident(&site) > first + FLAT {
            assert!(
                ended.elapsed() < site::PATIENCE,
                "it grows from {first} to {} KiB",
                resident(&site)
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        let kept = (resident(&site), ended.elapsed());
        println!(
            "round {round}: KiB and time to be served: killed {died:?}, flooded {flooded:?} with {refused} refused, \
             unread {unread:?}; afterwards {kept:?}"
        );
    }
}

#[test]
fn a_quiet_connection_costs_little() {
    const CONNECTIONS: usize = 400;
    let site = Site::of(alike(), &[]);
    let open = || {
        let mut client = site.open(&[]).expect("a WebSocket");
        client.introduce();
        client
    };
    // What every process takes once.
    let mut clients: Vec<_> = (0..20).map(|_| open()).collect();
    let before = resident(&site);
    clients.extend((0..CONNECTIONS).map(|_| open()));
    let bytes = resident(&site).saturating_sub(before) * 1024 / CONNECTIONS;
    println!("{bytes} bytes a connection");
    assert!(bytes < QUIET, "{bytes} bytes a connection");
    health(&site);
}
