//! Any bytes as a stored frame: a value or an error, never a panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| blocks::fuzz::frame(bytes));
