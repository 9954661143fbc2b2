//! Keys for another part of the service: what EBS does for a caller, and later for a resource
//! without any caller.
//!
//! For a caller, the key's policy is asked as always, with `kms:ViaService` and the encryption
//! context. What the caller may not know is never answered: a data key's plain bytes stay within the
//! service, so that `kms:GenerateDataKeyWithoutPlaintext` is what one needs to have one made.
//!
//! For a resource (a volume that is attached again, a copy that a job finishes) there is a grant,
//! which a caller with `kms:CreateGrant` gave once.

use crate::allow::{Asked, Found, Right, allow};
use crate::blob::{self, EncryptionContext, Header};
use crate::grant::{Constraints, GrantId, Operation, shown_grantee};
use crate::material::{BYTES, Material};
use crate::{Grant, Key, Keys, cipher, create_grant, find, managed, name, rows};
use base::{AccountId, Error, Reason, Region, Result, Subject};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::Call;
use serde::{Deserialize, Serialize};
use std::fmt;
use store::Tx;

/// A key, as other parts of the service name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRef {
    /// Its ARN.
    pub arn: String,
    /// The account that owns it.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// Its id.
    pub id: String,
    /// Whether it is the account's `alias/aws/ebs`, which nobody shares.
    pub aws_managed: bool,
}

impl KeyRef {
    pub(crate) fn of(key: &Key) -> KeyRef {
        KeyRef {
            arn: key.arn(),
            account: key.account.clone(),
            region: key.region.clone(),
            id: key.id.clone(),
            aws_managed: key.manager == crate::Manager::Aws,
        }
    }
}

/// Through which service a caller uses a key, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// The service, such as `ec2.us-east-1.amazonaws.com`.
    pub service: String,
    /// The encryption context, such as `aws:ebs:id` and a volume's id.
    pub context: EncryptionContext,
}

impl Via {
    /// EC2 in a Region, for the volume or snapshot of this id.
    pub fn ebs(region: &Region, id: &str) -> Via {
        Via {
            service: managed::ebs_service(region),
            context: EncryptionContext::from([("aws:ebs:id".to_owned(), id.to_owned())]),
        }
    }
}

/// A data key's plain bytes: wiped when dropped, never shown.
pub struct DataKeyPlain(Material);

impl DataKeyPlain {
    /// The bytes: name the place that needs them.
    pub fn expose(&self) -> &[u8; BYTES] {
        self.0.expose()
    }
}

impl fmt::Debug for DataKeyPlain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKeyPlain(..)")
    }
}

/// A data key as its KMS key wrapped it. It names that key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrapped {
    key: String,
    blob: String,
}

impl Wrapped {
    fn new(key: &Key, blob: &[u8]) -> Wrapped {
        Wrapped {
            key: key.arn(),
            blob: STANDARD.encode(blob),
        }
    }

    /// The ARN of the key that it opens under.
    pub fn key_arn(&self) -> &str {
        &self.key
    }

    fn read(&self) -> Result<(Header, Vec<u8>)> {
        let bytes = STANDARD.decode(&self.blob).map_err(|_| blob::invalid())?;
        let header = blob::header(&bytes)?;
        Ok((header, bytes))
    }
}

/// Why a key cannot be used: what an asynchronous failure keeps. To callers of EBS all of them are
/// "Given key ID is not accessible".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Policies and grants do not allow it, or the key is not known to the caller.
    #[error("the key is not accessible")]
    NotAccessible,
    /// The key is disabled.
    #[error("the key is disabled")]
    Disabled,
    /// The key is to be deleted.
    #[error("the key is pending deletion")]
    PendingDeletion,
    /// The key's material was deleted, has ended, or has not come.
    #[error("the key has no material")]
    PendingImport,
    /// The key is gone.
    #[error("the key does not exist")]
    Gone,
}

/// Why a key could not be used, if that is what the error says. Other errors (a lost race, a fault
/// of ours) answer nothing, and are to be passed on.
pub fn unusable(error: &Error) -> Option<Unusable> {
    let source = std::error::Error::source(error)?;
    source.downcast_ref::<Unusable>().copied()
}

/// The key that a caller names (id, ARN, alias or alias's ARN), in the Region of the call. It says
/// nothing of what the caller may do with it.
pub async fn resolve(tx: &mut Tx, call: &Call, given: &str) -> Result<KeyRef> {
    const ACTION: &str = "kms:DescribeKey";
    let reach = (find::Reach::AnyOrAlias, ACTION);
    match find::find(tx, call, given, reach).await {
        Ok(found) => Ok(KeyRef::of(&found.key)),
        Err(error) if error.is_not_found() && unusable(&error).is_none() => {
            Err(error.with_source(Unusable::Gone))
        }
        Err(error) => Err(error),
    }
}

/// Whether the caller may use the key through the service to describe it: a volume's or copy's
/// default key must at least be that.
pub async fn describe_via(tx: &mut Tx, call: &Call, key: &KeyRef, via: &Via) -> Result<()> {
    let found = found(tx, key).await?;
    allowed(tx, call, &found, "kms:DescribeKey", via).await?;
    found.key.check_usable(call.now)
}

/// Makes a data key: its plain bytes for the service, and the same wrapped under the key.
/// The caller needs `kms:GenerateDataKeyWithoutPlaintext`.
pub async fn generate_data_key(
    keys: &Keys,
    tx: &mut Tx,
    call: &Call,
    key: &KeyRef,
    via: &Via,
) -> Result<(DataKeyPlain, Wrapped)> {
    let found = found(tx, key).await?;
    allowed(tx, call, &found, "kms:GenerateDataKeyWithoutPlaintext", via).await?;
    found.key.check_usable(call.now)?;
    fresh(keys, tx, &found.key, &via.context).await
}

/// Opens a data key. The caller needs `kms:Decrypt`.
pub async fn unwrap(
    keys: &Keys,
    tx: &mut Tx,
    call: &Call,
    wrapped: &Wrapped,
    via: &Via,
) -> Result<DataKeyPlain> {
    let (header, bytes) = wrapped.read()?;
    let found = by_id(tx, &header.key).await?;
    allowed(tx, call, &found, "kms:Decrypt", via).await?;
    found.key.check_usable(call.now)?;
    open(keys, tx, &found.key, (&header, &bytes), &via.context).await
}

/// Wraps a data key under another key, or for another context. The data key stays as it is. The
/// caller needs `kms:ReEncryptFrom` on its key, and `kms:ReEncryptTo` on the other.
pub async fn rewrap(
    keys: &Keys,
    tx: &mut Tx,
    call: &Call,
    (wrapped, from): (&Wrapped, &Via),
    (key, to): (&KeyRef, &Via),
) -> Result<Wrapped> {
    let (header, bytes) = wrapped.read()?;
    let source = by_id(tx, &header.key).await?;
    let target = found(tx, key).await?;
    allowed(tx, call, &source, "kms:ReEncryptFrom", from).await?;
    allowed(tx, call, &target, "kms:ReEncryptTo", to).await?;
    source.key.check_usable(call.now)?;
    target.key.check_usable(call.now)?;
    let plain = open(keys, tx, &source.key, (&header, &bytes), &from.context).await?;
    wrap(keys, tx, &target.key, &plain, &to.context).await
}

/// Lets a resource of the service (its ARN or id) do these things with the key from now on, for
/// this encryption context and no other. The caller needs `kms:CreateGrant`, which policies may
/// give for AWS resources alone (`kms:GrantIsForAWSResource`).
pub async fn grant_to_resource(
    keys: &Keys,
    tx: &mut Tx,
    call: &Call,
    (key, resource): (&KeyRef, &str),
    operations: &[Operation],
    via: &Via,
) -> Result<GrantId> {
    let found = found(tx, key).await?;
    let grant = Grant {
        id: create_grant::fresh_id(&*keys.entropy),
        key: found.key.id.clone(),
        account: found.key.account.clone(),
        region: found.key.region.clone(),
        name: None,
        grantee: shown_grantee(call.account(), resource),
        retiring: Some(via.service.clone()),
        issuer: call.account().clone(),
        operations: operations.to_vec(),
        constraints: Constraints {
            equals: None,
            subset: Some(via.context.clone()),
        },
        created: call.now,
        resource: Some(resource.to_owned()),
    };
    create_grant::give(tx, call, &found, &grant, Some(via)).await
}

/// Makes a data key for a resource that has a grant for it.
pub async fn generate_by_grant(
    keys: &Keys,
    tx: &mut Tx,
    (key, resource): (&KeyRef, &str),
    context: &EncryptionContext,
) -> Result<(DataKeyPlain, Wrapped)> {
    let found = found(tx, key).await?;
    let operation = Operation::GenerateDataKeyWithoutPlaintext;
    has_grant(tx, &found.key, resource, (operation, context)).await?;
    found.key.check_usable(keys.clock.now())?;
    fresh(keys, tx, &found.key, context).await
}

/// Opens a data key for a resource that has a grant for it.
pub async fn unwrap_by_grant(
    keys: &Keys,
    tx: &mut Tx,
    resource: &str,
    wrapped: &Wrapped,
    context: &EncryptionContext,
) -> Result<DataKeyPlain> {
    let (header, bytes) = wrapped.read()?;
    let found = by_id(tx, &header.key).await?;
    has_grant(tx, &found.key, resource, (Operation::Decrypt, context)).await?;
    found.key.check_usable(keys.clock.now())?;
    open(keys, tx, &found.key, (&header, &bytes), context).await
}

/// Gives back every grant of a resource that is gone or needs its keys no more.
pub async fn retire_for_resource(tx: &mut Tx, resource: &str) -> Result<()> {
    for grant in rows::grants_for(tx, resource).await? {
        rows::delete_grant(tx, &Right::of_service(), &grant.id.0).await?;
    }
    Ok(())
}

async fn has_grant(
    tx: &mut Tx,
    key: &Key,
    resource: &str,
    (operation, context): (Operation, &EncryptionContext),
) -> Result<()> {
    let fits = |grant: &Grant| grant.key == key.id && grant.allows(operation, context);
    if rows::grants_for(tx, resource).await?.iter().any(fits) {
        return Ok(());
    }
    let message = format!(
        "{resource} has no grant for {} on {}.",
        operation.as_str(),
        key.arn()
    );
    Err(Error::new(Reason::Denied, Subject::Key, message).with_source(Unusable::NotAccessible))
}

async fn allowed(
    tx: &mut Tx,
    call: &Call,
    found: &Found,
    action: &'static str,
    via: &Via,
) -> Result<Right> {
    let asked = Asked {
        action,
        via: Some(via),
        context: Some(&via.context),
        ..Asked::default()
    };
    allow(tx, call, found, &asked).await
}

async fn found(tx: &mut Tx, key: &KeyRef) -> Result<Found> {
    by_id(tx, &key.id).await
}

async fn by_id(tx: &mut Tx, id: &str) -> Result<Found> {
    let gone = || {
        let message = format!("Key '{}' does not exist", name::shown(id));
        Error::not_found(Subject::Key, message).with_source(Unusable::Gone)
    };
    let (key, policy) = rows::key(tx, id).await?.ok_or_else(gone)?;
    Ok(Found {
        key,
        policy,
        alias: None,
    })
}

async fn fresh(
    keys: &Keys,
    tx: &mut Tx,
    key: &Key,
    context: &EncryptionContext,
) -> Result<(DataKeyPlain, Wrapped)> {
    let plain = DataKeyPlain(Material::random(&*keys.entropy));
    let wrapped = wrap(keys, tx, key, &plain, context).await?;
    Ok((plain, wrapped))
}

async fn wrap(
    keys: &Keys,
    tx: &mut Tx,
    key: &Key,
    plain: &DataKeyPlain,
    context: &EncryptionContext,
) -> Result<Wrapped> {
    let blob = cipher::encrypt(keys, tx, key, plain.expose(), context).await?;
    Ok(Wrapped::new(key, &blob))
}

async fn open(
    keys: &Keys,
    tx: &mut Tx,
    key: &Key,
    (header, blob): (&Header, &[u8]),
    context: &EncryptionContext,
) -> Result<DataKeyPlain> {
    let plain = cipher::decrypt(keys, tx, key, (header, blob), context).await?;
    Material::from_bytes(&plain)
        .map(DataKeyPlain)
        .ok_or_else(blob::invalid)
}
