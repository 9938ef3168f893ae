//! The Wiregate compiler: a protocol, declared once, becomes Rust, JSON Schema, TypeScript and reference pages.
//!
//! In: a folder of `.idl` files. Out: files in memory. The passes, one type per arrow:
//!
//! ```text
//! paths --source--> SourceMap --parse--> ast::File --resolve--> Resolved --check--> Checked --lower--> ir::Protocol --emit--> Files
//! ```

pub mod ast;
pub mod changes;
pub mod check;
pub mod diagnostics;
pub mod emit;
pub mod files;
pub mod ir;
pub mod lower;
pub mod output;
pub mod parse;
pub mod resolve;
pub mod rules;
pub mod source;
pub mod suggest;
