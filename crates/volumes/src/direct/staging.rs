//! Where put blocks wait: a folder like a volume's, and in it the list `written` of the blocks that
//! were acknowledged, with their checksums.
//!
//! A block is written to the volume first and to the list second, so a block on the list is there,
//! whenever the process is killed. Both are durable before the block counts as put; blocks that are
//! put at the same time share a sync. The list names the boot of the machine it was written under:
//! after another boot, the list may name blocks that never were acknowledged and are not there, so
//! every block on it is read and compared, and those that are not what they were are dropped.
//!
//! The list: 16 bytes of the boot's name, then records of 48 bytes: index (8, little-endian),
//! checksum (32), first 8 bytes of the SHA-256 of those 40. Reading ends at the first record that
//! is short or wrong, and the rest is cut off.

use super::Checksum;
use super::to_come::{Map, ToCome};
use super::together::Together;
use super::wanted::Wanted;
use crate::fault::Attempt;
use aws_lc_rs::digest::{SHA256, digest};
use base::{Error, Reason, SnapshotId, Subject, Timestamp};
use blocks::BLOCK;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, OwnedRwLockWriteGuard, RwLock};

const LIST: &str = "written";
const HEAD: usize = 16;
const RECORD: usize = 48;

/// The snapshots that are being written in this process.
#[derive(Default)]
pub(crate) struct Sessions {
    by_id: Mutex<HashMap<SnapshotId, Arc<Session>>>,
}

/// One of them. Whoever puts or reads a block holds the gate shared; whoever says what is to come,
/// completes, expires or removes the snapshot holds it alone.
#[derive(Default)]
pub(crate) struct Session {
    pub(super) gate: Arc<RwLock<Option<Arc<Staging>>>>,
    /// Blocks that are being put now.
    under_way: Mutex<HashMap<u64, (Checksum, usize)>>,
    last_write: AtomicI64,
    pub(super) wanted: Wanted,
    /// Told when more can be read than before, and when the folder is gone.
    pub(super) changed: Notify,
}

/// The open folder.
pub(crate) struct Staging {
    pub(super) device: Arc<device::Volume>,
    cipher: device::Sealed,
    list: Mutex<File>,
    /// The blocks that are durable.
    written: Mutex<BTreeMap<u64, Checksum>>,
    together: Together,
    folder: PathBuf,
    to_come: Mutex<ToCome>,
    /// Whether all blocks are there that ever will be.
    sealed: AtomicBool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sessions {
    pub(crate) fn get(&self, id: &SnapshotId) -> Arc<Session> {
        locked(&self.by_id).entry(id.clone()).or_default().clone()
    }

    pub(crate) fn forget(&self, id: &SnapshotId) {
        locked(&self.by_id).remove(id);
    }
}

impl Session {
    pub(crate) async fn alone(&self) -> OwnedRwLockWriteGuard<Option<Arc<Staging>>> {
        self.gate.clone().write_owned().await
    }

    /// When a block was last put: what the row says, or what this process knows better.
    pub(crate) fn last_write(&self, direct: &crate::Direct) -> Timestamp {
        let known = Timestamp::from_millis(self.last_write.load(Ordering::Relaxed));
        known.max(direct.last_write)
    }

    pub(super) fn note_write(&self, now: Timestamp) {
        self.last_write.fetch_max(now.millis(), Ordering::Relaxed);
    }

    /// Marks a block as being put. Refused while other contents are being put there.
    pub(super) fn begin(self: &Arc<Session>, index: u64, checksum: Checksum) -> Option<UnderWay> {
        let mut under_way = locked(&self.under_way);
        let (content, count) = under_way.entry(index).or_insert((checksum, 0));
        if *content != checksum {
            return None;
        }
        *count += 1;
        Some(UnderWay {
            session: self.clone(),
            index,
        })
    }
}

pub(super) struct UnderWay {
    session: Arc<Session>,
    index: u64,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut under_way = locked(&self.session.under_way);
        if let Some((_, count)) = under_way.get_mut(&self.index) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.index);
            }
        }
    }
}

impl Staging {
    /// The open folder with its list. Blocks.
    pub(super) fn open(
        device: Arc<device::Volume>,
        folder: &Path,
        cipher: device::Sealed,
    ) -> Attempt<Staging> {
        let boot = boot()?;
        let path = folder.join(LIST);
        let mut list = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut bytes = Vec::new();
        list.read_to_end(&mut bytes)?;
        let same_boot = bytes.get(..HEAD) == Some(&boot[..]);
        let sealed = parse(bytes.get(HEAD..).unwrap_or_default());
        let mut written = BTreeMap::new();
        for (index, mut checksum) in sealed {
            if let Some(cipher) = &cipher {
                cipher.open_apart(index, &mut checksum)?;
            }
            written.insert(index, checksum);
        }
        if same_boot {
            let good = records(bytes.get(HEAD..).unwrap_or_default()).count();
            set_end(&mut list, HEAD + good * RECORD)?;
        } else {
            keep_what_is_there(&device, &mut written)?;
            write_again(&mut list, (&device, &cipher), &boot, &written)?;
            // It may be new.
            File::open(folder)?.sync_all()?;
        }
        let to_come = ToCome::open(folder, device.size())?;
        Ok(Staging {
            device,
            cipher,
            list: Mutex::new(list),
            written: Mutex::new(written),
            together: Together::default(),
            folder: folder.to_owned(),
            to_come: Mutex::new(to_come),
            sealed: AtomicBool::new(false),
        })
    }

    /// Writes a block and then its record, and waits until both are durable. Blocks.
    pub(super) fn put(&self, index: u64, data: &[u8], checksum: Checksum) -> Attempt<()> {
        let known = locked(&self.written).get(&index).copied();
        if known == Some(checksum) {
            return Ok(());
        }
        self.check_unread(index, known.is_some())?;
        self.device.write_at(data, index * BLOCK)?;
        let record = record(index, &stored(&self.cipher, index, checksum)?);
        locked(&self.list).write_all(&record)?;
        self.together.sync(|| self.flush())?;
        locked(&self.written).insert(index, checksum);
        Ok(())
    }

    /// Makes what was put survive the loss of power. Blocks.
    pub(super) fn flush(&self) -> Attempt<()> {
        self.device.flush()?;
        let list = locked(&self.list).try_clone()?;
        // Records may be added meanwhile.
        list.sync_data()?;
        Ok(())
    }

    /// A machine that runs on the disk may have read this block already: it does not change then.
    fn check_unread(&self, index: u64, is_there: bool) -> base::Result<()> {
        let to_come = locked(&self.to_come);
        let (reason, why) = match is_there {
            true if to_come.is_begun() => (Reason::InUse, "is there with other contents"),
            false if to_come.excludes(index) => (Reason::Invalid, "is not among those to come"),
            true | false => return Ok(()),
        };
        let message = format!("The block {index} {why}, and the snapshot is in use already.");
        Err(Error::new(reason, Subject::SnapshotBlock, message))
    }

    /// Takes a map of what is to come, and answers how many there are. Blocks.
    pub(super) fn announce(&self, map: &Map) -> Attempt<usize> {
        Ok(locked(&self.to_come).take(&self.folder, map)?)
    }

    /// Nothing more is to come.
    pub(super) fn seal(&self) {
        self.sealed.store(true, Ordering::Release);
    }

    /// Whether what a block holds is settled: it was put, or never will be.
    pub(super) fn is_settled(&self, index: u64) -> bool {
        locked(&self.written).contains_key(&index)
            || self.sealed.load(Ordering::Acquire)
            || locked(&self.to_come).excludes(index)
    }

    /// The blocks that were put.
    pub(super) fn written(&self) -> BTreeMap<u64, Checksum> {
        locked(&self.written).clone()
    }
}

pub(super) fn sha256(data: &[u8]) -> Checksum {
    let mut checksum = [0; 32];
    checksum.copy_from_slice(digest(&SHA256, data).as_ref());
    checksum
}

/// A checksum as the list has it: sealed like the block that it is of, because it would tell who
/// guesses the block whether the guess is right.
fn stored(cipher: &device::Sealed, index: u64, mut checksum: Checksum) -> io::Result<Checksum> {
    if let Some(cipher) = cipher {
        cipher.seal_apart(index, &mut checksum)?;
    }
    Ok(checksum)
}

fn record(index: u64, checksum: &Checksum) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    record[..8].copy_from_slice(&index.to_le_bytes());
    record[8..40].copy_from_slice(checksum);
    let mark = sha256(&record[..40]);
    record[40..].copy_from_slice(&mark[..8]);
    record
}

fn records(bytes: &[u8]) -> impl Iterator<Item = (u64, Checksum)> + '_ {
    bytes.chunks_exact(RECORD).map_while(|chunk| {
        let index = u64::from_le_bytes(chunk[..8].try_into().ok()?);
        let checksum: Checksum = chunk[8..40].try_into().ok()?;
        (record(index, &checksum) == chunk).then_some((index, checksum))
    })
}

fn parse(bytes: &[u8]) -> BTreeMap<u64, Checksum> {
    records(bytes).collect()
}

fn set_end(list: &mut File, end: usize) -> io::Result<()> {
    use std::io::{Seek, SeekFrom};
    let end = u64::try_from(end).map_err(io::Error::other)?;
    list.set_len(end)?;
    list.seek(SeekFrom::Start(end)).map(drop)
}

/// Drops the blocks that a loss of power took.
fn keep_what_is_there(
    device: &device::Volume,
    written: &mut BTreeMap<u64, Checksum>,
) -> io::Result<()> {
    let mut block = vec![0; usize::try_from(BLOCK).map_err(io::Error::other)?];
    let mut lost = Vec::new();
    for (index, checksum) in written.iter() {
        let at = index
            .checked_mul(BLOCK)
            .filter(|at| at + BLOCK <= device.size());
        let Some(at) = at else {
            lost.push(*index);
            continue;
        };
        device.read_at(&mut block, at)?;
        if sha256(&block) != *checksum {
            lost.push(*index);
        }
    }
    for index in lost {
        written.remove(&index);
    }
    Ok(())
}

/// Writes the list for this boot. What it lists is flushed first.
fn write_again(
    list: &mut File,
    (device, cipher): (&device::Volume, &device::Sealed),
    boot: &[u8; HEAD],
    written: &BTreeMap<u64, Checksum>,
) -> io::Result<()> {
    device.flush()?;
    set_end(list, 0)?;
    let mut bytes = boot.to_vec();
    for (index, checksum) in written {
        bytes.extend(record(*index, &stored(cipher, *index, *checksum)?));
    }
    list.write_all(&bytes)?;
    list.sync_all()
}

/// What tells one boot of the machine from another.
fn boot() -> io::Result<[u8; HEAD]> {
    let name = std::fs::read("/proc/sys/kernel/random/boot_id")?;
    let mut boot = [0; HEAD];
    boot.copy_from_slice(&sha256(name.trim_ascii())[..HEAD]);
    Ok(boot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use device::{New, Volume, ZeroBase};

    fn volume(folder: &Path) -> Arc<Volume> {
        let new = New {
            size: 8 * BLOCK,
            base_ref: "",
        };
        let base = Arc::new(ZeroBase { size: 8 * BLOCK });
        match Volume::open(folder, base.clone()) {
            Ok(volume) => Arc::new(volume),
            Err(_) => Arc::new(Volume::create(folder, &new, base).unwrap()),
        }
    }

    fn put(staging: &Staging, index: u64, byte: u8) -> Checksum {
        let data = vec![byte; usize::try_from(BLOCK).unwrap()];
        staging.put(index, &data, sha256(&data)).unwrap();
        sha256(&data)
    }

    #[test]
    fn the_list_survives_and_a_torn_record_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let staging = Staging::open(volume(folder.path()), folder.path(), None).unwrap();
        let expected = BTreeMap::from([(1, put(&staging, 1, 7)), (5, put(&staging, 5, 8))]);
        drop(staging);
        let path = folder.path().join(LIST);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend([9; 20]);
        std::fs::write(&path, bytes).unwrap();
        let staging = Staging::open(volume(folder.path()), folder.path(), None).unwrap();
        assert_eq!(staging.written(), expected);
        let third = put(&staging, 2, 9);
        drop(staging);
        let staging = Staging::open(volume(folder.path()), folder.path(), None).unwrap();
        assert_eq!(staging.written().get(&2), Some(&third));
        assert_eq!(staging.written().len(), 3);
    }

    #[test]
    fn after_another_boot_lost_blocks_are_off_the_list() {
        let folder = tempfile::tempdir().unwrap();
        let staging = Staging::open(volume(folder.path()), folder.path(), None).unwrap();
        let kept = put(&staging, 1, 7);
        put(&staging, 5, 8);
        // As if the machine had lost power before block 5 reached the disk.
        staging.device.write_at(&[0; 4096], 5 * BLOCK).unwrap();
        drop(staging);
        let path = folder.path().join(LIST);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[0] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let staging = Staging::open(volume(folder.path()), folder.path(), None).unwrap();
        assert_eq!(staging.written(), BTreeMap::from([(1, kept)]));
    }
}
