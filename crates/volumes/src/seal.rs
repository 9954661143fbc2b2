//! Getting keys: the data keys of something new, while its caller is there to be asked, and later
//! with the grant that the caller gave.
//!
//! AWS checks keys after it has accepted a request. So does this: a key that cannot be used is no
//! error of the request, but of the volume or snapshot, which then fails.

use crate::encryption::{Asked, Outcome};
use crate::fault::{Attempt, Fault};
use crate::{Sealing, Volumes, rows, settings};
use base::{Error, Reason, Region, Result, Subject};
use blocks::{DataKey, Domain, KeyRing, Tree};
use device::Cipher;
use identity::{Call, Permit};
use keys::{KeyRef, Keys, Operation, Via};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Tx;
use zeroize::Zeroizing;

/// What a snapshot says whose key could not be used.
pub const NOT_ACCESSIBLE: &str = "Given key ID is not accessible";

/// What came of asking for keys.
pub(crate) enum Had {
    /// None are needed.
    Plain,
    /// These.
    Sealed(Box<Sealing>),
    /// They cannot be had.
    Inaccessible,
}

impl Had {
    /// Whether what it is for is encrypted, and how.
    pub(crate) fn parts(self) -> (bool, Option<Sealing>) {
        match self {
            Had::Plain => (false, None),
            Had::Sealed(sealing) => (true, Some(*sealing)),
            Had::Inaccessible => (true, None),
        }
    }
}

/// What keys are asked for.
pub(crate) struct Want<'a> {
    /// What is to be, and the key that the request names.
    pub(crate) outcome: Outcome,
    pub(crate) asked: &'a Asked,
    /// How the source is sealed, if it is, and where it lies.
    pub(crate) source: Option<(&'a Sealing, &'a Region)>,
    /// The id of what they are for.
    pub(crate) resource: &'a str,
}

/// Asks for the data keys of something new, in the caller's name.
pub(crate) async fn seal(
    volumes: &Volumes,
    tx: &mut Tx,
    (call, permit): (&Call, &Permit),
    want: Want<'_>,
) -> Result<Had> {
    if want.outcome == Outcome::Plain {
        return Ok(Had::Plain);
    }
    match Box::pin(try_seal(volumes.keys(), tx, call, &want)).await {
        Ok(sealing) => {
            rows::hold_grant(tx, permit, want.resource, &sealing.holder).await?;
            Ok(Had::Sealed(Box::new(sealing)))
        }
        Err(error) if is_ours(&error) => Err(error),
        Err(error) => {
            tracing::info!(resource = want.resource, error = %error.chain(), "no key");
            Ok(Had::Inaccessible)
        }
    }
}

/// Whether an error says nothing about the key.
fn is_ours(error: &Error) -> bool {
    matches!(
        error.reason,
        Reason::Internal | Reason::Conflict | Reason::Throttled
    )
}

async fn try_seal(keys: &Keys, tx: &mut Tx, call: &Call, want: &Want<'_>) -> Result<Sealing> {
    if want.outcome == Outcome::SameKey {
        let Some((source, region)) = want.source else {
            return Err(inaccessible());
        };
        return same_key(keys, tx, call, (source, region, want.resource)).await;
    }
    let key = chosen(keys, tx, call, want).await?;
    let via = Via::ebs(&call.region, want.resource);
    keys::describe_via(tx, call, &key, &via).await?;
    let mut ring = BTreeMap::new();
    if let Some((source, region)) = want.source {
        let from = Via::ebs(region, &source.context);
        for (slot, wrapped) in &source.ring {
            let again = keys::rewrap(keys, tx, call, (wrapped, &from), (&key, &via)).await?;
            ring.insert(*slot, again);
        }
    }
    let last = ring.last_key_value().map_or(0, |(slot, _)| *slot);
    let writing = last.checked_add(1).ok_or_else(|| {
        let message = "The snapshot was copied under too many keys.";
        Error::new(Reason::Limit, Subject::Snapshot, message)
    })?;
    let (_, wrapped) = keys::generate_data_key(keys, tx, call, &key, &via).await?;
    ring.insert(writing, wrapped);
    grant(keys, tx, call, (&key, want.resource), &via).await?;
    Ok(Sealing {
        key,
        context: want.resource.to_owned(),
        holder: want.resource.to_owned(),
        ring,
        writing,
    })
}

/// The same key and the same data keys, for one more resource.
async fn same_key(
    keys: &Keys,
    tx: &mut Tx,
    call: &Call,
    (source, region, resource): (&Sealing, &Region, &str),
) -> Result<Sealing> {
    let via = Via::ebs(region, &source.context);
    for wrapped in source.ring.values() {
        keys::unwrap(keys, tx, call, wrapped, &via).await?;
    }
    grant(keys, tx, call, (&source.key, resource), &via).await?;
    Ok(Sealing {
        holder: resource.to_owned(),
        ..source.clone()
    })
}

async fn grant(
    keys: &Keys,
    tx: &mut Tx,
    call: &Call,
    to: (&KeyRef, &str),
    via: &Via,
) -> Result<()> {
    let operations = [Operation::Decrypt];
    keys::grant_to_resource(keys, tx, call, to, &operations, via)
        .await
        .map(drop)
}

async fn chosen(keys: &Keys, tx: &mut Tx, call: &Call, want: &Want<'_>) -> Result<KeyRef> {
    let named = match want.outcome {
        Outcome::NamedKey => want.asked.key.clone(),
        Outcome::DefaultKey => {
            let settings = settings::of(tx, call.account(), &call.region).await?;
            settings.default_key
        }
        Outcome::ManagedKey | Outcome::SameKey | Outcome::Plain => None,
    };
    match named {
        None => keys::managed_ebs(keys, tx, call).await,
        Some(named) => {
            let key = keys::resolve(tx, call, &named).await?;
            if key.region == call.region {
                Ok(key)
            } else {
                Err(inaccessible())
            }
        }
    }
}

fn inaccessible() -> Error {
    Error::new(Reason::Denied, Subject::Key, NOT_ACCESSIBLE)
        .with_source(keys::Unusable::NotAccessible)
}

/// Whether an error is that a key cannot be used.
pub fn is_key_failure(error: &Error) -> bool {
    keys::unusable(error).is_some()
}

/// What a resource needs to be read and written.
#[derive(Clone)]
pub(crate) struct Unlocked {
    domain: Domain,
    pub(crate) cipher: device::Sealed,
}

impl Unlocked {
    pub(crate) fn plain() -> Unlocked {
        Unlocked {
            domain: Domain::Plain,
            cipher: None,
        }
    }

    /// Whether there are keys.
    pub(crate) fn is_sealed(&self) -> bool {
        matches!(self.domain, Domain::Sealed(_))
    }

    /// What new data is stored under.
    pub(crate) fn domain(&self) -> &Domain {
        &self.domain
    }

    /// What a disk is read with: one that lies under an encrypted volume may be plain itself.
    pub(crate) fn domain_of(&self, tree: &Tree) -> Domain {
        if tree.is_sealed() {
            self.domain.clone()
        } else {
            Domain::Plain
        }
    }
}

/// Data keys by their slots.
pub(crate) type Opened = BTreeMap<u8, Zeroizing<[u8; 32]>>;

impl Volumes {
    /// Opens the data keys with the grant of their holder.
    pub(crate) async fn unlock(&self, sealing: (bool, Option<&Sealing>)) -> Attempt<Unlocked> {
        let keys = self.open_keys(sealing).await?;
        unlocked(sealing, &keys)
    }

    /// The data keys themselves; none for what is plain.
    pub(crate) async fn open_keys(
        &self,
        (encrypted, sealing): (bool, Option<&Sealing>),
    ) -> Attempt<Opened> {
        let Some(sealing) = sealing else {
            return if encrypted {
                Err(Fault::Lasting(inaccessible()))
            } else {
                Ok(Opened::new())
            };
        };
        let mut tx = self.db().read().await?;
        let context = Via::ebs(&sealing.key.region, &sealing.context).context;
        let mut keys = Opened::new();
        for (slot, wrapped) in &sealing.ring {
            let holder = &sealing.holder;
            let opened =
                keys::unwrap_by_grant(self.keys(), &mut tx, holder, wrapped, &context).await?;
            keys.insert(*slot, Zeroizing::new(*opened.expose()));
        }
        Ok(keys)
    }
}

/// What can be done with these keys.
pub(crate) fn unlocked((_, sealing): (bool, Option<&Sealing>), keys: &Opened) -> Attempt<Unlocked> {
    let Some(sealing) = sealing else {
        return Ok(Unlocked::plain());
    };
    let (mut ring, mut cipher): (Option<KeyRing>, device::Sealed) = (None, None);
    for (slot, key) in keys {
        if *slot == sealing.writing {
            cipher = Some(Arc::new(Cipher::new(key)?));
        }
        let key = DataKey::new(**key);
        ring = Some(match ring {
            None => KeyRing::new(*slot, key)?,
            Some(ring) => ring.with(*slot, key)?,
        });
    }
    let ring = ring.ok_or_else(|| Fault::Lasting(inaccessible()))?;
    Ok(Unlocked {
        domain: Domain::Sealed(ring.writing_with(sealing.writing)?),
        cipher,
    })
}

/// Gives the grant back that a resource held, if it was the last one to need it.
pub(crate) async fn release(tx: &mut Tx, permit: &Permit, resource: &str) -> Result<()> {
    if let Some(holder) = rows::release_grant(tx, permit, resource).await? {
        keys::retire_for_resource(tx, &holder).await?;
    }
    Ok(())
}
