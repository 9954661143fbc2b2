//! Temporary credentials: an access key `ASIA…` whose token says, sealed, whose they are.
//!
//! Nothing is kept of a session: its token is sealed under the master key and holds the secret,
//! the end, and what limits it. The user or role that it stands for is looked up with each
//! request, so a session ends at once when its role is deleted, and follows its role's policies.

use crate::seal::MasterKey;
use base::{AccountId, Entropy, Error, Result, Secret, Tags, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// What a session carries beyond the user or role that it stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its name; empty for those of GetSessionToken.
    pub name: String,
    /// When it was given out.
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// The document that limits it.
    pub policy: Option<String>,
    /// The ARNs of managed policies that limit it.
    pub managed: Vec<String>,
    /// Its tags.
    pub tags: Tags,
    /// Those of its tags that sessions take over which are assumed with this one.
    pub transitive: Vec<String>,
    /// Who is behind it, as the first session of a chain was told.
    pub source_identity: Option<String>,
    /// The instance that it was given to.
    pub instance: Option<String>,
}

/// Whom temporary credentials stand for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Holder {
    Root,
    User(String),
    Role(String),
}

/// Temporary credentials, as they are given out.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The access key id, `ASIA…`.
    pub key_id: String,
    /// The secret.
    pub secret: Secret,
    /// The session token.
    pub token: Secret,
    /// When they end.
    pub expires: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Sealed {
    pub(crate) key_id: String,
    secret: String,
    pub(crate) account: AccountId,
    pub(crate) holder: Holder,
    pub(crate) session: Session,
}

impl Sealed {
    pub(crate) fn secret(&self) -> Secret {
        Secret::new(self.secret.clone())
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.secret);
    }
}

const LABEL: &str = "amiable session token";

/// Fresh credentials of a session.
pub(crate) fn issue(
    master: &MasterKey,
    entropy: &dyn Entropy,
    account: &AccountId,
    holder: Holder,
    session: Session,
) -> Result<Credentials> {
    let key = crate::keys::fresh("ASIA", account.clone(), entropy);
    let expires = session.expires;
    let sealed = Sealed {
        key_id: key.id.clone(),
        secret: key.secret.expose().to_owned(),
        account: account.clone(),
        holder,
        session,
    };
    let text = zeroize::Zeroizing::new(serde_json::to_vec(&sealed).map_err(Error::internal)?);
    let token = master.seal_bytes(LABEL, &text, entropy)?;
    Ok(Credentials {
        key_id: key.id,
        secret: key.secret,
        token: Secret::new(STANDARD.encode(token)),
        expires,
    })
}

/// The longest token that is looked at. Policies and tags of a session have limits.
const LONGEST: usize = 32 << 10;

/// What a token says; nothing if it is not one of ours.
pub(crate) fn open(master: &MasterKey, token: &str) -> Option<Sealed> {
    if token.len() > LONGEST {
        return None;
    }
    let sealed = STANDARD.decode(token).ok()?;
    let text = master.open_bytes(LABEL, &sealed)?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SystemEntropy;

    #[test]
    fn a_token_opens_only_whole_and_under_its_own_master_key() {
        let folder = tempfile::tempdir().unwrap();
        let load = |name: &str| MasterKey::load(&folder.path().join(name), &SystemEntropy).unwrap();
        let (master, other) = (load("a"), load("b"));
        let account = AccountId::parse("123456789012").unwrap();
        let made = issue(
            &master,
            &SystemEntropy,
            &account,
            Holder::Root,
            Session::default(),
        );
        let made = made.unwrap();
        let found = open(&master, made.token.expose()).unwrap();
        assert_eq!(found.key_id, made.key_id);
        assert_eq!(found.secret().expose(), made.secret.expose());
        assert!(made.key_id.starts_with("ASIA"));
        assert!(open(&other, made.token.expose()).is_none());
        assert!(open(&master, "").is_none());
        let mut changed = made.token.expose().to_owned();
        changed.replace_range(20..21, if &changed[20..21] == "A" { "B" } else { "A" });
        assert!(open(&master, &changed).is_none());
        let shown = format!("{made:?}");
        assert!(!shown.contains(made.secret.expose()) && !shown.contains(made.token.expose()));
    }
}
