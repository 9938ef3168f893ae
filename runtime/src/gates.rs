//! The gates that one connection has opened.
//!
//! In: made by the handshake. Out: asked by dispatch, by the peer, and by handlers. Cheap to clone.

use std::sync::{Arc, LazyLock};

/// The open gates of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gates(Arc<[&'static str]>);

impl Gates {
    /// No gate is open.
    pub fn none() -> &'static Self {
        static NONE: LazyLock<Gates> = LazyLock::new(Gates::default);
        &NONE
    }

    /// Whether the gate of this name is open.
    pub fn is_open(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    /// The names of the open gates, in the order of the protocol.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().copied()
    }
}

impl FromIterator<&'static str> for Gates {
    fn from_iter<I: IntoIterator<Item = &'static str>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}
