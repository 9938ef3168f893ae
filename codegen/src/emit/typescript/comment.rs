//! Doc comments as TSDoc.
//!
//! In: the author's comment and marks. Out: the text of a `/** .. */`, or nothing where there is nothing to say.

use std::borrow::Cow;

use crate::ir::{Capability, Delivery, Gate, GateUse, Marks, Protocol};

/// A comment under construction.
#[derive(Debug, Default)]
pub(super) struct Comment<'a> {
    text: Cow<'a, str>,
    tags: Vec<String>,
}

impl<'a> Comment<'a> {
    /// A comment of the author's words alone.
    pub(super) fn new(docs: &'a str) -> Self {
        Self {
            text: docs.trim().into(),
            tags: Vec::new(),
        }
    }

    /// A comment of the author's words and marks.
    pub(super) fn marked(docs: &'a str, marks: &Marks, protocol: &Protocol) -> Self {
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
        let before = self.text.to_mut();
        if !before.is_empty() {
            before.push_str("\n\n");
        }
        before.push_str(&wrap(text));
    }

    /// Whether there is nothing to say.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.tags.is_empty()
    }

    /// The comment, indented by so many levels, without a line break at the end; empty where there is nothing to say.
    pub(super) fn text(&self, level: usize) -> String {
        let mut text = self.before(level);
        text.truncate(text.trim_end().len());
        text
    }

    /// The comment as lines before what it explains: with a line break at the end, if there is anything to say.
    pub(super) fn before(&self, level: usize) -> String {
        let mut text = String::new();
        self.write_before(level, &mut text);
        text
    }

    /// Adds what [`Comment::before`] gives.
    pub(super) fn write_before(&self, level: usize, out: &mut String) {
        if self.is_empty() {
            return;
        }
        let words = !self.text.is_empty();
        if let (true, []) = (one_line(&self.text), self.tags.as_slice()) {
            one(level, &escape(&self.text), out);
        } else if let (false, [tag]) = (words, self.tags.as_slice())
            && one_line(tag)
        {
            one(level, &close(tag), out);
        } else {
            indent(level, out);
            out.push_str("/**\n");
            self.text.lines().for_each(|text| line(level, &escape(text), out));
            if words && !self.tags.is_empty() {
                line(level, "", out);
            }
            let tags = self.tags.iter().flat_map(|tag| tag.lines());
            tags.for_each(|tag| line(level, &close(tag), out));
            indent(level, out);
            out.push_str(" */\n");
        }
    }
}

fn one_line(text: &str) -> bool {
    !text.is_empty() && !text.contains('\n')
}

/// A comment of one line.
fn one(level: usize, text: &str, out: &mut String) {
    indent(level, out);
    out.push_str("/** ");
    out.push_str(text);
    out.push_str(" */\n");
}

/// A line of a longer one.
fn line(level: usize, text: &str, out: &mut String) {
    indent(level, out);
    out.push_str(" * ");
    out.push_str(text);
    out.truncate(out.trim_end().len());
    out.push('\n');
}

fn indent(level: usize, out: &mut String) {
    (0..level).for_each(|_| out.push_str("  "));
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
fn escape(line: &str) -> Cow<'_, str> {
    let line = close(line);
    if line.trim_start().starts_with('@') {
        return line.replacen('@', "\\@", 1).into();
    }
    line
}

fn close(line: &str) -> Cow<'_, str> {
    if line.contains("*/") {
        line.replace("*/", "*\\/").into()
    } else {
        line.into()
    }
}
