//! Messages that are carried as they are, between two ends in one process.
//!
//! In: typed params and results. Out: the same at the other end: moved where that alone has them, and cloned where several
//! have them. Text is written only for who asks for it: a recorder, or an end that knows a method by another type.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::envelope;
use crate::error::RpcError;
use crate::json::{self, Decode, DecodeError, Encode, EncodeError};
use crate::message::{self, RequestId};
use crate::protocol::{MethodInfo, Notification, Request};

/// Params or a result, on their way.
pub(crate) trait Carried: Any + Encode + Send + Sync {}

impl<T: Any + Encode + Send + Sync> Carried for T {}

/// The value as it is where it is of this type, and through its text otherwise.
pub(crate) fn take<T: Decode + Clone + Send + Sync + 'static>(
    value: Arc<dyn Carried>,
) -> Result<T, DecodeError> {
    if !(&*value as &dyn Any).is::<T>() {
        return json::from_str(&json::to_string(&*value).unwrap_or_default());
    }
    let value: Arc<dyn Any + Send + Sync> = value;
    match value.downcast() {
        Ok(value) => Ok(Arc::unwrap_or_clone(value)),
        Err(_) => unreachable!("the type was looked at"),
    }
}

/// A message that is no text. Only [`transport`](crate::transport)s within a process carry such.
#[derive(Clone)]
pub struct Typed {
    pub(crate) id: Option<RequestId>,
    pub(crate) body: Body,
}

#[derive(Clone)]
pub(crate) enum Body {
    /// A request where there is an id, and a notification otherwise.
    Call(&'static MethodInfo, Arc<dyn Carried>),
    Answer(Result<Arc<dyn Carried>, Box<RpcError>>),
}

impl Typed {
    /// A request.
    pub fn request<M: Request>(id: RequestId, params: M::Params) -> Self {
        Self::call(Some(id), const { &M::INFO }, Arc::new(params))
    }

    /// A notification.
    pub fn notification<M: Notification>(params: M::Params) -> Self {
        Self::call(None, const { &M::INFO }, Arc::new(params))
    }

    /// The answer to a request, from the type of its result.
    pub fn result<R: Encode + Send + Sync + 'static>(id: RequestId, result: R) -> Self {
        let body = Body::Answer(Ok(Arc::new(result)));
        Self { id: Some(id), body }
    }

    pub(crate) fn call(id: Option<RequestId>, info: &'static MethodInfo, params: Arc<dyn Carried>) -> Self {
        let body = Body::Call(info, params);
        Self { id, body }
    }

    /// The answer to the request with the id of this text.
    pub(crate) fn answer(id: &str, outcome: Result<Arc<dyn Carried>, Box<RpcError>>) -> Self {
        let body = Body::Answer(outcome);
        let id = json::from_str(id).ok();
        Self { id, body }
    }

    pub(crate) fn into_params(self) -> Option<Arc<dyn Carried>> {
        match self.body {
            Body::Call(_, params) => Some(params),
            Body::Answer(_) => None,
        }
    }

    /// The method of a request or a notification.
    pub fn method(&self) -> Option<&'static str> {
        match self.body {
            Body::Call(info, _) => Some(info.name),
            Body::Answer(_) => None,
        }
    }

    /// The params of a request or a notification; as they are, where they are of this type.
    ///
    /// # Errors
    /// When they are of another type, and their text is none of this one.
    pub fn params<T: Decode + Clone + Send + Sync + 'static>(self) -> Result<T, DecodeError> {
        match self.body {
            Body::Call(_, params) => take(params),
            Body::Answer(_) => self.read(),
        }
    }

    /// What a type makes of the text of the message.
    ///
    /// # Errors
    /// When the text is none of this type.
    pub fn read<T: Decode>(&self) -> Result<T, DecodeError> {
        json::from_str(&self.text(false).unwrap_or_default())
    }

    /// The message as text; with `jsonrpc: "2.0"` where `strict` says so.
    ///
    /// # Errors
    /// When something in it has no JSON form.
    pub fn text(&self, strict: bool) -> Result<String, EncodeError> {
        let mut out = String::new();
        envelope::write(&mut out, strict, None, |w| {
            if let Some(id) = &self.id {
                w.member(message::ID, id);
            }
            match &self.body {
                Body::Call(info, params) => envelope::write_call(w, info, &**params),
                Body::Answer(Ok(result)) => w.member(message::RESULT, &**result),
                Body::Answer(Err(error)) => w.member(envelope::ERROR, &**error),
            }
        })?;
        Ok(out)
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text(false);
        f.debug_tuple("Typed").field(&text).finish()
    }
}

/// A union of notifications that takes them from a server in the same process. Implemented by those that are emitted; one by
/// hand may leave it at reading their text.
pub trait FromTyped: Decode + Sized {
    /// The notification as this type has it.
    ///
    /// # Errors
    /// When it is none that the type knows.
    fn from_typed(message: Typed) -> Result<Self, DecodeError> {
        message.read()
    }
}

/// Params, before it is known how they are carried.
pub(crate) enum Params<'a> {
    /// To be written.
    Lent(&'a dyn Carried),
    /// To be carried as they are, to who may have all of them.
    Shared(Arc<dyn Carried>),
}

impl Params<'_> {
    /// Sends these, shared or where they stand.
    pub(crate) fn of<T: Carried, R>(params: T, shared: bool, send: impl FnOnce(Params<'_>) -> R) -> R {
        if shared {
            send(Params::Shared(Arc::new(params)))
        } else {
            send(Params::Lent(&params))
        }
    }

    pub(crate) fn as_encode(&self) -> &dyn Encode {
        match self {
            Self::Lent(params) => *params,
            Self::Shared(params) => &**params,
        }
    }
}

/// A message in one of its two forms.
#[derive(Clone, Debug)]
pub(crate) enum Content<'a> {
    Text(Cow<'a, str>),
    Typed(Typed),
}

impl Content<'_> {
    /// Its length in bytes; what is no text has none.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Typed(_) => 0,
        }
    }

    /// The same for longer.
    pub(crate) fn kept(self) -> Content<'static> {
        match self {
            Self::Text(text) => Content::Text(text.into_owned().into()),
            Self::Typed(message) => Content::Typed(message),
        }
    }
}

impl<'a> From<&'a str> for Content<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<Typed> for Content<'_> {
    fn from(message: Typed) -> Self {
        Self::Typed(message)
    }
}
