//! Many connections that are served alike.
//!
//! In: a router, and a transport for each client. Out: connections that share topics, order and open requests, and end
//! together.

use std::sync::Arc;

use crate::connection::Connection;
use crate::dispatch::Router;
use crate::hub::Hub;
use crate::limits::Limits;
use crate::peer::{Peer, Snapshot};
use crate::record::Recorder;
use crate::transport::Transport;

/// Serves any number of connections. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    hub: Hub,
    router: Arc<Router>,
    limits: Limits,
    recorder: Option<Arc<dyn Recorder>>,
}

/// How things stand with a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSnapshot {
    /// Its connections, oldest first.
    pub connections: Vec<Snapshot>,
    /// Requests of its own that no client has answered yet.
    pub open_requests: usize,
    /// Topics that somebody follows.
    pub topics: usize,
}

impl Server {
    /// A server without connections.
    pub fn new(router: impl Into<Arc<Router>>) -> Self {
        let router = router.into();
        Self {
            hub: Hub::new(router.protocol()),
            router,
            limits: Limits::default(),
            recorder: None,
        }
    }

    /// The same with a hub that others have already, such as services that tell something by themselves.
    ///
    /// # Panics
    /// When the hub was made for another protocol.
    #[must_use]
    pub fn with_hub(self, hub: Hub) -> Self {
        let (ours, theirs) = (self.hub.protocol(), hub.protocol());
        assert!(
            std::ptr::eq(ours, theirs),
            "a hub for {}, not {}",
            theirs.name,
            ours.name
        );
        Self { hub, ..self }
    }

    /// The same with other limits for connections that are made from now on.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same; connections that are made from now on show their messages to `recorder`.
    #[must_use]
    pub fn with_recorder(self, recorder: Arc<dyn Recorder>) -> Self {
        Self {
            recorder: Some(recorder),
            ..self
        }
    }

    /// A new connection, which [`Connection::run`] carries.
    pub fn connection<T: Transport>(&self, transport: T) -> Connection<T> {
        let router = Arc::clone(&self.router);
        let connection = Connection::of(self.hub.clone(), transport, router, self.limits);
        match &self.recorder {
            Some(recorder) => connection.with_recorder(Arc::clone(recorder)),
            None => connection,
        }
    }

    /// All connections, and the topics that they follow.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Takes no more requests: each connection ends when what it has in flight is answered, or its time to drain is over.
    pub fn drain(&self) {
        self.hub.end(false);
    }

    /// Cuts off what is in flight, answers it with an error, and ends every connection. Who does not read that within two
    /// seconds, or its time to drain where that is shorter, is not waited for.
    pub fn stop(&self) {
        self.hub.end(true);
    }

    /// Completes when no connection is carried any longer: all have answered what they had, or were cut off.
    pub async fn idle(&self) {
        self.hub.wait_for(|life| life.count == 0).await;
    }

    /// Whether the server was told to drain, or to stop.
    pub fn is_draining(&self) -> bool {
        self.hub.is_ending()
    }

    /// Completes when the server was told to drain, or to stop, and no connection is carried any longer.
    pub async fn ended(&self) {
        self.hub.wait_for(|life| life.ending && life.count == 0).await;
    }

    /// How things stand.
    pub fn snapshot(&self) -> ServerSnapshot {
        let (open_requests, topics) = self.hub.counts();
        let connections = self.hub.connections();
        ServerSnapshot {
            connections: connections.iter().map(Peer::snapshot).collect(),
            open_requests,
            topics,
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("hub", &self.hub)
            .finish_non_exhaustive()
    }
}
