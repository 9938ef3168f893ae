//! Rust text, line by line.
//!
//! In: lines without indentation. Out: an indented file. A line that opens a bracket at its end indents what follows, one
//! that closes a bracket at its start goes back.
//!
//! Text rather than tokens: parsing and printing the same text with `syn` and `prettyplease` takes more than ten times as
//! long as writing it.

use std::borrow::Cow;
use std::fmt::{self, Write};

/// Emitted lines are wrapped where they would be longer.
const WIDTH: usize = 100;

const INDENT: &str = "    ";

/// Text that grows line by line.
#[derive(Debug, Default)]
pub(super) struct Code {
    text: String,
    depth: usize,
}

/// Adds a line to a [`Code`]: `line!(code, "fn {name}() {{")`.
macro_rules! line {
    ($code:expr, $($format:tt)*) => { $code.line(format_args!($($format)*)) };
}
pub(super) use line;

impl Code {
    /// The text.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Adds a line.
    pub(super) fn line(&mut self, line: fmt::Arguments<'_>) {
        let start = self.text.len();
        self.indent();
        let content = self.text.len();
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(line);
        let line = &self.text.as_bytes()[content..];
        let closes = matches!(line.first(), Some(b'}' | b')' | b']'));
        let opens = matches!(line.last(), Some(b'{' | b'(' | b'['));
        if line.is_empty() {
            self.text.truncate(start);
        }
        if closes && self.depth > 0 {
            self.depth -= 1;
            self.text.replace_range(start..start + INDENT.len(), "");
        }
        self.text.push('\n');
        if opens {
            self.depth += 1;
        }
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.text.push_str(INDENT);
        }
    }

    /// Adds lines that are in their final form.
    pub(super) fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds an empty line.
    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Adds a doc comment.
    pub(super) fn docs(&mut self, docs: &str) {
        self.comment("///", docs);
    }

    /// Adds a doc comment of the file.
    pub(super) fn inner_docs(&mut self, docs: &str) {
        self.comment("//!", docs);
    }

    fn comment(&mut self, mark: &str, docs: &str) {
        for line in docs.lines() {
            self.indent();
            self.text.push_str(mark);
            if !line.is_empty() {
                self.text.push(' ');
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }

    /// Adds items between an opening and a closing text: in one line where they fit, else filling lines of their own.
    pub(super) fn filled(&mut self, open: &str, items: &[impl AsRef<str>], close: &str) {
        if self.fits(open, items, close) {
            return self.in_one_line(open, items, close);
        }
        line!(self, "{open}");
        self.rows(items);
        line!(self, "{close}");
    }

    /// Adds items in lines that they fill.
    pub(super) fn rows(&mut self, items: &[impl AsRef<str>]) {
        let mut row = String::new();
        for item in items {
            let item = item.as_ref();
            if !row.is_empty() && self.depth * 4 + row.len() + item.len() + 2 > WIDTH {
                line!(self, "{row}");
                row.clear();
            }
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(item);
            row.push(',');
        }
        line!(self, "{row}");
    }

    /// As [`Code::filled`], with a line for each item.
    pub(super) fn listed(&mut self, open: &str, items: &[impl AsRef<str>], close: &str) {
        if self.fits(open, items, close) {
            return self.in_one_line(open, items, close);
        }
        line!(self, "{}", open.trim_end());
        for item in items {
            line!(self, "{},", item.as_ref());
        }
        line!(self, "{}", close.trim_start());
    }

    /// Adds the arm of a `match`, in a block of its own where it is long.
    pub(super) fn arm(&mut self, pattern: &str, value: &str) {
        if self.fits(pattern, &[value], " => ") {
            return line!(self, "{pattern} => {value},");
        }
        line!(self, "{pattern} => {{");
        line!(self, "{value}");
        line!(self, "}}");
    }

    fn in_one_line(&mut self, open: &str, items: &[impl AsRef<str>], close: &str) {
        let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
        line!(self, "{open}{}{close}", items.join(", "));
    }

    fn fits(&self, open: &str, items: &[impl AsRef<str>], close: &str) -> bool {
        let items: usize = items.iter().map(|item| item.as_ref().len() + 2).sum();
        self.depth * 4 + open.len() + items + close.len() <= WIDTH
    }
}

/// A Rust string literal.
pub(super) fn quoted(text: &str) -> String {
    if is_plain(text) {
        ["\"", text, "\""].concat()
    } else {
        format!("{text:?}")
    }
}

/// A Rust string literal of the JSON name of a member, as it stands between its quotes.
pub(super) fn member_name(name: &str) -> String {
    ["\"", &*between_quotes(name), "\""].concat()
}

/// A Rust string literal of all that is written before the value of a member: `,"name":`.
pub(super) fn before_value(name: &str) -> String {
    [r#"",\""#, &*between_quotes(name), r#"\":""#].concat()
}

/// A Rust string literal of the beginning of an object that has one member: `{"name":`.
pub(super) fn single(name: &str) -> String {
    [r#""{\""#, &*between_quotes(name), r#"\":""#].concat()
}

/// A Rust string literal of the beginning of an object whose tag stands first, and of what is given with it:
/// `{"tag":"value"`.
pub(super) fn tagged(tag: &str, value: &str, end: &str) -> String {
    let (tag, value) = (between_quotes(tag), between_quotes(value));
    [r#""{\""#, &*tag, r#"\":\""#, &*value, r#"\""#, end, "\""].concat()
}

/// A text as it stands between the quotes of a JSON string that stands in a Rust string literal.
fn between_quotes(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let json = serde_json::Value::from(text).to_string();
    let literal = quoted(&json[1..json.len() - 1]);
    Cow::Owned(literal[1..literal.len() - 1].to_owned())
}

/// Whether a text is the same between quotes, in Rust and in JSON.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
}
