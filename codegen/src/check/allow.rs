//! `@allow(code, "reason")`: warnings that an author has thought about.
//!
//! In: what the rules found. Out: the same without the warnings that are allowed where they stand, and reports of
//! `@allow`s that allow nothing.

use std::collections::HashMap;

use super::marks;
use crate::ast::Allow;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resolve::Resolved;
use crate::rules::{self, RULES, Severity};
use crate::source::Span;

/// One `@allow`, and what it covers.
struct Allowed<'a> {
    allow: &'a Allow,
    covers: Span,
    used: bool,
}

/// Passes `found` on to `out`, but for what is allowed. `unasked` is the code of a rule that was not looked at.
pub(super) fn apply(resolved: &Resolved, unasked: Option<&str>, found: Diagnostics, out: &mut Diagnostics) {
    let mut by_code: HashMap<&str, Vec<Allowed<'_>>> = HashMap::new();
    marks::each(resolved, &mut |place| {
        for allow in &place.marks.allow {
            let covers = place.span;
            let allowed = Allowed {
                allow,
                covers,
                used: unasked == Some(&allow.code.text),
            };
            by_code.entry(&allow.code.text).or_default().push(allowed);
        }
    });
    let mut silenced = |diagnostic: &Diagnostic| {
        let (Severity::Warning, Some(span)) = (diagnostic.rule.severity, diagnostic.span) else {
            return false;
        };
        let mut silenced = false;
        for allowed in by_code.get_mut(diagnostic.rule.code).into_iter().flatten() {
            if covers(allowed.covers, span) {
                allowed.used = true;
                silenced = true;
            }
        }
        silenced
    };
    for diagnostic in found.into_sorted() {
        if !silenced(&diagnostic) {
            out.push(diagnostic);
        }
    }
    // An `@allow` before a foreign item is copied to every definition that it brings; one use is enough.
    let mut places: Vec<(Span, &Allow, bool)> = Vec::new();
    for allowed in by_code.into_values().flatten() {
        let place = allowed.allow.code.span;
        match places.iter_mut().find(|(span, ..)| *span == place) {
            Some((.., used)) => *used |= allowed.used,
            None => places.push((place, allowed.allow, allowed.used)),
        }
    }
    for (_, allow, used) in places {
        if !used {
            out.push(pointless(allow));
        }
    }
}

fn covers(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

fn pointless(allow: &Allow) -> Diagnostic {
    let code = &allow.code;
    match rules::find(&code.text) {
        None => {
            let known = RULES.iter().map(|rule| rule.code);
            let report = Diagnostic::new(
                &rules::UNKNOWN_CODE,
                code.span,
                format!("there is no rule `{}`", code.text),
            )
            .label("not the code of a rule");
            match crate::suggest::nearest(&code.text, known) {
                Some(near) => report.help(format!("did you mean `{near}`?")),
                None => report,
            }
        }
        Some(rule) if rule.severity == Severity::Error => Diagnostic::new(
            &rules::ALLOWED_ERROR,
            code.span,
            format!("`{}` is an error and cannot be allowed", code.text),
        )
        .label("only warnings can be allowed")
        .help("mend what it reports, and remove the mark"),
        Some(_) => Diagnostic::new(
            &rules::UNUSED_ALLOW,
            code.span,
            format!("there is no `{}` here to allow", code.text),
        )
        .label("allows nothing")
        .help("remove it"),
    }
}
