//! Messages between two ends of one process: nothing of them is written or read, and each arrives as it was.
//!
//! The values of these tests count who writes, reads and clones them, on the thread of a test.
#![cfg(feature = "tokio")]

mod support;

use std::cell::Cell;

use app_server_protocol::messages::ServerNotification;
use app_server_protocol::v2::{
    AccountRateLimitsUpdatedNotification, FsGetMetadataParams, FsGetMetadataResponse, RateLimitSnapshot,
    RateLimitWindow,
};
use app_server_protocol::{ClientInfo, InitializeParams, InitializeResponse, methods};
use support::soon;
use wiregate_runtime::gates::{Gated, Uses};
use wiregate_runtime::json::{Decode, DecodeError, Encode, Reader, Writer};
use wiregate_runtime::transport::memory;
use wiregate_runtime::{
    AbsolutePath, CallError, Client, Delivery, ErrorCode, FromTyped, GateInfo, HandshakeInfo, Json, Key,
    Limits, Method, MethodInfo, MethodKind, Notification, Notifications, Place, ProtocolInfo, Request,
    Router, RpcError, Server, Side, Typed, Walk, key,
};

thread_local! {
    static WRITTEN: Cell<usize> = const { Cell::new(0) };
    static READ: Cell<usize> = const { Cell::new(0) };
    static CLONED: Cell<usize> = const { Cell::new(0) };
}

/// How often values were written, read and cloned since this was asked last.
fn counts() -> [usize; 3] {
    [WRITTEN.take(), READ.take(), CLONED.take()]
}

/// A value that counts. What stands in `lab` is for who has opened the gate.
#[derive(Debug, Default, PartialEq)]
struct Value {
    topic: String,
    lab: Option<String>,
}

impl Value {
    fn new(topic: &str) -> Self {
        Self {
            topic: topic.to_owned(),
            lab: None,
        }
    }

    fn with_lab(topic: &str) -> Self {
        Self {
            lab: Some("secret".to_owned()),
            ..Self::new(topic)
        }
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        CLONED.set(CLONED.get() + 1);
        Self {
            topic: self.topic.clone(),
            lab: self.lab.clone(),
        }
    }
}

impl Encode for Value {
    fn encode(&self, w: &mut Writer) {
        WRITTEN.set(WRITTEN.get() + 1);
        w.begin_object();
        w.member(",\"topic\":", &self.topic);
        if w.is_open("lab") {
            w.optional(",\"lab\":", &self.lab);
        }
        w.end_object();
    }
}

impl Decode for Value {
    fn blank() -> Self {
        Self::default()
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        READ.set(READ.get() + 1);
        let mut fields = r.fields();
        while fields.more() {
            fields.required("topic", &mut self.topic);
            fields.optional("lab", &mut self.lab);
        }
    }
}

impl Gated for Value {
    fn uses(&self, uses: &mut Uses<'_>) {
        uses.field("lab", "lab", "value.lab", self.lab.is_some());
    }
}

/// The same method's value as another end may know it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Other {
    topic: String,
}

impl Encode for Other {
    fn encode(&self, w: &mut Writer) {
        w.single("{\"topic\":", &self.topic);
    }
}

impl Decode for Other {
    fn blank() -> Self {
        Self::default()
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        let mut fields = r.fields();
        while fields.more() {
            fields.required("topic", &mut self.topic);
        }
    }
}

macro_rules! methods {
    ($($name:ident $wire:literal $sender:ident $kind:ident($params:ty) $(-> $result:ty)? { $($field:ident: $value:expr),* })*) => {
        $(
            #[derive(Debug)]
            enum $name {}
            impl Method for $name {
                const INFO: MethodInfo = MethodInfo {
                    params_gates: &["lab"],
                    result_gates: &["lab"],
                    $($field: $value,)*
                    ..MethodInfo::new($wire, Side::$sender, MethodKind::$kind, true)
                };
                type Params = $params;
                const USES: Option<Walk<$params>> = Some(<$params as Gated>::uses);
                const ORDER: Option<Key<$params>> = Some(|value| key(&value.topic));
                const TOPIC: Option<Key<$params>> = Some(|value| key(&value.topic));
            }
            methods!(@answer $name $($result)?);
        )*
    };
    (@answer $name:ident $result:ty) => {
        impl Request for $name {
            type Result = $result;
            type Error = RpcError;
            const RESULT_USES: Option<Walk<$result>> = Some(<$result as Gated>::uses);
            const SUBSCRIBES: Option<Place<Self::Params, $result>> = Some(Place::Result(|value| key(&value.topic)));
        }
    };
    (@answer $name:ident) => {
        impl Notification for $name {}
    };
}

methods! {
    Swap "swap" Client Request(Value) -> Value { order: true }
    Follow "follow" Client Request(Value) -> Value { subscribes: true }
    Say "say" Client Notification(Value) {}
    Ask "ask" Server Request(Value) -> Value {}
    AskTopic "ask/topic" Server Request(Value) -> Value { delivery: Delivery::Topic(&["topic"]) }
    ToCaller "to/caller" Server Notification(Value) {}
    ToTopic "to/topic" Server Notification(Value) { delivery: Delivery::Topic(&["topic"]) }
    ToAll "to/all" Server Notification(Value) { delivery: Delivery::All }
}

static METHODS: &[MethodInfo] = &[
    Open::INFO,
    Swap::INFO,
    Follow::INFO,
    Say::INFO,
    Ask::INFO,
    AskTopic::INFO,
    ToCaller::INFO,
    ToTopic::INFO,
    ToAll::INFO,
];

/// What opens a connection, and whether it asks for the gate.
#[derive(Clone, Debug, Default, PartialEq)]
struct Opening {
    lab: bool,
}

impl Encode for Opening {
    fn encode(&self, w: &mut Writer) {
        w.single("{\"lab\":", &self.lab);
    }
}

impl Decode for Opening {
    fn blank() -> Self {
        Self::default()
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        let mut fields = r.fields();
        while fields.more() {
            fields.required("lab", &mut self.lab);
        }
    }
}

#[derive(Debug)]
enum Open {}

impl Method for Open {
    const INFO: MethodInfo = MethodInfo::new("open", Side::Client, MethodKind::Request, true);
    type Params = Opening;
}

impl Request for Open {
    type Result = Opening;
    type Error = RpcError;
}

static PROTOCOL: ProtocolInfo = ProtocolInfo {
    name: "Values",
    version: "1.0.0",
    strict: false,
    handshake: Some(HandshakeInfo {
        opens: "open",
        completes: None,
        opt_out: &[],
        gates: &[GateInfo {
            name: "lab",
            path: &["lab"],
            member: None,
        }],
    }),
    methods: METHODS,
};

/// What a server tells, with the method.
#[derive(Debug, PartialEq)]
struct Told(&'static str, Value);

impl Decode for Told {
    fn blank() -> Self {
        Self("", Value::blank())
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        let mut fields = r.fields();
        while fields.more() {
            fields.required("params", &mut self.1);
        }
    }
}

impl FromTyped for Told {
    fn from_typed(message: Typed) -> Result<Self, DecodeError> {
        Ok(Self(message.method().unwrap_or_default(), message.params()?))
    }
}

/// A server whose handlers give back what they get, and tell what they hear.
fn server() -> Server {
    let router = Router::new(&PROTOCOL, Side::Server)
        .request::<Open, _, _>(|_, opening| async move { Ok(opening) })
        .request::<Swap, _, _>(|_, value| async move { Ok(value) })
        .request::<Follow, _, _>(|_, value| async move { Ok(value) })
        .notification::<Say, _, _>(|cx, value| async move { drop(cx.peer().notify::<ToCaller>(value)) });
    Server::new(router)
}

/// A client that has opened its connection, and gives back what it is asked.
async fn client(server: &Server, lab: bool) -> (Client, Notifications) {
    let router = Router::new(&PROTOCOL, Side::Client)
        .request::<Ask, _, _>(|_, value| async move { Ok(value) })
        .request::<AskTopic, _, _>(|_, value| async move { Ok(value) });
    let (near, far) = memory::typed_pair();
    tokio::spawn(server.connection(far).run());
    let (client, told) = Client::connect(near, router, Limits::default());
    let opened = client
        .initialize::<Open>(Opening { lab })
        .await
        .expect("an answer");
    assert_eq!(opened, Opening { lab });
    (client, told)
}

async fn next(told: &mut Notifications) -> Told {
    let next = soon(told.next()).await.expect("the connection lives");
    next.expect("it is known")
}

#[tokio::test]
async fn a_request_and_its_result_are_moved() {
    let server = server();
    let (client, _told) = client(&server, true).await;
    let value = client.peer().request::<Swap>(Value::with_lab("a")).await;
    assert_eq!(value.expect("an answer"), Value::with_lab("a"));
    assert_eq!(counts(), [0, 0, 0]);
}

#[tokio::test]
async fn a_request_of_the_server_and_its_answer_are_moved() {
    let server = server();
    let (_client, _told) = client(&server, true).await;
    let peer = &server.hub().connections()[0];
    let value = peer.request::<Ask>(Value::with_lab("a")).await;
    assert_eq!(value.expect("an answer"), Value::with_lab("a"));
    assert_eq!(counts(), [0, 0, 0]);
}

#[tokio::test]
async fn notifications_are_moved_to_one_and_shared_by_many() {
    let server = server();
    let (first, mut first_told) = client(&server, true).await;
    let (second, mut second_told) = client(&server, true).await;
    first
        .peer()
        .notify::<Say>(Value::new("a"))
        .await
        .expect("it is written");
    assert_eq!(next(&mut first_told).await, Told("to/caller", Value::new("a")));
    assert_eq!(counts(), [0, 0, 0]);

    for client in [&first, &second] {
        client
            .peer()
            .request::<Follow>(Value::new("a"))
            .await
            .expect("an answer");
    }
    server
        .hub()
        .notify::<ToTopic>(Value::new("b"))
        .await
        .expect("nobody follows");
    server
        .hub()
        .notify::<ToTopic>(Value::new("a"))
        .await
        .expect("it is written");
    server
        .hub()
        .notify::<ToAll>(Value::new("c"))
        .await
        .expect("it is written");
    for told in [&mut first_told, &mut second_told] {
        assert_eq!(next(told).await, Told("to/topic", Value::new("a")));
        assert_eq!(next(told).await, Told("to/all", Value::new("c")));
    }
    // The last one who takes a value has it to itself.
    assert_eq!(counts(), [0, 0, 2]);
}

#[tokio::test]
async fn an_open_request_is_kept_as_it_is_for_who_comes_later() {
    let server = server();
    let call = server.hub().request::<AskTopic>(Value::with_lab("a"));
    let (client, _told) = client(&server, true).await;
    client
        .peer()
        .request::<Follow>(Value::new("a"))
        .await
        .expect("an answer");
    assert_eq!(call.await.expect("an answer"), Value::with_lab("a"));
    // One clone: the server keeps the params for who comes after.
    assert_eq!(counts(), [0, 0, 1]);
}

#[tokio::test]
async fn who_has_not_opened_a_gate_gets_the_form_without_it() {
    let server = server();
    let (plain, mut plain_told) = client(&server, false).await;
    let (lab, mut lab_told) = client(&server, true).await;
    for client in [&plain, &lab] {
        client
            .peer()
            .request::<Follow>(Value::new("a"))
            .await
            .expect("an answer");
    }
    counts();
    server
        .hub()
        .notify::<ToTopic>(Value::with_lab("a"))
        .await
        .expect("it is written");
    assert_eq!(next(&mut plain_told).await, Told("", Value::new("a")));
    assert_eq!(next(&mut lab_told).await, Told("to/topic", Value::with_lab("a")));
    // Once for the one, and as it is for the other.
    assert_eq!(counts(), [1, 1, 0]);
    for value in [Value::new("a"), Value::with_lab("a")] {
        let peers = server.hub().connections();
        let peer = peers
            .iter()
            .find(|peer| peer.gates().is_open("lab") == value.lab.is_some());
        let answer = peer
            .expect("it is open")
            .request::<Ask>(Value::with_lab("a"))
            .await;
        assert_eq!(answer.expect("an answer"), value);
    }
}

#[tokio::test]
async fn what_uses_a_closed_gate_is_refused() {
    let server = server();
    let (client, _told) = client(&server, false).await;
    let Err(CallError::Rpc(error)) = client.peer().request::<Swap>(Value::with_lab("a")).await else {
        panic!("the gate is closed")
    };
    assert_eq!(error.message, "value.lab requires lab capability");
    assert_eq!(error.code, ErrorCode::INVALID_REQUEST);
    assert_eq!(counts(), [0, 0, 0]);
}

#[tokio::test]
async fn an_answer_that_uses_a_closed_gate_is_none() {
    let router =
        Router::new(&PROTOCOL, Side::Client).request::<Ask, _, _>(|_, _| async { Ok(Value::with_lab("a")) });
    let server = server();
    let (near, far) = memory::typed_pair();
    tokio::spawn(server.connection(far).run());
    let (client, _told) = Client::connect(near, router, Limits::default());
    client
        .initialize::<Open>(Opening { lab: false })
        .await
        .expect("an answer");
    let answer = server.hub().connections()[0]
        .request::<Ask>(Value::new("a"))
        .await;
    assert!(matches!(answer, Err(CallError::Gated("ask", used)) if used.what == "value.lab"));
}

#[tokio::test]
async fn an_error_arrives_as_it_was() {
    let error = RpcError {
        data: Some(Json::from(serde_json::json!({"why": [1.5]}))),
        ..RpcError::new(ErrorCode(7), "no")
    };
    let answer = error.clone();
    let router = Router::new(&PROTOCOL, Side::Server)
        .request::<Open, _, _>(|_, opening| async move { Ok(opening) })
        .request::<Swap, _, _>(move |_, _| std::future::ready(Err(answer.clone())));
    let (client, _told) = client(&Server::new(router), false).await;
    let Err(CallError::Rpc(found)) = client.peer().request::<Swap>(Value::new("a")).await else {
        panic!("the handler refuses")
    };
    assert_eq!(found, error);
    let Err(CallError::Rpc(found)) = client.peer().request::<Follow>(Value::new("a")).await else {
        panic!("nobody serves it")
    };
    assert_eq!(found.message, "method not found: follow");
}

/// `swap` as an end knows it whose types are others.
#[derive(Debug)]
enum OtherSwap {}

impl Method for OtherSwap {
    const INFO: MethodInfo = Swap::INFO;
    type Params = Other;
}

impl Request for OtherSwap {
    type Result = Other;
    type Error = RpcError;
}

#[tokio::test]
async fn ends_with_other_types_meet_in_the_text() {
    let server = server();
    let (client, _told) = client(&server, true).await;
    let other = Other {
        topic: "a".to_owned(),
    };
    let value = client.peer().request::<OtherSwap>(other.clone()).await;
    assert_eq!(value.expect("an answer"), other);
    assert_eq!(counts(), [1, 1, 0]);
}

#[tokio::test]
async fn values_without_json_form_arrive_and_so_nothing_emitted_is_written() {
    // An integer that JavaScript would round is an error where it is written.
    const LARGE: i64 = i64::MAX;
    let metadata = || FsGetMetadataResponse::new(false, true, LARGE, LARGE);
    let path = || AbsolutePath::new("/a").expect("it is absolute");
    let router = Router::new(&methods::PROTOCOL, Side::Server)
        .request::<methods::Initialize, _, _>(move |_, params: InitializeParams| async move {
            let name = params.client_info.name;
            Ok(InitializeResponse::new(
                name,
                path(),
                "unix".into(),
                "linux".into(),
            ))
        })
        .request::<methods::FsGetMetadata, _, _>(move |_, _| async move { Ok(metadata()) });
    let server = Server::new(router);
    let (near, far) = memory::typed_pair();
    tokio::spawn(server.connection(far).run());
    let router = Router::new(&methods::PROTOCOL, Side::Client);
    let (client, mut told) = Client::connect(near, router, Limits::default());
    let info = ClientInfo::new("me".into(), "1".into());
    client
        .initialize::<methods::Initialize>(InitializeParams::new(info))
        .await
        .expect("an answer");

    let call = client
        .peer()
        .request::<methods::FsGetMetadata>(FsGetMetadataParams::new(path()));
    assert_eq!(call.await.expect("an answer"), metadata());
    let mut window = RateLimitWindow::new(1);
    window.resets_at = Some(LARGE);
    let mut limits = RateLimitSnapshot::default();
    limits.primary = Some(window);
    let params = AccountRateLimitsUpdatedNotification::new(limits);
    wiregate_runtime::json::to_string(&params).expect_err("it has no JSON form");
    server
        .hub()
        .notify::<methods::AccountRateLimitsUpdated>(params.clone())
        .await
        .expect("it is written");
    let next = soon(told.next::<ServerNotification>())
        .await
        .expect("the connection lives");
    assert_eq!(
        next.expect("known"),
        ServerNotification::AccountRateLimitsUpdated { params }
    );
}

#[tokio::test]
async fn a_slow_reader_of_typed_messages_has_a_bound() {
    let server = server();
    let (near, far) = memory::typed_pair();
    tokio::spawn(server.connection(far).run());
    let limits = Limits {
        outbound: 10,
        ..Limits::default()
    };
    let (client, mut told) = Client::connect(near, Router::new(&PROTOCOL, Side::Client), limits);
    client
        .initialize::<Open>(Opening { lab: false })
        .await
        .expect("an answer");
    for _ in 0..20 {
        server
            .hub()
            .notify::<ToAll>(Value::new("a"))
            .await
            .expect("it is written");
        client
            .peer()
            .request::<Swap>(Value::new("a"))
            .await
            .expect("an answer");
    }
    let mut kept = 0;
    while let Some(next) = soon(told.next::<Told>()).await {
        kept += usize::from(next.is_ok());
    }
    assert_eq!(kept, 10, "as many as there is room for, and then the stream ends");
}
