//! The one file of an image: bounds-checked reads, and a bounded cache of the pages that hold tables.

use std::{fs::File, ops::Deref, os::unix::fs::FileExt, sync::Arc};

use quick_cache::sync::Cache;

use crate::{Format, FormatError, Result};

/// Tables are read and kept in pieces of this size.
const PAGE: u64 = 32 << 10;
/// 8 MiB of tables for each open image, whatever the image says.
const PAGES: usize = 256;

/// An image's file. Knows its length and never reads outside of it.
pub(crate) struct Input {
    file: File,
    len: u64,
    format: Format,
    pages: Cache<u64, Arc<[u8]>>,
}

impl Input {
    pub(crate) fn new(file: File, len: u64, format: Format) -> Self {
        Self {
            file,
            len,
            format,
            pages: Cache::new(PAGES),
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    pub(crate) fn into_file(self) -> File {
        self.file
    }

    pub(crate) fn damaged(&self, what: impl Into<String>) -> FormatError {
        FormatError::damaged(self.format, what)
    }

    pub(crate) fn refused(&self, reason: impl Into<String>) -> FormatError {
        FormatError::refused(self.format, reason)
    }

    /// Says so when `len` bytes at `at` are not all within the file. `what` names them.
    pub(crate) fn holds(&self, at: u64, len: u64, what: &str) -> Result<()> {
        match at.checked_add(len) {
            Some(end) if end <= self.len => Ok(()),
            _ => Err(self.damaged(format!(
                "{what} should be {len} bytes at byte {at}, but the file ends at byte {}",
                self.len
            ))),
        }
    }

    /// Fills `buf` from byte `at` of the file.
    pub(crate) fn read(&self, at: u64, buf: &mut [u8], what: &str) -> Result<()> {
        self.holds(at, crate::bytes::len_of(buf), what)?;
        self.file
            .read_exact_at(buf, at)
            .map_err(FormatError::io(format!("reading {what}")))
    }

    /// Up to `len` bytes from byte `at`: fewer where the file ends first.
    pub(crate) fn read_up_to(&self, at: u64, len: u64, what: &str) -> Result<Vec<u8>> {
        let there = len.min(self.len.saturating_sub(at));
        let there =
            usize::try_from(there).map_err(|_| self.damaged(format!("{what} is too long")))?;
        let mut buf = vec![0; there];
        self.read(at, &mut buf, what)?;
        Ok(buf)
    }

    /// The bytes from `at` to the end of its page, at least `least` of them.
    ///
    /// Entries of a table start at multiples of their size, so that none lies in two pages.
    pub(crate) fn table(&self, at: u64, least: u64, what: &str) -> Result<Window> {
        self.holds(at, least, what)?;
        let (number, start) = (at / PAGE, usize::try_from(at % PAGE).unwrap_or(0));
        let page = match self.pages.get(&number) {
            Some(page) => page,
            None => {
                let page: Arc<[u8]> = self.read_up_to(number * PAGE, PAGE, what)?.into();
                self.pages.insert(number, page.clone());
                page
            }
        };
        let window = Window { page, start };
        if crate::bytes::len_of(&window) < least {
            return Err(self.damaged(format!(
                "{what} does not start at a multiple of its entries"
            )));
        }
        Ok(window)
    }
}

/// A page of a table from some byte on.
pub(crate) struct Window {
    page: Arc<[u8]>,
    start: usize,
}

impl Deref for Window {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.page.get(self.start..).unwrap_or_default()
    }
}
