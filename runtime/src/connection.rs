//! A conversation with one peer, from its first message to its end.
//!
//! In: a transport and a router. Out: every request answered exactly once. The task that runs it reads, and loops over
//! [`Event`]; another one writes; neither ever waits for the other. A handler is polled once where it stands, and moves to a
//! task of its own, which the loop owns, when it has to wait for something.

mod serving;
mod writing;

use std::collections::{HashMap, HashSet, VecDeque};
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::task::{self, AbortHandle, JoinError, JoinSet};
use tokio::time::Sleep;

use self::writing::Writer;
use crate::client::Rest;
use crate::context::{Around, Cx};
use crate::dispatch::{Answered, BoxedJob, Router};
use crate::envelope;
use crate::error::{ErrorCode, RpcError};
use crate::handshake::Access;
use crate::hub::Hub;
use crate::limits::Limits;
use crate::order::Turn;
use crate::outbox::{Outbox, Stand, State, not_read};
use crate::peer::Peer;
use crate::protocol::MethodInfo;
use crate::record::{Recorder, Tape};
use crate::transport::{Frame, Source, Transport};
use crate::typed::Content;

/// How many messages are taken before others in the process have their turn.
const BURST: u32 = 256;

/// How long a peer that is behind with reading is waited for before what it asks is refused.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long a peer may take to read what it is sent last, when this side ends at once; a transport that waits for it to close
/// has half of that.
const LAST: Duration = Duration::from_secs(2);

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
        Self::of(hub, transport, router, limits)
    }

    pub(crate) fn of(hub: Hub, transport: T, router: Arc<Router>, limits: Limits) -> Self {
        let outbox = Outbox::new(limits.outbound, limits.outbound_bytes, T::TYPED);
        let peer = Peer::new(hub, router.side(), outbox);
        Self {
            transport,
            router,
            limits,
            recorder: None,
            rest: None,
            end: HangUp { peer, joined: false },
        }
    }

    /// The same; its messages are shown to `recorder`.
    #[must_use]
    pub fn with_recorder(self, recorder: Arc<dyn Recorder>) -> Self {
        Self {
            recorder: Some(recorder),
            ..self
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
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
        let begin = |recorder| Tape::begin(recorder, peer.connection());
        let tape = self.recorder.map(begin);
        let writer = Writer::spawn(sink, peer.clone(), tape.clone());
        let access = peer.access().clone();
        let timer = match (&access, self.limits.initialize) {
            (Access::Fresh, Some(time)) => Some(Box::pin(tokio::time::sleep(time))),
            _ => None,
        };
        let conversation = Conversation {
            cx: Cx::new(Around {
                peer: peer.clone(),
                session: None,
            }),
            router: self.router,
            peer,
            limits: self.limits,
            tape,
            rest: self.rest,
            half_close: T::HALF_CLOSE,
            gathers: T::GATHERS,
            said: 0,
            access,
            writer: Some(writer),
            reading: true,
            taking: true,
            seen: State::Open,
            stopping: false,
            burst: 0,
            corked: false,
            behind: false,
            patience: None,
            tasks: JoinSet::new(),
            running: HashMap::new(),
            ids: HashSet::new(),
            bytes: 0,
            opening: None,
            timed: false,
            held: VecDeque::new(),
            telling: None,
            told: VecDeque::new(),
            timer,
            outcome: Ok(()),
        };
        // It is moved several times before it begins, and each of these places would stay with it.
        Box::pin(conversation.run(source)).await
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
            self.peer.hub().part(&self.peer);
        }
    }
}

/// The state of a conversation.
struct Conversation {
    router: Arc<Router>,
    peer: Peer,
    limits: Limits,
    tape: Option<Arc<Tape>>,
    /// Where notifications go that the router does not take.
    rest: Option<Rest>,
    /// What handlers get, where a request has nothing of its own.
    cx: Cx,
    /// Whether a peer that has said all may still read.
    half_close: bool,
    /// How many answers wait for each other, and how many were given since the writer was held back.
    gathers: u32,
    said: u32,
    /// How far the handshake has come; whoever sends has a copy in the peer.
    access: Access,
    /// None once it has ended.
    writer: Option<Writer>,
    /// Whether more may come in.
    reading: bool,
    /// Whether requests are taken; where not, the conversation ends when the last one is answered.
    taking: bool,
    /// The wish for an end that was acted on last, and whether that was to end at once.
    seen: State,
    stopping: bool,
    /// How many messages were taken since the loop has last waited.
    burst: u32,
    /// Whether the writer is held back: what the loop says until it waits goes out together.
    corked: bool,
    /// Whether the peer reads more slowly than it asks; and how long it is waited for then.
    behind: bool,
    patience: Option<Pin<Box<Sleep>>>,
    /// Handlers that wait for something.
    tasks: JoinSet<Finished>,
    /// Which request each of them serves: a handler that panics cannot say so itself. Invariant: an answer is sent where
    /// an entry is taken out, or where none was ever put in.
    running: HashMap<task::Id, Running>,
    /// The ids in `running`: a second request with one of them is refused.
    ids: HashSet<Arc<str>>,
    /// How long the messages were that brought what is in `running`, `held` and `told`.
    bytes: usize,
    /// The handler of the opening request. While it works, requests and notifications are `held`.
    opening: Option<task::Id>,
    held: VecDeque<Content<'static>>,
    /// The handler of a notification, and those that come after it.
    telling: Option<task::Id>,
    told: VecDeque<(BoxedJob, Option<Cx>, usize)>,
    /// When to stop waiting for the handshake; and later, where `timed` says so, for handlers.
    timer: Option<Pin<Box<Sleep>>>,
    timed: bool,
    /// How it ends, as far as is known.
    outcome: io::Result<()>,
}

/// A request whose handler waits.
struct Running {
    id: Arc<str>,
    info: &'static MethodInfo,
    cx: Cx,
    bytes: usize,
    since: Option<Instant>,
    task: AbortHandle,
}

/// What a handler's task brings.
struct Finished {
    /// The answer, where the result is one, and is written.
    text: String,
    result: Answered,
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
    /// Somebody wants it to end at once.
    Stopped,
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
                Event::Received(Frame::Typed) => self.receive_typed(source.typed()),
                Event::Received(Frame::TooLong) => {
                    let text = format!("the message is longer than {} bytes", self.limits.message);
                    self.refuse(None, &RpcError::invalid_request(text));
                }
                Event::Ended if self.half_close => {
                    self.hang_up();
                    self.give_time();
                }
                Event::Ended => self.lose(Ok(())),
                Event::Failed(error) => self.lose(Err(error)),
                Event::Finished(task, finished) => self.finish(task, finished.result, finished.text),
                Event::Cut(error) => self.fail(&error),
                Event::Wanted(State::Full) => self.give_up(not_read()),
                Event::Wanted(State::Draining) => self.drain(),
                Event::Wanted(_) => {}
                Event::Stopped => self.cut_off(),
                Event::WriterEnded(end) => {
                    self.writer = None;
                    self.lose(end);
                }
                Event::Expired => self.expire(),
            }
            // What came before the end of the handshake is served, though nothing comes behind it.
            if !self.reading && self.taking && self.opening.is_none() {
                self.drain();
            }
            if !self.taking && self.tasks.is_empty() && self.held.is_empty() {
                return self.end().await;
            }
        }
    }

    /// Waits for whatever happens first. Messages come before the rest, but for a burst of them.
    fn poll_event(&mut self, source: &mut impl Source, task: &mut Context<'_>) -> Poll<Event> {
        if self.said >= self.gathers {
            self.let_out(task, false);
        }
        if !self.corked {
            let stand = self.peer.outbox().cork();
            (self.corked, self.behind) = (true, stand.behind);
            if let Some(event) = self.wanted(stand) {
                return Poll::Ready(event);
            }
        }
        let event = self.poll_sources(source, task);
        if event.is_ready() {
            return event;
        }
        let yields = std::mem::take(&mut self.burst) >= BURST;
        let stand = self.let_out(task, yields);
        if let Some(event) = self.wanted(stand) {
            return Poll::Ready(event);
        }
        if yields || self.behind != stand.behind {
            task.waker().wake_by_ref();
        }
        Poll::Pending
    }

    /// What is wanted since the loop has last looked.
    fn wanted(&mut self, stand: Stand) -> Option<Event> {
        if stand.stopping && !self.stopping {
            self.stopping = true;
            return Some(Event::Stopped);
        }
        (self.seen < stand.state).then(|| {
            self.seen = stand.state;
            Event::Wanted(stand.state)
        })
    }

    /// Has written what was said; in place, unless there is more to do here.
    fn let_out(&mut self, task: &mut Context<'_>, busy: bool) -> Stand {
        (self.corked, self.said) = (false, 0);
        let stand = self.peer.outbox().park(task);
        if stand.waits && (busy || !self.writer.as_ref().is_some_and(Writer::go_on)) {
            self.peer.outbox().wake_writer();
        }
        stand
    }

    fn poll_sources(&mut self, source: &mut impl Source, task: &mut Context<'_>) -> Poll<Event> {
        if self.reading
            && self.burst < BURST
            && !self.waits_for_peer(task)
            && let Poll::Ready(frame) = source.poll_next(task, self.limits.message)
        {
            self.burst += 1;
            return Poll::Ready(match frame {
                Ok(Some(frame)) => Event::Received(frame),
                Ok(None) => Event::Ended,
                Err(error) => Event::Failed(error),
            });
        }
        // What a peer has skipped does not count as a message, but uses up what a task may do in one go.
        pin!(task::unconstrained(poll_fn(|task| self.poll_rest(task)))).poll(task)
    }

    fn poll_rest(&mut self, task: &mut Context<'_>) -> Poll<Event> {
        if !self.tasks.is_empty()
            && let Poll::Ready(Some(done)) = self.tasks.poll_join_next_with_id(task)
        {
            return Poll::Ready(match done {
                Ok((task, finished)) => Event::Finished(task, finished),
                Err(error) => Event::Cut(error),
            });
        }
        if let Some(writer) = &mut self.writer
            && let Poll::Ready(end) = writer.poll(task)
        {
            return Poll::Ready(Event::WriterEnded(end));
        }
        if let Some(timer) = &mut self.timer
            && timer.as_mut().poll(task).is_ready()
        {
            self.timer = None;
            return Poll::Ready(Event::Expired);
        }
        Poll::Pending
    }

    /// Whether nothing is read until the peer has caught up with reading, or should have.
    fn waits_for_peer(&mut self, task: &mut Context<'_>) -> bool {
        if !self.behind {
            self.patience = None;
            return false;
        }
        let sleep = || Box::pin(tokio::time::sleep(PATIENCE));
        let patience = self.patience.get_or_insert_with(sleep);
        patience.as_mut().poll(task).is_pending()
    }

    /// Takes no more requests, and gives handlers their time. Answers come in as before.
    fn drain(&mut self) {
        self.taking = false;
        self.give_time();
    }

    /// Sets an end to what is at work, unless there is one.
    fn give_time(&mut self) {
        if !std::mem::replace(&mut self.timed, true) {
            self.timer = Some(Box::pin(tokio::time::sleep(self.limits.drain)));
        }
    }

    /// Hears nothing more of the peer.
    fn hang_up(&mut self) {
        self.reading = false;
        self.peer.hang_up();
    }

    /// Ends what is at work, and begins nothing more.
    fn cut_off(&mut self) {
        (self.reading, self.taking) = (false, false);
        self.told.clear();
        self.tasks.abort_all();
    }

    /// The peer is gone: nobody can be answered.
    fn lose(&mut self, end: io::Result<()>) {
        if self.outcome.is_ok() {
            self.outcome = end;
        }
        self.peer.outbox().advance(State::Gone);
        self.seen = State::Gone;
        self.abandon();
    }

    /// Tells the peer why it ends, and loses it.
    fn give_up(&mut self, reason: io::Error) {
        let error = RpcError::new(ErrorCode::OVERLOADED, reason.to_string());
        let mut text = String::new();
        envelope::write_error(&mut text, None, &error, self.peer.hub().protocol().strict);
        self.peer.outbox().end_with(&text, reason.to_string());
        self.outcome = Err(reason);
        self.abandon();
    }

    /// Leaves what has not begun, and cuts off what only this peer wanted.
    fn abandon(&mut self) {
        self.held.clear();
        self.told.clear();
        for running in self.running.values().filter(|running| running.info.cancel) {
            running.task.abort();
        }
        self.hang_up();
        self.drain();
    }

    fn expire(&mut self) {
        if !self.timed {
            let text = format!(
                "not initialized within {:?}",
                self.limits.initialize.unwrap_or_default()
            );
            return self.give_up(io::Error::new(io::ErrorKind::TimedOut, text));
        }
        tracing::warn!(connection = %self.peer.connection(), left = self.tasks.len(), "cut handlers off");
        self.cut_off();
    }

    /// Sends what is queued, and nothing after it.
    async fn end(mut self) -> io::Result<()> {
        // It may have become full since the loop has last looked.
        if self.seen < State::Full && self.peer.outbox().cork().state == State::Full {
            self.give_up(not_read());
        }
        self.peer.outbox().advance(State::Ended);
        let end = match &mut self.writer {
            None => Ok(()),
            Some(writer) => {
                let stop = async {
                    poll_fn(|task| self.peer.outbox().poll_stop(task)).await;
                    tokio::time::sleep(LAST).await;
                };
                tokio::select! {
                    biased;
                    end = poll_fn(|task| writer.poll(task)) => end,
                    () = stop => Err(not_read()),
                    () = tokio::time::sleep(self.limits.drain) => Err(not_read()),
                }
            }
        };
        let outcome = self.outcome.and(end);
        if let Some(tape) = &self.tape {
            tape.end(self.seen == State::Gone, &outcome);
        }
        outcome
    }
}
