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
mod keys;
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

use std::sync::OnceLock;

use crate::emit::EmitOptions;
use crate::files::Files;
use crate::ir::{Module, Protocol};
use plan::Plan;

/// Writes every file of the crate.
pub fn emit(protocol: &Protocol, options: &EmitOptions) -> Files {
    let whole = Crate::new(protocol, options);
    let modules = protocol.modules.iter().map(|module| whole.module(module));
    Files::of_parts(modules.chain([whole.frame()]))
}

/// The crate, whose parts may be written by several threads.
pub(super) struct Crate<'a> {
    protocol: &'a Protocol,
    options: &'a EmitOptions,
    /// Made by the first who needs it.
    plan: OnceLock<Plan<'a>>,
}

impl<'a> Crate<'a> {
    pub(super) fn new(protocol: &'a Protocol, options: &'a EmitOptions) -> Self {
        Self {
            protocol,
            options,
            plan: OnceLock::new(),
        }
    }

    /// The files of one IDL file.
    pub(super) fn module(&self, module: &Module) -> Files {
        let plan = self.plan();
        let mut files = Files::new();
        if skeleton::has_types(plan, module) {
            files.add(
                format!("src/{}", skeleton::path(module)),
                module::file(plan, module, self.options),
            );
            oracle::add_module(plan, module, self.options, &mut files);
        }
        files
    }

    /// Everything else.
    pub(super) fn frame(&self) -> Files {
        let (plan, options) = (self.plan(), self.options);
        let mut files = Files::new();
        files.add("Cargo.toml", skeleton::manifest(self.protocol, options));
        files.add("rustfmt.toml", RUSTFMT.replace("{note}", &options.note(None)));
        skeleton::add_modules(plan, options, &mut files);
        dispatch::add_files(self.protocol, options, &mut files);
        let modules = self.protocol.modules.iter();
        let modules: Vec<&Module> = modules
            .filter(|module| skeleton::has_types(plan, module))
            .collect();
        oracle::add_frame(plan, &modules, options, &mut files);
        files
    }

    fn plan(&self) -> &Plan<'a> {
        self.plan.get_or_init(|| Plan::new(self.protocol))
    }
}

/// The files are written in their final form.
const RUSTFMT: &str = "# {note}\n\ndisable_all_formatting = true\n";
