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
        Messages::read(files).of(protocol)
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

/// What the files of exchanges hold, which can be read before there is a protocol.
#[derive(Debug)]
pub struct Messages<'a>(Vec<(&'a str, serde_json::Result<Exchange>)>);

impl<'a> Messages<'a> {
    /// Reads files, `(path, bytes)`.
    pub fn read(files: &'a [(String, Vec<u8>)]) -> Self {
        let read = |(path, bytes): &'a (String, Vec<u8>)| (path.as_str(), serde_json::from_slice(bytes));
        Self(files.iter().map(read).collect())
    }

    /// What they hold as exchanges of a protocol.
    ///
    /// # Errors
    /// As [`Exchanges::read`].
    pub fn of(self, protocol: &Protocol) -> Result<Exchanges, Vec<String>> {
        let mut exchanges = BTreeMap::new();
        let mut faults = Vec::new();
        for (path, messages) in self.0 {
            match exchange(protocol, path, messages) {
                Ok((method, messages)) => {
                    exchanges.insert(method, messages);
                }
                Err(fault) => faults.push(format!("{path}: {fault}")),
            }
        }
        if faults.is_empty() {
            Ok(Exchanges(exchanges))
        } else {
            Err(faults)
        }
    }
}

fn exchange(
    protocol: &Protocol,
    path: &str,
    messages: serde_json::Result<Exchange>,
) -> Result<(String, Exchange), String> {
    let method = path.strip_suffix(".json").unwrap_or(path);
    known(protocol, method)?;
    let messages =
        messages.map_err(|error| format!("a list of messages, each an object, was expected: {error}"))?;
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
