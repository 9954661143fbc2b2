//! The manifest and the maps of a volume: anything is either refused or read to its end.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((first, rest)) = input.split_first() else { return };
    if first % 2 == 0 {
        device::volume::examine_manifest(rest);
    } else {
        let runs = device::volume::examine_map(rest).expect("every pair of bits has a meaning");
        assert!(runs >= 1);
    }
});
