//! `formats.js`: what a strict validator must know before it takes our schemas.
//!
//! In: the formats that the bundles use. Out: an ES module with a check for each, the names of our annotations, and a
//! function that registers both with ajv; its types; and the `package.json` that makes Node read it as a module.

use std::collections::BTreeSet;

use crate::emit::EmitOptions;
use crate::files::Files;

use super::types;

/// A format: name, the kind of value that it is about, what it takes, and the body of its check.
///
/// JavaScript reads a 64-bit integer into a double, so the checks of those take the rounded limits too.
const FORMATS: &[(&str, &str, &str, &str)] = &[
    (
        "int8",
        "number",
        "An integer of 8 bits.",
        "integer(value, -128, 127)",
    ),
    (
        "int16",
        "number",
        "An integer of 16 bits.",
        "integer(value, -32768, 32767)",
    ),
    (
        "int32",
        "number",
        "An integer of 32 bits.",
        "integer(value, -(2 ** 31), 2 ** 31 - 1)",
    ),
    (
        "int64",
        "number",
        "An integer of 64 bits.",
        "integer(value, -(2 ** 63), 2 ** 63)",
    ),
    (
        "uint8",
        "number",
        "An integer of 8 bits, not negative.",
        "integer(value, 0, 255)",
    ),
    (
        "uint16",
        "number",
        "An integer of 16 bits, not negative.",
        "integer(value, 0, 65535)",
    ),
    (
        "uint32",
        "number",
        "An integer of 32 bits, not negative.",
        "integer(value, 0, 2 ** 32 - 1)",
    ),
    (
        "uint64",
        "number",
        "An integer of 64 bits, not negative.",
        "integer(value, 0, 2 ** 64)",
    ),
    ("double", "number", "A finite number.", "Number.isFinite(value)"),
    (
        "absolute-path",
        "string",
        "An absolute path of the server's platform: Unix, or Windows with a drive or a share.",
        r"/^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(value)",
    ),
    (
        "base64",
        "string",
        "Bytes as base64: standard alphabet, padded, no bits set in the padding.",
        "value.length % 4 === 0 && /^[A-Za-z0-9+/]*(?:[AQgw]==|[AEIMQUYcgkosw048]=)?$/.test(value)",
    ),
    (
        "uuid",
        "string",
        "A UUID with hyphens.",
        "/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value)",
    ),
];

/// Adds the module, its types and its package to `files`.
pub(super) fn write(used: &BTreeSet<String>, options: &EmitOptions, files: &mut Files) {
    let note = options.note(None);
    let used: Vec<_> = FORMATS.iter().filter(|(name, ..)| used.contains(*name)).collect();

    let mut module = format!("// {note}\n\n");
    if used.iter().any(|(.., check)| check.starts_with("integer(")) {
        module.push_str(INTEGER);
    }
    module.push_str(FORMATS_DOCS);
    module.push_str("export const formats = {\n");
    for (name, kind, docs, check) in &used {
        let name = key(name);
        module.push_str(&format!(
            "  /** {docs} */\n  {name}: {{\n    type: \"{kind}\",\n    /** @param {{{kind}}} value */\n    validate: (value) => {check},\n  }},\n"
        ));
    }
    module.push_str("};\n\n");
    module.push_str(ANNOTATIONS_DOCS);
    module.push_str("export const annotations = [\n");
    for (name, docs) in types::ANNOTATIONS {
        module.push_str(&format!("  // {docs}\n  \"{name}\",\n"));
    }
    module.push_str("];\n\n");
    module.push_str(REGISTER);
    files.add("formats.js", module);

    let mut declarations =
        format!("// {note}\n\n{FORMAT_TYPES}{FORMATS_DOCS}export declare const formats: {{\n");
    for (name, kind, docs, _) in &used {
        let (name, format) = (
            key(name),
            if *kind == "number" {
                "NumberFormat"
            } else {
                "StringFormat"
            },
        );
        declarations.push_str(&format!("  /** {docs} */\n  readonly {name}: {format};\n"));
    }
    declarations.push_str(&format!(
        "}};\n\n{ANNOTATIONS_DOCS}export declare const annotations: readonly string[];\n\n{REGISTER_TYPES}"
    ));
    files.add("formats.d.ts", declarations);
    files.add(
        "package.json",
        format!("{{\n  \"//\": \"{note}\",\n  \"private\": true,\n  \"type\": \"module\"\n}}\n"),
    );
}

/// `name` as the key of an object.
fn key(name: &str) -> String {
    if name.contains('-') {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    }
}

const INTEGER: &str = "\
/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
const integer = (value, least, most) => Number.isInteger(value) && value >= least && value <= most;

";

const FORMATS_DOCS: &str = "\
/** The formats that the schemas use, in the form that ajv takes. */
";

const ANNOTATIONS_DOCS: &str = "\
/** Keywords of the schemas that only annotate. */
";

const REGISTER: &str = "\
/**
 * Makes a strict ajv know the formats and annotations.
 *
 * @template {{ addFormat(name: string, format: any): unknown, addVocabulary(keywords: string[]): unknown }} T
 * @param {T} ajv
 * @returns {T}
 */
export function register(ajv) {
  for (const [name, format] of Object.entries(formats)) {
    ajv.addFormat(name, format);
  }
  ajv.addVocabulary([...annotations]);
  return ajv;
}
";

const FORMAT_TYPES: &str = "\
/** A format of numbers. */
export interface NumberFormat {
  readonly type: \"number\";
  validate(this: void, value: number): boolean;
}

/** A format of strings. */
export interface StringFormat {
  readonly type: \"string\";
  validate(this: void, value: string): boolean;
}

/** What `register` needs of a validator; ajv has it. */
export interface Registry {
  addFormat(name: string, format: any): unknown;
  addVocabulary(keywords: string[]): unknown;
}

";

const REGISTER_TYPES: &str = "\
/** Makes a strict ajv know the formats and annotations. */
export declare function register<T extends Registry>(ajv: T): T;
";
