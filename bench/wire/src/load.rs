//! The load: requests with so many under way at any time, and streams of notifications. Every answer is checked: it is a
//! result, its id was asked and not yet answered, and none is missing.
//!
//! In: a way to a server. Out: nothing but the messages; whoever calls looks at the clocks.

use anyhow::{Context, Result, bail, ensure};
use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::shapes;
use crate::wire::Wire;

/// How many notifications are sent in a row.
pub const BURST: u32 = 256;
/// How many notifications a server is asked for at once.
pub const STREAM: u32 = 2048;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// Answers of 300 bytes, so many requests under way.
    Small(u32),
    /// Answers of 8 KiB.
    Medium(u32),
    /// Notifications of 200 bytes from the server.
    Out,
    /// The same from the client.
    In,
}

/// How a server wants to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Each method by its name.
    Plain,
    /// Each method as a tool of the model context protocol.
    Tools,
}

/// A client of one server.
pub struct Client {
    wire: Box<dyn Wire>,
    dialect: Dialect,
    next: u32,
    message: Vec<u8>,
    /// How many notifications were sent to the server since it began.
    pushed: u32,
}

impl Client {
    /// A client that has opened its connection.
    pub fn open(wire: Box<dyn Wire>, dialect: Dialect) -> Result<Self> {
        let mut client = Self {
            wire,
            dialect,
            next: 1,
            message: Vec::new(),
            pushed: 0,
        };
        match dialect {
            Dialect::Plain => client.ask("open", r#"{"client":"bench"}"#)?,
            Dialect::Tools => {
                client.wire.push(
                    br#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#,
                );
                client.wire.flush()?;
                client.wire.read(&mut |_| Ok(()))?;
                client
                    .wire
                    .push(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
                client.wire.flush()?;
            }
        }
        Ok(client)
    }

    /// Does as much of the load as makes `count` messages, or a little more. Gives how many it were.
    pub fn run(&mut self, load: Load, count: u32) -> Result<u32> {
        match load {
            Load::Small(depth) => self.requests(
                "file/read",
                r#"{"workspace":"ws_01JD3QW8Z5","path":"runtime/src/transport/lines.rs","labels":3}"#,
                300,
                depth,
                count,
            ),
            Load::Medium(depth) => self.requests(
                "page/read",
                r#"{"workspace":"ws_01JD3QW8Z5","page":7}"#,
                8 << 10,
                depth,
                count,
            ),
            Load::Out => self.stream(count.div_ceil(STREAM)),
            Load::In => self.push(count.div_ceil(BURST)),
        }
    }

    /// `length` is that of an answer, give or take what a peer says around it.
    fn requests(&mut self, method: &str, params: &str, length: usize, depth: u32, count: u32) -> Result<u32> {
        let first = self.next;
        let mut answered = vec![false; count as usize];
        let (mut asked, mut open) = (0, 0);
        // Sent in halves of the window, so that each server sees batches of the same size.
        let batch = (depth / 2).max(1);
        let mut remaining = count;
        while remaining > 0 {
            if open <= depth - batch {
                while open < depth && asked < count {
                    self.request(method, params);
                    asked += 1;
                    open += 1;
                }
                self.wire.flush()?;
            }
            let mut came = 0;
            self.wire.read(&mut |message| {
                let id = answer(message)?
                    .with_context(|| format!("an unexpected notification: {}", shown(message)))?;
                let place = id
                    .checked_sub(first)
                    .and_then(|place| answered.get_mut(place as usize));
                let place = place.with_context(|| format!("nobody asked {id}"))?;
                ensure!(!std::mem::replace(place, true), "{id} was answered twice");
                ensure!(
                    message.len() * 10 >= length * 9 && message.len() <= length * 2,
                    "an answer of {} bytes: {}",
                    message.len(),
                    shown(message)
                );
                came += 1;
                Ok(())
            })?;
            open -= came;
            remaining -= came;
        }
        ensure!(
            open == 0 && answered.iter().all(|answered| *answered),
            "an answer is missing"
        );
        Ok(count)
    }

    fn stream(&mut self, streams: u32) -> Result<u32> {
        for _ in 0..streams {
            let id = self.request("piece/stream", &format!(r#"{{"count":{STREAM}}}"#));
            self.wire.flush()?;
            let (mut pieces, mut answers) = (0, 0);
            while pieces < STREAM || answers == 0 {
                self.wire.read(&mut |message| {
                    match answer(message)? {
                        None => pieces += 1,
                        Some(answered) => {
                            ensure!(answered == id, "an answer to {answered}, not to {id}");
                            answers += 1;
                        }
                    }
                    Ok(())
                })?;
            }
            ensure!(
                (pieces, answers) == (STREAM, 1),
                "{pieces} notifications, {answers} answers"
            );
        }
        Ok(streams * STREAM)
    }

    fn push(&mut self, bursts: u32) -> Result<u32> {
        for _ in 0..bursts {
            for _ in 0..BURST {
                let piece = shapes::piece(self.pushed);
                self.message.clear();
                self.message
                    .extend_from_slice(br#"{"jsonrpc":"2.0","method":"piece/push","params":"#);
                serde_json::to_writer(&mut self.message, &piece)?;
                self.message.push(b'}');
                self.wire.push(&self.message);
                self.pushed += 1;
            }
            // A server may answer a request before it has dealt with notifications that came before it.
            loop {
                let id = self.request("piece/count", "{}");
                self.wire.flush()?;
                let mut count = None;
                while count.is_none() {
                    self.wire.read(&mut |message| {
                        ensure!(
                            answer(message)? == Some(id),
                            "not the answer to {id}: {}",
                            shown(message)
                        );
                        count = number_behind(message, b"count");
                        ensure!(count.is_some(), "no count: {}", shown(message));
                        Ok(())
                    })?;
                }
                if count == Some(self.pushed) {
                    break;
                }
            }
        }
        Ok(bursts * BURST)
    }

    fn ask(&mut self, method: &str, params: &str) -> Result<()> {
        let id = self.request(method, params);
        self.wire.flush()?;
        self.wire.read(&mut |message| {
            ensure!(
                answer(message)? == Some(id),
                "not the answer to {method}: {}",
                shown(message)
            );
            Ok(())
        })
    }

    /// Pushes a request, and gives its id.
    fn request(&mut self, method: &str, params: &str) -> u32 {
        let id = self.next;
        self.next += 1;
        let mut digits = itoa::Buffer::new();
        let parts = match self.dialect {
            Dialect::Plain => [r#","method":""#, r#"","params":"#, "}"],
            Dialect::Tools => [
                r#","method":"tools/call","params":{"name":""#,
                r#"","arguments":"#,
                "}}",
            ],
        };
        let message = &mut self.message;
        message.clear();
        for part in [
            r#"{"jsonrpc":"2.0","id":"#,
            digits.format(id),
            parts[0],
            method,
            parts[1],
            params,
            parts[2],
        ] {
            message.extend_from_slice(part.as_bytes());
        }
        self.wire.push(message);
        id
    }
}

/// The id of an answer; none where the message is a notification.
fn answer(message: &[u8]) -> Result<Option<u32>> {
    const ID: &[u8] = br#"{"jsonrpc":"2.0","id":"#;
    const NOTIFICATION: &[u8] = br#"{"jsonrpc":"2.0","method":""#;
    // What most servers send, at little cost.
    if let Some(rest) = message.strip_prefix(ID) {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 && rest[digits..].starts_with(br#","result":"#) && rest.ends_with(b"}") {
            return Ok(std::str::from_utf8(&rest[..digits])?.parse().ok());
        }
    } else if message.starts_with(NOTIFICATION) && message.ends_with(b"}") {
        return Ok(None);
    }
    #[derive(Deserialize)]
    struct Any<'a> {
        id: Option<u32>,
        method: Option<&'a str>,
        #[serde(borrow)]
        result: Option<&'a RawValue>,
        #[serde(borrow)]
        error: Option<&'a RawValue>,
    }
    let any: Any<'_> = serde_json::from_slice(message).with_context(|| shown(message))?;
    match any {
        Any {
            id: Some(id),
            result: Some(_),
            error: None,
            method: None,
        } => Ok(Some(id)),
        Any {
            id: None,
            result: None,
            error: None,
            method: Some(_),
        } => Ok(None),
        _ => bail!("not a result: {}", shown(message)),
    }
}

/// The first number behind a name, however it is quoted.
fn number_behind(message: &[u8], name: &[u8]) -> Option<u32> {
    let rest = &message[memmem::find(message, name)? + name.len()..];
    let start = rest.iter().position(u8::is_ascii_digit)?;
    let digits = rest[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    std::str::from_utf8(&rest[start..start + digits])
        .ok()?
        .parse()
        .ok()
}

fn shown(message: &[u8]) -> String {
    String::from_utf8_lossy(&message[..message.len().min(400)]).into_owned()
}
