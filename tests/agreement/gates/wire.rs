//! A server of everything, and clients that speak JSON to it.
//!
//! In: the emitted method types, listed by `build.rs`, and what the server is to say. Out: what goes over the wire. The server
//! answers each request with the result or error that it was told; what is refused comes before it is asked.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;
use wiregate_codegen::ir::{DefName, Gate, Protocol};
use wiregate_runtime::json::{from_str, to_string};
use wiregate_runtime::transport::memory::{self, MemorySink, MemorySource};
use wiregate_runtime::transport::{Sink, Source, Transport};
use wiregate_runtime::{
    CallError, Hub, Json, Method, MethodKind, Notification, Peer, ProtocolInfo, Request, Router, RpcError,
    Server, Side,
};

use super::Open;
use super::values::Maker;
use crate::repository::APP_SERVER;

/// A method of an emitted crate.
pub(crate) struct Handle {
    wire: &'static str,
    serve: fn(Router, Stage) -> Router,
    notify: fn(&Peer, &str),
    tell: fn(&Hub, &str),
    ask: fn(&Peer, &str) -> Asking,
}

/// A request of the server, which brings the result as it would be written.
pub(crate) type Asking = Pin<Box<dyn Future<Output = Result<String, CallError>> + Send>>;

impl Handle {
    fn of<M: Method>() -> Self {
        Self {
            wire: M::NAME,
            serve: |router, _| router,
            notify: |_, _| panic!("{} is no notification of the server", M::NAME),
            tell: |_, _| panic!("{} is no notification of the server", M::NAME),
            ask: |_, _| panic!("{} is no request of the server", M::NAME),
        }
    }

    fn client_request<M>() -> Self
    where
        M: Request,
        M::Error: From<RpcError>,
    {
        Self {
            serve: |router, stage| {
                router.request::<M, _, _>(move |cx, _| {
                    let mut stage = stage.lock();
                    stage.taken.push(M::NAME);
                    if let Some(topic) = &stage.topic {
                        cx.subscribe(topic);
                    }
                    let answer = stage.answers.get(M::NAME).unwrap_or_else(|| panic!("no answer"));
                    let answer = match answer {
                        Ok(result) => Ok(read::<M::Result>(result)),
                        Err(error) => Err(error.clone().into()),
                    };
                    async move { answer }
                })
            },
            ..Self::of::<M>()
        }
    }

    fn client_notification<M: Notification>() -> Self {
        Self {
            serve: |router, stage| {
                router.notification::<M, _, _>(move |_, _| {
                    stage.lock().taken.push(M::NAME);
                    async {}
                })
            },
            ..Self::of::<M>()
        }
    }

    fn server_request<M: Request>() -> Self {
        Self {
            ask: |peer, params| {
                let call = peer.request::<M>(read(params));
                Box::pin(async move { Ok(to_string(&call.await?).expect("it was read")) })
            },
            ..Self::of::<M>()
        }
    }

    fn server_notification<M: Notification>() -> Self {
        Self {
            // It is queued at once, or withheld.
            notify: |peer, params| drop(peer.notify::<M>(read(params))),
            tell: |hub, params| drop(hub.notify::<M>(read(params))),
            ..Self::of::<M>()
        }
    }
}

/// A value of what a method carries; none is written as null, where a method has no params.
fn read<T: wiregate_runtime::json::Decode>(text: &str) -> T {
    from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What the server is to say, and what it was told.
#[derive(Clone, Default)]
pub(crate) struct Stage(Arc<Mutex<Said>>);

#[derive(Default)]
pub(crate) struct Said {
    /// By method.
    pub(crate) answers: HashMap<&'static str, Result<String, RpcError>>,
    /// What a caller becomes a subscriber of.
    pub(crate) topic: Option<Json>,
    /// The methods that were served.
    pub(crate) taken: Vec<&'static str>,
}

impl Stage {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Said> {
        self.0.lock().expect("nobody panics with it")
    }
}

/// A server of all methods of a protocol.
pub(crate) struct Served {
    pub(crate) stage: Stage,
    server: Server,
    handles: HashMap<&'static str, Handle>,
    pub(crate) model: &'static Protocol,
    least: Maker<'static>,
}

impl Served {
    #[allow(deprecated, reason = "what is deprecated is still served")]
    pub(crate) fn new(model: &'static Protocol) -> Self {
        let (handles, protocol): (Vec<Handle>, &'static ProtocolInfo) = if model.name == APP_SERVER.model.name
        {
            (
                include!(concat!(env!("OUT_DIR"), "/app_server_protocol.rs")),
                &app_server_protocol::methods::PROTOCOL,
            )
        } else {
            (
                include!(concat!(env!("OUT_DIR"), "/foundry_protocol.rs")),
                &foundry_protocol::methods::PROTOCOL,
            )
        };
        assert_eq!(handles.len(), model.methods.len());
        let stage = Stage::default();
        let router = handles
            .iter()
            .fold(Router::new(protocol, Side::Server), |router, handle| {
                (handle.serve)(router, stage.clone())
            });
        let this = Self {
            stage,
            server: Server::new(router),
            handles: handles.into_iter().map(|handle| (handle.wire, handle)).collect(),
            model,
            least: Maker::new(model),
        };
        for info in protocol.methods {
            if info.sender == Side::Client && info.kind == MethodKind::Request {
                this.answer_least(info.name);
            }
        }
        this
    }

    /// Has the server answer a method as briefly as it can.
    pub(crate) fn answer_least(&self, wire: &str) {
        let result = self.least(self.model.methods[wire].result.as_ref());
        self.answer(wire, Ok(result.to_string()));
    }

    pub(crate) fn answer(&self, wire: &str, answer: Result<String, RpcError>) {
        self.stage.lock().answers.insert(self.handle(wire).wire, answer);
    }

    /// The smallest value of a definition; null where there is none.
    pub(crate) fn least(&self, name: Option<&DefName>) -> Value {
        name.map_or(Value::Null, |name| self.least.least(name))
    }

    pub(crate) fn handle(&self, wire: &str) -> &Handle {
        &self.handles[wire]
    }

    /// The params with which a client opens the gates, and what else it says.
    pub(crate) fn opening(&self, mut params: Value, open: &Open<'_>) -> Value {
        for (_, gate) in self
            .model
            .gates
            .iter()
            .filter(|(name, _)| open.contains(name.as_str()))
        {
            opt_in(&mut params, gate);
        }
        params
    }

    /// A client that has opened these gates.
    pub(crate) async fn client(&self, open: &Open<'_>) -> Client {
        let mut client = self.stranger();
        if let Some(handshake) = &self.model.handshake {
            let params = self.least(self.model.methods[&handshake.opens].params.as_ref());
            let answer = client.call(&handshake.opens, self.opening(params, open)).await;
            assert!(answer.get("result").is_some(), "the handshake: {answer}");
            if let Some(completes) = &handshake.completes {
                client.send(json!({ "method": completes })).await;
            }
        }
        client
    }

    /// A client that has said nothing yet.
    pub(crate) fn stranger(&self) -> Client {
        let (ours, theirs) = memory::pair();
        let connection = self.server.connection(theirs);
        let peer = connection.peer();
        let task = tokio::spawn(async move { drop(connection.run().await) });
        let (source, sink) = ours.split();
        Client {
            peer,
            source,
            sink,
            task,
            strict: self.model.envelope.strict,
            last: 0,
            told: Vec::new(),
        }
    }
}

impl Handle {
    pub(crate) fn notify(&self, peer: &Peer, params: &Value) {
        (self.notify)(peer, &params.to_string());
    }

    /// Tells all whom the protocol names.
    pub(crate) fn tell(&self, served: &Served, params: &Value) {
        (self.tell)(served.server.hub(), &params.to_string());
    }

    pub(crate) fn ask(&self, peer: &Peer, params: &Value) -> Asking {
        (self.ask)(peer, &params.to_string())
    }
}

/// Says in the params of the handshake that a gate is to be opened.
fn opt_in(params: &mut Value, gate: &Gate) {
    let mut at = params;
    for name in &gate.capability.path {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[name.as_str()];
    }
    match (&gate.capability.member, at) {
        (None, at) => *at = json!(true),
        (Some(member), Value::Array(list)) => list.push(json!(member)),
        (Some(member), at) => *at = json!([member]),
    }
}

/// A connection, from its other end.
pub(crate) struct Client {
    /// As the server sees it.
    pub(crate) peer: Peer,
    source: MemorySource,
    sink: MemorySink,
    task: JoinHandle<()>,
    strict: bool,
    last: u64,
    /// What came that was no answer to a call.
    told: Vec<Value>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Client {
    pub(crate) async fn send(&mut self, mut message: Value) {
        if self.strict {
            message["jsonrpc"] = json!("2.0");
        }
        // No params are said by no member.
        if message["params"].is_null() {
            message
                .as_object_mut()
                .expect("it is an object")
                .shift_remove("params");
        }
        self.sink
            .send(&message.to_string())
            .await
            .expect("the server is there");
    }

    async fn next(&mut self) -> Value {
        let message = self.source.next(usize::MAX).await.expect("the server is there");
        serde_json::from_slice(&message.expect("the server is there")).expect("it writes JSON")
    }

    /// The answer to a request.
    pub(crate) async fn call(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let id = self.last;
        self.send(json!({ "id": id, "method": method, "params": params }))
            .await;
        loop {
            let message = self.next().await;
            if message.get("method").is_none() && message["id"] == json!(id) {
                return message;
            }
            self.told.push(message);
        }
    }

    /// The next request or notification of this method.
    pub(crate) async fn told(&mut self, method: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["method"] == json!(method) {
                return message;
            }
        }
    }

    /// All that came since the last time, of this method.
    pub(crate) async fn told_so_far(&mut self, method: &str) -> Vec<Value> {
        // What is asked last is answered last, though nobody serves it.
        self.call("no such method", Value::Null).await;
        let mut told = std::mem::take(&mut self.told);
        told.retain(|message| message["method"] == json!(method));
        told
    }
}
