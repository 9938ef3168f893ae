//! What a short example is given, so that it shows one fault and nothing else.
//!
//! In: the files of an example, and the code of the rule that it is about. Out: the same with a `protocol` and, where it
//! uses a gate without declaring one, the gate `experimental`; and its diagnostics without those that an example of a few
//! lines always has.

use wiregate_codegen::compile_on;
use wiregate_codegen::date::Date;
use wiregate_codegen::diagnostics::Diagnostic;
use wiregate_codegen::source::SourceMap;

/// An example documents nothing and sends nothing, unless that is what it is about.
const BESIDE_THE_POINT: &[&str] = &["missing-docs", "unreachable-definition"];

/// The day on which examples are compiled.
const TODAY: &str = "2026-01-01";

const PROTOCOL: &str = "//! Declares the protocol of this case.\n\nprotocol Case version \"0.1.0\";\n";

const GATE: &str = r#"
gate experimental { capability: params.experimental, reason: "may change" }
handshake { opens: "given/initialize" }

/// Opens a connection.
service Given {
    /// Comes first.
    client request "given/initialize"(GivenInitializeParams);
    /// Is behind the gate.
    @gate(experimental)
    client request "given/gated"();
}

/// What the client wants.
struct GivenInitializeParams {
    /// Whether it wants what may change.
    experimental?: bool = false,
}
"#;

/// Compiles an example about the rule `code`.
pub(crate) fn compile_example(files: Vec<(String, Vec<u8>)>, code: &str) -> (SourceMap, Vec<Diagnostic>) {
    let sources = SourceMap::from_files(complete(files, code));
    let (_, diagnostics) = compile_on(&sources, Date::parse(TODAY));
    let mut diagnostics = diagnostics.into_sorted();
    diagnostics.retain(|diagnostic| {
        diagnostic.rule.code == code || !BESIDE_THE_POINT.contains(&diagnostic.rule.code)
    });
    (sources, diagnostics)
}

fn complete(mut files: Vec<(String, Vec<u8>)>, code: &str) -> Vec<(String, Vec<u8>)> {
    let has = |start: &str| {
        files.iter().any(|(_, text)| {
            String::from_utf8_lossy(text)
                .lines()
                .any(|line| line.trim_start().starts_with(start))
        })
    };
    if code == "missing-protocol" || has("protocol ") {
        return files;
    }
    let mut given = PROTOCOL.to_owned();
    if has("@gate(experimental") && !has("gate ") {
        given += GATE;
    }
    files.push(("given/protocol.idl".to_owned(), given.into_bytes()));
    files
}
