//! Encrypting and decrypting with a key that may be used: what every verb that uses one ends in.

use crate::blob::{self, EncryptionContext, Header};
use crate::material::{self, Material};
use crate::{Key, Keys, rows};
use base::{Error, Result};
use store::Tx;
use zeroize::Zeroizing;

/// Encrypts under the key's newest material.
pub(crate) async fn encrypt(
    keys: &Keys,
    tx: &mut Tx,
    key: &Key,
    plain: &[u8],
    context: &EncryptionContext,
) -> Result<Vec<u8>> {
    let material = open_material(keys, tx, key, key.material)
        .await?
        .ok_or_else(|| Error::internal("an enabled key has no material"))?;
    blob::seal(
        (&key.id, key.material, &material),
        plain,
        context,
        &*keys.entropy,
    )
}

/// Decrypts what the key encrypted, under whichever of its materials.
pub(crate) async fn decrypt(
    keys: &Keys,
    tx: &mut Tx,
    key: &Key,
    (header, blob): (&Header, &[u8]),
    context: &EncryptionContext,
) -> Result<Zeroizing<Vec<u8>>> {
    let material = open_material(keys, tx, key, header.number)
        .await?
        .ok_or_else(blob::invalid)?;
    blob::open(&material, blob, context)
}

async fn open_material(
    keys: &Keys,
    tx: &mut Tx,
    key: &Key,
    number: u32,
) -> Result<Option<Material>> {
    match rows::material(tx, &key.id, number).await? {
        Some((_, sealed)) if !sealed.is_empty() => {
            material::open(keys, &key.id, number, &sealed).map(Some)
        }
        _ => Ok(None),
    }
}
