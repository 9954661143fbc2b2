//! Frames of a hostile guest, through its port of the switch: no panic, whatever they are.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|cable: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime needs only descriptors");
    runtime.block_on(async { switch::replay(cable) });
});
