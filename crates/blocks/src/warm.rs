//! Reading ahead of a reader: chunks are fetched and opened into the cache, and given to nobody.

use crate::disk::Disk;
use crate::error::Result;
use crate::geometry::{GRAIN_BYTES, SEGMENT, as_u64, as_usize};
use std::ops::Range;

impl Disk {
    /// Brings what the ranges hold into the cache, in their order as far as fetches run apart; what
    /// is there is not fetched again. How many plain bytes were fetched. For a task of its own: others
    /// wait for what it fetches.
    pub async fn warm(&self, ranges: &[Range<u64>]) -> Result<u64> {
        let mut wants = Vec::new();
        for range in ranges {
            let mut at = range.start;
            let end = range.end.min(self.size());
            while at < end {
                let segment = at / SEGMENT;
                let until = ((segment + 1) * SEGMENT).min(end);
                if let Some(resolved) = self.leaf(segment).await? {
                    let within = at - segment * SEGMENT..until - segment * SEGMENT;
                    let (from, to) = (as_usize(within.start), as_usize(within.end));
                    let entries = &resolved.leaf()?.entries;
                    let first = entries.partition_point(|entry| entry.end() * GRAIN_BYTES <= from);
                    for (n, entry) in entries.iter().enumerate().skip(first) {
                        if entry.from() * GRAIN_BYTES >= to {
                            break;
                        }
                        if self.store.cached_chunk(&entry.address).is_none() {
                            wants.push(resolved.want(n, entry, &self.domain)?);
                        }
                    }
                }
                at = until;
            }
        }
        wants.sort_by_key(|want| want.address);
        wants.dedup_by_key(|want| want.address);
        let fetched = self.store.chunks_whole(&wants).await?;
        Ok(fetched.iter().map(|chunk| as_u64(chunk.len())).sum())
    }
}
