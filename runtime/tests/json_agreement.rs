//! Our reader is held against `serde_json`: over random and mutated documents both take the same ones, and read the same.
//!
//! In: documents from a generator with a fixed seed. Out: nothing, or the document on which the two differ.

#[path = "fuzzed/json.rs"]
mod json;

use json::check;

/// Documents that have gone wrong in some reader or other.
const HARD: &[&str] = &[
    "",
    " ",
    "nul",
    "nulll",
    "tru",
    "truee",
    "[",
    "]",
    "{",
    "}",
    "[,]",
    "[1,]",
    "[1 2]",
    "{,}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{\"a\":1 \"b\":2}",
    "{a:1}",
    "{1:1}",
    "'a'",
    "\"",
    "\"\\\"",
    "\"\\u12\"",
    "\"\\u123g\"",
    "\"\\ud800\"",
    "\"\\ud800\\u0041\"",
    "\"\\udc00\"",
    "\"\\ud83d\\ude00\"",
    "\"\\x\"",
    "\"\n\"",
    "\"\u{7f}\"",
    "\"\0\"",
    "\"\u{1f600}\"",
    "0",
    "-0",
    "00",
    "01",
    "-01",
    "-",
    "+1",
    "1.",
    ".1",
    "1.e1",
    "1e",
    "1e+",
    "1E5",
    "1e5",
    "1e400",
    "-1e400",
    "1e-400",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "-9223372036854775809",
    "1.0",
    "1e3",
    "123456789012345678901234567890",
    "0.1",
    "1.7976931348623157e308",
    "1.7976931348623159e308",
    "NaN",
    "Infinity",
    "[1]x",
    "[1] ",
    "\u{feff}[]",
    "{\"a\":1,\"a\":2}",
    "{\"\\u0061\":1,\"a\":2}",
    "// x\n1",
    "/**/1",
    "\u{a0}1",
    "\u{c}1",
];

#[test]
fn takes_and_reads_what_serde_json_does() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for document in HARD {
        check(document.as_bytes());
    }
    for depth in 120..135 {
        check(format!("{}{}", "[".repeat(depth), "]".repeat(depth)).as_bytes());
        check(format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)).as_bytes());
    }
    check(format!("1{}", "0".repeat(400)).as_bytes());
    for _ in 0..20_000 {
        let mut document = String::new();
        random.value(4, &mut document);
        let mut bytes = document.into_bytes();
        check(&bytes);
        for _ in 0..random.below(3) + 1 {
            random.mutate(&mut bytes);
        }
        check(&bytes);
    }
}

/// Xorshift: the same documents in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn space(&mut self, out: &mut String) {
        out.push_str(self.pick(&["", "", "", "", " ", "\n", "\t \r\n"]));
    }

    fn value(&mut self, depth: usize, out: &mut String) {
        self.space(out);
        match self.below(if depth == 0 { 5 } else { 8 }) {
            0 => out.push_str(self.pick(&["null", "true", "false"])),
            1 | 2 => self.number(out),
            3 | 4 => self.text(out),
            5 => self.sequence(out, ('[', ']'), |random, out| random.value(depth - 1, out)),
            _ => self.sequence(out, ('{', '}'), |random, out| {
                random.space(out);
                random.text(out);
                random.space(out);
                out.push(':');
                random.value(depth - 1, out);
            }),
        }
        self.space(out);
    }

    fn sequence(&mut self, out: &mut String, ends: (char, char), item: impl Fn(&mut Self, &mut String)) {
        out.push(ends.0);
        for at in 0..self.below(4) {
            if at > 0 {
                out.push(',');
            }
            item(self, out);
        }
        out.push(ends.1);
    }

    fn number(&mut self, out: &mut String) {
        out.push_str(self.pick(&["", "", "-"]));
        out.push_str(self.pick(&[
            "0",
            "7",
            "42",
            "65536",
            "9007199254740993",
            "18446744073709551615",
            "99999999999999999999",
        ]));
        out.push_str(self.pick(&["", "", "", ".5", ".0", ".25", "e2", "E-3", "e+1"]));
    }

    fn text(&mut self, out: &mut String) {
        out.push('"');
        for _ in 0..self.below(4) {
            out.push_str(self.pick(&[
                "a",
                "id",
                "plain text over eight bytes",
                "ü",
                "😀",
                "\\n",
                "\\\"",
                "\\\\",
                "\\/",
                "\\u00e9",
                "\\ud83d\\ude00",
                "\u{7f}",
                " ",
            ]));
        }
        out.push('"');
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len().max(1));
        let any = [
            b'"', b'\\', b'{', b'}', b'[', b']', b',', b':', b'0', b'e', b'.', b'-', b'u', 0x1f, 0x80, 0xff,
            b' ',
        ];
        let byte = any[self.below(any.len())];
        match self.below(4) {
            0 => bytes.insert(at.min(bytes.len()), byte),
            1 if !bytes.is_empty() => bytes[at] = byte,
            2 if !bytes.is_empty() => {
                bytes.remove(at);
            }
            _ => bytes.truncate(at),
        }
    }
}
