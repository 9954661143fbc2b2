//! What is refused, and that the sentence names why.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod qemu;

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::FileExt,
    path::Path,
};

use formats::{Format, FormatError};
use qemu::{qemu_img, raw_disk, text};

/// The sentence with which `path` is refused as valid but not taken.
fn refusal(path: &Path) -> String {
    match formats::open(path) {
        Err(error @ FormatError::Refused { .. }) => error.to_string(),
        Err(error) => panic!("not a refusal: {error}"),
        Ok(image) => panic!("taken as {image:?}"),
    }
}

fn damage(path: &Path) -> String {
    match formats::open(path) {
        Err(error @ FormatError::Damaged { .. }) => error.to_string(),
        Err(error) => panic!("not damage: {error}"),
        Ok(image) => panic!("taken as {image:?}"),
    }
}

#[test]
fn qcow2_that_needs_other_files_or_keys() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().join("base");
    qemu_img(&["create", "-f", "qcow2", text(&base), "8M"]);
    let child = dir.path().join("child");
    qemu_img(&[
        "create",
        "-f",
        "qcow2",
        "-b",
        text(&base),
        "-F",
        "qcow2",
        text(&child),
    ]);
    assert!(refusal(&child).contains("backing file"));
    let data = format!("data_file={}", text(&dir.path().join("data")));
    let external = dir.path().join("external");
    qemu_img(&["create", "-f", "qcow2", "-o", &data, text(&external), "8M"]);
    assert!(refusal(&external).contains("another file"));
    // Written by hand: where a process' time cannot be measured, qemu-img makes no LUKS headers.
    let locked = dir.path().join("locked");
    qemu_img(&["create", "-f", "qcow2", text(&locked), "8M"]);
    let file = File::options().write(true).open(&locked).unwrap();
    file.write_all_at(&2_u32.to_be_bytes(), 32).unwrap();
    assert!(refusal(&locked).contains("LUKS"));
}

#[test]
fn a_backing_file_is_refused_even_if_it_does_not_exist() {
    let dir = tempfile::tempdir().unwrap();
    let child = dir.path().join("child");
    qemu_img(&[
        "create",
        "-u",
        "-f",
        "qcow2",
        "-b",
        "/etc/shadow",
        "-F",
        "raw",
        text(&child),
        "1M",
    ]);
    assert!(refusal(&child).contains("backing file"));
}

#[test]
fn qcow2_with_unknown_features_or_marked_corrupt() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("image");
    qemu_img(&["create", "-f", "qcow2", text(&path), "8M"]);
    let file = File::options().write(true).open(&path).unwrap();
    for (features, word) in [
        (2_u64, "corrupt"),
        (1 << 40, "feature 40"),
        (4, "another file"),
    ] {
        file.write_all_at(&features.to_be_bytes(), 72).unwrap();
        assert!(refusal(&path).contains(word), "{}", refusal(&path));
    }
    // Dirty: only reference counts are in doubt.
    file.write_all_at(&1_u64.to_be_bytes(), 72).unwrap();
    formats::open(&path).unwrap();
}

#[test]
fn qcow2_that_lies_about_its_size() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("image");
    qemu_img(&["create", "-f", "qcow2", text(&path), "8M"]);
    let file = File::options().write(true).open(&path).unwrap();
    file.write_all_at(&(1_u64 << 40).to_be_bytes(), 24).unwrap();
    assert!(damage(&path).contains("L1 entries"));
    file.write_all_at(&u64::MAX.to_be_bytes(), 24).unwrap();
    assert!(refusal(&path).contains("64 TiB"));
}

#[test]
fn vmdk_in_several_files() {
    let dir = tempfile::tempdir().unwrap();
    let raw = raw_disk(dir.path(), 1 << 20, 1);
    for kind in [
        "monolithicFlat",
        "twoGbMaxExtentSparse",
        "twoGbMaxExtentFlat",
    ] {
        let path = dir.path().join(format!("{kind}.vmdk"));
        let option = format!("subformat={kind}");
        qemu_img(&[
            "convert",
            "-O",
            "vmdk",
            "-o",
            &option,
            text(&raw),
            text(&path),
        ]);
        assert!(refusal(&path).contains("other files"), "{}", refusal(&path));
    }
    let part = dir.path().join("twoGbMaxExtentSparse-s001.vmdk");
    assert!(refusal(&part).contains("one part"), "{}", refusal(&part));
}

#[test]
fn vmdk_with_a_parent() {
    let dir = tempfile::tempdir().unwrap();
    let (base, child) = (dir.path().join("base.vmdk"), dir.path().join("child.vmdk"));
    qemu_img(&["create", "-f", "vmdk", text(&base), "8M"]);
    qemu_img(&[
        "create",
        "-f",
        "vmdk",
        "-b",
        text(&base),
        "-F",
        "vmdk",
        text(&child),
    ]);
    assert!(refusal(&child).contains("parent"));
}

#[test]
fn vmdk_that_lies_about_its_size() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("image");
    qemu_img(&["create", "-f", "vmdk", text(&path), "8M"]);
    let file = File::options().write(true).open(&path).unwrap();
    file.write_all_at(&(1_u64 << 34).to_le_bytes(), 12).unwrap();
    assert!(damage(&path).contains("grain"), "{}", damage(&path));
}

#[test]
fn vhd_differencing_or_with_a_table_too_short() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("image");
    qemu_img(&["create", "-f", "vpc", text(&path), "8M"]);
    let whole = fs::read(&path).unwrap();
    let footer_at = whole.len() - 512;
    let with = |at: usize, bytes: &[u8]| {
        let mut image = whole.clone();
        image[footer_at + at..footer_at + at + bytes.len()].copy_from_slice(bytes);
        image[footer_at + 64..footer_at + 68].fill(0);
        let sum: u32 = image[footer_at..].iter().map(|byte| u32::from(*byte)).sum();
        image[footer_at + 64..footer_at + 68].copy_from_slice(&(!sum).to_be_bytes());
        fs::write(&path, image).unwrap();
    };
    with(60, &4_u32.to_be_bytes());
    assert!(refusal(&path).contains("parent"));
    with(48, &(1_u64 << 40).to_be_bytes());
    assert!(damage(&path).contains("cannot hold"));
    with(60, &2_u32.to_be_bytes());
    assert!(
        damage(&path).contains("cannot be in a file"),
        "{}",
        damage(&path)
    );
}

#[test]
fn vhdx_whose_log_was_not_applied() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("image");
    qemu_img(&["create", "-f", "vhdx", text(&path), "8M"]);
    let mut image = fs::read(&path).unwrap();
    for at in [64 << 10, 128 << 10] {
        image[at + 48] = 1;
        image[at + 4..at + 8].fill(0);
        let crc = !image[at..at + 4096].iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0x82f6_3b78 * (crc & 1))
            })
        });
        image[at + 4..at + 8].copy_from_slice(&crc.to_le_bytes());
    }
    fs::write(&path, image).unwrap();
    assert!(refusal(&path).contains("log"), "{}", refusal(&path));
}

#[test]
fn archives_and_foreign_images_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let vdi = [vec![b'<'; 64], b"\x7f\x10\xda\xbe".to_vec()].concat();
    let tar = [vec![b'a'; 257], b"ustar".to_vec()].concat();
    let kinds: [(&[u8], &str); 5] = [
        (b"\x1f\x8b\x08rest", "gzip"),
        (b"\xfd7zXZ\0", "xz"),
        (b"PK\x03\x04", "zip"),
        (&vdi, "VDI"),
        (&tar, "tar"),
    ];
    for (bytes, word) in kinds {
        File::create(&path).unwrap().write_all(bytes).unwrap();
        assert!(refusal(&path).contains(word));
        assert!(
            formats::open_as(&path, Format::Raw).is_ok(),
            "who says raw gets raw"
        );
    }
}

#[test]
fn directories_and_pipes_are_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    assert!(refusal(dir.path()).contains("neither"));
    let pipe = dir.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    assert!(refusal(&pipe).contains("neither"));
    assert!(matches!(
        formats::open(&dir.path().join("absent")),
        Err(FormatError::Io { .. })
    ));
}
