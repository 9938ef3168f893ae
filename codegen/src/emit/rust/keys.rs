//! Keys: what orders requests, and the topics that messages go to.
//!
//! In: the model, and a path below params or a result. Out: an expression that gives the key of a typed value.

use super::code::{Code, line, quoted};
use super::dispatch::{definition, option};
use crate::emit::names::rust_ident;
use crate::ir::{Content, DefName, Definition, Field, Method, Presence, Protocol, Shape, Struct, Type};

/// The constants of a marker's `Method`.
pub(super) fn of_params(code: &mut Code, protocol: &Protocol, method: &Method) {
    let topic = match &method.delivery {
        Some(crate::ir::Delivery::Topic { path }) => Some(path),
        _ => None,
    };
    for (name, path) in [("ORDER", method.order.as_ref()), ("TOPIC", topic)] {
        if let Some(path) = path {
            let key = root(protocol, method, path);
            constant(code, name, "rt::Key<Self::Params>", &key);
        }
    }
}

/// The constants of a marker's `Request`.
pub(super) fn of_request(code: &mut Code, protocol: &Protocol, method: &Method) {
    let subscribes = ("SUBSCRIBES", &method.subscribes);
    for (name, path) in [subscribes, ("UNSUBSCRIBES", &method.unsubscribes)] {
        if let Some(path) = path {
            let place = if is_result(path) { "Result" } else { "Params" };
            let key = root(protocol, method, path);
            let place = format!("rt::Place::{place}({key})");
            constant(code, name, "rt::Place<Self::Params, Self::Result>", &place);
        }
    }
}

fn constant(code: &mut Code, name: &str, ty: &str, value: &str) {
    line!(code, "const {name}: ::core::option::Option<{ty}> =");
    line!(code, "    ::core::option::Option::Some({value});");
}

fn is_result(path: &[String]) -> bool {
    path.first().is_some_and(|root| root == "result")
}

/// `|params| rt::key(&params.thread_id)`
fn root(protocol: &Protocol, method: &Method, path: &[String]) -> String {
    let (variable, name) = if is_result(path) {
        ("result", &method.result)
    } else {
        ("params", &method.params)
    };
    let below = path.get(1..).unwrap_or_default();
    let found = name
        .as_ref()
        .and_then(|name| below_definition(protocol, name, variable, below));
    format!("|{variable}| {}", found.unwrap_or_else(none))
}

/// What stands at `path` below a value of a definition. None where the definition has no such member.
fn below_definition(protocol: &Protocol, name: &DefName, value: &str, path: &[String]) -> Option<String> {
    match &unaliased(protocol, name).shape {
        Shape::Struct(body) | Shape::Error { data: body, .. } => below_struct(protocol, body, value, path),
        Shape::Union(union) => {
            let arms = union.members.iter().map(|member| {
                let below = match &member.content {
                    Content::Fields { body, .. } => below_struct(protocol, body, "it", path),
                    Content::Type { ty: Type::Ref(name) } => below_definition(protocol, name, "it", path),
                    Content::Type { .. } | Content::None => None,
                };
                Some(format!(
                    "{}::{}(it) => {}",
                    definition(protocol, name),
                    member.rust,
                    below?
                ))
            });
            let arms: Vec<String> = arms.collect::<Option<_>>()?;
            let (ty, value) = (definition(protocol, name), reference(value));
            // It may be boxed.
            Some(format!(
                "{{ let it: &{ty} = {value}; match it {{ {} }} }}",
                arms.join(", ")
            ))
        }
        Shape::Enum(_) | Shape::Alias { .. } => None,
    }
}

fn below_struct(protocol: &Protocol, body: &Struct, value: &str, path: &[String]) -> Option<String> {
    let (name, rest) = path.split_first()?;
    let Some(field) = body.fields.iter().find(|field| field.name == *name) else {
        return body.flatten.iter().find_map(|flat| {
            let value = format!("{value}.{}", rust_ident(&flat.rust));
            below_definition(protocol, &flat.target, &value, path)
        });
    };
    below_field(
        protocol,
        field,
        &format!("{value}.{}", rust_ident(&field.rust)),
        rest,
    )
}

fn below_field(protocol: &Protocol, field: &Field, value: &str, path: &[String]) -> Option<String> {
    let present = |value: &str| below_type(protocol, &field.ty, value, path);
    match field.presence {
        Presence::Required => match resolved(protocol, &field.ty) {
            // Rust has no field for it.
            Type::Constant(constant) => Some(format!(
                "::core::option::Option::Some({}.to_owned())",
                quoted(&constant.to_string())
            )),
            _ => present(value),
        },
        Presence::Default | Presence::OmittedDefault => present(value),
        Presence::Patch => Some(format!(
            "match {} {{ rt::Patch::Set(it) => {}, _ => {} }}",
            reference(value),
            present("it")?,
            none()
        )),
        Presence::Nullable
        | Presence::OptionalNullable
        | Presence::Optional
        | Presence::OptionalAcceptsNull => Some(if_there(value, &present("it")?)),
    }
}

fn below_type(protocol: &Protocol, ty: &Type, value: &str, path: &[String]) -> Option<String> {
    match resolved(protocol, ty) {
        Type::Nullable(inner) => Some(if_there(value, &below_type(protocol, inner, "it", path)?)),
        _ if path.is_empty() => Some(format!("rt::key({})", reference(value))),
        Type::Ref(name) => below_definition(protocol, name, value, path),
        _ => None,
    }
}

fn unaliased<'a>(protocol: &'a Protocol, name: &DefName) -> &'a Definition {
    let mut definition = &protocol.definitions[name];
    while let Shape::Alias { ty: Type::Ref(next) } = &definition.shape {
        definition = &protocol.definitions[next];
    }
    definition
}

fn resolved<'a>(protocol: &'a Protocol, ty: &'a Type) -> &'a Type {
    match ty {
        Type::Ref(name) => match &protocol.definitions[name].shape {
            Shape::Alias { ty } => resolved(protocol, ty),
            _ => ty,
        },
        _ => ty,
    }
}

/// What `inner` makes of `it`, which is what `value` holds if it holds something.
fn if_there(value: &str, inner: &str) -> String {
    match inner {
        "rt::key(it)" => format!("{value}.as_ref().and_then(rt::key)"),
        _ => format!("{value}.as_ref().and_then(|it| {inner})"),
    }
}

/// Variables are references, fields are places.
fn reference(value: &str) -> String {
    if value.contains('.') {
        format!("&{value}")
    } else {
        value.to_owned()
    }
}

fn none() -> String {
    option(None)
}
