//! The files of a volume are byte for byte what `docs/format/volume.md` says, as its vectors show them.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use device::volume::Conditions;
use device::{Error, New, Volume, ZeroBase, Zeroing};

fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/format/vectors")
        .join(name)
}

/// Lines of 16 bytes with their offsets; lines of zeros are left out.
fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (index, line) in bytes.chunks(16).enumerate() {
        if line.iter().any(|byte| *byte != 0) {
            writeln!(text, "{:08x} {}", index * 16, hex::encode(line)).unwrap();
        }
    }
    text
}

/// The bytes that [`dump`] would show so; the last line ends the file.
fn undump(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in text.lines() {
        let (offset, line) = line.split_once(' ').unwrap();
        bytes.resize(usize::from_str_radix(offset, 16).unwrap(), 0);
        bytes.extend(hex::decode(line).unwrap());
    }
    bytes
}

fn conditions() -> Conditions {
    Conditions {
        steps: None,
        boot: Some("0d3bb0a4-91c4-4d5c-b0d8-4e6ec2ff2f0e".to_owned()),
        cipher: None,
    }
}

/// The volume of the vectors: grains 0 to 2 data, 3 zero over data, 5 written since the last flush.
fn make(dir: &Path) -> Volume {
    let new = New {
        size: 1 << 20,
        base_ref: "tree \"7\"",
    };
    let base = Arc::new(ZeroBase { size: 1 << 20 });
    let volume = Volume::create_under(dir, &new, base, conditions()).unwrap();
    volume.write_at(&[1; 4 * 4096], 0).unwrap();
    volume.freeze().unwrap();
    volume.write_at(&[2; 3 * 4096], 0).unwrap();
    volume.zero(3 * 4096, 4096, Zeroing::Punch).unwrap();
    volume.flush().unwrap();
    volume.write_at(&[3; 4096], 5 * 4096).unwrap();
    volume
}

#[test]
fn a_volume_is_written_as_the_vectors_show() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("v");
    drop(make(&dir));
    for (file, name) in [
        ("manifest", "volume-manifest.hex"),
        ("layer-1.map", "volume-layer-1-map.hex"),
        ("layer-2.map", "volume-layer-2-map.hex"),
    ] {
        let found = dump(&fs::read(dir.join(file)).unwrap());
        if std::env::var_os("DEVICE_WRITE_VECTORS").is_some() {
            fs::create_dir_all(vector("")).unwrap();
            fs::write(vector(name), &found).unwrap();
        }
        assert_eq!(found, fs::read_to_string(vector(name)).unwrap(), "{name}");
    }
}

#[test]
fn the_vectors_are_read_and_every_damage_to_them_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("v");
    drop(make(&dir));
    let base = || Arc::new(ZeroBase { size: 1 << 20 });
    for (file, name) in [
        ("manifest", "volume-manifest.hex"),
        ("layer-2.map", "volume-layer-2-map.hex"),
    ] {
        let good = undump(&fs::read_to_string(vector(name)).unwrap());
        // Of a map only the header is checked: each pair of bits after it has a meaning.
        for at in (0..good.len().min(4096)).step_by(7) {
            let mut bad = good.clone();
            bad[at] ^= 0x20;
            fs::write(dir.join(file), &bad).unwrap();
            let opened = Volume::open_under(&dir, base(), conditions());
            assert!(
                matches!(opened, Err(Error::Damaged { .. })),
                "{file}, byte {at}"
            );
        }
        fs::write(dir.join(file), &good).unwrap();
    }
    let volume = Volume::open_under(&dir, base(), conditions()).unwrap();
    let mut bytes = vec![9; 6 * 4096];
    volume.read_at(&mut bytes, 0).unwrap();
    let expected = [2, 2, 2, 0, 0, 3].map(|value| [value; 4096]).concat();
    assert!(bytes == expected);
}
