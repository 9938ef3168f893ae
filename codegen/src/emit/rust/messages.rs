//! `messages.rs` of the emitted crate: every message of each kind as one type.
//!
//! In: the model. Out: `ClientRequest`, `ServerRequest`, `ClientNotification` and `ServerNotification`, which read and write
//! whole messages, and `ClientResponse` and `ServerResponse`, for which the reader must know what was asked.

use super::code::{Code, line, quoted};
use super::dispatch::{Side, is_request, method_head, params_type, result_type, sender, type_name};
use crate::ir::{Method, Protocol};

pub(super) const ABOUT: &str = "\
Every message of each kind as one type.

Requests and notifications are told by their `method`. A response does not say which method it answers: who reads one
gives the method of the request.";

/// How long a line of a variant may be.
const WIDTH: usize = 96;

type Methods<'a> = Vec<(&'a str, &'a Method)>;

/// The six unions. One without members is left out.
pub(super) fn messages(protocol: &Protocol) -> Code {
    let mut code = Code::default();
    for side in [Side::Client, Side::Server] {
        let who = side.name();
        let sent = protocol
            .methods
            .iter()
            .filter(|(_, method)| sender(method) == side);
        let sent = sent.map(|(name, method)| (name.as_str(), method));
        let (requests, notifications): (Methods<'_>, Methods<'_>) =
            sent.partition(|(_, method)| is_request(method));
        if !requests.is_empty() {
            request(&mut code, protocol, &format!("{who}Request"), &requests);
            response(&mut code, protocol, &format!("{who}Response"), &requests);
        }
        if !notifications.is_empty() {
            notification(&mut code, protocol, &format!("{who}Notification"), &notifications);
        }
    }
    code
}

fn request(code: &mut Code, protocol: &Protocol, title: &str, methods: &[(&str, &Method)]) {
    declaration(code, title, &format!("{} asks.", who(title)), methods, |method| {
        let mut fields = vec!["id: RequestId".to_owned()];
        fields.extend(params_type(protocol, method).map(|params| format!("params: {params}")));
        fields
    });
    code.blank();
    line!(code, "impl {title} {{");
    line!(code, "/// The id that the answer carries.");
    line!(code, "pub fn id(&self) -> &RequestId {{");
    line!(code, "match self {{");
    for (_, method) in methods {
        line!(code, "Self::{} {{ id, .. }} => id,", type_name(method));
    }
    line!(code, "}}");
    line!(code, "}}");
    code.blank();
    method_of(code, methods);
    line!(code, "}}");
    encode(code, protocol, title, methods, |(name, method)| {
        let (fields, params) = match method.params {
            Some(_) => ("id, params", "Some(params)"),
            None => ("id", "None::<&()>"),
        };
        let title = type_name(method);
        let name = quoted(name);
        format!("Self::{title} {{ {fields} }} => message::write_request(w, id, {name}, {params}, STRICT),")
    });
    decode(code, title, methods, true);
}

fn notification(code: &mut Code, protocol: &Protocol, title: &str, methods: &[(&str, &Method)]) {
    declaration(
        code,
        title,
        &format!("{} tells.", who(title)),
        methods,
        |method| {
            params_type(protocol, method)
                .map(|params| format!("params: {params}"))
                .into_iter()
                .collect()
        },
    );
    code.blank();
    line!(code, "impl {title} {{");
    method_of(code, methods);
    line!(code, "}}");
    encode(code, protocol, title, methods, |(name, method)| {
        let title = type_name(method);
        let name = quoted(name);
        let (fields, params) = match method.params {
            Some(_) => (" { params }", "Some(params)"),
            None => ("", "None::<&()>"),
        };
        format!("Self::{title}{fields} => message::write_notification(w, {name}, {params}, STRICT),")
    });
    decode(code, title, methods, false);
    if title == "ServerNotification" {
        from_typed(code, title, methods);
    }
}

/// What a client's stream takes from a server in the same process.
fn from_typed(code: &mut Code, title: &str, methods: &[(&str, &Method)]) {
    code.blank();
    line!(code, "#[cfg(feature = \"dispatch\")]");
    line!(code, "impl wiregate_runtime::FromTyped for {title} {{");
    line!(
        code,
        "fn from_typed(message: wiregate_runtime::Typed) -> Result<Self, json::DecodeError> {{"
    );
    line!(code, "Ok(match message.method() {{");
    for (name, method) in methods {
        let params = method.params.as_ref().map(|_| "params: message.params()?");
        let value = variant(method, params.as_slice());
        line!(code, "Some({}) => {value},", quoted(name));
    }
    line!(code, "_ => return message.read(),");
    line!(code, "}})");
    line!(code, "}}");
    line!(code, "}}");
}

fn response(code: &mut Code, protocol: &Protocol, title: &str, methods: &[(&str, &Method)]) {
    let asked = title.replace("Response", "Request");
    let about = format!("The result of a [`{asked}`].");
    declaration(code, title, &about, methods, |method| {
        let result = result_type(protocol, method);
        vec!["id: RequestId".to_owned(), format!("result: {result}")]
    });
    code.blank();
    line!(code, "impl {title} {{");
    method_of(code, methods);
    code.blank();
    code.docs("Reads the text of a result. None where no request has this method.");
    code.docs("\n# Errors\nWhen it is not what the method answers.");
    line!(code, "pub fn read(");
    line!(code, "method: &str,");
    line!(code, "id: RequestId,");
    line!(code, "result: &str,");
    line!(code, ") -> Result<Option<Self>, json::DecodeError> {{");
    line!(code, "let mut r = json::Reader::new(result);");
    line!(code, "let response = match method {{");
    for (name, method) in methods {
        line!(
            code,
            "{} => Self::{} {{ id, result: r.value() }},",
            quoted(name),
            type_name(method)
        );
    }
    line!(code, "_ => return Ok(None),");
    line!(code, "}};");
    line!(code, "r.finish()?;");
    line!(code, "Ok(Some(response))");
    line!(code, "}}");
    line!(code, "}}");
    encode(code, protocol, title, methods, |(_, method)| {
        format!(
            "Self::{} {{ id, result }} => message::write_result(w, id, result, STRICT),",
            type_name(method)
        )
    });
}

/// Who sends it.
fn who(title: &str) -> &'static str {
    if title.starts_with("Client") {
        "What a client"
    } else {
        "What the server"
    }
}

fn declaration(
    code: &mut Code,
    title: &str,
    about: &str,
    methods: &[(&str, &Method)],
    fields: impl Fn(&Method) -> Vec<String>,
) {
    code.blank();
    code.docs(about);
    line!(code, "#[derive(Clone, Debug, PartialEq)]");
    line!(code, "#[non_exhaustive]");
    line!(
        code,
        "#[allow(missing_docs, reason = \"id, params and result are what they are called\")]"
    );
    line!(code, "pub enum {title} {{");
    for (name, method) in methods {
        method_head(code, name, method);
        let fields = fields(method);
        let in_one_line = format!("{} {{ {} }},", type_name(method), fields.join(", "));
        match fields.as_slice() {
            [] => line!(code, "{},", type_name(method)),
            _ if in_one_line.len() < WIDTH => line!(code, "{in_one_line}"),
            _ => {
                line!(code, "{} {{", type_name(method));
                for field in fields {
                    line!(code, "{field},");
                }
                line!(code, "}},");
            }
        }
    }
    line!(code, "}}");
}

fn method_of(code: &mut Code, methods: &[(&str, &Method)]) {
    line!(code, "/// The wire string of the method.");
    line!(code, "pub fn method(&self) -> &'static str {{");
    line!(code, "match self {{");
    for (name, method) in methods {
        line!(code, "Self::{} {{ .. }} => {},", type_name(method), quoted(name));
    }
    line!(code, "}}");
    line!(code, "}}");
}

fn encode(
    code: &mut Code,
    protocol: &Protocol,
    title: &str,
    methods: &[(&str, &Method)],
    arm: impl Fn(&(&str, &Method)) -> String,
) {
    code.blank();
    line!(code, "impl json::Encode for {title} {{");
    line!(code, "fn encode(&self, w: &mut json::Writer) {{");
    line!(code, "const STRICT: bool = {};", protocol.envelope.strict);
    line!(code, "match self {{");
    for method in methods {
        let (_, info) = method;
        // What answers a client was asked for by a client.
        let told = sender(info) == Side::Server && !title.ends_with("Response");
        if let (Some(gate), true) = (&info.marks.gate, told) {
            let gate = quoted(&gate.name);
            line!(
                code,
                "Self::{} {{ .. }} if !w.is_open({gate}) => w.withhold(),",
                type_name(info)
            );
        }
        let arm = arm(method);
        line!(code, "{arm}");
    }
    line!(code, "}}");
    line!(code, "}}");
    line!(code, "}}");
}

fn decode(code: &mut Code, title: &str, methods: &[(&str, &Method)], with_id: bool) {
    code.blank();
    line!(code, "impl json::Decode for {title} {{");
    line!(code, "fn blank() -> Self {{");
    let simple = methods.iter().find(|(_, method)| method.params.is_none());
    if let Some((_, method)) = simple.or(methods.first()) {
        let id = if with_id { "id: json::blank()" } else { "" };
        let params = method.params.as_ref().map_or("", |_| "params: json::blank()");
        let fields: Vec<&str> = [id, params]
            .into_iter()
            .filter(|field| !field.is_empty())
            .collect();
        line!(code, "{}", variant(method, &fields));
    }
    line!(code, "}}");
    code.blank();
    line!(code, "fn decode(&mut self, r: &mut json::Reader<'_>) {{");
    if with_id {
        line!(code, "let id = message::id(r);");
    }
    line!(code, "*self = match r.tag(\"method\") {{");
    for (name, method) in methods {
        let params = match method.params {
            Some(_) => "params: message::params(r)",
            None => "",
        };
        let id = if with_id { "id" } else { "" };
        let fields: Vec<&str> = [id, params]
            .into_iter()
            .filter(|field| !field.is_empty())
            .collect();
        let value = variant(method, &fields);
        match method.params {
            Some(_) => line!(code, "Some({}) => {value},", quoted(name)),
            None => {
                line!(code, "Some({}) => {{", quoted(name));
                line!(code, "message::params::<message::NoParams>(r);");
                line!(code, "{value}");
                line!(code, "}}");
            }
        }
    }
    line!(code, "_ => return r.refuse(\"a method of {title}\"),");
    line!(code, "}};");
    line!(code, "}}");
    line!(code, "}}");
}

/// `Self::FsReadFile { id, params }`
fn variant(method: &Method, fields: &[&str]) -> String {
    match fields {
        [] => format!("Self::{}", type_name(method)),
        _ => format!("Self::{} {{ {} }}", type_name(method), fields.join(", ")),
    }
}
