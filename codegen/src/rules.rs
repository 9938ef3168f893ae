//! The rules: every code that a diagnostic can have, with its severity and purpose.
//!
//! Each has a page, `rules/<code>.md`, that `wiregate explain` prints.

/// How much a broken rule matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing is emitted.
    Error,
    /// Something is emitted; `@allow(code, "reason")` silences it in place.
    Warning,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Kebab case: `unknown-name`. Never changes.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What it is for, in one line.
    pub purpose: &'static str,
    /// Its page.
    pub page: &'static str,
}

macro_rules! rules {
    ($($(#[$section:meta])* $name:ident = $code:literal, $severity:ident, $purpose:literal;)*) => {
        $(
            #[doc = $purpose]
            pub static $name: Rule = Rule {
                code: $code,
                severity: Severity::$severity,
                purpose: $purpose,
                page: include_str!(concat!("../rules/", $code, ".md")),
            };
        )*
        /// Every rule, in the order of the passes that report it.
        pub static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    // parse
    FILE_TOO_LARGE = "file-too-large", Error, "a file has at most 4 MiB";
    NOT_UTF8 = "not-utf8", Error, "a file is UTF-8";
    BARE_CARRIAGE_RETURN = "bare-carriage-return", Error, "a line ends with a line feed";
    STRAY_CHARACTER = "stray-character", Error, "every character belongs to the language, or to a string or comment";
    WRONG_QUOTES = "wrong-quotes", Error, "strings stand in double quotes";
    UNTERMINATED_STRING = "unterminated-string", Error, "a string ends on its line";
    UNTERMINATED_COMMENT = "unterminated-comment", Error, "a comment that `/*` begins ends with `*/`";
    BAD_ESCAPE = "bad-escape", Error, "a backslash in a string begins an escape that the language knows";
    BAD_NUMBER = "bad-number", Error, "numbers are spelled as in JSON";
    UNBALANCED_BRACKET = "unbalanced-bracket", Error, "every bracket has its partner";
    NESTING_TOO_DEEP = "nesting-too-deep", Error, "brackets and types nest at most 64 deep";
    SYNTAX = "syntax", Error, "text follows the grammar";
    MISPLACED_DOCS = "misplaced-docs", Error, "a doc comment stands before what it documents";
    UNKNOWN_MARK = "unknown-mark", Error, "a mark is one that the language knows";
    DUPLICATE_MARK = "duplicate-mark", Error, "a mark stands once before one thing";
    UNKNOWN_ENTRY = "unknown-entry", Error, "a block holds entries that it knows";
    DUPLICATE_ENTRY = "duplicate-entry", Error, "an entry of a block stands once";
    EMPTY_FILE = "empty-file", Warning, "a file declares something";
    // foreign
    FOREIGN_MISSING = "foreign-missing", Error, "a foreign schema is a file below the IDL folder";
    FOREIGN_REMOTE = "foreign-remote", Error, "a foreign schema stands in one file; nothing is fetched";
    FOREIGN_MALFORMED = "foreign-malformed", Error, "a foreign schema is JSON";
    FOREIGN_UNSUPPORTED = "foreign-unsupported", Error, "a foreign schema says only what the language can say";
    FOREIGN_UNKNOWN_NAME = "foreign-unknown-name", Error, "a foreign schema defines what is named";
    FOREIGN_UNNAMED = "foreign-unnamed", Error, "what a foreign schema declares in place can be named";
    FOREIGN_OPENNESS = "foreign-openness", Error, "`open` and `closed` fit what a foreign schema describes";
    // resolve
    MISSING_PROTOCOL = "missing-protocol", Error, "a protocol has a name and a version";
    DUPLICATE_BLOCK = "duplicate-block", Error, "`protocol`, `handshake` and `envelope` stand once";
    DUPLICATE_DEFINITION = "duplicate-definition", Error, "a name means one definition";
    DUPLICATE_METHOD = "duplicate-method", Error, "a wire string names one method";
    DUPLICATE_SERVICE = "duplicate-service", Error, "a name means one service";
    DUPLICATE_GATE = "duplicate-gate", Error, "a name means one gate";
    DUPLICATE_FIELD = "duplicate-field", Error, "a wire name stands once in a struct";
    DUPLICATE_MEMBER = "duplicate-member", Error, "a wire name stands once in an enum or a union";
    UNKNOWN_MODULE = "unknown-module", Error, "a `use` names a file that exists";
    AMBIGUOUS_IMPORT = "ambiguous-import", Error, "a `use` names one file";
    UNKNOWN_IMPORT = "unknown-import", Error, "an imported name is defined where it is imported from";
    IMPORT_CONFLICT = "import-conflict", Error, "a name means one thing in a file";
    UNUSED_IMPORT = "unused-import", Warning, "what is imported is used";
    UNKNOWN_NAME = "unknown-name", Error, "a type names a definition that the file sees";
    UNKNOWN_GATE = "unknown-gate", Error, "a gate mark names a gate that is declared";
    CYCLIC_TYPE = "cyclic-type", Error, "a definition is made of something other than itself";
    TYPE_TOO_LARGE = "type-too-large", Error, "aliases, flattening and unions of unions end soon";
    INFINITE_TYPE = "infinite-type", Error, "a definition has values that can be written down";
    // check: names
    INVALID_NAME = "invalid-name", Error, "every target can write the name";
    RESERVED_WORD = "reserved-word", Error, "a definition hides nothing that a target's files have already";
    RESERVED_NAME = "reserved-name", Error, "a reserved name does not come back";
    TITLE_COLLISION = "title-collision", Error, "titles in the flat bundle are unique";
    CASE_COLLISION = "case-collision", Error, "names differ in more than case, since files are called after them";
    RUST_NAME_COLLISION = "rust-name-collision", Error, "names differ in Rust too";
    MODULE_COLLISION = "module-collision", Error, "files and namespaces have Rust modules of their own";
    // check: fields
    INVALID_PATCH = "invalid-patch", Error, "a patch may be absent, has no default, and is nullable by itself";
    NULLABLE_DEFAULT = "nullable-default", Error, "absence and null have one meaning";
    INVALID_ACCEPTS = "invalid-accepts", Error, "an old form can be read as the new one";
    INVALID_BARE = "invalid-bare", Error, "a bare value can stand for the whole struct";
    INVALID_CONSTANT = "invalid-constant", Error, "a constant is a string, a boolean or an exact integer";
    INVALID_MAP_KEY = "invalid-map-key", Error, "the keys of a map are strings";
    NULL_TWICE = "null-twice", Error, "null has one meaning";
    NULLABLE_ALIAS = "nullable-alias", Error, "whether a value may be null is said where it is used";
    ERROR_AS_TYPE = "error-as-type", Error, "an error is sent as an error only";
    INVALID_DEFAULT = "invalid-default", Error, "a default is a value of its type";
    INVALID_SPREAD = "invalid-spread", Error, "what is spread into a struct can stand among its members";
    DUPLICATE_WIRE_NAME = "duplicate-wire-name", Error, "a name stands once in an object on the wire";
    // check: unions
    NO_MEMBERS = "no-members", Error, "an enum or union has a member";
    INVALID_MEMBER = "invalid-member", Error, "what a member holds goes with the tagging of its union";
    OPEN_UNTAGGED = "open-untagged", Error, "an open union keeps the unknown, not the malformed";
    AMBIGUOUS_UNION = "ambiguous-union", Warning, "a value is one member of an untagged union";
    // check: methods
    NOT_AN_OBJECT = "not-an-object", Error, "params and results are objects, which can grow";
    SHARED_PARAMS = "shared-params", Error, "each method has params of its own";
    NOTIFICATION_RESULT = "notification-result", Error, "a notification is not answered";
    MISSING_DELIVERY = "missing-delivery", Error, "what the server sends says to whom";
    UNEXPECTED_DELIVERY = "unexpected-delivery", Error, "what a client sends goes to the server";
    INVALID_BEHAVIOUR = "invalid-behaviour", Error, "the block after a method says what goes with its kind";
    UNKNOWN_PATH = "unknown-path", Error, "a path leads to a field";
    PATH_TYPE = "path-type", Error, "a path leads to a value that can be used there";
    NOT_AN_ERROR = "not-an-error", Error, "a method lists errors under `errors`";
    AMBIGUOUS_ERROR = "ambiguous-error", Warning, "a client can tell the errors of a method apart";
    HANDSHAKE_METHOD = "handshake-method", Error, "the handshake is made of methods of the client";
    MISSING_ENTRY = "missing-entry", Error, "a block has the entries that it needs";
    INVALID_VERSION = "invalid-version", Error, "versions follow Semantic Versioning";
    // check: gates and other marks
    SHARED_CAPABILITY = "shared-capability", Error, "each gate is opened by itself";
    GATED_HANDSHAKE = "gated-handshake", Error, "the handshake needs no gate";
    GATED_REFERENCE = "gated-reference", Error, "what everybody sees needs nothing that is gated";
    REQUIRED_GATED_FIELD = "required-gated-field", Error, "a message is whole without what is gated in it";
    INVALID_OTHERWISE = "invalid-otherwise", Error, "what stands in for a gated member can be sent to everybody";
    UNSAFE_OTHERWISE = "unsafe-otherwise", Error, "what stands in for a gated member can be sent back";
    GATED_DEFAULT = "gated-default", Error, "a default is for everybody who sees the field";
    GATED_MAP_KEY = "gated-map-key", Error, "the keys of a map are for everybody who sees the map";
    ALL_MEMBERS_GATED = "all-members-gated", Error, "an enum or union has a member for everybody who sees it";
    MISSING_DROPPABLE = "missing-droppable", Error, "more than what is gated is left out only where the author said so";
    NO_WAY_OUT = "no-way-out", Error, "what a connection must be sent has a form without what is gated";
    GATED_MENTION = "gated-mention", Error, "a comment names nothing that its reader does not see";
    INVALID_DATE = "invalid-date", Error, "a date is a day of the calendar";
    DECISION_DUE = "decision-due", Warning, "the day by which a gate is decided has not passed";
    UNUSED_GATE = "unused-gate", Error, "a gate gates something";
    MISPLACED_MARK = "misplaced-mark", Error, "a mark has a meaning where it stands";
    EMPTY_REASON = "empty-reason", Error, "a reason says something";
    HIDDEN_REQUIRED = "hidden-required", Error, "clients see what they must send";
    HIDDEN_REFERENCE = "hidden-reference", Error, "what is shown names nothing that is hidden";
    // check: docs and reach
    MISSING_DOCS = "missing-docs", Warning, "definitions, fields, members, methods and services are documented";
    EMPTY_DOCS = "empty-docs", Warning, "a doc comment says something";
    DOCS_REPEAT_NAME = "docs-repeat-name", Warning, "a doc comment adds something to the name";
    UNREACHABLE_DEFINITION = "unreachable-definition", Error, "every definition goes over the wire somewhere";
    // check: allow
    UNKNOWN_CODE = "unknown-code", Error, "`@allow` names a rule";
    ALLOWED_ERROR = "allowed-error", Error, "errors are mended, not allowed";
    UNUSED_ALLOW = "unused-allow", Warning, "an `@allow` allows something";
}

/// The rule with this code.
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.code == code)
}
