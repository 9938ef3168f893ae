//! The Wiregate compiler: a protocol, declared once, becomes Rust, JSON Schema, TypeScript and reference pages.
//!
//! In: a folder of `.idl` files. Out: files in memory. The passes, one type per arrow:
//!
//! ```text
//! paths --source--> SourceMap --parse--> ast::File --resolve--> Resolved --check--> Checked --lower--> ir::Protocol --emit--> Files
//! ```

pub mod ast;
pub(crate) mod changelog;
pub mod changes;
pub mod check;
pub mod command;
pub mod conform;
pub mod date;
pub mod diagnostics;
pub mod emit;
pub mod exchanges;
pub mod files;
pub mod foreign;
pub mod gates;
pub mod ir;
pub mod lower;
pub mod output;
mod parallel;
pub mod parse;
pub mod recording;
pub mod render;
pub mod resolve;
pub mod rules;
pub mod skeleton;
pub mod source;
pub mod suggest;

use date::Date;
use diagnostics::Diagnostics;
use source::SourceMap;

/// Compiles a protocol. The model is missing where an error was reported; warnings leave it as it is.
pub fn compile(sources: &SourceMap) -> (Option<ir::Protocol>, Diagnostics) {
    compile_on(sources, None)
}

/// Compiles a protocol on a day: decisions that are due by then are warned of. The model does not depend on it.
pub fn compile_on(sources: &SourceMap, today: Option<Date>) -> (Option<ir::Protocol>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let protocol = passes(sources, today, &mut diagnostics);
    (protocol, diagnostics)
}

/// The passes. What a pass reports is reported together; the next one runs only when none of it was an error.
fn passes(sources: &SourceMap, today: Option<Date>, diagnostics: &mut Diagnostics) -> Option<ir::Protocol> {
    let files = parse::parse(sources, diagnostics);
    if diagnostics.has_errors() {
        return None;
    }
    let resolved = resolve::resolve(sources, files, diagnostics)?;
    let checked = check::check(resolved, today, diagnostics)?;
    let protocol = lower::lower(&checked);
    gates::check(&protocol, checked.resolved(), diagnostics);
    parallel::free(checked);
    (!diagnostics.has_errors()).then_some(protocol)
}
