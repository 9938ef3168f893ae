//! What is done with each message: requests are served and answered, notifications taken, answers given to who waits.
//!
//! In: a message, or a handler that is done. Out: answers in the outbox, and handlers at work.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use tokio::task::{self, JoinError};
use tracing::{Instrument, Span, field};

use super::{BURST, Conversation, Finished, Running};
use crate::context::{Around, Cx};
use crate::dispatch::{Answered, BoxedJob, Given, Router};
use crate::envelope::{self, Id, Malformed, Message, Notification, Outcome, Request};
use crate::error::{ErrorCode, RpcError};
use crate::gates;
use crate::handshake::{Access, Session};
use crate::hub::{Answer, Reply};
use crate::json::{DecodeError, DecodeErrorKind, Reader};
use crate::message::{RequestId, TraceContext};
use crate::order;
use crate::outbox::{Queued, Weight};
use crate::peer::{CallError, scratch};
use crate::protocol::{HandshakeInfo, MethodInfo, MethodKind};
use crate::record::Direction;
use crate::typed::{Body, Content, Typed};

/// How long a peer is asked to wait when there is too much to do, in milliseconds.
const RETRY_AFTER: u64 = 100;

const PANICKED: &str = "the handler panicked";

/// What was found of a request or notification while its message was read.
#[derive(Default)]
struct Found {
    info: Option<&'static MethodInfo>,
    /// What its params were read as; none where that is still to be done.
    read: Option<Result<BoxedJob, DecodeError>>,
}

impl Found {
    /// The method, looked for where that was not done.
    fn info(&mut self, router: &Router, method: &str) -> Option<&'static MethodInfo> {
        self.info = self.info.or_else(|| router.entry(method).map(|entry| entry.info));
        self.info
    }
}

impl Conversation {
    pub(super) fn receive(&mut self, text: &[u8]) {
        self.count_received();
        if let Some(tape) = &self.tape {
            tape.record(Direction::In, text);
        }
        match envelope::text(text) {
            Ok(text) => self.take(text.into()),
            Err(malformed) => self.malformed(malformed),
        }
    }

    pub(super) fn receive_typed(&mut self, message: Option<Typed>) {
        let Some(message) = message else { return };
        self.count_received();
        if let Some(tape) = &self.tape
            && let Ok(text) = message.text(self.strict())
        {
            tape.record(Direction::In, text.as_bytes());
        }
        self.take(message.into());
    }

    fn count_received(&self) {
        let received = &self.peer.counts().received;
        received.store(received.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    fn strict(&self) -> bool {
        self.peer.hub().protocol().strict
    }

    fn take(&mut self, message: Content<'_>) {
        let text = match message {
            Content::Text(text) => text,
            Content::Typed(message) => return self.take_typed(message),
        };
        let (mut found, strict, came) = (Found::default(), self.strict(), Content::from(&*text));
        match envelope::read(&text, strict, |method, r| self.prepare(method, r, &mut found)) {
            Ok(Message::Request(mut request)) => self.request(&mut request, found, came),
            Ok(Message::Response(response)) => {
                let reply = match response.outcome {
                    Outcome::Result(text) => Ok(Answer::Text(text.into())),
                    Outcome::Error(error) => Err(CallError::Rpc(error)),
                };
                self.response(response.id.as_ref().map(Id::value), reply);
            }
            Ok(Message::Notification(mut call)) => self.notification(&mut call, found, came),
            Err(malformed) => self.malformed(malformed),
        }
    }

    /// The same for a message that needs no reading.
    fn take_typed(&mut self, message: Typed) {
        // A session is read from the raw params of the request that opens it.
        if matches!(self.access, Access::Fresh)
            && let Ok(text) = message.text(self.strict())
        {
            return self.take(text.as_str().into());
        }
        match message.body {
            Body::Call(info, _) => {
                let mut call = Notification {
                    method: info.name.into(),
                    params: None,
                    trace: None,
                };
                match message.id.as_ref().map(Id::from) {
                    Some(id) => self.request(&mut call.with_id(id), Found::default(), message.into()),
                    None => self.notification(&mut call, Found::default(), message.into()),
                }
            }
            Body::Answer(outcome) => {
                let reply = outcome.map(Answer::Typed);
                self.response(message.id, reply.map_err(|error| CallError::Rpc(*error)));
            }
        }
    }

    /// Reads params on the way, where the message will be served if nothing is wrong with the rest of it. Says whether it has
    /// read them whole.
    fn prepare(&self, method: &str, r: &mut Reader<'_>, found: &mut Found) -> Result<bool, DecodeError> {
        let entry = self.router.entry(method);
        found.info = entry.map(|entry| entry.info);
        let taken = self.taking && self.opening.is_none() && !self.is_full(found.info);
        let taken = taken && self.access.admit(self.handshake(), method, found.info).is_ok();
        if taken && let Some(prepare) = entry.and_then(|entry| entry.prepare.as_ref()) {
            match prepare(Given::Text(r)) {
                Err(error) if error.kind() == DecodeErrorKind::Syntax => return Err(error),
                read => found.read = Some(read),
            }
        }
        Ok(matches!(found.read, Some(Ok(_))))
    }

    fn handshake(&self) -> Option<&'static HandshakeInfo> {
        self.peer.hub().protocol().handshake.as_ref()
    }

    fn is_full(&self, info: Option<&MethodInfo>) -> bool {
        let count = self.tasks.len() + self.held.len() + self.told.len();
        if info.is_some_and(|info| info.urgent) {
            return count >= self.limits.requests.saturating_mul(2);
        }
        count >= self.limits.requests || self.bytes > self.limits.request_bytes || self.behind
    }

    fn request(&mut self, request: &mut Request<'_>, mut found: Found, came: Content<'_>) {
        let info = found.info(&self.router, &request.method);
        let id = request.id.text();
        if !self.taking {
            let error = RpcError::new(ErrorCode::OVERLOADED, "Server shutting down");
            return self.refuse(Some(id), &error);
        }
        if self.is_full(info) {
            let mut error = RpcError::new(ErrorCode::OVERLOADED, "Server overloaded; retry later.");
            error.data = Some(serde_json::json!({"retryAfterMs": RETRY_AFTER}).into());
            return self.refuse(Some(id), &error);
        }
        if self.opening.is_some() {
            return self.hold(came);
        }
        if self.ids.contains(id) {
            return self.refuse(Some(id), &RpcError::invalid_request("duplicate request id"));
        }
        let (bytes, params) = (came.len(), request.params);
        match self.job(&request.method, found, params, came, MethodKind::Request) {
            Ok((job, info)) => self.serve(&request.id, info, job, params, &mut request.trace, bytes),
            Err(error) => self.refuse(Some(id), &error),
        }
    }

    /// Keeps a message until the handshake is done.
    fn hold(&mut self, came: Content<'_>) {
        self.bytes += came.len();
        self.held.push_back(came.kept());
    }

    /// Checks a request or notification in the order that the protocol promises.
    fn job(
        &self,
        method: &str,
        Found { info, read }: Found,
        params: Option<&str>,
        came: Content<'_>,
        kind: MethodKind,
    ) -> Result<(BoxedJob, &'static MethodInfo), RpcError> {
        // What was read on the way was admitted before.
        if read.is_none() {
            self.access.admit(self.handshake(), method, info)?;
        }
        let not_found = || self.router.not_found(method, &self.access);
        let info = info.ok_or_else(not_found)?;
        if info.kind != kind {
            let (is, takes) = match info.kind {
                MethodKind::Request => ("a request", "an id"),
                MethodKind::Notification => ("a notification", "no id"),
            };
            let text = format!("{method} is {is}: it takes {takes}");
            return Err(RpcError::invalid_request(text));
        }
        let prepare = || {
            let prepare = self.router.entry(method)?.prepare.as_ref()?;
            Some(match came {
                // Absent, null and empty say the same; where something is required, the decoder names it.
                Content::Text(_) => prepare(Given::Text(&mut Reader::new(params.unwrap_or("{}")))),
                Content::Typed(message) => prepare(Given::Typed(message.into_params()?)),
            })
        };
        let read = read.or_else(prepare).ok_or_else(not_found)?;
        if let Some(error) = self.closed(info, params, &read) {
            return Err(error);
        }
        let job = read.map_err(|error| RpcError::bad_params(method, error))?;
        Ok((job, info))
    }

    /// The refusal of params that use something whose gate is closed, or in which a fault is that could not be told without
    /// speaking of such a thing.
    fn closed(
        &self,
        info: &MethodInfo,
        params: Option<&str>,
        read: &Result<BoxedJob, DecodeError>,
    ) -> Option<RpcError> {
        if info.params_gates.is_empty() {
            return None;
        }
        let handshake = self.handshake()?;
        let opening = matches!(self.access, Access::Fresh).then(|| Session::read(handshake, params));
        let open = match &opening {
            Some(session) => &session.gates,
            None => self.access.open()?,
        };
        if open.are_open(info.params_gates) {
            return None;
        }
        let used = match read {
            Ok(job) => job.uses(open),
            Err(error) => error.gated(open),
        }?;
        let dot = if used.path.is_empty() { "" } else { "." };
        let path = format!("params{dot}{}", used.path);
        Some(gates::refusal(Some(handshake), used.gate, used.what, &path))
    }

    /// Runs the handler of a request, as far as it goes at once.
    fn serve(
        &mut self,
        id: &Id<'_>,
        info: &'static MethodInfo,
        mut job: BoxedJob,
        params: Option<&str>,
        trace: &mut Option<TraceContext>,
        bytes: usize,
    ) {
        let opens = matches!(self.access, Access::Fresh);
        if opens && let Some(handshake) = self.handshake() {
            self.enter(Access::Opening(Arc::new(Session::read(handshake, params))));
        }
        let span = self.span(info, id, trace.as_ref());
        let since = (!span.is_disabled()).then(Instant::now);
        let own = self.cx.with(trace, info, span);
        let place = if info.order { job.order() } else { None };
        let of = info.order_of_caller.then(|| self.peer.connection());
        let place = place.map(|key| self.peer.hub().order().join(&key, of));
        let waits = matches!(place, Some(order::Place::Later(_)));
        if !waits
            && let Poll::Ready(succeeded) = scratch(|out| {
                let cx = own.as_ref().unwrap_or(&self.cx);
                let result = poll_once(&mut job, cx, id.text(), out);
                result.map(|result| self.answer(id.text(), info, own.as_ref(), since, result, out))
            })
        {
            if opens {
                self.opened(succeeded);
            }
            return;
        }
        let id = Arc::<str>::from(id.text());
        let cx = own.unwrap_or_else(|| self.cx.clone());
        let work = work(job, cx.clone(), Arc::clone(&id), place);
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
            bytes,
            since,
            task: task.clone(),
        };
        self.running.insert(task.id(), running);
    }

    /// Sends the answer to a request, which came at `since` where its span is heard, and subscribes its caller where the method
    /// says so. Says whether it is a result.
    fn answer(
        &mut self,
        id: &str,
        info: &MethodInfo,
        cx: Option<&Cx>,
        since: Option<Instant>,
        result: Answered,
        text: &mut String,
    ) -> bool {
        let succeeded = result.is_ok();
        let message = match result {
            Ok(None) => Content::from(text.as_str()),
            Ok(Some(result)) => Typed::answer(id, Ok(result)).into(),
            Err(error) => self.error(text, Some(id), &error),
        };
        let queued = if info.subscribes || info.unsubscribes {
            // Nothing is held for an answer that is sent.
            let mut topics = cx.and_then(Cx::topics);
            let taken = topics.as_deref_mut().map(std::mem::take).unwrap_or_default();
            self.peer.hub().answer(&self.peer, message, succeeded, taken)
        } else {
            self.peer.outbox().push(message, Weight::Answer)
        };
        self.said(queued);
        if let Some((cx, since)) = cx.zip(since) {
            let span = cx.span();
            span.record("outcome", if succeeded { "result" } else { "error" });
            span.record("micros", since.elapsed().as_micros() as u64);
        }
        succeeded
    }

    /// Notes how far the handshake has come, for this loop, for who sends, and for handlers.
    fn enter(&mut self, access: Access) {
        self.cx = Cx::new(Around {
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
            // Another one may run, for the end.
            if !self.timed {
                self.timer = None;
            }
            self.enter(Access::Open(Arc::clone(session)));
            self.peer.hub().opened(&self.peer);
        } else {
            self.enter(Access::Fresh);
        }
    }

    fn span(&self, info: &MethodInfo, id: &Id<'_>, trace: Option<&TraceContext>) -> Span {
        let span = tracing::info_span!(
            "request",
            method = info.name,
            %id,
            connection = %self.peer.connection(),
            traceparent = trace.and_then(|trace| trace.traceparent.as_deref()),
            tracestate = trace.and_then(|trace| trace.tracestate.as_deref()),
            outcome = field::Empty,
            micros = field::Empty,
        );
        #[cfg(feature = "opentelemetry")]
        if let Some(trace) = trace {
            crate::telemetry::adopt(&span, trace);
        }
        span
    }

    fn notification(&mut self, notification: &mut Notification<'_>, mut found: Found, came: Content<'_>) {
        let info = found.info(&self.router, &notification.method);
        if self.is_full(info) || !(self.reading || self.taking) {
            // There is no way to refuse a notification, and memory has an end.
            self.count_refused();
            tracing::warn!(method = %notification.method, "dropped a notification");
            return;
        }
        if self.opening.is_some() {
            return self.hold(came);
        }
        let (method, bytes) = (&*notification.method, came.len());
        if let Some(rest) = &self.rest
            && info.is_none_or(|info| info.kind == MethodKind::Notification)
            && !self.router.serves(method)
        {
            return rest.put(came, info);
        }
        let params = notification.params;
        match self.job(method, found, params, came, MethodKind::Notification) {
            Ok((job, info)) => {
                let own = self.cx.with(&mut notification.trace, info, Span::none());
                if self.telling.is_none() {
                    self.tell(job, own);
                } else {
                    self.bytes += bytes;
                    self.told.push_back((job, own, bytes));
                }
            }
            Err(error) if error.code == ErrorCode::METHOD_NOT_FOUND => {
                tracing::debug!(method, "nobody takes this notification");
            }
            // A notification has no answer, not even this one.
            Err(error) => {
                self.count_refused();
                tracing::warn!(method, %error, "dropped a notification");
            }
        }
    }

    /// Takes a notification, as far as it goes at once.
    fn tell(&mut self, mut job: BoxedJob, own: Option<Cx>) {
        let cx = own.as_ref().unwrap_or(&self.cx);
        // Nothing is written for a notification.
        if poll_once(&mut job, cx, "", &mut String::new()).is_pending() {
            let cx = own.unwrap_or_else(|| self.cx.clone());
            let task = self.tasks.spawn(work(job, cx, Arc::from(""), None));
            self.telling = Some(task.id());
        }
    }

    /// Takes those that have waited for their turn, until one has to wait for something.
    fn tell_others(&mut self) {
        while self.telling.is_none()
            && let Some((job, own, bytes)) = self.told.pop_front()
        {
            self.bytes -= bytes;
            self.tell(job, own);
        }
    }

    fn response(&self, id: Option<RequestId>, reply: Reply) {
        if !self.settle(&id, reply) {
            self.count_refused();
            tracing::warn!(connection = %self.peer.connection(), ?id, "an answer that nobody waits for");
        }
    }

    /// Gives an answer to who waits for it here, if somebody does.
    fn settle(&self, id: &Option<RequestId>, reply: Reply) -> bool {
        match id {
            Some(RequestId::Number(id)) => self.peer.hub().settle(&self.peer, *id, reply),
            Some(RequestId::Text(_)) | None => false,
        }
    }

    fn malformed(&mut self, malformed: Malformed) {
        let Malformed { error, id, answers } = malformed;
        // Where somebody here waits for this id, it was meant as an answer; whoever waits hears that it is none.
        let reply = Err(CallError::Malformed(error.message.clone()));
        let answered = self.settle(&answers.as_ref().map(Id::value), reply);
        let id = id.filter(|_| !answered);
        self.refuse(id.as_ref().map(Id::text), &error);
    }

    pub(super) fn refuse(&mut self, id: Option<&str>, error: &RpcError) {
        self.count_refused();
        scratch(|out| {
            let message = self.error(out, id, error);
            let queued = self.peer.outbox().push(message, Weight::Must);
            self.said(queued);
        });
    }

    /// Something was queued. When there is enough of it, the writer has its turn.
    fn said(&mut self, queued: Option<Queued>) {
        self.said += 1;
        self.behind = queued.is_some_and(|queued| queued.behind);
        if queued.is_some_and(|queued| queued.worthwhile) {
            self.burst = BURST;
        }
    }

    /// An answer with an error.
    fn error<'o>(&self, out: &'o mut String, id: Option<&str>, error: &RpcError) -> Content<'o> {
        if let Some(id) = id.filter(|_| self.peer.outbox().typed) {
            return Typed::answer(id, Err(error.clone().into())).into();
        }
        out.clear();
        envelope::write_error(out, id, error, self.strict());
        Content::from(out.as_str())
    }

    fn count_refused(&self) {
        self.peer.counts().refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn fail(&mut self, error: &JoinError) {
        let connection = self.peer.connection();
        let text = if error.is_panic() {
            tracing::error!(%connection, %error, "a handler failed");
            PANICKED
        } else {
            tracing::debug!(%connection, %error, "a handler was cut off");
            "the handler was cut off"
        };
        self.finish(error.id(), Err(RpcError::internal(text).into()), String::new());
    }

    /// A handler's task has ended, with the answer where its result is written.
    pub(super) fn finish(&mut self, task: task::Id, result: Answered, mut text: String) {
        if self.telling.take_if(|telling| *telling == task).is_some() {
            return self.tell_others();
        }
        let Some(running) = self.running.remove(&task) else {
            return;
        };
        let Running { id, info, cx, .. } = running;
        self.ids.remove(&id);
        self.bytes -= running.bytes;
        self.peer.counts().in_flight.fetch_sub(1, Ordering::Relaxed);
        let succeeded = self.answer(&id, info, Some(&cx), running.since, result, &mut text);
        if self.opening.take_if(|opening| *opening == task).is_some() {
            self.opened(succeeded);
        }
        // What the handshake has held up goes on; it may hold a second handshake.
        while self.opening.is_none()
            && let Some(message) = self.held.pop_front()
        {
            self.bytes -= message.len();
            self.take(message);
        }
    }
}

/// Runs a handler in a task of its own, when its turn has come.
async fn work(mut job: BoxedJob, cx: Cx, id: Arc<str>, place: Option<order::Place>) -> Finished {
    let turn = order::Place::turn(place).await;
    let mut text = String::new();
    let result = poll_fn(|task| job.as_mut().poll(task, &cx, &id, &mut text)).await;
    Finished {
        text,
        result,
        _turn: turn,
    }
}

/// Polls a handler where it stands. If it has to wait, whoever polls it next is woken instead.
fn poll_once(job: &mut BoxedJob, cx: &Cx, id: &str, out: &mut String) -> Poll<Answered> {
    let entered = cx.span().enter();
    let mut task = Context::from_waker(Waker::noop());
    let polled = catch_unwind(AssertUnwindSafe(|| job.as_mut().poll(&mut task, cx, id, out)));
    drop(entered);
    polled.unwrap_or_else(|_| {
        tracing::error!(connection = %cx.connection(), "a handler panicked");
        Poll::Ready(Err(RpcError::internal(PANICKED).into()))
    })
}
