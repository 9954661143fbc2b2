//! Disks of random data, and `qemu-img` as the judge of them.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
};

use formats::{Image, Source};

pub const KIB: u64 = 1 << 10;
pub const MIB: u64 = 1 << 20;

/// Small, seeded, and good enough for test data.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap()
    }
}

/// Runs `qemu-img`, which must succeed.
pub fn qemu_img(args: &[&str]) -> String {
    let output = Command::new("qemu-img")
        .args(args)
        .output()
        .expect("qemu-img is missing; it is in the package qemu-utils");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "qemu-img {args:?}: {said}{complaint}"
    );
    said
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A sparse raw disk: noise, text and written zeros at random places, and its first and last bytes.
pub fn raw_disk(dir: &Path, size: u64, seed: u64) -> PathBuf {
    let path = dir.join(format!("disk-{size}-{seed}.raw"));
    let file = File::create(&path).unwrap();
    file.set_len(size).unwrap();
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..24 {
        let at = random.below(size) & !511;
        let len = random.below(700 * KIB).min(size - at);
        let kind = random.below(4);
        let bytes: Vec<u8> = (0..len)
            .map(|index| match kind {
                0 => 0,
                1 => u8::try_from(index / 512 % 251).unwrap(),
                _ => u8::try_from(random.next() >> 56).unwrap(),
            })
            .collect();
        file.write_all_at(&bytes, at).unwrap();
    }
    file.write_all_at(b"first", 0).unwrap();
    file.write_all_at(b"last", size - 4).unwrap();
    path
}

/// What qemu-img reads out of `image`.
pub fn judged(image: &Path, format: &str, dir: &Path) -> Vec<u8> {
    let out = dir.join("judged.raw");
    qemu_img(&[
        "convert",
        "-f",
        format,
        "-O",
        "raw",
        text(image),
        text(&out),
    ]);
    fs::read(&out).unwrap()
}

/// All bytes of an image, read from three threads in pieces of odd sizes.
pub fn read_all(image: &dyn Source) -> Vec<u8> {
    let mut all = vec![0xee; usize::try_from(image.size()).unwrap()];
    let third = all.len().div_ceil(3).max(1);
    std::thread::scope(|scope| {
        for (part, bytes) in all.chunks_mut(third).enumerate() {
            scope.spawn(move || {
                let (mut random, mut at) = (Random(part as u64 + 7), part * third);
                let mut rest = bytes;
                while !rest.is_empty() {
                    let len = (1 + random.index(300_000)).min(rest.len());
                    let (now, later) = rest.split_at_mut(len);
                    image.read_at(at as u64, now).unwrap();
                    at += len;
                    rest = later;
                }
            });
        }
    });
    all
}

/// Reads `image` and compares it with `expected`, byte for byte; also that whatever no extent names is zero.
pub fn assert_reads(image: &dyn Image, expected: &[u8], about: &str) {
    assert_eq!(image.size(), expected.len() as u64, "{about}: size");
    let read = read_all(image);
    let differs = read.iter().zip(expected).position(|(a, b)| a != b);
    assert_eq!(differs, None, "{about}: first difference");
    let mut from = 0;
    for extent in formats::extents(image) {
        let extent = extent.unwrap();
        assert!(
            extent.start >= from && extent.end > extent.start,
            "{about}: {extent:?}"
        );
        assert!(
            extent.end <= image.size(),
            "{about}: {extent:?} is past the end"
        );
        assert_zero(expected, from, extent.start, about);
        from = extent.end;
    }
    assert_zero(expected, from, image.size(), about);
}

fn assert_zero(bytes: &[u8], from: u64, to: u64, about: &str) {
    let range = usize::try_from(from).unwrap()..usize::try_from(to).unwrap();
    assert!(
        bytes[range.clone()].iter().all(|byte| *byte == 0),
        "{about}: data outside of extents in {range:?}"
    );
}
