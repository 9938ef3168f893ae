//! `initialize` and `initialized`.
//!
//! In: who the client is. Out: where the server lives. That the handshake comes first, and once, is the connection's
//! business.

use std::env;
use std::path::{Path, PathBuf};

use app_server_protocol::errors::InitializeError;
use app_server_protocol::services::HandshakeService;
use app_server_protocol::{
    ClientInfo, ClientNameInvalid, InitializeParams, InitializeResponse, ServerHomeInvalid,
};
use wiregate_runtime::{AbsolutePath, Cx, Declared};

/// Serves the handshake.
#[derive(Debug)]
pub(crate) struct Handshake;

impl HandshakeService for Handshake {
    /// `initialize`
    async fn initialize(
        &self,
        cx: &Cx,
        params: InitializeParams,
    ) -> Result<InitializeResponse, InitializeError> {
        let client = params.client_info;
        if !is_header_value(&client.name) {
            let text = format!(
                "Invalid clientInfo.name: '{}'. Must be a valid HTTP header value.",
                client.name
            );
            return Err(Declared::new(text, ClientNameInvalid::new(client.name)).into());
        }
        let home = home().map_err(|detail| {
            Declared::new(
                format!("Invalid CODEX_HOME: {detail}"),
                ServerHomeInvalid::new(detail),
            )
        })?;
        tracing::info!(connection = %cx.connection(), name = client.name, version = client.version, "initialized");
        Ok(InitializeResponse::new(
            user_agent(&client),
            home,
            env::consts::FAMILY.to_owned(),
            env::consts::OS.to_owned(),
        ))
    }

    /// `initialized`
    async fn initialized(&self, cx: &Cx) {
        tracing::debug!(connection = %cx.connection(), "the client is ready");
    }
}

/// Whether a text can be the value of an HTTP header (RFC 9110, section 5.5) and is printable ASCII.
fn is_header_value(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

fn user_agent(client: &ClientInfo) -> String {
    // What is not printable in a version must not break the header that this becomes.
    let version: String = client
        .version
        .chars()
        .filter(|c| (' '..='~').contains(c))
        .collect();
    let (os, machine) = (env::consts::OS, env::consts::ARCH);
    format!(
        "wiregate-app-server/{} ({os}; {machine}) ({}; {version})",
        env!("CARGO_PKG_VERSION"),
        client.name
    )
}

/// The folder in which the server keeps what is its own: `CODEX_HOME`, which must exist, or `.codex` in the user's home,
/// which need not.
fn home() -> Result<AbsolutePath, String> {
    let (path, must_exist) = match env::var_os("CODEX_HOME").filter(|home| !home.is_empty()) {
        Some(home) => (PathBuf::from(home), true),
        None => (
            env::home_dir()
                .ok_or("the user has no home folder")?
                .join(".codex"),
            false,
        ),
    };
    if must_exist {
        check_folder(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    AbsolutePath::new(&path).ok_or_else(|| format!("{}: not an absolute path", path.display()))
}

fn check_folder(path: &Path) -> Result<(), String> {
    let metadata = path.metadata().map_err(|error| error.to_string())?;
    if metadata.is_dir() {
        Ok(())
    } else {
        Err("not a folder".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_printable_ascii() {
        for name in ["my_editor", "My Editor 2.0 (beta)"] {
            assert!(is_header_value(name), "{name:?}");
        }
        for name in ["", "a\nb", "tab\t", "édition", "\u{7f}"] {
            assert!(!is_header_value(name), "{name:?}");
        }
    }

    #[test]
    fn a_version_cannot_break_the_user_agent() {
        let agent = user_agent(&ClientInfo::new("me".to_owned(), "1\r\nX-Evil: 2".to_owned()));
        assert!(is_header_value(&agent), "{agent:?}");
        assert!(agent.ends_with("(me; 1X-Evil: 2)"), "{agent:?}");
    }
}
