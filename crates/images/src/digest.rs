//! The image digest: one hash over the digests of an image's disks and how it boots.
//!
//! Two images with the same digest boot the same bytes in the same way, whatever their names,
//! owners, Regions or keys. The recipe is BLAKE3 over lines of text, each ended by a line feed:
//!
//! ```text
//! amiable image 1
//! architecture x86_64
//! virtualization hvm
//! boot-mode legacy-bios            (or: -)
//! tpm -
//! root /dev/xvda
//! disk /dev/xvda 8 <digest of the snapshot>
//! disk /dev/sdf 5 empty
//! ```
//!
//! with the disks in the order of their device names. Instance store disks do not count: they
//! hold no bytes.

use crate::{Image, Target};
use base::SnapshotId;
use std::collections::BTreeMap;
use std::fmt::Write;
use volumes::Snapshot;

/// The digest of an image, once all of its snapshots have theirs.
pub(crate) fn of(image: &Image, snapshots: &BTreeMap<SnapshotId, Snapshot>) -> Option<String> {
    let mut text = String::from("amiable image 1\n");
    let mut line = |key: &str, value: &str| {
        writeln!(text, "{key} {value}").expect("writing to a string cannot fail");
    };
    line("architecture", &image.architecture);
    line("virtualization", &image.virtualization);
    line("boot-mode", image.boot_mode.as_deref().unwrap_or("-"));
    line("tpm", image.tpm_support.as_deref().unwrap_or("-"));
    line("root", &image.root_device);
    let mut disks = BTreeMap::new();
    for mapping in &image.mappings {
        let Target::Ebs(ebs) = &mapping.target else {
            continue;
        };
        let content = match &ebs.snapshot {
            None => "empty".to_owned(),
            Some(id) => snapshots.get(id)?.tree.as_ref()?.digest().to_string(),
        };
        disks.insert(&mapping.device, format!("{} {content}", ebs.size_gib));
    }
    for (device, content) in disks {
        line("disk", &format!("{device} {content}"));
    }
    Some(blake3::hash(text.as_bytes()).to_hex().to_string())
}
