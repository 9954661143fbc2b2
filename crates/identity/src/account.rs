//! Accounts: made on the machine that runs the service, never over the network.

use crate::seal::MasterKey;
use crate::{AccessKey, keys, rows};
use base::{AccountId, Entropy, Error, Reason, Result, Subject, Timestamp};
use serde::{Deserialize, Serialize};
use store::Db;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name on this installation.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
}

/// Makes an account and its root user's first access key. The key's secret is answered once.
pub async fn create_account(
    db: &Db,
    master: &MasterKey,
    entropy: &dyn Entropy,
    name: &str,
    now: Timestamp,
) -> Result<(Account, AccessKey)> {
    check_name(name)?;
    let account = Account {
        id: AccountId::random(entropy),
        name: name.to_owned(),
        created: now,
    };
    let key = keys::fresh("AKIA", account.id.clone(), entropy);
    let mut tx = db.begin().await?;
    if rows::account_named(&mut tx, name).await?.is_some() {
        let message = format!("An account named '{name}' exists already.");
        return Err(Error::new(Reason::Duplicate, Subject::Account, message));
    }
    rows::insert_account(&mut tx, &account).await?;
    rows::insert_key(&mut tx, &key, None, now, &master.seal(&key, entropy)?).await?;
    tx.commit().await?;
    Ok((account, key))
}

/// Every account of this installation, in the order they were made.
pub async fn list_accounts(db: &Db) -> Result<Vec<Account>> {
    let mut tx = db.read().await?;
    rows::accounts(&mut tx).await
}

fn check_name(name: &str) -> Result<()> {
    let good = (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_. @".contains(&b))
        && !name.starts_with(' ');
    if good {
        return Ok(());
    }
    let message = "An account's name has 1 to 64 letters, digits, spaces, '-', '_', '.' or '@'.";
    Err(Error::new(Reason::Malformed, Subject::Account, message))
}
