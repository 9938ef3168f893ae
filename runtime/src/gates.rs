//! Gates: those that one connection has opened, and what in a value stands behind one.
//!
//! In: made by the handshake; values that a client has sent, walked by generated code. Out: asked by dispatch, by the
//! writer, and by handlers; the first use of something whose gate is closed.

use std::sync::{Arc, LazyLock};

#[cfg(feature = "tokio")]
use crate::error::RpcError;
use crate::json::{self, Encode};
#[cfg(feature = "tokio")]
use crate::protocol::HandshakeInfo;
use crate::protocol::Walk;
use crate::{Map, Patch};

/// The open gates of a connection. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gates(Arc<[&'static str]>);

impl Gates {
    /// No gate is open.
    pub fn none() -> &'static Self {
        static NONE: LazyLock<Gates> = LazyLock::new(Gates::default);
        &NONE
    }

    /// Whether the gate of this name is open.
    #[inline]
    pub fn is_open(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    /// Whether all of these are open.
    #[inline]
    pub fn are_open(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.is_open(name))
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

/// Something that may hold what stands behind a gate. Generated for such types that clients send, and for no others.
pub trait Gated {
    /// Tells every place that stands behind a gate, in the order of the protocol.
    fn uses(&self, u: &mut Uses<'_>);
}

/// The use of something whose gate is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The gate.
    pub gate: &'static str,
    /// What a refusal calls it: `thread/start.dynamicTools`, `askForApproval.granular`.
    pub what: &'static str,
    /// Where in the value it stands: `input[2].placement`; empty for the whole.
    pub path: String,
}

/// The refusal of `what`, which stands behind `gate` and at `path` in a message.
#[cfg(feature = "tokio")]
#[cold]
pub(crate) fn refusal(handshake: Option<&HandshakeInfo>, gate: &str, what: &str, path: &str) -> RpcError {
    let info = handshake.and_then(|handshake| handshake.gates.iter().find(|info| info.name == gate));
    let capability = info.map_or(gate, |info| info.capability());
    let data = serde_json::json!({"gate": gate, "path": path, "capability": capability});
    RpcError {
        data: Some(data.into()),
        ..RpcError::invalid_request(format!("{what} requires {capability} capability"))
    }
}

/// A walk through a value that ends at the first use of something whose gate is closed.
#[derive(Debug)]
pub struct Uses<'g> {
    open: &'g Gates,
    found: Option<Box<Use>>,
}

impl<'g> Uses<'g> {
    /// The first use in `value` of something that does not stand `open`.
    pub fn find<T: Gated>(value: &T, open: &'g Gates) -> Option<Use> {
        Self::walk(value, T::uses, open)
    }

    pub(crate) fn walk<T>(value: &T, uses: Walk<T>, open: &'g Gates) -> Option<Use> {
        let mut walk = Self { open, found: None };
        uses(value, &mut walk);
        walk.found.map(|found| *found)
    }

    /// The value that stands here is `what`, behind `gate`.
    pub fn here(&mut self, gate: &'static str, what: &'static str) {
        if self.found.is_none() && !self.open.is_open(gate) {
            let path = String::new();
            self.found = Some(Box::new(Use { gate, what, path }));
        }
    }

    /// The member `name` is `what`, behind `gate`. It is `used` unless it is absent, null, its default or an empty collection.
    pub fn field(&mut self, name: &str, gate: &'static str, what: &'static str, used: bool) {
        if used && self.found.is_none() {
            self.here(gate, what);
            self.step(name);
        }
    }

    /// Goes on with a value.
    pub fn value<T: Gated>(&mut self, value: &T) {
        if self.found.is_none() {
            value.uses(self);
        }
    }

    /// Goes on with the value of the member `name`.
    pub fn member<T: Gated>(&mut self, name: &str, value: &T) {
        self.within(name, |u| u.value(value));
    }

    /// Goes on with something in the member `name`.
    pub fn within(&mut self, name: &str, walk: impl FnOnce(&mut Self)) {
        if self.found.is_none() {
            walk(self);
            self.step(name);
        }
    }

    /// Goes on with each element of a list.
    pub fn elements<T>(&mut self, list: &[T], walk: impl Fn(&mut Self, &T)) {
        for (index, value) in list.iter().enumerate() {
            if self.found.is_some() {
                return;
            }
            walk(self, value);
            if self.found.is_some() {
                self.step(&format!("[{index}]"));
            }
        }
    }

    /// Goes on with each value of a map.
    pub fn entries<K: Encode, V>(&mut self, map: &Map<K, V>, walk: impl Fn(&mut Self, &V)) {
        for (key, value) in map {
            if self.found.is_some() {
                return;
            }
            walk(self, value);
            if self.found.is_some() {
                let name = json::to_string(key).unwrap_or_default();
                self.step(name.trim_matches('"'));
            }
        }
    }

    /// What was found stands in the member `name` of what is walked next.
    fn step(&mut self, name: &str) {
        if let Some(found) = &mut self.found {
            if !found.path.is_empty() && !found.path.starts_with('[') {
                found.path.insert(0, '.');
            }
            found.path.insert_str(0, name);
        }
    }
}

impl<T: Gated> Gated for Option<T> {
    fn uses(&self, u: &mut Uses<'_>) {
        if let Some(value) = self {
            value.uses(u);
        }
    }
}

impl<T: Gated> Gated for Patch<T> {
    fn uses(&self, u: &mut Uses<'_>) {
        if let Self::Set(value) = self {
            value.uses(u);
        }
    }
}

impl<T: Gated> Gated for Box<T> {
    fn uses(&self, u: &mut Uses<'_>) {
        (**self).uses(u);
    }
}

impl<T: Gated> Gated for Vec<T> {
    fn uses(&self, u: &mut Uses<'_>) {
        u.elements(self, Uses::value);
    }
}

impl<K: Encode, V: Gated> Gated for Map<K, V> {
    fn uses(&self, u: &mut Uses<'_>) {
        u.entries(self, Uses::value);
    }
}
