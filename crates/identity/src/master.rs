//! The master key of an installation: which file holds it, and changing it.
//!
//! The database keeps the fingerprint of the master key that its secrets are sealed under. A new one
//! is written beside the old one and made durable; in one transaction every secret is sealed anew
//! and the fingerprint is changed; then the new file takes the old one's place. So whatever crash comes
//! in between, both files are there until one is of no use, and the fingerprint says which one
//! counts. Whoever uses a master key holds a shared lock on its file; whoever changes it, the
//! only one.

use crate::seal::{create, sync_folder};
use crate::{MasterKey, keys, rows};
use base::{Entropy, Error, Reason, Result, Subject};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use store::{Db, Tx};

/// The master key of this database, held until it is dropped. It is made if there is neither a file
/// nor anything sealed under one.
pub async fn open_master(db: &Db, path: &Path, entropy: &dyn Entropy) -> Result<MasterKey> {
    let kept = {
        let mut tx = db.read().await?;
        rows::fingerprint(&mut tx).await?
    };
    let Some(kept) = kept else {
        return first(db, path, entropy).await;
    };
    settle(path, &kept)?;
    let key = held(path)?;
    if key.fingerprint() == kept {
        return Ok(key);
    }
    Err(refused(format!(
        "{} is not the master key that this database's secrets are sealed under.",
        path.display()
    )))
}

/// The first time that this database and this file meet.
async fn first(db: &Db, path: &Path, entropy: &dyn Entropy) -> Result<MasterKey> {
    MasterKey::load(path, entropy)?;
    let key = held(path)?;
    let mut tx = db.begin().await?;
    match rows::fingerprint(&mut tx).await? {
        None => rows::put_fingerprint(&mut tx, key.fingerprint()).await?,
        Some(kept) if kept == key.fingerprint() => {}
        Some(_) => {
            let message = "The database got another master key at the same time.";
            return Err(refused(message.to_owned()));
        }
    }
    tx.commit().await?;
    Ok(key)
}

/// Finishes a change that was committed and then cut short.
fn settle(path: &Path, kept: &str) -> Result<()> {
    let next = match File::open(next_to(path)) {
        Ok(file) => MasterKey::read(file)?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::internal(error)),
    };
    if next.fingerprint() == kept {
        put_in_place(path)?;
    }
    Ok(())
}

fn put_in_place(path: &Path) -> Result<()> {
    match fs::rename(next_to(path), path) {
        Ok(()) => sync_folder(path),
        // Somebody else did it first.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::internal(error)),
    }
}

fn next_to(path: &Path) -> PathBuf {
    path.with_extension("key.next")
}

fn held(path: &Path) -> Result<MasterKey> {
    let file = File::open(path).map_err(|error| {
        refused(format!("The master key {} cannot be read.", path.display())).with_source(error)
    })?;
    file.try_lock_shared()
        .map_err(|_| refused("The master key is being changed.".to_owned()))?;
    let lock = file.try_clone().map_err(Error::internal)?;
    Ok(MasterKey::read(file)?.holding(lock))
}

fn refused(message: String) -> Error {
    Error::new(Reason::WrongState, Subject::Request, message)
}

/// A change of the master key. In one transaction, [`Rotation::reseal`] and everyone who has sealed
/// something under the old key seal it under the new one; after its commit, [`Rotation::finish`].
pub struct Rotation {
    path: PathBuf,
    old: MasterKey,
    new: MasterKey,
    _alone: File,
}

impl Rotation {
    /// Makes a new master key beside the one that is used. Refused while anyone uses that.
    pub async fn begin(db: &Db, path: &Path, entropy: &dyn Entropy) -> Result<Rotation> {
        // Whatever an earlier change left unfinished is settled first, under the lock.
        drop(open_master(db, path, entropy).await?);
        let alone = File::open(path).map_err(Error::internal)?;
        alone
            .try_lock()
            .map_err(|_| refused("The master key is in use: stop the server first.".to_owned()))?;
        let old = MasterKey::read(File::open(path).map_err(Error::internal)?)?;
        let next = next_to(path);
        match fs::remove_file(&next) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::internal(error));
            }
            _ => create(&next, entropy)?,
        }
        Ok(Rotation {
            path: path.to_owned(),
            old,
            new: MasterKey::read(File::open(&next).map_err(Error::internal)?)?,
            _alone: alone,
        })
    }

    /// The old key and the new one.
    pub fn keys(&self) -> (&MasterKey, &MasterKey) {
        (&self.old, &self.new)
    }

    /// Seals this crate's secrets anew, and has the database know the new key.
    pub async fn reseal(&self, tx: &mut Tx, entropy: &dyn Entropy) -> Result<()> {
        if rows::fingerprint(tx).await?.as_deref() != Some(self.old.fingerprint()) {
            return Err(refused("The master key was changed meanwhile.".to_owned()));
        }
        for (id, account, sealed) in rows::all_sealed(tx).await? {
            let key = keys::reopened(&self.old, (&id, &account), &sealed)?;
            rows::reseal(tx, &id, &self.new.seal(&key, entropy)?).await?;
        }
        rows::put_fingerprint(tx, self.new.fingerprint()).await
    }

    /// Gives the new key the old one's place.
    pub fn finish(self) -> Result<()> {
        put_in_place(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Clock;
    use base::{SystemClock, SystemEntropy};

    const ENTROPY: &SystemEntropy = &SystemEntropy;

    /// Where a change of the master key is cut short.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Cut {
        BeforeTheCommit,
        AfterTheCommit,
        Nowhere,
    }

    async fn change(db: &Db, path: &Path, cut: Cut) {
        let rotation = Rotation::begin(db, path, ENTROPY).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        rotation.reseal(&mut tx, ENTROPY).await.unwrap();
        if cut == Cut::BeforeTheCommit {
            return;
        }
        tx.commit().await.unwrap();
        if cut == Cut::Nowhere {
            rotation.finish().unwrap();
        }
    }

    #[tokio::test]
    async fn secrets_open_wherever_a_change_of_the_master_key_was_cut_short() {
        let schema = [store::SCHEMA, crate::SCHEMA].concat();
        for database in testkit::databases(&schema).await {
            let (db, folder) = (&database.db, tempfile::tempdir().unwrap());
            let path = folder.path().join("master.key");
            let master = open_master(db, &path, ENTROPY).await.unwrap();
            let now = SystemClock.now();
            let made = crate::create_account(db, &master, ENTROPY, "ann", now)
                .await
                .unwrap();
            let in_use = Rotation::begin(db, &path, ENTROPY).await;
            assert_eq!(in_use.err().unwrap().reason, Reason::WrongState);
            let mut before = master.fingerprint().to_owned();
            drop(master);
            for cut in [
                Cut::BeforeTheCommit,
                Cut::AfterTheCommit,
                Cut::Nowhere,
                Cut::BeforeTheCommit,
            ] {
                change(db, &path, cut).await;
                let master = open_master(db, &path, ENTROPY).await.unwrap();
                let changed = master.fingerprint() != before;
                assert_eq!(changed, cut != Cut::BeforeTheCommit, "{cut:?}");
                before = master.fingerprint().to_owned();
                let mut tx = db.read().await.unwrap();
                let [(id, account, sealed)] = &rows::all_sealed(&mut tx).await.unwrap()[..] else {
                    panic!("one access key was made")
                };
                let secret = master.open(id, account, sealed).unwrap();
                assert_eq!(secret.expose(), made.1.secret.expose(), "{cut:?}");
            }
            // Another key is not taken for this database's, nor is a new one made in its place.
            fs::write(&path, [7; 32]).unwrap();
            assert!(open_master(db, &path, ENTROPY).await.is_err());
            fs::remove_file(&path).unwrap();
            assert!(open_master(db, &path, ENTROPY).await.is_err());
        }
    }
}
