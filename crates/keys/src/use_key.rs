//! What a caller does with a key: Encrypt, Decrypt, GenerateDataKey, ReEncrypt, GenerateRandom.

use crate::allow::{Asked, Found, allow, allow_own};
use crate::blob::{self, EncryptionContext, Header};
use crate::create_grant::check_tokens;
use crate::find::{Reach, find};
use crate::service::Unusable;
use crate::{Key, Keys, cipher, rows};
use base::{Error, Reason, Result, Subject};
use identity::Call;
use policy::Context;
use std::fmt;
use store::Tx;
use zeroize::Zeroizing;

/// The most bytes that Encrypt takes.
const MOST_PLAIN: usize = 4096;
/// The most bytes that a ciphertext may have.
const MOST_SEALED: usize = 6144;
/// The most characters that an encryption context may have.
const MOST_CONTEXT: usize = 8192;
/// The most bytes that a data key or GenerateRandom has.
const MOST_RANDOM: usize = 1024;

/// Bytes that wipe themselves and are never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Plain(Zeroizing<Vec<u8>>);

impl Plain {
    /// Takes secret bytes in.
    pub fn new(bytes: Vec<u8>) -> Plain {
        Plain(Zeroizing::new(bytes))
    }

    /// The bytes: name the place that needs them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain(..)")
    }
}

/// Which key a caller uses, and with what.
#[derive(Clone, Debug, Default)]
pub struct With {
    /// The key: id, ARN, alias or alias's ARN.
    pub key: String,
    /// The encryption context.
    pub context: EncryptionContext,
    /// Tokens of grants.
    pub tokens: Vec<String>,
}

/// A ciphertext, and the ARN of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The key's ARN.
    pub key: String,
    /// The ciphertext.
    pub blob: Vec<u8>,
}

/// Encrypt: up to 4096 bytes.
pub async fn encrypt(keys: &Keys, call: &Call, with: &With, plain: &Plain) -> Result<Sealed> {
    check_length("Plaintext", plain.expose().len(), MOST_PLAIN)?;
    let mut tx = keys.db.read().await?;
    let key = usable(&mut tx, call, with, "kms:Encrypt").await?;
    let blob = cipher::encrypt(keys, &mut tx, &key, plain.expose(), &with.context).await?;
    let key = key.arn();
    Ok(Sealed { key, blob })
}

/// GenerateDataKey: so many random bytes, and the same encrypted.
pub async fn data_key(
    keys: &Keys,
    call: &Call,
    with: &With,
    length: usize,
) -> Result<(Plain, Sealed)> {
    make_data_key(keys, call, with, ("kms:GenerateDataKey", length)).await
}

/// GenerateDataKeyWithoutPlaintext: so many random bytes, encrypted and shown to nobody.
pub async fn data_key_sealed(
    keys: &Keys,
    call: &Call,
    with: &With,
    length: usize,
) -> Result<Sealed> {
    let what = ("kms:GenerateDataKeyWithoutPlaintext", length);
    let (_, sealed) = make_data_key(keys, call, with, what).await?;
    Ok(sealed)
}

async fn make_data_key(
    keys: &Keys,
    call: &Call,
    with: &With,
    (action, length): (&'static str, usize),
) -> Result<(Plain, Sealed)> {
    check_length("NumberOfBytes", length, MOST_RANDOM)?;
    let mut tx = keys.db.read().await?;
    let key = usable(&mut tx, call, with, action).await?;
    let plain = random(keys, length);
    let blob = cipher::encrypt(keys, &mut tx, &key, plain.expose(), &with.context).await?;
    let key = key.arn();
    Ok((plain, Sealed { key, blob }))
}

/// GenerateRandom.
pub async fn random_bytes(keys: &Keys, call: &Call, length: usize) -> Result<Plain> {
    check_length("NumberOfBytes", length, MOST_RANDOM)?;
    let mut tx = keys.db.read().await?;
    allow_own(&mut tx, call, ("kms:GenerateRandom", "*"), Context::new()).await?;
    Ok(random(keys, length))
}

/// What is to be decrypted.
#[derive(Clone, Debug, Default)]
pub struct Opened {
    /// The ciphertext.
    pub blob: Vec<u8>,
    /// The key that it must be of; absent: the one that it names.
    pub key: Option<String>,
    /// The encryption context that it is bound to.
    pub context: EncryptionContext,
}

/// Decrypt, and the ARN of the key.
pub async fn decrypt(
    keys: &Keys,
    call: &Call,
    opened: &Opened,
    tokens: &[String],
) -> Result<(Plain, String)> {
    const ACTION: &str = "kms:Decrypt";
    let mut tx = keys.db.read().await?;
    check_tokens(&mut tx, tokens).await?;
    let (header, found) = source(&mut tx, call, opened, ACTION).await?;
    may_open(
        &mut tx,
        call,
        &found,
        (opened, Asked::with(ACTION, &opened.context)),
    )
    .await?;
    let sealed = (&header, opened.blob.as_slice());
    let plain = cipher::decrypt(keys, &mut tx, &found.key, sealed, &opened.context).await?;
    Ok((Plain(plain), found.key.arn()))
}

/// What ReEncrypt answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The ARN of the key before.
    pub source: String,
    /// The ciphertext, and its key now.
    pub sealed: Sealed,
}

/// ReEncrypt: the same bytes under another key or context; nobody sees them.
pub async fn re_encrypt(keys: &Keys, call: &Call, opened: &Opened, with: &With) -> Result<Moved> {
    const FROM: &str = "kms:ReEncryptFrom";
    const TO: &str = "kms:ReEncryptTo";
    check_context(&with.context)?;
    let mut tx = keys.db.read().await?;
    check_tokens(&mut tx, &with.tokens).await?;
    let (header, source) = source(&mut tx, call, opened, FROM).await?;
    let target = find(&mut tx, call, &with.key, (Reach::AnyOrAlias, TO)).await?;
    let same = (source.key.id == target.key.id).to_string();
    let mut from = Asked::with(FROM, &opened.context);
    from.more.set("kms:ReEncryptOnSameKey", &same);
    let mut to = Asked::with(TO, &with.context);
    to.more.set("kms:ReEncryptOnSameKey", &same);
    // A rehearsal ends at the second of two rights.
    let really = Call {
        dry_run: false,
        ..call.clone()
    };
    may_open(&mut tx, &really, &source, (opened, from)).await?;
    allow(&mut tx, call, &target, &to).await?;
    target.key.check_usable(call.now)?;
    let sealed = (&header, opened.blob.as_slice());
    let plain = cipher::decrypt(keys, &mut tx, &source.key, sealed, &opened.context).await?;
    let blob = cipher::encrypt(keys, &mut tx, &target.key, &plain, &with.context).await?;
    Ok(Moved {
        source: source.key.arn(),
        sealed: Sealed {
            key: target.key.arn(),
            blob,
        },
    })
}

/// The key that a caller may do this with now.
async fn usable(tx: &mut Tx, call: &Call, with: &With, action: &'static str) -> Result<Key> {
    check_context(&with.context)?;
    check_tokens(tx, &with.tokens).await?;
    let found = find(tx, call, &with.key, (Reach::AnyOrAlias, action)).await?;
    allow(tx, call, &found, &Asked::with(action, &with.context)).await?;
    found.key.check_usable(call.now)?;
    Ok(found.key)
}

/// The key of a ciphertext: the one that it names, which must be the one that the caller names.
async fn source(
    tx: &mut Tx,
    call: &Call,
    opened: &Opened,
    action: &'static str,
) -> Result<(Header, Found)> {
    check_context(&opened.context)?;
    check_length("CiphertextBlob", opened.blob.len(), MOST_SEALED)?;
    let header = blob::header(&opened.blob)?;
    let Some(given) = &opened.key else {
        let named = rows::key(tx, &header.key).await?;
        let here = named.filter(|(key, _)| key.region == call.region);
        let (key, policy) = here.ok_or_else(unknown)?;
        let alias = None;
        return Ok((header, Found { key, policy, alias }));
    };
    let found = find(tx, call, given, (Reach::AnyOrAlias, action)).await?;
    if found.key.id == header.key {
        return Ok((header, found));
    }
    let message =
        "The key ID in the request does not identify a CMK that can perform this operation.";
    Err(Error::new(Reason::Combination, Subject::Key, message))
}

/// Whether the caller may open what is of this key. Who names no key, learns nothing of one.
async fn may_open(
    tx: &mut Tx,
    call: &Call,
    found: &Found,
    (opened, asked): (&Opened, Asked<'_>),
) -> Result<()> {
    let is_foreign = found.key.account != *call.account();
    match allow(tx, call, found, &asked).await {
        Err(error) if error.reason == Reason::Denied && is_foreign && opened.key.is_none() => {
            return Err(unknown());
        }
        decided => drop(decided?),
    }
    found.key.check_usable(call.now)
}

fn unknown() -> Error {
    let message = "The ciphertext refers to a customer master key that does not exist, does not \
                   exist in this region, or you are not allowed to access.";
    Error::new(Reason::Denied, Subject::Key, message).with_source(Unusable::NotAccessible)
}

fn random(keys: &Keys, length: usize) -> Plain {
    let mut bytes = Zeroizing::new(vec![0u8; length]);
    keys.entropy.fill(&mut bytes);
    Plain(bytes)
}

fn check_length(name: &str, length: usize, most: usize) -> Result<()> {
    if (1..=most).contains(&length) {
        return Ok(());
    }
    let message = format!("{name} has {length} bytes: 1 to {most} are possible.");
    Err(Error::invalid(message))
}

fn check_context(context: &EncryptionContext) -> Result<()> {
    let size: usize = context
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size <= MOST_CONTEXT {
        return Ok(());
    }
    let message = format!("An encryption context has at most {MOST_CONTEXT} bytes.");
    Err(Error::invalid(message))
}
