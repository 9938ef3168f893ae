//! A whole connection, from bytes to bytes.
//!
//! In: bytes from the fuzzer. Out: nothing; what must hold is in `runtime/tests/fuzzed/conversation.rs`, which tests share.
#![no_main]

#[path = "../../tests/fuzzed/conversation.rs"]
mod conversation;

libfuzzer_sys::fuzz_target!(|data: &[u8]| conversation::check(data));
