//! Telling messages apart.
//!
//! In: bytes from the fuzzer. Out: nothing; what must hold is in `runtime/tests/fuzzed/message.rs`, which tests share.
#![no_main]

#[path = "../../tests/fuzzed/message.rs"]
mod message;

libfuzzer_sys::fuzz_target!(|data: &[u8]| message::check(data));
