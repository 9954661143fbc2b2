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
use crate::store::{Store, Trust};
use crate::tree::Tree;
use futures::TryStreamExt;
use std::collections::HashSet;
use std::sync::Arc;

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
        let page = from
            .page(&child, level, place, &self.disk.domain, Trust::Cache)
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
            for (n, child) in children.into_iter().enumerate() {
                if there[n].is_some() || self.session.holds(&child.address) {
                    self.skip(level - 1);
                    continue;
                }
                let place = page.places.get(n).copied().flatten();
                Box::pin(self.page(child, place, level - 1)).await?;
            }
            names
        };
        let frame = self.page_frame(child.address, place).await?;
        let references = References::new(child.address, names);
        self.session.append_page(&frame, references).await?;
        add(&self.meter.pages_new, 1);
        Ok(())
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
            } else {
                wanted.push((*address, places.get(n).copied().flatten()));
            }
        }
        let mut runs = std::pin::pin!(self.disk.store.frames(&wanted));
        while let Some(run) = runs.try_next().await? {
            for (at, frame) in run {
                let address = wanted[at].0;
                frame::check(&frame, &address)?;
                self.session.append(address, &frame).await?;
                add(&self.meter.bytes_read, as_u64(frame.len()));
                add(&self.meter.chunks_new, 1);
                add(&self.meter.bytes_new, as_u64(frame.len()));
            }
        }
        Ok(())
    }

    async fn page_frame(&self, address: Address, place: Option<Location>) -> Result<Vec<u8>> {
        let frame = self.disk.store.frame(&address, place).await?;
        frame::check(&frame, &address)?;
        add(&self.meter.bytes_read, as_u64(frame.len()));
        Ok(frame)
    }
}
