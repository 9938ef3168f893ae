//! A small protocol by hand, and a peer that speaks raw text.
//!
//! In: a router. Out: a [`Wire`] to a connection that serves it over the memory transport. In the tests `over_types` that
//! carries what it can as it is: what a test says is made typed on the way there, and text on the way back.
#![allow(dead_code, unreachable_pub, reason = "each test file uses what it needs")]

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;
use wiregate_runtime::envelope::{self, Message, Outcome};
use wiregate_runtime::json::{self, Decode, Encode, Reader, Writer};
use wiregate_runtime::message::{NoParams, RequestId};
use wiregate_runtime::transport::memory::{self, Memory, MemorySink, MemorySource};
use wiregate_runtime::transport::{Source, Transport};
use wiregate_runtime::{
    Delivery, FromTyped, GateInfo, HandshakeInfo, Key, Limits, Method, MethodInfo, MethodKind, Notification,
    Peer, Place, ProtocolInfo, Request, Router, RpcError, Server, Side, Typed, key,
};

/// Whether messages are carried as they are.
pub const TYPED: bool = matches!(env!("CARGO_CRATE_NAME").as_bytes(), b"over_types");

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A string under the name `text`, and a number under `size` that may be absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Note {
    pub text: String,
    pub size: Option<f64>,
}

impl Note {
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            size: None,
        }
    }
}

impl Encode for Note {
    fn encode(&self, w: &mut Writer) {
        w.begin_object();
        w.member(",\"text\":", &self.text);
        w.optional(",\"size\":", &self.size);
        w.end_object();
    }
}

impl Decode for Note {
    fn blank() -> Self {
        Self::default()
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        let mut fields = r.fields();
        while fields.more() {
            fields.required("text", &mut self.text);
            fields.present("size", &mut self.size);
        }
    }
}

/// As [`Note`], but everything may be absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Maybe {
    pub text: Option<String>,
}

impl Encode for Maybe {
    fn encode(&self, w: &mut Writer) {
        w.begin_object();
        w.optional(",\"text\":", &self.text);
        w.end_object();
    }
}

impl Decode for Maybe {
    fn blank() -> Self {
        Self::default()
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        let mut fields = r.fields();
        while fields.more() {
            fields.optional("text", &mut self.text);
        }
    }
}

macro_rules! methods {
    ($(
        $name:ident $wire:literal $sender:ident $kind:ident($params:ty) $(-> $result:ty)?
        $({ $($field:ident: $value:expr),* })?
        $([$key:ident: $member:ident])?
        $(as $role:ident($place:ident $topic:ident))?
        ;
    )*) => {
        $(
            #[derive(Debug)]
            pub enum $name {}
            impl Method for $name {
                const INFO: MethodInfo = MethodInfo {
                    $($($field: $value,)*)?
                    ..MethodInfo::new(
                        $wire,
                        Side::$sender,
                        MethodKind::$kind,
                        std::mem::size_of::<$params>() > 0,
                    )
                };
                type Params = $params;
                $(const $key: Option<Key<$params>> = Some(|params| key(&params.$member));)?
            }
            methods!(@answer $name $($result)? $(, $role $place $topic)?);
        )*
        static METHODS: &[MethodInfo] = &[$(<$name as Method>::INFO),*];

        /// A request or notification without text; none where it is none of these.
        fn typed_call(method: &str, id: Option<RequestId>, params: &str) -> Option<Typed> {
            match method {
                $($wire => methods!(@typed $name id params $($result)?),)*
                _ => None,
            }
        }
    };
    (@answer $name:ident $result:ty $(, $role:ident $place:ident $topic:ident)?) => {
        impl Request for $name {
            type Result = $result;
            type Error = RpcError;
            $(const $role: Option<Place<Self::Params, $result>> = Some(Place::$place(|value| key(&value.$topic)));)?
        }
    };
    (@answer $name:ident) => {
        impl Notification for $name {}
    };
    (@typed $name:ident $id:ident $params:ident $result:ty) => {
        Some(Typed::request::<$name>($id?, json::from_str($params).ok()?))
    };
    (@typed $name:ident $id:ident $params:ident) => {
        match $id {
            Some(_) => None,
            None => Some(Typed::notification::<$name>(json::from_str($params).ok()?)),
        }
    };
}

methods! {
    Hello "hello" Client Request(Maybe) -> Note;
    Ready "ready" Client Notification(NoParams);
    Echo "note/echo" Client Request(Note) -> Note;
    Any "note/any" Client Request(Maybe) -> Note;
    Plain "note/plain" Client Request(NoParams) -> ();
    Queue "note/queue" Client Request(Note) -> Note { order: true } [ORDER: text];
    Own "note/own" Client Request(Note) -> Note { order: true, order_of_caller: true } [ORDER: text];
    Secret "note/secret" Client Request(NoParams) -> () { gate: Some("lab") };
    Watch "note/watch" Client Request(Note) -> Note { subscribes: true } as SUBSCRIBES(Params text);
    Make "note/make" Client Request(NoParams) -> Note { subscribes: true } as SUBSCRIBES(Result text);
    Unwatch "note/unwatch" Client Request(Note) -> () { unsubscribes: true } as UNSUBSCRIBES(Params text);
    Slow "note/slow" Client Request(Note) -> Note { cancel: true };
    Help "help" Client Request(NoParams) -> () { urgent: true };
    Tell "note/tell" Client Notification(Note);
    Ask "user/ask" Server Request(Note) -> Note;
    AskSecret "user/secret" Server Request(NoParams) -> () { gate: Some("lab") };
    AskTopic "topic/ask" Server Request(Note) -> Note { delivery: Delivery::Topic(&["text"]) } [TOPIC: text];
    AskLab "topic/lab" Server Request(Note) -> Note { gate: Some("lab"), delivery: Delivery::Topic(&["text"]) } [TOPIC: text];
    AskAll "all/ask" Server Request(Note) -> Note { delivery: Delivery::All };
    Changed "note/changed" Server Notification(Note);
    Leaked "note/leaked" Server Notification(Note) { gate: Some("lab") };
    Delta "note/delta" Server Notification(Note) { lossy: true };
    TopicChanged "topic/changed" Server Notification(Note) { delivery: Delivery::Topic(&["text"]) } [TOPIC: text];
    TopicLab "topic/leaked" Server Notification(Note) { gate: Some("lab"), delivery: Delivery::Topic(&["text"]) } [TOPIC: text];
    TopicDelta "topic/delta" Server Notification(Note) { lossy: true, delivery: Delivery::Topic(&["text"]) } [TOPIC: text];
    Closing "closing" Server Notification(Note) { delivery: Delivery::All };
    Resolved "topic/resolved" Server Notification(Note) { delivery: Delivery::Topic(&["topic"]), resolves: Some("id") };
    Missed "missed" Server Notification(Note) { missed: Some("count") };
}

/// A message without text; none where it has to be text.
fn typed(text: &[u8]) -> Option<Typed> {
    match envelope::parse(text, false).ok()? {
        // What opens a connection says more than its type has.
        Message::Request(request) if request.trace.is_none() && request.method != "hello" => {
            let params = request.params.unwrap_or("{}");
            typed_call(&request.method, Some(request.id.value()), params)
        }
        Message::Notification(told) => typed_call(&told.method, None, told.params.unwrap_or("{}")),
        Message::Response(response) => match response.outcome {
            Outcome::Result(text) => {
                let result: Note = json::from_str(text).ok()?;
                Some(Typed::result(response.id?.value(), result))
            }
            Outcome::Error(_) => None,
        },
        Message::Request(_) => None,
    }
}

/// Sends a message, in the form in which it is carried.
pub async fn put(sink: &mut MemorySink, text: &[u8]) -> io::Result<()> {
    match typed(text).filter(|_| TYPED) {
        Some(message) => sink.send_typed(message).await,
        None => sink.send_bytes(text).await,
    }
}

/// Two ends with room for as many messages each way.
pub fn pair(room: usize) -> (Memory<TYPED>, Memory<TYPED>) {
    memory::pair_of(room)
}

/// Some of what the server tells, as one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Notices {
    Changed(Note),
    Delta(Note),
}

impl Decode for Notices {
    fn blank() -> Self {
        Self::Changed(Note::blank())
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        let (mut method, mut params) = (String::new(), Note::blank());
        let mut fields = r.fields();
        while fields.more() {
            fields.required("method", &mut method);
            fields.required("params", &mut params);
        }
        match &*method {
            "note/changed" => *self = Self::Changed(params),
            "note/delta" => *self = Self::Delta(params),
            _ => r.refuse("a method of Notices"),
        }
    }
}

impl FromTyped for Notices {
    fn from_typed(message: Typed) -> Result<Self, json::DecodeError> {
        Ok(match message.method() {
            Some("note/changed") => Self::Changed(message.params()?),
            Some("note/delta") => Self::Delta(message.params()?),
            _ => return message.read(),
        })
    }
}

pub static PROTOCOL: ProtocolInfo = ProtocolInfo {
    name: "Notes",
    version: "1.0.0",
    strict: false,
    handshake: None,
    methods: METHODS,
};

pub static STRICT: ProtocolInfo = ProtocolInfo {
    name: "Notes",
    version: "1.0.0",
    strict: true,
    handshake: None,
    methods: METHODS,
};

pub static WITH_HANDSHAKE: ProtocolInfo = ProtocolInfo {
    name: "Notes",
    version: "1.0.0",
    strict: false,
    handshake: Some(HandshakeInfo {
        opens: "hello",
        completes: Some("ready"),
        opt_out: &["skip"],
        gates: &[GateInfo {
            name: "lab",
            path: &["want", "labApi"],
            member: None,
        }],
    }),
    methods: METHODS,
};

/// A router that answers every request but those of `note/queue`.
pub fn router(protocol: &'static ProtocolInfo) -> Router {
    Router::new(protocol, Side::Server)
        .request::<Hello, _, _>(|_, params: Maybe| async move {
            match params.text.as_deref() {
                Some("refuse me") => Err(RpcError::internal("no")),
                name => Ok(Note::new(name.unwrap_or("stranger"))),
            }
        })
        .request::<Echo, _, _>(|_, params| async move { Ok(params) })
        .request::<Any, _, _>(
            |_, params: Maybe| async move { Ok(Note::new(&params.text.unwrap_or_default())) },
        )
        .request::<Plain, _, _>(|_, _| async { Ok(()) })
        .request::<Watch, _, _>(|_, params| async move { Ok(params) })
        .request::<Unwatch, _, _>(|_, _| async { Ok(()) })
        .request::<Help, _, _>(|_, _| async { Ok(()) })
        .request::<Secret, _, _>(|_, _| async { Ok(()) })
}

/// The other end of a connection, which reads and writes text.
pub struct Wire {
    pub peer: Peer,
    pub run: JoinHandle<io::Result<()>>,
    pub source: MemorySource,
    pub sink: MemorySink,
}

impl Wire {
    pub fn to(router: Router) -> Self {
        Self::with_limits(router, Limits::default())
    }

    pub fn with_limits(router: Router, limits: Limits) -> Self {
        Self::of(&Server::new(router).with_limits(limits))
    }

    /// One more connection of a server.
    pub fn of(server: &Server) -> Self {
        Self::over(server, pair(64))
    }

    pub fn over(server: &Server, (ours, theirs): (Memory<TYPED>, Memory<TYPED>)) -> Self {
        let connection = server.connection(theirs);
        let peer = connection.peer();
        let (source, sink) = ours.split();
        Self {
            peer,
            run: tokio::spawn(connection.run()),
            source,
            sink,
        }
    }

    pub async fn send(&mut self, text: impl AsRef<[u8]>) {
        let sent = put(&mut self.sink, text.as_ref()).await;
        sent.expect("the connection reads");
    }

    /// The next message, as it is written.
    pub async fn text(&mut self) -> String {
        let frame = tokio::time::timeout(PATIENCE, self.source.next(usize::MAX))
            .await
            .expect("something is sent");
        let text = frame
            .expect("memory does not fail")
            .expect("the connection lives");
        String::from_utf8(text).expect("messages are UTF-8")
    }

    pub async fn receive(&mut self) -> Value {
        serde_json::from_str(&self.text().await).expect("messages are JSON")
    }

    pub async fn call(&mut self, text: impl AsRef<[u8]>) -> Value {
        self.send(text).await;
        self.receive().await
    }

    /// Waits until everything that was sent before has been worked through, and gives what came meanwhile.
    pub async fn so_far(&mut self) -> Vec<String> {
        self.send(r#"{"id":"so far","method":"note/plain"}"#).await;
        let mut came = Vec::new();
        loop {
            let text = self.text().await;
            if text == r#"{"id":"so far","result":null}"# {
                return came;
            }
            came.push(text);
        }
    }

    /// Subscribes to a topic.
    pub async fn watch(&mut self, topic: &str) {
        let answer = self
            .call(format!(
                r#"{{"id":"w","method":"note/watch","params":{{"text":"{topic}"}}}}"#
            ))
            .await;
        assert_eq!(answer["id"], "w", "{answer}");
    }

    /// Says that nothing more will come, and gives what the connection still had to say.
    pub async fn end(self) -> Vec<String> {
        let Self {
            peer: _,
            run,
            mut source,
            sink,
        } = self;
        drop(sink);
        let mut rest = Vec::new();
        while let Ok(Some(text)) = source.next(usize::MAX).await {
            rest.push(String::from_utf8(text).expect("messages are UTF-8"));
        }
        let end = tokio::time::timeout(PATIENCE, run)
            .await
            .expect("the connection ends");
        end.expect("the connection does not panic")
            .expect("memory does not fail");
        rest
    }
}

/// A client of [`WITH_HANDSHAKE`] that has introduced itself, with or without the gate.
pub async fn opened(server: &Server, lab: bool) -> Wire {
    let mut wire = Wire::of(server);
    let answer = wire
        .call(format!(
            r#"{{"id":0,"method":"hello","params":{{"want":{{"labApi":{lab}}}}}}}"#
        ))
        .await;
    assert_eq!(answer["result"]["text"], "stranger");
    wire
}

/// What a future brings that does not take long.
pub async fn soon<F: Future>(future: F) -> F::Output {
    let late = tokio::time::timeout(PATIENCE, future).await;
    late.expect("it does not take long")
}

/// Something that never comes.
pub async fn never() -> Infallible {
    std::future::pending().await
}
