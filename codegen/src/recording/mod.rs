//! Is a recording of what went over the wire what the protocol says?
//!
//! In: the lines of a recording, and the model. Out: each violation as soon as it shows, and whose fault it is; at the end, what
//! there was. What is kept is bounded by what is in flight.
//!
//! What a recorder sees is not what a server knew: a message is recorded when it comes in, and one that goes out when it is
//! written, which is later than when it was decided on. A rule reports only what no such delay explains.

mod connection;
mod envelope;
mod line;
mod rules;
mod serving;
mod telling;

use std::collections::{HashMap, HashSet, VecDeque};
use std::io::{self, BufRead};

use serde::Serialize;

use crate::ir::Protocol;

use connection::Connection;
use line::{Direction, Line, Text};

pub use line::Side;
pub use rules::Rule;

/// The longest line that is read, in bytes.
const LONGEST: u64 = 2 << 30;

/// How many connections that have ended are remembered, to tell what comes after the end.
const REMEMBERED: usize = 1024;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The line in the recording, from 1.
    pub line: usize,
    /// What it breaks.
    pub rule: Rule,
    /// Whose fault it is; none where it is that of the file.
    pub by: Option<Side>,
    /// Whether it is no violation: it may be one, and this recording cannot tell.
    pub note: bool,
    /// What is wrong, with the path in the message.
    pub text: String,
    /// Another line that helps to understand it.
    pub see: Option<usize>,
    /// How to mend it, where the file is at fault.
    pub help: Option<&'static str>,
}

/// What there was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Messages.
    pub messages: u64,
    /// Connections.
    pub connections: u64,
    /// Requests, of either side.
    pub requests: u64,
    /// Lines that the recorder could not keep.
    pub missing: u64,
    /// Violations of the client.
    pub by_client: u64,
    /// Violations of the server.
    pub by_server: u64,
    /// What is wrong with the file itself.
    pub in_file: u64,
}

/// Reads a recording.
///
/// # Errors
/// When it cannot be read.
pub fn check(
    protocol: &Protocol,
    mut recording: impl BufRead,
    report: &mut dyn FnMut(&Finding),
) -> io::Result<Summary> {
    let mut check = Check {
        report: Report {
            line: 0,
            found: report,
            summary: Summary::default(),
        },
        shared: Shared {
            protocol,
            side: Side::Server,
            asked: HashMap::new(),
        },
        begun: false,
        gap: false,
        connections: HashMap::new(),
        ended: VecDeque::new(),
    };
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let mut limited = io::Read::take(&mut recording, LONGEST);
        if limited.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        check.report.line += 1;
        match std::str::from_utf8(&bytes) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => check.line(text.trim_end()),
            Err(_) => {
                let help = "remove the line, or record anew; nothing else may write to the file";
                check.report.file("the line is no UTF-8", help);
            }
        }
    }
    check.end_all();
    Ok(check.report.summary)
}

/// Where findings go.
struct Report<'r> {
    line: usize,
    found: &'r mut dyn FnMut(&Finding),
    summary: Summary,
}

impl Report<'_> {
    /// A violation of this line.
    fn violation(&mut self, rule: Rule, by: Side, text: impl Into<String>, see: Option<usize>) {
        self.violation_at(self.line, rule, by, text, see);
    }

    fn violation_at(
        &mut self,
        line: usize,
        rule: Rule,
        by: Side,
        text: impl Into<String>,
        see: Option<usize>,
    ) {
        match by {
            Side::Client => self.summary.by_client += 1,
            Side::Server => self.summary.by_server += 1,
        }
        (self.found)(&Finding {
            line,
            rule,
            by: Some(by),
            note: false,
            text: text.into(),
            see: see.filter(|see| *see != line),
            help: None,
        });
    }

    fn note_at(&mut self, line: usize, rule: Rule, by: Side, text: impl Into<String>) {
        (self.found)(&Finding {
            line,
            rule,
            by: Some(by),
            note: true,
            text: text.into(),
            see: None,
            help: None,
        });
    }

    /// Something is wrong with the file.
    fn file(&mut self, text: impl Into<String>, help: &'static str) {
        self.summary.in_file += 1;
        (self.found)(&Finding {
            line: self.line,
            rule: Rule::Recording,
            by: None,
            note: false,
            text: text.into(),
            see: None,
            help: Some(help),
        });
    }
}

/// What the connections of a recording share.
struct Shared<'a> {
    protocol: &'a Protocol,
    /// Who recorded.
    side: Side,
    /// What the server asks, while it is open on some connection.
    asked: HashMap<envelope::Id, Question>,
}

/// A request of the server, which may be open on several connections.
struct Question {
    line: usize,
    method: String,
    topic: Option<String>,
    /// On how many.
    open: usize,
}

struct Check<'a, 'r> {
    report: Report<'r>,
    shared: Shared<'a>,
    /// Whether there was a first line.
    begun: bool,
    /// Whether lines are missing, so that not every beginning was seen.
    gap: bool,
    connections: HashMap<u64, Connection<'a>>,
    /// The connections that ended last, and where.
    ended: VecDeque<(u64, usize)>,
}

impl Check<'_, '_> {
    fn line(&mut self, text: &str) {
        let line = match Line::read(text) {
            Ok(line) => line,
            Err(unclear) => return self.report.file(unclear.what, unclear.help),
        };
        if !self.begun && !matches!(line, Line::Header { .. }) {
            let help = "record with the file recorder, whose first line says protocol, version and side";
            self.report
                .file("the recording does not begin with its first line", help);
        }
        self.begun = true;
        match line {
            Line::Header {
                protocol,
                version,
                side,
            } => self.begin(&protocol, &version, side),
            Line::Missing { count } => {
                self.report.summary.missing += count;
                self.gap = true;
                self.connections.values_mut().for_each(Connection::lose_sight);
            }
            Line::Opened { connection } => {
                if self.connections.contains_key(&connection) {
                    let help = "record anew: each connection begins once";
                    self.report
                        .file(format!("connection {connection} begins again"), help);
                }
                self.connection(connection, self.gap);
            }
            Line::Closed {
                connection,
                end,
                reason,
            } => {
                if let Some(mut open) = self.connections.remove(&connection) {
                    open.end(Some(end), reason.as_deref(), &mut self.shared, &mut self.report);
                    self.ended.push_back((connection, self.report.line));
                    if self.ended.len() > REMEMBERED {
                        self.ended.pop_front();
                    }
                }
            }
            Line::Message {
                connection,
                direction,
                message,
            } => self.message(connection, direction, message),
        }
    }

    fn begin(&mut self, protocol: &str, version: &str, side: Side) {
        // Another run appends to the same file: the process that wrote before is gone.
        self.end_all();
        self.gap = false;
        self.ended.clear();
        self.shared.side = side;
        let model = self.shared.protocol;
        if protocol != model.name {
            self.report.file(
                format!(
                    "the recording is of protocol `{protocol}`, not of `{}`",
                    model.name
                ),
                "name the protocol that was recorded: `--idl DIR`, or its model with `--protocol FILE`",
            );
        } else if version != model.version {
            self.report.file(
                format!(
                    "the recording is of version {version}, and the protocol says {}",
                    model.version
                ),
                "check it against the model of that version: `--protocol FILE`",
            );
        }
    }

    fn message(&mut self, connection: u64, direction: Direction, message: Text<'_>) {
        self.report.summary.messages += 1;
        let ours = direction == Direction::Out;
        let sender = if ours {
            self.shared.side
        } else {
            self.shared.side.other()
        };
        let ended = self.ended.iter().rev().find(|(ended, _)| *ended == connection);
        if let Some((_, end)) = ended.copied() {
            let text = format!("a message on connection {connection}, which has ended");
            let side = self.shared.side;
            return self.report.violation(Rule::AfterEnd, side, text, Some(end));
        }
        if !self.connections.contains_key(&connection) {
            self.connection(connection, self.gap);
        }
        if let Some(open) = self.connections.get_mut(&connection) {
            open.message(sender, ours, &message, &mut self.shared, &mut self.report);
        }
    }

    fn connection(&mut self, connection: u64, gap: bool) {
        self.report.summary.connections += 1;
        let mut open = Connection::new(self.shared.protocol);
        if gap {
            open.lose_sight();
        }
        self.connections.insert(connection, open);
    }

    /// The recording ends with connections that have not.
    fn end_all(&mut self) {
        let mut open: Vec<_> = self.connections.drain().collect();
        open.sort_by_key(|(connection, _)| *connection);
        for (_, mut connection) in open {
            connection.end(None, None, &mut self.shared, &mut self.report);
        }
        self.shared.asked.clear();
    }
}

/// Names without a repetition, for lookups.
type Names = HashSet<String>;
