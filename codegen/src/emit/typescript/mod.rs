//! TypeScript: types alone, one module per definition, and maps from method to params and result.
//!
//! In: the model. Out: ES modules below `typescript/<profile>/`. Everything is a type alias rather than an interface: an
//! alias of an object can be given where a `JsonValue` is wanted, an interface cannot. Nothing exists at run time but
//! the constants of `index.ts` and `errors.ts`.

mod comment;
mod definition;
mod methods;
mod module;
mod object;
mod support;
mod union;

use crate::emit::EmitOptions;
use crate::files::Files;
use crate::ir::{DefName, Definition, Protocol, Visibility};
use std::collections::{BTreeMap, BTreeSet};

pub use support::CLAIMED;

/// Writes every module of the package.
pub fn emit(protocol: &Protocol, options: &EmitOptions) -> Files {
    let mut files = Files::new();
    let mut modules: BTreeMap<Option<&str>, BTreeSet<&str>> = BTreeMap::from([(None, BTreeSet::new())]);
    for (name, definition) in visible_definitions(protocol) {
        let text = definition::module(protocol, name, definition, options);
        files.add([name.as_str(), ".ts"].concat(), text);
        modules.entry(name.namespace()).or_default().insert(name.name());
    }
    for (name, text) in support::modules(protocol) {
        files.add(
            format!("{name}.ts"),
            format!("// {}\n\n{text}", options.note(None)),
        );
        modules.entry(None).or_default().insert(name);
    }
    files.add("methods.ts", methods::methods(protocol, options));
    let errors = methods::errors(protocol, options);
    let mut root = String::new();
    if let Some(text) = errors {
        files.add("errors.ts", text);
        root += "export * from \"./errors.js\";\n";
    }
    root += "export type * from \"./methods.js\";\n";
    for (namespace, names) in &modules {
        match namespace {
            None => root += &exports(names),
            Some(namespace) => {
                root += &format!("export type * as {namespace} from \"./{namespace}/index.js\";\n");
                let text = format!("// {}\n\n{}", options.note(None), exports(names));
                files.add(format!("{namespace}/index.ts"), text);
            }
        }
    }
    files.add("package.json", package(options));
    let mut about = comment::Comment::new(&protocol.docs);
    about.tag("packageDocumentation", "");
    files.add(
        "index.ts",
        format!(
            "// {note}\n\n{about}\n\n\
             /** The name of the protocol. */\nexport const protocolName = {name};\n\n\
             /** The version of the protocol that these types describe. */\nexport const protocolVersion = {version};\n\n\
             {root}",
            note = options.note(None),
            about = about.text(0),
            name = module::literal(&protocol.name),
            version = module::literal(&protocol.version),
        ),
    );
    files
}

/// What makes Node and TypeScript read the files as modules.
fn package(options: &EmitOptions) -> String {
    let note = module::literal(&options.note(None));
    format!("{{\n  \"//\": {note},\n  \"private\": true,\n  \"type\": \"module\"\n}}\n")
}

/// The definitions that TypeScript shows.
fn visible_definitions(protocol: &Protocol) -> impl Iterator<Item = (&DefName, &Definition)> {
    protocol
        .definitions
        .iter()
        .filter(|(_, definition)| definition.marks.visibility != Visibility::OnlyRust)
}

fn exports(names: &BTreeSet<&str>) -> String {
    let mut text = String::new();
    for name in names {
        text.extend(["export type * from \"./", name, ".js\";\n"]);
    }
    text
}
