//! JSON text two spaces deep, as serde_json writes it, in fewer steps.
//!
//! In: what a serializer says. Out: line breaks and indentation, each written at once.

use std::io::{self, Write};

use serde_json::ser::Formatter;

/// A line break, and spaces for more levels than the model has.
const LINE: &[u8] = b"\n                                                                ";

/// How deep the writer is, and whether what it is in holds anything.
#[derive(Default)]
pub(super) struct Pretty {
    depth: usize,
    holds_something: bool,
}

impl Pretty {
    fn open<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.holds_something = false;
        writer.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.holds_something {
            self.line(writer)?;
        }
        writer.write_all(bracket)
    }

    fn next<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.line(writer)
    }

    fn line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        let mut left = 1 + 2 * self.depth;
        writer.write_all(&LINE[..left.min(LINE.len())])?;
        // Values of the author may go deeper.
        while left > LINE.len() {
            left -= LINE.len() - 1;
            writer.write_all(&LINE[1..left.min(LINE.len())])?;
        }
        Ok(())
    }
}

impl Formatter for Pretty {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.next(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.holds_something = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.holds_something = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize as _;
    use serde_json::{Serializer, Value, json};

    use super::Pretty;

    #[test]
    fn every_value_is_written_as_serde_json_writes_it() {
        let deep = (0..100).fold(json!(1), |inner, at| match at % 2 {
            0 => json!([inner, []]),
            _ => json!({ "inner": inner, "none": {} }),
        });
        let value: Value = json!([deep, "text \"quoted\"\n", null, true, -1.5, {}, [], { "a": [1, 2] }]);
        let mut text = Vec::new();
        value
            .serialize(&mut Serializer::with_formatter(&mut text, Pretty::default()))
            .unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            serde_json::to_string_pretty(&value).unwrap()
        );
    }
}
