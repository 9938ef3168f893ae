//! JSON lines that come in parts.
//!
//! In: bytes from the fuzzer. Out: nothing; what must hold is in `runtime/tests/fuzzed/lines.rs`, which tests share.
#![no_main]

#[path = "../../tests/fuzzed/lines.rs"]
mod lines;

libfuzzer_sys::fuzz_target!(|data: &[u8]| lines::check(data));
