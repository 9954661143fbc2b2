//! Copying a disk to another Region: what the target lacks, as it is stored.
//!
//! Pages are opened to be walked; frames are moved verbatim, after their checksum was compared.
//! Below a page that the target has, nothing is looked at: an indexed page implies all below it
//! (see [`crate::session`]), so a copy that was killed goes on where its last pack ended.

use crate::disk::Disk;
use crate::error::Result;
use crate::frame;
use crate::geometry::{SEGMENT, as_u64, height, node_bytes};
use crate::keys::Domain;
use crate::meter::{Meter, add};
use crate::names::{Address, Location};
use crate::page::Child;
use crate::references::References;
use crate::session::Session;
use crate::store::Store;
use crate::tree::Tree;
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::HashSet;
use std::sync::Arc;

/// Subtrees of one page that are moved at once; each holds at most a segment in memory.
const SUBTREES: usize = 4;

/// Makes `tree` readable in `to` as it is in `from`. The tree stays the same value; the key ring
/// is needed to walk a sealed one. Doing it again moves nothing.
pub async fn copy(
    tree: &Tree,
    domain: &Domain,
    from: &Store,
    to: &Store,
    meter: Arc<Meter>,
) -> Result<()> {
    let disk = from.unread_disk(tree, domain)?;
    let Some(root) = tree.root() else {
        return Ok(());
    };
    add(&meter.total, tree.size());
    let session = Session::start(to, meter.clone()).await?;
    let copying = Copying {
        disk,
        to: to.clone(),
        session: session.clone(),
        meter: meter.clone(),
    };
    let outcome = async {
        let missing = to
            .lookup(&[root.address])
            .await?
            .first()
            .is_some_and(Option::is_none);
        if missing {
            copying.page(root, None, height(tree.size())).await?;
        } else {
            copying.skip(height(tree.size()));
        }
        Ok(())
    };
    match outcome.await {
        Ok(()) => {
            session.finish().await?;
            add(&meter.done, tree.size().saturating_sub(meter.progress().0));
            Ok(())
        }
        Err(error) => {
            session.outcome().await?;
            Err(error)
        }
    }
}

struct Copying {
    disk: Disk,
    to: Store,
    session: Arc<Session>,
    meter: Arc<Meter>,
}

impl Copying {
    /// Moves what is below a page that the target lacks, and then the page.
    async fn page(&self, child: Child, place: Option<Location>, level: u8) -> Result<()> {
        let from = &self.disk.store;
        let frame = self.page_frame(child.address, place).await?;
        let mut stored = frame.clone();
        let page = from
            .open_page(&child, level, &mut stored, &self.disk.domain)
            .await?;
        let names = if level == 0 {
            let leaf = page.leaf()?;
            let names: Vec<_> = leaf.entries.iter().map(|entry| entry.address).collect();
            self.chunks(&names, &page.places).await?;
            add(&self.meter.done, SEGMENT);
            names
        } else {
            let children: Vec<_> = page
                .inner()?
                .children
                .iter()
                .map(|(_, child)| *child)
                .collect();
            let names: Vec<_> = children.iter().map(|child| child.address).collect();
            let there = self.to.lookup(&names).await?;
            let below = children.into_iter().enumerate().map(|(n, child)| {
                let known = there[n].is_some();
                let place = page.places.get(n).copied().flatten();
                self.below(child, known, place, level - 1)
            });
            // Several at once: each waits for the source's answers more than for anything else.
            let mut below = stream::iter(below).buffer_unordered(SUBTREES);
            while let Some(done) = below.next().await {
                done?;
            }
            names
        };
        let references = References::new(child.address, names);
        self.session.append_page(&frame, references).await?;
        add(&self.meter.pages_new, 1);
        Ok(())
    }

    async fn below(
        &self,
        child: Child,
        known: bool,
        place: Option<Location>,
        level: u8,
    ) -> Result<()> {
        if known || self.session.holds(&child.address) {
            self.session.found(child.address);
            self.skip(level);
            return Ok(());
        }
        Box::pin(self.page(child, place, level)).await
    }

    fn skip(&self, level: u8) {
        add(&self.meter.pages_reused, 1);
        add(&self.meter.done, node_bytes(level).min(self.disk.size()));
    }

    async fn chunks(&self, names: &[Address], places: &[Option<Location>]) -> Result<()> {
        let there = self.to.lookup(names).await?;
        let mut seen = HashSet::new();
        let mut wanted: Vec<_> = Vec::new();
        for (n, address) in names.iter().enumerate() {
            if there[n].is_some() || self.session.holds(address) || !seen.insert(*address) {
                add(&self.meter.chunks_reused, 1);
            } else if let Some(frame) = self.disk.store.take_lent(address) {
                self.append(*address, &frame).await?;
            } else {
                wanted.push((*address, places.get(n).copied().flatten()));
            }
        }
        let mut runs = std::pin::pin!(self.disk.store.frames(&wanted));
        while let Some(run) = runs.try_next().await? {
            for (at, frame) in run {
                add(&self.meter.bytes_read, as_u64(frame.len()));
                self.append(wanted[at].0, &frame).await?;
            }
        }
        Ok(())
    }

    async fn append(&self, address: Address, frame: &[u8]) -> Result<()> {
        frame::check(frame, &address)?;
        self.session.append(address, frame).await?;
        add(&self.meter.chunks_new, 1);
        add(&self.meter.bytes_new, as_u64(frame.len()));
        Ok(())
    }

    async fn page_frame(&self, address: Address, place: Option<Location>) -> Result<Vec<u8>> {
        if let Some(frame) = self.disk.store.take_lent(&address) {
            frame::check(&frame, &address)?;
            return Ok(frame.into());
        }
        let frame = self.disk.store.frame(&address, place).await?;
        frame::check(&frame, &address)?;
        add(&self.meter.bytes_read, as_u64(frame.len()));
        Ok(frame)
    }
}
