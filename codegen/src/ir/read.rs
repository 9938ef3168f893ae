//! Reading a model from the text that it was dumped as.
//!
//! In: the bytes of a `protocol.json`. Out: the model, or why it cannot be read.

use std::fmt;

use serde::Deserialize;

use super::{FORMAT, Protocol, first_format};

/// Why a model cannot be read.
#[derive(Debug)]
pub enum ReadError {
    /// A newer compiler wrote it, in this format.
    Newer(u32),
    /// It is no model.
    Malformed(serde_json::Error),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer(format) => write!(
                f,
                "a newer compiler wrote it: its format is {format}, and this compiler reads up to {FORMAT}"
            ),
            Self::Malformed(error) => write!(f, "it is no model of a protocol: {error}"),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Newer(_) => None,
            Self::Malformed(error) => Some(error),
        }
    }
}

/// Reads a model of this format or an older one.
///
/// # Errors
/// When a newer compiler wrote it, or when it is none.
pub fn read(bytes: &[u8]) -> Result<Protocol, ReadError> {
    // The format comes first, since what else a newer file has would be taken for a fault.
    #[derive(Deserialize)]
    struct Head {
        #[serde(default = "first_format")]
        format: u32,
    }
    let head: Head = serde_json::from_slice(bytes).map_err(ReadError::Malformed)?;
    if head.format > FORMAT {
        return Err(ReadError::Newer(head.format));
    }
    serde_json::from_slice(bytes).map_err(ReadError::Malformed)
}
