//! Characters that look like those of the language.
//!
//! In: a character from beyond ASCII. Out: what the author most likely meant.

/// The ASCII character that `found` looks like, and the name of `found`.
pub(super) fn meant(found: char) -> Option<(u8, &'static str)> {
    LOOKALIKES
        .binary_search_by_key(&found, |(lookalike, ..)| *lookalike)
        .ok()
        .map(|at| (LOOKALIKES[at].1, LOOKALIKES[at].2))
}

/// Whether text is sometimes put between `c` and its partner.
pub(super) fn is_quote(c: char) -> bool {
    QUOTES.contains(&c)
}

/// Whether a string that begins with `open` ends at `c`.
pub(super) fn closes(open: char, c: char) -> bool {
    match open {
        '\'' | '`' => c == open,
        _ => is_quote(c) || c == '"',
    }
}

/// What people call `quote`.
pub(super) fn quote_name(quote: char) -> &'static str {
    match quote {
        '\'' => "single quotes",
        '`' => "backticks",
        _ => "typographic quotes",
    }
}

const QUOTES: &[char] = &[
    '\u{2018}', '\u{2019}', '\u{201a}', '\u{201c}', '\u{201d}', '\u{201e}', '\u{ab}', '\u{bb}',
];

/// Sorted. Names from the Unicode character database.
const LOOKALIKES: &[(char, u8, &str)] = &[
    ('\u{a0}', b' ', "no-break space"),
    ('\u{37e}', b';', "Greek question mark"),
    ('\u{2002}', b' ', "en space"),
    ('\u{2003}', b' ', "em space"),
    ('\u{2009}', b' ', "thin space"),
    ('\u{200b}', b' ', "zero width space"),
    ('\u{2010}', b'-', "hyphen"),
    ('\u{2011}', b'-', "non-breaking hyphen"),
    ('\u{2013}', b'-', "en dash"),
    ('\u{2014}', b'-', "em dash"),
    ('\u{202f}', b' ', "narrow no-break space"),
    ('\u{2212}', b'-', "minus sign"),
    ('\u{2236}', b':', "ratio"),
    ('\u{3000}', b' ', "ideographic space"),
    ('\u{feff}', b' ', "zero width no-break space"),
    ('\u{ff08}', b'(', "fullwidth left parenthesis"),
    ('\u{ff09}', b')', "fullwidth right parenthesis"),
    ('\u{ff0c}', b',', "fullwidth comma"),
    ('\u{ff1a}', b':', "fullwidth colon"),
    ('\u{ff1b}', b';', "fullwidth semicolon"),
    ('\u{ff1d}', b'=', "fullwidth equals sign"),
    ('\u{ff1f}', b'?', "fullwidth question mark"),
    ('\u{ff3b}', b'[', "fullwidth left square bracket"),
    ('\u{ff3d}', b']', "fullwidth right square bracket"),
    ('\u{ff5b}', b'{', "fullwidth left curly bracket"),
    ('\u{ff5c}', b'|', "fullwidth vertical line"),
    ('\u{ff5d}', b'}', "fullwidth right curly bracket"),
];
