//! Commands that work on the data folder itself: accounts, and the environment for clients.

use crate::folder::{Credentials, Folder};
use crate::settings::Settings;
use anyhow::{Context, Result};
use base::{Clock, SystemClock, SystemEntropy};
use identity::MasterKey;
use std::io::Write;
use std::path::Path;
use store::Db;

/// The database and master key of an installation, while its server runs or not.
pub(crate) async fn open(folder: &Folder) -> Result<(Db, MasterKey)> {
    let settings = Settings::load(folder)?;
    let db = Db::open(&settings.database_url(folder))
        .await
        .map_err(chained)?;
    db.migrate(&crate::start::schema()).await.map_err(chained)?;
    let master = identity::open_master(&db, &folder.path("master.key"), &SystemEntropy)
        .await
        .map_err(chained)?;
    Ok((db, master))
}

/// The domain's error as the command line shows it: with its causes, since whoever runs the
/// installation reads it.
pub(crate) fn chained(error: base::Error) -> anyhow::Error {
    anyhow::anyhow!(error.chain())
}

pub(crate) async fn create_account(data: &Path, name: &str, json: bool) -> Result<()> {
    let folder = Folder::open(data)?;
    let (db, master) = open(&folder).await?;
    let credentials = new_account(&db, &master, name).await?;
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string(&credentials)?)?;
    } else {
        writeln!(out, "account            {}", credentials.account_id)?;
        writeln!(out, "access key id      {}", credentials.access_key_id)?;
        writeln!(out, "secret access key  {}", credentials.secret_access_key)?;
        writeln!(out, "The secret is not shown again.")?;
    }
    Ok(())
}

/// Makes an account with its first access key.
pub(crate) async fn new_account(db: &Db, master: &MasterKey, name: &str) -> Result<Credentials> {
    let now = SystemClock.now();
    let (account, key) = identity::create_account(db, master, &SystemEntropy, name, now)
        .await
        .map_err(chained)?;
    Ok(Credentials {
        account_id: account.id.to_string(),
        access_key_id: key.id.clone(),
        secret_access_key: key.secret.expose().to_owned(),
    })
}

pub(crate) async fn list_accounts(data: &Path, json: bool) -> Result<()> {
    let folder = Folder::open(data)?;
    let (db, _) = open(&folder).await?;
    let accounts = identity::list_accounts(&db).await.map_err(chained)?;
    let mut out = std::io::stdout().lock();
    if json {
        let rows: Vec<serde_json::Value> = accounts
            .iter()
            .map(|a| {
                serde_json::json!({
                    "account_id": a.id.as_str(), "name": a.name, "created": a.created.to_string()
                })
            })
            .collect();
        writeln!(out, "{}", serde_json::to_string(&rows)?)?;
        return Ok(());
    }
    for account in accounts {
        writeln!(out, "{}  {}  {}", account.id, account.created, account.name)?;
    }
    Ok(())
}

/// Prints the exports that point AWS clients here.
pub(crate) fn env(data: &Path) -> Result<()> {
    let folder = Folder::open(data)?;
    let credentials = folder.credentials()?;
    let settings = Settings::load(&folder)?;
    let endpoint = std::fs::read_to_string(folder.path("endpoint"))
        .context("the server has not been started yet: run `amiable serve` first")?;
    let region = settings
        .regions
        .first()
        .context("settings.toml names no Region")?;
    let exports = [
        ("AWS_ENDPOINT_URL", endpoint.trim()),
        ("AWS_ACCESS_KEY_ID", &credentials.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", &credentials.secret_access_key),
        ("AWS_DEFAULT_REGION", region.as_str()),
        ("AWS_REGION", region.as_str()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let mut out = std::io::stdout().lock();
    writeln!(out, "unset AWS_SESSION_TOKEN AWS_PROFILE")?;
    for (name, value) in exports {
        writeln!(out, "export {name}='{value}'")?;
    }
    Ok(())
}

/// Makes a new master key, and seals every secret under it anew.
pub(crate) async fn rotate_key(data: &Path) -> Result<()> {
    let folder = Folder::open(data)?;
    let settings = Settings::load(&folder)?;
    let db = Db::open(&settings.database_url(&folder))
        .await
        .map_err(chained)?;
    db.migrate(&crate::start::schema()).await.map_err(chained)?;
    change_master(&db, &folder.path("master.key"))
        .await
        .map_err(chained)?;
    writeln!(
        std::io::stdout().lock(),
        "The master key is changed, and all secrets are sealed under the new one. A copy of the old \
         one opens older copies of the database alone."
    )?;
    Ok(())
}

async fn change_master(db: &Db, path: &Path) -> base::Result<()> {
    let rotation = identity::Rotation::begin(db, path, &SystemEntropy).await?;
    let mut tx = db.begin().await?;
    rotation.reseal(&mut tx, &SystemEntropy).await?;
    keys::reseal(&mut tx, rotation.keys(), &SystemEntropy).await?;
    volumes::reseal(&mut tx, rotation.keys(), &SystemEntropy).await?;
    audit::reseal(&mut tx, rotation.keys(), &SystemEntropy).await?;
    tx.commit().await?;
    rotation.finish()
}
