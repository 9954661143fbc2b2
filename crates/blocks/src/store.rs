//! One Region's packs and their index: finding, fetching and opening frames.
//!
//! Everything above (disks, writers, copies) asks this file for pages and chunks and never sees
//! a pack. Whatever comes out was proven to be what its address names.

use crate::backend::Backend;
use crate::cache::{Cache, Page, Resolved};
use crate::chunks::Want;
use crate::entropy::{Entropy, SystemEntropy};
use crate::error::{Error, Result};
use crate::flights::{Boarding, Flights};
use crate::frame::{self, Kind};
use crate::geometry::GRAIN_BYTES;
use crate::index::Index;
use crate::keys::Domain;
use crate::names::{Address, Location, PackId};
use crate::page::{Child, Entry, Inner, Leaf};
use crate::runs::{Run, runs, split_run};
use crate::through::Lent;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

/// How long a store is waited for when it is opened.
const ANSWER: Duration = Duration::from_secs(5);
/// Runs that a copy has on the way, for each of its subtrees. Whoever then reads on demand waits for
/// them, so there are no more than a long link needs.
const COPIED_AT_ONCE: usize = 2;
const KEEPING: Duration = Duration::from_secs(300);

/// The blocks of one Region. Cloning is cheap.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inside>,
    /// Pages know where things lie as this store sees them, and are cached for it.
    pub(crate) home: u32,
    /// What this Region lacks is read from there (see `through`).
    pub(crate) source: Option<Arc<Store>>,
    /// Whether what is read is kept for a copy that will want it too (see `through`).
    pub(crate) lends: bool,
    /// How often a writer says that it still needs what no page of its names yet.
    pub(crate) keeping: Duration,
    /// Goes to the index with each pack that is written.
    pub(crate) note: Option<Arc<str>>,
}

pub(crate) struct Inside {
    pub(crate) backend: Backend,
    pub(crate) region: String,
    pub(crate) index: Arc<dyn Index>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) cache: Arc<Cache>,
    pub(crate) lent: Lent,
    /// Chunks that are being fetched, for this Region itself or for others: those of the latter wait
    /// for no other Region, so that two Regions never wait for each other.
    pub(crate) chunks: [Arc<Flights<Address, Bytes>>; 2],
    pages: Arc<Flights<(u32, Address), Arc<Resolved>>>,
    /// Whether the backend is known to keep its promises.
    probed: AtomicBool,
    runtime: Handle,
}

/// Whether a read may be answered from the cache, or must look at what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    Cache,
    Store,
}

impl Store {
    /// The blocks of `region` in this backend. Must be called within a tokio runtime, which
    /// blocking readers will use for what they cannot answer themselves. Refuses object stores
    /// that ignore put-if-absent; one that does not answer now is
    /// looked at before it is written to.
    pub async fn open(
        backend: Backend,
        region: &str,
        index: Arc<dyn Index>,
        cache: Arc<Cache>,
    ) -> Result<Self> {
        Self::open_with(backend, region, index, cache, Arc::new(SystemEntropy)).await
    }

    /// The same with another source of random bytes.
    pub async fn open_with(
        backend: Backend,
        region: &str,
        index: Arc<dyn Index>,
        cache: Arc<Cache>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self> {
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if region.is_empty() || region.len() > 64 || !region.bytes().all(plain) {
            return Err(Error::invalid(format!(
                "'{}' is not a Region",
                region.escape_debug()
            )));
        }
        let probed = AtomicBool::new(probe(&backend, region, &*entropy).await?);
        let home = cache.join();
        let region = region.to_owned();
        let runtime = Handle::current();
        Ok(Self {
            inner: Arc::new(Inside {
                backend,
                region,
                index,
                entropy,
                cache,
                lent: Lent::default(),
                chunks: Default::default(),
                pages: Arc::default(),
                probed,
                runtime,
            }),
            home,
            source: None,
            lends: false,
            keeping: KEEPING,
            note: None,
        })
    }

    /// The same, with writers that say so often that they still need what they have made. It must
    /// be well below the delay of the collection, or else the work of longer ones has to be done
    /// again.
    pub fn keeping_every(mut self, pause: Duration) -> Self {
        self.keeping = pause;
        self
    }

    /// To be called before anything is written: a store that did not answer when it was opened has
    /// yet to show that it can be written to.
    pub(crate) async fn check_writable(&self) -> Result<()> {
        let inner = &self.inner;
        if !inner.probed.load(Relaxed) {
            inner.backend.probe(&inner.region, &*inner.entropy).await?;
            inner.probed.store(true, Relaxed);
        }
        Ok(())
    }

    /// The same blocks for a writer on whose packs the index is to note something: it gets the text
    /// with each pack, for the transaction that records it.
    #[must_use]
    pub fn noting(&self, note: &str) -> Store {
        Store {
            note: Some(note.into()),
            ..self.clone()
        }
    }

    /// The Region's name.
    pub fn region(&self) -> &str {
        &self.inner.region
    }

    /// How often packs were read since the store was opened, and how many bytes were asked for.
    pub fn fetched(&self) -> (u64, u64) {
        self.inner.backend.fetched()
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.inner.runtime
    }

    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.inner.runtime.block_on(work)
    }

    /// Does it in a task of its own, which ends with whoever waits for it. For one of several futures
    /// of a stream that nobody polls for a while: a transaction that lay still meanwhile would keep a
    /// connection to the index that those it waits for may need.
    pub(crate) async fn in_a_task<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let mut task = JoinSet::new();
        task.spawn_on(work, self.runtime());
        match task.join_next().await {
            Some(done) => done.map_err(Error::store)?,
            None => Err(Error::store(std::io::Error::other("a task has gone"))),
        }
    }

    pub(crate) async fn lookup(&self, addresses: &[Address]) -> Result<Vec<Option<Location>>> {
        let found = self
            .inner
            .index
            .lookup(&self.inner.region, addresses)
            .await?;
        if found.len() != addresses.len() {
            return Err(Error::corrupt(
                "the index answered for another number of addresses",
            ));
        }
        Ok(found)
    }

    async fn fetch(&self, pack: &PackId, range: Range<u64>) -> Result<Vec<u8>> {
        self.inner
            .backend
            .get(&self.inner.region, pack, range)
            .await
    }

    /// A frame as it is stored, from where it was said to be or else from where the index says.
    pub(crate) async fn frame(
        &self,
        address: &Address,
        place: Option<Location>,
    ) -> Result<Vec<u8>> {
        if let Some(place) = place {
            match self.fetch(&place.pack, place.range()).await {
                Err(Error::NotFound(_)) => {}
                other => return other,
            }
        }
        let found = self.lookup(std::slice::from_ref(address)).await?;
        match (found.first().copied().flatten(), &self.source) {
            (Some(place), _) => self.fetch(&place.pack, place.range()).await,
            (None, Some(source)) => Box::pin(source.lend_frame(address)).await,
            (None, None) => Err(missing(address)),
        }
    }

    /// The page that `child` names, at `level`, with the places of what it names in turn.
    pub(crate) async fn page(
        &self,
        child: &Child,
        level: u8,
        place: Option<Location>,
        domain: &Domain,
        trust: Trust,
    ) -> Result<Arc<Resolved>> {
        domain.reading(child.slot)?;
        if trust == Trust::Store {
            let mut stored = self.frame(&child.address, place).await?;
            return self.open_page(child, level, &mut stored, domain).await;
        }
        if let Some(page) = self.cached_page(child, level)? {
            return Ok(page);
        }
        if !self.shares() {
            return self.page_fetched(child, level, place, domain).await;
        }
        match self.inner.pages.board((self.home, child.address)) {
            Boarding::Own(ticket) => {
                // In a task, because others wait for it and this reader may be left alone meanwhile.
                let (store, child, domain) = (self.clone(), *child, domain.clone());
                let fetch = async move {
                    let page = store.page_fetched(&child, level, place, &domain).await?;
                    ticket.land(page.clone());
                    Ok(page)
                };
                self.in_a_task(fetch).await
            }
            Boarding::Others(waiting) => match waiting.landed().await {
                Some(page) => of_level(page, child, level),
                None => self.page_fetched(child, level, place, domain).await,
            },
        }
    }

    async fn page_fetched(
        &self,
        child: &Child,
        level: u8,
        place: Option<Location>,
        domain: &Domain,
    ) -> Result<Arc<Resolved>> {
        let mut stored = self.frame(&child.address, place).await?;
        let page = self.open_page(child, level, &mut stored, domain).await?;
        self.inner
            .cache
            .keep_page(self.home, child.address, page.clone());
        Ok(page)
    }

    /// The page in a frame as it is stored.
    pub(crate) async fn open_page(
        &self,
        child: &Child,
        level: u8,
        stored: &mut [u8],
        domain: &Domain,
    ) -> Result<Arc<Resolved>> {
        let key = domain.reading(child.slot)?;
        let plain = frame::decode(Kind::Page, stored, &child.address, &key)?;
        let (page, names) = parse_page(&plain, child, level)?;
        let places = self.lookup(&names).await?;
        Ok(Arc::new(Resolved { page, places }))
    }

    /// The page if it is in the cache; the caller has made sure that the key is there.
    pub(crate) fn cached_page(&self, child: &Child, level: u8) -> Result<Option<Arc<Resolved>>> {
        let cached = self.inner.cache.page(self.home, &child.address);
        cached.map(|page| of_level(page, child, level)).transpose()
    }

    pub(crate) async fn fetch_run(&self, run: &Run) -> Result<Vec<u8>> {
        match &run.place {
            Some((pack, range)) => self.fetch(pack, range.clone()).await,
            None => Err(Error::NotFound("a chunk without a known place".to_owned())),
        }
    }

    /// Frames as they are stored, in runs: each with its number in what was asked.
    pub(crate) fn frames<'a>(
        &'a self,
        asked: &'a [(Address, Option<Location>)],
    ) -> impl Stream<Item = Result<Vec<(usize, Vec<u8>)>>> + 'a {
        let places = asked.iter().map(|(_, place)| *place).enumerate().collect();
        let fetch = move |run: Run| async move {
            self.give_way().await;
            match self.fetch_run(&run).await {
                Ok(mut bytes) => {
                    let frames = split_run(&run, &mut bytes)?.into_iter();
                    Ok(frames.map(|(at, frame)| (at, frame.to_vec())).collect())
                }
                Err(Error::NotFound(_)) => {
                    let mut frames = Vec::with_capacity(run.members.len());
                    for (at, _) in &run.members {
                        let (store, address) = (self.clone(), asked[*at].0);
                        let frame = async move { store.frame(&address, None).await };
                        frames.push((*at, self.in_a_task(frame).await?));
                    }
                    Ok(frames)
                }
                Err(other) => Err(other),
            }
        };
        stream::iter(runs(places).into_iter().map(fetch)).buffered(COPIED_AT_ONCE)
    }

    /// Whether readers share what is being fetched.
    pub(crate) fn shares(&self) -> bool {
        let source = self.source.as_ref();
        self.inner.backend.is_shared() || source.is_some_and(|source| source.shares())
    }

    /// Whether reads of missing chunks are better done together, by way of the runtime.
    pub(crate) fn is_remote(&self) -> bool {
        let source = self.source.as_ref();
        !self.inner.backend.is_directory() || source.is_some_and(|source| source.is_remote())
    }
}

pub(crate) fn missing(address: &Address) -> Error {
    Error::NotFound(format!("{address}"))
}

/// Whether the backend was probed. One that does not answer in time is probed before it is written
/// to, so that the other Regions need not wait for it.
async fn probe(backend: &Backend, region: &str, entropy: &dyn Entropy) -> Result<bool> {
    match tokio::time::timeout(ANSWER, backend.probe(region, entropy)).await {
        Ok(Ok(())) => Ok(true),
        Ok(Err(Error::Store(error))) if backend.is_unreachable(&*error) => {
            tracing::warn!(region, %error, "the store of a Region does not answer");
            Ok(false)
        }
        Ok(Err(error)) => Err(error),
        Err(_) => {
            tracing::warn!(region, "the store of a Region does not answer");
            Ok(false)
        }
    }
}

fn of_level(page: Arc<Resolved>, child: &Child, level: u8) -> Result<Arc<Resolved>> {
    match page.page.level() == level {
        true => Ok(page),
        false => Err(wrong_level(child)),
    }
}

fn wrong_level(child: &Child) -> Error {
    Error::corrupt(format!(
        "page {} is not of the level it is used at",
        child.address
    ))
}

fn parse_page(plain: &[u8], child: &Child, level: u8) -> Result<(Page, Vec<Address>)> {
    let (page, digest, names) = if level == 0 {
        let leaf = Leaf::decode(plain)?;
        let names = leaf.entries.iter().map(|entry| entry.address).collect();
        let digest = leaf.digest();
        (Page::Leaf(Box::new(leaf)), digest, names)
    } else {
        let inner = Inner::decode(plain)?;
        let names = inner
            .children
            .iter()
            .map(|(_, child)| child.address)
            .collect();
        let digest = inner.digest();
        (Page::Inner(inner), digest, names)
    };
    if page.level() != level {
        return Err(wrong_level(child));
    }
    if digest != child.digest {
        return Err(Error::corrupt(format!(
            "page {} has another digest",
            child.address
        )));
    }
    Ok((page, names))
}

impl Page {
    fn level(&self) -> u8 {
        match self {
            Self::Leaf(_) => 0,
            Self::Inner(inner) => inner.level,
        }
    }
}

impl Resolved {
    pub(crate) fn leaf(&self) -> Result<&Leaf> {
        match &self.page {
            Page::Leaf(leaf) => Ok(leaf),
            Page::Inner(_) => Err(Error::corrupt("an inner page lies where a leaf should")),
        }
    }

    pub(crate) fn inner(&self) -> Result<&Inner> {
        match &self.page {
            Page::Inner(inner) => Ok(inner),
            Page::Leaf(_) => Err(Error::corrupt("a leaf lies where an inner page should")),
        }
    }

    /// What to ask for to have the chunk of the entry at this place of a leaf.
    pub(crate) fn want(&self, at: usize, entry: &Entry, domain: &Domain) -> Result<Want> {
        Ok(Want {
            address: entry.address,
            key: domain.reading(entry.slot)?,
            place: self.places.get(at).copied().flatten(),
            bytes: usize::from(entry.grains) * GRAIN_BYTES,
        })
    }
}
