//! An item as the tokenizer reads it: one line, on which columns are bytes, without the blanks that comments left.
//!
//! In: the clean text of an item. Out: the line, and where each byte of it stands in the text. The tokenizer looks at every
//! blank by itself, and most of a documented item is blanks.

/// Shorter runs of blanks stay as they are.
const WORTH_IT: usize = 8;

/// One item.
pub(super) struct Line {
    /// What the tokenizer reads.
    pub(super) text: String,
    /// From which byte of the line on how many bytes of the text have been left out.
    left_out: Vec<(usize, usize)>,
}

impl Line {
    /// The line of an item.
    pub(super) fn new(item: &str) -> Self {
        let mut line = Self {
            text: String::with_capacity(item.len()),
            left_out: Vec::new(),
        };
        let bytes = item.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let blanks = run(&bytes[at..], |byte| matches!(byte, b' ' | b'\n'));
            if blanks >= WORTH_IT {
                line.text.push(' ');
                line.left_out
                    .push((line.text.len(), at + blanks - line.text.len()));
            } else {
                line.text.extend(std::iter::repeat_n(' ', blanks));
            }
            at += blanks;
            let word = run(&bytes[at..], |byte| !matches!(byte, b' ' | b'\n'));
            line.text.push_str(&item[at..at + word]);
            at += word;
        }
        line
    }

    /// Where the byte at `column` stands in the text of the item.
    pub(super) fn place(&self, column: usize) -> usize {
        let before = self.left_out.partition_point(|(from, _)| *from <= column);
        let left_out = before.checked_sub(1).map_or(0, |last| self.left_out[last].1);
        column + left_out
    }
}

/// How many bytes `holds` is true of, from the first.
fn run(bytes: &[u8], holds: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| !holds(byte)).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn what_is_not_blank_is_on_the_line_in_its_order_and_knows_its_place() {
        let cases = [
            "",
            "struct A;",
            "                        struct A { }",
            "struct A {\n                    \n    name: string,\n\n\n\n\n\n\n\n\n\n    b?: u8 }           ",
            "a       b        c         d",
        ];
        for item in cases {
            let line = Line::new(item);
            assert!(
                !line.text.contains('\n') && line.text.len() <= item.len(),
                "{item:?}"
            );
            let words = |text: &str| {
                text.split_ascii_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            assert_eq!(words(&line.text), words(item));
            for (column, byte) in line.text.bytes().enumerate().filter(|(_, byte)| *byte != b' ') {
                assert_eq!(item.as_bytes()[line.place(column)], byte, "{item:?} at {column}");
            }
        }
        assert!(Line::new(cases[3]).text.len() < 45);
    }
}
