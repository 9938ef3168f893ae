//! Exchanges: what goes over the wire for a method, shown in the reference beside it.
//!
//! In: files called after methods, each a list of messages as they go over the wire. Out: the messages of each method.
//! Whether a message is one of the protocol is for tests to say; here it only has to name what the protocol has.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::ir::Protocol;
use crate::suggest;

/// A message of a method, its answer, and what comes of it, in the order in which they cross the wire.
pub type Exchange = Vec<Map<String, Value>>;

/// Exchanges by method.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exchanges(BTreeMap<String, Exchange>);

impl Exchanges {
    /// Reads files, `(path, bytes)`: `thread/start.json` is the exchange of `thread/start`.
    ///
    /// # Errors
    /// A sentence for each file that is no exchange of a method of this protocol, which begins with the path.
    pub fn read(protocol: &Protocol, files: &[(String, Vec<u8>)]) -> Result<Self, Vec<String>> {
        let mut exchanges = BTreeMap::new();
        let mut faults = Vec::new();
        for (path, bytes) in files {
            match exchange(protocol, path, bytes) {
                Ok((method, messages)) => {
                    exchanges.insert(method, messages);
                }
                Err(fault) => faults.push(format!("{path}: {fault}")),
            }
        }
        if faults.is_empty() {
            Ok(Self(exchanges))
        } else {
            Err(faults)
        }
    }

    /// The exchange of a method.
    pub fn of(&self, method: &str) -> Option<&Exchange> {
        self.0.get(method)
    }

    /// Every exchange, sorted by method.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Exchange)> {
        self.0
            .iter()
            .map(|(method, exchange)| (method.as_str(), exchange))
    }
}

fn exchange(protocol: &Protocol, path: &str, bytes: &[u8]) -> Result<(String, Exchange), String> {
    let method = path.strip_suffix(".json").unwrap_or(path);
    known(protocol, method)?;
    let messages: Exchange = serde_json::from_slice(bytes)
        .map_err(|error| format!("a list of messages, each an object, was expected: {error}"))?;
    for (at, message) in messages.iter().enumerate() {
        match message.get("method") {
            Some(Value::String(other)) => known(protocol, other)?,
            Some(_) => return Err(format!("`method` of [{at}] is no string")),
            None if message.contains_key("id") => {}
            None => return Err(format!("[{at}] has neither `method` nor `id`")),
        }
    }
    match messages.first().and_then(|message| message.get("method")) {
        Some(Value::String(first)) if first == method => Ok((method.to_owned(), messages)),
        _ => Err(format!("the first message is not one of `{method}`")),
    }
}

fn known(protocol: &Protocol, method: &str) -> Result<(), String> {
    if protocol.methods.contains_key(method) {
        return Ok(());
    }
    let mut fault = format!("there is no method `{method}`");
    if let Some(meant) = suggest::nearest(method, protocol.methods.keys().map(String::as_str)) {
        fault += &format!("; did you mean `{meant}`?");
    }
    Err(fault)
}
