//! The state of every grain of one layer: two bits each, in a file and, where touched, in memory.
//!
//! | bits | state | reads as | if the machine stopped |
//! |---|---|---|---|
//! | 00 | absent | what lies below | the same |
//! | 01 | data | the layer's data file | the same |
//! | 10 | zero | zeros | the same |
//! | 11 | fresh | the layer's data file | becomes absent: its data may not have reached the disk |
//!
//! The file is always written before memory is changed, so memory is never ahead of it. Memory holds
//! only pages that the file holds, so it is bounded by what was written, not by the size of the disk.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::grain::{narrow, wide};

/// Bytes of the file before the first page of states.
pub(crate) const HEADER: u64 = 4096;

const PAGE_BYTES: u64 = 4096;
const WORDS: usize = 512;
const GRAINS_PER_WORD: u64 = 32;
const GRAINS_PER_PAGE: u64 = PAGE_BYTES * 4;
const PAGES_PER_SHELF: u64 = 1024;
const GRAINS_PER_SHELF: u64 = GRAINS_PER_PAGE * PAGES_PER_SHELF;
const SHELVES: usize = 1024;

/// Grains that a map can describe: 64 TiB of disk.
pub(crate) const GRAINS: u64 = GRAINS_PER_SHELF * 1024;

/// The low bit of each grain in a word.
const LOW: u64 = 0x5555_5555_5555_5555;

/// What a reader of one layer needs to know about a grain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Look below.
    Absent,
    /// The data file has it.
    Data,
    /// It reads as zeros.
    Zero,
}

/// A change of the states of a run of grains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The data file has been written. Absent becomes fresh; zero becomes data, because the data file
    /// has a hole there, which is what the grain held before.
    Written,
    /// It reads as zeros from now on.
    Zero,
    /// What lies below shows through from now on.
    Absent,
}

struct Page {
    words: [AtomicU64; WORDS],
    update: Mutex<()>,
}

impl Page {
    fn empty() -> Box<Page> {
        Box::new(Page {
            words: [const { AtomicU64::new(0) }; WORDS],
            update: Mutex::new(()),
        })
    }

    fn word(&self, index: usize) -> u64 {
        self.words[index].load(Ordering::Acquire)
    }
}

/// A thousand pages, and which of them are in the file but not yet in memory or never will be.
struct Shelf {
    pages: Box<[OnceLock<Box<Page>>]>,
    on_disk: [AtomicU64; 16],
}

impl Shelf {
    fn empty() -> Box<Shelf> {
        Box::new(Shelf {
            pages: (0..PAGES_PER_SHELF).map(|_| OnceLock::new()).collect(),
            on_disk: [const { AtomicU64::new(0) }; 16],
        })
    }

    fn is_on_disk(&self, page: u64) -> bool {
        self.on_disk[narrow(page / 64)].load(Ordering::Acquire) & (1 << (page % 64)) != 0
    }
}

/// The states of one layer.
pub(crate) struct Map {
    file: File,
    shelves: Box<[OnceLock<Box<Shelf>>]>,
    fresh: Mutex<BTreeSet<u64>>,
    touched: AtomicBool,
    dirty: AtomicBool,
}

impl Map {
    /// The map in `file`, whose header has been checked. Finds what is there by its holes, and reads none of it.
    /// Any page that is there may hold grains that an earlier process left fresh.
    pub(crate) fn open(file: File) -> io::Result<Map> {
        let map = Map {
            file,
            shelves: (0..SHELVES).map(|_| OnceLock::new()).collect(),
            fresh: Mutex::new(BTreeSet::new()),
            touched: AtomicBool::new(false),
            dirty: AtomicBool::new(true),
        };
        let pages = stored_pages(&map.file)?;
        pages.iter().for_each(|page| map.note_on_disk(*page));
        lock(&map.fresh).extend(pages);
        Ok(map)
    }

    /// Whether no grain has a state of its own.
    pub(crate) fn is_untouched(&self) -> bool {
        !self.touched.load(Ordering::Acquire)
    }

    /// What `grain` is, and how many grains from it on, at most `most`, are the same.
    pub(crate) fn run(&self, grain: u64, most: u64) -> io::Result<(Seen, u64)> {
        let end = grain + most;
        let (seen, mut at) = self.step(grain, None)?;
        while at < end {
            match self.step(at, Some(seen))? {
                (_, next) if next > at => at = next,
                _ => break,
            }
        }
        Ok((seen, at.min(end) - grain))
    }

    /// Whether the data file has all of `grains`.
    pub(crate) fn all_data(&self, grains: Range<u64>) -> io::Result<bool> {
        let (seen, run) = self.run(grains.start, grains.end - grains.start)?;
        Ok(seen == Seen::Data && run == grains.end - grains.start)
    }

    /// The first grain from `grain` on, within one word or one stretch without a page, that is not `wanted`
    /// (by default: whatever the first one is). Answers `grain` itself where that one is not `wanted`.
    fn step(&self, grain: u64, wanted: Option<Seen>) -> io::Result<(Seen, u64)> {
        let absent = |next: u64| match wanted {
            Some(Seen::Data | Seen::Zero) => Ok((Seen::Absent, grain)),
            Some(Seen::Absent) | None => Ok((Seen::Absent, next)),
        };
        let Some(shelf) = self.shelf(grain) else {
            return absent((grain / GRAINS_PER_SHELF + 1) * GRAINS_PER_SHELF);
        };
        let Some(page) = self.page(shelf, grain / GRAINS_PER_PAGE)? else {
            return absent((grain / GRAINS_PER_PAGE + 1) * GRAINS_PER_PAGE);
        };
        let word = page.word(narrow(grain % GRAINS_PER_PAGE / GRAINS_PER_WORD));
        let lane = grain % GRAINS_PER_WORD;
        let seen = wanted.unwrap_or_else(|| seen_in(word, lane));
        let others = !lanes_of(word, seen) & LOW & (u64::MAX << (lane * 2));
        let next = if others == 0 {
            GRAINS_PER_WORD
        } else {
            u64::from(others.trailing_zeros() / 2)
        };
        Ok((seen, grain - lane + next))
    }

    /// Applies `mark` to `grains`: the file first, then memory.
    pub(crate) fn mark(&self, grains: Range<u64>, mark: Mark) -> io::Result<()> {
        let mut at = grains.start;
        while at < grains.end {
            let page = at / GRAINS_PER_PAGE;
            let end = grains.end.min((page + 1) * GRAINS_PER_PAGE);
            self.mark_in_page(page, at..end, mark)?;
            at = end;
        }
        Ok(())
    }

    fn mark_in_page(&self, number: u64, grains: Range<u64>, mark: Mark) -> io::Result<()> {
        let page = match mark {
            Mark::Written | Mark::Zero => self.page_for_update(number)?,
            Mark::Absent => match self.existing_page(number)? {
                Some(page) => page,
                None => return Ok(()),
            },
        };
        let first = number * GRAINS_PER_PAGE;
        let lanes = grains.start - first..grains.end - first;
        let fresh = self.update(number, page, lanes, |_, word, mask| after(word, mask, mark))?;
        if fresh {
            lock(&self.fresh).insert(number);
        }
        Ok(())
    }

    /// Changes the words of a page that hold `lanes`; says whether any of them is fresh afterwards.
    fn update(
        &self,
        number: u64,
        page: &Page,
        lanes: Range<u64>,
        change: impl Fn(usize, u64, u64) -> u64,
    ) -> io::Result<bool> {
        let words =
            narrow(lanes.start / GRAINS_PER_WORD)..narrow(lanes.end.div_ceil(GRAINS_PER_WORD));
        let _alone = lock(&page.update);
        let mut bytes = [0; WORDS * 8];
        let bytes = &mut bytes[..words.len() * 8];
        let (mut changed, mut fresh) = (false, false);
        for (index, slot) in words.clone().zip(bytes.chunks_exact_mut(8)) {
            let old = page.word(index);
            let new = change(index, old, mask_of(index, &lanes));
            changed |= old != new;
            fresh |= fresh_lanes(new) != 0;
            slot.copy_from_slice(&new.to_le_bytes());
        }
        if !changed {
            return Ok(fresh);
        }
        self.file
            .write_all_at(bytes, page_offset(number) + wide(words.start) * 8)?;
        self.dirty.store(true, Ordering::Release);
        self.touched.store(true, Ordering::Release);
        for (index, slot) in words.zip(bytes.chunks_exact(8)) {
            page.words[index].store(little_endian(slot), Ordering::Release);
        }
        Ok(fresh)
    }

    /// Which grains are fresh now. What the data file holds of them must be made durable before they are
    /// [settled](Map::settle).
    pub(crate) fn take_fresh(&self) -> io::Result<Fresh> {
        let pages = std::mem::take(&mut *lock(&self.fresh));
        let mut taken = Vec::with_capacity(pages.len());
        for number in pages {
            let Some(page) = self.existing_page(number)? else {
                continue;
            };
            let lanes: Vec<(usize, u64)> = (0..WORDS)
                .map(|index| (index, fresh_lanes(page.word(index))))
                .filter(|(_, lanes)| *lanes != 0)
                .collect();
            if !lanes.is_empty() {
                taken.push((number, lanes));
            }
        }
        Ok(Fresh(taken))
    }

    /// Turns the grains of `fresh` into data, and makes the file durable. `syncs` counts that.
    pub(crate) fn settle(&self, fresh: &Fresh, syncs: &AtomicU64) -> io::Result<()> {
        for (number, words) in &fresh.0 {
            let (Some((first, _)), Some((last, _))) = (words.first(), words.last()) else {
                continue;
            };
            let Some(page) = self.existing_page(*number)? else {
                continue;
            };
            let lanes = wide(*first) * GRAINS_PER_WORD..(wide(*last) + 1) * GRAINS_PER_WORD;
            self.update(*number, page, lanes, |index, word, _| {
                let known = words.binary_search_by_key(&index, |(at, _)| *at);
                let lanes = known.map_or(0, |found| words[found].1);
                word & !((fresh_lanes(word) & lanes) << 1)
            })?;
        }
        if self.dirty.swap(false, Ordering::AcqRel) {
            syncs.fetch_add(1, Ordering::Relaxed);
            self.file.sync_data()?;
        }
        Ok(())
    }

    /// Makes the file durable as one that was made since its directory was synced last.
    pub(crate) fn sync_file(&self, syncs: &AtomicU64) -> io::Result<()> {
        syncs.fetch_add(1, Ordering::Relaxed);
        self.file.sync_all()
    }

    /// Forgets every fresh grain: the machine stopped since they were written. Repeating it is harmless.
    pub(crate) fn forget_fresh(&self) -> io::Result<()> {
        for number in stored_pages(&self.file)? {
            let Some(page) = self.existing_page(number)? else {
                continue;
            };
            self.update(number, page, 0..GRAINS_PER_PAGE, |_, word, _| {
                let fresh = fresh_lanes(word);
                word & !(fresh | fresh << 1)
            })?;
        }
        self.file.sync_data()
    }

    fn shelf(&self, grain: u64) -> Option<&Shelf> {
        self.shelves
            .get(narrow(grain / GRAINS_PER_SHELF))?
            .get()
            .map(AsRef::as_ref)
    }

    fn existing_page(&self, number: u64) -> io::Result<Option<&Page>> {
        match self.shelf(number * GRAINS_PER_PAGE) {
            Some(shelf) => self.page(shelf, number),
            None => Ok(None),
        }
    }

    fn page<'a>(&self, shelf: &'a Shelf, number: u64) -> io::Result<Option<&'a Page>> {
        let cell = &shelf.pages[narrow(number % PAGES_PER_SHELF)];
        if let Some(page) = cell.get() {
            return Ok(Some(page));
        }
        if !shelf.is_on_disk(number % PAGES_PER_SHELF) {
            return Ok(None);
        }
        let page = self.load(number)?;
        // Nobody changes a page before it is in its cell, so a second loader has read the same.
        Ok(Some(cell.get_or_init(|| page)))
    }

    fn page_for_update(&self, number: u64) -> io::Result<&Page> {
        let shelf = self.shelf_for_update(number);
        if let Some(page) = self.page(shelf, number)? {
            return Ok(page);
        }
        Ok(shelf.pages[narrow(number % PAGES_PER_SHELF)].get_or_init(Page::empty))
    }

    fn shelf_for_update(&self, number: u64) -> &Shelf {
        self.shelves[narrow(number / PAGES_PER_SHELF)].get_or_init(Shelf::empty)
    }

    fn note_on_disk(&self, number: u64) {
        if number >= GRAINS / GRAINS_PER_PAGE {
            return;
        }
        let index = number % PAGES_PER_SHELF;
        let shelf = self.shelf_for_update(number);
        shelf.on_disk[narrow(index / 64)].fetch_or(1 << (index % 64), Ordering::Release);
        self.touched.store(true, Ordering::Release);
    }

    fn load(&self, number: u64) -> io::Result<Box<Page>> {
        let mut bytes = [0; WORDS * 8];
        read_to_end_of_file(&self.file, &mut bytes, page_offset(number))?;
        let mut page = Page::empty();
        for (word, slot) in page.words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word.get_mut() = little_endian(slot);
        }
        Ok(page)
    }
}

/// Grains that were fresh at one moment, by page and word.
pub(crate) struct Fresh(Vec<(u64, Vec<(usize, u64)>)>);

impl Fresh {
    /// Whether there were none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn page_offset(number: u64) -> u64 {
    HEADER + number * PAGE_BYTES
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, byte| word << 8 | u64::from(*byte))
}

fn seen_in(word: u64, lane: u64) -> Seen {
    match word >> (lane * 2) & 3 {
        0 => Seen::Absent,
        2 => Seen::Zero,
        _ => Seen::Data,
    }
}

/// The low bits of the grains in `word` that are `seen`.
fn lanes_of(word: u64, seen: Seen) -> u64 {
    let (low, high) = (word & LOW, word >> 1 & LOW);
    match seen {
        Seen::Absent => !(low | high) & LOW,
        Seen::Data => low,
        Seen::Zero => high & !low,
    }
}

fn fresh_lanes(word: u64) -> u64 {
    word & word >> 1 & LOW
}

/// The low bits of the grains of word `index` of a page that lie in `lanes`.
fn mask_of(index: usize, lanes: &Range<u64>) -> u64 {
    let first = wide(index) * GRAINS_PER_WORD;
    let start = lanes.start.saturating_sub(first).min(GRAINS_PER_WORD);
    let end = lanes.end.saturating_sub(first).min(GRAINS_PER_WORD);
    let below = |lane: u64| {
        if lane == GRAINS_PER_WORD {
            u64::MAX
        } else {
            (1 << (lane * 2)) - 1
        }
    };
    below(end) & !below(start) & LOW
}

fn after(word: u64, mask: u64, mark: Mark) -> u64 {
    let both = mask | mask << 1;
    match mark {
        Mark::Absent => word & !both,
        Mark::Zero => word & !both | mask << 1,
        Mark::Written => {
            // Absent and fresh become fresh; data and zero become data.
            let high = !(word ^ word >> 1) & mask;
            word & !both | mask | high << 1
        }
    }
}

/// The pages for which the file is not a hole.
fn stored_pages(file: &File) -> io::Result<Vec<u64>> {
    let mut pages = Vec::new();
    let mut at = HEADER;
    while let Some(stored) = next_stored(file, at)? {
        let first = (stored.start - HEADER) / PAGE_BYTES;
        let last = (stored.end - HEADER).div_ceil(PAGE_BYTES);
        pages.extend(first..last.min(GRAINS / GRAINS_PER_PAGE));
        at = stored.end;
    }
    Ok(pages)
}

/// The first stretch of a file from `at` on that is not a hole.
pub(crate) fn next_stored(file: &File, at: u64) -> io::Result<Option<Range<u64>>> {
    let Some(start) = seek(file, rustix::fs::SeekFrom::Data(at))? else {
        return Ok(None);
    };
    let end = seek(file, rustix::fs::SeekFrom::Hole(start))?.unwrap_or(start);
    Ok((end > start).then_some(start..end))
}

fn seek(file: &File, to: rustix::fs::SeekFrom) -> io::Result<Option<u64>> {
    match rustix::fs::seek(file, to) {
        Ok(at) => Ok(Some(at)),
        Err(rustix::io::Errno::NXIO) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Fills `bytes` from `offset` on, with zeros after the end of the file.
pub(crate) fn read_to_end_of_file(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match file.read_at(&mut bytes[done..], offset + wide(done)) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes[done..].fill(0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> Map {
        Map::open(tempfile::tempfile().unwrap()).unwrap()
    }

    #[test]
    fn a_mark_shows_in_runs_across_words_pages_and_shelves() {
        for start in [0, 31, GRAINS_PER_PAGE - 3, GRAINS_PER_SHELF - 2, GRAINS - 9] {
            let map = map();
            map.mark(start..start + 7, Mark::Written).unwrap();
            map.mark(start + 2..start + 4, Mark::Zero).unwrap();
            assert_eq!(map.run(start, 7).unwrap(), (Seen::Data, 2));
            assert_eq!(map.run(start + 2, 5).unwrap(), (Seen::Zero, 2));
            assert_eq!(map.run(start + 4, 5).unwrap(), (Seen::Data, 3));
            assert_eq!(map.run(start + 7, 2).unwrap(), (Seen::Absent, 2));
            map.mark(start..start + 7, Mark::Absent).unwrap();
            assert_eq!(map.run(start, 9).unwrap(), (Seen::Absent, 9));
        }
    }

    #[test]
    fn a_map_that_was_never_marked_is_one_absent_run_and_stores_nothing() {
        let map = map();
        assert_eq!(map.run(0, GRAINS).unwrap(), (Seen::Absent, GRAINS));
        map.mark(0..GRAINS, Mark::Absent).unwrap();
        assert!(map.is_untouched());
        assert_eq!(map.file.metadata().unwrap().len(), 0);
    }

    #[test]
    fn a_map_opened_again_says_the_same() {
        let map = map();
        map.mark(5..90, Mark::Written).unwrap();
        map.mark(GRAINS_PER_SHELF..GRAINS_PER_SHELF + 3, Mark::Zero)
            .unwrap();
        let again = Map::open(map.file.try_clone().unwrap()).unwrap();
        assert!(!again.is_untouched());
        assert_eq!(again.run(5, 1000).unwrap(), (Seen::Data, 85));
        assert_eq!(again.run(GRAINS_PER_SHELF, 9).unwrap(), (Seen::Zero, 3));
    }

    #[test]
    fn only_grains_that_were_settled_outlive_the_machine() {
        let map = map();
        map.mark(10..20, Mark::Written).unwrap();
        map.mark(40..41, Mark::Written).unwrap();
        let fresh = map.take_fresh().unwrap();
        map.mark(15..30, Mark::Written).unwrap();
        map.mark(100..104, Mark::Zero).unwrap();
        map.mark(102..103, Mark::Written).unwrap();
        map.settle(&fresh, &AtomicU64::new(0)).unwrap();
        let again = Map::open(map.file.try_clone().unwrap()).unwrap();
        assert_eq!(again.run(10, 50).unwrap(), (Seen::Data, 20));
        again.forget_fresh().unwrap();
        assert_eq!(
            again.run(10, 50).unwrap(),
            (Seen::Data, 10),
            "fresh grains are forgotten"
        );
        assert_eq!(again.run(40, 2).unwrap(), (Seen::Data, 1));
        assert_eq!(again.run(100, 2).unwrap(), (Seen::Zero, 2));
        assert_eq!(
            again.run(102, 9).unwrap(),
            (Seen::Data, 1),
            "zero to data needs no care"
        );
    }
}
