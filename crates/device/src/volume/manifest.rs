//! The manifest: which layers a volume has, over what. It is replaced as a whole or not at all.
//!
//! A line of JSON, then a line with the BLAKE3 hash of the first line in hexadecimal.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::map::GRAINS;
use crate::grain::GRAIN;

const TEMPORARY: &str = "manifest.new";
const FORMAT: &str = "amiable-volume";
const VERSION: u32 = 1;
const SECTOR: u64 = 512;

/// Bytes that the reference to the base may have.
pub(crate) const MAX_REFERENCE: usize = 4 << 20;
/// Layers that a manifest may list. Each snapshot that is not merged adds one.
pub(crate) const MAX_LAYERS: usize = 4096;
const MAX_BYTES: u64 = 32 << 20;

/// The files that a manifest may be in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Name {
    /// That of a volume that survives the loss of power.
    Manifest,
    /// That of a new one, which counts in the boot that it names. See `draft.rs`.
    Draft,
}

impl Name {
    pub(crate) fn path(self, dir: &Path) -> PathBuf {
        dir.join(match self {
            Name::Manifest => "manifest",
            Name::Draft => "draft",
        })
    }
}

/// What the manifest says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    format: String,
    version: u32,
    /// Bytes of the disk.
    pub(crate) size: u64,
    /// The caller's description of the base.
    pub(crate) base: String,
    /// The newest layer that has been merged into the base; 0 if none has.
    pub(crate) merged: u64,
    /// Layers, oldest first; the last one takes the writes.
    pub(crate) layers: Vec<u64>,
    /// The boot of the machine in which the volume was last opened.
    pub(crate) boot: String,
    /// The name of the keys that the data files are sealed with; absent: they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cipher: Option<String>,
}

impl Manifest {
    pub(crate) fn new(size: u64, base: &str, boot: &str) -> Manifest {
        Manifest {
            format: FORMAT.to_owned(),
            version: VERSION,
            size,
            base: base.to_owned(),
            merged: 0,
            layers: vec![1],
            boot: boot.to_owned(),
            cipher: None,
        }
    }

    /// What a manifest must be, checked before it is written and after it is read.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.format != FORMAT {
            return Err("this is not the manifest of a volume");
        }
        if self.version != VERSION {
            return Err("its version is unknown");
        }
        check_size(self.size)?;
        if self.base.len() > MAX_REFERENCE {
            return Err("the reference to the base is too long");
        }
        if self.layers.is_empty() || self.layers.len() > MAX_LAYERS {
            return Err("it has no layers, or too many");
        }
        let ascending = self.layers.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || self.layers.iter().any(|id| *id <= self.merged) {
            return Err("its layers are out of order");
        }
        Ok(())
    }

    pub(crate) fn encode(&self) -> io::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec(self)?;
        let sum = blake3::hash(&bytes).to_hex();
        bytes.push(b'\n');
        bytes.extend_from_slice(sum.as_bytes());
        bytes.push(b'\n');
        Ok(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Manifest, &'static str> {
        let end = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or("it is cut short")?;
        let (line, rest) = bytes.split_at(end);
        let sum = blake3::hash(line).to_hex();
        if rest != [b"\n", sum.as_bytes(), b"\n"].concat() {
            return Err("its checksum does not match");
        }
        let manifest: Manifest =
            serde_json::from_slice(line).map_err(|_| "it lacks a field, or has one too many")?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Reads a manifest in `dir`; `Ok(Err(_))` says what is wrong with it.
    pub(crate) fn read(dir: &Path, name: Name) -> io::Result<Result<Manifest, &'static str>> {
        let mut bytes = Vec::new();
        File::open(name.path(dir))?
            .take(MAX_BYTES)
            .read_to_end(&mut bytes)?;
        Ok(Manifest::decode(&bytes))
    }

    /// Replaces the manifest in `dir`. When it returns, the new one is what any later crash leaves.
    pub(crate) fn write(
        &self,
        dir: &Path,
        syncs: &AtomicU64,
        step: &dyn Fn(&'static str) -> io::Result<()>,
    ) -> io::Result<()> {
        let file = self.write_temporary(dir)?;
        step("manifest written")?;
        syncs.fetch_add(1, Ordering::Relaxed);
        file.sync_all()?;
        step("manifest synced")?;
        std::fs::rename(dir.join(TEMPORARY), Name::Manifest.path(dir))?;
        step("manifest renamed")?;
        sync_directory(dir, syncs)?;
        step("manifest durable")
    }

    /// Makes this the draft in `dir`: whole or not there, whenever the process ends.
    pub(crate) fn write_draft(
        &self,
        dir: &Path,
        step: &dyn Fn(&'static str) -> io::Result<()>,
    ) -> io::Result<()> {
        self.write_temporary(dir)?;
        step("draft written")?;
        std::fs::rename(dir.join(TEMPORARY), Name::Draft.path(dir))?;
        step("draft renamed")
    }

    fn write_temporary(&self, dir: &Path) -> io::Result<File> {
        self.check()
            .map_err(|what| io::Error::new(io::ErrorKind::InvalidInput, what))?;
        let mut file = File::create(dir.join(TEMPORARY))?;
        file.write_all(&self.encode()?)?;
        Ok(file)
    }
}

/// What the size of a volume must be.
pub(crate) fn check_size(size: u64) -> Result<(), &'static str> {
    if size == 0 || !size.is_multiple_of(SECTOR) {
        return Err("it must be a multiple of 512, and not zero");
    }
    if size > GRAINS * GRAIN {
        return Err("it must be at most 64 TiB");
    }
    Ok(())
}

/// Whether `name` is a file of one of these layers.
fn is_known(name: &str, layers: &[u64]) -> bool {
    let layer = || {
        let number = name.strip_prefix("layer-")?;
        let number = number
            .strip_suffix(".data")
            .or_else(|| number.strip_suffix(".map"))?;
        number.parse::<u64>().ok()
    };
    layer().is_some_and(|id| layers.contains(&id))
}

/// Whether `name` is a file that a crash may have left: a layer or a manifest that never counted.
pub(crate) fn is_left_over(name: &str, layers: &[u64]) -> bool {
    name == TEMPORARY || (name.starts_with("layer-") && !is_known(name, layers))
}

pub(crate) fn sync_directory(dir: &Path, syncs: &AtomicU64) -> io::Result<()> {
    syncs.fetch_add(1, Ordering::Relaxed);
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_reads_back_and_any_damage_is_refused() {
        let manifest = Manifest {
            layers: vec![3, 9],
            merged: 2,
            ..Manifest::new(1 << 30, "tree:\n\"x\"", "b")
        };
        let bytes = manifest.encode().unwrap();
        assert_eq!(Manifest::decode(&bytes), Ok(manifest));
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 4;
            assert!(Manifest::decode(&bad).is_err(), "byte {at}");
            assert!(Manifest::decode(&bytes[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_manifest_that_makes_no_sense_is_refused_though_its_checksum_is_right() {
        let good = Manifest::new(1 << 30, "", "b");
        for bad in [
            Manifest {
                size: 0,
                ..good.clone()
            },
            Manifest {
                size: 100,
                ..good.clone()
            },
            Manifest {
                size: (64 << 40) + 512,
                ..good.clone()
            },
            Manifest {
                layers: vec![],
                ..good.clone()
            },
            Manifest {
                layers: vec![2, 2],
                ..good.clone()
            },
            Manifest {
                merged: 1,
                ..good.clone()
            },
            Manifest {
                version: 2,
                ..good.clone()
            },
        ] {
            assert!(Manifest::decode(&bad.encode().unwrap()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_files_that_never_counted_are_left_over() {
        assert!(is_left_over("layer-4.map", &[5]));
        assert!(is_left_over("manifest.new", &[5]));
        for kept in [
            "layer-5.map",
            "layer-5.data",
            "manifest",
            "lock",
            "notes.txt",
        ] {
            assert!(!is_left_over(kept, &[5]), "{kept}");
        }
    }
}
