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
    /// Reads what may change.
    @gate(experimental)
    client request "peek"();
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
    says(
        "data: base64",
        "bytes: base64",
        &["~ Piece.data -> Piece.bytes (clients read it: read)"],
    );
    says(
        "data: base64",
        "data: string",
        &["~ Piece.data: base64 -> data: string (clients read it: read)"],
    );
    says(
        "mode?: Mode | null",
        "mode: Mode | null",
        &["~ read params.mode?: Mode | null -> mode: Mode | null (clients send it)"],
    );
    says(
        "data: base64,",
        "data: base64,\n    /// More.\n    last?: bool = false,",
        &["+ Piece.last?: bool = false (clients read it: read)"],
    );
    says(
        "    /// In one piece.\n    \"whole\",\n",
        "",
        &["- Mode \"whole\" (clients send it: read)"],
    );
    says(
        "\"whole\"",
        "\"all\"",
        &["~ Mode \"whole\" -> \"all\" (clients send it: read)"],
    );
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
        &["~ read params.mode: + gate experimental (clients send it)"],
    );
    says(
        "data: base64",
        "data: base64 accepts \"bytes\"",
        &["~ Piece.data: + accepts \"bytes\" (clients read it: read)"],
    );
    says(
        "data: base64",
        "data: base64 as body",
        &["~ Piece.data: in Rust data -> body (clients read it: read)"],
    );
    says(
        "struct ReadParams",
        "closed struct ReadParams",
        &["~ read params: + closed (clients send it)"],
    );
    says(
        "enum Mode",
        "open enum Mode",
        &["~ Mode (enum) -> (open enum) (clients send it: read)"],
    );
    says(
        "-32600",
        "-32001",
        &["~ NotFound (error -32600) -> (error -32001) (clients read it: read)"],
    );
}

#[test]
fn names_that_artefacts_derive_count_too() {
    says(
        "client request \"read\"(",
        "client request \"read\" as ReadFile (",
        &[
            "~ read: title Read -> ReadFile, title of its message ReadClientRequest -> ReadFileClientRequest, \
           in Rust read -> read_file",
        ],
    );
}

#[test]
fn a_new_name_is_one_line_wherever_it_is_used() {
    says("\"read\"", "\"file/read\"", &["~ read -> file/read"]);
    says("Piece", "Part", &["~ Piece -> Part (clients read it: read)"]);
    says(
        "ReadParams",
        "FileReadParams",
        &["~ ReadParams -> FileReadParams (clients send it: read)"],
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

#[test]
fn a_renamed_member_is_one_line_with_both_names() {
    says(
        "experimental?: bool = false",
        "unsettled?: bool = false",
        &["error: unknown-path"],
    );
    // Another type too, at the same place and with a name that is much like the old one.
    says(
        "mode?: Mode | null",
        "readMode: Mode",
        &[
            "- read params.mode?: Mode | null (clients send it)",
            "+ read params.readMode: Mode (clients send it)",
        ],
    );
    says(
        "mode?: Mode | null",
        "modes?: list<Mode>",
        &["~ read params.mode?: Mode | null -> params.modes?: list<Mode> (clients send it)"],
    );
    // Two of one type, each at its place.
    says_all(
        &[("\"whole\"", "\"all\""), ("\"pieces\"", "\"parts\"")],
        &[
            "~ Mode \"whole\" -> \"all\" (clients send it: read)",
            "~ Mode \"pieces\" -> \"parts\" (clients send it: read)",
        ],
    );
}

#[test]
fn what_changes_below_a_new_name_is_told_too() {
    says_all(
        &[
            ("\"read\"", "\"file/read\""),
            ("mode?: Mode | null", "mode: Mode"),
        ],
        &[
            "~ read -> file/read",
            "~ file/read params.mode?: Mode | null -> mode: Mode (clients send it)",
        ],
    );
    says_all(
        &[
            ("ReadParams", "FileReadParams"),
            ("mode?: Mode | null", "mode: Mode"),
        ],
        &[
            "~ ReadParams -> FileReadParams (clients send it: read)",
            "~ read params.mode?: Mode | null -> mode: Mode (clients send it)",
        ],
    );
    // One name within another, neither of which stayed.
    says_all(
        &[("ReadResult", "File"), ("Piece", "Part")],
        &[
            "~ ReadResult -> File (clients read it: read)",
            "~ Piece -> Part (clients read it: read)",
        ],
    );
}

#[test]
fn a_change_in_a_shared_type_is_one_line_with_the_methods_that_carry_it() {
    let more: String = ["a", "b", "c", "d"]
        .map(|name| format!("    /// Another.\n    client request \"{name}\"() -> ReadResult;\n"))
        .concat();
    let shared = PROTOCOL.replace(
        "    /// One was changed.",
        &format!("{more}    /// One was changed."),
    );
    let edited = shared.replace("pieces: list<Piece>", "pieces?: list<Piece>");
    assert_eq!(
        said(&shared, &edited),
        ["~ ReadResult.pieces: list<Piece> -> pieces?: list<Piece> (clients read it: read, a, b and 2 more)"]
    );
    // What one method had for itself and several carry now is still the same.
    assert_eq!(
        said(PROTOCOL, &shared),
        ["a", "b", "c", "d"].map(|name| format!("+ {name} (client request), gives ReadResult"))
    );
}

#[test]
fn who_sends_is_told_from_the_view_of_a_client() {
    let asked = PROTOCOL.replace(
        "    /// One was changed.",
        "    /// Asks back.\n    server request \"ask\"(AskParams) -> AskResult to caller;\n    /// One was changed.",
    ) + "/// What is asked.\nstruct AskParams {\n    /// The piece.\n    piece: Piece,\n}\n\
         /// What is answered.\nstruct AskResult {\n    /// The piece.\n    piece: Piece,\n}\n";
    let edited = asked
        .replace("    piece: Piece", "    piece: list<Piece>")
        .replace("data: base64", "data: string");
    assert_eq!(
        said(&asked, &edited),
        [
            "~ ask params.piece: Piece -> piece: list<Piece> (clients read it)",
            "~ ask result.piece: Piece -> piece: list<Piece> (clients send it)",
            "~ Piece.data: base64 -> data: string (clients send and read it: read, ask)",
        ]
    );
}

#[test]
fn a_type_that_comes_with_a_method_is_not_told_apart() {
    let (before, after) = (
        PROTOCOL,
        PROTOCOL.replace(
            "    /// One was changed.",
            "    /// Writes one.\n    client request \"write\"(WriteParams);\n    /// One was changed.",
        ) + "/// What to write.\nstruct WriteParams {\n    /// How.\n    with: Extra,\n}\n\
             /// How to write.\nstruct Extra {\n    /// Whether to wait.\n    wait: bool,\n}\n",
    );
    assert_eq!(
        said(before, &after),
        ["+ write (client request), takes WriteParams"]
    );
    assert_eq!(
        said(&after, before),
        ["- write (client request), takes WriteParams"]
    );
    // With a field of a method that stayed, it is: a client has to know what it holds.
    let after = PROTOCOL.replace(
        "mode?: Mode | null,",
        "mode?: Mode | null,\n    /// More; none when absent.\n    extra?: Extra,",
    ) + "/// How to read.\nstruct Extra {\n    /// Whether to wait.\n    wait: bool,\n}\n";
    assert_eq!(
        said(PROTOCOL, &after),
        [
            "+ read params.extra?: Extra (clients send it)",
            "+ Extra { wait: bool } (clients send it: read)",
        ]
    );
}

#[test]
fn what_is_there_once_is_told_too() {
    says(
        "version \"0.1.0\"",
        "version \"0.2.0\"",
        &["~ protocol version 0.1.0 -> 0.2.0"],
    );
    says(
        "protocol Store",
        "protocol Shop",
        &["~ protocol name Store -> Shop, title StoreProtocol -> ShopProtocol"],
    );
    says_all(
        &[
            (
                "capability: params.experimental,",
                "capability: \"new\" in params.wants,",
            ),
            (
                "/// Whether it wants what may change; not when absent.\n    experimental?: bool = false,",
                "/// None when absent.\n    wants?: list<string> = [],",
            ),
        ],
        &[
            "~ gate experimental params.experimental -> \"new\" in params.wants",
            "- open params.experimental?: bool = false (clients send it)",
            "+ open params.wants?: list<string> = [] (clients send it)",
        ],
    );
    says_all(
        &[
            ("opens: \"open\"", "opens: \"open\", completes: \"ready\""),
            (
                "    /// Reads one.",
                "    /// All is read.\n    client notification \"ready\"();\n    /// Reads one.",
            ),
        ],
        &["~ handshake: + completes ready", "+ ready (client notification)"],
    );
}

/// Replaces `from` wherever it stands, and holds what is said of it; `error: ..` where the edit breaks a rule.
#[track_caller]
fn says(from: &str, to: &str, lines: &[&str]) {
    says_all(&[(from, to)], lines);
}

/// The same for several replacements at once.
#[track_caller]
fn says_all(edits: &[(&str, &str)], lines: &[&str]) {
    let edited = edits.iter().fold(PROTOCOL.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "`{from}` is not there");
        text.replace(from, to)
    });
    assert_eq!(said(PROTOCOL, &edited), lines, "{edits:?}");
}

fn said(before: &str, after: &str) -> Vec<String> {
    match (model(before), model(after)) {
        (Ok(before), Ok(after)) => {
            let changes = between(&before, &after);
            let beside = beside(&before, &after).filter(|_| changes.is_empty());
            let lines = changes.iter().map(ToString::to_string);
            lines.chain(beside.map(str::to_owned)).collect()
        }
        (_, Err(codes)) | (Err(codes), _) => codes,
    }
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
