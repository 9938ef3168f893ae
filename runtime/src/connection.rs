//! A conversation with one peer, from its first message to its end.
//!
//! In: a transport and a router. Out: every request answered exactly once. A reader task, a writer task and one loop over
//! [`Event`] that never waits for either of them; each request runs in a task of its own, which the loop owns.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::{self, JoinError, JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::context::Cx;
use crate::dispatch::{Router, Served};
use crate::error::{ErrorCode, RpcError};
use crate::handshake::{Access, Session};
use crate::message::{self, Malformed, Message, Notification, Outcome, Request, RequestId, Response};
use crate::order::Order;
use crate::peer::{Outgoing, Peer};
use crate::pending::Reply;
use crate::transport::{Frame, Sink, Source, Transport};

/// How much a connection may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest message that is read, in bytes.
    pub message: usize,
    /// How many requests may be in flight; more are answered `-32001`.
    pub requests: usize,
    /// How many messages may wait for the writer. Whoever sends one more waits.
    pub outbound: usize,
    /// How long handlers may take to answer after the peer has said all that it will say.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 64 << 20,
            requests: 1024,
            outbound: 128,
            drain: Duration::from_secs(10),
        }
    }
}

/// How many messages may wait for the loop. Few: it takes them faster than they come, and each may be as long as
/// [`Limits::message`].
const INBOUND: usize = 16;

/// A conversation that has not begun.
pub struct Connection<T> {
    transport: T,
    router: Arc<Router>,
    limits: Limits,
    peer: Peer,
    outbound: mpsc::Receiver<Outgoing>,
}

impl<T: Transport> Connection<T> {
    /// A connection over `transport` that serves what `router` serves.
    pub fn new(transport: T, router: impl Into<Arc<Router>>) -> Self {
        Self::with_limits(transport, router, Limits::default())
    }

    /// The same, with other limits.
    pub fn with_limits(transport: T, router: impl Into<Arc<Router>>, limits: Limits) -> Self {
        let router = router.into();
        let (sender, outbound) = mpsc::channel(limits.outbound);
        let peer = Peer::new(router.protocol(), router.side(), sender);
        Self {
            transport,
            router,
            limits,
            peer,
            outbound,
        }
    }

    /// The other end. Calls wait until [`Connection::run`] carries them.
    pub fn peer(&self) -> Peer {
        self.peer.clone()
    }

    /// Carries messages until the peer ends, or [`Peer::close`] is called; then answers what is in flight.
    ///
    /// # Errors
    /// When the transport fails. Requests in flight are dropped then, for nobody can be answered.
    pub async fn run(self) -> io::Result<()> {
        let (source, sink) = self.transport.split();
        let (frames, inbound) = mpsc::channel(INBOUND);
        let reader = OwnedTask(tokio::spawn(read(source, self.limits.message, frames)));
        let writer = OwnedTask(tokio::spawn(write(sink, self.outbound)));
        let conversation = Conversation {
            router: self.router,
            peer: self.peer.clone(),
            limits: self.limits,
            inbound: Some(inbound),
            writer,
            closing: self.peer.closing(),
            tasks: JoinSet::new(),
            notifications: Order::default(),
            running: HashMap::new(),
            ids: HashSet::new(),
            opening: None,
            held: VecDeque::new(),
            answers: VecDeque::new(),
            deadline: None,
        };
        let end = conversation.run().await;
        drop(reader);
        // Whatever way it ended: whoever still waits for the peer hears of it.
        self.peer.hang_up();
        end
    }
}

/// The state of a conversation.
struct Conversation {
    router: Arc<Router>,
    peer: Peer,
    limits: Limits,
    /// From the reader. None once nothing more is taken from the peer.
    inbound: Option<mpsc::Receiver<io::Result<Frame>>>,
    writer: OwnedTask<io::Result<()>>,
    /// Whether this side wants to end.
    closing: watch::Receiver<bool>,
    /// Handlers at work. Each gives back its answer; a notification gives none.
    tasks: JoinSet<Option<Served>>,
    /// The turns of notifications: they are taken one after the other, as they came.
    notifications: Order,
    /// Which request each of them serves: a handler that panics cannot say so itself.
    running: HashMap<task::Id, RequestId>,
    /// The ids in `running`: a second request with one of them is refused.
    ids: HashSet<RequestId>,
    /// The handler of the opening request. While it works, requests and notifications are `held`.
    opening: Option<(task::Id, Arc<Session>)>,
    held: VecDeque<Vec<u8>>,
    /// Answers on their way to the writer. Bounded, since nothing is taken from the peer while there are many.
    answers: VecDeque<String>,
    /// Set when the peer has ended: when to stop waiting for handlers, and then for the peer to read.
    deadline: Option<Instant>,
}

/// Everything that can happen.
enum Event {
    /// A message came in.
    Received(Frame),
    /// Nothing more will: the peer has ended, or reading failed.
    Ended(io::Result<()>),
    /// This side wants to end.
    Closing,
    /// A handler is done, with an answer if it served a request.
    Finished(task::Id, Option<Served>),
    /// A handler has panicked or was cut off.
    Failed(JoinError),
    /// The writer has taken an answer.
    Sent,
    /// The writer can write no longer.
    WriterEnded(io::Result<()>),
    /// The handlers have had their time.
    Expired,
}

impl Conversation {
    async fn run(mut self) -> io::Result<()> {
        loop {
            match self.next().await {
                Event::Received(Frame::Message(text)) => self.receive(text),
                Event::Received(Frame::TooLong) => {
                    let text = format!("the message is longer than {} bytes", self.limits.message);
                    self.refuse(None, &RpcError::invalid_request(text));
                }
                Event::Ended(Ok(())) | Event::Closing => self.drain(),
                Event::Ended(Err(error)) => return Err(error),
                Event::Finished(task, answer) => self.finish(task, answer),
                Event::Failed(error) => self.fail(&error),
                Event::Sent => {}
                Event::WriterEnded(end) => return end,
                // Handlers are done, and the peer does not read what they said.
                Event::Expired if self.tasks.is_empty() => return Err(not_read()),
                Event::Expired => {
                    tracing::warn!(connection = %self.peer.connection(), left = self.tasks.len(), "cut handlers off");
                    self.tasks.abort_all();
                    self.deadline = Some(Instant::now() + self.limits.drain);
                }
            }
            let idle = self.tasks.is_empty() && self.held.is_empty() && self.answers.is_empty();
            if self.inbound.is_none() && idle {
                return self.end().await;
            }
        }
    }

    /// Waits for whatever happens first.
    async fn next(&mut self) -> Event {
        let room_for_more = self.answers.len() < self.limits.requests;
        let reading = self.inbound.is_some();
        tokio::select! {
            // Answers leave before requests come in, and what handlers have done is taken before new work is given out.
            biased;
            end = &mut self.writer.0 => {
                Event::WriterEnded(end.unwrap_or_else(|error| Err(io::Error::other(error))))
            }
            room = self.peer.outbound().reserve(), if !self.answers.is_empty() => {
                if let (Ok(room), Some(answer)) = (room, self.answers.pop_front()) {
                    room.send(Outgoing::Message(answer, None));
                }
                Event::Sent
            }
            Some(done) = self.tasks.join_next_with_id() => match done {
                Ok((task, answer)) => Event::Finished(task, answer),
                Err(error) => Event::Failed(error),
            },
            _ = self.closing.wait_for(|closing| *closing), if reading => Event::Closing,
            frame = receive(&mut self.inbound), if reading && room_for_more => match frame {
                Some(Ok(frame)) => Event::Received(frame),
                Some(Err(error)) => Event::Ended(Err(error)),
                None => Event::Ended(Ok(())),
            },
            () = expire(self.deadline) => Event::Expired,
        }
    }

    fn receive(&mut self, text: Vec<u8>) {
        let parsed = message::parse(&text, self.peer.protocol().strict);
        match parsed {
            Ok(Message::Response(response)) => self.settle(response),
            Err(malformed) => self.malformed(malformed),
            Ok(Message::Request(request)) if self.is_full() => {
                let error = RpcError::new(ErrorCode::OVERLOADED, "Server overloaded; retry later.");
                self.refuse(Some(&request.id), &error);
            }
            Ok(Message::Notification(notification)) if self.is_full() => {
                // There is no way to refuse a notification, and memory has an end.
                tracing::warn!(method = %notification.method, "overloaded: dropped a notification");
            }
            Ok(_) if self.opening.is_some() => self.held.push_back(text),
            Ok(Message::Request(request)) => self.serve(request),
            Ok(Message::Notification(notification)) => self.take(notification),
        }
    }

    fn is_full(&self) -> bool {
        self.tasks.len() + self.held.len() >= self.limits.requests
    }

    fn serve(&mut self, request: Request<'_>) {
        if self.ids.contains(&request.id) {
            self.refuse(
                Some(&request.id),
                &RpcError::invalid_request("duplicate request id"),
            );
            return;
        }
        match self.start(&request) {
            Ok(task) => {
                self.ids.insert(request.id.clone());
                self.running.insert(task, request.id);
            }
            Err(error) => self.refuse(Some(&request.id), &error),
        }
    }

    /// Checks a request in the order that the protocol promises, and starts its handler.
    fn start(&mut self, request: &Request<'_>) -> Result<task::Id, RpcError> {
        let handshake = self.peer.protocol().handshake.as_ref();
        let info = self.router.info(&request.method);
        self.peer.access().admit(handshake, &request.method, info)?;
        let opens = handshake.filter(|handshake| {
            handshake.opens == request.method && matches!(*self.peer.access(), Access::Fresh)
        });
        let Some(handshake) = opens else {
            return self.spawn(request);
        };
        let session = Arc::new(Session::read(handshake, request.params));
        *self.peer.access() = Access::Opening(Arc::clone(&session));
        match self.spawn(request) {
            Ok(task) => {
                self.opening = Some((task, session));
                Ok(task)
            }
            Err(error) => {
                *self.peer.access() = Access::Fresh;
                Err(error)
            }
        }
    }

    fn spawn(&mut self, request: &Request<'_>) -> Result<task::Id, RpcError> {
        let cx = Cx::new(self.peer.clone(), request.trace.clone());
        let answer = self.router.serve(cx, request)?;
        let turn = self.router.turn(request);
        let task = self.tasks.spawn(async move {
            let _turn = match turn {
                Some(turn) => turn.await,
                None => None,
            };
            Some(answer.await)
        });
        Ok(task.id())
    }

    fn take(&mut self, notification: Notification<'_>) {
        let handshake = self.peer.protocol().handshake.as_ref();
        let info = self.router.info(&notification.method);
        let admitted = self.peer.access().admit(handshake, &notification.method, info);
        let cx = Cx::new(self.peer.clone(), notification.trace.clone());
        match admitted.and_then(|()| self.router.take(cx, &notification)) {
            Ok(Some(done)) => {
                let turn = self.notifications.join(String::new());
                self.tasks.spawn(async move {
                    let _turn = turn.await;
                    done.await;
                    None
                });
            }
            Ok(None) => tracing::debug!(method = %notification.method, "nobody takes this notification"),
            // A notification has no answer, not even this one.
            Err(error) => tracing::warn!(method = %notification.method, %error, "dropped a notification"),
        }
    }

    fn settle(&mut self, response: Response<'_>) {
        let reply = match response.outcome {
            Outcome::Result(text) => Reply::Result(text.as_bytes().into()),
            Outcome::Error(error) => Reply::Error(error),
        };
        let unknown = match &response.id {
            Some(RequestId::Number(id)) => self.peer.pending().settle(*id, reply).is_err(),
            Some(RequestId::Text(_)) | None => true,
        };
        if unknown {
            tracing::warn!(connection = %self.peer.connection(), id = ?response.id, "an answer that nobody waits for");
        }
    }

    fn malformed(&mut self, malformed: Malformed) {
        let Malformed { error, id, answers } = malformed;
        // Where somebody here waits for this id, it was meant as an answer; whoever waits hears that it is none.
        if let Some(RequestId::Number(number)) = answers {
            let waited = self
                .peer
                .pending()
                .settle(number, Reply::Malformed(error.message.clone()))
                .is_ok();
            if waited {
                return self.refuse(None, &error);
            }
        }
        self.refuse(id.as_ref(), &error);
    }

    fn refuse(&mut self, id: Option<&RequestId>, error: &RpcError) {
        self.answers
            .push_back(message::error(id, error, self.peer.protocol().strict));
    }

    fn finish(&mut self, task: task::Id, served: Option<Served>) {
        self.done(task, served.as_ref().is_some_and(|served| served.succeeded));
        self.answers.extend(served.map(|served| served.text));
        self.release();
    }

    fn fail(&mut self, error: &JoinError) {
        tracing::error!(connection = %self.peer.connection(), %error, "a handler failed");
        if let Some(id) = self.done(error.id(), false) {
            let text = if error.is_panic() {
                "the handler panicked"
            } else {
                "the handler was cut off"
            };
            self.refuse(Some(&id), &RpcError::internal(text));
        }
        self.release();
    }

    /// Forgets a task, and gives the id of the request that it served.
    fn done(&mut self, task: task::Id, succeeded: bool) -> Option<RequestId> {
        if let Some((_, session)) = self.opening.take_if(|(opening, _)| *opening == task) {
            *self.peer.access() = if succeeded {
                Access::Open(session)
            } else {
                Access::Fresh
            };
        }
        let id = self.running.remove(&task)?;
        self.ids.remove(&id);
        Some(id)
    }

    /// Goes on with what the handshake has held up; it may hold a second handshake.
    fn release(&mut self) {
        while self.opening.is_none()
            && let Some(text) = self.held.pop_front()
        {
            self.receive(text);
        }
    }

    /// Takes nothing more from the peer, and gives handlers their time.
    fn drain(&mut self) {
        self.inbound = None;
        self.deadline = Some(Instant::now() + self.limits.drain);
        self.peer.hang_up();
    }

    /// Sends what is queued, and nothing after it.
    async fn end(mut self) -> io::Result<()> {
        let written = async {
            // A writer that has ended says why below.
            let _ = self.peer.outbound().send(Outgoing::End).await;
            (&mut self.writer.0)
                .await
                .unwrap_or_else(|error| Err(io::Error::other(error)))
        };
        let end = tokio::time::timeout(self.limits.drain, written).await;
        end.unwrap_or_else(|_| Err(not_read()))
    }
}

fn not_read() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the peer does not read what it is sent")
}

async fn receive(inbound: &mut Option<mpsc::Receiver<io::Result<Frame>>>) -> Option<io::Result<Frame>> {
    inbound.as_mut()?.recv().await
}

async fn expire(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// The reader: waits for the loop when that is behind, and for nothing else.
async fn read(mut source: impl Source, limit: usize, frames: mpsc::Sender<io::Result<Frame>>) {
    while let Some(frame) = source.next(limit).await.transpose() {
        let failed = frame.is_err();
        if frames.send(frame).await.is_err() || failed {
            return;
        }
    }
}

/// The writer: flushes when the queue is empty, not after each message.
async fn write(mut sink: impl Sink, mut queue: mpsc::Receiver<Outgoing>) -> io::Result<()> {
    let mut written = Vec::new();
    while let Some(mut next) = queue.recv().await {
        let mut ended = false;
        loop {
            match next {
                Outgoing::Message(text, waiter) => {
                    sink.send(text.as_bytes()).await?;
                    written.extend(waiter);
                }
                Outgoing::End => {
                    ended = true;
                    break;
                }
            }
            match queue.try_recv() {
                Ok(more) => next = more,
                Err(_) => break,
            }
        }
        sink.flush().await?;
        for waiter in written.drain(..) {
            // Whoever does not wait any longer need not know.
            let _: Result<(), ()> = waiter.send(());
        }
        if ended {
            break;
        }
    }
    Ok(())
}

/// A task that does not outlive its owner.
struct OwnedTask<T>(JoinHandle<T>);

impl<T> Drop for OwnedTask<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
