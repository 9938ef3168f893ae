//! What holds the emitted crate together: manifest, modules, constants.
//!
//! In: the plan. Out: `Cargo.toml`, `lib.rs`, a `mod.rs` for each namespace, and `constants.rs` where it is needed.

use std::collections::BTreeMap;

use super::code::{Code, line, quoted};
use super::dispatch;
use super::module::namespace_path;
use super::plan::Plan;
use crate::emit::{EmitOptions, RuntimeDependency, names};
use crate::files::Files;
use crate::ir::{Module, Protocol};

/// Modules of the crate's root that are not IDL files, beside those of [`dispatch::MODULES`].
const OWN_MODULES: &[&str] = &["constants", "lib", "oracle"];

/// What the crate is called: `app-server-protocol`.
pub(super) fn crate_name(protocol: &Protocol) -> String {
    let name = names::kebab(&protocol.name);
    if name.ends_with("protocol") {
        name
    } else {
        name + "-protocol"
    }
}

/// Where the file of a module lies, below `src`.
pub(super) fn path(module: &Module) -> String {
    match &module.namespace {
        None => format!("{}.rs", root_module(module)),
        Some(namespace) => format!("{}/{}.rs", names::namespace_module(namespace), module.rust),
    }
}

/// Whether a module has anything that Rust shows.
pub(super) fn has_types(plan: &Plan<'_>, module: &Module) -> bool {
    plan.protocol
        .definitions
        .values()
        .any(|definition| definition.file == module.file)
}

pub(super) fn manifest(protocol: &Protocol, options: &EmitOptions) -> String {
    let runtime = match &options.runtime {
        RuntimeDependency::Registry => {
            let (major, minor) = (env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
            format!("version = \"{major}.{minor}\"")
        }
        RuntimeDependency::Path(path) => format!("path = {}", quoted(path)),
    };
    format!(
        "# {note}

[package]
name = \"{name}\"
description = {description}
version = {version}
edition = \"2024\"
publish = false

[features]
default = []
# Traits for handlers, a router, and typed calls.
dispatch = [\"wiregate-runtime/tokio\"]
# Twins of the types with derived implementations, which tests compare with the emitted ones.
oracle = [\"dep:schemars\", \"dep:serde\", \"dep:serde_json\", \"dep:ts-rs\"]
# Serialize and Deserialize for every type, so that it can sit inside other serde types. Through a tree: convenient, not fast.
serde = []

[dependencies]
schemars = {{ version = \"1.2\", features = [\"indexmap2\", \"preserve_order\"], optional = true }}
serde = {{ version = \"1.0\", features = [\"derive\"], optional = true }}
serde_json = {{ version = \"1.0\", optional = true }}
ts-rs = {{ version = \"12.0\", features = [\"indexmap-impl\", \"no-serde-warnings\", \"serde-json-impl\"], optional = true }}
wiregate-runtime = {{ {runtime} }}
",
        note = options.note(None),
        name = crate_name(protocol),
        description = quoted(&format!("The messages of the {} protocol", protocol.name)),
        version = quoted(&crate_version(&protocol.version)),
    )
}

pub(super) fn add_modules(plan: &Plan<'_>, options: &EmitOptions, files: &mut Files) {
    let protocol = plan.protocol;
    let mut by_namespace: BTreeMap<Option<&str>, Vec<&Module>> = BTreeMap::new();
    for module in protocol.modules.iter().filter(|module| has_types(plan, module)) {
        by_namespace
            .entry(module.namespace.as_deref())
            .or_default()
            .push(module);
    }
    let mut root = Code::default();
    line!(root, "// {}", options.note(None));
    root.blank();
    let about = format!(
        "The messages of the {} protocol, version {}.",
        protocol.name, protocol.version
    );
    root.inner_docs(&about);
    if !protocol.docs.is_empty() {
        root.inner_docs("\n");
        root.inner_docs(&protocol.docs);
    }
    root.blank();
    for (lint, reason) in ALLOWED {
        line!(root, "#![allow({lint}, reason = {})]", quoted(reason));
    }
    root.blank();
    if !plan.constants.is_empty() {
        line!(root, "pub mod constants;");
        files.add("src/constants.rs", constants(plan, options));
    }
    line!(root, "#[cfg(feature = \"oracle\")]");
    line!(root, "pub mod oracle;");
    for namespace in by_namespace.keys().flatten() {
        line!(root, "pub mod {};", namespace_path(namespace));
    }
    dispatch::declare(&mut root);
    root.blank();
    for (namespace, modules) in by_namespace {
        let Some(namespace) = namespace else {
            declare(
                &mut root,
                modules
                    .iter()
                    .map(|module| names::rust_ident(&root_module(module))),
            );
            continue;
        };
        let mut code = Code::default();
        line!(code, "// {}", options.note(None));
        code.blank();
        code.inner_docs(&format!("The namespace `{namespace}`."));
        code.blank();
        declare(
            &mut code,
            modules.iter().map(|module| names::rust_ident(&module.rust)),
        );
        files.add(
            format!("src/{}/mod.rs", names::namespace_module(namespace)),
            code.into_text(),
        );
    }
    files.add("src/lib.rs", root.into_text());
}

/// The lints that emitted code may break.
const ALLOWED: &[(&str, &str)] = &[
    ("deprecated", "what is deprecated is still read and written"),
    (
        "clippy::large_enum_variant",
        "members are as large as the protocol says",
    ),
    ("clippy::too_many_arguments", "`new` takes whatever must be there"),
    ("clippy::enum_variant_names", "members are named by the protocol"),
    (
        "clippy::upper_case_acronyms",
        "definitions are named by the protocol",
    ),
    (
        "clippy::type_complexity",
        "types are as deep as the protocol says",
    ),
    (
        "clippy::doc_lazy_continuation",
        "comments are the protocol's, for every target",
    ),
    ("rustdoc::all", "comments are the protocol's, for every target"),
];

fn root_module(module: &Module) -> String {
    let own = |name: &str| module.rust == name;
    if OWN_MODULES.iter().any(|name| own(name)) || dispatch::MODULES.iter().any(|(name, _)| own(name)) {
        format!("{}_types", module.rust)
    } else {
        module.rust.clone()
    }
}

fn declare(code: &mut Code, modules: impl Iterator<Item = String> + Clone) {
    for module in modules.clone() {
        line!(code, "mod {module};");
    }
    code.blank();
    for module in modules {
        line!(code, "pub use {module}::*;");
    }
}

fn constants(plan: &Plan<'_>, options: &EmitOptions) -> String {
    let mut code = Code::default();
    line!(code, "// {}", options.note(None));
    code.blank();
    code.inner_docs("Types of one value each, for places that admit one only.");
    code.blank();
    line!(code, "use wiregate_runtime::json;");
    for (text, name) in &plan.constants {
        let value = serde_json::from_str(text).unwrap_or_default();
        let constant = super::module::constant_expression(&value);
        code.blank();
        line!(code, "/// `{text}`");
        line!(
            code,
            "#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]"
        );
        line!(code, "pub struct {name};");
        code.blank();
        line!(code, "impl json::Decode for {name} {{");
        line!(code, "fn blank() -> Self {{");
        line!(code, "Self");
        line!(code, "}}");
        code.blank();
        line!(code, "fn decode(&mut self, r: &mut json::Reader<'_>) {{");
        line!(code, "r.exactly(&{constant});");
        line!(code, "}}");
        line!(code, "}}");
        code.blank();
        line!(code, "impl json::Encode for {name} {{");
        line!(code, "fn encode(&self, w: &mut json::Writer) {{");
        line!(code, "w.constant(&{constant});");
        line!(code, "}}");
        line!(code, "}}");
    }
    code.into_text()
}

/// A version that cargo takes: three numbers, and whatever follows.
fn crate_version(version: &str) -> String {
    let end = version
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(version.len());
    let (numbers, rest) = version.split_at(end);
    let mut numbers: Vec<&str> = numbers
        .split('.')
        .filter(|number| !number.is_empty())
        .take(3)
        .collect();
    while numbers.len() < 3 {
        numbers.push("0");
    }
    let rest = if rest.starts_with(['-', '+']) { rest } else { "" };
    numbers.join(".") + rest
}
