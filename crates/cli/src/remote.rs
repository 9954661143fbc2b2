//! A snapshot as a disk to read, for [`formats::export`].
//!
//! Blocks are fetched ahead of the reader, several at a time. Memory is bounded: a few pages of the
//! list of blocks and 32 MiB of blocks, whatever the snapshot's size. It is made for a reader that
//! goes forward; one that jumps is answered too, slowly.
//!
//! The methods of [`Source`] wait for the network, and are for threads that may wait.

use crate::api::Api;
use crate::{BLOCK, IN_FLIGHT, fetch};
use anyhow::{Error, Result};
use bytes::Bytes;
use formats::{FormatError, Source};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;

/// Blocks in memory.
const HELD: usize = 64;
/// Pages of the list in memory.
const PAGES: usize = 4;

type Fetched = Shared<BoxFuture<'static, Result<Bytes, Lost>>>;

/// See the module.
pub(crate) struct Remote {
    api: Api,
    snapshot: String,
    size: u64,
    runtime: Handle,
    pages: Mutex<VecDeque<Arc<Page>>>,
    blocks: Mutex<BTreeMap<u64, Fetched>>,
}

/// The blocks of a part of the disk that hold data, with the right to read each.
struct Page {
    range: Range<u64>,
    blocks: BTreeMap<u64, String>,
}

/// A failure that several readers get.
#[derive(Clone, Debug)]
struct Lost(Arc<Error>);

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for Lost {}

impl From<Error> for Lost {
    fn from(error: Error) -> Lost {
        Lost(Arc::new(error))
    }
}

impl Remote {
    /// A snapshot of so many bytes, read through this runtime.
    pub(crate) fn new(api: &Api, snapshot: &str, size: u64) -> Remote {
        Remote {
            api: api.clone(),
            snapshot: snapshot.to_owned(),
            size,
            runtime: Handle::current(),
            pages: Mutex::default(),
            blocks: Mutex::default(),
        }
    }

    /// The page with a block. Other readers wait meanwhile: they most likely want the same one.
    fn page(&self, index: u64) -> Result<Arc<Page>, Lost> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = pages.iter().find(|page| page.range.contains(&index)) {
            return Ok(page.clone());
        }
        let list = fetch::page(&self.api, &self.snapshot, Some(index), None);
        let list = self.runtime.block_on(list)?;
        let blocks: Result<BTreeMap<u64, String>> =
            list.blocks.into_iter().map(fetch::named).collect();
        let blocks = blocks?;
        let last = blocks.last_key_value().map_or(index, |(last, _)| *last);
        let end = match list.next_token {
            Some(_) => last + 1,
            None => u64::MAX,
        };
        let page = Arc::new(Page {
            range: index..end.max(index + 1),
            blocks,
        });
        pages.push_back(page.clone());
        if pages.len() > PAGES {
            pages.pop_front();
        }
        Ok(page)
    }

    /// A block that holds data, and a start for those after it.
    fn block(&self, page: &Page, index: u64) -> Result<Bytes, Lost> {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        for (ahead, token) in page.blocks.range(index..).take(IN_FLIGHT) {
            blocks
                .entry(*ahead)
                .or_insert_with(|| self.fetch(*ahead, token.clone()));
        }
        let wanted = blocks.get(&index).cloned();
        while blocks.len() > HELD {
            // The reader goes forward: what lies furthest back is done with.
            blocks.pop_first();
        }
        drop(blocks);
        match wanted {
            Some(fetched) => self.runtime.block_on(fetched),
            None => Err(Error::msg(format!("block {index} is not in the list")).into()),
        }
    }

    fn fetch(&self, index: u64, token: String) -> Fetched {
        let (api, snapshot) = (self.api.clone(), self.snapshot.clone());
        let fetching = async move { fetch::block(&api, &snapshot, index, token).await };
        let task = self.runtime.spawn(fetching);
        let fetched = async move {
            match task.await {
                Ok(block) => block.map_err(Lost::from),
                Err(stopped) => Err(Error::from(stopped).into()),
            }
        };
        fetched.boxed().shared()
    }
}

impl Source for Remote {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> formats::Result<()> {
        let (mut offset, mut rest) = (offset, buf);
        while !rest.is_empty() {
            let (index, within) = (offset / BLOCK, usize::try_from(offset % BLOCK).unwrap_or(0));
            let left = usize::try_from(BLOCK).unwrap_or(usize::MAX) - within;
            let length = left.min(rest.len());
            let (piece, after) = rest.split_at_mut(length);
            let page = self.page(index).map_err(FormatError::source)?;
            if page.blocks.contains_key(&index) {
                let data = self.block(&page, index).map_err(FormatError::source)?;
                piece.copy_from_slice(&data[within..within + length]);
            } else {
                piece.fill(0);
            }
            offset += u64::try_from(length).unwrap_or(0);
            rest = after;
        }
        Ok(())
    }

    fn next_extent(&self, from: u64) -> formats::Result<Option<Range<u64>>> {
        let mut index = from / BLOCK;
        while index * BLOCK < self.size {
            let page = self.page(index).map_err(FormatError::source)?;
            if let Some((found, _)) = page.blocks.range(index..).next() {
                let mut end = *found + 1;
                while page.blocks.contains_key(&end) {
                    end += 1;
                }
                let start = from.max(found * BLOCK);
                return Ok(Some(start..(end * BLOCK).min(self.size)));
            }
            index = page.range.end;
            if index == u64::MAX {
                break;
            }
        }
        Ok(None)
    }
}
