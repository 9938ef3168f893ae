//! The JSON reader, held against `serde_json`.
//!
//! In: bytes from the fuzzer. Out: nothing; what must hold is in `runtime/tests/fuzzed/json.rs`, which tests share.
#![no_main]

#[path = "../../tests/fuzzed/json.rs"]
mod json;

libfuzzer_sys::fuzz_target!(|data: &[u8]| json::check(data));
