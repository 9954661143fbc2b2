//! A new master key: the key of the trail's codes is sealed under it anew.

use crate::chain::ChainKey;
use crate::rows;
use base::{Entropy, Error, Result};
use identity::MasterKey;
use store::Tx;

/// Seals the key of the codes under another master key, in the transaction of whoever changes
/// that. The codes stay as they are.
pub async fn reseal(
    tx: &mut Tx,
    keys: (&MasterKey, &MasterKey),
    entropy: &dyn Entropy,
) -> Result<()> {
    let Some(mut head) = rows::head(tx).await? else {
        return Ok(());
    };
    let sealed = ChainKey::resealed(keys, &head.sealed_key, entropy);
    head.sealed_key =
        sealed.ok_or_else(|| Error::internal("the audit trail's key does not open"))??;
    rows::put_head(tx, &head).await
}
