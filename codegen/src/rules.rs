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
    SYNTAX = "syntax", Error, "text that the grammar does not allow";
}

/// The rule with this code.
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.code == code)
}
