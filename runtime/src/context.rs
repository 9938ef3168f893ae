//! What a handler knows of the request that it serves.
//!
//! In: made by the connection for each request and notification. Out: handed to the handler, which may keep a clone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::{Instrument, Span};

use crate::gates::Gates;
use crate::handshake::Session;
use crate::hub::Hub;
use crate::json::Encode;
use crate::message::TraceContext;
use crate::peer::{ConnectionId, Peer};
use crate::protocol::{self, MethodInfo};

/// The surroundings of one request or notification.
#[derive(Clone, Debug)]
pub struct Cx {
    /// What all requests of a connection share once its handshake is done.
    around: Arc<Around>,
    /// What few requests have.
    own: Option<Arc<Own>>,
    span: Span,
}

#[derive(Debug)]
pub(crate) struct Around {
    pub(crate) peer: Peer,
    pub(crate) session: Option<Arc<Session>>,
}

#[derive(Debug, Default)]
struct Own {
    trace: Option<TraceContext>,
    topics: Mutex<Topics>,
}

/// What becomes of topics when a request is answered.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    /// Whether what is followed waits for the answer.
    holds: bool,
    /// Whose events do, as the hub has numbered them.
    pub(crate) held: Vec<u64>,
    /// What the caller is a subscriber of no longer.
    pub(crate) left: Option<String>,
}

impl Cx {
    /// What all requests of a connection have that have nothing of their own.
    pub(crate) fn new(around: Around) -> Self {
        Self {
            around: Arc::new(around),
            own: None,
            span: Span::none(),
        }
    }

    /// The surroundings of one request, where it has something of its own.
    pub(crate) fn with(
        &self,
        trace: &mut Option<TraceContext>,
        info: &MethodInfo,
        span: Span,
    ) -> Option<Self> {
        let has_own = trace.is_some() || info.subscribes || info.unsubscribes;
        if !has_own && span.is_disabled() {
            return None;
        }
        let own = has_own.then(|| {
            let trace = trace.take();
            let topics = Mutex::new(Topics {
                holds: info.subscribes,
                ..Topics::default()
            });
            Arc::new(Own { trace, topics })
        });
        let around = Arc::clone(&self.around);
        Some(Self { around, own, span })
    }

    /// Whoever sent it: for requests and notifications the other way.
    pub fn peer(&self) -> &Peer {
        &self.around.peer
    }

    /// All connections of this server, and the topics that they follow.
    pub fn hub(&self) -> &Hub {
        self.peer().hub()
    }

    /// The gates that the connection had open when it came.
    pub fn gates(&self) -> &Gates {
        self.open().unwrap_or_else(|| Gates::none())
    }

    /// The gates that decide what the caller may see; none where that is everything.
    pub(crate) fn open(&self) -> Option<&Gates> {
        self.around.session.as_ref().map(|session| &session.gates)
    }

    /// The connection that it came over.
    pub fn connection(&self) -> ConnectionId {
        self.peer().connection()
    }

    /// Subscribes the caller to a topic from now on. Where the method subscribes its caller, what the topic sends is held
    /// until the answer is sent, and the subscription is given up if that is an error, unless another request makes it too:
    /// so a handler that takes a picture of the topic's state for its result misses nothing that comes after.
    pub fn subscribe<T: Encode + ?Sized>(&self, topic: &T) {
        if let Some(topic) = protocol::key(topic) {
            self.follow(topic);
        }
    }

    pub(crate) fn follow(&self, topic: String) {
        match self.topics().filter(|topics| topics.holds) {
            Some(mut topics) => topics.held.extend(self.hub().hold(self.peer(), topic)),
            None => self.hub().follow(self.peer(), topic),
        }
    }

    /// What becomes of topics when the request is answered; none where its method says nothing of them.
    pub(crate) fn topics(&self) -> Option<MutexGuard<'_, Topics>> {
        let own = self.own.as_ref()?;
        Some(own.topics.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Completes when the peer has gone, or has said all that it will say.
    pub async fn cancelled(&self) {
        self.peer().closed().await;
    }

    /// The W3C trace context that the request carried.
    pub fn trace(&self) -> Option<&TraceContext> {
        self.own.as_ref()?.trace.as_ref()
    }

    /// The `tracing` span of the request.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Runs work that may outlive the handler, in the span of the request.
    pub fn spawn<F>(&self, work: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        tokio::spawn(work.instrument(self.span.clone()))
    }
}
