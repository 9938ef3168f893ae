//! Rust: a crate with the types, their JSON implementations, and what dispatches methods.
//!
//! In: the model. Out: a crate: one file per IDL file, namespaces as modules, everything re-exported flat within its
//! namespace. The implementations stand on the reader and writer of `wiregate-runtime`.

mod blanks;
mod code;
mod dispatch;
mod enums;
mod errors;
mod gates;
mod literal;
mod messages;
mod methods;
mod module;
mod oracle;
mod outline;
mod peers;
mod plan;
mod recursion;
mod router;
mod services;
mod skeleton;
mod structs;
mod unions;
mod untagged;

use crate::emit::EmitOptions;
use crate::files::Files;
use crate::ir::{Module, Protocol};
use plan::Plan;

/// Writes every file of the crate.
pub fn emit(protocol: &Protocol, options: &EmitOptions) -> Files {
    let plan = Plan::new(protocol);
    let mut files = Files::new();
    files.add("Cargo.toml", skeleton::manifest(protocol, options));
    files.add("rustfmt.toml", RUSTFMT.replace("{note}", &options.note(None)));
    skeleton::add_modules(&plan, options, &mut files);
    dispatch::add_files(protocol, options, &mut files);
    let modules: Vec<&Module> = protocol
        .modules
        .iter()
        .filter(|module| skeleton::has_types(&plan, module))
        .collect();
    for module in &modules {
        files.add(
            format!("src/{}", skeleton::path(module)),
            module::file(&plan, module, options),
        );
    }
    oracle::add_files(&plan, &modules, options, &mut files);
    files
}

/// The files are written in their final form.
const RUSTFMT: &str = "# {note}\n\ndisable_all_formatting = true\n";
