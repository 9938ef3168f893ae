//! Text as it stands in JSON, for every target that writes any.
//!
//! In: text. Out: the same in quotes, as serde_json writes it.

/// Adds text in quotes.
pub(super) fn write_text(text: &str, out: &mut String) {
    // All bytes are looked at, which the compiler does many at a time.
    let odd = |found, byte| found | (byte < b' ') | (byte == b'"') | (byte == b'\\');
    if text.bytes().fold(false, odd) {
        out.push_str(&serde_json::to_string(text).expect("text is JSON"));
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

/// Text in quotes.
pub(super) fn text(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    write_text(text, &mut quoted);
    quoted
}
