//! One line of a recording.
//!
//! In: text that a recorder wrote; `runtime/src/record/file.rs` is the other half. Out: what it tells, or why it cannot be
//! understood, and how to mend it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The newest format of recordings that is read.
const FORMAT: u32 = 1;

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Opens the connection.
    Client,
    /// Waits for clients.
    Server,
}

impl Side {
    /// The other end.
    pub fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// `client` or `server`
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// Which way a message went, as the recording side saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Direction {
    In,
    Out,
}

/// What a line tells.
#[derive(Debug, PartialEq)]
pub(super) enum Line<'t> {
    /// A recording begins.
    Header {
        protocol: Cow<'t, str>,
        version: Cow<'t, str>,
        side: Side,
    },
    /// A connection begins.
    Opened { connection: u64 },
    /// It has ended.
    Closed {
        connection: u64,
        end: End,
        reason: Option<Cow<'t, str>>,
    },
    /// A message.
    Message {
        connection: u64,
        direction: Direction,
        message: Text<'t>,
    },
    /// As many lines are missing here.
    Missing { count: u64 },
}

/// How a connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum End {
    /// All that was asked was answered.
    Answered,
    /// The peer had gone.
    Left,
    /// Something went wrong.
    Failed,
}

/// What went over the wire.
#[derive(Debug, PartialEq)]
pub(super) enum Text<'t> {
    /// Text, JSON or not.
    Text(Cow<'t, str>),
    /// No text at all.
    Bytes,
}

/// Why a line cannot be understood, and what to do about it.
#[derive(Debug, PartialEq)]
pub(super) struct Unclear {
    pub(super) what: String,
    pub(super) help: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members<'t> {
    recording: Option<u32>,
    #[serde(borrow)]
    protocol: Option<Cow<'t, str>>,
    #[serde(borrow)]
    version: Option<Cow<'t, str>>,
    side: Option<Side>,
    connection: Option<u64>,
    direction: Option<Direction>,
    #[serde(borrow)]
    message: Option<&'t RawValue>,
    #[serde(borrow)]
    text: Option<Cow<'t, str>>,
    #[serde(borrow)]
    base64: Option<Cow<'t, str>>,
    event: Option<Event>,
    end: Option<End>,
    #[serde(borrow)]
    reason: Option<Cow<'t, str>>,
    missing: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Event {
    Opened,
    Closed,
}

impl<'t> Line<'t> {
    /// Reads a line.
    pub(super) fn read(text: &'t str) -> Result<Self, Unclear> {
        let members: Members<'t> = serde_json::from_str(text).map_err(|error| {
            if error.is_eof() {
                return unclear(
                    "the line stops in the middle: the process was ended while it wrote",
                    "remove the line; the others are whole",
                );
            }
            unclear(
                &format!("the line is no line of a recording: {error}"),
                "remove the line, or record anew; nothing else may write to the file",
            )
        })?;
        match members {
            Members {
                recording: Some(format),
                protocol: Some(protocol),
                version: Some(version),
                side: Some(side),
                ..
            } => {
                if format > FORMAT {
                    return Err(unclear(
                        &format!(
                            "the format of the recording is {format}, and {FORMAT} is the newest that is read"
                        ),
                        "use the command that comes with the runtime that recorded it",
                    ));
                }
                Ok(Self::Header {
                    protocol,
                    version,
                    side,
                })
            }
            Members {
                missing: Some(count), ..
            } => Ok(Self::Missing { count }),
            Members {
                connection: Some(connection),
                event: Some(event),
                end,
                reason,
                ..
            } => Ok(match event {
                Event::Opened => Self::Opened { connection },
                Event::Closed => Self::Closed {
                    connection,
                    end: end.unwrap_or(End::Left),
                    reason,
                },
            }),
            Members {
                connection: Some(connection),
                direction: Some(direction),
                message,
                text,
                base64,
                ..
            } => {
                let message = match (message, text, base64) {
                    (Some(message), None, None) => Text::Text(Cow::Borrowed(message.get())),
                    (None, Some(text), None) => Text::Text(text),
                    (None, None, Some(_)) => Text::Bytes,
                    _ => {
                        return Err(unclear(
                            "a line of a message has one of `message`, `text` and `base64`",
                            "remove the line, or record anew",
                        ));
                    }
                };
                Ok(Self::Message {
                    connection,
                    direction,
                    message,
                })
            }
            _ => Err(unclear(
                "the line tells neither of a message, nor of a connection, nor of a recording",
                "a message has `connection`, `direction` and `message`; `docs/recordings.md` has the format",
            )),
        }
    }
}

fn unclear(what: &str, help: &'static str) -> Unclear {
    Unclear {
        what: what.to_owned(),
        help,
    }
}
