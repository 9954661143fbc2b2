//! A whole disk again under other keys.
//!
//! A plain disk becomes a sealed one without being compressed again: each frame's payload is proved
//! to be what its page says, and sealed as it is packed. The chunks keep the plain cut, so the
//! lengths of the sealed frames are those of the plain ones (SECURITY.md says what that tells).
//! A sealed disk is read and written anew, cut by the new key's seed.

use crate::backend::blocking;
use crate::changes::Unchanged;
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::frame::{self, Kind};
use crate::geometry::{GRAIN_BYTES, SEGMENT, as_u64};
use crate::keys::Domain;
use crate::meter::{Meter, add};
use crate::names::Address;
use crate::overlay::Overlay;
use crate::page::{Entry, Leaf};
use crate::segment::Plan;
use crate::session::{Batch, Session};
use crate::store::Store;
use crate::tree::Tree;
use crate::write::{Done, Write, Writer, conclude, workers};
use futures::{TryStreamExt, stream};
use std::collections::HashSet;
use std::sync::Arc;

/// Stores the whole of a disk again under another domain, in the same or another store. A sealed
/// disk never becomes a plain one.
pub async fn reseal(
    tree: &Tree,
    domain: &Domain,
    from: &Store,
    to: &Store,
    new: Domain,
    meter: Arc<Meter>,
) -> Result<Tree> {
    match (tree.is_sealed(), new.is_sealed()) {
        (true, false) => Err(Error::invalid("a sealed disk never becomes a plain one")),
        (false, true) => seal(from.unread_disk(tree, domain)?, to, new, meter).await,
        (false, false) | (true, true) => {
            let disk = from.unread_disk(tree, domain)?;
            let source = Arc::new(Overlay::new(disk, Arc::new(Unchanged)));
            let write = Write {
                base: None,
                size: tree.size(),
                domain: new,
                source,
                meter,
            };
            to.write(write).await
        }
    }
}

async fn seal(disk: Disk, to: &Store, new: Domain, meter: Arc<Meter>) -> Result<Tree> {
    let size = disk.size();
    add(&meter.total, size);
    let plan = Plan {
        base: None,
        size,
        key: new.writing()?,
        source: Arc::new(Unchanged),
        meter: meter.clone(),
    };
    let session = Session::start(to, meter.clone()).await?;
    let writer = Writer::new(to, plan, session.clone());
    let sealer = Sealer {
        disk,
        writer: writer.clone(),
    };
    let segments = (sealer.disk.clone(), 0);
    let done = stream::try_unfold(segments, |(disk, from)| async move {
        let next = disk.next_segment(from).await?;
        Ok::<_, Error>(next.map(|segment| (segment, (disk, segment + 1))))
    })
    .map_ok(|segment| {
        let sealer = sealer.clone();
        to.in_a_task(async move { sealer.segment(segment).await })
    })
    .try_buffered(workers());
    let root = writer.run(std::pin::pin!(done)).await;
    let sealed = conclude(&session, root, size, &new).await?;
    add(&meter.done, size.saturating_sub(meter.progress().0));
    Ok(sealed)
}

#[derive(Clone)]
struct Sealer {
    disk: Disk,
    writer: Writer,
}

/// A plain frame and its chunk's address in the sealed disk.
struct Packed {
    plain: Address,
    sealed: Address,
    frame: Vec<u8>,
}

impl Sealer {
    async fn segment(&self, segment: u64) -> Result<Done> {
        let Some(found) = self.disk.leaf(segment).await? else {
            return Ok(Done::empty(segment));
        };
        let leaf = found.leaf()?;
        let packed = self.fetch(leaf, &found.places).await?;
        let slot = self.writer.plan.key.slot;
        let entries = leaf.entries.iter().zip(&packed);
        let entries = entries.map(|(entry, chunk)| Entry {
            slot,
            address: chunk.sealed,
            ..*entry
        });
        let leaf = Leaf {
            blocks: leaf.blocks,
            entries: entries.collect(),
        };
        let (child, page) = self.writer.leaf_page(&leaf);
        let asked = packed.iter().map(|chunk| chunk.sealed);
        let (stored, page_stored) = self.writer.stored(asked, child.address).await?;
        let writer = self.writer.clone();
        blocking(move || store(&writer, &packed, &stored)).await?;
        let done = SEGMENT.min(self.disk.size().saturating_sub(segment * SEGMENT));
        add(&self.writer.plan.meter.done, done);
        let page = self.writer.count_page(page_stored, page);
        Ok(Done::page(segment, child, page))
    }

    /// The leaf's frames in its order, each proved and with its address under the new key.
    async fn fetch(&self, leaf: &Leaf, places: &[Option<crate::Location>]) -> Result<Vec<Packed>> {
        let asked: Vec<_> = leaf
            .entries
            .iter()
            .enumerate()
            .map(|(n, entry)| (entry.address, places.get(n).copied().flatten()))
            .collect();
        let mut all: Vec<(usize, Packed)> = Vec::with_capacity(asked.len());
        let mut runs = std::pin::pin!(self.disk.store.frames(&asked));
        while let Some(run) = runs.try_next().await? {
            let entries: Vec<Entry> = run.iter().map(|(n, _)| leaf.entries[*n]).collect();
            let this = (self.disk.domain.clone(), self.writer.clone());
            let opened = blocking(move || {
                let (domain, writer) = &this;
                let frames = run.into_iter().zip(entries);
                frames
                    .map(|((n, frame), entry)| Ok((n, open(domain, writer, &entry, frame)?)))
                    .collect::<Result<Vec<_>>>()
            });
            all.extend(opened.await?);
        }
        all.sort_by_key(|(n, _)| *n);
        Ok(all.into_iter().map(|(_, packed)| packed).collect())
    }
}

fn open(domain: &Domain, writer: &Writer, entry: &Entry, mut frame: Vec<u8>) -> Result<Packed> {
    let plain = frame::decode(
        Kind::Chunk,
        &mut frame,
        &entry.address,
        &domain.reading(entry.slot)?,
    )?;
    if plain.len() != usize::from(entry.grains) * GRAIN_BYTES {
        let message = format!("{} is not as long as its page says", entry.address);
        return Err(Error::corrupt(message));
    }
    add(&writer.plan.meter.bytes_read, as_u64(plain.len()));
    Ok(Packed {
        plain: entry.address,
        sealed: writer.plan.key.address(Kind::Chunk, &plain),
        frame,
    })
}

fn store(writer: &Writer, packed: &[Packed], stored: &HashSet<Address>) -> Result<()> {
    let meter = &writer.plan.meter;
    let mut batch = Batch::default();
    for chunk in packed {
        if stored.contains(&chunk.sealed) || writer.session.holds(&chunk.sealed) {
            add(&meter.chunks_reused, 1);
            continue;
        }
        let names = (&chunk.plain, &chunk.sealed);
        batch.add(chunk.sealed, |out| {
            writer.seal_frame(&chunk.frame, names, out)
        })?;
        if batch.is_full() {
            writer.session.append_blocking(&mut batch, meter)?;
        }
    }
    writer.session.append_blocking(&mut batch, meter)
}
