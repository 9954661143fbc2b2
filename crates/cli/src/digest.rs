//! Digests, recomputed from what the API shows: of a disk by the recipe in docs/format/digest.md,
//! of an image from those of its disks and how it boots.
//!
//! Blocks are taken in ascending order, so that a disk of any size needs little memory.

use anyhow::{Result, ensure};
use protocol::ec2;
use std::collections::BTreeMap;

const BLOCK: u64 = crate::BLOCK;
const BLOCKS_IN_GROUP: u64 = 32;
const GROUPS_IN_GROUP: u64 = 512;
const ZERO: [u8; 32] = [0; 32];

type Hash = [u8; 32];

/// The hash of one block of 512 KiB; a block of zeros has none.
pub(crate) fn block(data: &[u8]) -> Option<Hash> {
    let held = data.iter().any(|byte| *byte != 0);
    held.then(|| *blake3::hash(data).as_bytes())
}

/// The digest of a disk while its blocks come in. What does not come is zeros.
pub(crate) struct Disk {
    size: u64,
    /// The first index that may still come.
    next: u64,
    /// The group that is being filled on each level, with its index.
    levels: Vec<Option<(u64, Vec<u8>)>>,
}

impl Disk {
    /// A disk of this size in bytes.
    pub(crate) fn new(size: u64) -> Disk {
        let mut length = size.div_ceil(BLOCK).div_ceil(BLOCKS_IN_GROUP);
        let mut levels = 1;
        while length > 1 {
            length = length.div_ceil(GROUPS_IN_GROUP);
            levels += 1;
        }
        Disk {
            size,
            next: 0,
            levels: vec![None; levels],
        }
    }

    /// Takes the next block that holds anything.
    pub(crate) fn push(&mut self, index: u64, hash: Hash) -> Result<()> {
        let within = index < self.size.div_ceil(BLOCK);
        ensure!(within, "The service lists block {index}, past the end.");
        let ordered = index >= self.next;
        ensure!(ordered, "The service lists block {index} out of order.");
        self.next = index + 1;
        self.put(0, index, hash);
        Ok(())
    }

    fn put(&mut self, level: usize, index: u64, hash: Hash) {
        let width = width(level);
        let group = index / width;
        if self.levels[level]
            .as_ref()
            .is_some_and(|(at, _)| *at != group)
        {
            self.close(level);
        }
        let (_, members) = self.levels[level].get_or_insert_with(|| (group, Vec::new()));
        // Members between the last one and this are zero.
        let before = usize::try_from(index % width).unwrap_or(0) * ZERO.len();
        members.resize(before, 0);
        members.extend(hash);
    }

    /// Ends the group of a level: it becomes a member of a group above.
    fn close(&mut self, level: usize) {
        if let Some((index, members)) = self.levels[level].take() {
            self.put(level + 1, index, node(level, members));
        }
    }

    /// The digest.
    pub(crate) fn finish(mut self) -> String {
        let highest = self.levels.len() - 1;
        for level in 0..highest {
            self.close(level);
        }
        let top = self.levels[highest].take();
        let top = top.map_or(ZERO, |(_, members)| node(highest, members));
        let content = [self.size.to_le_bytes().as_slice(), &top].concat();
        hex::encode(blake3::derive_key("amiable v1 digest disk", &content))
    }
}

fn width(level: usize) -> u64 {
    if level == 0 {
        BLOCKS_IN_GROUP
    } else {
        GROUPS_IN_GROUP
    }
}

fn node(level: usize, mut members: Vec<u8>) -> Hash {
    let whole = usize::try_from(width(level)).unwrap_or(0) * ZERO.len();
    members.resize(whole, 0);
    // Sizes are 64 bits, and three levels reach further: the level is a small number.
    members.insert(0, u8::try_from(level).unwrap_or(u8::MAX));
    blake3::derive_key("amiable v1 digest node", &members)
}

/// The digest of an image whose snapshots have these digests: one hash over lines of text that say
/// how it boots and what its disks hold. `None` if a snapshot is not among them.
pub(crate) fn image(image: &ec2::Image, digests: &BTreeMap<String, String>) -> Option<String> {
    let mut text = String::from("amiable image 1\n");
    let mut line = |key: &str, value: &Option<String>| {
        let value = value.as_deref().unwrap_or("-");
        text.push_str(&format!("{key} {value}\n"));
    };
    line("architecture", &image.architecture);
    line("virtualization", &image.virtualization_type);
    line("boot-mode", &image.boot_mode);
    line("tpm", &image.tpm_support);
    line("root", &image.root_device_name);
    let mut disks = BTreeMap::new();
    for mapping in &image.block_device_mappings {
        let (Some(ebs), Some(device)) = (&mapping.ebs, &mapping.device_name) else {
            continue;
        };
        let content = match &ebs.snapshot_id {
            Some(snapshot) => digests.get(snapshot)?.as_str(),
            None => "empty",
        };
        disks.insert(
            device,
            format!("{} {content}", ebs.volume_size.unwrap_or(0)),
        );
    }
    for (device, content) in disks {
        line("disk", &Some(format!("{device} {content}")));
    }
    Some(blake3::hash(text.as_bytes()).to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: usize = 512 * 1024;

    fn digest(size: u64, blocks: &[(u64, u8)]) -> String {
        let mut disk = Disk::new(size);
        for (index, byte) in blocks {
            disk.push(*index, block(&[*byte; BYTES]).unwrap()).unwrap();
        }
        disk.finish()
    }

    #[test]
    fn the_digests_are_those_of_the_script_in_the_recipe() {
        assert_eq!(
            digest(1 << 30, &[]),
            "1c7dc8929b851a4690a508252e3ed480d5b4d037f52c76aa7eceab2143193ed6"
        );
        assert_eq!(
            digest(1 << 30, &[(0, 1)]),
            "d88d245bc4e13a92e65832e8246933bc9ae474bde51da181b4c6122dc4194851"
        );
        assert_eq!(
            digest(1 << 30, &[(3, 1), (31, 2), (32, 3), (2047, 4)]),
            "17884efae8d316a882796039c50d77c202f42ce6c1efd1043876b043f966e26c"
        );
        assert_eq!(
            digest(9 << 30, &[(0, 5), (16383, 6), (16384, 7), (18431, 8)]),
            "214d103129908693d3e444d4df71779a61e2def48b03e411f518c4ff84e6cf7d"
        );
    }

    #[test]
    fn where_a_block_lies_and_how_large_the_disk_is_both_count() {
        assert_ne!(digest(1 << 30, &[(0, 1)]), digest(1 << 30, &[(1, 1)]));
        assert_ne!(digest(1 << 30, &[(0, 1)]), digest(2 << 30, &[(0, 1)]));
        assert_eq!(block(&[0; BYTES]), None);
    }

    #[test]
    fn a_list_out_of_order_or_past_the_end_is_refused() {
        let hash = block(&[1; BYTES]).unwrap();
        let mut disk = Disk::new(1 << 30);
        disk.push(7, hash).unwrap();
        assert!(disk.push(7, hash).is_err());
        assert!(disk.push(3, hash).is_err());
        assert!(disk.push(2048, hash).is_err());
        disk.push(2047, hash).unwrap();
    }

    #[test]
    fn an_image_is_its_disks_and_how_it_boots() {
        let mapping = |device: &str, snapshot: Option<&str>| ec2::BlockDeviceMapping {
            device_name: Some(device.to_owned()),
            ebs: Some(ec2::EbsBlockDevice {
                snapshot_id: snapshot.map(str::to_owned),
                volume_size: Some(8),
                ..ec2::EbsBlockDevice::default()
            }),
            ..ec2::BlockDeviceMapping::default()
        };
        let shown = ec2::Image {
            architecture: Some("x86_64".into()),
            virtualization_type: Some("hvm".into()),
            root_device_name: Some("/dev/xvda".into()),
            block_device_mappings: vec![
                mapping("/dev/xvda", Some("snap-1")),
                mapping("/dev/sdf", None),
            ],
            ..ec2::Image::default()
        };
        let digests = BTreeMap::from([("snap-1".to_owned(), "abc".to_owned())]);
        let text = "amiable image 1\narchitecture x86_64\nvirtualization hvm\nboot-mode -\ntpm -\n\
                    root /dev/xvda\ndisk /dev/sdf 8 empty\ndisk /dev/xvda 8 abc\n";
        let expected = blake3::hash(text.as_bytes()).to_hex().to_string();
        assert_eq!(image(&shown, &digests), Some(expected));
        assert_eq!(image(&shown, &BTreeMap::new()), None);
    }
}
