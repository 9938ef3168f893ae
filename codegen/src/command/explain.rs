//! `explain CODE`: the page of a rule.

use crate::rules::{self, RULES, Severity};
use crate::suggest;

use super::Outcome;
use super::say::{say, say_line};

/// Prints the page of `code`, or the list of codes.
pub(super) fn explain(code: Option<&str>) -> Outcome {
    let Some(code) = code else {
        let width = RULES.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
        for rule in RULES {
            let severity = match rule.severity {
                Severity::Error => "error  ",
                Severity::Warning => "warning",
            };
            say_line!("{:width$}  {severity}  {}", rule.code, rule.purpose);
        }
        return Outcome::Done;
    };
    // Codes are often pasted as they were printed: `error[unknown-name]`.
    let bare = code
        .trim_start_matches("error")
        .trim_start_matches("warning")
        .trim_matches(['[', ']']);
    if let Some(rule) = rules::find(bare) {
        say!("{}", rule.page);
        return Outcome::Done;
    }
    eprintln!("error: there is no diagnostic code `{code}`");
    match suggest::nearest(bare, RULES.iter().map(|rule| rule.code)) {
        Some(near) => eprintln!("help: did you mean `{near}`?"),
        None => eprintln!("help: `explain` without a code lists them all"),
    }
    Outcome::Usage
}
