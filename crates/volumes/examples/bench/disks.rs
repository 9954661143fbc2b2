//! Disks as trees in the store: written, written on top of each other, compared, exported, verified, deleted.

use crate::{Bench, Meter, word};
use anyhow::{Context, Result, ensure};
use blocks::{Changes, FileChanges, GRAIN, Limits, Stats, Tree, Write};
use serde_json::{Value, json};
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

/// Some ranges of a raw file as what changed on a disk.
struct Dirty {
    file: File,
    /// Grains, in order and apart.
    ranges: Vec<Range<u64>>,
}

impl Changes for Dirty {
    fn next(&self, from: u64) -> blocks::Result<Option<Range<u64>>> {
        Ok(self.ranges.iter().find(|range| range.end > from).cloned())
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> blocks::Result<()> {
        Ok(self.file.read_exact_at(buf, offset)?)
    }
}

/// One changed grain of a disk, different for each number.
struct OneGrain(u64);

impl Changes for OneGrain {
    fn next(&self, from: u64) -> blocks::Result<Option<Range<u64>>> {
        Ok((from <= self.0).then(|| self.0..self.0 + 1))
    }

    fn read_at(&self, _offset: u64, buf: &mut [u8]) -> blocks::Result<()> {
        let mut state = self.0.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in buf {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            *byte = state.to_be_bytes()[0];
        }
        Ok(())
    }
}

impl Bench {
    fn tree(&self, name: &str) -> Result<&Tree> {
        let found = self.trees.get(name);
        found.with_context(|| format!("nothing was written as {name}"))
    }

    /// Stores a disk as a snapshot's: sealed, durable, held.
    async fn keep(
        &mut self,
        name: &str,
        base: Option<Tree>,
        size: u64,
        source: Arc<dyn Changes>,
    ) -> Result<Stats> {
        let meter = blocks::Meter::new();
        let write = Write {
            base,
            size,
            domain: self.domain.clone(),
            source,
            meter: meter.clone(),
        };
        let tree = self.store.write(write).await?;
        let roots: Vec<_> = tree.root_address().into_iter().collect();
        self.collection
            .hold(self.region.as_ref(), name, &roots)
            .await?;
        self.trees.insert(name.to_owned(), tree);
        Ok(meter.stats())
    }

    /// `{file, name}`: all of a raw file.
    pub(crate) async fn write(&mut self, with: &Value) -> Result<Value> {
        let (file, name) = (word(with, "file")?, word(with, "name")?);
        let meter = Meter::start()?;
        let source = FileChanges::whole(File::open(file)?)?;
        let size = source.size();
        let stats = self.keep(name, None, size, Arc::new(source)).await?;
        let mut answer = meter.stop()?;
        answer["stats"] = serde_json::to_value(stats)?;
        let status = std::fs::read_to_string("/proc/self/status")?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        answer["peak_kib"] = json!(peak);
        Ok(answer)
    }

    /// `{base, file, name, ranges}`: the ranges of grains that were written on top of a disk.
    pub(crate) async fn increment(&mut self, with: &Value) -> Result<Value> {
        let (file, name) = (word(with, "file")?, word(with, "name")?);
        let ranges: Vec<(u64, u64)> = serde_json::from_value(with["ranges"].clone())?;
        let base = self.tree(word(with, "base")?)?.clone();
        let source = Dirty {
            file: File::open(file)?,
            ranges: ranges.into_iter().map(|(from, to)| from..to).collect(),
        };
        let meter = Meter::start()?;
        let size = base.size();
        let stats = self.keep(name, Some(base), size, Arc::new(source)).await?;
        let mut answer = meter.stop()?;
        answer["stats"] = serde_json::to_value(stats)?;
        Ok(answer)
    }

    /// `{base, name, count}`: so many snapshots, each with one more grain than the one before. The last has the name.
    pub(crate) async fn generations(&mut self, with: &Value) -> Result<Value> {
        let (mut base, name) = (word(with, "base")?.to_owned(), word(with, "name")?);
        let count = with["count"].as_u64().context("no count")?;
        let meter = Meter::start()?;
        for number in 0..count {
            let tree = self.tree(&base)?.clone();
            let next = if number + 1 == count {
                name.to_owned()
            } else {
                format!("{name}-{number}")
            };
            let grains = tree.size() / GRAIN;
            let grain = number.wrapping_mul(7919) % grains;
            let size = tree.size();
            self.keep(&next, Some(tree), size, Arc::new(OneGrain(grain)))
                .await?;
            base = next;
        }
        meter.stop()
    }

    /// `{a, b}`: the numbers of the blocks that differ.
    pub(crate) async fn diff(&self, with: &Value) -> Result<Value> {
        let (a, b) = (self.tree(word(with, "a")?)?, self.tree(word(with, "b")?)?);
        let meter = Meter::start()?;
        let (a, b) = (
            self.store.disk(a, &self.domain).await?,
            self.store.disk(b, &self.domain).await?,
        );
        let mut answer = json!(blocks::diff(&a, &b, 0, usize::MAX - 1).await?.blocks);
        let cost = meter.stop()?;
        answer = json!({"wall": cost["wall"], "cpu": cost["cpu"], "blocks": answer.take()});
        Ok(answer)
    }

    /// `{name, file}`: a disk as a sparse raw file, durable.
    pub(crate) async fn export(&self, with: &Value) -> Result<Value> {
        let (name, file) = (word(with, "name")?, word(with, "file")?);
        let meter = Meter::start()?;
        let disk = self.store.disk(self.tree(name)?, &self.domain).await?;
        let target = Arc::new(File::create(Path::new(file))?);
        target.set_len(disk.size())?;
        let extents = disk.extents(0..disk.size()).await?;
        let blocks: Vec<Range<u64>> = extents.iter().flat_map(pieces).collect();
        let next = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let blocks = Arc::new(blocks);
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..std::thread::available_parallelism()?.get() {
            let (disk, target) = (disk.clone(), target.clone());
            let (next, blocks) = (next.clone(), blocks.clone());
            workers.spawn_blocking(move || -> Result<()> {
                let mut buffer = vec![0; usize::try_from(blocks::BLOCK)?];
                let take = || next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                while let Some(range) = blocks.get(take()) {
                    let part = &mut buffer[..usize::try_from(range.end - range.start)?];
                    disk.read_at_blocking(range.start, part)?;
                    target.write_all_at(part, range.start)?;
                }
                Ok(())
            });
        }
        while let Some(done) = workers.join_next().await {
            done??;
        }
        target.sync_all()?;
        meter.stop()
    }

    /// Every page and chunk of every disk.
    pub(crate) async fn verify(&self) -> Result<Value> {
        let kept: Vec<_> = self.trees.values().cloned().collect();
        let kept: Vec<_> = kept
            .into_iter()
            .map(|it| (it, self.domain.clone()))
            .collect();
        let meter = Meter::start()?;
        let verified = self.store.verify_all(&kept).await?;
        ensure!(verified.ok(), "{:?}", verified.damage);
        let mut answer = meter.stop()?;
        answer["chunks"] = json!(verified.chunks);
        Ok(answer)
    }

    /// `{name}`: lets go of a disk and gives back its space, without the delay that a service has.
    pub(crate) async fn delete(&mut self, with: &Value) -> Result<Value> {
        let name = word(with, "name")?;
        let limits = Limits {
            delay_ms: 0,
            rows_per_second: u64::MAX,
            bytes_per_second: u64::MAX,
            ..Limits::default()
        };
        // Counting what was written is part of the writing, not of the deletion.
        while !self.collection.count(self.region.as_ref(), 16).await? {}
        let meter = Meter::start()?;
        self.collection
            .hold(self.region.as_ref(), name, &[])
            .await?;
        self.trees.remove(name);
        let now = self.volumes.clock().now().millis().unsigned_abs();
        let mut freed = 0;
        // What was noticed and condemned in one round is due in the next.
        for round in 1..=3 {
            let done = self.store.collect(&*self.collection, &limits, now + round);
            freed += done.await?.bytes_deleted;
        }
        let mut answer = meter.stop()?;
        answer["freed"] = json!(freed);
        Ok(answer)
    }

    /// Bytes of the packs, and of the database that is their index.
    pub(crate) async fn stored(&self) -> Result<Value> {
        let index = std::fs::metadata(self.folder.join("bench.sqlite"))?.len();
        Ok(json!({"packs": self.store.totals().await?.bytes, "index": index}))
    }
}

/// A range, cut where the grid of blocks cuts it.
fn pieces(range: &Range<u64>) -> Vec<Range<u64>> {
    let (mut at, mut found) = (range.start, Vec::new());
    while at < range.end {
        let end = ((at / blocks::BLOCK + 1) * blocks::BLOCK).min(range.end);
        found.push(at..end);
        at = end;
    }
    found
}

/// What the files beneath a folder occupy on the disk.
pub(crate) fn folder_bytes(folder: &Path) -> Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        sum += meta.blocks() * 512;
        if meta.is_dir() {
            sum += folder_bytes(&entry.path())?;
        }
    }
    Ok(sum)
}
