//! Writing a tree: from a base and changes, or from nothing.
//!
//! Segments are cut, hashed and packed on blocking threads, as many as there are cores; packs
//! are uploaded behind them; inner pages are made as the segments arrive in order. Nothing is
//! returned before everything is durable and indexed. A crash leaves packs that no tree names.

use crate::backend::blocking;
use crate::changes::Changes;
use crate::error::{Error, Result};
use crate::frame::{self, Kind};
use crate::geometry::{
    FANOUT, GRAIN, SEGMENT_BYTES, SEGMENT_GRAINS, as_u64, check_size, height, node_bytes,
};
use crate::keys::{Domain, SlotKey};
use crate::meter::{Meter, add};
use crate::names::Address;
use crate::overlay::Overlay;
use crate::page::{Child, Inner, Leaf};
use crate::references::References;
use crate::segment::{self, Cut, Plan};
use crate::session::{Batch, Session};
use crate::store::{Store, Trust};
use crate::tree::Tree;
use futures::{Stream, StreamExt, stream};
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};

/// Segments under way at once, 16 MiB each: memory is what bounds it.
const MOST_WORKERS: usize = 4;

/// What to write.
#[derive(Clone)]
pub struct Write {
    /// The disk that the changes are relative to; without one, they are relative to zeros. It
    /// must be in the same store. Where it is plain and `domain` is sealed, all of it is sealed.
    pub base: Option<Tree>,
    /// The size of the new disk: at least that of the base.
    pub size: u64,
    /// How to store what is new, and how to read the base.
    pub domain: Domain,
    /// What changed.
    pub source: Arc<dyn Changes>,
    /// Where progress and statistics are counted.
    pub meter: Arc<Meter>,
}

impl Tree {
    /// A disk that holds only zeros. Nothing is stored for it.
    pub fn empty(size: u64, domain: &Domain) -> Result<Self> {
        Self::new(size, domain.is_sealed(), None)
    }
}

impl Store {
    /// Stores a disk; durable and indexed when it returns. Equal disks give equal trees in the
    /// plain domain, and equal digests everywhere.
    pub async fn write(&self, what: Write) -> Result<Tree> {
        check_size(what.size)?;
        let plan = self.plan(&what)?;
        let (plan, touched) = blocking(move || {
            let touched = touched(&plan)?;
            Ok((plan, touched))
        })
        .await?;
        let session = Session::start(self, what.meter.clone()).await?;
        let writer = Writer::new(self, plan, session.clone());
        let done = stream::iter(touched.into_iter().flatten())
            .map(|segment| {
                let writer = writer.clone();
                self.in_a_task(async move { writer.segment(segment).await })
            })
            .buffered(workers());
        let root = writer.run(std::pin::pin!(done)).await;
        conclude(&session, root, what.size, &what.domain).await
    }

    fn plan(&self, what: &Write) -> Result<Plan> {
        let mut plan = Plan {
            base: None,
            size: what.size,
            key: what.domain.writing()?,
            source: what.source.clone(),
            meter: what.meter.clone(),
        };
        let Some(base) = &what.base else {
            return Ok(plan);
        };
        if base.size() > what.size {
            return Err(Error::invalid(format!(
                "a disk of {} bytes cannot shrink to {}",
                base.size(),
                what.size
            )));
        }
        match (&what.domain, base.is_sealed()) {
            (Domain::Plain, true) => {
                return Err(Error::invalid("a sealed disk never becomes a plain one"));
            }
            (Domain::Sealed(_), false) => {
                let disk = self.unread_disk(base, &Domain::Plain)?;
                plan.source = Arc::new(Overlay::new(disk, what.source.clone()));
            }
            _ => plan.base = Some(self.unread_disk(base, &what.domain)?),
        }
        Ok(plan)
    }
}

/// Waits until what a session appended is durable, and makes the tree of the root; where the work
/// failed, tells why.
pub(crate) async fn conclude(
    session: &Session,
    root: Result<Option<Child>>,
    size: u64,
    domain: &Domain,
) -> Result<Tree> {
    match root {
        Ok(root) => {
            session.finish().await?;
            Tree::new(size, domain.is_sealed(), root)
        }
        Err(error) => {
            // If the uploader failed first, its reason is the real one.
            session.outcome().await?;
            Err(error)
        }
    }
}

/// How many segments are worked on at once.
pub(crate) fn workers() -> usize {
    std::thread::available_parallelism()
        .map_or(2, usize::from)
        .min(MOST_WORKERS)
}

/// The segments that changed, and the total for the meter.
fn touched(plan: &Plan) -> Result<Vec<Range<u64>>> {
    let end = plan.size.div_ceil(GRAIN);
    let per = as_u64(SEGMENT_GRAINS);
    let mut all: Vec<Range<u64>> = Vec::new();
    let mut at = 0;
    while at < end {
        let Some(range) = plan.source.next(at)? else {
            break;
        };
        let (start, stop) = (range.start.max(at), range.end.min(end));
        if start >= end {
            break;
        }
        if stop <= start {
            return Err(Error::invalid(
                "a source of changes gave a range that ends too early",
            ));
        }
        plan.meter.total.fetch_add((stop - start) * GRAIN, Relaxed);
        let (first, last) = (start / per, (stop - 1) / per);
        match all.last_mut() {
            Some(so_far) if so_far.end >= first => so_far.end = so_far.end.max(last + 1),
            _ => all.push(first..last + 1),
        }
        at = stop;
    }
    Ok(all)
}

/// What the segments of one write share.
#[derive(Clone)]
pub(crate) struct Writer {
    store: Store,
    pub(crate) plan: Arc<Plan>,
    pub(crate) session: Arc<Session>,
    buffers: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// A leaf page that is not stored yet, or a leaf that is already, or none.
pub(crate) struct Done {
    segment: u64,
    leaf: Option<(Child, Option<Vec<u8>>)>,
}

impl Done {
    /// A segment of zeros.
    pub(crate) fn empty(segment: u64) -> Self {
        Self {
            segment,
            leaf: None,
        }
    }

    /// A segment with its leaf page, and the page's bytes where they are yet to be stored.
    pub(crate) fn page(segment: u64, child: Child, page: Option<Vec<u8>>) -> Self {
        Self {
            segment,
            leaf: Some((child, page)),
        }
    }
}

impl Writer {
    pub(crate) fn new(store: &Store, plan: Plan, session: Arc<Session>) -> Self {
        Self {
            store: store.clone(),
            plan: Arc::new(plan),
            session,
            buffers: Arc::default(),
        }
    }

    /// Stores the pages of the segments, which come in order, and makes those above them.
    pub(crate) async fn run(
        &self,
        mut done: impl Stream<Item = Result<Done>> + Unpin,
    ) -> Result<Option<Child>> {
        let mut spine = Spine::new(self);
        spine.begin().await?;
        while let Some(done) = done.next().await {
            let done = done?;
            let child = match done.leaf {
                None => None,
                Some((child, page)) => {
                    match page {
                        Some(page) => self.append_page(&child.address, &page).await?,
                        None => self.session.found(child.address),
                    }
                    Some(child)
                }
            };
            spine.push(0, done.segment, child).await?;
        }
        spine.finish().await
    }

    async fn segment(&self, segment: u64) -> Result<Done> {
        let this = self.clone();
        let (cut, buf) = blocking(move || {
            let mut buf = this.take_buffer();
            let cut = segment::cut(&this.plan, segment, &mut buf)?;
            Ok((cut, buf))
        })
        .await?;
        if cut.leaf.is_empty() {
            self.give_buffer(buf);
            return Ok(Done::empty(segment));
        }
        let (child, page) = self.leaf_page(&cut.leaf);
        let made = cut.made.iter().map(|n| cut.leaf.entries[*n].address);
        let (stored, page_stored) = self.stored(made, child.address).await?;
        let this = self.clone();
        let buf = blocking(move || {
            this.store_chunks(&cut, &stored, &buf)?;
            Ok(buf)
        })
        .await?;
        self.give_buffer(buf);
        let page = self.count_page(page_stored, page);
        Ok(Done::page(segment, child, page))
    }

    /// A leaf as its parent names it, and its bytes.
    pub(crate) fn leaf_page(&self, leaf: &Leaf) -> (Child, Vec<u8>) {
        let (page, key) = (leaf.encode(), &self.plan.key);
        let child = Child {
            address: key.address(Kind::Page, &page),
            slot: key.slot,
            digest: leaf.digest(),
        };
        (child, page)
    }

    /// Which of the chunks the index has already, and whether it has the page.
    pub(crate) async fn stored(
        &self,
        chunks: impl IntoIterator<Item = Address>,
        page: Address,
    ) -> Result<(HashSet<Address>, bool)> {
        let asked: Vec<_> = chunks.into_iter().chain([page]).collect();
        let found = self.store.lookup(&asked).await?;
        let has = found.last().is_some_and(Option::is_some);
        let stored = asked.iter().zip(found).filter(|(_, place)| place.is_some());
        Ok((stored.map(|(address, _)| *address).collect(), has))
    }

    fn store_chunks(&self, cut: &Cut, stored: &HashSet<Address>, buf: &[u8]) -> Result<()> {
        let meter = &self.plan.meter;
        let mut batch = Batch::default();
        for n in &cut.made {
            let entry = &cut.leaf.entries[*n];
            if stored.contains(&entry.address) || self.session.holds(&entry.address) {
                add(&meter.chunks_reused, 1);
                continue;
            }
            let plain = segment::plaintext(entry, buf);
            batch.add(entry.address, |out| {
                self.encode(Kind::Chunk, plain, &entry.address, out)?;
                Ok(as_u64(plain.len()))
            })?;
            add(&meter.bytes_compressed, as_u64(plain.len()));
            if batch.is_full() {
                self.session.append_blocking(&mut batch, meter)?;
            }
        }
        self.session.append_blocking(&mut batch, meter)
    }

    fn encode(&self, kind: Kind, plain: &[u8], address: &Address, out: &mut Vec<u8>) -> Result<()> {
        frame::encode(
            kind,
            plain,
            address,
            &self.plan.key,
            &*self.store.inner.entropy,
            out,
        )
    }

    /// Seals a plain frame as it is packed; gives the length of its plaintext.
    pub(crate) fn seal_frame(
        &self,
        plain: &[u8],
        names: (&Address, &Address),
        out: &mut Vec<u8>,
    ) -> Result<u64> {
        let entropy = &*self.store.inner.entropy;
        frame::seal(plain, names, &self.plan.key, entropy, out)
    }

    pub(crate) fn count_page(&self, stored: bool, page: Vec<u8>) -> Option<Vec<u8>> {
        let meter = &self.plan.meter;
        add(
            if stored {
                &meter.pages_reused
            } else {
                &meter.pages_new
            },
            1,
        );
        (!stored).then_some(page)
    }

    async fn append_page(&self, address: &Address, page: &[u8]) -> Result<()> {
        let mut frame = Vec::new();
        self.encode(Kind::Page, page, address, &mut frame)?;
        let page = References::of_page(*address, page)?;
        self.session.append_page(&frame, page).await?;
        Ok(())
    }

    fn take_buffer(&self) -> Vec<u8> {
        let pooled = self
            .buffers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        pooled.unwrap_or_else(|| vec![0; SEGMENT_BYTES])
    }

    fn give_buffer(&self, buf: Vec<u8>) {
        self.buffers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(buf);
    }
}

/// The inner pages on the way from the present segment to the root. Segments arrive in order, so
/// one page a level is open at a time.
struct Spine<'a> {
    writer: &'a Writer,
    top: u8,
    open: Vec<Open>,
    root: Option<Child>,
}

/// An inner page whose children are arriving; `None` for a child that became all zero.
#[derive(Default)]
struct Open {
    number: u64,
    children: BTreeMap<u16, Option<Child>>,
}

impl<'a> Spine<'a> {
    fn new(writer: &'a Writer) -> Self {
        let top = height(writer.plan.size);
        let open = (0..top).map(|_| Open::default()).collect();
        Self {
            writer,
            top,
            open,
            root: None,
        }
    }

    /// Starts from the base's root: as it is, or, in a tree that has grown taller, as the first
    /// child of a new page.
    async fn begin(&mut self) -> Result<()> {
        if let Some(disk) = &self.writer.plan.base
            && let Some(root) = disk.tree.root()
        {
            self.push(height(disk.size()), 0, Some(root)).await?;
        }
        Ok(())
    }

    async fn push(&mut self, level: u8, number: u64, child: Option<Child>) -> Result<()> {
        if level == self.top {
            self.root = child;
            return Ok(());
        }
        let parent = number / FANOUT;
        if self.open[usize::from(level)].number != parent {
            Box::pin(self.flush(level)).await?;
            self.open[usize::from(level)].number = parent;
        }
        let at = u16::try_from(number % FANOUT).map_err(|_| Error::invalid("fan-out"))?;
        self.open[usize::from(level)].children.insert(at, child);
        Ok(())
    }

    /// Makes the open page above `level` from the base's page and what arrived, and hands it up.
    async fn flush(&mut self, level: u8) -> Result<()> {
        let open = std::mem::take(&mut self.open[usize::from(level)]);
        if open.children.is_empty() {
            return Ok(());
        }
        let mut children = self.base_children(level + 1, open.number).await?;
        for (at, child) in open.children {
            match child {
                Some(child) => children.insert(at, child),
                None => children.remove(&at),
            };
        }
        let child = if children.is_empty() {
            None
        } else {
            let page = Inner {
                level: level + 1,
                children: children.into_iter().collect(),
            };
            Some(self.store(&page).await?)
        };
        self.push(level + 1, open.number, child).await
    }

    async fn base_children(&self, level: u8, number: u64) -> Result<BTreeMap<u16, Child>> {
        let Some(disk) = &self.writer.plan.base else {
            return Ok(BTreeMap::new());
        };
        let offset = number.saturating_mul(node_bytes(level));
        if level > height(disk.size()) || offset >= disk.size() {
            return Ok(BTreeMap::new());
        }
        match disk.node(level, offset, Trust::Cache).await? {
            Some((_, page)) => Ok(page.inner()?.children.iter().copied().collect()),
            None => Ok(BTreeMap::new()),
        }
    }

    async fn store(&self, page: &Inner) -> Result<Child> {
        let key: &SlotKey = &self.writer.plan.key;
        let bytes = page.encode();
        let address = key.address(Kind::Page, &bytes);
        let found = self.writer.store.lookup(&[address]).await?;
        let stored = found.first().is_some_and(Option::is_some);
        match self.writer.count_page(stored, bytes) {
            Some(bytes) => self.writer.append_page(&address, &bytes).await?,
            None => self.writer.session.found(address),
        }
        Ok(Child {
            address,
            slot: key.slot,
            digest: page.digest(),
        })
    }

    async fn finish(mut self) -> Result<Option<Child>> {
        for level in 0..self.top {
            self.flush(level).await?;
        }
        Ok(self.root)
    }
}
