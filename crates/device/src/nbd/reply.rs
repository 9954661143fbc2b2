//! Replies, gathered in a buffer that is used again and again.

use std::io;

use super::wire::{
    ALLOCATION_ID, Request, SIMPLE_REPLY_MAGIC, STATUS_ZERO, STRUCTURED_REPLY_MAGIC, chunk, errno,
};
use crate::base::{Extent, Kind};
use crate::grain::{narrow, wide};

/// Bytes that a buffer may keep while nothing needs them.
const KEEP: usize = 2 << 20;
/// Bytes before the data of a chunk of read data.
pub(super) const DATA_HEADER: usize = 28;
/// Bytes before the data of a simple reply.
pub(super) const SIMPLE_HEADER: usize = 16;

/// Whether a chunk ends its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    Yes,
    No,
}

/// Replies that are to be sent. The bytes after its end stay initialised, so that data can be read into
/// it without clearing it first.
#[derive(Default)]
pub(super) struct Replies {
    bytes: Vec<u8>,
    end: usize,
}

impl Replies {
    pub(super) fn len(&self) -> usize {
        self.end
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    /// Forgets what was sent, and gives back an unusual amount of memory.
    pub(super) fn clear(&mut self) {
        self.end = 0;
        if self.bytes.len() > KEEP {
            self.bytes = Vec::new();
        }
    }

    /// The next `length` bytes, of any content. They count once [`Replies::advance`] says so.
    pub(super) fn space(&mut self, length: usize) -> &mut [u8] {
        let wanted = self.end + length;
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted, 0);
        }
        &mut self.bytes[self.end..wanted]
    }

    pub(super) fn advance(&mut self, length: usize) {
        self.end += length;
    }

    fn put(&mut self, bytes: &[u8]) {
        self.space(bytes.len()).copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// The header of a simple reply; data may follow.
    pub(super) fn simple(&mut self, request: &Request, error: u32) {
        self.put(&SIMPLE_REPLY_MAGIC.to_be_bytes());
        self.put(&error.to_be_bytes());
        self.put(&request.cookie);
    }

    fn chunk(&mut self, request: &Request, kind: u16, length: u64, last: Last) {
        let flags = if last == Last::Yes { chunk::DONE } else { 0 };
        let length = u32::try_from(length).expect("chunks are bounded by the largest request");
        self.put(&STRUCTURED_REPLY_MAGIC.to_be_bytes());
        self.put(&flags.to_be_bytes());
        self.put(&kind.to_be_bytes());
        self.put(&request.cookie);
        self.put(&length.to_be_bytes());
    }

    /// A reply that says only that it is done.
    pub(super) fn done(&mut self, request: &Request) {
        self.chunk(request, chunk::NONE, 0, Last::Yes);
    }

    pub(super) fn failed(&mut self, request: &Request, error: u32) {
        self.chunk(request, chunk::ERROR, 6, Last::Yes);
        self.put(&error.to_be_bytes());
        self.put(&0_u16.to_be_bytes());
    }

    /// The header of a chunk of read data, which is then [advanced](Replies::advance) over.
    pub(super) fn data_header(&mut self, request: &Request, extent: Extent, last: Last) {
        self.chunk(request, chunk::OFFSET_DATA, 8 + extent.length, last);
        self.put(&extent.offset.to_be_bytes());
    }

    fn hole(&mut self, request: &Request, extent: Extent, last: Last) {
        self.chunk(request, chunk::OFFSET_HOLE, 12, last);
        self.put(&extent.offset.to_be_bytes());
        let length = u32::try_from(extent.length).expect("a hole lies within one request");
        self.put(&length.to_be_bytes());
    }

    /// Chunks for a range that was read into `data`, with holes where `sparse` says so.
    pub(super) fn pieces(&mut self, request: &Request, data: &[u8], sparse: &[Extent], last: Last) {
        let Some(start) = sparse.first().map(|extent| extent.offset) else {
            return;
        };
        for (index, extent) in sparse.iter().enumerate() {
            let last = if index + 1 == sparse.len() {
                last
            } else {
                Last::No
            };
            match extent.kind {
                Kind::Zero => self.hole(request, *extent, last),
                Kind::Data => {
                    self.data_header(request, *extent, last);
                    self.put(&data[narrow(extent.offset - start)..narrow(extent.end() - start)]);
                }
            }
        }
    }

    pub(super) fn block_status(&mut self, request: &Request, extents: &[Extent]) {
        self.chunk(
            request,
            chunk::BLOCK_STATUS,
            4 + wide(extents.len()) * 8,
            Last::Yes,
        );
        self.put(&ALLOCATION_ID.to_be_bytes());
        for extent in extents {
            let length = u32::try_from(extent.length).expect("an extent lies within one request");
            let status = if extent.kind == Kind::Zero {
                STATUS_ZERO
            } else {
                0
            };
            self.put(&length.to_be_bytes());
            self.put(&status.to_be_bytes());
        }
    }
}

/// The nearest error that NBD has.
pub(super) fn error_number(error: &io::Error) -> u32 {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            errno::NO_SPACE
        }
        io::ErrorKind::InvalidInput => errno::INVALID,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => errno::PERM,
        io::ErrorKind::OutOfMemory => errno::NO_MEMORY,
        io::ErrorKind::Unsupported => errno::NOT_SUPPORTED,
        _ => errno::IO,
    }
}
