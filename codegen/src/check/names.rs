//! Names that some target could not write.
//!
//! In: the tree. Out: reports of names from which no identifier can be derived, of words that a target keeps for itself,
//! and of reserved names that come back.

use std::collections::HashMap;

use crate::ast::{self, Name};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::emit::{names, typescript};
use crate::resolve::{MemberContent, Resolved, Shape, Struct};
use crate::rules;
use crate::source::Span;

/// Reports them.
pub(super) fn check(resolved: &Resolved, out: &mut Diagnostics) {
    for name in
        std::iter::once(&resolved.protocol.name).chain(resolved.services.iter().map(|service| &service.name))
    {
        capitalised(name, out);
    }
    for module in &resolved.modules {
        if let Some(namespace) = &module.namespace {
            namespace_name(namespace, out);
        }
    }
    for gate in &resolved.gates {
        derivable(&gate.declared.name, None, out);
    }
    for method in &resolved.methods {
        derivable(&method.name, method.rename.as_ref(), out);
    }
    for definition in &resolved.definitions {
        capitalised(&definition.name, out);
        taken_by_a_target(&definition.name, out);
        shape(&definition.shape, out);
    }
    reserved_methods(resolved, out);
    reserved_definitions(resolved, out);
}

fn shape(shape: &Shape, out: &mut Diagnostics) {
    match shape {
        Shape::Alias(_) => {}
        Shape::Struct(body) | Shape::Error { data: body, .. } => structure(body, out),
        Shape::Enum(declared) => {
            let members = declared.members.iter();
            for member in members.clone() {
                derivable(&member.name, member.rename.as_ref(), out);
            }
            let values = members.flat_map(|member| std::iter::once(&member.name).chain(&member.accepts));
            not_reserved("value", &declared.reserved, values, out);
        }
        Shape::Union(union) => {
            let members = union.members.iter();
            for member in members.clone() {
                derivable(&member.name, member.rename.as_ref(), out);
                if let MemberContent::Fields(body) = &member.content {
                    structure(body, out);
                }
            }
            let labels = members.flat_map(|member| std::iter::once(&member.name).chain(&member.accepts));
            not_reserved("member", &union.reserved, labels, out);
        }
    }
}

fn structure(body: &Struct, out: &mut Diagnostics) {
    for field in &body.fields {
        derivable(&field.name, field.rename.as_ref(), out);
    }
    for spread in &body.spreads {
        derivable(&spread.name, None, out);
    }
    let fields = body.fields.iter().flat_map(|field| {
        let accepted = field.accepts.iter().filter_map(|accepted| match accepted {
            ast::Accepts::Null(_) => None,
            ast::Accepts::Name(name) | ast::Accepts::Not(name) => Some(name),
        });
        std::iter::once(&field.name).chain(accepted)
    });
    not_reserved("field", &body.reserved, fields, out);
}

fn capitalised(name: &Name, out: &mut Diagnostics) {
    if names::is_definition_name(&name.text) {
        return;
    }
    let mut report = Diagnostic::new(
        &rules::INVALID_NAME,
        name.span,
        format!("`{}` cannot be the name of a type in every target", name.text),
    )
    .label("must start with a capital and hold only ASCII letters and digits");
    let suggestion = names::pascal(&name.text);
    if names::has_identifier(&name.text) {
        report = report.help(format!("write `{suggestion}`"));
    }
    out.push(report);
}

fn namespace_name(name: &Name, out: &mut Diagnostics) {
    let cased = names::snake(&name.text);
    if cased == name.text && names::has_identifier(&name.text) {
        if names::is_typescript_reserved(&name.text) {
            out.push(
                Diagnostic::new(
                    &rules::RESERVED_WORD,
                    name.span,
                    format!("`{}` is a word of TypeScript", name.text),
                )
                .label("cannot be exported under this name")
                .help("give the namespace another name"),
            );
        }
        return;
    }
    out.push(
        Diagnostic::new(
            &rules::INVALID_NAME,
            name.span,
            format!("`{}` cannot be a namespace in every target", name.text),
        )
        .label("must start with a lowercase letter and hold only those, digits and single underscores"),
    );
}

/// An identifier can be derived from the wire name, or from the name that the author gave instead.
fn derivable(name: &Name, rename: Option<&Name>, out: &mut Diagnostics) {
    let base = rename.unwrap_or(name);
    if names::has_identifier(&base.text) {
        return;
    }
    let report = Diagnostic::new(
        &rules::INVALID_NAME,
        base.span,
        format!("no identifier can be derived from `{}`", base.text),
    )
    .label("its first letter or digit must be an ASCII letter, and all of it ASCII");
    out.push(match rename {
        Some(_) => report,
        None => report.help("the wire name may stay: add `as` and a name for the targets"),
    });
}

fn taken_by_a_target(name: &Name, out: &mut Diagnostics) {
    if typescript::CLAIMED.contains(&name.text.as_str()) {
        out.push(
            Diagnostic::new(
                &rules::RESERVED_WORD,
                name.span,
                format!(
                    "`{}` is a name that the TypeScript package exports already",
                    name.text
                ),
            )
            .label("every protocol may have a type of this name")
            .help("add a word that says whose it is or what for"),
        );
        return;
    }
    let target = if names::is_rust_prelude(&name.text) {
        "Rust"
    } else if names::is_typescript_global(&name.text) {
        "TypeScript"
    } else {
        return;
    };
    out.push(
        Diagnostic::new(
            &rules::RESERVED_WORD,
            name.span,
            format!("`{}` is a name that every {target} file already has", name.text),
        )
        .label(format!("would hide {target}'s own"))
        .help("add a word that says whose it is or what for"),
    );
}

fn reserved_methods(resolved: &Resolved, out: &mut Diagnostics) {
    let reserved: Vec<Name> = resolved
        .services
        .iter()
        .flat_map(|service| service.reserved.clone())
        .collect();
    not_reserved(
        "method",
        &reserved,
        resolved.methods.iter().map(|method| &method.name),
        out,
    );
}

fn reserved_definitions(resolved: &Resolved, out: &mut Diagnostics) {
    let reserved: Vec<Name> = resolved
        .modules
        .iter()
        .flat_map(|module| module.reserved.clone())
        .collect();
    let definitions = resolved.definitions.iter().map(|definition| &definition.name);
    not_reserved("definition", &reserved, definitions, out);
}

fn not_reserved<'a>(
    what: &str,
    reserved: &[Name],
    names: impl Iterator<Item = &'a Name>,
    out: &mut Diagnostics,
) {
    if reserved.is_empty() {
        return;
    }
    let reserved: HashMap<&str, Span> = reserved
        .iter()
        .map(|name| (name.text.as_str(), name.span))
        .collect();
    for name in names {
        if let Some(&place) = reserved.get(name.text.as_str()) {
            out.push(
                Diagnostic::new(
                    &rules::RESERVED_NAME,
                    name.span,
                    format!("{what} `{}` is reserved", name.text),
                )
                .label("comes back here")
                .note_at(place, "reserved here, since it once meant something else")
                .help("choose another name"),
            );
        }
    }
}
