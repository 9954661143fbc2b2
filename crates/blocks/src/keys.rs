//! Data keys, and what is derived from them. Where keys come from and how they are wrapped is
//! the caller's business.
//!
//! From each 256-bit data key five values are derived with BLAKE3's key derivation, so that none
//! tells anything about another: the AEAD key, the address keys of chunks and of pages, and the
//! seed of the cut. Debug never shows key material, and keys are wiped when dropped.

use crate::error::{Error, Result};
use crate::frame::Kind;
use crate::names::Address;
use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};
use zeroize::Zeroizing;

/// 256 random bits that chunks are sealed under.
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// A key with these bits.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

/// The keys that give things their addresses: constants for the plain domain, secret otherwise.
struct AddressKeys {
    chunk: Zeroizing<[u8; 32]>,
    page: Zeroizing<[u8; 32]>,
}

impl AddressKeys {
    fn derive(chunk: &str, page: &str, from: &[u8]) -> Self {
        Self {
            chunk: Zeroizing::new(blake3::derive_key(chunk, from)),
            page: Zeroizing::new(blake3::derive_key(page, from)),
        }
    }

    fn address(&self, kind: Kind, plain: &[u8]) -> Address {
        let key = match kind {
            Kind::Chunk => &self.chunk,
            Kind::Page | Kind::References => &self.page,
        };
        Address::from_bytes(*blake3::keyed_hash(key, plain).as_bytes())
    }
}

static PLAIN: LazyLock<AddressKeys> = LazyLock::new(|| {
    AddressKeys::derive(
        "amiable v1 plain chunk address",
        "amiable v1 plain page address",
        &[],
    )
});

/// A data key made ready for use.
pub(crate) struct Sealing {
    addresses: AddressKeys,
    pub(crate) aead: LessSafeKey,
    cut_seed: u64,
}

impl Sealing {
    fn new(key: &DataKey) -> Result<Self> {
        let aead = Zeroizing::new(blake3::derive_key("amiable v1 sealed aead", &*key.0));
        let seed = Zeroizing::new(blake3::derive_key("amiable v1 sealed cut", &*key.0));
        let unbound = UnboundKey::new(&AES_256_GCM, &*aead).map_err(Error::store)?;
        let mut first = [0; 8];
        first.copy_from_slice(&seed[..8]);
        Ok(Self {
            addresses: AddressKeys::derive(
                "amiable v1 sealed chunk address",
                "amiable v1 sealed page address",
                &*key.0,
            ),
            aead: LessSafeKey::new(unbound),
            cut_seed: u64::from_le_bytes(first),
        })
    }
}

/// The data keys of one disk by slot number, and the slot that new data is sealed under.
#[derive(Clone)]
pub struct KeyRing {
    keys: Arc<BTreeMap<u8, Arc<Sealing>>>,
    writing: u8,
}

impl KeyRing {
    /// A ring with one key, under which new data is sealed. Slots go from 1 to 255.
    pub fn new(slot: u8, key: DataKey) -> Result<Self> {
        Self {
            keys: Arc::default(),
            writing: slot,
        }
        .with(slot, key)
    }

    /// The ring with one more key.
    pub fn with(mut self, slot: u8, key: DataKey) -> Result<Self> {
        if slot == 0 {
            return Err(Error::invalid("key slots go from 1 to 255"));
        }
        Arc::make_mut(&mut self.keys).insert(slot, Arc::new(Sealing::new(&key)?));
        Ok(self)
    }

    /// The ring sealing new data under the key in this slot.
    pub fn writing_with(mut self, slot: u8) -> Result<Self> {
        self.get(slot)?;
        self.writing = slot;
        Ok(self)
    }

    /// The slots that have a key.
    pub fn slots(&self) -> impl Iterator<Item = u8> + '_ {
        self.keys.keys().copied()
    }

    fn get(&self, slot: u8) -> Result<&Arc<Sealing>> {
        self.keys.get(&slot).ok_or(Error::KeyMissing { slot })
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("slots", &self.keys.keys().collect::<Vec<_>>())
            .field("writing", &self.writing)
            .finish_non_exhaustive()
    }
}

/// Whether a disk is sealed, and with which keys.
#[derive(Debug, Clone)]
pub enum Domain {
    /// Stored in the clear; shares chunks with everything else that is.
    Plain,
    /// Stored sealed; shares chunks with everything under the same data keys.
    Sealed(KeyRing),
}

/// The key in one slot, or none for the plain domain: all that one frame needs.
#[derive(Clone)]
pub(crate) struct SlotKey {
    pub(crate) slot: u8,
    sealing: Option<Arc<Sealing>>,
}

impl SlotKey {
    pub(crate) fn address(&self, kind: Kind, plain: &[u8]) -> Address {
        match &self.sealing {
            None => PLAIN.address(kind, plain),
            Some(sealing) => sealing.addresses.address(kind, plain),
        }
    }

    pub(crate) fn sealing(&self) -> Option<&Sealing> {
        self.sealing.as_deref()
    }

    /// Varies the cut with the key, so that the lengths of chunks written under it do not tell content.
    pub(crate) fn cut_seed(&self) -> Option<u64> {
        self.sealing.as_ref().map(|sealing| sealing.cut_seed)
    }
}

impl Domain {
    pub(crate) fn is_sealed(&self) -> bool {
        matches!(self, Self::Sealed(_))
    }

    /// What new data is written with.
    pub(crate) fn writing(&self) -> Result<SlotKey> {
        match self {
            Self::Plain => Ok(SlotKey {
                slot: 0,
                sealing: None,
            }),
            Self::Sealed(ring) => Ok(SlotKey {
                slot: ring.writing,
                sealing: Some(ring.get(ring.writing)?.clone()),
            }),
        }
    }

    /// What data that a page files under `slot` is read with. A sealed disk never refers to
    /// plain data, nor a plain one to sealed.
    pub(crate) fn reading(&self, slot: u8) -> Result<SlotKey> {
        match self {
            Self::Plain if slot == 0 => Ok(SlotKey {
                slot,
                sealing: None,
            }),
            Self::Sealed(ring) if slot != 0 => Ok(SlotKey {
                slot,
                sealing: Some(ring.get(slot)?.clone()),
            }),
            Self::Plain => Err(Error::KeyMissing { slot }),
            Self::Sealed(_) => Err(Error::corrupt("a sealed disk refers to unsealed data")),
        }
    }
}
