//! Snapshots of a live volume: freeze what is written, upload it, rebase on the upload.
//!
//! [`Volume::freeze`] first makes a manifest durable that lists one more, empty layer: a volume with an
//! empty top reads the same, so a crash after that is harmless. Then, with no write in flight, the new
//! layer takes the writes. [`Volume::rebase`] makes a manifest durable that names the new base and lacks
//! the merged layers, then lets reads use it, then deletes their files.

use std::io;
use std::sync::{Arc, PoisonError};

use super::io::{Patience, Reading};
use super::layer::{self, Layer};
use super::retire::retire;
use super::{Stack, Volume, check_reference, check_size};
use crate::base::{Base, Extent};
use crate::error::{Error, Result};
use crate::grain::{GRAIN, wide};

/// Names a frozen state of one volume, so that it can be taken up again after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrozenId(pub u64);

/// A volume as it was at one moment. Immutable; it can be read however the volume goes on, even when the
/// volume has been rebased.
#[derive(Clone)]
pub struct Frozen {
    stack: Arc<Stack>,
}

impl Volume {
    /// Takes the volume as it is at one moment: everything that was answered before the call is in it,
    /// nothing that begins after it returned. The guest writes on. If nothing was written since the last
    /// time, this is the same state again.
    ///
    /// # Errors
    /// Those of the file system; the volume is then as it was.
    pub fn freeze(&self) -> Result<Frozen> {
        let mut shape = self.shape();
        // A frozen state is named in other places: it must outlive the machine, even if it is empty.
        self.settle(&shape)?;
        if let Some(frozen) = self.freeze_untouched() {
            return Ok(frozen);
        }
        let id = shape.layers.last().map_or(1, |newest| newest + 1);
        self.step("freeze: layer")?;
        let next = Arc::new(Layer::create(
            &self.dir,
            id,
            shape.size,
            self.cipher.clone(),
        )?);
        next.sync_files(&self.counting.syncs)?;
        self.step("freeze: manifest")?;
        self.replace_manifest(&mut shape, |manifest| manifest.layers.push(id))?;
        let frozen = {
            let _alone = self.gate.write().unwrap_or_else(PoisonError::into_inner);
            let frozen = self.stack();
            self.replace_stack(|mut stack| {
                stack.layers.push(next);
                stack
            });
            frozen
        };
        Ok(Frozen { stack: frozen })
    }

    fn freeze_untouched(&self) -> Option<Frozen> {
        let _alone = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        let stack = self.stack();
        stack
            .top()
            .map
            .is_untouched()
            .then(|| Frozen::of(&stack, stack.layers.len() - 1))
    }

    /// A state that was frozen before, perhaps by an earlier process. If the volume has grown since, so has
    /// this, by zeros.
    ///
    /// # Errors
    /// [`Error::Stale`] if the volume has been rebased on it or on a later one.
    pub fn frozen(&self, id: FrozenId) -> Result<Frozen> {
        let stack = self.stack();
        let depth = depth_of(&stack, id)?;
        Ok(Frozen::of(&stack, depth))
    }

    /// Puts the volume on `base`, which holds the same bytes as the frozen state `merged`, and drops the
    /// layers that went into it.
    ///
    /// # Errors
    /// [`Error::Stale`] as for [`Volume::frozen`]; [`Error::Size`] if the base is larger than the volume.
    /// After an error the volume reads the same bytes as before.
    pub fn rebase(&self, merged: FrozenId, base: Arc<dyn Base>, base_ref: &str) -> Result<()> {
        let mut shape = self.shape();
        let stack = self.stack();
        let depth = depth_of(&stack, merged)?;
        check_size(shape.size, &*base)?;
        check_reference(base_ref)?;
        self.settle(&shape)?;
        self.step("rebase: manifest")?;
        self.replace_manifest(&mut shape, |manifest| {
            manifest.base = base_ref.to_owned();
            manifest.merged = merged.0;
            manifest.layers.drain(..depth);
        })?;
        self.replace_stack(|old| Stack {
            base,
            base_ref: base_ref.into(),
            merged: merged.0,
            layers: old.layers[depth..].to_vec(),
            ..old
        });
        let dropped = stack.layers[..depth].to_vec();
        drop(stack);
        for layer in &dropped {
            self.step("rebase: delete")?;
            delete_layer(&self.dir, layer.id);
        }
        retire(dropped);
        Ok(())
    }
}

/// How many layers make up the frozen state `id`.
fn depth_of(stack: &Stack, id: FrozenId) -> Result<usize> {
    if id.0 == stack.merged {
        return Ok(0);
    }
    let frozen = &stack.layers[..stack.layers.len() - 1];
    match frozen.iter().position(|layer| layer.id == id.0) {
        Some(at) => Ok(at + 1),
        None => Err(Error::Stale(id.0)),
    }
}

/// The manifest does not list the layer any more: what cannot be deleted now goes when the volume is next
/// opened.
fn delete_layer(dir: &std::path::Path, id: u64) {
    for path in [layer::data_path(dir, id), layer::map_path(dir, id)] {
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %error, "a merged layer could not be deleted");
        }
    }
}

impl Frozen {
    fn of(stack: &Arc<Stack>, depth: usize) -> Frozen {
        Frozen {
            stack: Arc::new(Stack {
                size: stack.size,
                base: Arc::clone(&stack.base),
                base_ref: Arc::clone(&stack.base_ref),
                merged: stack.merged,
                layers: stack.layers[..depth].to_vec(),
            }),
        }
    }

    /// Its name, for [`Volume::frozen`] and [`Volume::rebase`].
    pub fn id(&self) -> FrozenId {
        FrozenId(
            self.stack
                .layers
                .last()
                .map_or(self.stack.merged, |layer| layer.id),
        )
    }

    /// Bytes of the disk.
    pub fn size(&self) -> u64 {
        self.stack.size
    }

    /// The reference to the base that [`Frozen::changes`] are changes of.
    pub fn base_ref(&self) -> &str {
        &self.stack.base_ref
    }

    /// Fills `buf` with the bytes at `offset`, at any alignment.
    ///
    /// # Errors
    /// As [`Volume::read_at`].
    pub fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let fits = offset
            .checked_add(wide(buf.len()))
            .is_some_and(|end| end <= self.stack.size);
        if !fits {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let depth = self.stack.layers.len();
        let reading = Reading {
            depth,
            patience: Patience::Wait,
            counting: None,
        };
        self.stack.read(&reading, buf, offset, None).map(|_| ())
    }

    /// What was written or zeroed since the base, in ascending order, on the grid of grains (the last one
    /// ends with the disk). Costs what changed, not what the disk holds.
    pub fn changes(&self) -> Changes {
        Changes {
            stack: Arc::clone(&self.stack),
            at: 0,
        }
    }

    /// Makes the frozen bytes survive the loss of power. Without it they are, after one, some state that
    /// the disk could have been found in: every flushed write, and any of the others.
    ///
    /// # Errors
    /// As [`Volume::flush`].
    pub fn sync(&self) -> io::Result<()> {
        let syncs = std::sync::atomic::AtomicU64::new(0);
        self.stack
            .layers
            .iter()
            .try_for_each(|layer| layer.sync(&syncs))
    }
}

/// The changes of a [`Frozen`] state.
pub struct Changes {
    stack: Arc<Stack>,
    at: u64,
}

impl Iterator for Changes {
    type Item = io::Result<Extent>;

    fn next(&mut self) -> Option<io::Result<Extent>> {
        let end = self.stack.size.div_ceil(GRAIN);
        match self
            .stack
            .next_change(self.stack.layers.len(), self.at, end)
        {
            Ok(Some((grains, kind))) => {
                self.at = grains.end;
                let offset = grains.start * GRAIN;
                let length = (grains.end * GRAIN).min(self.stack.size) - offset;
                Some(Ok(Extent {
                    offset,
                    length,
                    kind,
                }))
            }
            Ok(None) => None,
            Err(error) => {
                self.at = end;
                Some(Err(error))
            }
        }
    }
}
