//! Any bytes as a stored pack: a value or an error, never a panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| blocks::fuzz::pack(bytes));
