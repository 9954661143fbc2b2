//! New volumes: what a killed process and the loss of power leave of one, at every step from its making to its
//! first flush, and how often it asks the disk to sync.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "tests fail by panicking, and count in small numbers"
)]

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use device::volume::Conditions;
use device::{Error, New, Result, Volume, ZeroBase};

const SIZE: u64 = 64 << 10;
const NEW: New<'static> = New {
    size: SIZE,
    base_ref: "x",
};
/// More steps than there are from the making of a volume to the end of its first flush.
const STEPS: usize = 16;

fn base() -> Arc<ZeroBase> {
    Arc::new(ZeroBase { size: 0 })
}

fn boot(name: &str) -> Conditions {
    Conditions {
        boot: Some(name.to_owned()),
        ..Conditions::default()
    }
}

/// Stops every change after `at` steps.
fn stopped(at: usize, name: &str) -> Conditions {
    let done = AtomicUsize::new(0);
    let steps = move |_: &'static str| match done.fetch_add(1, Ordering::Relaxed) {
        step if step < at => Ok(()),
        _ => Err(io::Error::other("stopped here")),
    };
    Conditions {
        steps: Some(Arc::new(steps)),
        ..boot(name)
    }
}

/// How far a volume came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    Nothing,
    Written,
    Flushed,
}

/// A new volume that is written and flushed in boot "a", until it is stopped at a step.
fn live(dir: &Path, at: usize) -> Reached {
    let Ok(volume) = Volume::create_under(dir, &NEW, base(), stopped(at, "a")) else {
        return Reached::Nothing;
    };
    volume.write_at(&[7; 8192], 4096).unwrap();
    match volume.flush() {
        Ok(()) => Reached::Flushed,
        Err(_) => Reached::Written,
    }
}

fn written(byte: u8) -> Vec<u8> {
    let mut bytes = vec![0; SIZE as usize];
    bytes[4096..4096 + 8192].fill(byte);
    bytes
}

fn whole(volume: &Volume) -> Vec<u8> {
    let mut bytes = vec![0xee; SIZE as usize];
    volume.read_at(&mut bytes, 0).unwrap();
    bytes
}

/// A folder that was given up is a place for a new volume, and nothing of the old one is in that.
fn made_again(dir: &Path, name: &str) -> Volume {
    assert!(matches!(
        Volume::base_ref_under(dir, &boot(name)),
        Err(Error::Missing(_))
    ));
    let volume = Volume::create_under(dir, &NEW, base(), boot(name)).unwrap();
    assert!(whole(&volume) == vec![0; SIZE as usize]);
    volume
}

/// Whoever has a volume can write and flush it, and has that after the next loss of power.
fn keeps_what_is_flushed(volume: Volume, dir: &Path) {
    volume.write_at(&[9; 8192], 4096).unwrap();
    volume.flush().unwrap();
    drop(volume);
    assert!(dir.join("manifest").exists() && !dir.join("draft").exists());
    assert!(whole(&Volume::open_under(dir, base(), boot("c")).unwrap()) == written(9));
}

#[test]
fn a_process_killed_at_any_step_leaves_nothing_or_every_answered_write() {
    let mut seen = Vec::new();
    for at in 0..STEPS {
        let home = tempfile::tempdir_in("/dev/shm").unwrap();
        let dir = home.path().join("v");
        let reached = live(&dir, at);
        seen.push(reached);
        let volume = match Volume::open_under(&dir, base(), boot("a")) {
            Ok(volume) if reached > Reached::Nothing => {
                assert!(whole(&volume) == written(7), "stopped at {at}");
                volume
            }
            // The last step of the making can fail when the volume is already there.
            Ok(volume) => {
                assert!(whole(&volume) == vec![0; SIZE as usize]);
                volume
            }
            Err(Error::Missing(_)) if reached == Reached::Nothing => made_again(&dir, "a"),
            Err(error) => panic!("stopped at {at}, {reached:?}: {error}"),
        };
        keeps_what_is_flushed(volume, &dir);
    }
    assert!(seen.is_sorted());
    assert!(seen.contains(&Reached::Written) && seen.last() == Some(&Reached::Flushed));
}

/// What the loss of power can make of a file that was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Kept,
    Gone,
    Empty,
    Zeroed,
}

impl Fate {
    const ALL: [Fate; 4] = [Fate::Kept, Fate::Gone, Fate::Empty, Fate::Zeroed];

    fn strike(self, path: &Path) {
        let Ok(bytes) = fs::read(path) else { return };
        match self {
            Fate::Kept => {}
            Fate::Gone => fs::remove_file(path).unwrap(),
            Fate::Empty => fs::write(path, []).unwrap(),
            Fate::Zeroed => fs::write(path, vec![0; bytes.len()]).unwrap(),
        }
    }
}

/// Draft, manifest, data and map.
type Fates = [Fate; 4];

fn fates() -> impl Iterator<Item = Fates> {
    let each = Fate::ALL;
    (0..256).map(move |n| [n % 4, n / 4 % 4, n / 16 % 4, n / 64].map(|fate| each[fate]))
}

/// Whether what was synced, in the order that it was, lets the power do this. The manifest takes its name when
/// it and the map have been synced: then it is there as it is or not at all, and while it is there so is the map.
fn can_be(fates: Fates, manifest: bool) -> bool {
    let [_, fate, data, map] = fates;
    match (manifest, fate) {
        (false, fate) => fate == Fate::Kept,
        (true, Fate::Kept) => map == Fate::Kept && data != Fate::Gone,
        (true, fate) => fate == Fate::Gone,
    }
}

#[test]
fn power_lost_at_any_step_leaves_nothing_or_a_volume_with_what_was_flushed() {
    let (mut gone, mut found) = (0, 0);
    for at in 0..STEPS {
        let rehearsal = tempfile::tempdir_in("/dev/shm").unwrap();
        let flushed = live(rehearsal.path(), at) == Reached::Flushed;
        let manifest = rehearsal.path().join("manifest").exists();
        let possible = |fates: &Fates| match flushed {
            true => *fates == [Fate::Kept; 4],
            false => can_be(*fates, manifest),
        };
        for fates in fates().filter(possible) {
            let home = tempfile::tempdir_in("/dev/shm").unwrap();
            let dir = home.path().join("v");
            let reached = live(&dir, at);
            for (name, fate) in ["draft", "manifest", "layer-1.data", "layer-1.map"]
                .iter()
                .zip(fates)
            {
                fate.strike(&dir.join(name));
            }
            let volume = match Volume::open_under(&dir, base(), boot("b")) {
                Ok(volume) => {
                    found += 1;
                    let bytes = whole(&volume);
                    let lost = reached < Reached::Flushed && bytes == vec![0; SIZE as usize];
                    assert!(lost || bytes == written(7), "stopped at {at}, {fates:?}");
                    volume
                }
                Err(Error::Missing(_)) if reached < Reached::Flushed => {
                    gone += 1;
                    made_again(&dir, "b")
                }
                Err(error) => panic!("stopped at {at}, {reached:?}, {fates:?}: {error}"),
            };
            keeps_what_is_flushed(volume, &dir);
        }
    }
    assert!(gone > 0 && found > 0, "{gone} gone, {found} found");
}

#[test]
fn what_was_flushed_is_never_taken_for_a_draft() {
    for flushed in [true, false] {
        let home = tempfile::tempdir_in("/dev/shm").unwrap();
        let dir = home.path().join("v");
        let volume = Volume::create_under(&dir, &NEW, base(), boot("a")).unwrap();
        let draft = fs::read(dir.join("draft")).unwrap();
        volume.write_at(&[7; 8192], 4096).unwrap();
        if flushed {
            volume.flush().unwrap();
        } else {
            // A frozen state is named elsewhere: it is durable without a flush.
            volume.freeze().unwrap();
        }
        drop(volume);
        // The removal of the draft may be lost.
        fs::write(dir.join("draft"), &draft).unwrap();
        for name in ["a", "b", "b", "c"] {
            let volume = Volume::open_under(&dir, base(), boot(name)).unwrap();
            let lost = !flushed && name != "a";
            assert!(whole(&volume) == written(if lost { 0 } else { 7 }));
        }
        fs::write(dir.join("draft"), &draft).unwrap();
        fs::write(dir.join("manifest"), b"").unwrap();
        let damaged = |found: Result<Volume>| matches!(found, Err(Error::Damaged { .. }));
        assert!(damaged(Volume::open_under(&dir, base(), boot("a"))));
        assert!(damaged(Volume::create_under(&dir, &NEW, base(), boot("a"))));
    }
}

#[test]
fn a_process_killed_before_the_name_was_durable_leaves_that_to_the_next() {
    let home = tempfile::tempdir_in("/dev/shm").unwrap();
    let dir = home.path().join("v");
    let at = (0..STEPS)
        .find(|at| {
            Volume::delete(&dir).unwrap();
            live(&dir, *at);
            dir.join("manifest").exists()
        })
        .unwrap();
    assert!(dir.join("draft").exists(), "stopped at {at}");
    let names = Arc::new(Mutex::new(Vec::new()));
    let heard = names.clone();
    let steps = move |name: &'static str| {
        heard.lock().unwrap().push(name);
        Ok(())
    };
    let conditions = Conditions {
        steps: Some(Arc::new(steps)),
        ..boot("a")
    };
    let volume = Volume::open_under(&dir, base(), conditions).unwrap();
    volume.flush().unwrap();
    assert!(names.lock().unwrap().contains(&"settle: named"));
    keeps_what_is_flushed(volume, &dir);
}

#[test]
fn a_new_volume_costs_no_sync_whatever_its_size() {
    let home = tempfile::tempdir().unwrap();
    let syncs = |size: u64| {
        let dir = home.path().join(size.to_string());
        let base = || Arc::new(ZeroBase { size });
        let volume = Volume::create(&dir, &New { size, base_ref: "" }, base()).unwrap();
        let mut sector = [1; 512];
        volume.read_at(&mut sector, 0).unwrap();
        volume.flush().unwrap();
        let made = volume.counters().syncs;
        volume.write_at(&[1; 4096], size - 4096).unwrap();
        let written = volume.counters().syncs;
        volume.flush().unwrap();
        let first = volume.counters().syncs;
        volume.write_at(&[2; 4096], size - 4096).unwrap();
        volume.flush().unwrap();
        volume.flush().unwrap();
        [made, written, first, volume.counters().syncs - first]
    };
    let small = syncs(8 << 30);
    // The map, the manifest and two directories once; then the data and the map, as of any first flush.
    assert_eq!(small, [0, 0, 6, 1]);
    assert_eq!(small, syncs(1 << 40));
}
