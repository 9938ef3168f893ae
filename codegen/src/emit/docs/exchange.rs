//! The exchange of one method, as an example of it.
//!
//! In: messages in the order in which they cross the wire. Out: a block of JSON for each, with who sends it, and links
//! between the methods that meet in it.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::link::Page;
use crate::emit::json::write_text;
use crate::exchanges::{Exchange, Exchanges};
use crate::ir::{MethodKind, Protocol, Visibility};

/// How wide a line of JSON may be.
const WIDTH: usize = 100;

/// The methods whose exchanges show a message of another method, by that method.
pub(super) fn seen_in(exchanges: &Exchanges) -> HashMap<&str, Vec<&str>> {
    let mut seen: HashMap<&str, Vec<&str>> = HashMap::new();
    for (method, exchange) in exchanges.iter() {
        let mut found = HashSet::new();
        for other in exchange.iter().filter_map(method_of) {
            if other != method && found.insert(other) {
                seen.entry(other).or_default().push(method);
            }
        }
    }
    seen
}

/// The exchange, and where else the method is seen.
pub(super) fn part(page: &Page<'_>, method: &str) -> String {
    let mut text = String::new();
    let exchange = page.exchanges.of(method);
    if let Some(exchange) = exchange {
        text += &sequence(page, exchange);
    }
    let elsewhere: Vec<_> = page
        .seen_in
        .get(method)
        .into_iter()
        .flatten()
        .filter(|method| is_shown(page.protocol, method))
        .map(|method| page.method(method))
        .collect();
    if !elsewhere.is_empty() {
        text += &format!("**See also:** the example of {}.\n\n", elsewhere.join(", of "));
    }
    for (at, message) in exchange.into_iter().flatten().enumerate() {
        let refused = message.contains_key("method") && exchange.is_some_and(|all| is_refused(all, message));
        let lead = match at {
            0 => "**Example:** t",
            _ if refused => "**Refused:** t",
            _ => "T",
        };
        text += &format!(
            "{lead}he {} {}:\n\n```json\n{}\n```\n\n",
            sender(page.protocol, exchange.into_iter().flatten(), message),
            deed(message),
            pretty(message)
        );
    }
    text
}

/// What comes after what, where more follows than the answer. What is refused has no part in it.
fn sequence(page: &Page<'_>, exchange: &Exchange) -> String {
    let asked = |answer: &Map<String, Value>| exchange.iter().find(|each| asks(each, answer.get("id")));
    let mut steps: Vec<String> = Vec::new();
    let mut methods = HashSet::new();
    for message in exchange.iter().filter(|message| !is_refused(exchange, message)) {
        let step = if let Some(method) = method_of(message) {
            methods.insert(method);
            page.method(method)
        } else {
            let asked = asked(message).and_then(method_of);
            format!("answer to `{}`", asked.unwrap_or_default())
        };
        if steps.last() != Some(&step) {
            steps.push(step);
        }
    }
    if methods.len() < 2 {
        return String::new();
    }
    format!("**Sequence:** {}\n\n", steps.join(" → "))
}

/// Whether a message is refused, or refuses.
fn is_refused(exchange: &Exchange, message: &Map<String, Value>) -> bool {
    message.contains_key("error")
        || exchange
            .iter()
            .any(|answer| answer.contains_key("error") && asks(message, answer.get("id")))
}

fn sender<'a>(
    protocol: &Protocol,
    exchange: impl Iterator<Item = &'a Map<String, Value>>,
    message: &Map<String, Value>,
) -> &'static str {
    let client = |message: &Map<String, Value>| {
        let method = method_of(message).and_then(|method| protocol.methods.get(method));
        method.is_some_and(|method| {
            matches!(
                method.kind,
                MethodKind::ClientRequest | MethodKind::ClientNotification
            )
        })
    };
    let by_client = if message.contains_key("method") {
        client(message)
    } else {
        // Whoever was asked answers.
        let mut exchange = exchange;
        !exchange
            .find(|asked| asks(asked, message.get("id")))
            .is_some_and(client)
    };
    if by_client { "client" } else { "server" }
}

fn deed(message: &Map<String, Value>) -> &'static str {
    if message.contains_key("method") {
        "sends"
    } else if message.contains_key("error") {
        "refuses"
    } else {
        "answers"
    }
}

fn asks(message: &Map<String, Value>, id: Option<&Value>) -> bool {
    message.contains_key("method") && id.is_some() && message.get("id") == id
}

fn method_of(message: &Map<String, Value>) -> Option<&str> {
    message.get("method").and_then(Value::as_str)
}

fn is_shown(protocol: &Protocol, method: &str) -> bool {
    let method = protocol.methods.get(method);
    method.is_some_and(|method| method.marks.visibility != Visibility::OnlyRust)
}

/// JSON with what fits on a line on one line.
fn pretty(message: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_object(message, 0, 0, &mut text);
    text
}

/// Writes `value` where a line is `indent` deep, and already `before` wide beyond that.
fn write(value: &Value, indent: usize, before: usize, text: &mut String) {
    match value {
        Value::Array(elements) if !elements.is_empty() => {
            if fits(indent + before, text, |text| write_line(value, text)) {
                return;
            }
            text.push('[');
            for (at, element) in elements.iter().enumerate() {
                separate(at, indent + 2, text);
                write(element, indent + 2, 0, text);
            }
            line_break(indent, text);
            text.push(']');
        }
        Value::Object(members) if !members.is_empty() => write_object(members, indent, before, text),
        _ => write_line(value, text),
    }
}

fn write_object(members: &Map<String, Value>, indent: usize, before: usize, text: &mut String) {
    if fits(indent + before, text, |text| write_object_line(members, text)) {
        return;
    }
    text.push('{');
    for (at, (name, value)) in members.iter().enumerate() {
        separate(at, indent + 2, text);
        let begin = text.len();
        write_name(name, text);
        let wide = text[begin..].chars().count();
        write(value, indent + 2, wide, text);
    }
    line_break(indent, text);
    text.push('}');
}

/// Writes a line, and takes it back where it is too long after what is `before` it. A comma may follow.
fn fits(before: usize, text: &mut String, write: impl FnOnce(&mut String)) -> bool {
    let begin = text.len();
    write(text);
    let fits = before + text[begin..].chars().count() < WIDTH;
    if !fits {
        text.truncate(begin);
    }
    fits
}

/// Begins the line of an element or a member, which is the one at `at`.
fn separate(at: usize, indent: usize, text: &mut String) {
    if at > 0 {
        text.push(',');
    }
    line_break(indent, text);
}

fn line_break(indent: usize, text: &mut String) {
    text.push('\n');
    (0..indent).for_each(|_| text.push(' '));
}

/// `{ "path": "/tmp", "list": [1, 2] }`
fn write_line(value: &Value, text: &mut String) {
    match value {
        Value::Array(elements) => {
            let mut before = "[";
            for element in elements {
                text.push_str(before);
                before = ", ";
                write_line(element, text);
            }
            text.push_str(if elements.is_empty() { "[]" } else { "]" });
        }
        Value::Object(members) => write_object_line(members, text),
        Value::String(string) => write_text(string, text),
        plain => *text += &plain.to_string(),
    }
}

fn write_object_line(members: &Map<String, Value>, text: &mut String) {
    let mut before = "{ ";
    for (name, value) in members {
        text.push_str(before);
        before = ", ";
        write_name(name, text);
        write_line(value, text);
    }
    text.push_str(if members.is_empty() { "{}" } else { " }" });
}

fn write_name(name: &str, text: &mut String) {
    write_text(name, text);
    text.push_str(": ");
}
