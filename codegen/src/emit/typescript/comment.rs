//! Doc comments as TSDoc.
//!
//! In: the author's comment and marks. Out: the text of a `/** .. */`, or nothing where there is nothing to say.

use crate::ir::{Capability, Delivery, Gate, GateUse, Marks, Protocol};

/// A comment under construction.
#[derive(Debug, Default)]
pub(super) struct Comment {
    text: String,
    tags: Vec<String>,
}

impl Comment {
    /// A comment of the author's words alone.
    pub(super) fn new(docs: &str) -> Self {
        Self {
            text: docs.trim().to_owned(),
            tags: Vec::new(),
        }
    }

    /// A comment of the author's words and marks.
    pub(super) fn marked(docs: &str, marks: &Marks, protocol: &Protocol) -> Self {
        let mut comment = Self::new(docs);
        if marks.legacy {
            comment.tag("remarks", "Legacy: kept for old clients.");
        }
        if let Some(version) = &marks.since {
            comment.tag("since", version);
        }
        if let Some(gate) = &marks.gate {
            comment.tag("experimental", &gate_text(gate, protocol));
        }
        if let Some(reason) = &marks.deprecated {
            comment.tag("deprecated", reason);
        }
        comment
    }

    /// Adds a block tag: `@default`, with what follows it.
    pub(super) fn tag(&mut self, name: &str, text: &str) {
        self.tags
            .push(wrap(format!("@{name} {}", text.trim()).trim_end()));
    }

    /// Adds a paragraph of ours after what is there.
    pub(super) fn paragraph(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text += "\n\n";
        }
        self.text += &wrap(text);
    }

    /// Whether there is nothing to say.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.tags.is_empty()
    }

    /// The comment, indented by so many levels, without a line break at the end; empty where there is nothing to say.
    pub(super) fn text(&self, level: usize) -> String {
        if self.is_empty() {
            return String::new();
        }
        let indent = "  ".repeat(level);
        let mut lines: Vec<String> = self.text.lines().map(escape).collect();
        if self.tags.is_empty() && lines.len() == 1 {
            return format!("{indent}/** {} */", lines[0]);
        }
        if lines.is_empty() && self.tags.len() == 1 && !self.tags[0].contains('\n') {
            return format!("{indent}/** {} */", close(&self.tags[0]));
        }
        if !lines.is_empty() && !self.tags.is_empty() {
            lines.push(String::new());
        }
        lines.extend(self.tags.iter().flat_map(|tag| tag.lines().map(close)));
        let mut text = format!("{indent}/**\n");
        for line in lines {
            text += format!("{indent} * {line}").trim_end();
            text.push('\n');
        }
        text + &format!("{indent} */")
    }

    /// The comment as lines before what it explains: with a line break at the end, if there is anything to say.
    pub(super) fn before(&self, level: usize) -> String {
        let mut text = self.text(level);
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }
}

/// Who gets a notification, or is asked.
pub(super) fn delivery_text(delivery: &Delivery) -> String {
    match delivery {
        Delivery::All => "Sent to every connection.".to_owned(),
        Delivery::Caller => "Sent to the connection whose request it belongs to.".to_owned(),
        Delivery::Topic { path } => format!("Sent to the subscribers of `{}`.", path.join(".")),
    }
}

fn gate_text(used: &GateUse, protocol: &Protocol) -> String {
    let Some(gate) = protocol.gates.get(&used.name) else {
        return used.name.clone();
    };
    let mut text = format!("Needs {}: {}.", opt_in(gate, protocol), sentence(&gate.reason));
    if let Some(otherwise) = &used.otherwise {
        text += &format!(" A connection without it is sent `{otherwise}` instead.");
    }
    text
}

fn opt_in(gate: &Gate, protocol: &Protocol) -> String {
    let Capability { path, member } = &gate.capability;
    let place = path.join(".");
    let opens = protocol
        .handshake
        .as_ref()
        .map(|handshake| format!(" in the params of `{}`", handshake.opens))
        .unwrap_or_default();
    match member {
        None => format!("`{place}: true`{opens}"),
        Some(member) => format!("`{member:?}` among `{place}`{opens}"),
    }
}

/// `text` in lines of readable length, cut at spaces; lines of the author stay where they are shorter.
fn wrap(text: &str) -> String {
    const WIDTH: usize = 110;
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut current = String::new();
        for word in line.split(' ') {
            if !current.is_empty() && current.len() + 1 + word.len() > WIDTH {
                lines.push(std::mem::take(&mut current));
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current += word;
        }
        lines.push(current);
    }
    lines.join("\n")
}

/// `reason` without its full stop, so that it can end one of ours.
fn sentence(reason: &str) -> &str {
    reason.trim().trim_end_matches('.')
}

/// A line of the author's text: no tag begins and no comment ends in it.
fn escape(line: &str) -> String {
    let line = close(line);
    if line.trim_start().starts_with('@') {
        return line.replacen('@', "\\@", 1);
    }
    line
}

fn close(line: &str) -> String {
    line.replace("*/", "*\\/")
}
