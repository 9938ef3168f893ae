//! How a piece of the model is spelled in the interface language, for people.
//!
//! In: types and fields of the IR. Out: one line of text, as an author would write it, without namespaces.

use std::fmt;

use super::{Field, Presence, Scalar, Type};

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(scalar) => f.write_str(spelling_of(*scalar)),
            Self::Constant(value) => write!(f, "{value}"),
            Self::Ref(name) => f.write_str(name.name()),
            Self::List(item) => write!(f, "list<{item}>"),
            Self::Map(key, value) => write!(f, "map<{key}, {value}>"),
            Self::Tuple(items) => {
                f.write_str("tuple<")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str(">")
            }
            Self::Nullable(inner) => write!(f, "{inner} | null"),
        }
    }
}

impl Field {
    /// What stands after the wire name: `?: string | null`, `: bool = false`.
    pub fn spelling(&self) -> String {
        let ty = &self.ty;
        let default = self
            .default
            .as_ref()
            .map(|value| format!(" = {value}"))
            .unwrap_or_default();
        match self.presence {
            Presence::Required => format!(": {ty}"),
            Presence::Nullable => format!(": {ty} | null"),
            Presence::OptionalNullable => format!("?: {ty} | null"),
            Presence::Optional => format!("?: {ty}"),
            Presence::OptionalAcceptsNull => format!("?: {ty} accepts null"),
            Presence::Default => format!(": {ty}{default}"),
            Presence::OmittedDefault => format!("?: {ty}{default}"),
            Presence::Patch => format!("?: patch {ty}"),
        }
    }
}

/// The word of the language for a scalar.
pub(crate) fn spelling_of(scalar: Scalar) -> &'static str {
    Scalar::ALL
        .iter()
        .find(|(_, each)| *each == scalar)
        .map_or("json", |(spelling, _)| spelling)
}
