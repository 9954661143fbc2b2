//! Mutated and truncated images give data or an error: no panic, no endless loop, no memory that the file chose.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod qemu;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use qemu::{MIB, Random, qemu_img, raw_disk, text};

/// For each kind of image. Long enough for thousands of mutations.
const TIME: Duration = Duration::from_secs(4);
/// Bytes that are read from each mutated image at most.
const READ: u64 = 4 * MIB;

fn fixtures(dir: &Path) -> Vec<PathBuf> {
    let raw = raw_disk(dir, 3 * MIB + 512, 3);
    let kinds: [(&str, &[&str]); 9] = [
        ("qcow2", &["-o", "cluster_size=4k"]),
        ("qcow2", &["-o", "extended_l2=on,cluster_size=16k"]),
        ("qcow2", &["-c"]),
        ("qcow2", &["-c", "-o", "compression_type=zstd"]),
        ("vmdk", &[]),
        ("vmdk", &["-o", "subformat=streamOptimized"]),
        ("vpc", &[]),
        ("vpc", &["-o", "subformat=fixed"]),
        ("vhdx", &["-o", "block_size=1M,log_size=1M"]),
    ];
    let make = |(number, (driver, options)): (usize, (&str, &[&str]))| {
        let path = dir.join(format!("{number}.{driver}"));
        let mut args = vec!["convert", "-f", "raw", "-O", driver];
        args.extend(options);
        args.extend([text(&raw), text(&path)]);
        qemu_img(&args);
        path
    };
    kinds.into_iter().enumerate().map(make).collect()
}

/// Reads what it can; what matters is that it comes back.
fn use_image(path: &Path) -> bool {
    let Ok(image) = formats::open(path) else {
        return false;
    };
    let mut buf = vec![0; 64 << 10];
    let mut read = 0;
    for extent in formats::extents(&*image).take(2000) {
        let Ok(extent) = extent else { return false };
        let mut at = extent.start;
        while at < extent.end && read < READ {
            let len = usize::try_from(extent.end - at)
                .unwrap_or(usize::MAX)
                .min(buf.len());
            if image.read_at(at, &mut buf[..len]).is_err() {
                return false;
            }
            at += len as u64;
            read += len as u64;
        }
    }
    true
}

/// Most changes go where tables and headers are, and to values that hurt.
fn mutate(image: &mut Vec<u8>, tables: &[usize], random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = match random.below(3) {
            0 => random.index(image.len().min(512)),
            1 => tables[random.index(tables.len())] + random.index(16),
            _ => random.index(image.len()),
        };
        let width = 1 << random.below(4);
        let value: u64 = match random.below(4) {
            0 => u64::MAX,
            1 => 1 << random.below(64),
            2 => random.next(),
            _ => random.below(image.len() as u64),
        };
        let bytes = if random.below(2) == 0 {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        };
        for (to, from) in image.iter_mut().skip(at).take(width).zip(bytes) {
            *to = from;
        }
    }
    if random.below(5) == 0 {
        image.truncate(random.index(image.len()));
    }
}

/// Where bytes are neither noise nor zeros: headers and tables, for the most part.
fn tables(image: &[u8]) -> Vec<usize> {
    let sparse = |part: &[u8]| (1..256).contains(&part.iter().filter(|byte| **byte != 0).count());
    let starts = image
        .chunks(512)
        .enumerate()
        .filter(|(_, part)| sparse(part))
        .map(|(index, _)| index * 512);
    starts
        .flat_map(|start| (start..start + 512).step_by(16))
        .collect()
}

#[test]
fn mutated_images_never_panic_or_hang() {
    let dir = tempfile::tempdir().unwrap();
    for fixture in fixtures(dir.path()) {
        let whole = fs::read(&fixture).unwrap();
        assert!(use_image(&fixture), "{} is whole", fixture.display());
        let tables = tables(&whole);
        let mut random = Random(0x5eed ^ whole.len() as u64);
        let (started, mut tried, mut taken) = (Instant::now(), 0, 0);
        let path = dir.path().join("mutated");
        while started.elapsed() < TIME {
            let mut image = whole.clone();
            mutate(&mut image, &tables, &mut random);
            fs::write(&path, &image).unwrap();
            let one = Instant::now();
            taken += usize::from(use_image(&path));
            assert!(
                one.elapsed() < Duration::from_secs(20),
                "mutation {tried} of {} hangs",
                fixture.display()
            );
            tried += 1;
        }
        println!(
            "{}: {tried} mutations, {taken} still readable",
            fixture.display()
        );
        assert!(tried > 50, "{}: only {tried} mutations", fixture.display());
    }
}

#[test]
fn truncated_images_are_refused_or_read() {
    let dir = tempfile::tempdir().unwrap();
    for fixture in fixtures(dir.path()) {
        let whole = fs::read(&fixture).unwrap();
        let path = dir.path().join("short");
        for part in 0..40 {
            fs::write(&path, &whole[..whole.len() * part / 40]).unwrap();
            // A footer's absence makes some files look raw; everything else must notice.
            let _is_read = use_image(&path);
        }
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let format = whole.starts_with(b"QFI")
            || whole.starts_with(b"KDMV")
            || whole.starts_with(b"conectix");
        assert!(
            !format || !use_image(&path),
            "half of {} was taken for whole",
            fixture.display()
        );
    }
}

#[test]
fn tables_that_name_the_same_data_again_and_again_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bomb");
    qemu_img(&["create", "-f", "qcow2", text(&path), "512M"]);
    let mut image = fs::read(&path).unwrap();
    image.resize(8 << 16, 7);
    let l1_at = usize::try_from(u64::from_be_bytes(image[40..48].try_into().unwrap())).unwrap();
    let l2_at = 6_u64 << 16;
    image[l1_at..l1_at + 8].copy_from_slice(&(l2_at | 1 << 63).to_be_bytes());
    for entry in image[6 << 16..7 << 16].chunks_exact_mut(8) {
        entry.copy_from_slice(&(7_u64 << 16 | 1 << 63).to_be_bytes());
    }
    fs::write(&path, image).unwrap();
    let error = formats::open(&path).unwrap_err().to_string();
    assert!(error.contains("more data than the file"), "{error}");
}
