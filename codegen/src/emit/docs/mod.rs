//! The Markdown reference: an index, and a page per IDL file.
//!
//! In: the model, and exchanges of its methods. Out: Markdown that reads well where repositories are browsed, below
//! `docs/`. Links are relative and anchors are written out, since sites derive anchors from headings in ways of their own.

mod definition;
mod exchange;
mod gates;
mod index;
mod link;
mod method;
mod placed;
mod reading;
mod table;

use crate::emit::EmitOptions;
use crate::exchanges::Exchanges;
use crate::files::Files;
use crate::ir::{self, DefName, Definition, Method, MethodKind, Module, Protocol, Service, Visibility};
use link::Page;

/// Writes the index and every page.
pub fn emit(protocol: &Protocol, options: &EmitOptions, exchanges: &Exchanges) -> Files {
    let mut files = Files::new();
    let users = ir::users(protocol);
    let with_method = placed::with_method(protocol, &users);
    let by_name = protocol
        .definitions
        .keys()
        .map(|name| (name.name(), name))
        .collect();
    let seen_in = exchange::seen_in(exchanges);
    let page = |path: String| Page {
        protocol,
        users: &users,
        with_method: &with_method,
        exchanges,
        by_name: &by_name,
        seen_in: &seen_in,
        path,
    };
    files.add("README.md", index::index(&page("README.md".to_owned()), options));
    for module in &protocol.modules {
        if has_page(protocol, module) {
            let path = link::path(&module.file);
            files.add(path.clone(), text(&page(path), module, options));
        }
    }
    files
}

/// Whether a file declares anything that readers look up.
fn has_page(protocol: &Protocol, module: &Module) -> bool {
    services(protocol, module).next().is_some() || definitions(protocol, module).next().is_some()
}

/// What the page of a file is called: its services, or the file where it has none.
fn title(protocol: &Protocol, module: &Module) -> String {
    let services: Vec<_> = services(protocol, module)
        .map(|(name, _)| name.as_str())
        .collect();
    if services.is_empty() {
        module.file.trim_end_matches(".idl").to_owned()
    } else {
        services.join(", ")
    }
}

fn text(page: &Page<'_>, module: &Module, options: &EmitOptions) -> String {
    let protocol = page.protocol;
    let mut text = format!(
        "<!-- {} -->\n\n# {}\n\n",
        options.note(Some(&module.file)),
        title(protocol, module)
    );
    text += &page.paragraph(&module.docs);
    text += &format!("{} · Source: `{}/{}`", page.index(), options.idl, module.file);
    if let Some(namespace) = &module.namespace {
        text += &format!(" · Namespace: `{namespace}`");
    }
    text += "\n";
    for (name, service) in services(protocol, module) {
        text += &format!("\n## {name}\n\n{}", page.paragraph(&service.docs));
        text.truncate(text.trim_end().len());
        text.push('\n');
        text += &overview(page, service);
        for (wire, method) in methods(protocol, service) {
            text += &method::section(page, wire, method);
        }
    }
    let definitions: Vec<_> = definitions(protocol, module)
        .filter(|(name, _)| !page.is_with_method(name))
        .collect();
    if !definitions.is_empty() {
        text += "\n## Definitions\n";
        for (name, definition) in definitions {
            text += &definition::section(page, name, definition);
        }
    }
    text
}

/// The methods of a service by who sends them; nothing where there are so few that the page shows it.
fn overview(page: &Page<'_>, service: &Service) -> String {
    if methods(page.protocol, service).nth(2).is_none() {
        return String::new();
    }
    let mut text = String::new();
    for (kind, label) in [
        (MethodKind::ClientRequest, "Client requests"),
        (MethodKind::ClientNotification, "Client notifications"),
        (MethodKind::ServerRequest, "Server requests"),
        (MethodKind::ServerNotification, "Server notifications"),
    ] {
        let these: Vec<_> = methods(page.protocol, service)
            .filter(|(_, method)| method.kind == kind)
            .map(|(wire, _)| page.method(wire))
            .collect();
        if !these.is_empty() {
            text += &format!("* {label}: {}\n", these.join(", "));
        }
    }
    format!("\n{text}")
}

fn services<'a>(
    protocol: &'a Protocol,
    module: &'a Module,
) -> impl Iterator<Item = (&'a String, &'a Service)> {
    protocol
        .services
        .iter()
        .filter(|(_, service)| service.file == module.file && methods(protocol, service).next().is_some())
}

/// The methods of a service that readers may know of.
fn methods<'a>(
    protocol: &'a Protocol,
    service: &'a Service,
) -> impl Iterator<Item = (&'a String, &'a Method)> {
    service.methods.iter().filter_map(|wire| {
        let (wire, method) = protocol.methods.get_key_value(wire)?;
        (method.marks.visibility != Visibility::OnlyRust).then_some((wire, method))
    })
}

fn definitions<'a>(
    protocol: &'a Protocol,
    module: &'a Module,
) -> impl Iterator<Item = (&'a DefName, &'a Definition)> {
    protocol.definitions.iter().filter(|(_, definition)| {
        definition.file == module.file && definition.marks.visibility != Visibility::OnlyRust
    })
}
