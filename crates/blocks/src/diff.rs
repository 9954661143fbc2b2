//! Which blocks differ, and which hold data: lists for block-level backup, a page at a time.
//!
//! Trees are compared by the digests of what they map, so that equal subtrees are skipped unread
//! whatever keys, Regions or chunks the two have, and no block is listed that did not change.

use crate::disk::{Disk, step};
use crate::error::Result;
use crate::geometry::{BLOCK, FANOUT, SEGMENT_BLOCKS, as_u64, height, node_bytes};
use crate::names::{Digest, Location};
use crate::page::Child;
use crate::store::Trust;

/// Some of the blocks asked for, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockList {
    /// Their numbers, counted in 512 KiB from the start of the disk.
    pub blocks: Vec<u64>,
    /// Where to go on, if there may be more.
    pub next: Option<u64>,
}

/// The blocks, from `from_block` on, that differ between two disks, at most `limit` at a time.
/// Where the sizes differ, what lies past the end of the shorter counts as zeros.
pub async fn diff(a: &Disk, b: &Disk, from_block: u64, limit: usize) -> Result<BlockList> {
    let mut walk = Walk {
        a: Some(a),
        b: Some(b),
        from: from_block,
        limit,
        blocks: Vec::new(),
    };
    let top = height(a.size()).max(height(b.size()));
    walk.run(top).await
}

impl Disk {
    /// The blocks, from `from_block` on, that hold data, at most `limit` at a time.
    pub async fn blocks(&self, from_block: u64, limit: usize) -> Result<BlockList> {
        let walk = Walk {
            a: None,
            b: Some(self),
            from: from_block,
            limit,
            blocks: Vec::new(),
        };
        let mut walk = walk;
        walk.run(height(self.size())).await
    }
}

/// A place in one of the trees: a page of this tree, or a level above the whole of it.
#[derive(Clone, Copy)]
struct Node {
    child: Child,
    place: Option<Location>,
    level: u8,
}

struct Walk<'a> {
    a: Option<&'a Disk>,
    b: Option<&'a Disk>,
    from: u64,
    limit: usize,
    blocks: Vec<u64>,
}

impl Walk<'_> {
    async fn run(&mut self, top: u8) -> Result<BlockList> {
        let root = |disk: Option<&Disk>| {
            let disk = disk?;
            let level = height(disk.size());
            disk.tree.root().map(|child| Node {
                child,
                place: None,
                level,
            })
        };
        let (a, b) = (root(self.a), root(self.b));
        // One more than asked for tells where the next page starts.
        self.visit(top, 0, a, b).await?;
        let next = self.blocks.get(self.limit).copied();
        self.blocks.truncate(self.limit);
        Ok(BlockList {
            blocks: std::mem::take(&mut self.blocks),
            next,
        })
    }

    async fn visit(
        &mut self,
        level: u8,
        number: u64,
        a: Option<Node>,
        b: Option<Node>,
    ) -> Result<()> {
        let digest = |node: Option<Node>| match node {
            None => Some(Digest::ZERO),
            Some(node) if node.level == level => Some(node.child.digest),
            Some(_) => None,
        };
        let end = (number + 1).saturating_mul(node_bytes(level)) / BLOCK;
        let known = digest(a).zip(digest(b));
        let same = known.is_some_and(|(a, b)| a == b);
        if same || end <= self.from || self.blocks.len() > self.limit {
            return Ok(());
        }
        if level == 0 {
            return self.visit_leaf(number, a, b).await;
        }
        let mut below = (0..FANOUT).collect::<Vec<_>>();
        if let Some(skip) =
            (self.from.saturating_mul(BLOCK)).checked_sub(number * node_bytes(level))
        {
            below.retain(|at| (at + 1) * node_bytes(level - 1) > skip);
        }
        for at in below {
            let offset = number * node_bytes(level) + at * node_bytes(level - 1);
            let a = Self::descend(self.a, a, level, at, offset).await?;
            let b = Self::descend(self.b, b, level, at, offset).await?;
            if a.is_none() && b.is_none() {
                continue;
            }
            Box::pin(self.visit(level - 1, number * FANOUT + at, a, b)).await?;
            if self.blocks.len() > self.limit {
                break;
            }
        }
        Ok(())
    }

    async fn descend(
        disk: Option<&Disk>,
        node: Option<Node>,
        level: u8,
        at: u64,
        offset: u64,
    ) -> Result<Option<Node>> {
        let (Some(disk), Some(node)) = (disk, node) else {
            return Ok(None);
        };
        if node.level < level {
            return Ok((at == 0).then_some(node));
        }
        let page = disk
            .store
            .page(&node.child, level, node.place, &disk.domain, Trust::Cache)
            .await?;
        let next = step(&page, level, offset)?;
        Ok(next.map(|(child, place)| Node {
            child,
            place,
            level: level - 1,
        }))
    }

    async fn visit_leaf(&mut self, number: u64, a: Option<Node>, b: Option<Node>) -> Result<()> {
        let (a, b) = (Self::leaf(self.a, a).await?, Self::leaf(self.b, b).await?);
        for (n, (a, b)) in a.iter().zip(&b).enumerate() {
            let block = number * as_u64(SEGMENT_BLOCKS) + as_u64(n);
            if a != b && block >= self.from && self.blocks.len() <= self.limit {
                self.blocks.push(block);
            }
        }
        Ok(())
    }

    async fn leaf(disk: Option<&Disk>, node: Option<Node>) -> Result<[Digest; SEGMENT_BLOCKS]> {
        let (Some(disk), Some(node)) = (disk, node) else {
            return Ok([Digest::ZERO; SEGMENT_BLOCKS]);
        };
        let page = disk
            .store
            .page(&node.child, 0, node.place, &disk.domain, Trust::Cache)
            .await?;
        Ok(page.leaf()?.blocks)
    }
}
