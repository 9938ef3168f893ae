//! From the name of a method to its handler.
//!
//! In: a reader before params, or the params as they are. Out: a [`Job`], which holds the typed params until the message is
//! known to be whole, and then runs the handler in the same place.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::context::Cx;
use crate::envelope;
use crate::error::{ErrorCode, RpcError};
use crate::gates::{Gates, Use, Uses};
use crate::handshake::Access;
use crate::json::{Decode, DecodeError, Reader};
use crate::protocol::{Method, MethodInfo, Notification, Place, ProtocolInfo, Request, Side};
use crate::typed::{self, Carried};

/// What serves the methods that one side of a protocol receives. A server has one for all of its connections.
pub struct Router {
    protocol: &'static ProtocolInfo,
    side: Side,
    methods: HashMap<&'static str, Entry, BuildHasherDefault<NameHasher>>,
}

/// A method that this side receives.
pub(crate) struct Entry {
    pub(crate) info: &'static MethodInfo,
    /// Takes params and makes a job of them; none where nobody serves the method.
    pub(crate) prepare: Option<Prepare>,
}

type Prepare = Box<dyn Fn(Given<'_, '_>) -> Result<BoxedJob, DecodeError> + Send + Sync>;

/// Params, as they came.
pub(crate) enum Given<'r, 'a> {
    /// To be read.
    Text(&'r mut Reader<'a>),
    /// As they are.
    Typed(Arc<dyn Carried>),
}

impl Given<'_, '_> {
    /// Puts them into `params`, which are blank.
    fn put<T: Decode + Clone + Send + Sync + 'static>(self, params: &mut T) -> Result<(), DecodeError> {
        match self {
            Self::Text(r) => {
                params.decode(r);
                r.take_fault().map_or(Ok(()), Err)
            }
            Self::Typed(carried) => typed::take(carried).map(|carried| *params = carried),
        }
    }
}

/// A request or notification whose params are read.
pub(crate) type BoxedJob = Pin<Box<dyn Job>>;

pub(crate) trait Job: Send {
    /// The first use in the params of something that does not stand `open`.
    fn uses(&self, open: &Gates) -> Option<Use>;

    /// The key that orders the request.
    fn order(&self) -> Option<String>;

    /// Begins with the handler, or goes on with it. Gives the result where it is carried as it is, and writes it to the end of
    /// `out` otherwise, as the answer to `id`.
    fn poll(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        cx: &Cx,
        id: &str,
        out: &mut String,
    ) -> Poll<Answered>;
}

/// How a handler has ended; with its result where that is not written.
pub(crate) type Answered = Result<Option<Arc<dyn Carried>>, Box<RpcError>>;

impl Router {
    /// A router for what `side` of `protocol` receives, which serves nothing yet.
    pub fn new(protocol: &'static ProtocolInfo, side: Side) -> Self {
        let received = protocol.methods.iter().filter(|info| info.sender != side);
        let methods = received
            .map(|info| (info.name, Entry { info, prepare: None }))
            .collect();
        Self {
            protocol,
            side,
            methods,
        }
    }

    /// Serves a request, each by a clone of the handler. A later handler of the same method takes its place.
    ///
    /// The handler is polled by the connection itself for as long as it does not wait for anything: one that computes for
    /// long moves that elsewhere (`tokio::task::spawn_blocking`), or its connection stands still meanwhile.
    ///
    /// # Panics
    /// When the method is not one that this side of the protocol receives.
    #[must_use]
    pub fn request<M, F, Fut>(self, handler: F) -> Self
    where
        M: Request,
        F: FnOnce(Cx, M::Params) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<M::Result, M::Error>> + Send + 'static,
    {
        let strict = self.protocol.strict;
        self.insert::<M, _, _, _>(
            move |cx, params| {
                topics::<M>(&cx, |place| match place {
                    Place::Params(key) => key(&params),
                    Place::Result(_) => None,
                });
                handler(cx, params)
            },
            move |cx, result, id, out| answer::<M>(cx, result, id, out, strict),
        )
    }

    /// Serves a notification, each by a clone of the handler. A later handler of the same method takes its place. Notifications of one connection are
    /// taken one after the other.
    ///
    /// # Panics
    /// When the method is not one that this side of the protocol receives.
    #[must_use]
    pub fn notification<M, F, Fut>(self, handler: F) -> Self
    where
        M: Notification,
        F: FnOnce(Cx, M::Params) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.insert::<M, _, _, _>(handler, |_, (), _, _| Ok(None))
    }

    fn insert<M, F, Fut, E>(mut self, handler: F, end: E) -> Self
    where
        M: Method,
        F: FnOnce(Cx, M::Params) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future + Send + 'static,
        E: Fn(&Cx, Fut::Output, &str, &mut String) -> Answered + Copy + Send + Sync + 'static,
    {
        let entry = self.methods.get_mut(M::NAME);
        let entry = entry.unwrap_or_else(|| panic!("{} is not received by the {:?}", M::NAME, self.side));
        entry.prepare = Some(Box::new(move |given| {
            let mut job = Box::new(Serving::<M, F, Fut, E> {
                params: Some(M::Params::blank()),
                handler: None,
                future: None,
                end,
            });
            // They are read where they stay.
            if let Some(params) = &mut job.params {
                given.put(params)?;
            }
            job.handler = Some(handler.clone());
            Ok(Box::into_pin(job as Box<dyn Job>))
        }));
        self
    }

    /// The protocol whose methods it serves.
    pub fn protocol(&self) -> &'static ProtocolInfo {
        self.protocol
    }

    /// The side that it serves them for.
    pub fn side(&self) -> Side {
        self.side
    }

    /// What this side receives under a name.
    pub(crate) fn entry(&self, method: &str) -> Option<&Entry> {
        self.methods.get(method)
    }

    pub(crate) fn serves(&self, method: &str) -> bool {
        self.entry(method).is_some_and(|entry| entry.prepare.is_some())
    }

    #[cold]
    pub(crate) fn not_found(&self, method: &str, access: &Access) -> RpcError {
        let served = self.methods.values().filter(|entry| {
            entry.prepare.is_some()
                && entry.info.kind == crate::MethodKind::Request
                && entry.info.gate.is_none_or(|gate| access.is_open(gate))
        });
        let near = served
            .map(|entry| (distance(method, entry.info.name), entry.info.name))
            .filter(|(distance, name)| *distance <= name.len() / 4)
            .min();
        let text = match near {
            Some((_, name)) => format!("method not found: {method}; did you mean {name}?"),
            None => format!("method not found: {method}"),
        };
        RpcError::new(ErrorCode::METHOD_NOT_FOUND, text)
    }
}

/// Hashes the names of methods. A peer gains nothing by names that collide: none of its own is ever put in.
#[derive(Default)]
struct NameHasher(u64);

impl NameHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        for word in bytes.as_chunks().0 {
            self.mix(u64::from_le_bytes(*word));
        }
        // The last word overlaps the one before it.
        self.mix(match bytes.last_chunk() {
            Some(word) => u64::from_le_bytes(*word),
            None => bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        });
    }

    fn write_u8(&mut self, _: u8) {
        // What ends each name: they are hashed one at a time.
    }

    fn finish(&self) -> u64 {
        self.0.rotate_left(20)
    }
}

/// How far a spelling is from a name; case hardly counts.
fn distance(spelling: &str, name: &str) -> usize {
    // Names are short, and nobody shall make the server compare a text of megabytes.
    if spelling.len() > 2 * name.len() {
        return usize::MAX;
    }
    strsim::osa_distance(&spelling.to_lowercase(), &name.to_lowercase())
}

pin_project! {
    /// A request or notification: its params, then its handler, and what comes of it.
    struct Serving<M: Method, F, Fut, E> {
        params: Option<M::Params>,
        handler: Option<F>,
        #[pin]
        future: Option<Fut>,
        end: E,
    }
}

impl<M, F, Fut, E> Job for Serving<M, F, Fut, E>
where
    M: Method,
    F: FnOnce(Cx, M::Params) -> Fut + Send,
    Fut: Future + Send,
    E: Fn(&Cx, Fut::Output, &str, &mut String) -> Answered + Send,
{
    fn uses(&self, open: &Gates) -> Option<Use> {
        Uses::walk(self.params.as_ref()?, M::USES?, open)
    }

    fn order(&self) -> Option<String> {
        M::ORDER?(self.params.as_ref()?)
    }

    fn poll(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        cx: &Cx,
        id: &str,
        out: &mut String,
    ) -> Poll<Answered> {
        let mut this = self.project();
        if let (Some(params), Some(handler)) = (this.params.take(), this.handler.take()) {
            this.future.set(Some(handler(cx.clone(), params)));
        }
        let Some(future) = this.future.as_pin_mut() else {
            return Poll::Ready(Err(RpcError::internal("the handler has ended").into()));
        };
        future.poll(task).map(|output| (this.end)(cx, output, id, out))
    }
}

/// What comes of the handler of a request.
fn answer<M: Request>(
    cx: &Cx,
    result: Result<M::Result, M::Error>,
    id: &str,
    out: &mut String,
    strict: bool,
) -> Answered {
    // Who may see all of it, or gets what has nothing gated, needs no gates.
    let open = cx.open().filter(|open| !open.are_open(M::INFO.result_gates));
    // Looked at where it stands: results are long.
    let value = match result {
        Ok(ref value) => value,
        Err(error) => return Err(M::error_for(error, open).into()),
    };
    topics::<M>(cx, |place| match place {
        Place::Params(_) => None,
        Place::Result(key) => key(value),
    });
    if open.is_none() && cx.peer().outbox().typed {
        return Ok(result.ok().map(|result| Arc::new(result) as Arc<dyn Carried>));
    }
    let written = envelope::write_answer(out, id, value, open, strict);
    written.map(|()| None).map_err(|error| {
        tracing::error!(method = M::NAME, %error, "a result has no JSON form");
        RpcError::internal(format!("the result of {} cannot be written: {error}", M::NAME)).into()
    })
}

/// Notes what becomes of the topics that a request or its result names.
fn topics<M: Request>(cx: &Cx, key: impl Fn(Place<M::Params, M::Result>) -> Option<String>) {
    if let Some(topic) = M::SUBSCRIBES.and_then(&key) {
        cx.follow(topic);
    }
    if let Some(topic) = M::UNSUBSCRIBES.and_then(key)
        && let Some(mut topics) = cx.topics()
    {
        topics.left = Some(topic);
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let served = self.methods.values().filter(|entry| entry.prepare.is_some());
        f.debug_set()
            .entries(served.map(|entry| entry.info.name))
            .finish()
    }
}
