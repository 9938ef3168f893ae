//! An item as the tokenizer reads it: one line, on which columns are bytes, without the lines that only held a comment.
//!
//! In: the clean text of an item. Out: the line, and where each byte of it stands in the text. The tokenizer looks at every
//! blank by itself, and most of a documented item is blanks.

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
        let mut start = 0;
        for part in item.split('\n') {
            if !part.trim_ascii_start().is_empty() {
                let (at, left_out) = (line.text.len(), start - line.text.len());
                if left_out > line.left_out.last().map_or(0, |(_, before)| *before) {
                    line.left_out.push((at, left_out));
                }
                line.text.push_str(part);
                line.text.push(' ');
            }
            start += part.len() + 1;
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
            "a       b        c\n         d\n\n",
        ];
        for item in cases {
            let line = Line::new(item);
            assert!(
                !line.text.contains('\n') && line.text.len() <= item.len() + 1,
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
        let line = Line::new("struct A {\n        \n\n  b: u8 }");
        assert_eq!(line.text, "struct A {   b: u8 } ");
    }
}
