//! A new master key: all material is sealed under it anew.

use crate::{material, rows};
use base::{Entropy, Error, Result};
use identity::MasterKey;
use store::Tx;

/// Opens every sealed material under one master key, and seals it under another, in the
/// transaction of whoever changes the master key.
pub async fn reseal(
    tx: &mut Tx,
    (old, new): (&MasterKey, &MasterKey),
    entropy: &dyn Entropy,
) -> Result<()> {
    for (key, number, sealed) in rows::all_sealed(tx).await? {
        if sealed.is_empty() {
            continue;
        }
        let label = material::label(&key, number);
        let plain = old.open_bytes(&label, &sealed).ok_or_else(|| {
            Error::internal(format!("material {number} of the key {key} does not open"))
        })?;
        let again = new.seal_bytes(&label, &plain, entropy)?;
        rows::reseal(tx, &key, number, &again).await?;
    }
    Ok(())
}
