//! What a client asks for in HTTP, before there is a WebSocket.
//!
//! In: the head of a request. Out: the answer, and whether a WebSocket follows it.

use httparse::{EMPTY_HEADER, Error, Header, Request, Status};
use tungstenite::handshake::machine::TryParse;
use tungstenite::handshake::server;

use super::listener::Options;

/// How many headers a request may have.
const HEADERS: usize = 100;

/// What is answered to the head of a request.
#[derive(Debug)]
pub(super) enum Answer {
    /// The connection is a WebSocket behind this.
    Open(Vec<u8>),
    /// The connection ends behind this.
    Text(Vec<u8>),
}

impl Answer {
    /// A short text. `headers` are whole lines.
    pub(super) fn text(status: &str, headers: &str, text: &str) -> Self {
        let length = text.len() + 1;
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\
             Connection: close\r\n{headers}\r\n{text}\n"
        );
        Self::Text(head.into_bytes())
    }

    fn bad(error: impl std::fmt::Display) -> Self {
        Self::text("400 Bad Request", "", &format!("bad request: {error}"))
    }
}

/// Answers a head, if it is whole; gives its length too. `draining` says that the server takes no more connections.
pub(super) fn answer(bytes: &[u8], options: &Options, draining: bool) -> Option<(usize, Answer)> {
    let mut headers = [EMPTY_HEADER; HEADERS];
    let mut request = Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(Status::Partial) => return None,
        Ok(Status::Complete(length)) => length,
        Err(Error::TooManyHeaders) => return Some((bytes.len(), too_large())),
        Err(error) => return Some((bytes.len(), Answer::bad(error))),
    };
    let answer = route(&request, options, draining).unwrap_or_else(|| open(&bytes[..length]));
    Some((length, answer))
}

/// The answer to a head that is longer than anybody needs.
pub(super) fn too_large() -> Answer {
    Answer::text(
        "431 Request Header Fields Too Large",
        "",
        "the head of the request is too large",
    )
}

/// The answer, unless a WebSocket is to be opened.
fn route(request: &Request<'_, '_>, options: &Options, draining: bool) -> Option<Answer> {
    // Whoever writes a page may have a browser open a WebSocket anywhere; this is how it says so.
    let mut origins = values(request.headers, "Origin");
    if !origins.all(|origin| options.allows_origin(origin)) {
        let text = "pages of this origin may not connect";
        return Some(Answer::text("403 Forbidden", "", text));
    }
    let (method, target) = (
        request.method.unwrap_or_default(),
        request.path.unwrap_or_default(),
    );
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let is_health = matches!(path, "/healthz" | "/readyz");
    if method != "GET" {
        let text = "only GET is served here";
        return Some(Answer::text("405 Method Not Allowed", "Allow: GET\r\n", text));
    }
    if is_health {
        return Some(if draining && path == "/readyz" {
            Answer::text("503 Service Unavailable", "", "draining")
        } else {
            Answer::text("200 OK", "", "ok")
        });
    }
    if values(request.headers, "Upgrade").next().is_none() {
        let text = "a WebSocket is served here";
        return Some(if path == "/" {
            Answer::text("426 Upgrade Required", "Upgrade: websocket\r\n", text)
        } else {
            Answer::text("404 Not Found", "", "nothing is served here")
        });
    }
    if let Err(text) = options.admit(values(request.headers, "Authorization")) {
        return Some(Answer::text(
            "401 Unauthorized",
            "WWW-Authenticate: Bearer\r\n",
            text,
        ));
    }
    draining.then(|| Answer::text("503 Service Unavailable", "", "the server is shutting down"))
}

/// Opens a WebSocket.
fn open(head: &[u8]) -> Answer {
    let request = match server::Request::try_parse(head) {
        Ok(Some((_, request))) => request,
        Ok(None) => return Answer::bad("it is not whole"),
        Err(error) => return Answer::bad(error),
    };
    let mut answer = Vec::new();
    let written =
        server::create_response(&request).and_then(|response| server::write_response(&mut answer, &response));
    match written {
        Ok(()) => Answer::Open(answer),
        Err(error) => Answer::text(
            "426 Upgrade Required",
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
            &error.to_string(),
        ),
    }
}

/// What the headers of a name say.
fn values<'a>(headers: &'a [Header<'_>], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value)
}
