//! What is said of an edit: each case changes a small protocol in one way, and holds the lines that `gen` would print.

use wiregate_codegen::changes::{beside, between};
use wiregate_codegen::compile;
use wiregate_codegen::ir::Protocol;
use wiregate_codegen::rules::Severity;
use wiregate_codegen::source::SourceMap;

const PROTOCOL: &str = r#"//! A store of files.

/// Files, kept for one user.
protocol Store version "0.1.0";

/// Parts that may still change.
gate experimental { capability: params.experimental, reason: "may change" }

handshake { opens: "open" }

/// Files.
service Files {
    /// Opens a connection.
    client request "open"(OpenParams);
    /// Reads one.
    client request "read"(ReadParams) -> ReadResult { order: params.name, errors: [NotFound] }
    /// One was changed.
    server notification "changed"(ChangedParams) to caller;
}

/// What the client wants.
struct OpenParams {
    /// Whether it wants what may change; not when absent.
    experimental?: bool = false,
}

/// Which file.
struct ReadParams {
    /// As the client called it.
    name: string,
    /// How; all at once when absent.
    mode?: Mode | null,
}

/// A file.
struct ReadResult {
    /// All of it, piece by piece.
    pieces: list<Piece>,
}

/// A piece.
struct Piece {
    /// Its bytes.
    data: base64,
}

/// How to read.
enum Mode {
    /// In one piece.
    "whole",
    /// In several.
    "pieces",
}

/// Which file was changed.
struct ChangedParams {
    /// As the client called it.
    name: string,
}

/// There is no such file.
error NotFound = -32600 {
    /// Tells it from others.
    code: "notFound",
}
"#;

#[test]
fn members_are_named_with_what_they_are_part_of() {
    says(
        "name: string,\n    /// How",
        "title: string,\n    /// How",
        &["error: unknown-path"],
    );
    says("data: base64", "bytes: base64", &["~ Piece.data is now bytes"]);
    says(
        "data: base64",
        "data: string",
        &["~ Piece.data: base64 -> string"],
    );
    says(
        "mode?: Mode | null",
        "mode: Mode | null",
        &["~ read params.mode: ?: Mode | null -> Mode | null"],
    );
    says(
        "data: base64,",
        "data: base64,\n    /// More.\n    last?: bool = false,",
        &["+ Piece.last?: bool = false"],
    );
    says(
        "    /// In one piece.\n    \"whole\",\n",
        "",
        &["- Mode \"whole\""],
    );
    says("\"whole\"", "\"all\"", &["~ Mode \"whole\" is now \"all\""]);
}

#[test]
fn only_what_differs_is_said_of_what_stayed() {
    says("order: params.name, ", "", &["~ read: - order params.name"]);
    says(
        "errors: [NotFound]",
        "errors: [NotFound], cancel",
        &["~ read: + cancel"],
    );
    says("to caller", "to all", &["~ changed: to caller -> all"]);
    says(
        "    mode?",
        "    @gate(experimental)\n    mode?",
        &["~ read params.mode: + gate experimental"],
    );
    says(
        "data: base64",
        "data: base64 accepts \"bytes\"",
        &["~ Piece.data: + accepts \"bytes\""],
    );
    says(
        "data: base64",
        "data: base64 as body",
        &["~ Piece.data: in Rust data -> body"],
    );
    says(
        "struct ReadParams",
        "closed struct ReadParams",
        &["~ read params: + closed"],
    );
    says("enum Mode", "open enum Mode", &["~ Mode: (enum) -> (open enum)"]);
    says(
        "-32600",
        "-32001",
        &["~ NotFound: (error -32600) -> (error -32001)"],
    );
}

#[test]
fn a_new_name_is_one_line_wherever_it_is_used() {
    says("\"read\"", "\"file/read\"", &["~ read is now file/read"]);
    says("Piece", "Part", &["~ Piece is now Part"]);
    says(
        "ReadParams",
        "FileReadParams",
        &["~ read: (client request, takes ReadParams, gives ReadResult) -> \
         (client request, takes FileReadParams, gives ReadResult)"],
    );
}

#[test]
fn what_changes_no_message_is_said_to_change_none() {
    says(
        "/// A piece.",
        "/// A part of a file.",
        &["only comments changed"],
    );
    says(
        "may change\" }",
        "not yet settled\" }",
        &["no message changed: only comments, order, services, files or reasons"],
    );
    says(
        "service Files",
        "service Store",
        &["no message changed: only comments, order, services, files or reasons"],
    );
    says("/// A piece.", "/// A piece.", &[]);
}

/// Replaces `from` wherever it stands, and holds what is said of it; `error: ..` where the edit breaks a rule.
#[track_caller]
fn says(from: &str, to: &str, lines: &[&str]) {
    let edited = PROTOCOL.replace(from, to);
    let said = match (model(PROTOCOL), model(&edited)) {
        (Ok(before), Ok(after)) => {
            let changes = between(&before, &after);
            let beside = beside(&before, &after).filter(|_| changes.is_empty());
            let lines = changes.iter().map(ToString::to_string);
            lines.chain(beside.map(str::to_owned)).collect()
        }
        (_, Err(codes)) | (Err(codes), _) => codes,
    };
    assert_eq!(said, lines, "`{from}` became `{to}`");
}

fn model(text: &str) -> Result<Protocol, Vec<String>> {
    let sources = SourceMap::from_files([("store.idl".to_owned(), text.as_bytes().to_vec())]);
    let (protocol, diagnostics) = compile(&sources);
    let reports = diagnostics.into_sorted();
    protocol.ok_or_else(|| {
        let errors = reports
            .iter()
            .filter(|report| report.rule.severity == Severity::Error);
        errors
            .map(|report| format!("error: {}", report.rule.code))
            .collect()
    })
}
