//! Volumes whose data files are sealed: the same bytes as without, and none of them in a file.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use device::{Cipher, Error, GRAIN, New, Volume, ZeroBase, Zeroing};
use std::path::Path;
use std::sync::Arc;

const SIZE: u64 = 64 * GRAIN;
const MARKER: &[u8] = b"a marker that must not be found in any file";

fn base() -> Arc<ZeroBase> {
    Arc::new(ZeroBase { size: SIZE })
}

fn cipher(secret: u8) -> device::Sealed {
    Some(Arc::new(Cipher::new(&[secret; 32]).unwrap()))
}

fn new_volume(dir: &Path) -> Volume {
    let new = New {
        size: SIZE,
        base_ref: "base",
    };
    Volume::create_sealed(dir, &new, base(), cipher(1)).unwrap()
}

fn holds(dir: &Path, what: &[u8]) -> bool {
    std::fs::read_dir(dir).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(what.len()).any(|window| window == what)
    })
}

/// Numbers that look random and are the same each time.
fn numbers() -> impl FnMut(u64) -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    }
}

#[test]
fn a_sealed_volume_reads_what_was_written_at_any_alignment_across_layers_and_openings() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = new_volume(dir.path());
    let mut model = vec![0u8; usize::try_from(SIZE).unwrap()];
    let mut next = numbers();
    for step in 0..2000u64 {
        let from = next(SIZE - 1);
        let length = 1 + next((SIZE - from).min(3 * GRAIN));
        let (from, length) = match next(3) {
            0 => (from / 512 * 512, length.next_multiple_of(512)),
            _ => (from, length),
        };
        let end = (from + length).min(SIZE);
        let range = usize::try_from(from).unwrap()..usize::try_from(end).unwrap();
        match next(12) {
            0..=6 => {
                let byte = u8::try_from(step % 255).unwrap() + 1;
                volume.write_at(&vec![byte; range.len()], from).unwrap();
                model[range].fill(byte);
            }
            7 => {
                volume.zero(from, end - from, Zeroing::Punch).unwrap();
                model[range].fill(0);
            }
            8 => {
                volume.zero(from, end - from, Zeroing::Allocate).unwrap();
                model[range].fill(0);
            }
            9 if step % 5 == 0 => drop(volume.freeze().unwrap()),
            10 if step % 5 == 0 => {
                drop(volume);
                volume = Volume::open_sealed(dir.path(), base(), cipher(1)).unwrap();
            }
            _ => {
                let mut found = vec![0; range.len()];
                volume.read_at(&mut found, from).unwrap();
                assert!(found == model[range], "step {step}");
            }
        }
    }
    let mut found = vec![0; model.len()];
    volume.read_at(&mut found, 0).unwrap();
    assert!(found == model);
}

#[test]
fn nothing_that_was_written_is_in_a_file_and_other_keys_do_not_open_it() {
    let dir = tempfile::tempdir().unwrap();
    let volume = new_volume(dir.path());
    volume.write_at(MARKER, 8000).unwrap();
    let frozen = volume.freeze().unwrap();
    volume.write_at(MARKER, 3 * GRAIN + 16).unwrap();
    volume.flush().unwrap();
    let mut found = vec![0; MARKER.len()];
    frozen.read_at(&mut found, 8000).unwrap();
    assert_eq!(found, MARKER);
    assert!(!holds(dir.path(), MARKER) && !holds(dir.path(), &MARKER[..16]));
    drop((frozen, volume));
    for keys in [None, cipher(2)] {
        let refused = Volume::open_sealed(dir.path(), base(), keys);
        assert!(matches!(refused, Err(Error::Sealed(_))));
    }
    Volume::open_sealed(dir.path(), base(), cipher(1)).unwrap();
}

#[test]
fn a_plain_volume_is_not_opened_with_keys() {
    let dir = tempfile::tempdir().unwrap();
    let new = New {
        size: SIZE,
        base_ref: "",
    };
    drop(Volume::create(dir.path(), &new, base()).unwrap());
    let refused = Volume::open_sealed(dir.path(), base(), cipher(1));
    assert!(matches!(refused, Err(Error::Sealed(_))));
}
