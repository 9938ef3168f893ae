//! Other people's JSON Schemas as definitions of ours.
//!
//! In: a `foreign` item and the schema that it names. Out: ordinary definitions, whose spans point into the schema: those
//! that the item lists, under the names that it gives them, and after them what they reach. `foreign-unsupported`
//! describes the subset of draft-07 that is read; anything else is reported, with its JSON pointer.

mod json;
mod keywords;
mod object;
mod scalar;
mod schema;
mod union;

use std::collections::HashMap;

use crate::ast::{self, Item, ItemKind, Name, Openness, Shape};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::rules;
use crate::source::{FileId, SourceMap};
use crate::suggest;

use json::{Json, Malformed};
use schema::Reader;

/// The definitions that `item` brings.
pub fn read(sources: &SourceMap, item: &ast::Foreign, diagnostics: &mut Diagnostics) -> Vec<Item> {
    let Some(file) = find(sources, &item.path, diagnostics) else {
        return stand_ins(item);
    };
    let document = match json::parse(&sources.file(file).bytes, file) {
        Ok(document) => document,
        Err(Malformed { span, reason }) => {
            diagnostics.push(
                Diagnostic::new(
                    &rules::FOREIGN_MALFORMED,
                    span,
                    format!("`{}` is not JSON: {reason}", item.path.text),
                )
                .label("here")
                .note_at(item.path.span, "read from here"),
            );
            return stand_ins(item);
        }
    };
    let Some(definitions) = definitions(&document, item, diagnostics) else {
        return stand_ins(item);
    };
    let mut reader = Reader::new(item, definitions.keys().copied().collect(), diagnostics);
    let mut items = Vec::new();
    for wanted in &item.names {
        let Some((name, schema)) = definitions.get(wanted.name.text.as_str()) else {
            // Neither what is written here nor what was probably meant is at fault where it is used.
            let meant = reader.unknown(&wanted.name);
            items.push(stand_in(
                wanted,
                wanted.alias.as_ref().unwrap_or(&wanted.name).clone(),
            ));
            let listed = |text: &String| item.names.iter().any(|other| other.name.text == *text);
            if let (Some(text), None) = (meant.filter(|text| !listed(text)), &wanted.alias) {
                let span = wanted.name.span;
                items.push(stand_in(wanted, Name { text, span }));
            }
            continue;
        };
        let (at, reports) = (items.len(), reader.diagnostics.len());
        reader.definition(name, schema, &mut items);
        // The definition itself stands first; what it declares in place follows. Nothing is known of one that is at fault.
        if let Some(item) = items.get_mut(at).filter(|_| reader.diagnostics.len() == reports) {
            apply(wanted, item, reader.diagnostics);
        }
    }
    while let Some(name) = reader.next() {
        let (name, schema) = definitions[name.as_str()];
        reader.definition(name, schema, &mut items);
    }
    items
}

fn find(sources: &SourceMap, path: &Name, diagnostics: &mut Diagnostics) -> Option<FileId> {
    if path.text.contains("://") {
        diagnostics.push(
            Diagnostic::new(
                &rules::FOREIGN_REMOTE,
                path.span,
                format!("the schema `{}` is remote", path.text),
            )
            .label("nothing is fetched")
            .help("save it below the IDL folder and name that file"),
        );
        return None;
    }
    let file = sources.find(&path.text);
    if file.is_none() {
        let others = sources.files().map(|(_, file)| file.path.as_str());
        let others = others.filter(|path| path.ends_with(".json"));
        let mut report = Diagnostic::new(
            &rules::FOREIGN_MISSING,
            path.span,
            format!("there is no schema `{}` below the IDL folder", path.text),
        )
        .label("no such file");
        if let Some(nearest) = suggest::nearest(&path.text, others) {
            report = report.help(format!("did you mean `{nearest}`?"));
        }
        diagnostics.push(report);
    }
    file
}

/// The definitions of the document by name.
fn definitions<'a>(
    document: &'a Json,
    item: &ast::Foreign,
    diagnostics: &mut Diagnostics,
) -> Option<HashMap<&'a str, (&'a Name, &'a Json)>> {
    let found = document.get("definitions").and_then(Json::as_object);
    if found.is_none() {
        diagnostics.push(
            Diagnostic::new(
                &rules::FOREIGN_UNSUPPORTED,
                item.path.span,
                format!("`{}` has no object `definitions` at its root", item.path.text),
            )
            .label("only what stands in `definitions` can be named")
            .help("move the schema to `#/definitions/Name`"),
        );
    }
    let by_name = |(name, schema): &'a (Name, Json)| (name.text.as_str(), (name, schema));
    Some(found?.iter().map(by_name).collect())
}

/// What the item adds to a definition that it lists.
fn apply(wanted: &ast::ForeignName, item: &mut Item, diagnostics: &mut Diagnostics) {
    if !wanted.docs.text.is_empty() {
        item.docs = wanted.docs.clone();
    }
    item.marks = wanted.marks.clone();
    let Some((openness, span)) = wanted.openness else {
        return;
    };
    let ItemKind::Definition(definition) = &mut item.kind else {
        return;
    };
    let fits = match (&mut definition.shape, openness) {
        (Shape::Enum(body), _) => {
            body.open = (openness == Openness::Open).then_some(span);
            true
        }
        (Shape::Union(body), _) => {
            body.open = (openness == Openness::Open).then_some(span);
            true
        }
        (Shape::Struct(body), Openness::Closed) => {
            body.closed = Some(span);
            true
        }
        _ => false,
    };
    if !fits {
        let (word, what) = match openness {
            Openness::Open => ("open", "an enum or a union"),
            Openness::Closed => ("closed", "a struct, an enum or a union"),
        };
        diagnostics.push(
            Diagnostic::new(
                &rules::FOREIGN_OPENNESS,
                span,
                format!(
                    "`{}` cannot be `{word}`: the schema does not describe {what}",
                    wanted.name.text
                ),
            )
            .label(format!("only {what} can"))
            .note_at(definition.name.span, "described here")
            .help(format!("remove `{word}`")),
        );
    }
}

/// What stands for the definitions of a schema that cannot be read: any JSON. The names that refer to them are not at
/// fault.
fn stand_ins(item: &ast::Foreign) -> Vec<Item> {
    let names = item.names.iter();
    names
        .map(|wanted| stand_in(wanted, wanted.alias.as_ref().unwrap_or(&wanted.name).clone()))
        .collect()
}

fn stand_in(wanted: &ast::ForeignName, name: Name) -> Item {
    let span = name.span;
    Item {
        docs: wanted.docs.clone(),
        marks: wanted.marks.clone(),
        kind: ItemKind::Definition(ast::Definition {
            name,
            shape: Shape::Alias(schema::any(span)),
        }),
        span,
    }
}
