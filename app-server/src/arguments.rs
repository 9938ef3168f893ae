//! The command line.
//!
//! In: arguments, and the file with the token. Out: [`Arguments`], or what is wrong with them and how to mend it.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use wiregate_runtime::transport::websocket::{Options, Token};

const HELP: &str = "\
On stdio, the server ends with its input. Over WebSocket it serves any number of clients, prints `listening on ws://IP:PORT` \
on standard error, and answers GET /healthz and GET /readyz; TLS is the business of a reverse proxy in front of it. \
The first SIGINT or SIGTERM ends it when what is in flight is answered, the second one at once.

Environment: CODEX_HOME is the folder of the server; RUST_LOG says what is logged to standard error, such as `info`.

Exit codes: 0 all is well, 1 something failed, 2 the command line is wrong.";

/// What the server is to do.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) listen: Listen,
    /// Where to keep what goes over the wire.
    pub(crate) record: Option<PathBuf>,
}

/// Where clients are.
#[derive(Debug)]
pub(crate) enum Listen {
    /// At the other ends of standard input and output.
    Stdio,
    /// Wherever the options let them be.
    WebSocket(SocketAddr, Options),
}

/// Why there are no arguments to work with.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// Help was wanted, or clap says what is wrong.
    Clap(clap::Error),
    /// We say it.
    Text(String),
}

impl Arguments {
    /// Reads arguments; the first is the name of the program.
    pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, Unusable> {
        let matches = command()
            .try_get_matches_from(arguments)
            .map_err(Unusable::Clap)?;
        let listen = listen(&matches).map_err(Unusable::Text)?;
        let record = matches.get_one("record").cloned();
        Ok(Self { listen, record })
    }
}

fn command() -> Command {
    let option = |name: &'static str, value, help| Arg::new(name).long(name).value_name(value).help(help);
    Command::new("app-server")
        .about("The reference server of the app-server protocol")
        .version(env!("CARGO_PKG_VERSION"))
        .after_help(HELP)
        .arg(
            option(
                "listen",
                "URL",
                "Where clients are: `stdio://`, or `ws://IP:PORT`, where port 0 is one that is free",
            )
            .default_value("stdio://"),
        )
        .arg(
            option(
                "record",
                "FILE",
                "Appends all that goes over the wire to a file, secrets too, for `wiregate check-log FILE`",
            )
            .value_parser(value_parser!(PathBuf)),
        )
        .arg(option(
            "ws-auth",
            "MODE",
            "How clients show who they are: `capability-token`, which --ws-token-file implies",
        ))
        .arg(
            option(
                "ws-token-file",
                "FILE",
                "Wants what the file holds: `Authorization: Bearer TOKEN`",
            )
            .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            option(
                "ws-origin",
                "URL",
                "Lets web pages of this origin connect, such as http://localhost:3000; may be repeated. Others are refused",
            )
            .action(ArgAction::Append),
        )
        .arg(
            Arg::new("ws-allow-unauthenticated")
                .long("ws-allow-unauthenticated")
                .action(ArgAction::SetTrue)
                .help("Listens beyond this machine though clients need no token"),
        )
}

fn listen(matches: &ArgMatches) -> Result<Listen, String> {
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let url = text("listen").unwrap_or_default();
    let Some(address) = url.strip_prefix("ws://") else {
        if url != "stdio://" {
            return Err(format!(
                "unsupported --listen URL `{url}`; expected `stdio://` or `ws://IP:PORT`"
            ));
        }
        let given = |name: &str| {
            let source = matches.value_source(name);
            source.is_some_and(|source| source == ValueSource::CommandLine)
        };
        let ours = [
            "ws-auth",
            "ws-token-file",
            "ws-origin",
            "ws-allow-unauthenticated",
        ];
        return match ours.into_iter().find(|name| given(name)) {
            Some(name) => Err(format!("--{name} is for `--listen ws://IP:PORT`")),
            None => Ok(Listen::Stdio),
        };
    };
    let address: SocketAddr = address.trim_end_matches('/').parse().map_err(|_| {
        format!(
            "invalid websocket --listen URL `{url}`; expected `ws://IP:PORT`, such as ws://127.0.0.1:4500"
        )
    })?;
    let token = token(matches.get_one::<PathBuf>("ws-token-file"))?;
    match (text("ws-auth"), &token) {
        (None, _) | (Some("capability-token"), Some(_)) => {}
        (Some("capability-token"), None) => {
            return Err("--ws-auth capability-token needs --ws-token-file FILE".to_owned());
        }
        (Some(mode), _) => {
            return Err(format!(
                "unsupported --ws-auth `{mode}`; expected `capability-token`"
            ));
        }
    }
    let allow_unauthenticated = matches.get_flag("ws-allow-unauthenticated");
    if !address.ip().is_loopback() && token.is_none() && !allow_unauthenticated {
        return Err(format!(
            "`{url}` is open to other machines; want a token by --ws-token-file FILE, or let anybody in by \
             --ws-allow-unauthenticated"
        ));
    }
    let origins = matches.get_many::<String>("ws-origin").unwrap_or_default();
    let options = Options {
        token,
        origins: origins.map(|text| origin(text)).collect::<Result<_, _>>()?,
        allow_unauthenticated,
        ..Options::default()
    };
    Ok(Listen::WebSocket(address, options))
}

fn token(file: Option<&PathBuf>) -> Result<Option<Token>, String> {
    let Some(file) = file else { return Ok(None) };
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("--ws-token-file `{shown}` cannot be read: {error}"))?;
    let token = Token::new(text.trim());
    let token = token.ok_or_else(|| {
        format!("--ws-token-file `{shown}` holds no token; expected one word of visible ASCII")
    })?;
    Ok(Some(token))
}

/// An origin as browsers spell it: no path, and no port where it is the usual one.
fn origin(text: &str) -> Result<String, String> {
    let parts = text.trim_end_matches('/').split_once("://");
    let host = parts.filter(|(scheme, host)| {
        !scheme.is_empty() && !host.is_empty() && !host.contains(['/', '?', '#', '@', '*', ' '])
    });
    let Some((scheme, host)) = host else {
        return Err(format!(
            "invalid --ws-origin `{text}`; expected SCHEME://HOST[:PORT], such as http://localhost:3000"
        ));
    };
    let usual = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => "",
    };
    Ok(format!("{scheme}://{}", host.strip_suffix(usual).unwrap_or(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Arguments, String> {
        let arguments = ["app-server"].iter().chain(arguments);
        Arguments::read(arguments.map(OsString::from)).map_err(|unusable| match unusable {
            Unusable::Clap(error) => error.to_string(),
            Unusable::Text(text) => text,
        })
    }

    #[track_caller]
    fn refuses(arguments: &[&str], text: &str) {
        assert_eq!(read(arguments).expect_err("refused"), text);
    }

    #[track_caller]
    fn listens(arguments: &[&str]) -> (SocketAddr, Options) {
        let arguments = [&["--listen", "ws://127.0.0.1:0"], arguments].concat();
        match read(&arguments).expect("accepted").listen {
            Listen::WebSocket(address, options) => (address, options),
            Listen::Stdio => panic!("a WebSocket"),
        }
    }

    #[test]
    fn standard_input_and_output_are_served_by_default() {
        for arguments in [&[][..], &["--listen", "stdio://"]] {
            let read = read(arguments).expect("accepted");
            assert!(matches!(read.listen, Listen::Stdio));
        }
    }

    #[test]
    fn a_url_that_cannot_be_served_is_refused() {
        refuses(
            &["--listen", "tcp://x"],
            "unsupported --listen URL `tcp://x`; expected `stdio://` or `ws://IP:PORT`",
        );
        for url in [
            "ws://localhost:80",
            "ws://127.0.0.1",
            "ws://",
            "ws://127.0.0.1:80/path",
        ] {
            let text = format!(
                "invalid websocket --listen URL `{url}`; expected `ws://IP:PORT`, such as ws://127.0.0.1:4500"
            );
            refuses(&["--listen", url], &text);
        }
        refuses(
            &["--ws-origin", "http://x"],
            "--ws-origin is for `--listen ws://IP:PORT`",
        );
    }

    #[test]
    fn other_machines_are_let_in_by_a_token_or_expressly() {
        refuses(
            &["--listen", "ws://0.0.0.0:0"],
            "`ws://0.0.0.0:0` is open to other machines; want a token by --ws-token-file FILE, or let anybody in by \
             --ws-allow-unauthenticated",
        );
        let (address, options) = listens(&["--ws-allow-unauthenticated"]);
        assert!(address.ip().is_loopback() && options.allow_unauthenticated);
    }

    #[test]
    fn a_token_is_a_word_in_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("token");
        let name = file.to_str().expect("UTF-8");
        let missing = read(&["--listen", "ws://[::1]:0", "--ws-token-file", name]).expect_err("no file");
        assert!(missing.contains("cannot be read: No such file"), "{missing}");
        std::fs::write(&file, "two words\n").expect("a file");
        refuses(
            &["--listen", "ws://[::1]:0", "--ws-token-file", name],
            &format!("--ws-token-file `{name}` holds no token; expected one word of visible ASCII"),
        );
        std::fs::write(&file, " secret\n").expect("a file");
        let (_, options) = listens(&["--ws-token-file", name, "--ws-auth", "capability-token"]);
        assert!(options.token.is_some());
        refuses(
            &["--listen", "ws://[::1]:0", "--ws-auth", "capability-token"],
            "--ws-auth capability-token needs --ws-token-file FILE",
        );
        refuses(
            &["--listen", "ws://[::1]:0", "--ws-auth", "signed-bearer-token"],
            "unsupported --ws-auth `signed-bearer-token`; expected `capability-token`",
        );
    }

    #[test]
    fn origins_are_spelled_as_browsers_do() {
        let given = [
            "http://localhost:3000/",
            "http://x:80",
            "https://x:443",
            "app://editor",
        ];
        let arguments: Vec<&str> = given.iter().flat_map(|url| ["--ws-origin", url]).collect();
        assert_eq!(
            listens(&arguments).1.origins,
            ["http://localhost:3000", "http://x", "https://x", "app://editor"]
        );
        for url in [
            "null",
            "*",
            "http://*",
            "localhost:3000",
            "http://x/path",
            "http://",
        ] {
            let text = format!(
                "invalid --ws-origin `{url}`; expected SCHEME://HOST[:PORT], such as http://localhost:3000"
            );
            refuses(&["--listen", "ws://127.0.0.1:0", "--ws-origin", url], &text);
        }
    }

    #[test]
    fn what_is_not_known_is_refused_with_what_was_meant() {
        let error = read(&["--lisen", "stdio://"]).expect_err("refused");
        assert!(error.contains("a similar argument exists: '--listen'"), "{error}");
    }
}
