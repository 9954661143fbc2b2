//! Access keys: an id that travels with each request and a secret that signs it.

use crate::seal::MasterKey;
use crate::session::{self, Holder, Sealed};
use crate::{Caller, Entity, organization, rows};
use base::{AccountId, Entropy, Result, Secret, Timestamp};
use policy::{Context, Principal};
use store::{Db, Tx};

/// An access key with its secret.
#[derive(Clone, Debug)]
pub struct AccessKey {
    /// The id: `AKIA` and sixteen characters.
    pub id: String,
    /// The secret: forty characters.
    pub secret: Secret,
    /// Whose key it is.
    pub account: AccountId,
}

const ID_ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_ALPHABET: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A key whose id begins with `AKIA`, or `ASIA` for temporary ones.
pub(crate) fn fresh(prefix: &str, account: AccountId, entropy: &dyn Entropy) -> AccessKey {
    AccessKey {
        id: format!("{prefix}{}", id_letters(entropy, 16)),
        secret: Secret::new(letters(entropy, SECRET_ALPHABET, 40)),
        account,
    }
}

/// Letters and digits of an id.
pub(crate) fn id_letters(entropy: &dyn Entropy, count: usize) -> String {
    letters(entropy, ID_ALPHABET, count)
}

/// Letters of an alphabet whose length is a power of two, so that none is likelier than another.
fn letters(entropy: &dyn Entropy, alphabet: &[u8], count: usize) -> String {
    let mut bytes = vec![0u8; count];
    entropy.fill(&mut bytes);
    bytes
        .iter()
        .map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()]))
        .collect()
}

/// Who signs with a key, before the signature has been verified.
#[derive(Clone, Debug)]
pub struct Known {
    /// Who.
    pub caller: Caller,
    /// What must have signed the request.
    pub secret: Secret,
    /// What policies may ask about the caller.
    pub context: Context,
}

/// Whose key it is that signs a request.
#[derive(Clone, Debug)]
pub enum Signer {
    /// Somebody's.
    Known(Box<Known>),
    /// A session's of this account that is over.
    Expired(AccountId),
    /// Nobody's: no such key, or not with this token, or it was deactivated or revoked. If there is
    /// such a key, this is its account.
    Nobody(Option<AccountId>),
}

/// Who is behind an access key id and, for temporary credentials, their token.
pub async fn authenticate(
    db: &Db,
    master: &MasterKey,
    (key_id, token): (&str, Option<&str>),
    now: Timestamp,
) -> Result<Signer> {
    let mut tx = db.read().await?;
    let found = match token {
        None => by_key(&mut tx, master, key_id).await?,
        Some(token) => match session::open(master, token).filter(|found| found.key_id == key_id) {
            Some(found) if found.session.expires <= now => {
                return Ok(Signer::Expired(found.account.clone()));
            }
            Some(found) => by_session(&mut tx, &found).await?,
            None => None,
        },
    };
    let Some((caller, secret)) = found else {
        let key = rows::key(&mut tx, key_id).await?;
        return Ok(Signer::Nobody(key.map(|key| key.account)));
    };
    let context = about(&mut tx, &caller).await?;
    Ok(Signer::Known(Box::new(Known {
        caller,
        secret,
        context,
    })))
}

async fn by_key(tx: &mut Tx, master: &MasterKey, id: &str) -> Result<Option<(Caller, Secret)>> {
    let Some(key) = rows::key(tx, id).await? else {
        return Ok(None);
    };
    let secret = master.open(id, &key.account, &key.sealed)?;
    if !key.is_active {
        return Ok(None);
    }
    let caller = match key.holder {
        None => Some(Caller::root(key.account)),
        Some(user) => rows::entity_by_id(tx, &user)
            .await?
            .map(|user| of_user(&user)),
    };
    Ok(caller.map(|caller| (caller, secret)))
}

async fn by_session(tx: &mut Tx, found: &Sealed) -> Result<Option<(Caller, Secret)>> {
    let caller = match &found.holder {
        Holder::Root => Some(Caller::root(found.account.clone())),
        Holder::User(id) => rows::entity_by_id(tx, id).await?.map(|user| of_user(&user)),
        Holder::Role(id) => {
            let role = rows::entity_by_id(tx, id).await?;
            role.map(|role| of_role(&role, &found.session.name))
        }
    };
    Ok(caller.map(|caller| {
        let session = Some(found.session.clone());
        (Caller { session, ..caller }, found.secret())
    }))
}

fn of_user(user: &Entity) -> Caller {
    Caller::user(user.account.clone(), user.arn(), user.id.clone())
}

/// The ARN of a session of a role.
pub(crate) fn session_arn(role: &Entity, name: &str) -> String {
    format!(
        "arn:aws:sts::{}:assumed-role/{}/{name}",
        role.account, role.name
    )
}

pub(crate) fn of_role(role: &Entity, name: &str) -> Caller {
    let arn = session_arn(role, name);
    Caller {
        account: role.account.clone(),
        user_id: format!("{}:{name}", role.id),
        principal: Principal::Session {
            account: role.account.to_string(),
            arn: arn.clone(),
            role_arn: role.arn(),
            role_id: role.id.clone(),
        },
        arn,
        session: None,
    }
}

/// What policies may ask about a caller. (IAM User Guide, "AWS global condition context keys".)
pub async fn about(tx: &mut Tx, caller: &Caller) -> Result<Context> {
    let mut context = Context::new();
    let (arn, kind, holder) = match &caller.principal {
        Principal::User { arn, id, .. } => (arn, "User", Some(id)),
        Principal::Session {
            role_arn, role_id, ..
        } => (role_arn, "AssumedRole", Some(role_id)),
        _ => (&caller.arn, "Account", None),
    };
    context.set("aws:PrincipalArn", arn.clone());
    context.set("aws:PrincipalType", kind);
    context.set("aws:PrincipalAccount", caller.account.as_str());
    context.set("aws:PrincipalIsAWSService", "false");
    context.set("aws:userid", caller.user_id.clone());
    if let (Principal::User { .. }, Some(name)) = (&caller.principal, arn.rsplit('/').next()) {
        context.set("aws:username", name);
    }
    if let Some(holder) = holder {
        for (key, value) in rows::entity_tags(tx, holder).await? {
            context.set(format!("aws:PrincipalTag/{key}"), value);
        }
    }
    if let Some(session) = &caller.session {
        context.set("aws:MultiFactorAuthPresent", "false");
        context.set("aws:TokenIssueTime", session.issued.to_string());
        for (key, value) in &session.tags {
            context.set(format!("aws:PrincipalTag/{key}"), value.clone());
        }
        if let Some(identity) = &session.source_identity {
            context.set("aws:SourceIdentity", identity.clone());
        }
        if let Some(instance) = &session.instance {
            context.set("ec2:SourceInstanceARN", instance.clone());
        }
    }
    if let Some(place) = organization::organization_of(tx, &caller.account).await? {
        context.set("aws:PrincipalOrgID", place.id.clone());
        context.set_many("aws:PrincipalOrgPaths", [place.path()]);
    }
    Ok(context)
}

/// An access key as it was sealed.
pub(crate) fn reopened(
    master: &MasterKey,
    (id, account): (&str, &AccountId),
    sealed: &[u8],
) -> Result<AccessKey> {
    Ok(AccessKey {
        id: id.to_owned(),
        secret: master.open(id, account, sealed)?,
        account: account.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SystemEntropy;

    #[test]
    fn a_fresh_key_has_the_form_that_sdks_expect() {
        let account = AccountId::parse("123456789012").unwrap();
        let key = fresh("AKIA", account, &SystemEntropy);
        assert_eq!((key.id.len(), key.secret.expose().len()), (20, 40));
        assert!(key.id.starts_with("AKIA"));
        assert!(!format!("{key:?}").contains(key.secret.expose()));
    }
}
