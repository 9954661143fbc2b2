//! The disks that are measured: one system as its owner changes it, and as a builder makes it anew each night.
//!
//! Built once by `xtask/guests/dataset/build.sh` and kept in the cache folder. `AMIABLE_BENCH_DISKS` names a folder that
//! has v1.raw, v2.raw, v3.raw and v2r.raw already; figures of different data sets must not be compared.

use crate::{guests, shell};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Four disks, raw and sparse.
pub(super) struct Disks {
    folder: PathBuf,
}

/// The block that EBS snapshots count in.
const BLOCK: usize = 512 * 1024;

impl Disks {
    pub(super) fn find() -> Result<Disks> {
        let folder = match std::env::var_os("AMIABLE_BENCH_DISKS") {
            Some(folder) => PathBuf::from(folder),
            None => guests::dataset(&guests::Cache::open()?)?,
        };
        let disks = Disks { folder };
        for name in ["v1", "v2", "v3", "v2r"] {
            let path = disks.path(name);
            ensure!(path.is_file(), "{} is not there", path.display());
        }
        Ok(disks)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.raw"))
    }

    /// The first reader pays for a disk, so it is neither side.
    pub(super) fn warm(&self, name: &str) -> Result<()> {
        shell::output(Command::new("sha256sum").arg(self.path(name)))?;
        Ok(())
    }

    /// A tree of files that changes from night to night, unpacked into `folder`.
    pub(super) fn tree(&self, folder: &Path) -> Result<()> {
        let packed = self.folder.join("tree.tar");
        if packed.is_file() {
            let mut tar = Command::new("tar");
            tar.arg("-C").arg(folder);
            tar.args(["--no-same-owner", "--exclude=./dev/*", "-xf"]);
            shell::output(tar.arg(packed))?;
            shell::output(Command::new("chmod").args(["-R", "u+rwX"]).arg(folder))?;
        } else {
            // A folder of disks without it: the files of the rebuilt disk.
            let request = format!("rdump / {}", folder.display());
            let disk = self.path("v2r");
            let mut debugfs = Command::new("/sbin/debugfs");
            shell::output(debugfs.args(["-R", &request]).arg(disk))?;
        }
        ensure!(
            folder.join("etc").is_dir(),
            "the tree of files is not there"
        );
        Ok(())
    }

    /// The disk of one night.
    pub(super) fn night(tree: &Path, day: u32, disk: &Path) -> Result<()> {
        let script = guests::scripts().join("dataset").join("nightly.sh");
        let mut command = Command::new("bash");
        command.arg(script).arg(tree).arg(day.to_string()).arg(disk);
        shell::output(&mut command)?;
        Ok(())
    }
}

/// The numbers of the blocks of `size` bytes in which two files of one length differ: the truth by reading both.
pub(super) fn differing(a: &Path, b: &Path, size: usize) -> Result<Vec<u64>> {
    use std::io::Read;
    let open = |path: &Path| {
        std::fs::File::open(path).with_context(|| format!("reading {}", path.display()))
    };
    let (mut a, mut b) = (open(a)?, open(b)?);
    let (mut left, mut right) = (vec![0; BLOCK], vec![0; BLOCK]);
    let (mut found, mut number) = (Vec::new(), 0);
    loop {
        let (n, m) = (fill(&mut a, &mut left)?, fill(&mut b, &mut right)?);
        ensure!(n == m, "the disks have different sizes");
        if n == 0 {
            return Ok(found);
        }
        for (one, other) in left[..n].chunks(size).zip(right[..n].chunks(size)) {
            if one != other {
                found.push(number);
            }
            number += 1;
        }
        fn fill(file: &mut std::fs::File, buffer: &mut [u8]) -> Result<usize> {
            let mut filled = 0;
            while filled < buffer.len() {
                match file.read(&mut buffer[filled..])? {
                    0 => break,
                    count => filled += count,
                }
            }
            Ok(filled)
        }
    }
}

/// Numbers as ranges: `[from, to)`, in order and apart.
pub(super) fn ranges(numbers: &[u64]) -> Vec<(u64, u64)> {
    let mut found: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match found.last_mut() {
            Some((_, end)) if *end == *number => *end += 1,
            _ => found.push((*number, *number + 1)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_differ_are_found_by_reading() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        let mut bytes = vec![7; 3 * BLOCK];
        std::fs::write(&a, &bytes).unwrap();
        bytes[0] = 8;
        bytes[2 * BLOCK + 5000] = 8;
        std::fs::write(&b, &bytes).unwrap();
        assert_eq!(differing(&a, &b, BLOCK).unwrap(), [0, 2]);
        assert_eq!(differing(&a, &b, 4096).unwrap(), [0, 257]);
        std::fs::write(&b, [1]).unwrap();
        assert!(differing(&a, &b, BLOCK).is_err());
    }

    #[test]
    fn neighbours_are_one_range() {
        assert_eq!(ranges(&[1, 2, 5, 6, 7, 9]), [(1, 3), (5, 8), (9, 10)]);
        assert!(ranges(&[]).is_empty());
    }
}
