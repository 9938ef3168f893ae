//! Strings and numbers as the language spells them.
//!
//! In: the spelling. Out: the value, or the mend of what it cannot be.

use crate::ast::Scalar;

/// An escape that the language does not know.
pub(super) struct BadEscape {
    /// How many bytes of the text belong to it.
    pub(super) length: usize,
    /// What to write instead.
    pub(super) help: String,
}

/// The character that the escape at the start of `text` stands for (none for a line that continues), and its length.
///
/// # Errors
/// When the language does not know it.
pub(super) fn escape(text: &str) -> Result<(Option<char>, usize), BadEscape> {
    let simple = |c| Ok((Some(c), 2));
    let Some(letter) = text.chars().nth(1) else {
        return Err(BadEscape {
            length: 1,
            help: "write `\\\\` for a backslash".to_owned(),
        });
    };
    match letter {
        '"' | '\\' => simple(letter),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'u' => unicode_escape(text),
        '\n' | '\r' => {
            // The line continues on the next one, whose indentation does not count.
            let rest = &text[1..];
            Ok((None, text.len() - rest.trim_ascii_start().len()))
        }
        _ => Err(BadEscape {
            length: 1 + letter.len_utf8(),
            help: match letter {
                '/' | '\'' => format!("`{letter}` needs no backslash"),
                'b' => "write `\\u{8}`".to_owned(),
                'f' => "write `\\u{c}`".to_owned(),
                '0' => "write `\\u{0}`".to_owned(),
                'x' => "write `\\u{..}` with the number of the character in hexadecimal".to_owned(),
                _ => "write `\\\\` for a backslash".to_owned(),
            },
        }),
    }
}

fn unicode_escape(text: &str) -> Result<(Option<char>, usize), BadEscape> {
    let digits = |from: &str| from.bytes().take_while(u8::is_ascii_hexdigit).count();
    if let Some(rest) = text[2..].strip_prefix('{') {
        let count = digits(rest);
        let closed = rest[count..].starts_with('}');
        let value = u32::from_str_radix(&rest[..count], 16)
            .ok()
            .and_then(char::from_u32);
        return match value {
            Some(c) if closed => Ok((Some(c), 4 + count)),
            _ => Err(BadEscape {
                length: 3 + count + usize::from(closed),
                help: "write `\\u{..}` with the number of a character in hexadecimal, up to 10ffff"
                    .to_owned(),
            }),
        };
    }
    let count = digits(&text[2..]).min(4);
    Err(BadEscape {
        length: 2 + count,
        help: if count == 4 {
            format!("put braces around the number: `\\u{{{}}}`", &text[2..6])
        } else {
            "write `\\u{..}` with the number of a character in hexadecimal".to_owned()
        },
    })
}

/// The value of a string, from its spelling with quotes. Escapes that are unknown have been reported, and stay as they are.
pub(super) fn value(spelling: &str) -> String {
    let mut inner = spelling.chars();
    inner.next();
    inner.next_back();
    let mut rest = inner.as_str();
    let mut value = String::with_capacity(rest.len());
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match escape(rest) {
            Ok((c, length)) => {
                value.extend(c);
                length
            }
            Err(bad) => {
                value.push_str(&rest[..bad.length]);
                bad.length
            }
        };
        rest = &rest[length..];
    }
    value.push_str(rest);
    value
}

/// How to mend a number that JSON does not know.
pub(super) fn number_help(spelling: &str) -> String {
    let plain = spelling.replace('_', "");
    let radix = |prefix: &str, radix| u64::from_str_radix(plain.strip_prefix(prefix)?, radix).ok();
    if let Some(value) = radix("0x", 16)
        .or_else(|| radix("0b", 2))
        .or_else(|| radix("0o", 8))
    {
        return format!("write it in decimal: `{value}`");
    }
    let decimal = plain.trim_start_matches('0');
    let digits = decimal.trim_end_matches(|c: char| !c.is_ascii_digit());
    let suffix = &decimal[digits.len()..];
    let is_suffix = suffix == "." || Scalar::ALL.iter().any(|(scalar, _)| *scalar == suffix);
    let decimal = if is_suffix { digits } else { decimal };
    if !decimal.is_empty() && serde_json::from_str::<serde_json::Number>(decimal).is_ok() {
        return format!("write `{decimal}`");
    }
    if plain
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte))
    {
        return "write a number that a 64-bit float can hold".to_owned();
    }
    format!("a name that begins with a digit stands in quotes: `\"{spelling}\"`")
}
