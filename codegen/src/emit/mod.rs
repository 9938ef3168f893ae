//! What the emitters share; each target is a folder.
//!
//! In: the model, `&ir::Protocol`. Out: [`crate::files::Files`]. Emitters cannot fail: `check` has refused what they
//! could not write.

pub mod names;
