//! Images made by qemu-img are read as qemu-img reads them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod qemu;

use std::{fs, path::Path};

use formats::{Format, FormatError};
use qemu::{KIB, MIB, assert_reads, judged, qemu_img, raw_disk, text};

/// Disk sizes: tiny, not a multiple of a cluster, and over several tables.
const SIZES: [u64; 4] = [512, 64 * KIB + 512, 5 * MIB + 3 * 512, 70 * MIB];

/// Makes an image of each disk with these options and compares.
fn check(format: Format, driver: &str, options: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    for (seed, size) in SIZES.into_iter().enumerate() {
        let raw = raw_disk(dir.path(), size, seed as u64 + 1);
        let image = dir.path().join("image");
        let mut args = vec!["convert", "-f", "raw", "-O", driver];
        args.extend(options);
        args.extend([text(&raw), text(&image)]);
        qemu_img(&args);
        let expected = judged(&image, driver, dir.path());
        let opened = formats::open(&image)
            .unwrap_or_else(|error| panic!("{driver} {options:?} {size}: {error}"));
        assert_eq!(opened.format(), format);
        assert_reads(&*opened, &expected, &format!("{driver} {options:?} {size}"));
        let source = fs::read(&raw).unwrap();
        assert_eq!(
            &expected[..source.len()],
            source,
            "qemu-img kept the disk's bytes"
        );
    }
}

#[test]
fn raw_images_read_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    for size in [1, 511, 4097, 3 * MIB + 17] {
        let path = raw_disk(dir.path(), size.max(5), size);
        let image = formats::open(&path).unwrap();
        assert_eq!(image.format(), Format::Raw);
        assert_reads(&*image, &fs::read(&path).unwrap(), "raw");
    }
}

#[test]
fn holes_of_raw_images_are_not_extents() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("holes");
    let file = fs::File::create(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"x", 300 * MIB).unwrap();
    let image = formats::open(&path).unwrap();
    let extents: Vec<_> = formats::extents(&*image).map(Result::unwrap).collect();
    assert!(
        extents.len() <= 1 && extents[0].contains(&(300 * MIB)),
        "{extents:?}"
    );
    assert!(extents[0].end - extents[0].start <= MIB);
}

#[test]
fn qcow2_of_both_versions_and_all_cluster_sizes() {
    check(Format::Qcow2, "qcow2", &[]);
    check(Format::Qcow2, "qcow2", &["-o", "compat=0.10"]);
    for cluster in ["512", "4k", "128k", "2M"] {
        check(
            Format::Qcow2,
            "qcow2",
            &["-o", &format!("cluster_size={cluster}")],
        );
    }
}

#[test]
fn qcow2_compressed_by_zlib_and_zstd() {
    for options in ["compression_type=zlib", "compression_type=zstd"] {
        for cluster in ["512", "64k", "2M"] {
            check(
                Format::Qcow2,
                "qcow2",
                &["-c", "-o", &format!("{options},cluster_size={cluster}")],
            );
        }
    }
    check(Format::Qcow2, "qcow2", &["-c", "-o", "compat=0.10"]);
}

#[test]
fn qcow2_with_extended_l2_entries() {
    check(Format::Qcow2, "qcow2", &["-o", "extended_l2=on"]);
    check(
        Format::Qcow2,
        "qcow2",
        &["-o", "extended_l2=on,cluster_size=16k"],
    );
    check(
        Format::Qcow2,
        "qcow2",
        &["-c", "-o", "extended_l2=on,compression_type=zstd"],
    );
}

#[test]
fn qcow2_preallocated_in_every_way() {
    for how in ["metadata", "falloc", "full"] {
        check(
            Format::Qcow2,
            "qcow2",
            &["-o", &format!("preallocation={how}")],
        );
    }
    check(
        Format::Qcow2,
        "qcow2",
        &["-o", "lazy_refcounts=on,refcount_bits=1"],
    );
}

/// Writes, discards and zeroes parts of an image in place, so that all kinds of entries occur.
fn scribble(image: &Path, driver: &str) {
    let commands = [
        "write -P 0x11 0 1M",
        "write -z 128k 64k",
        "write -z -u 256k 128k",
        "discard 512k 192k",
        "write -P 0x22 3333k 7k",
        "write -z 3336k 1k",
        "write -P 0x33 9M 300k",
        "write -z 9100k 33k",
    ];
    let mut run = std::process::Command::new("qemu-io");
    run.args(["-f", driver, "-d", "unmap"]);
    for command in commands {
        run.args(["-c", command]);
    }
    let output = run.arg(image).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn images_that_were_written_and_zeroed_in_place() {
    let dir = tempfile::tempdir().unwrap();
    let kinds: [(&str, &[&str]); 7] = [
        ("qcow2", &[]),
        ("qcow2", &["-o", "extended_l2=on"]),
        ("qcow2", &["-o", "compat=0.10"]),
        ("vmdk", &[]),
        ("vmdk", &["-o", "zeroed_grain=on"]),
        ("vpc", &[]),
        ("vhdx", &[]),
    ];
    for (driver, options) in kinds {
        let image = dir.path().join("image");
        let mut args = vec!["create", "-f", driver];
        args.extend(options);
        args.extend([text(&image), "40M"]);
        qemu_img(&args);
        scribble(&image, driver);
        let expected = judged(&image, driver, dir.path());
        let opened = formats::open(&image).unwrap();
        assert_reads(
            &*opened,
            &expected,
            &format!("scribbled {driver} {options:?}"),
        );
    }
}

#[test]
fn qcow2_with_internal_snapshots_reads_as_it_is_now() {
    let dir = tempfile::tempdir().unwrap();
    let image = dir.path().join("image");
    qemu_img(&["create", "-f", "qcow2", text(&image), "40M"]);
    scribble(&image, "qcow2");
    qemu_img(&["snapshot", "-c", "before", text(&image)]);
    let output = std::process::Command::new("qemu-io")
        .args(["-c", "write -P 9 0 400k"])
        .arg(&image)
        .output()
        .unwrap();
    assert!(output.status.success());
    let expected = judged(&image, "qcow2", dir.path());
    assert_reads(&*formats::open(&image).unwrap(), &expected, "snapshot");
}

#[test]
fn vmdk_of_both_kinds_in_one_file() {
    check(Format::Vmdk, "vmdk", &["-o", "subformat=monolithicSparse"]);
    check(Format::Vmdk, "vmdk", &["-o", "subformat=streamOptimized"]);
}

#[test]
fn vhd_fixed_and_dynamic() {
    for kind in ["dynamic", "fixed"] {
        check(Format::Vhd, "vpc", &["-o", &format!("subformat={kind}")]);
        check(
            Format::Vhd,
            "vpc",
            &["-o", &format!("subformat={kind},force_size=on")],
        );
    }
}

#[test]
fn vhdx_fixed_and_dynamic() {
    for kind in ["dynamic", "fixed"] {
        check(Format::Vhdx, "vhdx", &["-o", &format!("subformat={kind}")]);
        check(
            Format::Vhdx,
            "vhdx",
            &["-o", &format!("subformat={kind},block_size=2M")],
        );
    }
}

#[test]
fn large_sparse_disks_open_at_once() {
    let dir = tempfile::tempdir().unwrap();
    for (driver, size) in [
        ("qcow2", "64T"),
        ("vmdk", "2040G"),
        ("vpc", "2000G"),
        ("vhdx", "60T"),
    ] {
        let image = dir.path().join(driver);
        qemu_img(&["create", "-f", driver, text(&image), size]);
        let started = std::time::Instant::now();
        let opened = formats::open(&image).unwrap();
        assert!(opened.size() >= 2000 << 30);
        assert_eq!(formats::extents(&*opened).count(), 0, "{driver}");
        assert!(
            started.elapsed().as_secs() < 10,
            "{driver} took {:?}",
            started.elapsed()
        );
    }
}

#[test]
fn reads_past_the_end_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let image = dir.path().join("image");
    qemu_img(&["create", "-f", "qcow2", text(&image), "1M"]);
    let opened = formats::open(&image).unwrap();
    let mut buf = [0; 2];
    opened.read_at(MIB - 2, &mut buf).unwrap();
    for offset in [MIB - 1, MIB, u64::MAX] {
        assert!(matches!(
            opened.read_at(offset, &mut buf),
            Err(FormatError::OutOfRange { .. })
        ));
    }
}
