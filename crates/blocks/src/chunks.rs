//! Chunks as readers want them: from the cache, from whoever is fetching them, or from packs.

use crate::backend::blocking;
use crate::error::{Error, Result};
use crate::flights::{Boarding, Flights, Ticket, Waiting};
use crate::frame::{self, Kind};
use crate::keys::SlotKey;
use crate::names::{Address, Location};
use crate::runs::{Run, runs, split_run};
use crate::store::{Store, Trust, missing};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::HashMap;
use std::sync::Arc;

/// Fetches under way at once for one read.
const FETCHES: usize = 8;

/// Who reads, which says where frames are opened and whether fetches are shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A part of something that may be left alone for a while: frames are opened on a thread that may
    /// block, and nobody waits for this reader, because it might be waiting for them.
    Part,
    /// A thread, or a task of its own, that does nothing else until it is done: it opens frames
    /// itself, and others who read so wait for what it fetches.
    Whole,
}

/// One chunk that a reader wants.
#[derive(Clone)]
pub(crate) struct Want {
    pub(crate) address: Address,
    pub(crate) key: SlotKey,
    pub(crate) place: Option<Location>,
    pub(crate) bytes: usize,
}

/// Chunks that are read together.
struct Reading<'a> {
    store: &'a Store,
    wants: &'a Arc<[Want]>,
    trust: Trust,
    reader: Reader,
    /// What is there, by number.
    chunks: Vec<Bytes>,
    /// Those that others may be waiting for.
    tickets: HashMap<usize, Ticket<Address, Bytes>>,
}

impl Reading<'_> {
    fn came(&mut self, (at, chunk): (usize, Bytes)) {
        if let Some(ticket) = self.tickets.remove(&at) {
            ticket.land(chunk.clone());
        }
        self.chunks[at] = chunk;
    }

    /// Takes what is in the cache. What is left to fetch, and what others fetch.
    fn begin(&mut self) -> (Vec<usize>, Vec<(usize, Waiting<Bytes>)>) {
        let (mut own, mut others) = (Vec::new(), Vec::new());
        let shares = self.reader == Reader::Whole && self.store.shares();
        for (at, want) in self.wants.iter().enumerate() {
            if self.trust == Trust::Store {
                own.push(at);
                continue;
            }
            if let Some(chunk) = self.store.cached_chunk(&want.address) {
                self.chunks[at] = chunk;
                continue;
            }
            if !shares {
                own.push(at);
                continue;
            }
            match self.store.flights().board(want.address) {
                Boarding::Others(waiting) => others.push((at, waiting)),
                Boarding::Own(ticket) => {
                    self.tickets.insert(at, ticket);
                    // It may have come between the two questions.
                    match self.store.cached_chunk(&want.address) {
                        Some(chunk) => self.came((at, chunk)),
                        None => own.push(at),
                    }
                }
            }
        }
        (own, others)
    }

    async fn fetch(&mut self, own: Vec<usize>) -> Result<()> {
        let mut left = own
            .into_iter()
            .map(|at| (at, self.wants[at].place))
            .collect();
        for came in self
            .store
            .borrow_chunks(self.wants, &mut left, self.reader)
            .await?
        {
            self.came(came);
        }
        let runs = runs(left).into_iter().map(|run| {
            self.store
                .open_run(run, self.wants.clone(), self.trust, self.reader)
        });
        let mut fetched = stream::iter(runs.collect::<Vec<_>>()).buffer_unordered(FETCHES);
        while let Some(run) = fetched.try_next().await? {
            run.into_iter().for_each(|came| self.came(came));
        }
        Ok(())
    }
}

impl Store {
    pub(crate) fn cached_chunk(&self, address: &Address) -> Option<Bytes> {
        self.inner.cache.chunk(address)
    }

    /// The chunks wanted, in order. Frames side by side are fetched together, runs concurrently.
    pub(crate) async fn chunks(&self, wants: &[Want], trust: Trust) -> Result<Vec<Bytes>> {
        self.chunks_for(wants, trust, Reader::Part).await
    }

    /// The same on a thread that may block. Waits for no other such thread: those could all be
    /// waiting here.
    pub(crate) fn chunks_blocking(&self, wants: &[Want]) -> Result<Vec<Bytes>> {
        self.block_on(self.chunks_whole(wants))
    }

    /// The same for a thread or a task that does nothing else until it is done.
    pub(crate) async fn chunks_whole(&self, wants: &[Want]) -> Result<Vec<Bytes>> {
        self.chunks_for(wants, Trust::Cache, Reader::Whole).await
    }

    pub(crate) async fn chunks_for(
        &self,
        wants: &[Want],
        trust: Trust,
        reader: Reader,
    ) -> Result<Vec<Bytes>> {
        let mut reading = Reading {
            store: self,
            wants: &wants.into(),
            trust,
            reader,
            chunks: vec![Bytes::new(); wants.len()],
            tickets: HashMap::new(),
        };
        let (own, others) = reading.begin();
        reading.fetch(own).await?;
        let mut left = Vec::new();
        for (at, waiting) in others {
            match waiting.landed().await {
                Some(chunk) => reading.chunks[at] = chunk,
                None => left.push(at),
            }
        }
        reading.fetch(left).await?;
        Ok(reading.chunks)
    }

    fn flights(&self) -> &Arc<Flights<Address, Bytes>> {
        &self.inner.chunks[usize::from(self.lends)]
    }

    async fn open_run(
        &self,
        run: Run,
        wants: Arc<[Want]>,
        trust: Trust,
        reader: Reader,
    ) -> Result<Vec<(usize, Bytes)>> {
        match self.fetch_run(&run).await {
            Ok(mut bytes) => {
                let this = self.clone();
                let mut open_all = move || {
                    let frames = split_run(&run, &mut bytes)?.into_iter();
                    let open = |(at, frame): (usize, &mut [u8])| {
                        this.lend(&wants[at].address, frame);
                        Ok((at, this.open_chunk(&wants[at], frame, trust)?))
                    };
                    frames.map(open).collect()
                };
                match reader {
                    Reader::Part => blocking(open_all).await,
                    Reader::Whole => open_all(),
                }
            }
            // The pack is gone or was never known: ask the index for each chunk as it is now.
            Err(Error::NotFound(_)) => {
                let mut opened = Vec::with_capacity(run.members.len());
                for (at, _) in &run.members {
                    let mut stored = self.frame(&wants[*at].address, None).await?;
                    self.lend(&wants[*at].address, &stored);
                    opened.push((*at, self.open_chunk(&wants[*at], &mut stored, trust)?));
                }
                Ok(opened)
            }
            Err(other) => Err(other),
        }
    }

    fn open_chunk(&self, want: &Want, stored: &mut [u8], trust: Trust) -> Result<Bytes> {
        let plain = frame::decode(Kind::Chunk, stored, &want.address, &want.key)?;
        if plain.len() != want.bytes {
            return Err(Error::corrupt(format!(
                "{} is not as long as its page says",
                want.address
            )));
        }
        let chunk = Bytes::from(plain);
        if trust == Trust::Cache {
            self.inner.cache.keep_chunk(want.address, chunk.clone());
        }
        Ok(chunk)
    }

    /// One chunk on the calling thread: from the cache, or from a directory, or as a last resort
    /// by way of the runtime.
    pub(crate) fn chunk_blocking(&self, want: &Want) -> Result<Bytes> {
        if let Some(chunk) = self.cached_chunk(&want.address) {
            return Ok(chunk);
        }
        if let Some(place) = want.place {
            let backend = &self.inner.backend;
            match backend.get_blocking(&self.inner.region, &place.pack, place.range()) {
                Some(Ok(mut stored)) => return self.open_chunk(want, &mut stored, Trust::Cache),
                Some(Err(Error::NotFound(_))) | None => {}
                Some(Err(other)) => return Err(other),
            }
        }
        let chunks = self.chunks_blocking(std::slice::from_ref(want))?;
        chunks
            .into_iter()
            .next()
            .ok_or_else(|| missing(&want.address))
    }
}
