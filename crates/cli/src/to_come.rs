//! What the service is told before an upload whose image is to be launched meanwhile: which blocks
//! are to come. It answers reads of the others with zeros at once, and lets reads of these wait.
//!
//! The maps go as blocks beyond the end of the disk (docs/format/to-come.md). A block that holds
//! only zeros is found when its turn comes; it is taken off its map soon after.

use crate::api::Api;
use crate::upload::{self, Blocks};
use crate::{BLOCK, GIB};
use anyhow::{Context, Result};
use bytes::Bytes;
use formats::Image;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::spawn_blocking;

const MARK: &[u8] = b"amiable blocks to come 1\n";
/// Where a map's bits begin.
const HEAD: usize = 4096;
/// Blocks that a map is about.
const PER_MAP: u64 = (BLOCK - 4096) * 8;
/// How often blocks are taken off: while nobody waits, and while machines do.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_millis(250));

/// What is to come, as the service knows it.
pub(crate) struct ToCome {
    snapshot: String,
    /// The index of the first map.
    beyond: u64,
    maps: Vec<Vec<u8>>,
    told: Instant,
    /// Whether a map differs from what the service knows.
    changed: Vec<bool>,
}

impl ToCome {
    /// Tells the service which blocks of the disk may hold anything.
    pub(crate) async fn say(
        api: &Api,
        snapshot: &str,
        disk: Arc<dyn Image>,
        gib: u64,
    ) -> Result<ToCome> {
        let beyond = gib * (GIB / BLOCK);
        let maps = spawn_blocking(move || maps(Blocks::of(&*disk), beyond)).await??;
        let mut to_come = ToCome {
            snapshot: snapshot.to_owned(),
            beyond,
            changed: vec![true; maps.len()],
            maps,
            told: Instant::now(),
        };
        let said = to_come.tell(api).await;
        said.context(
            "the service does not take the map of what is to come: import without --stream",
        )?;
        Ok(to_come)
    }

    /// A block holds only zeros, and is not to come.
    pub(crate) fn withdraw(&mut self, index: i32) -> Result<()> {
        let (map, byte, bit) = place(u64::try_from(index)?)?;
        if let Some(held) = self.maps.get_mut(map).and_then(|map| map.get_mut(byte)) {
            *held &= !bit;
        }
        if let Some(changed) = self.changed.get_mut(map) {
            *changed = true;
        }
        Ok(())
    }

    /// Tells the service what was taken off, if it is time. Machines that wait may wait for that.
    pub(crate) async fn tell_in_time(&mut self, api: &Api, machines_wait: bool) -> Result<()> {
        let pause = if machines_wait { PAUSES.1 } else { PAUSES.0 };
        if self.told.elapsed() >= pause && self.changed.contains(&true) {
            self.tell(api).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, api: &Api) -> Result<()> {
        let maps = self.maps.iter().zip(&mut self.changed);
        for (index, (map, changed)) in (self.beyond..).zip(maps) {
            if std::mem::take(changed) {
                let (index, data) = (i32::try_from(index)?, Bytes::copy_from_slice(map));
                let checksum = upload::checksum(map)?;
                upload::put(api, &self.snapshot, (index, data), &checksum).await?;
            }
        }
        self.told = Instant::now();
        Ok(())
    }
}

fn maps(to_come: impl Iterator<Item = Result<u64>>, blocks: u64) -> Result<Vec<Vec<u8>>> {
    let mut empty = vec![0; usize::try_from(BLOCK)?];
    empty[..MARK.len()].copy_from_slice(MARK);
    let mut maps = vec![empty; usize::try_from(blocks.div_ceil(PER_MAP))?];
    for index in to_come {
        let (map, byte, bit) = place(index?)?;
        let held = maps.get_mut(map).and_then(|map| map.get_mut(byte));
        *held.context("a block lies beyond the disk")? |= bit;
    }
    Ok(maps)
}

/// In which map a block is, and where in it.
fn place(index: u64) -> Result<(usize, usize, u8)> {
    let (map, bit) = (index / PER_MAP, index % PER_MAP);
    let byte = HEAD + usize::try_from(bit / 8)?;
    Ok((usize::try_from(map)?, byte, 1 << (bit % 8)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_has_a_bit_for_each_block_that_is_to_come() {
        let to_come = [0, 9, PER_MAP - 1, PER_MAP].map(Ok);
        let maps = maps(to_come.into_iter(), PER_MAP + 1).unwrap();
        assert_eq!(maps.len(), 2);
        let set = |map: &Vec<u8>| {
            map[HEAD..]
                .iter()
                .map(|byte| byte.count_ones())
                .sum::<u32>()
        };
        assert_eq!((set(&maps[0]), set(&maps[1])), (3, 1));
        assert_eq!((maps[0][HEAD], maps[0][HEAD + 1]), (1, 2));
        assert_eq!((maps[0].last(), maps[1][HEAD]), (Some(&0x80), 1));
        assert!(
            maps.iter()
                .all(|map| map.starts_with(MARK) && map.len() == 524_288)
        );
    }
}
