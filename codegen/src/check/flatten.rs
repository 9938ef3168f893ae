//! Objects whose members come from several places.
//!
//! In: the tree. Out: reports of spreads that cannot be, and of wire names that would stand twice in one object: through
//! flattening, old spellings, or the tag of a union.

use std::collections::HashMap;

use super::bodies::bodies;
use super::types;
use crate::ast::{Accepts, Scalar, Tagging};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resolve::{Definition, MemberContent, Resolved, Shape, Spread, Struct, TypeKind, Union};
use crate::rules;
use crate::source::Span;

/// Reports them.
pub(super) fn check(resolved: &Resolved, out: &mut Diagnostics) {
    for definition in &resolved.definitions {
        for body in bodies(&definition.shape) {
            spreads(resolved, body, out);
            // Two fields of one name were reported as that.
            if !body.spreads.is_empty() || body.fields.iter().any(|field| !field.accepts.is_empty()) {
                WireNames::default().body(resolved, body, None, out);
            }
        }
        if let Shape::Union(union) = &definition.shape {
            tags(resolved, definition, union, out);
            spellings(
                "member",
                union.members.iter().map(|member| (&member.name, &member.accepts)),
                out,
            );
        }
        if let Shape::Enum(declared) = &definition.shape {
            spellings(
                "value",
                declared
                    .members
                    .iter()
                    .map(|member| (&member.name, &member.accepts)),
                out,
            );
        }
    }
}

fn spreads(resolved: &Resolved, body: &Struct, out: &mut Diagnostics) {
    let mut rest: Option<&Spread> = None;
    let mut union: Option<&Spread> = None;
    for spread in &body.spreads {
        let kind = match spread_kind(resolved, body, spread) {
            Ok(kind) => kind,
            Err(report) => {
                out.push(report);
                continue;
            }
        };
        let earlier = match kind {
            SpreadKind::Struct => continue,
            SpreadKind::Rest => rest.or(union),
            SpreadKind::Union => union.or(rest),
        };
        if let Some(earlier) = earlier {
            out.push(
                invalid(spread, "two spreads of one struct would want the same members")
                    .label("takes members that are not fields")
                    .note_at(earlier.span, "so does this one")
                    .help("keep one map or one union; several structs may be flattened"),
            );
        }
        match kind {
            SpreadKind::Struct => {}
            SpreadKind::Rest => rest = rest.or(Some(spread)),
            SpreadKind::Union => union = union.or(Some(spread)),
        }
    }
}

#[derive(Clone, Copy)]
enum SpreadKind {
    Struct,
    Union,
    Rest,
}

fn spread_kind(resolved: &Resolved, body: &Struct, spread: &Spread) -> Result<SpreadKind, Diagnostic> {
    let closed = |what: &str| {
        Err(invalid(spread, &format!("a closed struct cannot {what}"))
            .label("brings members that the struct does not list")
            .help("remove `closed`, or list the fields"))
    };
    let id = match &spread.ty.kind {
        TypeKind::Map(key, _) => {
            if body.closed.is_some() {
                return closed("hold remaining members");
            }
            let key = types::unaliased(resolved, key);
            return match key.kind {
                TypeKind::Scalar(Scalar::Path | Scalar::Uuid) | TypeKind::Name(_) => Err(invalid(
                    spread,
                    "the remaining members have names that are no plain strings",
                )
                .label("must be `map<string, T>`")
                .help("use `string` as the key")),
                // What is no string at all is reported as the key of a map.
                _ => Ok(SpreadKind::Rest),
            };
        }
        TypeKind::Name(id) => *id,
        _ => {
            return Err(invalid(
                spread,
                &format!(
                    "`{}` cannot be spread into a struct",
                    types::spelled(resolved, &spread.ty)
                ),
            )
            .label("must be a struct, a union that is tagged by a member, or `map<string, T>`"));
        }
    };
    let target = &resolved[id];
    let name = &target.name.text;
    match &target.shape {
        Shape::Struct(_) if body.closed.is_some() => closed("flatten another"),
        Shape::Struct(inner) if inner.closed.is_some() => Err(invalid(
            spread,
            &format!("`{name}` is closed and cannot be flattened"),
        )
        .label("would refuse the members beside it")
        .note_at(target.name.span, "declared as closed here")
        .help("remove `closed` there, or give the struct a field for it")),
        Shape::Struct(inner) if has_rest(inner) => Err(invalid(
            spread,
            &format!("`{name}` keeps all remaining members and cannot be flattened"),
        )
        .label("would take the members beside it")
        .note_at(target.name.span, "has a map of remaining members")
        .help("spread the map in this struct instead")),
        Shape::Struct(_) => Ok(SpreadKind::Struct),
        Shape::Union(_) if body.closed.is_some() => closed("flatten a union"),
        Shape::Union(union) if union.open.is_some() => Err(invalid(
            spread,
            &format!("`{name}` is open and cannot be flattened"),
        )
        .label("an unknown member could not be told from the fields beside it")
        .note_at(target.name.span, "declared as open here")
        .help("remove `open` there, or give the struct a field for it")),
        Shape::Union(union) if matches!(union.tagging, Tagging::Internal(_)) => Ok(SpreadKind::Union),
        Shape::Union(_) => Err(invalid(
            spread,
            &format!("`{name}` is not tagged by a member of its own and cannot be flattened"),
        )
        .label("its members are not told apart by a name beside the fields")
        .note_at(target.name.span, "declared here")
        .help("write `tagged \"type\"` there, or give the struct a field for it")),
        Shape::Enum(_) | Shape::Alias(_) | Shape::Error { .. } => Err(invalid(
            spread,
            &format!("`{name}` is no struct and cannot be flattened"),
        )
        .label("must be a struct, a union that is tagged by a member, or `map<string, T>`")
        .note_at(target.name.span, "declared here")),
    }
}

fn has_rest(body: &Struct) -> bool {
    body.spreads
        .iter()
        .any(|spread| matches!(spread.ty.kind, TypeKind::Map(..)))
}

fn invalid(spread: &Spread, message: &str) -> Diagnostic {
    Diagnostic::new(&rules::INVALID_SPREAD, spread.ty.span, message)
}

/// The names of one object, with where each is declared.
#[derive(Default)]
struct WireNames<'a> {
    seen: HashMap<&'a str, Span>,
}

impl<'a> WireNames<'a> {
    /// Adds the names of `body`. `through` is the spread that brings them, in the struct that is looked at.
    fn body(
        &mut self,
        resolved: &'a Resolved,
        body: &'a Struct,
        through: Option<Span>,
        out: &mut Diagnostics,
    ) {
        for field in &body.fields {
            self.add(&field.name.text, field.name.span, through, out);
        }
        for field in &body.fields {
            for accepted in &field.accepts {
                if let Accepts::Name(old) | Accepts::Not(old) = accepted {
                    self.add(&old.text, old.span, through, out);
                }
            }
        }
        for spread in &body.spreads {
            let TypeKind::Name(id) = spread.ty.kind else {
                continue;
            };
            let through = Some(through.unwrap_or(spread.ty.span));
            match &resolved[id].shape {
                Shape::Struct(inner) => self.body(resolved, inner, through, out),
                Shape::Union(union) => self.union(resolved, union, through, out),
                Shape::Enum(_) | Shape::Alias(_) | Shape::Error { .. } => {}
            }
        }
    }

    /// Members of a union may have names in common, since only one is there at a time.
    fn union(
        &mut self,
        resolved: &'a Resolved,
        union: &'a Union,
        through: Option<Span>,
        out: &mut Diagnostics,
    ) {
        let Tagging::Internal(tag) = &union.tagging else {
            return;
        };
        self.add(&tag.text, tag.span, through, out);
        let mut all: HashMap<&str, Span> = HashMap::new();
        for member in &union.members {
            let Some(body) = content_body(resolved, &member.content) else {
                continue;
            };
            let mut names = WireNames::default();
            // What is twice within a member is reported where the member is declared.
            names.quietly(resolved, body);
            for (name, span) in names.seen {
                all.entry(name).or_insert(span);
            }
        }
        // The tag within a member is reported where the union is declared.
        all.remove(tag.text.as_str());
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_by_key(|(_, span)| *span);
        for (name, span) in all {
            self.add(name, span, through, out);
        }
    }

    fn quietly(&mut self, resolved: &'a Resolved, body: &'a Struct) {
        let mut unheard = Diagnostics::new();
        self.body(resolved, body, None, &mut unheard);
        unheard.into_sorted();
    }

    fn add(&mut self, name: &'a str, span: Span, through: Option<Span>, out: &mut Diagnostics) {
        let Some(&first) = self.seen.get(name) else {
            self.seen.insert(name, span);
            return;
        };
        let report = Diagnostic::new(
            &rules::DUPLICATE_WIRE_NAME,
            through.unwrap_or(span),
            format!("two members of one object are called `{name}`"),
        )
        .note_at(first, "first declared here")
        .help("rename one of them, or give one of the parts a field of its own");
        out.push(match through {
            Some(_) => report
                .label("brings the second")
                .note_at(span, "second declaration"),
            None => report.label("second declaration"),
        });
    }
}

/// The body of what a member holds, where that is an object declared in place or a struct.
fn content_body<'a>(resolved: &'a Resolved, content: &'a MemberContent) -> Option<&'a Struct> {
    match content {
        MemberContent::None => None,
        MemberContent::Fields(body) => Some(body),
        MemberContent::Type(ty) => types::structure(resolved, ty),
    }
}

/// No member of a tagged union declares the tag itself.
fn tags(resolved: &Resolved, definition: &Definition, union: &Union, out: &mut Diagnostics) {
    let tag = match &union.tagging {
        Tagging::Internal(tag) => tag,
        Tagging::Adjacent(tag, content) => {
            if tag.text == content.text {
                out.push(
                    Diagnostic::new(
                        &rules::DUPLICATE_WIRE_NAME,
                        content.span,
                        format!("two members of one object are called `{}`", tag.text),
                    )
                    .label("the content cannot be called as the tag is")
                    .note_at(tag.span, "the tag"),
                );
            }
            return;
        }
        Tagging::External(_) | Tagging::Untagged(_) => return,
    };
    for member in &union.members {
        let Some(body) = content_body(resolved, &member.content) else {
            continue;
        };
        let mut names = WireNames::default();
        names.quietly(resolved, body);
        if let Some(&span) = names.seen.get(tag.text.as_str()) {
            let (place, label) = match &member.content {
                MemberContent::Type(ty) => (ty.span, "declares it too"),
                MemberContent::Fields(_) | MemberContent::None => (span, "second declaration"),
            };
            let mut report = Diagnostic::new(
                &rules::DUPLICATE_WIRE_NAME,
                place,
                format!(
                    "member `{}` of `{}` declares the tag `{}` itself",
                    member.name.text, definition.name.text, tag.text
                ),
            )
            .label(label)
            .note_at(tag.span, "the union adds it to every member");
            if place != span {
                report = report.note_at(span, "declared here");
            }
            out.push(report.help("remove the field: the union writes it"));
        }
    }
}

/// Old spellings of members are told apart too.
fn spellings<'a>(
    what: &str,
    members: impl Iterator<Item = (&'a crate::ast::Name, &'a Vec<crate::ast::Name>)> + Clone,
    out: &mut Diagnostics,
) {
    let mut seen: HashMap<&str, Span> = members
        .clone()
        .map(|(name, _)| (name.text.as_str(), name.span))
        .collect();
    for old in members.flat_map(|(_, accepts)| accepts) {
        match seen.get(old.text.as_str()) {
            Some(&first) => out.push(
                Diagnostic::new(
                    &rules::DUPLICATE_WIRE_NAME,
                    old.span,
                    format!("{what} `{}` can be read in two ways", old.text),
                )
                .label("second meaning")
                .note_at(first, "first meaning")
                .help("remove one of them"),
            ),
            None => {
                seen.insert(&old.text, old.span);
            }
        }
    }
}
