//! Modules that are not of the model.
//!
//! In: the model. Out: the few types that emitted types lean on, where any of them does.

use super::visible_definitions;
use crate::ir::{Protocol, Shape, Tagging};

/// Names that the package exports beside the definitions; `check` refuses definitions that are called so. The unions of
/// messages, such as `ClientRequest`, are titles of the JSON Schema too, which it refuses as such.
pub const CLAIMED: &[&str] = &[
    "ClientNotifications",
    "ClientRequests",
    "DeclaredErrors",
    "JsonValue",
    "MethodErrors",
    "ServerNotifications",
    "ServerRequests",
    "UnknownObject",
    "UnknownTag",
];

const JSON_VALUE: &str = "\
/**
 * Any JSON value.
 *
 * Members of objects may be `undefined`, so that objects with optional members can be given; `JSON.stringify` leaves
 * them out.
 */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue | undefined };
";

const UNKNOWN_TAG: &str = "\
/**
 * The tag of a member that this version does not list, in a union that is open.
 *
 * At run time it is whatever string was sent. The type is an enum of one member because that is what narrowing needs:
 * comparing a tag with a listed one leaves that member alone, and what is left after all listed ones is the unknown
 * one. The value that is written here never occurs.
 */
export declare enum UnknownTag {
  unknown = \"(a tag that this version does not list)\",
}
";

const UNKNOWN_OBJECT: &str = "\
declare const unknownObject: unique symbol;

/**
 * An object whose one member this version does not list, in a union that is open.
 *
 * It has no members that types know, so that `\"name\" in value` leaves the listed member alone.
 */
export type UnknownObject = { readonly [unknownObject]: true };
";

/// The modules that this protocol needs, by name.
pub(super) fn modules(protocol: &Protocol) -> Vec<(&'static str, &'static str)> {
    let mut modules = vec![("JsonValue", JSON_VALUE)];
    let open: Vec<_> = visible_definitions(protocol)
        .filter_map(|(_, definition)| match &definition.shape {
            Shape::Union(union) if union.open => Some(&union.tagging),
            _ => None,
        })
        .collect();
    let tagged = |tagging: &&Tagging| matches!(tagging, Tagging::Internal { .. } | Tagging::Adjacent { .. });
    if open.iter().any(tagged) {
        modules.push(("UnknownTag", UNKNOWN_TAG));
    }
    if open.contains(&&Tagging::External) {
        modules.push(("UnknownObject", UNKNOWN_OBJECT));
    }
    modules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::{EmitOptions, typescript};
    use crate::source::SourceMap;

    const EVERYTHING: &str = r#"//! Everything that a package can export beside definitions.
protocol Case version "0.1.0";
/// Speaks and listens.
service Speech {
    /// Says something.
    client request "say"(SayParams) { errors: [TooLoud] }
}
/// What to say, and to whom.
struct SayParams {
    /// In which form it is said.
    form: Form,
    /// For whom it is meant.
    audience: Audience,
}
/// In which form something is said.
open union Form tagged "type" { /// Not at all.
    silence }
/// For whom something is meant.
open union Audience tagged outside { /// For whoever is there.
    "anybody" }
/// The neighbours are asleep.
error TooLoud = -32600;
"#;

    /// `check` refuses the unions of messages by themselves, as titles of the JSON Schema.
    #[test]
    fn what_a_package_exports_beside_definitions_is_claimed() {
        let (protocol, diagnostics) = crate::compile(&SourceMap::from_files([(
            "case.idl".to_owned(),
            EVERYTHING.as_bytes().to_vec(),
        )]));
        drop(diagnostics.into_sorted());
        let protocol = protocol.expect("the case is a good one");
        let files = typescript::emit(&protocol, &EmitOptions::default());
        let mut exported: Vec<String> = Vec::new();
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".ts")) {
            if protocol
                .definitions
                .keys()
                .all(|name| path != format!("{name}.ts"))
            {
                let text = String::from_utf8_lossy(text);
                let declared = |line: &str| {
                    let mut words = line.split([' ', ':', '{']);
                    let kinds = ["type", "interface", "enum"];
                    words.find(|word| kinds.contains(word))?;
                    words.next().map(str::to_owned)
                };
                exported.extend(
                    text.lines()
                        .filter(|line| line.starts_with("export ") && !line.contains(" from "))
                        .filter_map(declared),
                );
            }
        }
        let messages = ["Client", "Server"]
            .iter()
            .flat_map(|side| [format!("{side}Request"), format!("{side}Notification")]);
        let mut claimed: Vec<String> = CLAIMED
            .iter()
            .map(|name| (*name).to_owned())
            .chain(messages)
            .collect();
        exported.sort();
        claimed.sort();
        assert_eq!(exported, claimed);
    }
}
