//! JSON Schema, draft-07.
//!
//! In: the model. Out, below `json/<profile>/`:
//!
//! * a file for each root: params, results, `data` of errors, the envelope's message and the unions of messages, each
//!   with all that it reaches;
//! * a flat bundle, `#/definitions/Thread`: everything that any method in either direction reaches;
//! * the same in two bundles by namespaces, `#/definitions/v2/Thread`: one of what messages carry as params and results,
//!   and one of the `data` of errors, where any is declared;
//! * `methods.json`: what the schemas cannot say, method by method;
//! * `formats.js`: the formats and annotations that a strict validator must know.
//!
//! What only Rust reads, and what the author keeps out of JSON Schema, is in none of them.

mod documents;
mod formats;
mod messages;
mod methods;
mod node;
mod object;
mod types;
mod union;

use std::borrow::Cow;

use indexmap::IndexMap;

use crate::files::Files;
use crate::ir::{DefName, Definition, Protocol, Shape};

use super::{EmitOptions, names};
use documents::Schemas;
use node::{Members, Node, member};

/// Emits the schemas of `protocol`. Paths are below the folder of the profile.
pub fn emit(protocol: &Protocol, options: &EmitOptions) -> Files {
    let unions = messages::unions(protocol);
    let mut schemas: IndexMap<&DefName, Node> = protocol
        .definitions
        .iter()
        .map(|(name, definition)| (name, definition_schema(protocol, name, definition)))
        .collect();
    schemas.extend(unions.iter().map(|(name, schema)| (name, schema.clone())));

    let mut carried: Vec<&DefName> = unions.iter().map(|(name, _)| name).collect();
    carried.extend(carried_by_methods(protocol));
    let errors = errors_with_data(protocol);
    let mut roots = [carried.as_slice(), errors.as_slice()].concat();
    roots.sort();
    roots.dedup();

    let schemas = Schemas::new(protocol, options, schemas, roots);
    let mut files = Files::new();
    schemas.write_roots(&mut files);
    let bundle = names::kebab(&protocol.name);
    files.add(format!("{bundle}.namespaced.json"), schemas.namespaced(&carried));
    if !errors.is_empty() {
        files.add(format!("{bundle}.errors.json"), schemas.namespaced(&errors));
    }
    let flat = format!("{bundle}.flat.json");
    files.add("methods.json", methods::text(protocol, options, &flat));
    files.add(flat, schemas.flat());
    formats::write(&schemas.formats(), options, &mut files);
    files
}

/// What methods and the envelope name for messages to carry.
fn carried_by_methods(protocol: &Protocol) -> impl Iterator<Item = &DefName> {
    messages::shown(protocol)
        .flat_map(|(_, method)| method.params.iter().chain(&method.result))
        .chain(&protocol.envelope.message)
}

/// The errors that methods declare, but for those that only have a code.
fn errors_with_data(protocol: &Protocol) -> Vec<&DefName> {
    messages::shown(protocol)
        .flat_map(|(_, method)| &method.errors)
        .filter(|name| methods::has_data(protocol, name))
        .collect()
}

fn definition_schema<'a>(protocol: &'a Protocol, name: &'a DefName, definition: &'a Definition) -> Node<'a> {
    let mut members: Members = vec![(Cow::Borrowed("title"), name.name().into())];
    members.extend(types::annotations(&definition.docs, &definition.marks));
    let keywords = match &definition.shape {
        Shape::Struct(body) => object::keywords(protocol, body, None),
        Shape::Enum(body) => union::enum_keywords(body),
        Shape::Union(body) => union::keywords(protocol, body),
        Shape::Alias { ty } => return types::schema(protocol, ty).annotated(members),
        Shape::Error { code, data } => {
            members.push(member("x-error-code", *code));
            object::keywords(protocol, data, None)
        }
    };
    members.extend(keywords);
    Node::Object(members)
}
