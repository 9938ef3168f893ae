//! Services and their methods.
//!
//! In: the tokens of a `service` item. Out: an `ast::Service`.

use syn::Token;
use syn::parse::ParseStream;

use super::entries::{colon, entries};
use super::list::{self, Ends};
use super::marks::docs_and_marks;
use super::protocol::path;
use super::reader::{Parsed, Reader};
use super::{kw, types};
use crate::ast::{
    Behaviour, BehaviourKind, Delivery, DeliveryTarget, Docs, Marks, Method, MethodKind, Name, Service, Type,
};
use crate::diagnostics::Diagnostic;
use crate::rules;
use crate::suggest::nearest;

/// `service Name { .. }`, after its first word.
pub(super) fn service(r: &Reader, input: ParseStream) -> Parsed<Service> {
    let mut service = Service {
        name: r.name(input, "the name of the service")?,
        methods: Vec::new(),
        reserved: Vec::new(),
    };
    let content = &r.braces(input, "`{`")?;
    list::elements(r, content, "method", || {
        if list::is_reserved(r, content) {
            service.reserved.extend(list::reserved(r, content)?);
        } else {
            let (docs, marks) = docs_and_marks(r, content);
            service.methods.push(method(r, content, docs, marks)?);
        }
        Ok(Ends::Itself)
    });
    Ok(service)
}

fn method(r: &Reader, input: ParseStream, docs: Docs, marks: Marks) -> Parsed<Method> {
    let start = r.here(input);
    let kind = kind(r, input)?;
    let name = match r.take_string(input) {
        Some(name) => name,
        None => {
            return Err(r.expected_help(
                input,
                "the method in quotes",
                "a method stands as it goes over the wire: `\"thread/start\"`",
            ));
        }
    };
    let rename = match r.take::<Token![as]>(input) {
        Some(_) => Some(r.name(input, "another name for it")?),
        None => None,
    };
    let params = params(r, input)?;
    let result = result(r, input)?;
    let delivery = delivery(r, input)?;
    let behaviours = behaviours(r, input)?;
    Ok(Method {
        docs,
        marks,
        kind,
        name,
        rename,
        params,
        result,
        delivery,
        behaviours,
        span: r.since(start, input),
    })
}

fn kind(r: &Reader, input: ParseStream) -> Parsed<MethodKind> {
    let help = "a method begins with who sends it and what it is: `client request`, `server notification`";
    let client = if r.has::<kw::client>(input) {
        true
    } else if r.has::<kw::server>(input) {
        false
    } else {
        return Err(word_help(
            r,
            input,
            "`client` or `server`",
            &["client", "server", "reserved"],
            help,
        ));
    };
    let request = if r.has::<kw::request>(input) {
        true
    } else if r.has::<kw::notification>(input) {
        false
    } else {
        let known = ["request", "notification"];
        return Err(word_help(r, input, "`request` or `notification`", &known, help));
    };
    Ok(match (client, request) {
        (true, true) => MethodKind::ClientRequest,
        (false, true) => MethodKind::ServerRequest,
        (true, false) => MethodKind::ClientNotification,
        (false, false) => MethodKind::ServerNotification,
    })
}

/// Reports that one of the `known` words was expected.
pub(super) fn word_help(
    r: &Reader,
    input: ParseStream,
    what: &str,
    known: &[&str],
    help: &str,
) -> super::reader::Reported {
    let meant = nearest(r.source(r.here(input)), known.iter().copied());
    match meant {
        Some(meant) => r.expected_help(input, what, format!("did you mean `{meant}`?")),
        None => r.expected_help(input, what, help),
    }
}

fn params(r: &Reader, input: ParseStream) -> Parsed<Option<Type>> {
    if !input.peek(syn::token::Paren) {
        return Err(r.expected_help(
            input,
            "`(`",
            "the params stand in parentheses: `(ThreadStartParams)`, or `()` for none",
        ));
    }
    let content = &r.parens(input, "`(`")?;
    if content.is_empty() {
        return Ok(None);
    }
    if content.peek2(Token![:]) && !content.peek2(Token![::]) {
        let fault = r.expected_help(
            content,
            "one type",
            "declare a `struct` with these fields, and write its name here",
        );
        r.skip_all(content);
        return Err(fault);
    }
    let params = types::ty(r, content);
    if params.is_ok() {
        r.has::<Token![,]>(content);
        if !content.is_empty() {
            r.expected_help(content, "`)`", "a method has one type of params");
        }
    }
    r.skip_all(content);
    params.map(Some)
}

fn result(r: &Reader, input: ParseStream) -> Parsed<Option<Type>> {
    if r.has::<Token![->]>(input) {
        if input.peek(syn::token::Paren) {
            return Err(r.expected_help(
                input,
                "a type",
                "a request without `->` is answered with null; leave `->` out",
            ));
        }
        return types::ty(r, input).map(Some);
    }
    if input.peek(Token![=>]) || input.peek(Token![:]) {
        return Err(r.expected_help(input, "`->`", "the result follows `->`"));
    }
    Ok(None)
}

fn delivery(r: &Reader, input: ParseStream) -> Parsed<Option<Delivery>> {
    let Some(start) = r.take::<kw::to>(input) else {
        return Ok(None);
    };
    let target = if r.has::<kw::all>(input) {
        DeliveryTarget::All
    } else if r.has::<kw::caller>(input) {
        DeliveryTarget::Caller
    } else if r.has::<kw::topic>(input) {
        DeliveryTarget::Topic(path(r, input)?)
    } else {
        if input.peek2(Token![.]) {
            let path = path(r, input)?;
            let place = r.source(path.span);
            return Err(r.report(
                Diagnostic::new(&rules::SYNTAX, path.span, format!("`to` before `{place}`"))
                    .label("expected `all`, `caller` or `topic`")
                    .help(format!("write `to topic {place}`")),
            ));
        }
        let help = "write `to all`, `to caller` or `to topic params.threadId`";
        let known = ["all", "caller", "topic"];
        return Err(word_help(r, input, "`all`, `caller` or `topic`", &known, help));
    };
    Ok(Some(Delivery {
        target,
        span: r.since(start, input),
    }))
}

fn behaviours(r: &Reader, input: ParseStream) -> Parsed<Vec<Behaviour>> {
    let mut behaviours = Vec::new();
    if r.has::<Token![;]>(input) {
        return Ok(behaviours);
    }
    if !input.peek(syn::token::Brace) {
        let help = "a method ends with `;`, or with a block that says how it behaves";
        return Err(match r.begins_line(input) {
            true => r.missing(input, "`;`", "a method", help),
            false => r.expected_help(input, "`;` or `{`", help),
        });
    }
    let content = &r.braces(input, "`{`")?;
    let known = [
        "order",
        "subscribes",
        "unsubscribes",
        "errors",
        "lossy",
        "cancel",
        "urgent",
        "resolves",
        "missed",
    ];
    entries(r, content, "a method", &known, |entry| {
        let kind = behaviour(r, content, entry)?;
        behaviours.push(Behaviour {
            kind,
            span: r.since(entry.span, content),
        });
        Ok(())
    });
    r.has::<Token![;]>(input);
    Ok(behaviours)
}

/// `of caller`, behind a key that other connections use for something else.
fn of_caller(r: &Reader, input: ParseStream) -> Parsed<bool> {
    if !r.has::<kw::of>(input) {
        return Ok(false);
    }
    if !r.has::<kw::caller>(input) {
        let help = "requests are ordered among all connections, or, by `of caller`, among those of one";
        return Err(r.expected_help(input, "`caller`", help));
    }
    Ok(true)
}

fn behaviour(r: &Reader, input: ParseStream, entry: &Name) -> Parsed<BehaviourKind> {
    match entry.text.as_str() {
        "lossy" => return Ok(BehaviourKind::Lossy),
        "cancel" => return Ok(BehaviourKind::Cancel),
        "urgent" => return Ok(BehaviourKind::Urgent),
        _ => colon(r, input, entry)?,
    }
    Ok(match entry.text.as_str() {
        "order" => BehaviourKind::Order {
            key: path(r, input)?,
            of_caller: of_caller(r, input)?,
        },
        "subscribes" => BehaviourKind::Subscribes(path(r, input)?),
        "unsubscribes" => BehaviourKind::Unsubscribes(path(r, input)?),
        "resolves" => BehaviourKind::Resolves(path(r, input)?),
        "missed" => BehaviourKind::Missed(path(r, input)?),
        _ => {
            if !input.peek(syn::token::Bracket) {
                return Err(r.expected_help(
                    input,
                    "`[`",
                    "errors stand in a list: `errors: [ConfigInvalid]`",
                ));
            }
            let content = &r.brackets(input, "`[`")?;
            BehaviourKind::Errors(list::commas(r, content, "error", || {
                r.name(content, "the name of an error")
            }))
        }
    })
}
