//! Key material: 32 secret bytes, wiped when dropped, never shown, sealed wherever they rest.

use crate::Keys;
use aws_lc_rs::hmac;
use base::{Entropy, Error, Result};
use std::fmt;
use zeroize::Zeroize;

/// How long key material is.
pub(crate) const BYTES: usize = 32;

/// The material of a key.
pub(crate) struct Material([u8; BYTES]);

impl Material {
    /// Fresh random material.
    pub(crate) fn random(entropy: &dyn Entropy) -> Material {
        let mut bytes = [0u8; BYTES];
        entropy.fill(&mut bytes);
        let material = Material(bytes);
        bytes.zeroize();
        material
    }

    /// Material that somebody brings; nothing if it has another length.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Material> {
        bytes.try_into().ok().map(Material)
    }

    /// The bytes: name the place that needs them.
    pub(crate) fn expose(&self) -> &[u8; BYTES] {
        &self.0
    }

    /// What tells one material from another, and says nothing of it.
    pub(crate) fn id(&self) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        hex::encode(hmac::sign(&key, b"amiable key material id 1"))
    }
}

impl Drop for Material {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Material(..)")
    }
}

/// What material is sealed for: this key, and this number.
pub(crate) fn label(key: &str, number: u32) -> String {
    format!("amiable key material {number} of {key}")
}

/// Seals material under the master key.
pub(crate) fn seal(keys: &Keys, key: &str, number: u32, material: &Material) -> Result<Vec<u8>> {
    keys.master
        .seal_bytes(&label(key, number), material.expose(), &*keys.entropy)
}

/// Opens sealed material.
pub(crate) fn open(keys: &Keys, key: &str, number: u32, sealed: &[u8]) -> Result<Material> {
    let broken = || Error::internal("sealed key material does not open under this master key");
    let plain = keys.master.open_bytes(&label(key, number), sealed);
    Material::from_bytes(&plain.ok_or_else(broken)?).ok_or_else(broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SystemEntropy;

    #[test]
    fn material_is_never_shown_and_known_by_its_id() {
        let one = Material::random(&SystemEntropy);
        assert_eq!(format!("{one:?}"), "Material(..)");
        let same = Material::from_bytes(one.expose()).unwrap();
        assert_eq!(one.id(), same.id());
        assert_ne!(one.id(), Material::random(&SystemEntropy).id());
        assert!(Material::from_bytes(&[0; 31]).is_none());
    }
}
