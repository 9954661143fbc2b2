//! The digest of a disk, recomputed from its blocks by the recipe in docs/format/digest.md.

use std::collections::BTreeMap;

const BLOCK: u64 = 512 * 1024;
const ZERO: [u8; 32] = [0; 32];

/// The hash of one block of 512 KiB; a block of zeros has none.
pub(crate) fn block(data: &[u8]) -> Option<[u8; 32]> {
    let held = data.iter().any(|byte| *byte != 0);
    held.then(|| *blake3::hash(data).as_bytes())
}

/// The digest of a disk of this size with these blocks. What is not among them is zeros.
pub(crate) fn disk(size: u64, blocks: BTreeMap<u64, [u8; 32]>) -> String {
    let mut row = group(0, &blocks, 32);
    let mut length = size.div_ceil(BLOCK).div_ceil(32);
    let mut level = 1;
    while length > 1 {
        row = group(level, &row, 512);
        length = length.div_ceil(512);
        level += 1;
    }
    let top = row.get(&0).unwrap_or(&ZERO);
    let content = [size.to_le_bytes().as_slice(), top].concat();
    let digest = blake3::derive_key("amiable v1 digest disk", &content);
    blake3::Hash::from_bytes(digest).to_hex().to_string()
}

fn group(level: u8, row: &BTreeMap<u64, [u8; 32]>, width: u64) -> BTreeMap<u64, [u8; 32]> {
    let mut groups: BTreeMap<u64, Vec<(u64, &[u8; 32])>> = BTreeMap::new();
    for (index, hash) in row {
        groups
            .entry(index / width)
            .or_default()
            .push((index % width, hash));
    }
    groups
        .into_iter()
        .map(|(index, members)| (index, node(level, &members, width)))
        .collect()
}

fn node(level: u8, members: &[(u64, &[u8; 32])], width: u64) -> [u8; 32] {
    let mut content = vec![level];
    let mut members = members.iter().peekable();
    for position in 0..width {
        let member = members.next_if(|(at, _)| *at == position);
        content.extend(member.map_or(&ZERO, |(_, hash)| hash));
    }
    blake3::derive_key("amiable v1 digest node", &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_gibibyte_has_the_digest_that_the_service_shows() {
        let shown = "1c7dc8929b851a4690a508252e3ed480d5b4d037f52c76aa7eceab2143193ed6";
        assert_eq!(disk(1 << 30, BTreeMap::new()), shown);
    }

    #[test]
    fn where_a_block_lies_and_how_large_the_disk_is_both_count() {
        let hash = block(&[1; 512 * 1024]).unwrap();
        let at = |index, size| disk(size, BTreeMap::from([(index, hash)]));
        assert_ne!(at(0, 1 << 30), at(1, 1 << 30));
        assert_ne!(at(0, 1 << 30), at(0, 2 << 30));
        assert_eq!(block(&[0; 512 * 1024]), None);
    }
}
