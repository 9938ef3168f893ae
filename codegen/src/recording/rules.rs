//! The rules that a recording is held to, each with its name in the printed line.
//!
//! `docs/recordings.md` lists them; a test compares.

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// The file.
    Recording,
    /// The shape of messages.
    Message,
    /// The types of ids.
    Id,
    /// The version of JSON-RPC.
    Jsonrpc,
    /// Methods that there are.
    UnknownMethod,
    /// Params against the model.
    Params,
    /// Results against the model.
    Result,
    /// Declared errors against the model.
    ErrorData,
    /// Requests without an answer.
    Unanswered,
    /// Answers without a request.
    StrayAnswer,
    /// Ids in flight.
    DuplicateId,
    /// How a connection begins.
    Handshake,
    /// What has to be refused.
    NotRefused,
    /// How it is refused.
    RefusalCode,
    /// Gates, both ways.
    Gate,
    /// What a client does not want.
    OptedOut,
    /// Topics.
    NotSubscribed,
    /// The ids of what a server asks.
    ServerRequestId,
    /// What is told of settled requests.
    Resolved,
    /// The order of answers.
    Order,
    /// The end.
    AfterEnd,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 21] = [
        Self::Recording,
        Self::Message,
        Self::Id,
        Self::Jsonrpc,
        Self::UnknownMethod,
        Self::Params,
        Self::Result,
        Self::ErrorData,
        Self::Unanswered,
        Self::StrayAnswer,
        Self::DuplicateId,
        Self::Handshake,
        Self::NotRefused,
        Self::RefusalCode,
        Self::Gate,
        Self::OptedOut,
        Self::NotSubscribed,
        Self::ServerRequestId,
        Self::Resolved,
        Self::Order,
        Self::AfterEnd,
    ];

    /// Its name, which never changes its meaning, and what it asks for.
    fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::Recording => ("recording", "The file is a recording, of this protocol."),
            Self::Message => (
                "message",
                "A message is JSON of the shape of a request, a notification or an answer.",
            ),
            Self::Id => ("id", "An id is a string or an integer of 64 bits."),
            Self::Jsonrpc => (
                "jsonrpc",
                "`jsonrpc: \"2.0\"` stands in every message where the protocol is strict, and is sent nowhere else.",
            ),
            Self::UnknownMethod => (
                "unknown-method",
                "The protocol has the method, its sender may send it, and it has an id where it is a request.",
            ),
            Self::Params => ("params", "Params are what the method takes."),
            Self::Result => ("result", "A result is what the method answers."),
            Self::ErrorData => (
                "error-data",
                "The data of a declared error is what the protocol declares.",
            ),
            Self::Unanswered => ("unanswered", "Every request is answered."),
            Self::StrayAnswer => (
                "stray-answer",
                "An answer answers one request of its reader, once.",
            ),
            Self::DuplicateId => ("duplicate-id", "No id is used again before its answer."),
            Self::Handshake => (
                "handshake",
                "The opening request comes first, and once; nothing is told before it.",
            ),
            Self::NotRefused => ("not-refused", "What the protocol does not allow is refused."),
            Self::RefusalCode => ("refusal-code", "A refusal has the code that the protocol says."),
            Self::Gate => ("gate", "Nobody sends what the client has not opted into."),
            Self::OptedOut => ("opted-out", "Nothing is told that the client does not want."),
            Self::NotSubscribed => (
                "not-subscribed",
                "What goes to a topic goes to those who follow it, behind the answer that subscribes them.",
            ),
            Self::ServerRequestId => (
                "server-request-id",
                "A connection is asked once with an id, and others with that id the same.",
            ),
            Self::Resolved => (
                "resolved",
                "That a request is settled is told once, to who was asked.",
            ),
            Self::Order => (
                "order",
                "Requests that the protocol wants one after the other are answered in the order in which they came.",
            ),
            Self::AfterEnd => ("after-end", "Nothing comes after the end of a connection."),
        }
    }

    /// `stray-answer`
    pub fn name(self) -> &'static str {
        self.table().0
    }

    /// What it asks for.
    pub fn purpose(self) -> &'static str {
        self.table().1
    }
}
