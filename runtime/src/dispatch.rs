//! From the name of a method to its handler.
//!
//! In: one request or notification, its params still text. Out: work to run, or the error that answers the request at
//! once. Decoding happens here, before the work starts, from the slice of the message.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::context::Cx;
use crate::error::{ErrorCode, RpcError};
use crate::handshake::Access;
use crate::json;
use crate::message::{self, RequestId};
use crate::order::{Order, Turn};
use crate::protocol::{Method, MethodInfo, Notification, ProtocolInfo, Request, Side};

/// What serves the methods that one side of a protocol receives. A server has one for all of its connections.
pub struct Router {
    protocol: &'static ProtocolInfo,
    side: Side,
    methods: HashMap<&'static str, Entry>,
    order: Arc<Order>,
}

struct Entry {
    info: &'static MethodInfo,
    handler: Option<Handler>,
}

enum Handler {
    Request(RequestHandler),
    Notification(NotificationHandler),
}

type RequestHandler = Box<dyn Fn(Cx, RequestId, Option<&str>) -> Result<Answer, RpcError> + Send + Sync>;
type NotificationHandler = Box<dyn Fn(Cx, Option<&str>) -> Result<Done, RpcError> + Send + Sync>;

/// Completes when a request has been served.
pub(crate) type Answer = Pin<Box<dyn Future<Output = Served> + Send>>;

/// What became of a request.
pub(crate) struct Served {
    /// The text of the answer.
    pub(crate) text: String,
    /// Whether that is a result.
    pub(crate) succeeded: bool,
}

/// Completes when a notification has been taken in.
pub(crate) type Done = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Router {
    /// A router for what `side` of `protocol` receives, which serves nothing yet.
    pub fn new(protocol: &'static ProtocolInfo, side: Side) -> Self {
        let received = protocol.methods.iter().filter(|info| info.sender != side);
        let methods = received
            .map(|info| (info.name, Entry { info, handler: None }))
            .collect();
        Self {
            protocol,
            side,
            methods,
            order: Arc::default(),
        }
    }

    /// Serves a request. A later handler of the same method takes its place.
    ///
    /// # Panics
    /// When the method is not one that this side of the protocol receives.
    #[must_use]
    pub fn request<M, F, Fut>(self, handler: F) -> Self
    where
        M: Request,
        F: Fn(Cx, M::Params) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<M::Result, M::Error>> + Send + 'static,
    {
        let strict = self.protocol.strict;
        let handler = Arc::new(handler);
        let serve = move |cx: Cx, id: RequestId, params: Option<&str>| -> Result<Answer, RpcError> {
            let params = decode::<M>(params)?;
            let handler = Arc::clone(&handler);
            // The handler is called in the task of its request: whatever it does, it does to that request alone.
            Ok(Box::pin(async move {
                let outcome = handler(cx, params).await.map_err(Into::into);
                match outcome.and_then(|result| encode::<M>(&id, &result, strict)) {
                    Ok(text) => Served {
                        text,
                        succeeded: true,
                    },
                    Err(error) => Served {
                        text: message::error(Some(&id), &error, strict),
                        succeeded: false,
                    },
                }
            }))
        };
        self.insert::<M>(Handler::Request(Box::new(serve)))
    }

    /// Serves a notification. A later handler of the same method takes its place.
    ///
    /// # Panics
    /// When the method is not one that this side of the protocol receives.
    #[must_use]
    pub fn notification<M, F, Fut>(self, handler: F) -> Self
    where
        M: Notification,
        F: Fn(Cx, M::Params) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let serve = move |cx: Cx, params: Option<&str>| -> Result<Done, RpcError> {
            let params = decode::<M>(params)?;
            let handler = Arc::clone(&handler);
            Ok(Box::pin(async move { handler(cx, params).await }))
        };
        self.insert::<M>(Handler::Notification(Box::new(serve)))
    }

    fn insert<M: Method>(mut self, handler: Handler) -> Self {
        let entry = self.methods.get_mut(M::NAME);
        let entry = entry.unwrap_or_else(|| panic!("{} is not received by the {:?}", M::NAME, self.side));
        entry.handler = Some(handler);
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

    /// What the protocol says of a method that this side receives.
    pub(crate) fn info(&self, method: &str) -> Option<&'static MethodInfo> {
        self.methods.get(method).map(|entry| entry.info)
    }

    /// Starts to serve a request that has been admitted.
    pub(crate) fn serve(&self, cx: Cx, request: &message::Request<'_>) -> Result<Answer, RpcError> {
        let entry = self.methods.get(&*request.method);
        match entry.and_then(|entry| entry.handler.as_ref()) {
            Some(Handler::Request(handler)) => handler(cx, request.id.clone(), request.params),
            Some(Handler::Notification(_)) => {
                let text = format!("{} is a notification: it takes no id", request.method);
                Err(RpcError::invalid_request(text))
            }
            None => Err(self.not_found(&request.method, &cx.peer().access())),
        }
    }

    /// Starts to serve a notification that has been admitted; none when nobody wants it.
    pub(crate) fn take(
        &self,
        cx: Cx,
        notification: &message::Notification<'_>,
    ) -> Result<Option<Done>, RpcError> {
        let entry = self.methods.get(&*notification.method);
        match entry.and_then(|entry| entry.handler.as_ref()) {
            Some(Handler::Notification(handler)) => handler(cx, notification.params).map(Some),
            Some(Handler::Request(_)) => {
                let text = format!("{} is a request: it takes an id", notification.method);
                Err(RpcError::invalid_request(text))
            }
            None => Ok(None),
        }
    }

    /// The turn of a request whose method is ordered by a value of its params.
    pub(crate) fn turn(&self, request: &message::Request<'_>) -> Option<Turn> {
        let path = self.info(&request.method)?.order;
        if path.is_empty() {
            return None;
        }
        let params: serde_json::Value = serde_json::from_str(request.params?).ok()?;
        let key = path.iter().try_fold(&params, |value, name| value.get(name))?;
        Some(self.order.join(key.to_string()))
    }

    fn not_found(&self, method: &str, access: &Access) -> RpcError {
        let served = self.methods.values().filter(|entry| {
            matches!(entry.handler, Some(Handler::Request(_)))
                && entry.info.gate.is_none_or(|gate| access.is_open(gate))
        });
        let near = served
            .map(|entry| (distance(method, entry.info.name), entry.info.name))
            .filter(|(distance, name)| *distance <= name.len() / 4)
            .min();
        RpcError::new(
            ErrorCode::METHOD_NOT_FOUND,
            match near {
                Some((_, name)) => format!("method not found: {method}; did you mean {name}?"),
                None => format!("method not found: {method}"),
            },
        )
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

fn decode<M: Method>(params: Option<&str>) -> Result<M::Params, RpcError> {
    // Absent, null and empty say the same; where something is required, the decoder names it.
    let text = params.filter(|text| *text != "null").unwrap_or("{}");
    json::from_str(text).map_err(|error| RpcError::bad_params(M::NAME, error))
}

fn encode<M: Request>(id: &RequestId, result: &M::Result, strict: bool) -> Result<String, RpcError> {
    let text = message::text(|w| message::write_result(w, id, result, strict));
    text.map_err(|error| {
        tracing::error!(method = M::NAME, %error, "a result has no JSON form");
        RpcError::internal(format!("the result of {} cannot be written: {error}", M::NAME))
    })
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let served = self.methods.values().filter(|entry| entry.handler.is_some());
        f.debug_set()
            .entries(served.map(|entry| entry.info.name))
            .finish()
    }
}
