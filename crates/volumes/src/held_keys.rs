//! The data keys of volumes that are in use, sealed under the master key.
//!
//! A key that is disabled leaves attached volumes alone: whoever serves them has their data keys
//! already. That must not depend on how long the server's process lives, so the data keys are kept
//! beside it as long as the volume is served, and used for nothing but serving it again. They are
//! forgotten when it is closed; to open it the next time takes the KMS key.

use crate::seal::Opened;
use crate::{Volumes, rows};
use base::{Entropy, Error, Result, VolumeId};
use identity::MasterKey;
use store::Tx;
use zeroize::Zeroizing;

/// A slot and its key.
const ENTRY: usize = 33;

fn label(id: &str) -> String {
    format!("amiable data keys of the attached volume {id}")
}

/// Keeps the keys of a volume that is served from now on.
pub(crate) async fn keep(volumes: &Volumes, id: &VolumeId, keys: &Opened) -> Result<()> {
    let mut plain = Zeroizing::new(Vec::with_capacity(keys.len() * ENTRY));
    for (slot, key) in keys {
        plain.push(*slot);
        plain.extend_from_slice(key.as_slice());
    }
    let master = &volumes.keys().master;
    let sealed = master.seal_bytes(&label(id.as_ref()), &plain, volumes.entropy())?;
    let mut tx = volumes.db().begin().await?;
    rows::put_held_keys(&mut tx, id.as_ref(), &sealed).await?;
    tx.commit().await
}

/// The keys of a volume that was served when the last process ended.
pub(crate) async fn of(volumes: &Volumes, id: &VolumeId) -> Result<Option<Opened>> {
    let mut tx = volumes.db().read().await?;
    let Some(sealed) = rows::held_keys(&mut tx, id.as_ref()).await? else {
        return Ok(None);
    };
    let plain = volumes
        .keys()
        .master
        .open_bytes(&label(id.as_ref()), &sealed);
    let plain = plain.ok_or_else(|| broken(id.as_ref()))?;
    let (entries, rest) = plain.as_chunks::<ENTRY>();
    if !rest.is_empty() {
        return Err(broken(id.as_ref()));
    }
    let entry = |entry: &[u8; ENTRY]| {
        let (slot, bytes) = entry.split_first()?;
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(bytes);
        Some((*slot, key))
    };
    Ok(Some(entries.iter().filter_map(entry).collect()))
}

/// Forgets the keys of a volume that is not served any more.
pub(crate) async fn forget(volumes: &Volumes, id: &VolumeId) -> Result<()> {
    let mut tx = volumes.db().begin().await?;
    rows::delete_held_keys(&mut tx, id.as_ref()).await?;
    tx.commit().await
}

/// Seals all of them under another master key, in the transaction of whoever changes it.
pub async fn reseal(
    tx: &mut Tx,
    (old, new): (&MasterKey, &MasterKey),
    entropy: &dyn Entropy,
) -> Result<()> {
    for (id, sealed) in rows::all_held_keys(tx).await? {
        let label = label(&id);
        let plain = old.open_bytes(&label, &sealed).ok_or_else(|| broken(&id))?;
        let again = new.seal_bytes(&label, &plain, entropy)?;
        rows::put_held_keys(tx, &id, &again).await?;
    }
    Ok(())
}

fn broken(id: &str) -> Error {
    Error::internal(format!(
        "the kept data keys of {id} do not open under this master key"
    ))
}
