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
    CYCLIC_ALIAS = "cyclic-alias", Error, "an alias ends in a type that is not itself";
    INFINITE_TYPE = "infinite-type", Error, "a definition has values that can be written down";
}

/// The rule with this code.
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.code == code)
}
