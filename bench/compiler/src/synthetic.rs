//! Made-up protocols of any size, once in our language and once as protocol buffers.
//!
//! In: how many definitions. Out: texts. Four fifths are structs of eight fields with options, lists, maps and
//! references, one fifth enums and tagged unions; both texts declare the same names and as many fields.

use std::fmt::Write as _;

/// Definitions per file. Each refers to others of its file alone: a JSON Schema of its own for every params and result
/// holds all that it reaches, and no protocol reaches everything from everywhere.
const PER_FILE: usize = 50;

/// What the definition with this number is.
enum Kind {
    Struct,
    Enum,
    Union,
}

fn kind(number: usize) -> Kind {
    match number % 10 {
        3 => Kind::Enum,
        7 => Kind::Union,
        _ => Kind::Struct,
    }
}

fn name(number: usize) -> String {
    match kind(number) {
        Kind::Struct => format!("Record{number}"),
        Kind::Enum => format!("Choice{number}"),
        Kind::Union => format!("Event{number}"),
    }
}

fn file_of(number: usize) -> String {
    format!("part{}", number / PER_FILE)
}

/// The protocol in our language: path below the IDL folder, and text.
pub fn idl(count: usize) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![(
        "protocol.idl".to_owned(),
        "//! A made-up protocol.\nprotocol Synthetic version \"0.1.0\";\n".to_owned(),
    )];
    for first in (0..count).step_by(PER_FILE) {
        let last = (first + PER_FILE).min(count);
        let mut text = "//! One part of a made-up protocol.\nnamespace v1;\n\n".to_owned();
        let _ = writeln!(
            text,
            "/// Reads what part {first} holds.\nservice Service{first} {{\n    /// Answers with the first record of \
             part {first}.\n    client request \"part{first}/read\"(Part{first}Params) -> {};\n}}\n\n/// What to \
             read of part {first}.\nstruct Part{first}Params {{\n    /// Which record is wanted, as a list told \
             it.\n    key: string,\n}}\n",
            name(first)
        );
        for number in first..last {
            idl_definition(&mut text, number, last);
        }
        files.push((format!("{}.idl", file_of(first)), text));
    }
    files
        .into_iter()
        .map(|(path, text)| (path, text.into_bytes()))
        .collect()
}

fn idl_definition(text: &mut String, number: usize, last: usize) {
    let own = name(number);
    let reference = |step: usize| {
        if number + step < last {
            name(number + step)
        } else {
            "json".to_owned()
        }
    };
    let (one, two) = (reference(1), reference(2));
    let _ = match kind(number) {
        Kind::Struct => write!(
            text,
            "/// Holds what was measured at place {number}.
struct {own} {{
    /// Names the place for people, in their language.
    label: string,
    /// Counts how often it was visited since midnight.
    visits: u32,
    /// Says whether anybody may enter; nobody when absent.
    public?: bool = false,
    /// Explains the state in a sentence; absent when all is well.
    remark?: string | null,
    /// Lists the words that a search finds it by, best first.
    keywords: list<string>,
    /// Maps each language to a translated label.
    translations: map<string, string>,
    /// Leads on to the neighbour; absent at the end of a row.
    neighbour?: {one} | null,
    /// Lists what lies below, nearest first.
    below: list<{two}>,
}}

"
        ),
        Kind::Enum => write!(
            text,
            "/// Tells how place {number} is kept.
enum {own} {{
    /// Swept every day.
    \"clean\",
    /// Swept when somebody asks.
    \"on-demand\",
    /// Left to itself.
    \"wild\",
}}

"
        ),
        Kind::Union => write!(
            text,
            "/// Reports what happened at place {number}.
union {own} tagged \"type\" {{
    /// Somebody came in.
    entered {{
        /// Names who it was, as they signed.
        visitor: string,
        /// Shows what they saw first; absent when the light was off.
        first?: {one} | null,
    }},
    /// Somebody went out.
    left {{
        /// Milliseconds that they stayed.
        stayed: i64,
        /// Lists what they carried away.
        taken: list<{two}>,
    }},
    /// Nothing happened for an hour.
    quiet,
}}

"
        ),
    };
}

/// The same as one file of protocol buffers.
pub fn proto(count: usize) -> String {
    let mut text = "syntax = \"proto3\";\npackage synthetic;\n\n".to_owned();
    for number in 0..count {
        proto_definition(
            &mut text,
            number,
            (number / PER_FILE * PER_FILE + PER_FILE).min(count),
        );
    }
    text
}

fn proto_definition(text: &mut String, number: usize, last: usize) {
    let own = name(number);
    let reference = |step: usize| {
        if number + step < last {
            name(number + step)
        } else {
            "string".to_owned()
        }
    };
    let (one, two) = (reference(1), reference(2));
    let _ = match kind(number) {
        Kind::Struct => write!(
            text,
            "// Holds what was measured at place {number}.
message {own} {{
  // Names the place for people, in their language.
  string label = 1;
  // Counts how often it was visited since midnight.
  uint32 visits = 2;
  // Says whether anybody may enter; nobody when absent.
  bool public = 3;
  // Explains the state in a sentence; absent when all is well.
  optional string remark = 4;
  // Lists the words that a search finds it by, best first.
  repeated string keywords = 5;
  // Maps each language to a translated label.
  map<string, string> translations = 6;
  // Leads on to the neighbour; absent at the end of a row.
  optional {one} neighbour = 7;
  // Lists what lies below, nearest first.
  repeated {two} below = 8;
}}

"
        ),
        Kind::Enum => write!(
            text,
            "// Tells how place {number} is kept.
enum {own} {{
  // Swept every day.
  CHOICE{number}_CLEAN = 0;
  // Swept when somebody asks.
  CHOICE{number}_ON_DEMAND = 1;
  // Left to itself.
  CHOICE{number}_WILD = 2;
}}

"
        ),
        Kind::Union => write!(
            text,
            "// Reports what happened at place {number}.
message {own} {{
  // Somebody came in.
  message Entered {{
    // Names who it was, as they signed.
    string visitor = 1;
    // Shows what they saw first; absent when the light was off.
    optional {one} first = 2;
  }}
  // Somebody went out.
  message Left {{
    // Milliseconds that they stayed.
    int64 stayed = 1;
    // Lists what they carried away.
    repeated {two} taken = 2;
  }}
  // Nothing happened for an hour.
  message Quiet {{}}
  oneof kind {{
    Entered entered = 1;
    Left left = 2;
    Quiet quiet = 3;
  }}
}}

"
        ),
    };
}
