//! Stepping over a value.
//!
//! In: a reader before a value. Out: the reader behind it, the value checked as if it had been read. Iterative: nesting
//! costs a bit, not a call.

use super::error::DecodeError;
use super::reader::{MAX_DEPTH, Reader};

impl Reader<'_> {
    /// Steps over one value.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn skip(&mut self) -> Result<(), DecodeError> {
        // A bit for each open object or list, the innermost lowest: set for objects.
        let mut objects: u128 = 0;
        let outside = self.depth;
        loop {
            // Before a value.
            match self.peek() {
                Some(b'"') => self.skip_text()?,
                Some(open @ (b'{' | b'[')) => {
                    self.descend()?;
                    self.at += 1;
                    objects = objects << 1 | u128::from(open == b'{');
                    let close = if open == b'{' { b'}' } else { b']' };
                    if self.peek() != Some(close) {
                        if open == b'{' {
                            self.skip_name()?;
                        }
                        continue;
                    }
                    self.at += 1;
                    objects >>= 1;
                    self.depth += 1;
                }
                Some(b'-' | b'0'..=b'9') => self.skip_number()?,
                Some(b't') => self.literal("true")?,
                Some(b'f') => self.literal("false")?,
                Some(b'n') => self.literal("null")?,
                _ => return Err(self.syntax("a value")),
            }
            // Behind a value.
            loop {
                if self.depth == outside {
                    return Ok(());
                }
                let in_object = objects & 1 == 1;
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        if in_object {
                            self.skip_name()?;
                        }
                        break;
                    }
                    Some(b'}') if in_object => {}
                    Some(b']') if !in_object => {}
                    _ => return Err(self.syntax(if in_object { "`,` or `}`" } else { "`,` or `]`" })),
                }
                self.at += 1;
                objects >>= 1;
                self.depth += 1;
            }
        }
    }

    /// Steps over the name of a member and the colon.
    fn skip_name(&mut self) -> Result<(), DecodeError> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax("the name of a member"));
        }
        self.skip_text()?;
        self.colon()
    }

    #[inline]
    pub(super) fn colon(&mut self) -> Result<(), DecodeError> {
        if self.peek() != Some(b':') {
            return Err(self.syntax("`:`"));
        }
        self.at += 1;
        Ok(())
    }
}

const _: () = assert!(MAX_DEPTH <= u128::BITS, "one bit for each open object or list");
