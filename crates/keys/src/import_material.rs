//! GetParametersForImport, ImportKeyMaterial and DeleteImportedKeyMaterial: keys whose owner brings
//! the material, wrapped under an RSA key that was made for it and lives for a day.
//!
//! The private half of that key is kept nowhere: it travels, sealed under the master key, in the
//! import token that its owner sends back.

use crate::allow::{Asked, Right};
use crate::blob;
use crate::change_key::{DAY, own};
use crate::jobs::ForgetMaterial;
use crate::key::{Event, Key, Origin};
use crate::material::{self, Material};
use crate::rows::{self, Kept};
use crate::{Keys, name};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey,
};
use base::{Error, Reason, Result, Subject, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::Call;
use serde::{Deserialize, Serialize};
use store::Tx;
use zeroize::{Zeroize, Zeroizing};

/// The one way of wrapping that is spoken here.
pub const WRAPPING: &str = "RSAES_OAEP_SHA_256";

/// How long the wrapping key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrappingKey {
    /// 2048 bits.
    Rsa2048,
    /// 3072 bits.
    Rsa3072,
    /// 4096 bits.
    Rsa4096,
}

impl WrappingKey {
    /// From AWS's word.
    pub fn parse(text: &str) -> Result<WrappingKey> {
        match text {
            "RSA_2048" => Ok(WrappingKey::Rsa2048),
            "RSA_3072" => Ok(WrappingKey::Rsa3072),
            "RSA_4096" => Ok(WrappingKey::Rsa4096),
            other => Err(Error::unsupported(format!(
                "Wrapping keys of the kind '{}' are not made here: RSA_2048, RSA_3072 and RSA_4096 are.",
                name::shown(other)
            ))),
        }
    }

    fn size(self) -> KeySize {
        match self {
            WrappingKey::Rsa2048 => KeySize::Rsa2048,
            WrappingKey::Rsa3072 => KeySize::Rsa3072,
            WrappingKey::Rsa4096 => KeySize::Rsa4096,
        }
    }
}

/// What is needed to bring material.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// The key's ARN.
    pub key: String,
    /// The token to send with the material.
    pub token: Vec<u8>,
    /// The public key to wrap it under, as a DER SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// Until when both are good.
    pub until: Timestamp,
}

/// What a token carries.
#[derive(Serialize, Deserialize)]
struct Ticket {
    key: String,
    until: Timestamp,
    private_key: String,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.private_key.zeroize();
    }
}

const TOKEN: &str = "amiable import token 1";

/// GetParametersForImport.
pub async fn import_parameters(
    keys: &Keys,
    call: &Call,
    given: &str,
    wrapping: WrappingKey,
) -> Result<Parameters> {
    let mut tx = keys.db.read().await?;
    let asked = Asked::plain("kms:GetParametersForImport");
    let (key, _) = own(&mut tx, call, given, &asked).await?;
    drop(tx);
    check_imports(&key)?;
    key.check_stays()?;
    // Finding large primes takes a while, and must not hold up others.
    let made = tokio::task::spawn_blocking(move || fresh_pair(wrapping)).await;
    let (private_key, public_key) = made.map_err(Error::internal)??;
    let until = call.now.plus(DAY);
    let ticket = Ticket {
        key: key.id.clone(),
        until,
        private_key: STANDARD.encode(private_key.as_slice()),
    };
    let text = Zeroizing::new(serde_json::to_vec(&ticket).map_err(Error::internal)?);
    Ok(Parameters {
        key: key.arn(),
        token: keys.master.seal_bytes(TOKEN, &text, &*keys.entropy)?,
        public_key,
        until,
    })
}

/// An RSA key: the private half as PKCS #8, the public half as X.509 has it. Its primes come from
/// the library's own generator, which cannot be handed one.
fn fresh_pair(wrapping: WrappingKey) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>)> {
    let failed = |_| Error::internal("an RSA key could not be made");
    let private = PrivateDecryptingKey::generate(wrapping.size()).map_err(failed)?;
    let public: PublicKeyX509Der<'_> = private.public_key().as_der().map_err(failed)?;
    let der: Pkcs8V1Der<'_> = private.as_der().map_err(failed)?;
    Ok((
        Zeroizing::new(der.as_ref().to_vec()),
        public.as_ref().to_vec(),
    ))
}

/// Material that its owner brings.
#[derive(Clone, Debug)]
pub struct Import {
    /// The key: its id or ARN.
    pub key: String,
    /// The token of GetParametersForImport.
    pub token: Vec<u8>,
    /// The material, wrapped.
    pub wrapped: Vec<u8>,
    /// When it ends; absent: never.
    pub until: Option<Timestamp>,
}

/// ImportKeyMaterial. Once a key had material, no other is taken; answers the key and the
/// material's id.
pub async fn import_material(keys: &Keys, call: &Call, import: Import) -> Result<(Key, String)> {
    const YEAR_DAYS: u32 = 365;
    if let Some(until) = import.until
        && (until <= call.now || until > call.now.plus(DAY.saturating_mul(YEAR_DAYS)))
    {
        return Err(Error::invalid(
            "ValidTo lies in the future, at most 365 days ahead.",
        ));
    }
    let mut tx = keys.db.begin().await?;
    let mut asked = Asked::plain("kms:ImportKeyMaterial");
    asked.more.set("kms:ExpirationModel", model(import.until));
    if let Some(until) = import.until {
        asked.more.set("kms:ValidTo", until.to_string());
    }
    let (mut key, right) = own(&mut tx, call, &import.key, &asked).await?;
    check_imports(&key)?;
    let ticket = read_token(keys, &import.token)?;
    check_ticket(&ticket, &key, call.now)?;
    let brought = unwrap(&ticket, &import.wrapped)?;
    let kept = same_as_before(&mut tx, &key, &brought, call.now).await?;
    key.apply(Event::Import)?;
    key.material = 1;
    key.expires = import.until;
    let sealed = material::seal(keys, &key.id, key.material, &brought)?;
    rows::put_material(&mut tx, &right, (&key.id, key.material), &kept, &sealed).await?;
    rows::put_key(&mut tx, &right, &key).await?;
    if let Some(due) = key.expires {
        let job = ForgetMaterial {
            key: key.id.clone(),
            due,
        };
        tx.enqueue_at(&job, due).await?;
    }
    tx.commit().await?;
    Ok((key, kept.id))
}

/// DeleteImportedKeyMaterial: the key cannot be used until the same material is brought again.
pub async fn delete_material(keys: &Keys, call: &Call, given: &str) -> Result<Key> {
    let mut tx = keys.db.begin().await?;
    let asked = Asked::plain("kms:DeleteImportedKeyMaterial");
    let (mut key, right) = own(&mut tx, call, given, &asked).await?;
    check_imports(&key)?;
    key.apply(Event::Forget)?;
    wipe(&mut tx, &right, &mut key).await?;
    tx.commit().await?;
    Ok(key)
}

/// Deletes the material of a key. What tells it from others stays.
pub(crate) async fn wipe(tx: &mut Tx, right: &Right, key: &mut Key) -> Result<()> {
    key.expires = None;
    if let Some((kept, _)) = rows::material(tx, &key.id, key.material).await? {
        rows::put_material(tx, right, (&key.id, key.material), &kept, &[]).await?;
    }
    rows::put_key(tx, right, key).await
}

/// AWS's word for whether imported material ends.
pub fn model(until: Option<Timestamp>) -> &'static str {
    match until {
        Some(_) => "KEY_MATERIAL_EXPIRES",
        None => "KEY_MATERIAL_DOES_NOT_EXPIRE",
    }
}

fn check_imports(key: &Key) -> Result<()> {
    match key.origin {
        Origin::External => Ok(()),
        Origin::AwsKms => {
            let message = format!(
                "{} origin is AWS_KMS which is not valid for this operation.",
                key.arn()
            );
            Err(Error::unsupported(message))
        }
    }
}

fn read_token(keys: &Keys, token: &[u8]) -> Result<Ticket> {
    let bad = || {
        let message = "The import token is not one that was made here for this key.";
        Error::new(Reason::Invalid, Subject::ImportToken, message)
    };
    let text = keys.master.open_bytes(TOKEN, token).ok_or_else(bad)?;
    serde_json::from_slice(&text).map_err(|_| bad())
}

fn check_ticket(ticket: &Ticket, key: &Key, now: Timestamp) -> Result<()> {
    if ticket.key != key.id {
        let message = "The import token is of another key.";
        return Err(Error::new(Reason::Invalid, Subject::ImportToken, message));
    }
    if ticket.until <= now {
        let message = "The import token has expired: get new parameters for the import.";
        return Err(Error::new(
            Reason::Unavailable,
            Subject::ImportToken,
            message,
        ));
    }
    Ok(())
}

fn unwrap(ticket: &Ticket, wrapped: &[u8]) -> Result<Material> {
    let broken = |_| Error::internal("the private key of an import token cannot be read");
    let der = STANDARD
        .decode(&ticket.private_key)
        .map_err(Error::internal)?;
    let der = Zeroizing::new(der);
    let private = PrivateDecryptingKey::from_pkcs8(&der).map_err(broken)?;
    let private = OaepPrivateDecryptingKey::new(private).map_err(|_| blob::invalid())?;
    let mut plain = Zeroizing::new(vec![0u8; private.min_output_size()]);
    let opened = private
        .decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut plain, None)
        .map_err(|_| blob::invalid())?;
    Material::from_bytes(opened).ok_or_else(|| {
        let message = "Key material has 32 bytes.";
        Error::new(Reason::Combination, Subject::KeyMaterial, message)
    })
}

/// What is known of the material; a refusal if the key had another one before.
async fn same_as_before(
    tx: &mut Tx,
    key: &Key,
    brought: &Material,
    now: Timestamp,
) -> Result<Kept> {
    let id = brought.id();
    match rows::material(tx, &key.id, 1).await? {
        None => Ok(Kept {
            id,
            since: now,
            rotation: None,
        }),
        Some((kept, _)) if kept.id == id => Ok(kept),
        Some(_) => {
            let message = "The key had other material before, and takes no other.";
            Err(Error::new(
                Reason::Combination,
                Subject::KeyMaterial,
                message,
            ))
        }
    }
}
