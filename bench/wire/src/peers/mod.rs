//! Other people's runtimes, each as its documentation shows it, with what it has for speed turned on.
//!
//! In: a transport that it has. Out: the same answers as the floor's.

pub mod async_lsp;
pub mod jsonrpsee;
pub mod rmcp;
