//! Methods: what they carry, whom they reach, and the block after them.
//!
//! In: the tree. Out: reports.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::paths;
use super::types;
use crate::ast::{Behaviour, BehaviourKind, DeliveryTarget, MethodKind, Path, Scalar, Tagging};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resolve::{DefId, Field, MemberContent, Method, Resolved, Shape, Struct, Type, TypeKind};
use crate::rules;
use crate::source::Span;

/// Reports them.
pub(super) fn check(resolved: &Resolved, out: &mut Diagnostics) {
    for method in &resolved.methods {
        shapes(resolved, method, out);
        delivery(resolved, method, out);
        behaviours(resolved, method, out);
        errors(resolved, method, out);
    }
    shared_params(resolved, out);
    ambiguous_errors(resolved, out);
}

fn shapes(resolved: &Resolved, method: &Method, out: &mut Diagnostics) {
    let carried = [("params", &method.params), ("result", &method.result)];
    for (what, ty) in carried {
        let Some(ty) = ty else { continue };
        if what == "result" && is_notification(method) {
            out.push(
                Diagnostic::new(
                    &rules::NOTIFICATION_RESULT,
                    ty.span,
                    format!("notification `{}` has a result", method.name.text),
                )
                .label("nobody answers a notification")
                .help("remove `->` and the type, or make it a request"),
            );
            continue;
        }
        if !types::is_object(resolved, ty) {
            let mut report = Diagnostic::new(
                &rules::NOT_AN_OBJECT,
                ty.span,
                format!("the {what} of `{}` must be an object", method.name.text),
            )
            .label(format!("`{}` is none", types::spelled(resolved, ty)))
            .help("name a struct, or a union whose members are all objects");
            if let TypeKind::Name(id) = ty.kind {
                report = report.note_at(resolved[id].name.span, "declared here");
            }
            out.push(report);
        }
    }
}

fn is_notification(method: &Method) -> bool {
    matches!(
        method.kind,
        MethodKind::ClientNotification | MethodKind::ServerNotification
    )
}

fn is_from_server(method: &Method) -> bool {
    matches!(
        method.kind,
        MethodKind::ServerRequest | MethodKind::ServerNotification
    )
}

/// A field added for one method must not appear in another, so params have one user.
fn shared_params(resolved: &Resolved, out: &mut Diagnostics) {
    let mut users: HashMap<DefId, &Method> = HashMap::new();
    for method in &resolved.methods {
        let Some(ty) = &method.params else { continue };
        let Some(id) = types::definition(resolved, ty) else {
            continue;
        };
        let Some(first) = users.get(&id) else {
            users.insert(id, method);
            continue;
        };
        out.push(
            Diagnostic::new(
                &rules::SHARED_PARAMS,
                ty.span,
                format!(
                    "methods `{}` and `{}` share the params `{}`",
                    first.name.text, method.name.text, resolved[id].name.text
                ),
            )
            .label("a field added for one would appear in the other")
            .note_at(
                first.params.as_ref().map_or(first.span, |ty| ty.span),
                "first used here",
            )
            .help("declare a struct for each; both may flatten a third"),
        );
    }
}

fn delivery(resolved: &Resolved, method: &Method, out: &mut Diagnostics) {
    match (&method.delivery, is_from_server(method)) {
        (None, true) => out.push(
            Diagnostic::new(
                &rules::MISSING_DELIVERY,
                method.name.span,
                format!("`{}` does not say to whom the server sends it", method.name.text),
            )
            .label("sent by the server")
            .help("add `to all`, `to caller` or `to topic params.<field>` after it"),
        ),
        (Some(delivery), false) => out.push(
            Diagnostic::new(
                &rules::UNEXPECTED_DELIVERY,
                delivery.span,
                format!("`{}` is sent by a client, which has one server", method.name.text),
            )
            .label("says to whom a server sends")
            .help("remove it"),
        ),
        (Some(delivery), true) => {
            if let DeliveryTarget::Topic(path) = &delivery.target {
                key(resolved, path, &[("params", method.params.as_ref())], true, out);
            }
        }
        (None, false) => {}
    }
}

fn behaviours(resolved: &Resolved, method: &Method, out: &mut Diagnostics) {
    let params = ("params", method.params.as_ref());
    let result = ("result", method.result.as_ref());
    for behaviour in &method.behaviours {
        let (word, allowed, meaning) = meaning(behaviour, method);
        if !allowed {
            out.push(
                Diagnostic::new(
                    &rules::INVALID_BEHAVIOUR,
                    behaviour.span,
                    format!("`{word}` does not go with a {}", kind_words(method.kind)),
                )
                .label(meaning)
                .help("remove it"),
            );
            continue;
        }
        match &behaviour.kind {
            BehaviourKind::Order { key: path, .. } => key(resolved, path, &[params], false, out),
            BehaviourKind::Subscribes(path) | BehaviourKind::Unsubscribes(path) => {
                key(resolved, path, &[params, result], true, out);
            }
            BehaviourKind::Resolves(path) | BehaviourKind::Missed(path) => {
                told_by_the_connection(resolved, method, path, word, out);
            }
            BehaviourKind::Errors(_)
            | BehaviourKind::Lossy
            | BehaviourKind::Cancel
            | BehaviourKind::Urgent => {}
        }
    }
}

/// The word of an entry, whether it goes with the method, and what it would mean.
fn meaning(behaviour: &Behaviour, method: &Method) -> (&'static str, bool, &'static str) {
    let client_request = method.kind == MethodKind::ClientRequest;
    match behaviour.kind {
        BehaviourKind::Order { .. } => ("order", client_request, "orders requests that a server handles"),
        BehaviourKind::Subscribes(_) => ("subscribes", client_request, "subscribes the client that asks"),
        BehaviourKind::Unsubscribes(_) => (
            "unsubscribes",
            client_request,
            "ends a subscription of the client that asks",
        ),
        BehaviourKind::Errors(_) => ("errors", !is_notification(method), "lists answers to a request"),
        BehaviourKind::Lossy => (
            "lossy",
            method.kind == MethodKind::ServerNotification,
            "lets a slow client miss what the server tells",
        ),
        BehaviourKind::Cancel => ("cancel", client_request, "ends a handler whose client is gone"),
        BehaviourKind::Urgent => (
            "urgent",
            client_request,
            "takes a request where there are too many",
        ),
        BehaviourKind::Resolves(_) => (
            "resolves",
            method.kind == MethodKind::ServerNotification
                && matches!(&method.delivery, Some(delivery) if matches!(delivery.target, DeliveryTarget::Topic(_))),
            "tells the subscribers of a topic that a request is settled",
        ),
        BehaviourKind::Missed(_) => (
            "missed",
            method.kind == MethodKind::ServerNotification
                && matches!(&method.delivery, Some(delivery) if matches!(delivery.target, DeliveryTarget::Caller)),
            "tells one client what it has missed",
        ),
    }
}

fn kind_words(kind: MethodKind) -> &'static str {
    match kind {
        MethodKind::ClientRequest => "request of a client",
        MethodKind::ServerRequest => "request of the server",
        MethodKind::ClientNotification => "notification of a client",
        MethodKind::ServerNotification => "notification of the server",
    }
}

/// The connection itself sends the method, so that it can fill in its params: the place of the entry, the topic, and nothing
/// else. A protocol has one such method for each.
fn told_by_the_connection(
    resolved: &Resolved,
    method: &Method,
    path: &Path,
    word: &str,
    out: &mut Diagnostics,
) {
    let place = match paths::follow(resolved, path, &[("params", method.params.as_ref())]) {
        Ok(place) => place,
        Err(report) => return out.push(report),
    };
    if !may_be_integer(resolved, place.ty) {
        out.push(
            wrong(path, "is no integer")
                .label(format!("`{}`", types::spelled(resolved, place.ty)))
                .note_at(place.ty.span, "declared here"),
        );
    }
    let topic = method
        .delivery
        .as_ref()
        .and_then(|delivery| match &delivery.target {
            DeliveryTarget::Topic(path) => Some(path),
            _ => None,
        });
    for path in [Some(path), topic]
        .into_iter()
        .flatten()
        .filter(|path| path.segments.len() != 2)
    {
        out.push(wrong(path, "is not a field of the params itself").label("the connection fills it in"));
    }
    let named = |field: &Field| {
        let paths = [Some(path), topic].into_iter().flatten();
        paths
            .filter_map(|path| path.segments.last())
            .any(|name| name.text == field.name.text)
    };
    let body = method
        .params
        .as_ref()
        .and_then(|params| types::structure(resolved, params));
    let fields = body.map(|body| body.fields.as_slice()).unwrap_or_default();
    for field in fields
        .iter()
        .filter(|field| field.optional.is_none() && !named(field))
    {
        out.push(
            Diagnostic::new(
                &rules::INVALID_BEHAVIOUR,
                path.span,
                format!(
                    "`{}` has params that the connection cannot fill in",
                    method.name.text
                ),
            )
            .label("the connection itself sends the method")
            .note_at(
                field.name.span,
                format!("what `{}` should be, it does not know", field.name.text),
            )
            .help(format!("make `{}` optional", field.name.text)),
        );
    }
    let same = |other: &&Method| {
        other.behaviours.iter().any(|behaviour| {
            matches!(
                (&behaviour.kind, word),
                (BehaviourKind::Resolves(_), "resolves") | (BehaviourKind::Missed(_), "missed")
            )
        })
    };
    let first = resolved.methods.iter().find(same);
    if let Some(first) = first.filter(|first| first.name.text != method.name.text) {
        out.push(
            Diagnostic::new(
                &rules::INVALID_BEHAVIOUR,
                path.span,
                format!("two methods have `{word}`"),
            )
            .label("second one")
            .note_at(first.name.span, "the first one"),
        );
    }
}

/// Whether an integer is a value of `ty`: it is one, or a union of shapes of which one is.
fn may_be_integer(resolved: &Resolved, ty: &Type) -> bool {
    let is_integer = |ty: &Type| matches!(types::unaliased(resolved, ty).kind, TypeKind::Scalar(scalar) if types::integer_range(scalar).is_some());
    let members = types::definition(resolved, ty).and_then(|id| match &resolved[id].shape {
        Shape::Union(union) if matches!(union.tagging, Tagging::Untagged(_)) => Some(&union.members),
        _ => None,
    });
    is_integer(ty)
        || members
            .into_iter()
            .flatten()
            .any(|member| matches!(&member.content, MemberContent::Type(ty) if is_integer(ty)))
}

/// The place holds a string or an integer, and always where `always` says so.
fn key(
    resolved: &Resolved,
    path: &Path,
    roots: &[(&str, Option<&Type>)],
    always: bool,
    out: &mut Diagnostics,
) {
    let reported = |(_, root): &(&str, Option<&Type>)| root.is_some_and(|ty| !types::is_object(resolved, ty));
    if roots.iter().any(reported) {
        return;
    }
    let place = match paths::follow(resolved, path, roots) {
        Ok(place) => place,
        Err(report) => {
            out.push(report);
            return;
        }
    };
    let ty = types::unaliased(resolved, place.ty);
    let integer = matches!(&ty.kind, TypeKind::Scalar(scalar) if types::integer_range(*scalar).is_some());
    let text = types::is_string(resolved, ty) && !matches!(ty.kind, TypeKind::Scalar(Scalar::Base64));
    if !integer && !text {
        out.push(
            wrong(path, "is neither a string nor an integer")
                .label(format!("`{}`", types::spelled(resolved, place.ty)))
                .note_at(place.ty.span, "declared here")
                .help("name the field that identifies it"),
        );
        return;
    }
    if let (true, Some(segment)) = (always, place.may_miss) {
        out.push(
            wrong(path, "may be missing")
                .label(format!("`{}` is optional or nullable", segment.text))
                .help("make the field required, or name another one"),
        );
    }
}

fn wrong(path: &Path, what: &str) -> Diagnostic {
    Diagnostic::new(
        &rules::PATH_TYPE,
        path.span,
        format!("`{}` {what}", paths::dotted(&path.segments)),
    )
}

fn errors(resolved: &Resolved, method: &Method, out: &mut Diagnostics) {
    let mut seen: HashMap<DefId, Span> = HashMap::new();
    for &(id, span) in &method.errors {
        let definition = &resolved[id];
        let name = &definition.name;
        if !matches!(definition.shape, Shape::Error { .. }) {
            out.push(
                Diagnostic::new(&rules::NOT_AN_ERROR, span, format!("`{}` is no error", name.text))
                    .label("only errors can be listed here")
                    .note_at(name.span, "declared here")
                    .help(format!("declare it with `error {} = <code> {{ .. }}`", name.text)),
            );
        } else if let Some(&first) = seen.get(&id) {
            out.push(
                Diagnostic::new(
                    &rules::INVALID_BEHAVIOUR,
                    span,
                    format!("`{}` lists error `{}` twice", method.name.text, name.text),
                )
                .label("second time")
                .note_at(first, "first listed here")
                .help("keep one of them"),
            );
        }
        seen.entry(id).or_insert(span);
    }
}

/// Errors with one code that some method lists, and that no field tells apart; each error once.
fn ambiguous_errors(resolved: &Resolved, out: &mut Diagnostics) {
    let mut seen: HashSet<DefId> = HashSet::new();
    for method in &resolved.methods {
        for (at, &(second, _)) in method.errors.iter().enumerate() {
            for &(first, _) in &method.errors[..at] {
                let pair = (first.min(second), first.max(second));
                if first == second || told_apart(resolved, first, second) || !seen.insert(pair.1) {
                    continue;
                }
                let (first, second) = (&resolved[pair.0].name, &resolved[pair.1].name);
                out.push(
                    Diagnostic::new(
                        &rules::AMBIGUOUS_ERROR,
                        second.span,
                        format!("errors `{}` and `{}` look the same", first.text, second.text),
                    )
                    .label("has the same code, and no field or constant of its own")
                    .note_at(first.span, "the other one")
                    .note_at(method.name.span, "may answer with both")
                    .help(
                        "give both a field `code` whose constants differ, or give one of them another code",
                    ),
                );
            }
        }
    }
}

/// Whether a code tells two errors apart, or a field that one always has: the other has none of this name, or another
/// constant. A server sends the fields that are declared, and no others.
fn told_apart(resolved: &Resolved, one: DefId, other: DefId) -> bool {
    let parts = |id: DefId| match &resolved[id].shape {
        Shape::Error { code, data, .. } => Some((*code, data)),
        _ => None,
    };
    let (Some((code, one)), Some((other_code, other))) = (parts(one), parts(other)) else {
        return true;
    };
    let shows = |one: &Struct, other: &Struct| {
        let mut always = one.fields.iter().filter(|field| types::is_required(field));
        always.any(|field| {
            let twin = other.fields.iter().find(|twin| twin.name.text == field.name.text);
            twin.is_none_or(|twin| {
                let constants = (constant(resolved, &field.ty), constant(resolved, &twin.ty));
                matches!(constants, (Some(one), Some(other)) if one != other)
            })
        })
    };
    let spread = !one.spreads.is_empty() || !other.spreads.is_empty();
    code != other_code || spread || shows(one, other) || shows(other, one)
}

fn constant<'a>(resolved: &'a Resolved, ty: &'a Type) -> Option<&'a Value> {
    match &types::unaliased(resolved, ty).kind {
        TypeKind::Constant(literal) => Some(&literal.value),
        _ => None,
    }
}
