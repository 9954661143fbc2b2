//! A volume against a plain vector of bytes: random writes, zeros, trims, freezes, rebases, growth, reopening,
//! crashes in the middle of every change of shape, and loss of power.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    reason = "tests fail by panicking, say what they skip, and count in small numbers"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use device::volume::Conditions;
use device::{Base, Error, Extent, Frozen, FrozenId, GRAIN, Kind, New, Volume, ZeroBase, Zeroing};
use proptest::prelude::*;

const SIZE: u64 = 40 * 4096 + 1536;

/// A base in memory that knows which grains of it are zeros.
pub struct Memory(pub Vec<u8>);

impl Base for Memory {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let start = offset as usize;
        buf.copy_from_slice(&self.0[start..start + buf.len()]);
        Ok(())
    }

    fn extents(&self, offset: u64, length: u64) -> io::Result<Vec<Extent>> {
        let (mut at, end) = (offset / GRAIN * GRAIN, offset + length);
        let mut list = Vec::new();
        while at < end {
            let stop = (at + GRAIN).min(self.size());
            let zero = self.0[at as usize..stop as usize]
                .iter()
                .all(|byte| *byte == 0);
            let kind = if zero { Kind::Zero } else { Kind::Data };
            list.push(Extent {
                offset: at,
                length: stop - at,
                kind,
            });
            at = stop;
        }
        Ok(list)
    }
}

fn pattern(length: usize, seed: u8) -> Vec<u8> {
    (0..length)
        .map(|at| (at as u8).wrapping_mul(31).wrapping_add(seed) | 1)
        .collect()
}

/// A base whose every third grain is zeros.
fn base_bytes() -> Vec<u8> {
    let mut bytes = pattern(SIZE as usize - 5000, 7);
    for (index, grain) in bytes.chunks_mut(4096).enumerate() {
        if index % 3 == 0 {
            grain.fill(0);
        }
    }
    bytes
}

fn whole(volume: &Volume) -> Vec<u8> {
    let mut bytes = vec![0xee; volume.size() as usize];
    volume.read_at(&mut bytes, 0).unwrap();
    bytes
}

fn whole_frozen(frozen: &Frozen) -> Vec<u8> {
    let mut bytes = vec![0xee; frozen.size() as usize];
    frozen.read_at(&mut bytes, 0).unwrap();
    bytes
}

/// Rebuilds the frozen bytes from the base and the changes alone, as an upload does.
fn applied(frozen: &Frozen, base: &[u8]) -> Vec<u8> {
    let mut bytes = base.to_vec();
    bytes.resize(frozen.size() as usize, 0);
    for change in frozen.changes() {
        let change = change.unwrap();
        assert_eq!(change.offset % GRAIN, 0);
        let part = &mut bytes[change.offset as usize..change.end() as usize];
        match change.kind {
            Kind::Data => frozen.read_at(part, change.offset).unwrap(),
            Kind::Zero => part.fill(0),
        }
    }
    bytes
}

fn assert_extents_are_true(volume: &Volume, bytes: &[u8]) {
    let mut at = 0;
    for extent in volume.extents(0, volume.size()).unwrap() {
        assert_eq!(extent.offset, at);
        at = extent.end();
        if extent.kind == Kind::Zero {
            assert!(
                bytes[extent.offset as usize..at as usize]
                    .iter()
                    .all(|byte| *byte == 0)
            );
        }
    }
    assert_eq!(at, volume.size());
}

#[derive(Clone, Debug)]
enum Step {
    Write(u64, usize, u8),
    Zero(u64, u64, u8),
    Flush,
    Freeze,
    Rebase(usize),
    Reopen,
    Grow(u64),
    /// Stops the next change of shape after so many steps, and opens the volume again.
    Crash(usize, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let offset = 0..SIZE + 100;
    let length = prop_oneof![1..700_usize, Just(4096), 1..20_000_usize];
    let step = prop_oneof![
        8 => (offset.clone(), length, any::<u8>()).prop_map(|(o, l, s)| Step::Write(o, l, s)),
        4 => (offset, 1..50_000_u64, 0..3_u8).prop_map(|(o, l, h)| Step::Zero(o, l, h)),
        1 => Just(Step::Flush),
        3 => Just(Step::Freeze),
        2 => (0..4_usize).prop_map(Step::Rebase),
        1 => Just(Step::Reopen),
        1 => (1..5_u64).prop_map(Step::Grow),
        3 => (0..16_usize, 0..3_u8).prop_map(|(at, what)| Step::Crash(at, what)),
    ];
    proptest::collection::vec(step, 1..60)
}

/// Fails the step that it is set to, and every one after it.
#[derive(Clone)]
struct Fuse(Arc<AtomicUsize>);

impl Fuse {
    fn new() -> Fuse {
        Fuse(Arc::new(AtomicUsize::new(usize::MAX)))
    }

    fn conditions(&self, boot: &str) -> Conditions {
        let fuse = Arc::clone(&self.0);
        let steps = move |_: &'static str| {
            let left = fuse.load(Ordering::Relaxed);
            if left == 0 {
                return Err(io::Error::other("stopped here"));
            }
            fuse.store(
                left.saturating_sub(usize::from(left != usize::MAX)),
                Ordering::Relaxed,
            );
            Ok(())
        };
        Conditions {
            steps: Some(Arc::new(steps)),
            boot: Some(boot.to_owned()),
            cipher: None,
        }
    }
}

struct Run {
    dir: PathBuf,
    fuse: Fuse,
    volume: Option<Volume>,
    model: Vec<u8>,
    /// The base that the reference names: an index into `bases`.
    bases: Vec<Vec<u8>>,
    frozen: Vec<(FrozenId, Vec<u8>, Frozen)>,
}

impl Run {
    fn new(dir: &Path) -> Run {
        let bases = vec![base_bytes()];
        let mut model = bases[0].clone();
        model.resize(SIZE as usize, 0);
        let fuse = Fuse::new();
        let base = Arc::new(Memory(bases[0].clone()));
        let new = New {
            size: SIZE,
            base_ref: "0",
        };
        let volume = Volume::create_under(dir, &new, base, fuse.conditions("a")).unwrap();
        let dir = dir.to_owned();
        Run {
            dir,
            fuse,
            volume: Some(volume),
            model,
            bases,
            frozen: Vec::new(),
        }
    }

    fn volume(&self) -> &Volume {
        self.volume.as_ref().unwrap()
    }

    fn reopen(&mut self) {
        self.volume = None;
        self.fuse.0.store(usize::MAX, Ordering::Relaxed);
        let conditions = self.fuse.conditions("a");
        let named = Volume::base_ref_under(&self.dir, &conditions).unwrap();
        let base = Arc::new(Memory(self.bases[named.parse::<usize>().unwrap()].clone()));
        self.volume = Some(Volume::open_under(&self.dir, base, conditions).unwrap());
        let both = ["manifest", "draft"].map(|name| self.dir.join(name).exists());
        let files = fs::read_dir(&self.dir).unwrap().count() - usize::from(both == [true, true]);
        assert!(
            files >= 4 && files.is_multiple_of(2),
            "the manifest or a draft of it, the lock, and two for each layer"
        );
        // Every state that can still be merged is found again by its name, and has its bytes.
        for (id, bytes, _) in &self.frozen {
            match self.volume().frozen(*id) {
                Ok(again) => {
                    // It is as large as the volume now is; what was added reads as zeros.
                    let mut bytes = bytes.clone();
                    bytes.resize(again.size() as usize, 0);
                    assert!(whole_frozen(&again) == bytes, "frozen {id:?} after opening");
                }
                Err(Error::Stale(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn freeze(&mut self) -> bool {
        let Ok(frozen) = self.volume().freeze() else {
            return false;
        };
        assert!(whole_frozen(&frozen) == self.model, "the frozen bytes");
        self.frozen.push((frozen.id(), self.model.clone(), frozen));
        true
    }

    fn rebase(&mut self, which: usize) -> bool {
        if self.frozen.is_empty() {
            return true;
        }
        let (id, bytes, frozen) = &self.frozen[which % self.frozen.len()];
        let base: usize = frozen.base_ref().parse().unwrap();
        assert!(
            applied(frozen, &self.bases[base]) == *bytes,
            "the changes make the frozen bytes"
        );
        self.bases.push(bytes.clone());
        let reference = (self.bases.len() - 1).to_string();
        let base = Arc::new(Memory(bytes.clone()));
        match self.volume().rebase(*id, base, &reference) {
            Ok(()) => {
                assert_eq!(self.volume().base_ref(), reference);
                true
            }
            Err(Error::Stale(_)) => true,
            Err(_) => false,
        }
    }

    fn grow(&mut self, by: u64) -> bool {
        let size = self.volume().size() + by * 512;
        let grown = self.volume().resize(size).is_ok();
        if grown {
            self.model.resize(size as usize, 0);
        }
        grown
    }

    fn crash(&mut self, at: usize, what: u8) {
        self.fuse.0.store(at, Ordering::Relaxed);
        let before = self.volume().size();
        let whole_change = match what {
            0 => self.freeze(),
            1 => self.rebase(at),
            _ => self.grow(3),
        };
        // It may live on after a failure, and must then still read the same.
        if !whole_change && at.is_multiple_of(2) {
            assert!(whole(self.volume()) == self.model, "after a failed change");
            self.fuse.0.store(usize::MAX, Ordering::Relaxed);
            self.volume().write_at(&[0x99; 600], 9000).unwrap();
            self.model[9000..9600].fill(0x99);
        }
        self.reopen();
        if self.volume().size() != before && !whole_change {
            // The crash came after the growth was durable.
            self.model.resize(self.volume().size() as usize, 0);
        }
    }

    fn step(&mut self, step: &Step) {
        let size = self.model.len() as u64;
        match *step {
            Step::Write(offset, length, seed) => {
                let bytes = pattern(length, seed);
                let written = self.volume().write_at(&bytes, offset);
                assert_eq!(written.is_ok(), offset + length as u64 <= size);
                if written.is_ok() {
                    self.model[offset as usize..][..length].copy_from_slice(&bytes);
                }
            }
            Step::Zero(offset, length, how) => self.zero(offset, length, how),
            Step::Flush => self.volume().flush().unwrap(),
            Step::Freeze => assert!(self.freeze()),
            Step::Rebase(which) => assert!(self.rebase(which)),
            Step::Reopen => self.reopen(),
            Step::Grow(by) => assert!(self.grow(by)),
            Step::Crash(at, what) => self.crash(at, what),
        }
    }

    fn zero(&mut self, offset: u64, length: u64, how: u8) {
        let size = self.model.len() as u64;
        let (offset, how) = (
            offset.min(size),
            [Zeroing::Trim, Zeroing::Punch, Zeroing::Allocate][how as usize],
        );
        let length = length.min(size - offset);
        self.volume().zero(offset, length, how).unwrap();
        let (mut start, mut end) = (offset, offset + length);
        if how == Zeroing::Trim {
            start = start.next_multiple_of(GRAIN);
            end = if end == size {
                end
            } else {
                end / GRAIN * GRAIN
            };
        }
        if start < end {
            self.model[start as usize..end as usize].fill(0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, max_shrink_iters: 4000, ..ProptestConfig::default() })]

    #[test]
    fn a_volume_reads_like_a_vector_whatever_happens_to_it(steps in steps()) {
        let dir = tempfile::tempdir_in("/dev/shm").unwrap();
        let mut run = Run::new(&dir.path().join("v"));
        for (number, step) in steps.iter().enumerate() {
            run.step(step);
            let bytes = whole(run.volume());
            prop_assert!(bytes == run.model, "after step {}, {:?}", number, step);
        }
        assert_extents_are_true(run.volume(), &run.model);
        for (_, bytes, frozen) in &run.frozen {
            prop_assert!(whole_frozen(frozen) == *bytes, "frozen bytes never change");
        }
    }
}

#[derive(Clone, Debug)]
enum Unsynced {
    Write(u64, usize, u8),
    Zero(u64, u64),
    Flush,
    Freeze,
}

fn unsynced() -> impl Strategy<Value = Unsynced> {
    let length = prop_oneof![Just(512_usize), Just(4096), 1..20_000_usize];
    let zeros = (0..SIZE - 50_000, prop_oneof![Just(4096_u64), 1..50_000_u64]);
    prop_oneof![
        6 => (0..SIZE - 20_000, length, any::<u8>())
            .prop_map(|(o, l, s)| Unsynced::Write(o / 512 * 512, l.next_multiple_of(512), s)),
        2 => zeros.prop_map(|(o, l)| Unsynced::Zero(o / 512 * 512, l.next_multiple_of(512))),
        2 => Just(Unsynced::Flush),
        1 => Just(Unsynced::Freeze),
    ]
}

impl Unsynced {
    fn apply(&self, volume: &Volume) {
        match *self {
            Unsynced::Write(offset, length, seed) => {
                volume.write_at(&pattern(length, seed), offset).unwrap();
            }
            Unsynced::Zero(offset, length) => volume.zero(offset, length, Zeroing::Punch).unwrap(),
            Unsynced::Flush => volume.flush().unwrap(),
            Unsynced::Freeze => drop(volume.freeze().unwrap()),
        }
    }
}

/// What each sector may hold after the power has gone: what was flushed, or anything written since.
struct Sectors(Vec<Vec<Vec<u8>>>);

impl Sectors {
    fn record(&mut self, bytes: &[u8]) {
        for (allowed, now) in self.0.iter_mut().zip(bytes.chunks(512)) {
            if allowed.last().map(Vec::as_slice) != Some(now) {
                allowed.push(now.to_vec());
            }
        }
    }

    fn flushed(&mut self) {
        for allowed in &mut self.0 {
            let newest = allowed.pop().unwrap();
            *allowed = vec![newest];
        }
    }
}

/// Files of a directory, as a disk might have them.
fn files_of(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |entry: io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        (
            entry.file_name().into_string().unwrap(),
            fs::read(entry.path()).unwrap(),
        )
    };
    fs::read_dir(dir).unwrap().map(read).collect()
}

/// Puts back any of the sectors of layer files that changed since the last flush: the kernel writes pages in
/// any order, and what it has not written is lost.
fn lose_power(dir: &Path, durable: &[(String, Vec<u8>)], mut lose: impl FnMut() -> bool) {
    for (name, now) in files_of(dir)
        .iter()
        .filter(|(name, _)| name.starts_with("layer"))
    {
        let old = durable
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, bytes)| bytes);
        let file = fs::File::options()
            .write(true)
            .open(dir.join(name))
            .unwrap();
        // A new file's map header is synced before the manifest names it.
        let first = if name.ends_with(".map") && old.is_none() {
            4096
        } else {
            0
        };
        for at in (first..now.len()).step_by(512) {
            let end = (at + 512).min(now.len());
            let mut before = old.map_or(Vec::new(), |old| {
                old[at.min(old.len())..end.min(old.len())].to_vec()
            });
            before.resize(end - at, 0);
            if before != now[at..end] && lose() {
                file.write_all_at(&before, at as u64).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn after_the_loss_of_power_every_sector_is_what_was_flushed_or_written_since(
        lives in proptest::collection::vec(proptest::collection::vec(unsynced(), 1..14), 1..4),
        coins in proptest::collection::vec(any::<bool>(), 97),
    ) {
        let home = tempfile::tempdir_in("/dev/shm").unwrap();
        let dir = home.path().join("v");
        let base = Arc::new(Memory(base_bytes()));
        let boot = |name: &str| Conditions { boot: Some(name.to_owned()), ..Conditions::default() };
        let new = New { size: SIZE, base_ref: "" };
        let mut volume = Volume::create_under(&dir, &new, base.clone(), boot("0")).unwrap();
        let mut sectors = Sectors(vec![Vec::new(); SIZE as usize / 512]);
        let mut coins = coins.iter().cycle();
        // The power goes more than once, so that what one loss leaves behind meets the next.
        for (life, steps) in lives.iter().enumerate() {
            sectors.record(&whole(&volume));
            sectors.flushed();
            let mut durable = files_of(&dir);
            for step in steps {
                step.apply(&volume);
                sectors.record(&whole(&volume));
                if matches!(step, Unsynced::Flush) {
                    sectors.flushed();
                    durable = files_of(&dir);
                }
            }
            drop(volume);
            lose_power(&dir, &durable, || *coins.next().unwrap());
            let next = boot(&(life + 1).to_string());
            let after = match Volume::open_under(&dir, base.clone(), next.clone()) {
                // Nothing of it was ever flushed or frozen.
                Err(Error::Missing(_)) if !dir.join("manifest").exists() => {
                    Volume::create_under(&dir, &new, base.clone(), next.clone()).unwrap()
                }
                opened => opened.unwrap(),
            };
            let bytes = whole(&after);
            for (index, sector) in bytes.chunks(512).enumerate() {
                prop_assert!(
                    sectors.0[index].iter().any(|allowed| allowed == sector),
                    "sector {} holds what was never there, in life {}", index, life
                );
            }
            // And that is what it stays, across an ordinary reopening in the new boot.
            drop(after);
            volume = Volume::open_under(&dir, base.clone(), next).unwrap();
            prop_assert!(whole(&volume) == bytes);
        }
    }
}

#[test]
fn concurrent_writes_to_parts_of_the_same_grains_are_all_kept() {
    let home = tempfile::tempdir().unwrap();
    let base = Arc::new(Memory(vec![0xbb; 1 << 20]));
    let new = New {
        size: 1 << 20,
        base_ref: "",
    };
    let volume = Volume::create(&home.path().join("v"), &new, base).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..8_u64 {
            let volume = &volume;
            scope.spawn(move || {
                for grain in 0..256 {
                    volume
                        .write_at(&[writer as u8 + 1; 512], grain * GRAIN + writer * 512)
                        .unwrap();
                }
            });
        }
        scope.spawn(|| (0..20).for_each(|_| drop(volume.freeze().unwrap())));
        scope.spawn(|| (0..20).for_each(|_| volume.flush().unwrap()));
    });
    for (index, sector) in whole(&volume).chunks(512).enumerate() {
        assert_eq!(sector, [index as u8 % 8 + 1; 512], "sector {index}");
    }
}

#[test]
fn a_freeze_takes_whole_writes_and_none_that_began_after_it() {
    let home = tempfile::tempdir().unwrap();
    let new = New {
        size: 1 << 20,
        base_ref: "",
    };
    let volume =
        Volume::create(&home.path().join("v"), &new, Arc::new(ZeroBase { size: 0 })).unwrap();
    let answered = Mutex::new(0_u8);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=200 {
                volume.write_at(&vec![round; 1 << 20], 0).unwrap();
                *answered.lock().unwrap() = round;
            }
        });
        for _ in 0..20 {
            let before = *answered.lock().unwrap();
            let frozen = volume.freeze().unwrap();
            let after = *answered.lock().unwrap();
            let found: BTreeSet<u8> = whole_frozen(&frozen).into_iter().collect();
            assert_eq!(found.len(), 1, "a write is in it as a whole");
            let found = *found.first().unwrap();
            assert!(
                (before..=after + 1).contains(&found),
                "{before} <= {found} <= {after} + 1"
            );
        }
    });
}

#[test]
fn a_large_volume_costs_what_a_small_one_costs() {
    let home = tempfile::tempdir().unwrap();
    let mut allocated = Vec::new();
    for (name, size) in [
        ("small", 8_u64 << 30),
        ("large", 1 << 40),
        ("largest", 64 << 40),
    ] {
        let dir = home.path().join(name);
        let base = || Arc::new(ZeroBase { size });
        let volume = Volume::create(&dir, &New { size, base_ref: "" }, base()).unwrap();
        drop(volume);
        let volume = Volume::open(&dir, base()).unwrap();
        let mut last = [1; 512];
        volume.read_at(&mut last, size - 512).unwrap();
        assert_eq!(last, [0; 512]);
        volume.zero(0, size, Zeroing::Trim).unwrap();
        assert_eq!(
            volume.freeze().unwrap().changes().count(),
            0,
            "zeros over zeros are no change"
        );
        let blocks = |entry: io::Result<fs::DirEntry>| {
            use std::os::unix::fs::MetadataExt;
            entry.unwrap().metadata().unwrap().blocks()
        };
        allocated.push(fs::read_dir(&dir).unwrap().map(blocks).sum::<u64>());
    }
    assert_eq!(allocated[0], allocated[1]);
    assert_eq!(allocated[0], allocated[2]);
    assert!(
        allocated[0] * 512 <= 16 << 10,
        "{} bytes",
        allocated[0] * 512
    );
}

#[test]
fn trimmed_space_is_given_back() {
    use std::os::unix::fs::MetadataExt;
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("v");
    let new = New {
        size: 64 << 20,
        base_ref: "",
    };
    let volume = Volume::create(&dir, &new, Arc::new(ZeroBase { size: 0 })).unwrap();
    volume.write_at(&vec![7; 16 << 20], 0).unwrap();
    volume.flush().unwrap();
    let blocks = || fs::metadata(dir.join("layer-1.data")).unwrap().blocks();
    assert!(blocks() * 512 >= 16 << 20);
    volume.zero(0, 16 << 20, Zeroing::Trim).unwrap();
    volume.flush().unwrap();
    assert!(blocks() * 512 < 1 << 20);
    assert_eq!(volume.counters().flushes, 2);
}

#[test]
fn a_volume_is_open_once_and_damage_is_told_from_absence() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("v");
    let zero = || Arc::new(ZeroBase { size: 0 });
    let new = New {
        size: 1 << 20,
        base_ref: "r",
    };
    assert!(matches!(Volume::open(&dir, zero()), Err(Error::Missing(_))));
    let volume = Volume::create(&dir, &new, zero()).unwrap();
    assert!(matches!(Volume::open(&dir, zero()), Err(Error::Busy(_))));
    assert!(matches!(
        Volume::create(&dir, &new, zero()),
        Err(Error::Busy(_))
    ));
    assert!(matches!(Volume::delete(&dir), Err(Error::Busy(_))));
    assert!(matches!(volume.resize(512), Err(Error::Size { .. })));
    drop(volume);
    assert!(matches!(
        Volume::create(&dir, &new, zero()),
        Err(Error::Exists(_))
    ));
    let large = Arc::new(ZeroBase { size: 2 << 20 });
    assert!(matches!(Volume::open(&dir, large), Err(Error::Size { .. })));
    let map = dir.join("layer-1.map");
    let mut bytes = fs::read(&map).unwrap();
    bytes[9] ^= 1;
    fs::write(&map, &bytes).unwrap();
    assert!(matches!(
        Volume::open(&dir, zero()),
        Err(Error::Damaged { .. })
    ));
    fs::remove_file(&map).unwrap();
    assert!(matches!(
        Volume::open(&dir, zero()),
        Err(Error::Damaged { .. })
    ));
    Volume::delete(&dir).unwrap();
    assert!(!dir.exists());
    Volume::delete(&dir).unwrap();
}

/// A file system of 3 MiB, if this user may mount one.
struct Small(tempfile::TempDir);

impl Small {
    fn mount() -> Option<Small> {
        let home = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=3m", "small"])
            .arg(home.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Small(home)),
            Ok(_) | Err(_) => {
                eprintln!("this user may not mount a file system: not tested");
                None
            }
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let unmounted = std::process::Command::new("umount")
            .arg("-l")
            .arg(self.0.path())
            .status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

#[test]
fn a_full_disk_is_an_error_and_harms_nothing() {
    let Some(small) = Small::mount() else { return };
    let dir = small.0.path().join("v");
    let base = Arc::new(Memory(pattern(8 << 20, 3)));
    let new = New {
        size: 8 << 20,
        base_ref: "",
    };
    let volume = Volume::create(&dir, &new, base.clone()).unwrap();
    let mut model = whole(&volume);
    let mut refused = 0;
    for number in 0..700_usize {
        let (offset, bytes) = (number * 11_000, [number as u8; 5000]);
        match volume.write_at(&bytes, offset as u64) {
            Ok(()) => model[offset..offset + 5000].copy_from_slice(&bytes),
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::StorageFull);
                refused += 1;
                // The grains that it covers hold what they held, or a part of what was to be written.
                volume
                    .read_at(&mut model[offset..offset + 5000], offset as u64)
                    .unwrap();
            }
        }
    }
    assert!(refused > 100, "{refused} writes were refused");
    assert!(volume.freeze().is_err() || whole(&volume) == model);
    assert!(whole(&volume) == model, "nothing else changed");
    drop(volume);
    let volume = Volume::open(&dir, base).unwrap();
    assert!(whole(&volume) == model, "also after opening again");
    volume.zero(0, 4 << 20, Zeroing::Trim).unwrap();
    volume.write_at(&[1; 5000], 6 << 20).unwrap();
    volume.flush().unwrap();
}
