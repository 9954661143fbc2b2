//! Checking and repairing: is a pack still what was written, and the index from packs.

use crate::backend::blocking;
use crate::error::{Error, Result};
use crate::frame::{self, Kind};
use crate::geometry::as_u64;
use crate::index::Pack;
use crate::keys::Domain;
use crate::names::{Address, PackId};
use crate::pack;
use crate::references::{self, References};
use crate::store::Store;
use std::collections::{HashMap, HashSet};

/// What is wrong is told in full up to so many findings.
const FINDINGS: usize = 100;

/// What a check of one pack found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Frames in the pack.
    pub frames: u64,
    /// Bytes of the pack.
    pub bytes: u64,
    /// What is wrong; the first hundred findings.
    pub damage: Vec<String>,
}

/// What came of making the index again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Packs indexed.
    pub packs: u64,
    /// Frames indexed.
    pub frames: u64,
    /// Packs that were listed in the index but are not there any more.
    pub gone: Vec<PackId>,
    /// Packs that could not be indexed, or not whole, and why. They are left alone, and what is
    /// damaged in them is left out.
    pub damaged: Vec<(PackId, String)>,
}

/// What a Region's packs occupy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many there are.
    pub packs: u64,
    /// Their length together.
    pub bytes: u64,
}

impl Scrubbed {
    /// Whether nothing is wrong.
    pub fn ok(&self) -> bool {
        self.damage.is_empty()
    }
}

pub(crate) fn found(damage: &mut Vec<String>, what: impl Into<String>) {
    if damage.len() < FINDINGS {
        damage.push(what.into());
    }
}

impl Store {
    /// Checks every frame of a pack against its checksum. Needs no keys.
    pub async fn scrub_pack(&self, id: &PackId) -> Result<Scrubbed> {
        let inner = &self.inner;
        let mut scrubbed = Scrubbed::default();
        let bytes = match inner.backend.get_all(&inner.region, id).await {
            Ok(bytes) => bytes,
            Err(Error::Corrupt { what }) => {
                found(&mut scrubbed.damage, what);
                return Ok(scrubbed);
            }
            Err(other) => return Err(other),
        };
        let id = *id;
        blocking(move || {
            scrub(id, &bytes, &mut scrubbed);
            Ok(scrubbed)
        })
        .await
    }

    /// Makes the index agree with the packs that are there, reading all of them. Safe to run at
    /// any time and again.
    pub async fn rebuild_index(&self) -> Result<Rebuilt> {
        let inner = &self.inner;
        let known = inner.index.list_packs(&inner.region).await?;
        let packs = inner.backend.list(&inner.region).await?;
        let mut rebuilt = Rebuilt::default();
        // First what is gone: a known address keeps its place, and that place must exist.
        let there: HashSet<_> = packs.iter().map(|(id, _)| *id).collect();
        for (id, _) in known {
            if !there.contains(&id) {
                inner.index.remove_pack(&inner.region, &id).await?;
                rebuilt.gone.push(id);
            }
        }
        let condemned = self.condemned_of(&packs).await?;
        let mut sealed = Vec::new();
        for (id, _) in packs {
            if condemned.contains(&id) {
                continue;
            }
            match self.survey(id).await {
                Ok(found) => {
                    rebuilt.packs += 1;
                    rebuilt.frames += as_u64(found.pack.entries.len());
                    self.insert(&found.pack).await?;
                    sealed.extend(found.sealed);
                    rebuilt.damaged.extend(found.damaged.map(|what| (id, what)));
                }
                Err(Error::Corrupt { what }) => rebuilt.damaged.push((id, what)),
                Err(other) => return Err(other),
            }
        }
        self.insert_sealed(sealed).await?;
        Ok(rebuilt)
    }

    async fn insert(&self, pack: &Pack) -> Result<()> {
        let inner = &self.inner;
        let generation = inner.index.generation(&inner.region).await?;
        let inserted = inner.index.insert_pack(&inner.region, pack, generation);
        inserted.await
    }

    /// Which of the packs are on their way out, and not to be taken in again.
    async fn condemned_of(&self, packs: &[(PackId, u64)]) -> Result<HashSet<PackId>> {
        let inner = &self.inner;
        let Some(collection) = inner.index.collection() else {
            return Ok(HashSet::new());
        };
        let ids: Vec<_> = packs.iter().map(|(id, _)| *id).collect();
        let states = collection.states(&inner.region, &ids).await?;
        let gone = states
            .into_iter()
            .flatten()
            .filter(|state| state.condemned > 0);
        Ok(gone.map(|state| state.id).collect())
    }

    /// Reads a whole pack and what its pages refer to.
    async fn survey(&self, id: PackId) -> Result<Surveyed> {
        let bytes = self.inner.backend.get_all(&self.inner.region, &id).await?;
        blocking(move || survey(id, &bytes)).await
    }

    /// Sealed pages name what they refer to by its first bytes, so all else must be known first.
    async fn insert_sealed(&self, sealed: Vec<SealedPage>) -> Result<()> {
        let inner = &self.inner;
        for page in sealed {
            let mut children = Vec::with_capacity(page.marks.len());
            for mark in page.marks {
                children.extend(inner.index.expand(&inner.region, mark).await?);
            }
            let pack = Pack {
                id: page.pack,
                bytes: page.bytes,
                entries: Vec::new(),
                pages: vec![References::new(page.address, children)],
                note: None,
            };
            self.insert(&pack).await?;
        }
        Ok(())
    }

    /// What this Region's packs occupy, as the store lists them.
    pub async fn totals(&self) -> Result<Totals> {
        let packs = self.packs().await?;
        Ok(Totals {
            packs: as_u64(packs.len()),
            bytes: packs.iter().map(|(_, bytes)| bytes).sum(),
        })
    }

    /// Every pack of this Region with its length, as the store lists them.
    pub async fn packs(&self) -> Result<Vec<(PackId, u64)>> {
        self.inner.backend.list(&self.inner.region).await
    }

    /// Removes a pack that nothing needs: forgotten first, then deleted. Whether nothing needs
    /// it is for the caller to know.
    pub async fn remove_pack(&self, id: &PackId) -> Result<()> {
        let inner = &self.inner;
        inner.index.remove_pack(&inner.region, id).await?;
        inner.backend.delete(&inner.region, id).await
    }
}

/// A pack as it was read to be indexed.
struct Surveyed {
    pack: Pack,
    sealed: Vec<SealedPage>,
    damaged: Option<String>,
}

/// A sealed page, and the marks of what it refers to.
struct SealedPage {
    pack: PackId,
    bytes: u64,
    address: Address,
    marks: Vec<[u8; 8]>,
}

fn survey(id: PackId, bytes: &[u8]) -> Result<Surveyed> {
    let length = as_u64(bytes.len());
    let plain = Domain::Plain.reading(0)?;
    let (mut entries, mut pages) = (Vec::new(), Vec::new());
    let (mut marks, mut sealed) = (HashMap::new(), Vec::new());
    let mut bad = 0_u64;
    for (address, place) in pack::parse(id, bytes)? {
        let range = pack::pack_range(bytes, u64::from(place.offset), u64::from(place.len));
        let stored = range.unwrap_or_default();
        if frame::check(stored, &address).is_err() {
            bad += 1;
            continue;
        }
        entries.push((address, place));
        match frame::kind(stored)? {
            (Kind::Chunk, _) => {}
            (Kind::References, _) => {
                let plain = frame::decode_references(stored, &address)?;
                marks.insert(address, references::decode(&plain)?);
            }
            (Kind::Page, true) => sealed.push(address),
            (Kind::Page, false) => {
                let page = frame::decode(Kind::Page, &mut stored.to_vec(), &address, &plain)?;
                pages.push(References::of_page(address, &page)?);
            }
        }
    }
    let mut unnamed = 0_u64;
    let mut named = Vec::new();
    for address in sealed {
        match marks.remove(&references::frame_address(&address)) {
            Some(marks) => named.push(SealedPage {
                pack: id,
                bytes: length,
                address,
                marks,
            }),
            None => unnamed += 1,
        }
    }
    let damaged = (bad + unnamed > 0).then(|| {
        format!("{bad} frames are damaged, and what {unnamed} sealed pages refer to is not known")
    });
    let pack = Pack {
        id,
        bytes: length,
        entries,
        pages,
        note: None,
    };
    Ok(Surveyed {
        pack,
        sealed: named,
        damaged,
    })
}

fn scrub(id: PackId, bytes: &[u8], scrubbed: &mut Scrubbed) {
    scrubbed.bytes = as_u64(bytes.len());
    let entries = match pack::parse(id, bytes) {
        Ok(entries) => entries,
        Err(error) => return found(&mut scrubbed.damage, error.to_string()),
    };
    for (address, place) in entries {
        scrubbed.frames += 1;
        let frame = pack::pack_range(bytes, u64::from(place.offset), u64::from(place.len));
        if let Err(error) = frame::check(frame.unwrap_or_default(), &address) {
            found(
                &mut scrubbed.damage,
                format!("pack {id}, at {}: {error}", place.offset),
            );
        }
    }
}
