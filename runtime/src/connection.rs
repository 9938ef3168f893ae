//! A conversation with one peer, from its first message to its end.
//!
//! In: a transport and a router. Out: every request answered exactly once. The task that runs it reads, and loops over
//! [`Event`]; another one writes; neither ever waits for the other. A handler is polled once where it stands, and moves to a
//! task of its own, which the loop owns, when it has to wait for something.

use std::collections::{HashMap, HashSet, VecDeque};
use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::task::{self, AbortHandle, JoinError, JoinHandle, JoinSet};
use tokio::time::Sleep;
use tracing::{Instrument, Span, field};

use crate::client::Rest;
use crate::context::{Around, Cx};
use crate::dispatch::{BoxedJob, Router};
use crate::envelope::{self, Id, Malformed, Message, Notification, Outcome, Params, Request, Response};
use crate::error::{ErrorCode, RpcError};
use crate::handshake::{Access, Session};
use crate::hub::{Hub, Reply};
use crate::json::{self, DecodeError, Reader};
use crate::limits::Limits;
use crate::message::{RequestId, TraceContext};
use crate::order::{self, Turn};
use crate::outbox::{Outbox, State, Weight, not_read};
use crate::peer::{Peer, scratch};
use crate::protocol::{HandshakeInfo, MethodInfo, MethodKind, Place};
use crate::record::{Direction, Recorder};
use crate::transport::{Batch, Frame, Sink, Source, Transport};

/// How many messages are taken before others in the process have their turn.
const BURST: u32 = 256;

/// How long a peer is asked to wait when there is too much to do.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// A conversation that has not begun.
pub struct Connection<T> {
    transport: T,
    router: Arc<Router>,
    limits: Limits,
    recorder: Option<Arc<dyn Recorder>>,
    rest: Option<Rest>,
    end: HangUp,
}

impl<T: Transport> Connection<T> {
    /// The only connection over `transport`, which serves what `router` serves. Where there are several, a
    /// [`Server`](crate::Server) makes them.
    pub fn new(transport: T, router: impl Into<Arc<Router>>) -> Self {
        Self::with_limits(transport, router, Limits::default())
    }

    /// The same, with other limits.
    pub fn with_limits(transport: T, router: impl Into<Arc<Router>>, limits: Limits) -> Self {
        let router = router.into();
        let hub = Hub::new(router.protocol());
        Self::of(hub, transport, router, limits, None)
    }

    pub(crate) fn of(
        hub: Hub,
        transport: T,
        router: Arc<Router>,
        limits: Limits,
        recorder: Option<Arc<dyn Recorder>>,
    ) -> Self {
        let outbox = Outbox::new(limits.outbound, limits.outbound_bytes);
        let peer = Peer::new(hub, router.side(), outbox);
        Self {
            transport,
            router,
            limits,
            recorder,
            rest: None,
            end: HangUp { peer, joined: false },
        }
    }

    /// The same; notifications that the router does not take go there.
    pub(crate) fn with_rest(self, rest: Rest) -> Self {
        Self {
            rest: Some(rest),
            ..self
        }
    }

    /// The other end. What is sent waits until [`Connection::run`] carries it.
    pub fn peer(&self) -> Peer {
        self.end.peer.clone()
    }

    /// Carries messages until the peer ends, or [`Peer::close`] is called; then answers what is in flight. When it is
    /// dropped, the connection ends at once and its handlers with it.
    ///
    /// # Errors
    /// When the transport fails, or the peer does not read what it is sent, or does not open the connection in time. Who is
    /// gone cannot be answered: handlers whose method says `cancel` are cut off then, and the others get their time.
    pub async fn run(mut self) -> io::Result<()> {
        let peer = self.peer();
        peer.hub().join(&peer);
        self.end.joined = true;
        let (source, sink) = self.transport.split();
        let writer = OwnedTask(tokio::spawn(write(sink, peer.clone(), self.recorder.clone())));
        let access = peer.access().clone();
        let timer = match (&access, self.limits.initialize) {
            (Access::Fresh, Some(time)) => Some(Box::pin(tokio::time::sleep(time))),
            _ => None,
        };
        let conversation = Conversation {
            around: Arc::new(Around {
                peer: peer.clone(),
                session: None,
            }),
            router: self.router,
            peer,
            limits: self.limits,
            recorder: self.recorder,
            rest: self.rest,
            half_close: T::HALF_CLOSE,
            access,
            writer: Some(writer),
            reading: true,
            taking: true,
            seen: State::Open,
            burst: 0,
            corked: false,
            behind: false,
            tasks: JoinSet::new(),
            running: HashMap::new(),
            ids: HashSet::new(),
            bytes: 0,
            opening: None,
            held: VecDeque::new(),
            telling: None,
            told: VecDeque::new(),
            timer,
            outcome: Ok(()),
        };
        conversation.run(source).await
    }
}

/// Whatever way a connection ends: whoever still waits for the peer hears of it.
struct HangUp {
    peer: Peer,
    joined: bool,
}

impl Drop for HangUp {
    fn drop(&mut self) {
        self.peer.outbox().advance(State::Gone);
        self.peer.hang_up();
        if self.joined {
            self.peer.hub().part();
        }
    }
}

/// The state of a conversation.
struct Conversation {
    router: Arc<Router>,
    peer: Peer,
    limits: Limits,
    recorder: Option<Arc<dyn Recorder>>,
    /// Where notifications go that the router does not take.
    rest: Option<Rest>,
    /// What the requests of this connection have in common.
    around: Arc<Around>,
    /// Whether a peer that has said all may still read.
    half_close: bool,
    /// How far the handshake has come; whoever sends has a copy in the peer.
    access: Access,
    /// None once it has ended.
    writer: Option<OwnedTask<io::Result<()>>>,
    /// Whether more may come in.
    reading: bool,
    /// Whether requests are taken; where not, the conversation ends when the last one is answered.
    taking: bool,
    /// The wish for an end that was acted on last.
    seen: State,
    /// How many messages were taken since the loop has last waited.
    burst: u32,
    /// Whether the writer is held back: what the loop says until it waits goes out together.
    corked: bool,
    /// Whether the peer reads more slowly than it asks.
    behind: bool,
    /// Handlers that wait for something.
    tasks: JoinSet<Finished>,
    /// Which request each of them serves: a handler that panics cannot say so itself. Invariant: an answer is sent where
    /// an entry is taken out, or where none was ever put in.
    running: HashMap<task::Id, Running>,
    /// The ids in `running`: a second request with one of them is refused.
    ids: HashSet<Arc<str>>,
    /// How long the messages were that brought what is in `running` and `held`.
    bytes: usize,
    /// The handler of the opening request. While it works, requests and notifications are `held`.
    opening: Option<task::Id>,
    held: VecDeque<Vec<u8>>,
    /// The handler of a notification, and those that come after it.
    telling: Option<task::Id>,
    told: VecDeque<(BoxedJob, Cx)>,
    /// When to stop waiting for the handshake; and later for handlers, and then for the peer to read.
    timer: Option<Pin<Box<Sleep>>>,
    /// How it ends, as far as is known.
    outcome: io::Result<()>,
}

/// A request whose handler waits.
struct Running {
    id: Arc<str>,
    info: &'static MethodInfo,
    cx: Cx,
    leaves: Option<String>,
    bytes: usize,
    since: Option<Instant>,
    task: AbortHandle,
}

/// What a handler's task brings.
struct Finished {
    /// The answer, where the result is one.
    text: String,
    result: Result<(), RpcError>,
    /// Given on when the answer is sent.
    _turn: Option<Turn>,
}

/// Everything that can happen.
enum Event {
    /// A message came in.
    Received(Frame),
    /// The peer has said all that it will say.
    Ended,
    /// Nothing more can be read.
    Failed(io::Error),
    /// A handler's task is done.
    Finished(task::Id, Finished),
    /// It has panicked or was cut off.
    Cut(JoinError),
    /// Somebody wants the connection to end, or the peer does not read.
    Wanted(State),
    /// The writer has ended.
    WriterEnded(io::Result<()>),
    /// The time is over.
    Expired,
}

impl Conversation {
    async fn run(mut self, mut source: impl Source) -> io::Result<()> {
        loop {
            match poll_fn(|task| self.poll_event(&mut source, task)).await {
                Event::Received(Frame::Message) => self.receive(source.message()),
                Event::Received(Frame::TooLong) => {
                    let text = format!("the message is longer than {} bytes", self.limits.message);
                    self.refuse(None, &RpcError::invalid_request(text));
                }
                Event::Ended if self.half_close => self.drain(false),
                Event::Ended => self.lose(Ok(())),
                Event::Failed(error) => self.lose(Err(error)),
                Event::Finished(task, finished) => self.finish(task, finished),
                Event::Cut(error) => self.fail(&error),
                Event::Wanted(State::Full) => self.give_up(not_read()),
                Event::Wanted(State::Stopping) => {
                    self.drain(true);
                    self.tasks.abort_all();
                }
                Event::Wanted(State::Draining) => self.drain(true),
                Event::Wanted(_) => {}
                Event::WriterEnded(end) => {
                    self.writer = None;
                    self.lose(end);
                }
                Event::Expired => self.expire(),
            }
            if !self.taking && self.tasks.is_empty() && self.held.is_empty() {
                return self.end().await;
            }
        }
    }

    /// Waits for whatever happens first. Messages come before the rest, but for a burst of them.
    fn poll_event(&mut self, source: &mut impl Source, task: &mut Context<'_>) -> Poll<Event> {
        if !self.corked {
            let (behind, state) = self.peer.outbox().cork();
            (self.corked, self.behind) = (true, behind);
            if self.seen < state {
                self.seen = state;
                return Poll::Ready(Event::Wanted(state));
            }
        }
        let event = self.poll_sources(source, task);
        if event.is_ready() {
            return event;
        }
        let yields = std::mem::take(&mut self.burst) >= BURST;
        self.corked = false;
        if let Some(state) = self.peer.outbox().park(task, self.seen) {
            self.seen = state;
            return Poll::Ready(Event::Wanted(state));
        }
        if yields {
            task.waker().wake_by_ref();
        }
        Poll::Pending
    }

    fn poll_sources(&mut self, source: &mut impl Source, task: &mut Context<'_>) -> Poll<Event> {
        if self.reading
            && self.burst < BURST
            && let Poll::Ready(frame) = source.poll_next(task, self.limits.message)
        {
            self.burst += 1;
            return Poll::Ready(match frame {
                Ok(Some(frame)) => Event::Received(frame),
                Ok(None) => Event::Ended,
                Err(error) => Event::Failed(error),
            });
        }
        if !self.tasks.is_empty()
            && let Poll::Ready(Some(done)) = self.tasks.poll_join_next_with_id(task)
        {
            return Poll::Ready(match done {
                Ok((task, finished)) => Event::Finished(task, finished),
                Err(error) => Event::Cut(error),
            });
        }
        if let Some(writer) = &mut self.writer
            && let Poll::Ready(end) = Pin::new(&mut writer.0).poll(task)
        {
            return Poll::Ready(Event::WriterEnded(ended(end)));
        }
        if let Some(timer) = &mut self.timer
            && timer.as_mut().poll(task).is_ready()
        {
            self.timer = None;
            return Poll::Ready(Event::Expired);
        }
        Poll::Pending
    }

    fn receive(&mut self, text: &[u8]) {
        let received = &self.peer.counts().received;
        received.store(received.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        if let Some(recorder) = &self.recorder {
            recorder.record(self.peer.connection(), Direction::In, text);
        }
        self.take(text);
    }

    fn take(&mut self, text: &[u8]) {
        let mut info = None;
        let strict = self.peer.hub().protocol().strict;
        match envelope::read(text, strict, |method, r| self.prepare(method, r, &mut info)) {
            Ok(Message::Request(request)) => self.request(request, info, text),
            Ok(Message::Response(response)) => self.settle(response),
            Ok(Message::Notification(notification)) => self.notification(notification, text),
            Err(malformed) => self.malformed(malformed),
        }
    }

    /// Reads params on the way, where the message will be served if nothing is wrong with the rest of it.
    fn prepare(
        &self,
        method: &str,
        r: &mut Reader<'_>,
        info: &mut Option<&'static MethodInfo>,
    ) -> Option<Result<BoxedJob, DecodeError>> {
        if self.opening.is_some() || !self.taking {
            return None;
        }
        let entry = self.router.entry(method)?;
        *info = Some(entry.info);
        self.access
            .admit(self.handshake(), method, Some(entry.info))
            .ok()?;
        if self.is_full(Some(entry.info)) {
            return None;
        }
        Some(entry.prepare.as_ref()?(r))
    }

    fn handshake(&self) -> Option<&'static HandshakeInfo> {
        self.peer.hub().protocol().handshake.as_ref()
    }

    fn is_full(&self, info: Option<&MethodInfo>) -> bool {
        let count = self.tasks.len() + self.held.len() + self.told.len();
        if info.is_some_and(|info| info.urgent) {
            return count >= 2 * self.limits.requests;
        }
        count >= self.limits.requests || self.bytes > self.limits.request_bytes || self.behind
    }

    fn request(&mut self, request: Request<'_, BoxedJob>, info: Option<&'static MethodInfo>, text: &[u8]) {
        let info = info.or_else(|| self.router.entry(&request.method).map(|entry| entry.info));
        let id = request.id.text();
        if !self.taking {
            let error = RpcError::new(ErrorCode::OVERLOADED, "Server shutting down");
            return self.refuse(Some(id), &error);
        }
        if self.is_full(info) {
            let retry = json::Json::from(serde_json::json!({"retryAfterMs": RETRY_AFTER.as_millis() as u64}));
            let error = RpcError::new(ErrorCode::OVERLOADED, "Server overloaded; retry later.");
            return self.refuse(Some(id), &error.with_data(&retry));
        }
        if self.opening.is_some() {
            return self.hold(text);
        }
        if self.ids.contains(id) {
            return self.refuse(Some(id), &RpcError::invalid_request("duplicate request id"));
        }
        match self.job(&request.method, info, request.params, MethodKind::Request) {
            Ok((job, info, params)) => self.serve(&request.id, info, job, params, request.trace, text.len()),
            Err(error) => self.refuse(Some(id), &error),
        }
    }

    /// Keeps a message until the handshake is done.
    fn hold(&mut self, text: &[u8]) {
        self.bytes += text.len();
        self.held.push_back(text.to_vec());
    }

    /// Checks a request or notification in the order that the protocol promises.
    fn job<'a>(
        &self,
        method: &str,
        info: Option<&'static MethodInfo>,
        params: Params<'a, BoxedJob>,
        kind: MethodKind,
    ) -> Result<(BoxedJob, &'static MethodInfo, Option<&'a str>), RpcError> {
        self.access.admit(self.handshake(), method, info)?;
        let (Some(info), Some(entry)) = (info, self.router.entry(method)) else {
            return Err(self.router.not_found(method, &self.access));
        };
        if info.kind != kind {
            let (is, takes) = match info.kind {
                MethodKind::Request => ("a request", "an id"),
                MethodKind::Notification => ("a notification", "no id"),
            };
            return Err(RpcError::invalid_request(format!(
                "{method} is {is}: it takes {takes}"
            )));
        }
        match params.read.or_else(|| entry.prepare(params.text)) {
            Some(Ok(job)) => Ok((job, info, params.text)),
            Some(Err(error)) => Err(RpcError::bad_params(method, error)),
            None => Err(self.router.not_found(method, &self.access)),
        }
    }

    /// Runs the handler of a request, as far as it goes at once.
    fn serve(
        &mut self,
        id: &Id<'_>,
        info: &'static MethodInfo,
        mut job: BoxedJob,
        params: Option<&str>,
        trace: Option<TraceContext>,
        bytes: usize,
    ) {
        let opens = matches!(self.access, Access::Fresh);
        if opens && let Some(handshake) = self.handshake() {
            self.enter(Access::Opening(Arc::new(Session::read(handshake, params))));
        }
        let find = |path: &[&str]| envelope::find(params?, path);
        let span = self.span(info, id, trace.as_ref());
        let since = (!span.is_disabled()).then(Instant::now);
        let cx = Cx::new(&self.around, trace, info.subscribes.is_some(), span);
        if let Some(Place::Params(path)) = info.subscribes
            && let Some(topic) = find(path)
        {
            cx.follow(topic);
        }
        let leaves = match info.unsubscribes {
            Some(Place::Params(path)) => find(path),
            _ => None,
        };
        let place = if info.order.is_empty() {
            None
        } else {
            find(info.order)
        };
        let place = place.map(|key| self.peer.hub().order().join(&key));
        let waits = matches!(place, Some(order::Place::Later(_)));
        if !waits
            && let Poll::Ready(succeeded) = scratch(|out| {
                let result = poll_once(&mut job, &cx, id.text(), out);
                result.map(|result| self.answer(id.text(), info, &cx, leaves.clone(), result, out))
            })
        {
            note(cx.span(), succeeded, since);
            if opens {
                self.opened(succeeded);
            }
            return;
        }
        let (id, around) = (Arc::<str>::from(id.text()), cx.clone());
        let work = {
            let id = Arc::clone(&id);
            async move {
                let turn = match place {
                    Some(place) => place.turn().await,
                    None => None,
                };
                let mut text = String::new();
                let result = poll_fn(|task| job.as_mut().poll(task, &around, &id, &mut text)).await;
                Finished {
                    text,
                    result,
                    _turn: turn,
                }
            }
        };
        let task = self.tasks.spawn(work.instrument(cx.span().clone()));
        if opens {
            self.opening = Some(task.id());
        }
        self.bytes += bytes;
        self.peer.counts().in_flight.fetch_add(1, Ordering::Relaxed);
        self.ids.insert(Arc::clone(&id));
        let running = Running {
            id,
            info,
            cx,
            leaves,
            bytes,
            since,
            task: task.clone(),
        };
        self.running.insert(task.id(), running);
    }

    /// Sends the answer to a request, and subscribes its caller where the method says so. Says whether it is a result.
    fn answer(
        &mut self,
        id: &str,
        info: &MethodInfo,
        cx: &Cx,
        leaves: Option<String>,
        result: Result<(), RpcError>,
        text: &mut String,
    ) -> bool {
        let succeeded = result.is_ok();
        if let Err(error) = result {
            text.clear();
            envelope::write_error(text, Some(id), &error, self.peer.hub().protocol().strict);
        }
        let queued = if info.subscribes.is_none() && info.unsubscribes.is_none() {
            self.peer.outbox().push(text, Weight::Answer)
        } else {
            let find = |place: Option<Place>| match place {
                Some(Place::Result(path)) if succeeded => envelope::find(text, ["result"].iter().chain(path)),
                _ => None,
            };
            let mut held = cx.take_held();
            held.extend(find(info.subscribes).filter(|topic| !held.contains(topic)));
            let leaves = leaves.or_else(|| find(info.unsubscribes));
            self.peer.hub().answer(&self.peer, text, succeeded, held, leaves)
        };
        self.behind = queued.is_some_and(|queued| queued.behind);
        succeeded
    }

    /// Notes how far the handshake has come, for this loop, for who sends, and for handlers.
    fn enter(&mut self, access: Access) {
        self.around = Arc::new(Around {
            peer: self.peer.clone(),
            session: access.session().cloned(),
        });
        *self.peer.access() = access.clone();
        self.access = access;
    }

    /// The opening request is answered.
    fn opened(&mut self, succeeded: bool) {
        let Access::Opening(session) = &self.access else {
            return;
        };
        if succeeded {
            self.timer = None;
            self.enter(Access::Open(Arc::clone(session)));
            self.peer.hub().opened(&self.peer);
        } else {
            self.enter(Access::Fresh);
        }
    }

    fn span(&self, info: &MethodInfo, id: &Id<'_>, trace: Option<&TraceContext>) -> Span {
        tracing::info_span!(
            "request",
            method = info.name,
            %id,
            connection = %self.peer.connection(),
            traceparent = trace.and_then(|trace| trace.traceparent.as_deref()),
            tracestate = trace.and_then(|trace| trace.tracestate.as_deref()),
            outcome = field::Empty,
            micros = field::Empty,
        )
    }

    fn notification(&mut self, notification: Notification<'_, BoxedJob>, text: &[u8]) {
        let info = self.router.entry(&notification.method).map(|entry| entry.info);
        if self.is_full(info) || !self.reading {
            // There is no way to refuse a notification, and memory has an end.
            self.count_refused();
            tracing::warn!(method = %notification.method, "overloaded: dropped a notification");
            return;
        }
        if self.opening.is_some() {
            return self.hold(text);
        }
        let method = &*notification.method;
        match self.job(method, info, notification.params, MethodKind::Notification) {
            Ok((job, ..)) => {
                let cx = Cx::new(&self.around, notification.trace, false, Span::none());
                self.told.push_back((job, cx));
                self.tell();
            }
            Err(error) if error.code == ErrorCode::METHOD_NOT_FOUND => {
                match (&self.rest, std::str::from_utf8(text)) {
                    (Some(rest), Ok(text)) => rest.put(text, info),
                    _ => tracing::debug!(method, "nobody takes this notification"),
                }
            }
            // A notification has no answer, not even this one.
            Err(error) => {
                self.count_refused();
                tracing::warn!(method, %error, "dropped a notification");
            }
        }
    }

    /// Takes notifications, until one has to wait for something.
    fn tell(&mut self) {
        while self.telling.is_none()
            && let Some((mut job, cx)) = self.told.pop_front()
        {
            let done = scratch(|out| poll_once(&mut job, &cx, "", out));
            match done {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => tracing::error!(%error, "a handler failed"),
                Poll::Pending => {
                    let task = self.tasks.spawn(async move {
                        let mut text = String::new();
                        let result = poll_fn(|task| job.as_mut().poll(task, &cx, "", &mut text)).await;
                        Finished {
                            text,
                            result,
                            _turn: None,
                        }
                    });
                    self.telling = Some(task.id());
                }
            }
        }
    }

    fn settle(&mut self, response: Response<'_>) {
        let reply = match response.outcome {
            Outcome::Result(text) => Reply::Result(text.as_bytes().into()),
            Outcome::Error(error) => Reply::Error(error),
        };
        let connection = self.peer.connection();
        let taken = match response.id.as_ref().map(Id::value) {
            Some(RequestId::Number(id)) => self.peer.hub().settle(connection, id, reply).is_ok(),
            Some(RequestId::Text(_)) | None => false,
        };
        if !taken {
            self.count_refused();
            tracing::warn!(%connection, id = ?response.id, "an answer that nobody waits for");
        }
    }

    fn malformed(&mut self, malformed: Malformed) {
        let Malformed { error, id, answers } = malformed;
        // Where somebody here waits for this id, it was meant as an answer; whoever waits hears that it is none.
        if let Some(RequestId::Number(number)) = answers.as_ref().map(Id::value) {
            let reply = Reply::Malformed(error.message.clone());
            let hub = self.peer.hub();
            if hub.settle(self.peer.connection(), number, reply).is_ok() {
                return self.refuse(None, &error);
            }
        }
        self.refuse(id.as_ref().map(Id::text), &error);
    }

    fn refuse(&mut self, id: Option<&str>, error: &RpcError) {
        self.count_refused();
        scratch(|out| {
            envelope::write_error(out, id, error, self.peer.hub().protocol().strict);
            let queued = self.peer.outbox().push(out, Weight::Must);
            self.behind = queued.is_some_and(|queued| queued.behind);
        });
    }

    fn count_refused(&self) {
        self.peer.counts().refused.fetch_add(1, Ordering::Relaxed);
    }

    fn finish(&mut self, task: task::Id, mut finished: Finished) {
        if self.telling.take_if(|telling| *telling == task).is_some() {
            return self.tell();
        }
        if let Some(running) = self.forget(task) {
            let Running {
                id, info, cx, leaves, ..
            } = running;
            let succeeded = self.answer(&id, info, &cx, leaves, finished.result, &mut finished.text);
            note(cx.span(), succeeded, running.since);
            self.release(task, succeeded);
        }
    }

    fn fail(&mut self, error: &JoinError) {
        tracing::error!(connection = %self.peer.connection(), %error, "a handler failed");
        if self.telling.take_if(|telling| *telling == error.id()).is_some() {
            return self.tell();
        }
        if let Some(running) = self.forget(error.id()) {
            let text = if error.is_panic() {
                PANICKED
            } else {
                "the handler was cut off"
            };
            let Running { id, info, cx, .. } = running;
            let error_text = Err(RpcError::internal(text));
            self.answer(&id, info, &cx, None, error_text, &mut String::new());
            note(cx.span(), false, running.since);
            self.release(error.id(), false);
        }
    }

    /// Takes a request out of those that are in flight.
    fn forget(&mut self, task: task::Id) -> Option<Running> {
        let running = self.running.remove(&task)?;
        self.ids.remove(&running.id);
        self.bytes -= running.bytes;
        self.peer.counts().in_flight.fetch_sub(1, Ordering::Relaxed);
        Some(running)
    }

    /// Goes on with what the handshake has held up; it may hold a second handshake.
    fn release(&mut self, task: task::Id, succeeded: bool) {
        if self.opening.take_if(|opening| *opening == task).is_some() {
            self.opened(succeeded);
        }
        while self.opening.is_none()
            && let Some(text) = self.held.pop_front()
        {
            self.bytes -= text.len();
            self.take(&text);
        }
    }

    /// Takes no more requests, and gives handlers their time. Answers still come in where `listens` says so.
    fn drain(&mut self, listens: bool) {
        self.taking = false;
        self.reading &= listens;
        self.timer = Some(Box::pin(tokio::time::sleep(self.limits.drain)));
        if !listens {
            self.peer.hang_up();
        }
    }

    /// The peer is gone: nobody can be answered.
    fn lose(&mut self, end: io::Result<()>) {
        if self.outcome.is_ok() {
            self.outcome = end;
        }
        self.peer.outbox().advance(State::Gone);
        self.seen = State::Gone;
        self.held.clear();
        self.told.clear();
        for running in self.running.values().filter(|running| running.info.cancel) {
            running.task.abort();
        }
        self.drain(false);
    }

    /// Tells the peer why it ends, and loses it.
    fn give_up(&mut self, reason: io::Error) {
        let error = RpcError::new(ErrorCode::OVERLOADED, reason.to_string());
        let mut text = String::new();
        envelope::write_error(&mut text, None, &error, self.peer.hub().protocol().strict);
        self.peer.outbox().end_with(&text, reason.to_string());
        self.outcome = Err(reason);
        self.held.clear();
        self.told.clear();
        for running in self.running.values().filter(|running| running.info.cancel) {
            running.task.abort();
        }
        self.drain(false);
    }

    fn expire(&mut self) {
        if self.taking {
            let text = format!(
                "not initialized within {:?}",
                self.limits.initialize.unwrap_or_default()
            );
            return self.give_up(io::Error::new(io::ErrorKind::TimedOut, text));
        }
        tracing::warn!(connection = %self.peer.connection(), left = self.tasks.len(), "cut handlers off");
        self.tasks.abort_all();
    }

    /// Sends what is queued, and nothing after it.
    async fn end(mut self) -> io::Result<()> {
        // It may have become full since the loop has last looked.
        if self.seen < State::Full && self.peer.outbox().cork().1 == State::Full {
            self.give_up(not_read());
        }
        self.peer.outbox().advance(State::Ended);
        let Some(writer) = &mut self.writer else {
            return self.outcome;
        };
        match tokio::time::timeout(self.limits.drain, &mut writer.0).await {
            Ok(end) => self.outcome.and(ended(end)),
            Err(_) => self.outcome.and(Err(not_read())),
        }
    }
}

const PANICKED: &str = "the handler panicked";

/// Polls a handler where it stands. If it has to wait, whoever polls it next is woken instead.
fn poll_once(job: &mut BoxedJob, cx: &Cx, id: &str, out: &mut String) -> Poll<Result<(), RpcError>> {
    let entered = cx.span().enter();
    let mut task = Context::from_waker(Waker::noop());
    let polled = catch_unwind(AssertUnwindSafe(|| job.as_mut().poll(&mut task, cx, id, out)));
    drop(entered);
    polled.unwrap_or_else(|_| {
        tracing::error!(connection = %cx.connection(), "a handler panicked");
        Poll::Ready(Err(RpcError::internal(PANICKED)))
    })
}

/// Notes in a request's span how it ended.
fn note(span: &Span, succeeded: bool, since: Option<Instant>) {
    if let Some(since) = since {
        span.record("outcome", if succeeded { "result" } else { "error" });
        span.record("micros", since.elapsed().as_micros() as u64);
    }
}

/// The writer: flushes when the queue is empty, not after each message.
async fn write(mut sink: impl Sink, peer: Peer, recorder: Option<Arc<dyn Recorder>>) -> io::Result<()> {
    let mut batch = Batch::default();
    let missed = peer.hub().missed();
    let missed = |count: u64| {
        let info = missed.filter(|info| peer.may_send(info))?;
        let count = count.to_string();
        let params = info.missed.map(|name| (name, count.as_str()));
        Some(envelope::told(info.name, params, peer.hub().protocol().strict))
    };
    while let Some(count) = poll_fn(|task| peer.outbox().poll_take(task, &mut batch, missed)).await {
        if let Some(recorder) = &recorder {
            for message in batch.messages() {
                recorder.record(peer.connection(), Direction::Out, message.as_bytes());
            }
        }
        sink.send_all(&batch).await?;
        peer.outbox().wrote(count);
    }
    sink.close(peer.outbox().reason().as_deref()).await
}

fn ended(end: Result<io::Result<()>, JoinError>) -> io::Result<()> {
    end.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// A task that does not outlive its owner.
struct OwnedTask<T>(JoinHandle<T>);

impl<T> Drop for OwnedTask<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
