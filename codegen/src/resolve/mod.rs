//! Names become ids.
//!
//! In: every file as a tree, names as text. Out: one tree, [`Resolved`], in which every name of a definition is an id;
//! imports, duplicates and cycles are done.

mod collect;
mod convert;
mod cycles;
mod scopes;
mod tree;

pub use tree::{
    DefId, Definition, Envelope, Field, Gate, Handshake, MemberContent, Method, Module, ModuleId, Resolved,
    Service, ServiceId, Shape, Spread, Struct, Type, TypeKind, Union, UnionMember, names_in_shape,
    names_in_type,
};

use crate::ast;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::rules;
use crate::source::SourceMap;

/// Looks every name up. None when a name has no meaning, or the protocol none: the reports say why.
pub fn resolve(
    sources: &SourceMap,
    files: Vec<ast::File>,
    diagnostics: &mut Diagnostics,
) -> Option<Resolved> {
    let collected = collect::collect(sources, files, diagnostics);
    let scopes = scopes::Scopes::new(&collected, diagnostics);
    if collected.protocol.is_none() {
        diagnostics.push(
            Diagnostic::new(&rules::MISSING_PROTOCOL, None, "no file declares a `protocol`")
                .help("add `protocol Name version \"0.1.0\";` to one file"),
        );
    }
    let resolved = convert::convert(collected, &scopes, diagnostics);
    scopes.report_unknown(diagnostics);
    let resolved = resolved?;
    scopes.report_unused(diagnostics);
    cycles::check(&resolved, diagnostics);
    (!diagnostics.has_errors()).then_some(resolved)
}
