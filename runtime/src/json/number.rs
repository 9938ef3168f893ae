//! Numbers.
//!
//! In: a reader before a number. Out: an integer, which has no fraction and no exponent, or a double. The grammar is
//! checked here; digits become a double by the standard library.

use super::error::{DecodeError, DecodeErrorKind};
use super::reader::{Reader, excerpt};

/// Up to here digits, and no exponent, cannot exceed a double.
const SAFE_DIGITS: usize = 300;

/// A number as it is written.
struct Token {
    start: usize,
    /// The value, where it is an integer of less than 39 digits.
    integer: Option<i128>,
    has_exponent: bool,
}

impl Reader<'_> {
    /// Reads an integer, any that fits.
    ///
    /// # Errors
    /// When something else stands here, or `1.0` or `1e3`. `expected` says what its place wants: `u32`.
    #[inline]
    pub fn integer<T: TryFrom<i128>>(&mut self, expected: &'static str) -> Result<T, DecodeError> {
        self.peek();
        let start = self.at;
        let integer = match self.short() {
            Some(integer) => i128::from(integer),
            None => self.integer_token(expected)?,
        };
        match T::try_from(integer) {
            Ok(integer) => Ok(integer),
            Err(_) => Err(self.out_of_range(start, expected)),
        }
    }

    /// Reads a double.
    ///
    /// # Errors
    /// When something else stands here, or a number beyond all doubles.
    pub fn double(&mut self) -> Result<f64, DecodeError> {
        if !matches!(self.peek(), Some(b'-' | b'0'..=b'9')) {
            return Err(self.mismatch("a number"));
        }
        let token = self.token()?;
        self.double_of(&token)
    }

    /// Steps over an integer as most of them are: without a sign, and of at most 18 digits. None where something else stands
    /// here.
    #[inline]
    fn short(&mut self) -> Option<u64> {
        let bytes = self.text.as_bytes().get(self.at..)?;
        let mut integer: u64 = 0;
        for (at, byte) in bytes.iter().enumerate().take(19) {
            match byte {
                b'0'..=b'9' => integer = 10 * integer + u64::from(byte - b'0'),
                b'.' | b'e' | b'E' => return None,
                _ if at == 0 || (at > 1 && bytes[0] == b'0') => return None,
                _ => {
                    self.at += at;
                    return Some(integer);
                }
            }
        }
        None
    }

    pub(super) fn skip_number(&mut self) -> Result<(), DecodeError> {
        if self.short().is_some() {
            return Ok(());
        }
        let token = self.token()?;
        if token.has_exponent || self.at - token.start > SAFE_DIGITS {
            self.double_of(&token)?;
        }
        Ok(())
    }

    fn integer_token(&mut self, expected: &'static str) -> Result<i128, DecodeError> {
        if !matches!(self.peek(), Some(b'-' | b'0'..=b'9')) {
            return Err(self.mismatch(expected));
        }
        let token = self.token()?;
        match token.integer {
            Some(integer) => Ok(integer),
            None => Err(self.out_of_range(token.start, expected)),
        }
    }

    fn double_of(&mut self, token: &Token) -> Result<f64, DecodeError> {
        match self.text[token.start..self.at].parse::<f64>() {
            Ok(double) if double.is_finite() => Ok(double),
            _ => {
                let found = excerpt(&self.text[token.start..self.at]);
                self.at = token.start;
                Err(self.fault_here(DecodeErrorKind::Syntax, "a number that a double can hold", found))
            }
        }
    }

    #[cold]
    fn out_of_range(&mut self, start: usize, expected: &'static str) -> DecodeError {
        self.at = start;
        self.mismatch(expected)
    }

    /// Steps over a number: `-`, digits without leading zeros, fraction, exponent.
    fn token(&mut self) -> Result<Token, DecodeError> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let negative = bytes.get(self.at) == Some(&b'-');
        self.at += usize::from(negative);
        let first = self.at;
        let mut low: u64 = 0;
        while let Some(digit @ b'0'..=b'9') = bytes.get(self.at) {
            // Wraps beyond 19 digits; such a number is read again below.
            low = low.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        let digits = self.at - first;
        if digits == 0 || (digits > 1 && bytes[first] == b'0') {
            self.at = if digits == 0 { self.at } else { first + 1 };
            return Err(self.syntax("a number"));
        }
        let mut integer = match digits {
            ..=19 if negative => Some(-i128::from(low)),
            ..=19 => Some(i128::from(low)),
            _ => self.text[start..self.at].parse().ok(),
        };
        if bytes.get(self.at) == Some(&b'.') {
            integer = None;
            self.at += 1;
            self.digits()?;
        }
        let has_exponent = matches!(bytes.get(self.at), Some(b'e' | b'E'));
        if has_exponent {
            integer = None;
            self.at += 1;
            if matches!(bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Token {
            start,
            integer,
            has_exponent,
        })
    }

    fn digits(&mut self) -> Result<(), DecodeError> {
        let rest = &self.text.as_bytes()[self.at..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        if digits == 0 {
            Err(self.syntax("a digit"))
        } else {
            Ok(())
        }
    }
}
