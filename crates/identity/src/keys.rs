//! Access keys: an id that travels with each request and a secret that signs it.

use crate::seal::MasterKey;
use crate::{Caller, rows};
use base::{AccountId, Entropy, Result, Secret};
use store::Db;

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

pub(crate) fn fresh(account: AccountId, entropy: &dyn Entropy) -> AccessKey {
    let id = format!("AKIA{}", letters(entropy, ID_ALPHABET, 16));
    AccessKey {
        id,
        secret: Secret::new(letters(entropy, SECRET_ALPHABET, 40)),
        account,
    }
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

/// The caller and secret behind an access key id; nothing if no such key exists.
pub async fn authenticate(
    db: &Db,
    master: &MasterKey,
    key_id: &str,
) -> Result<Option<(Caller, Secret)>> {
    let mut tx = db.read().await?;
    let Some((account, sealed)) = rows::key(&mut tx, key_id).await? else {
        return Ok(None);
    };
    let secret = master.open(key_id, &account, &sealed)?;
    Ok(Some((Caller::root(account), secret)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SystemEntropy;

    #[test]
    fn a_fresh_key_has_the_form_that_sdks_expect() {
        let key = fresh(AccountId::parse("123456789012").unwrap(), &SystemEntropy);
        assert_eq!((key.id.len(), key.secret.expose().len()), (20, 40));
        assert!(key.id.starts_with("AKIA"));
        assert!(!format!("{key:?}").contains(key.secret.expose()));
    }
}
