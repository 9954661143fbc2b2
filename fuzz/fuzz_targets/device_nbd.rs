//! Whatever an NBD client sends, the server answers or hangs up: it does not panic, hang or take memory.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// What a polite client says first, so that the rest reaches the transmission phase: client flags, then
/// structured replies, then `GO` for the export `disk`.
const POLITE: &[u8] = b"\x00\x00\x00\x03\
    IHAVEOPT\x00\x00\x00\x08\x00\x00\x00\x00\
    IHAVEOPT\x00\x00\x00\x07\x00\x00\x00\x0a\x00\x00\x00\x04disk\x00\x00";

fuzz_target!(|input: &[u8]| {
    let Some((first, rest)) = input.split_first() else { return };
    let sent = if first % 2 == 0 { [POLITE, rest].concat() } else { rest.to_vec() };
    let heard = device::nbd::converse(&sent).expect("the connection ends by itself");
    assert!(heard.starts_with(b"NBDMAGIC"));
});
