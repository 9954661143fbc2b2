//! One writer's way into the packs: frames are gathered, packs uploaded behind the work.
//!
//! Promises: packs are indexed in the order in which they were filled, each after it is durable.
//! As whoever appends a page has first appended all that it names, an indexed page implies that
//! everything below it is indexed too, whatever crashed and when. Copies rely on that.
//! Memory is bounded: one pack fills, one waits, two are on their way, 17 MiB each, in buffers that
//! are used again, because an allocator that gets them back one by one keeps more of them.

use crate::error::{Error, Result};
use crate::frame::{self, Kind};
use crate::index::Pack;
use crate::keys::Domain;
use crate::meter::{Meter, add};
use crate::names::{Address, PackId};
use crate::pack::Filling;
use crate::references::{self, References};
use crate::store::Store;
use bytes::Bytes;
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;

const UPLOADS: usize = 2;
const BATCH_BYTES: usize = 512 << 10;
/// Addresses of so many indexed packs are remembered, for whoever asked the index just before.
const REMEMBERED_PACKS: usize = 4;

/// A full pack and its turn.
struct Full {
    turn: u64,
    pack: Pack,
    bytes: Bytes,
}

/// A full pack that may be on its way.
struct Outgoing {
    full: Full,
    _slot: OwnedSemaphorePermit,
}

/// What the threads of one writer share.
pub(crate) struct Session {
    store: Store,
    state: Mutex<State>,
    full: Mutex<Option<mpsc::UnboundedSender<Outgoing>>>,
    /// One for each pack that may be on its way.
    slots: Arc<Semaphore>,
    /// Held while a full pack waits to be taken: who has more to add waits too, so that full
    /// packs do not pile up.
    gate: tokio::sync::Mutex<()>,
    /// Buffers of packs that are uploaded.
    spare: Mutex<Vec<Vec<u8>>>,
    uploads: Mutex<JoinSet<Result<()>>>,
    /// Ends with the session.
    keeper: Mutex<JoinSet<()>>,
}

struct State {
    filling: Filling,
    turn: u64,
    pending: HashSet<Address>,
    /// What was appended or found, and no page in the index names yet.
    unnamed: HashSet<Address>,
}

/// Frames that are to lie side by side: who reads a part of a disk later fetches few runs of a pack
/// that several threads have filled.
#[derive(Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    /// Whose they are, where each ends, and how many bytes it stands for.
    frames: Vec<(Address, usize, u64)>,
}

impl Batch {
    /// Adds the frame that `write` appends to what it is given; it says how many bytes that stands for.
    pub(crate) fn add(
        &mut self,
        address: Address,
        write: impl FnOnce(&mut Vec<u8>) -> Result<u64>,
    ) -> Result<()> {
        let plain = write(&mut self.bytes)?;
        self.frames.push((address, self.bytes.len(), plain));
        Ok(())
    }

    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() >= BATCH_BYTES
    }
}

impl Session {
    /// To be called before the first look-up that decides what is appended.
    pub(crate) async fn start(store: &Store, meter: Arc<Meter>) -> Result<Arc<Self>> {
        store.check_writable().await?;
        let generation = store.inner.index.generation(&store.inner.region).await?;
        let (full, queue) = mpsc::unbounded_channel();
        let slots = Arc::new(Semaphore::new(UPLOADS));
        let state = State {
            filling: Filling::new(),
            turn: 0,
            pending: HashSet::new(),
            unnamed: HashSet::new(),
        };
        let session = Arc::new(Self {
            store: store.clone(),
            state: Mutex::new(state),
            full: Mutex::new(Some(full)),
            slots: slots.clone(),
            gate: tokio::sync::Mutex::default(),
            spare: Mutex::default(),
            uploads: Mutex::new(JoinSet::new()),
            keeper: Mutex::new(JoinSet::new()),
        });
        lock(&session.keeper).spawn(keep(Arc::downgrade(&session), store.clone()));
        let uploader = Uploader {
            session: Arc::downgrade(&session),
            store: store.clone(),
            generation,
            meter,
            slots,
        };
        lock(&session.uploads).spawn(uploader.run(queue));
        Ok(session)
    }

    /// Whether this session has appended the address and the index may not say so yet.
    pub(crate) fn holds(&self, address: &Address) -> bool {
        lock(&self.state).pending.contains(address)
    }

    /// A page that was found in the index and will be named by one that is yet to come.
    pub(crate) fn found(&self, address: Address) {
        lock(&self.state).unnamed.insert(address);
    }

    /// Appends the frames that the session does not hold yet, side by side, counts them, and empties
    /// the batch. For threads that may block.
    pub(crate) fn append_blocking(&self, batch: &mut Batch, meter: &Meter) -> Result<()> {
        let _turn = self.gate.blocking_lock();
        let mut from = 0;
        for (address, end, plain) in batch.frames.drain(..) {
            let frame = batch.bytes.get(from..end).unwrap_or_default();
            let (new, full) = self.push(address, frame, None)?;
            if let Some(full) = full {
                self.store.block_on(self.send(full))?;
            }
            if new {
                add(&meter.chunks_new, 1);
                add(&meter.bytes_new, plain);
            } else {
                add(&meter.chunks_reused, 1);
            }
            from = end;
        }
        batch.bytes.clear();
        Ok(())
    }

    /// Appends a frame unless the session holds its address; gives whether it was new.
    pub(crate) async fn append(&self, address: Address, frame: &[u8]) -> Result<bool> {
        self.add(address, frame, None).await
    }

    /// Appends a page and what it refers to, in one pack.
    pub(crate) async fn append_page(&self, frame: &[u8], page: References) -> Result<bool> {
        let address = page.page;
        let page = if frame::kind(frame)?.1 {
            page.with_frame()
        } else {
            page
        };
        self.add(address, frame, Some(page)).await
    }

    async fn add(&self, address: Address, frame: &[u8], page: Option<References>) -> Result<bool> {
        let _turn = self.gate.lock().await;
        let (new, full) = self.push(address, frame, page)?;
        if let Some(full) = full {
            self.send(full).await?;
        }
        Ok(new)
    }

    /// Gives a pack to the uploader, once there is room for it.
    async fn send(&self, full: Full) -> Result<()> {
        let slot = self.slots.clone().acquire_owned().await;
        let sender = lock(&self.full).clone().ok_or_else(stopped)?;
        let outgoing = Outgoing {
            full,
            _slot: slot.map_err(|_| stopped())?,
        };
        sender.send(outgoing).map_err(|_| stopped())
    }

    fn push(
        &self,
        address: Address,
        frame: &[u8],
        page: Option<References>,
    ) -> Result<(bool, Option<Full>)> {
        let mut state = lock(&self.state);
        if !state.pending.insert(address) {
            return Ok((false, None));
        }
        state.filling.push(address, frame)?;
        state.unnamed.insert(address);
        if let Some(page) = page {
            let own = references::frame_address(&address);
            if page.children.binary_search(&own).is_ok() {
                let frame = self.references_frame(&page, &own)?;
                state.filling.push(own, &frame)?;
            }
            state.filling.note(page);
        }
        let full = if state.filling.is_full() {
            Some(self.close(&mut state)?)
        } else {
            None
        };
        Ok((true, full))
    }

    fn references_frame(&self, page: &References, own: &Address) -> Result<Vec<u8>> {
        let (mut frame, key) = (Vec::new(), Domain::Plain.writing()?);
        let entropy = &*self.store.inner.entropy;
        let marks = page.encode();
        frame::encode(Kind::References, &marks, own, &key, entropy, &mut frame)?;
        Ok(frame)
    }

    fn close(&self, state: &mut State) -> Result<Full> {
        let mut id = [0; 16];
        self.store.inner.entropy.fill(&mut id)?;
        let spare = lock(&self.spare).pop().unwrap_or_default();
        let filling = std::mem::replace(&mut state.filling, Filling::within(spare));
        let (mut pack, bytes) = filling.close(PackId::from_bytes(id))?;
        pack.note.clone_from(&self.store.note);
        let turn = state.turn;
        state.turn += 1;
        Ok(Full { turn, pack, bytes })
    }

    /// Closes the last pack and waits until all is durable and indexed.
    pub(crate) async fn finish(&self) -> Result<()> {
        let last = {
            let mut state = lock(&self.state);
            if state.filling.is_empty() {
                None
            } else {
                Some(self.close(&mut state)?)
            }
        };
        if let Some(last) = last {
            // A failed send means that the uploader has failed; its own reason is told below.
            drop(self.send(last).await);
        }
        self.outcome().await
    }

    /// Why the uploader stopped; for the one whose append was refused.
    pub(crate) async fn outcome(&self) -> Result<()> {
        lock(&self.full).take();
        let mut uploads = std::mem::take(&mut *lock(&self.uploads));
        while let Some(joined) = uploads.join_next().await {
            joined.map_err(Error::store)??;
        }
        Ok(())
    }
}

/// Nothing refers to what a writer made until the page above it is there, which takes as long as
/// the writer does. So that this may take longer than the delay of the collection, the delay is
/// begun anew from time to time.
async fn keep(session: Weak<Session>, store: Store) {
    loop {
        tokio::time::sleep(store.keeping).await;
        let Some(session) = session.upgrade() else {
            return;
        };
        let unnamed: Vec<_> = lock(&session.state).unnamed.iter().copied().collect();
        drop(session);
        let inner = &store.inner;
        if let Err(error) = inner.index.keep(&inner.region, &unnamed).await {
            tracing::warn!(region = inner.region, %error, "a writer could not keep what it made");
        }
    }
}

fn stopped() -> Error {
    Error::store(std::io::Error::other("the uploader has stopped"))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Uploader {
    session: Weak<Session>,
    store: Store,
    generation: u64,
    meter: Arc<Meter>,
    slots: Arc<Semaphore>,
}

impl Drop for Uploader {
    /// Nobody waits for one that has stopped.
    fn drop(&mut self) {
        self.slots.close();
    }
}

impl Uploader {
    async fn run(self, mut queue: mpsc::UnboundedReceiver<Outgoing>) -> Result<()> {
        let mut uploading = FuturesUnordered::new();
        let mut durable: BTreeMap<u64, Pack> = BTreeMap::new();
        let mut indexed: VecDeque<Vec<Address>> = VecDeque::new();
        let (mut turn, mut open) = (0, true);
        while open || !uploading.is_empty() {
            tokio::select! {
                full = queue.recv(), if open => match full {
                    Some(full) => uploading.push(self.upload(full)),
                    None => open = false,
                },
                Some(done) = uploading.next(), if !uploading.is_empty() => {
                    let (its_turn, pack) = done?;
                    durable.insert(its_turn, pack);
                    while let Some(pack) = durable.remove(&turn) {
                        self.index(&pack).await?;
                        indexed.push_back(pack.entries.iter().map(|(address, _)| *address).collect());
                        turn += 1;
                        self.forget(&mut indexed);
                    }
                }
            }
        }
        Ok(())
    }

    async fn upload(&self, Outgoing { full, _slot }: Outgoing) -> Result<(u64, Pack)> {
        let Full { turn, pack, bytes } = full;
        let inner = &self.store.inner;
        let put = inner.backend.put(&inner.region, &pack.id, bytes.clone());
        put.await?;
        // A client of an object store may still hold it; then it is not used again.
        if let (Some(session), Ok(buffer)) = (self.session.upgrade(), bytes.try_into_mut()) {
            lock(&session.spare).push(buffer.into());
        }
        Ok((turn, pack))
    }

    async fn index(&self, pack: &Pack) -> Result<()> {
        let inner = &self.store.inner;
        inner
            .index
            .insert_pack(&inner.region, pack, self.generation)
            .await?;
        if let Some(session) = self.session.upgrade() {
            let unnamed = &mut lock(&session.state).unnamed;
            for child in pack.pages.iter().flat_map(|page| &page.children) {
                unnamed.remove(child);
            }
        }
        add(&self.meter.bytes_stored, pack.bytes);
        add(&self.meter.packs, 1);
        Ok(())
    }

    fn forget(&self, indexed: &mut VecDeque<Vec<Address>>) {
        while indexed.len() > REMEMBERED_PACKS {
            let oldest = indexed.pop_front().unwrap_or_default();
            if let Some(session) = self.session.upgrade() {
                let mut state = lock(&session.state);
                oldest.iter().for_each(|address| {
                    state.pending.remove(address);
                });
            }
        }
    }
}
