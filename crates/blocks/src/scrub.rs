//! Scrubbing: every stored frame is compared with its sum, without keys, and what is damaged is
//! repaired from another Region that has it, or named.
//!
//! A damaged pack is rewritten: what is whole moves to a new pack, what is damaged is taken from a
//! peer. What nobody has stays where it is and is noted as lost, so that whoever writes the same
//! content again repairs it.

use crate::collect::Limits;
use crate::error::{Error, Result};
use crate::index::{Collection, PackState};
use crate::names::{Address, PackId};
use crate::store::Store;
use serde::Serialize;

/// What a scrub found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Scrub {
    /// Packs looked at.
    pub packs: u64,
    /// Frames compared with their sums.
    pub frames: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Damaged frames that another Region had.
    pub repaired: u64,
    /// Damaged frames that nobody has.
    pub lost: u64,
    /// Pack by pack.
    pub damage: Vec<Damage>,
    /// Packs that could not be read just now, and why.
    pub unread: Vec<String>,
}

/// What is wrong with one pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// Which.
    pub pack: PackId,
    /// What is wrong with it; the first hundred findings.
    pub findings: Vec<String>,
    /// The addresses whose frames were damaged.
    pub damaged: Vec<Address>,
    /// Those of them that nobody has.
    pub lost: Vec<Address>,
    /// Whose disks they are in: ids of snapshots and volumes.
    pub holders: Vec<String>,
}

impl Scrub {
    /// Whether everything that was looked at is, or is again, as it was written.
    pub fn ok(&self) -> bool {
        self.lost == 0 && self.unread.is_empty()
    }
}

impl Store {
    /// Scrubs up to `packs` packs that were not scrubbed since `before`, those first that were not
    /// for the longest time, and repairs from `peers`.
    pub async fn scrub(
        &self,
        index: &dyn Collection,
        peers: &[Store],
        limits: &Limits,
        now: u64,
        before: u64,
        packs: usize,
    ) -> Result<Scrub> {
        let mut scrub = Scrub::default();
        for pack in index.unchecked(self.region(), before, packs).await? {
            let bytes = scrub.bytes;
            match self.scrub_one(index, peers, &pack, now, &mut scrub).await {
                Ok(()) => index.note_checked(self.region(), &pack.id, now).await?,
                Err(error) => scrub.unread.push(format!("pack {}: {error}", pack.id)),
            }
            limits.pace(0, scrub.bytes.saturating_sub(bytes)).await;
        }
        Ok(scrub)
    }

    async fn scrub_one(
        &self,
        index: &dyn Collection,
        peers: &[Store],
        pack: &PackState,
        now: u64,
        scrub: &mut Scrub,
    ) -> Result<()> {
        scrub.packs += 1;
        let found = match self.scrub_pack(&pack.id).await {
            Ok(found) => found,
            Err(Error::NotFound(what)) => crate::check::Scrubbed {
                damage: vec![format!("{what} is gone")],
                ..Default::default()
            },
            Err(other) => return Err(other),
        };
        scrub.frames += found.frames;
        scrub.bytes += found.bytes;
        let held = index.contents(self.region(), &pack.id).await?;
        let lost_before = held.iter().any(|held| held.lost);
        if found.ok() && !lost_before {
            return Ok(());
        }
        let rewritten = self.rewrite(index, pack, peers, now).await?;
        scrub.repaired += rewritten.repaired;
        scrub.lost += crate::geometry::as_u64(rewritten.lost.len());
        let holders = index.holders(self.region(), &rewritten.damaged).await?;
        scrub.damage.push(Damage {
            pack: pack.id,
            findings: found.damage,
            damaged: rewritten.damaged,
            lost: rewritten.lost,
            holders,
        });
        Ok(())
    }
}
