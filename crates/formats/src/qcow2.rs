//! qcow2, versions 2 and 3, read only: plain and compressed (zlib, zstd) clusters, zero flags, extended L2 entries.
//!
//! Refused: backing files, external data files, encryption, features that we do not know, images marked corrupt.
//! An image marked dirty is read: only its reference counts are in doubt, and they do not matter to a reader.
//!
//! A disk address is looked up in two steps, both in the file: L1 entry → L2 table → cluster.

use std::io::Read;

use flate2::{Decompress, FlushDecompress};

use crate::{
    Image, Result,
    bytes::{be32, be64},
    input::Input,
    mapped::{Layout, Mapped, Packed, Place, Run},
};

/// Bits 9 to 55 of an entry: where the table or cluster is.
const OFFSET: u64 = 0x00ff_ffff_ffff_fe00;
/// The L2 entry describes a compressed cluster.
const COMPRESSED: u64 = 1 << 62;
/// The cluster reads as zeros, allocated or not.
const ZERO: u64 = 1;
/// As in QEMU; enough for 2 PiB with clusters of 64 KiB.
const MAX_L1_BYTES: u64 = 32 << 20;
/// Entries of an extended L2 table divide a cluster in so many parts.
const SUBCLUSTERS: u64 = 32;
/// The largest zstd window that is accepted, as a power of two: a cluster is at most 2 MiB.
const MAX_ZSTD_WINDOW_LOG: u32 = 23;

const DIRTY: u64 = 1;
const CORRUPT: u64 = 2;
const EXTERNAL_DATA: u64 = 4;
const COMPRESSION_TYPE: u64 = 8;
const EXTENDED_L2: u64 = 16;

pub(crate) fn open(input: Input) -> Result<Box<dyn Image>> {
    let head = input.read_up_to(0, 4096, "the header")?;
    let qcow2 = Qcow2::from_header(input, &head)?;
    Ok(Box::new(Mapped::new(qcow2)?))
}

enum Codec {
    Zlib,
    Zstd,
}

struct Qcow2 {
    input: Input,
    size: u64,
    version: u32,
    cluster_bits: u32,
    l1_at: u64,
    /// Bytes of an L2 entry: 8, or 16 with subclusters.
    entry: u64,
    codec: Codec,
}

impl Qcow2 {
    fn from_header(input: Input, head: &[u8]) -> Result<Self> {
        let version = be32(head, 4);
        if !(2..=3).contains(&version) {
            let reason = format!("This is version {version} of qcow; versions 2 and 3 are read.");
            return Err(input.refused(reason));
        }
        let (needed, features) = if version == 2 {
            (72, 0)
        } else {
            (104, be64(head, 72))
        };
        input.holds(0, needed, "the header")?;
        refuse_other_files(&input, head)?;
        refuse_features(&input, head, features)?;
        let cluster_bits = be32(head, 20);
        let smallest = if features & EXTENDED_L2 == 0 { 9 } else { 14 };
        if !(smallest..=21).contains(&cluster_bits) {
            return Err(input.damaged(format!("clusters of 2^{cluster_bits} bytes do not exist")));
        }
        let codec = codec(&input, head, features)?;
        let entry = if features & EXTENDED_L2 == 0 { 8 } else { 16 };
        let (size, l1_at) = (be64(head, 24), be64(head, 40));
        let qcow2 = Self {
            input,
            size,
            version,
            cluster_bits,
            l1_at,
            entry,
            codec,
        };
        qcow2.check_l1(u64::from(be32(head, 36)))?;
        Ok(qcow2)
    }

    fn cluster(&self) -> u64 {
        1 << self.cluster_bits
    }

    /// Bytes of the disk that one L2 table maps.
    fn span(&self) -> u64 {
        self.cluster() / self.entry * self.cluster()
    }

    fn check_l1(&self, entries: u64) -> Result<()> {
        crate::check_size(self.input.format(), self.size)?;
        let needed = self.size.div_ceil(self.span());
        if entries < needed {
            return Err(self.input.damaged(format!(
                "a disk of {} bytes needs {needed} L1 entries, but the table has {entries}",
                self.size
            )));
        }
        if entries * 8 > MAX_L1_BYTES {
            return Err(self
                .input
                .damaged(format!("an L1 table of {entries} entries is too long")));
        }
        if !self.l1_at.is_multiple_of(self.cluster()) {
            return Err(self
                .input
                .damaged("the L1 table does not start at a cluster"));
        }
        self.input.holds(self.l1_at, entries * 8, "the L1 table")?;
        self.check_l2_tables(needed)
    }

    /// L2 tables are each used once, so that together they are no longer than the file. This bounds what a walk costs.
    fn check_l2_tables(&self, entries: u64) -> Result<()> {
        let (mut index, mut tables) = (0, 0_u64);
        while index < entries {
            let window = self
                .input
                .table(self.l1_at + index * 8, 8, "the L1 table")?;
            for entry in window.chunks_exact(8) {
                if index < entries && be64(entry, 0) & OFFSET != 0 {
                    tables += 1;
                }
                index += 1;
            }
        }
        match tables.checked_mul(self.cluster()) {
            Some(bytes) if bytes <= self.input.len() => Ok(()),
            _ => Err(self
                .input
                .damaged(format!("the file is too short for its {tables} L2 tables"))),
        }
    }

    /// Where the L2 table that maps `offset` is; 0 for none.
    fn l2_at(&self, offset: u64) -> Result<u64> {
        let window = self
            .input
            .table(self.l1_at + offset / self.span() * 8, 8, "the L1 table")?;
        let at = be64(&window, 0) & OFFSET;
        if !at.is_multiple_of(self.cluster()) {
            return Err(self.input.damaged(format!(
                "an L2 table at byte {at} does not start at a cluster"
            )));
        }
        Ok(at)
    }

    /// The cluster whose L2 entry this is; `start` is its first byte on the disk.
    fn place(&self, entry: u64, start: u64) -> Result<Place> {
        if entry & COMPRESSED != 0 {
            return Ok(Place::Packed(self.packed(entry, start)));
        }
        let at = entry & OFFSET;
        if entry & ZERO != 0 && self.entry == 8 {
            return match self.version {
                2 => Err(self
                    .input
                    .damaged("it has zero clusters, which version 2 does not know")),
                _ => Ok(Place::Zero),
            };
        }
        if at == 0 {
            return Ok(Place::Zero);
        }
        if !at.is_multiple_of(self.cluster()) {
            return Err(self
                .input
                .damaged(format!("data at byte {at} does not start at a cluster")));
        }
        Ok(Place::Stored(at))
    }

    fn packed(&self, entry: u64, start: u64) -> Packed {
        let bits = 62 - (self.cluster_bits - 8);
        let at = entry & ((1 << bits) - 1);
        let sectors = ((entry & (COMPRESSED - 1)) >> bits) + 1;
        Packed {
            start,
            at,
            len: sectors * 512 - at % 512,
        }
    }

    /// Adjacent entries that lie one after the other, or are all zero, make one run.
    fn run(&self, entries: &[u8], start: u64, within: u64) -> Result<Run> {
        let first = self.place(be64(entries, 0), start)?;
        let mut clusters = 1;
        for entry in entries.chunks_exact(8).skip(1) {
            let next = self.place(be64(entry, 0), start + clusters * self.cluster())?;
            let follows = match (first, next) {
                (Place::Zero, Place::Zero) => true,
                (Place::Stored(a), Place::Stored(b)) => a + clusters * self.cluster() == b,
                _ => false,
            };
            if !follows {
                break;
            }
            clusters += 1;
        }
        let place = match first {
            Place::Stored(at) => Place::Stored(at + within),
            other => other,
        };
        Ok(Run {
            len: clusters * self.cluster() - within,
            place,
        })
    }

    /// A run of subclusters of one cluster.
    fn subclusters(&self, entry: &[u8], start: u64, within: u64) -> Result<Run> {
        let place = self.place(be64(entry, 0), start)?;
        if let Place::Packed(_) = place {
            return Ok(Run {
                len: self.cluster() - within,
                place,
            });
        }
        let bitmap = be64(entry, 8);
        let size = self.cluster() / SUBCLUSTERS;
        let first = within / size;
        let state = self.subcluster(bitmap, first)?;
        let mut end = first + 1;
        while end < SUBCLUSTERS && self.subcluster(bitmap, end)? == state {
            end += 1;
        }
        let place = match (state, place) {
            (false, _) => Place::Zero,
            (true, Place::Stored(at)) => Place::Stored(at + within),
            (true, _) => return Err(self.input.damaged("a subcluster has data but no cluster")),
        };
        Ok(Run {
            len: end * size - within,
            place,
        })
    }

    /// Whether this subcluster has data; it cannot have data and be zero.
    fn subcluster(&self, bitmap: u64, index: u64) -> Result<bool> {
        let (data, zero) = (bitmap >> index & 1 != 0, bitmap >> (index + 32) & 1 != 0);
        if data && zero {
            return Err(self.input.damaged("a subcluster both has data and is zero"));
        }
        Ok(data)
    }
}

impl Layout for Qcow2 {
    fn input(&self) -> &Input {
        &self.input
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn locate(&self, offset: u64) -> Result<Run> {
        let l2_at = self.l2_at(offset)?;
        let (in_span, within) = (offset % self.span(), offset % self.cluster());
        if l2_at == 0 {
            return Ok(Run {
                len: self.span() - in_span,
                place: Place::Zero,
            });
        }
        let index = in_span / self.cluster();
        self.input.holds(l2_at, self.cluster(), "an L2 table")?;
        let window = self
            .input
            .table(l2_at + index * self.entry, self.entry, "an L2 table")?;
        let rest = usize::try_from(self.cluster() - index * self.entry).unwrap_or(usize::MAX);
        let entries = window.get(..rest).unwrap_or(&window);
        match self.entry {
            8 => self.run(entries, offset - within, within),
            _ => self.subclusters(entries, offset - within, within),
        }
    }

    fn unit(&self) -> usize {
        1 << self.cluster_bits
    }

    fn unpack(&self, packed: Packed) -> Result<Vec<u8>> {
        let bytes = self
            .input
            .read_up_to(packed.at, packed.len, "a compressed cluster")?;
        let mut cluster = vec![0; self.unit()];
        let done = match self.codec {
            Codec::Zlib => inflate(&bytes, &mut cluster),
            Codec::Zstd => unzstd(&bytes, &mut cluster),
        };
        if !done {
            let what = format!(
                "the compressed cluster at byte {} cannot be unpacked",
                packed.at
            );
            return Err(self.input.damaged(what));
        }
        Ok(cluster)
    }
}

/// Whether `bytes`, a raw deflate stream with anything behind it, filled all of `cluster`.
fn inflate(bytes: &[u8], cluster: &mut [u8]) -> bool {
    let mut state = Decompress::new(false);
    let done = state.decompress(bytes, cluster, FlushDecompress::Finish);
    done.is_ok() && state.total_out() == crate::bytes::len_of(cluster)
}

/// Whether `bytes`, a zstd frame with anything behind it, filled all of `cluster`.
fn unzstd(bytes: &[u8], cluster: &mut [u8]) -> bool {
    let Ok(decoder) = zstd::stream::read::Decoder::with_buffer(bytes) else {
        return false;
    };
    let mut decoder = decoder.single_frame();
    decoder.window_log_max(MAX_ZSTD_WINDOW_LOG).is_ok() && decoder.read_exact(cluster).is_ok()
}

fn refuse_other_files(input: &Input, head: &[u8]) -> Result<()> {
    if be64(head, 8) != 0 || be32(head, 16) != 0 {
        return Err(input.refused(
            "This qcow2 image has a backing file, and no file but the given one is ever opened: \
             flatten it first (qemu-img convert -O qcow2 IN OUT).",
        ));
    }
    match be32(head, 32) {
        0 => Ok(()),
        1 => Err(input
            .refused("This qcow2 image is encrypted (AES): decrypt it first (qemu-img convert).")),
        2 => Err(input
            .refused("This qcow2 image is encrypted (LUKS): decrypt it first (qemu-img convert).")),
        other => Err(input.refused(format!(
            "This qcow2 image is encrypted by unknown method {other}."
        ))),
    }
}

fn refuse_features(input: &Input, head: &[u8], features: u64) -> Result<()> {
    if features & EXTERNAL_DATA != 0 {
        return Err(input.refused(
            "This qcow2 image keeps its data in another file, and no file but the given one is ever opened: \
             convert it first (qemu-img convert -O qcow2 IN OUT).",
        ));
    }
    if features & CORRUPT != 0 {
        return Err(input.refused(
            "This qcow2 image is marked as corrupt: repair it first (qemu-img check -r all FILE).",
        ));
    }
    let unknown = features & !(DIRTY | CORRUPT | EXTERNAL_DATA | COMPRESSION_TYPE | EXTENDED_L2);
    if unknown == 0 {
        return Ok(());
    }
    let bit = unknown.trailing_zeros();
    let name = feature_name(head, bit).unwrap_or_default();
    Err(input.refused(format!(
        "This qcow2 image needs feature {bit} {name:?}, which is not known here."
    )))
}

/// The name that the image itself gives to an incompatible feature, from its feature name table.
fn feature_name(head: &[u8], bit: u32) -> Option<String> {
    let mut at = usize::try_from(be32(head, 100)).ok()?;
    loop {
        let (kind, len) = (be32(head, at), usize::try_from(be32(head, at + 4)).ok()?);
        let data = head.get(at.checked_add(8)?..)?.get(..len)?;
        match kind {
            0 => return None,
            0x6803_f857 => {
                let wanted = [0, u8::try_from(bit).ok()?];
                let entry = data
                    .chunks_exact(48)
                    .find(|entry| entry.starts_with(&wanted))?;
                let name = entry.get(2..)?.split(|byte| *byte == 0).next()?;
                return Some(String::from_utf8_lossy(name).into_owned());
            }
            _ => at = at.checked_add(8)?.checked_add(len.next_multiple_of(8))?,
        }
    }
}

fn codec(input: &Input, head: &[u8], features: u64) -> Result<Codec> {
    let number = match (features & COMPRESSION_TYPE, head.get(104)) {
        (0, _) => 0,
        (_, Some(number)) => *number,
        (_, None) => return Err(input.damaged("the header is too short")),
    };
    match number {
        0 => Ok(Codec::Zlib),
        1 => Ok(Codec::Zstd),
        other => Err(input.refused(format!(
            "This qcow2 image is compressed by unknown method {other}."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inflated_cluster_must_be_whole() {
        let mut cluster = [0; 64];
        assert!(!inflate(&[], &mut cluster));
        assert!(!unzstd(&[], &mut cluster));
    }
}
