//! What is exported is what qemu-img reads, and what is read here again.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod qemu;

use std::{cell::Cell, fs, ops::Range, path::Path};

use formats::{Compression, Export, Format, FormatError, Source};
use qemu::{KIB, MIB, assert_reads, qemu_img, raw_disk, text};

const KINDS: [(Export, &str); 6] = [
    (Export::Raw, "raw"),
    (Export::Qcow2(Compression::None), "qcow2"),
    (Export::Qcow2(Compression::Zlib), "qcow2"),
    (Export::Qcow2(Compression::Zstd), "qcow2"),
    (Export::Vmdk, "vmdk"),
    (Export::Vhd, "vpc"),
];

fn nothing(_: u64, _: u64) {}

/// Exports `raw` and lets qemu-img and ourselves judge the result.
fn check(raw: &Path, dir: &Path) {
    let source = formats::open_as(raw, Format::Raw).unwrap();
    for (to, driver) in KINDS {
        let path = dir.join(format!("out.{driver}"));
        let written = formats::export(&*source, to, &path, &nothing).unwrap();
        let about = format!("{to:?} of {} bytes", source.size());
        assert_eq!(
            written.file_bytes,
            fs::metadata(&path).unwrap().len(),
            "{about}"
        );
        qemu_img(&["compare", "-f", "raw", "-F", driver, text(raw), text(&path)]);
        if matches!(to, Export::Qcow2(_) | Export::Vmdk) {
            let said = qemu_img(&["check", "-f", driver, text(&path)]);
            assert!(said.contains("No errors"), "{about}: {said}");
        }
        let mut expected = fs::read(raw).unwrap();
        expected.resize(usize::try_from(written.virtual_size).unwrap(), 0);
        let again = formats::open(&path).unwrap();
        assert_eq!(again.format(), to.format(), "{about}");
        assert_reads(&*again, &expected, &about);
        assert!(!dir.join(format!("out.{driver}.partial")).exists());
    }
}

#[test]
fn exports_of_all_sizes_are_what_qemu_img_reads() {
    let dir = tempfile::tempdir().unwrap();
    for (seed, size) in [512, 64 * KIB, 3 * MIB + 512, 70 * MIB]
        .into_iter()
        .enumerate()
    {
        check(&raw_disk(dir.path(), size, seed as u64 + 40), dir.path());
    }
}

#[test]
fn exports_span_several_tables() {
    let dir = tempfile::tempdir().unwrap();
    let raw = dir.path().join("wide.raw");
    let file = fs::File::create(&raw).unwrap();
    file.set_len(1200 * MIB).unwrap();
    for at in [0, 511 * MIB, 512 * MIB - 100, 700 * MIB, 1200 * MIB - 50] {
        std::os::unix::fs::FileExt::write_all_at(&file, &[0x5a; 50], at).unwrap();
    }
    check(&raw, dir.path());
}

#[test]
fn an_export_of_nothing_is_small() {
    let dir = tempfile::tempdir().unwrap();
    let raw = dir.path().join("empty.raw");
    fs::File::create(&raw).unwrap().set_len(100 << 30).unwrap();
    let source = formats::open(&raw).unwrap();
    for (to, driver) in KINDS {
        let path = dir.path().join("empty.out");
        let written = formats::export(&*source, to, &path, &nothing).unwrap();
        assert_eq!(written.data_bytes, 0);
        assert!(
            to == Export::Raw || written.file_bytes < MIB,
            "{to:?}: {written:?}"
        );
        qemu_img(&[
            "compare",
            "-f",
            "raw",
            "-F",
            driver,
            text(&raw),
            text(&path),
        ]);
    }
}

#[test]
fn many_clusters_have_right_reference_counts() {
    let dir = tempfile::tempdir().unwrap();
    let raw = dir.path().join("full.raw");
    let mut random = qemu::Random(99);
    let bytes: Vec<u8> = (0..40 * MIB)
        .map(|at| {
            u8::try_from(random.next() >> 56).unwrap() & u8::try_from(at >> 17 & 255).unwrap()
        })
        .collect();
    fs::write(&raw, bytes).unwrap();
    check(&raw, dir.path());
}

#[test]
fn progress_grows_to_the_whole() {
    let dir = tempfile::tempdir().unwrap();
    let raw = raw_disk(dir.path(), 40 * MIB, 5);
    let source = formats::open(&raw).unwrap();
    let last = Cell::new(0);
    let progress = |done: u64, total: u64| {
        assert!(done >= last.get() && done <= total && total == 40 * MIB);
        last.set(done);
    };
    formats::export(&*source, Export::Vhd, &dir.path().join("out"), &progress).unwrap();
    assert_eq!(last.get(), 40 * MIB);
}

/// Fails in the middle.
struct Failing;

impl Source for Failing {
    fn size(&self) -> u64 {
        64 * MIB
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> formats::Result<()> {
        buf.fill(1);
        match offset {
            0..0x200_0000 => Ok(()),
            _ => Err(FormatError::source(std::io::Error::other(
                "the store is gone",
            ))),
        }
    }

    fn next_extent(&self, from: u64) -> formats::Result<Option<Range<u64>>> {
        Ok((from < self.size()).then_some(from..self.size()))
    }
}

#[test]
fn a_failed_export_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let error =
        formats::export(&Failing, Export::Raw, &dir.path().join("out"), &nothing).unwrap_err();
    assert!(error.to_string().contains("the store is gone"));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn vhdx_is_not_written_and_a_vhd_has_a_largest_size() {
    assert!(Export::try_from(Format::Vhdx).is_err());
    let dir = tempfile::tempdir().unwrap();
    let raw = dir.path().join("huge.raw");
    fs::File::create(&raw).unwrap().set_len(3 << 40).unwrap();
    let source = formats::open(&raw).unwrap();
    let error =
        formats::export(&*source, Export::Vhd, &dir.path().join("out"), &nothing).unwrap_err();
    assert!(error.to_string().contains("2040 GiB"), "{error}");
}
