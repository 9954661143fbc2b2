//! Ciphertexts: the one format of what a key has encrypted (`docs/format/ciphertext.md`). Pure.
//!
//! Each is sealed under a key of its own, derived from the material and a random salt, so that the
//! number of ciphertexts under one material has no practical bound. The header and the encryption
//! context are authenticated.

use crate::material::Material;
use crate::name;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf;
use base::{Entropy, Error, Reason, Result, Subject};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Names and values that a ciphertext is bound to.
pub type EncryptionContext = BTreeMap<String, String>;

const MAGIC: &[u8; 4] = b"AKC1";
const ID_AT: usize = 4;
const NUMBER_AT: usize = 20;
const SALT_AT: usize = 24;
const NONCE_AT: usize = 40;
const BODY_AT: usize = 52;
const TAG_BYTES: usize = 16;
const INFO: &[u8] = b"amiable ciphertext key 1";

/// What the header of a ciphertext says. Nothing of it is to be believed before the body opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The id of the key.
    pub(crate) key: String,
    /// The number of its material.
    pub(crate) number: u32,
}

/// Encrypts bytes under a key's material.
pub(crate) fn seal(
    (key, number, material): (&str, u32, &Material),
    plain: &[u8],
    context: &EncryptionContext,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>> {
    let mut blob = vec![0u8; BODY_AT];
    blob[..ID_AT].copy_from_slice(MAGIC);
    let id = name::bytes_of(key).ok_or_else(|| Error::internal("a key's id is not a UUID"))?;
    blob[ID_AT..NUMBER_AT].copy_from_slice(&id);
    blob[NUMBER_AT..SALT_AT].copy_from_slice(&number.to_le_bytes());
    entropy.fill(&mut blob[SALT_AT..BODY_AT]);
    let (cipher, nonce) = cipher(&blob, material)?;
    let mut body = Vec::with_capacity(plain.len() + TAG_BYTES);
    body.extend_from_slice(plain);
    cipher
        .seal_in_place_append_tag(nonce, Aad::from(bound(&blob, context)), &mut body)
        .map_err(|_| Error::internal("a ciphertext could not be made"))?;
    blob.extend_from_slice(&body);
    Ok(blob)
}

/// Reads the header.
pub(crate) fn header(blob: &[u8]) -> Result<Header> {
    if blob.len() < BODY_AT + TAG_BYTES || !blob.starts_with(MAGIC) {
        return Err(invalid());
    }
    let mut id = [0u8; 16];
    id.copy_from_slice(&blob[ID_AT..NUMBER_AT]);
    let mut number = [0u8; 4];
    number.copy_from_slice(&blob[NUMBER_AT..SALT_AT]);
    Ok(Header {
        key: name::id_of(&id),
        number: u32::from_le_bytes(number),
    })
}

/// Decrypts. What is answered wipes itself.
pub(crate) fn open(
    material: &Material,
    blob: &[u8],
    context: &EncryptionContext,
) -> Result<Zeroizing<Vec<u8>>> {
    header(blob)?;
    let (cipher, nonce) = cipher(blob, material)?;
    let mut body = Zeroizing::new(blob[BODY_AT..].to_vec());
    let aad = Aad::from(bound(&blob[..BODY_AT], context));
    let length = cipher
        .open_in_place(nonce, aad, &mut body)
        .map_err(|_| invalid())?
        .len();
    body.truncate(length);
    Ok(body)
}

/// The refusal of what is no ciphertext, or not one of this key and context.
pub(crate) fn invalid() -> Error {
    let message = "The ciphertext is not one that was made here, was changed, or belongs to another \
                   encryption context.";
    Error::new(Reason::Invalid, Subject::Ciphertext, message)
}

/// The cipher and nonce of one ciphertext, by its header.
fn cipher(header: &[u8], material: &Material) -> Result<(LessSafeKey, Nonce)> {
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &header[SALT_AT..NONCE_AT]);
    let extracted = salt.extract(material.expose());
    let derived = extracted
        .expand(&[INFO], &AES_256_GCM)
        .map_err(|_| Error::internal("a ciphertext's key could not be derived"))?;
    let mut nonce = [0u8; 12];
    nonce.copy_from_slice(&header[NONCE_AT..BODY_AT]);
    Ok((
        LessSafeKey::new(UnboundKey::from(derived)),
        Nonce::assume_unique_for_key(nonce),
    ))
}

/// What the body is bound to: the header, and the context in order of its names.
fn bound(header: &[u8], context: &EncryptionContext) -> Vec<u8> {
    let mut bytes = header[..BODY_AT].to_vec();
    for (name, value) in context {
        for part in [name, value] {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Random bytes that count upwards, so that a ciphertext is the same every time.
    struct Counting;

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for (number, byte) in (0u8..).zip(buffer) {
                *byte = number;
            }
        }
    }

    const KEY: &str = "00112233-4455-4677-8899-aabbccddeeff";

    fn context() -> EncryptionContext {
        EncryptionContext::from([("aws:ebs:id".to_owned(), "vol-0123456789abcdef0".to_owned())])
    }

    #[test]
    fn the_published_vector_is_made_and_opened() {
        let material = Material::from_bytes(&[0x42; 32]).unwrap();
        let made = seal((KEY, 7, &material), b"amiable", &context(), &Counting).unwrap();
        let vector = include_str!("../../../docs/format/vectors/ciphertext.hex");
        let vector: String = vector
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        assert_eq!(hex::encode(&made), vector);
        let header = header(&made).unwrap();
        assert_eq!((header.key.as_str(), header.number), (KEY, 7));
        let plain = open(&material, &made, &context()).unwrap();
        assert_eq!(plain.as_slice(), b"amiable");
    }

    #[test]
    fn names_and_values_do_not_run_into_each_other() {
        let bytes = |pairs: &[(&str, &str)]| {
            let context = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            bound(&[0; BODY_AT], &context)
        };
        assert_ne!(bytes(&[("a", "bc")]), bytes(&[("ab", "c")]));
        assert_ne!(bytes(&[("a", "")]), bytes(&[]));
    }
}
