//! What serves the methods: a file per IDL file.
//!
//! In: typed params. Out: typed results and errors. Handlers know the protocol; what they do to the machine is done
//! elsewhere.

pub(crate) mod fs;
pub(crate) mod handshake;
