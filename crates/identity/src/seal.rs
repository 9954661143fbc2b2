//! The master key: a file outside of the database, under which secrets in the database are sealed.
//!
//! A stolen database without the file opens nothing. A sealed secret is bound to its key id and
//! account, so that it cannot be moved to another row.

use crate::AccessKey;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base::{AccountId, Entropy, Error, Result, Secret};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
const FINGERPRINT: &[u8] = b"amiable master key fingerprint 1";

/// The key under which this installation's secrets are sealed.
pub struct MasterKey {
    key: LessSafeKey,
    fingerprint: String,
    /// A lock that is held as long as the key is used, so that nobody changes it meanwhile.
    _held: Option<File>,
}

impl MasterKey {
    /// Reads the key from its file, which is made with a random key if it is absent.
    pub fn load(path: &Path, entropy: &dyn Entropy) -> Result<MasterKey> {
        if !path.exists() {
            create(path, entropy)?;
        }
        MasterKey::read(File::open(path).map_err(Error::internal)?)
    }

    /// Reads the key from its open file.
    pub(crate) fn read(mut file: File) -> Result<MasterKey> {
        // Room for all of it from the start: a buffer that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * KEY_BYTES));
        Read::by_ref(&mut file)
            .take(2 * KEY_BYTES as u64)
            .read_to_end(&mut bytes)
            .map_err(Error::internal)?;
        let wrong = |_| Error::internal(format!("a master key has {KEY_BYTES} bytes"));
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(wrong)?;
        let named = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        Ok(MasterKey {
            key: LessSafeKey::new(key),
            fingerprint: hex::encode(hmac::sign(&named, FINGERPRINT)),
            _held: None,
        })
    }

    /// The same, with a lock that is held as long as the key is used.
    pub(crate) fn holding(self, lock: File) -> MasterKey {
        MasterKey {
            _held: Some(lock),
            ..self
        }
    }

    /// What tells one master key from another, and says nothing of it.
    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Seals bytes under a label, without which they do not open again.
    pub fn seal_bytes(&self, label: &str, plain: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>> {
        let mut nonce = [0u8; NONCE_BYTES];
        entropy.fill(&mut nonce);
        // Room for all of it from the start: a buffer that grows leaves copies behind.
        let mut sealed = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(plain);
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(label),
                &mut sealed,
            )
            .map_err(|_| Error::internal("a secret could not be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed under the same label; nothing if it is not that.
    pub fn open_bytes(&self, label: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.split_at_checked(NONCE_BYTES)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut body = Zeroizing::new(body.to_vec());
        let plain = self
            .key
            .open_in_place(nonce, Aad::from(label), &mut body)
            .ok()?;
        Some(Zeroizing::new(plain.to_vec()))
    }

    pub(crate) fn seal(&self, key: &AccessKey, entropy: &dyn Entropy) -> Result<Vec<u8>> {
        let label = label(&key.id, &key.account);
        self.seal_bytes(&label, key.secret.expose().as_bytes(), entropy)
    }

    pub(crate) fn open(&self, id: &str, account: &AccountId, sealed: &[u8]) -> Result<Secret> {
        let broken = || Error::internal("a sealed secret does not open under this master key");
        let plain = self
            .open_bytes(&label(id, account), sealed)
            .ok_or_else(broken)?;
        Ok(Secret::new(
            std::str::from_utf8(&plain).map_err(|_| broken())?,
        ))
    }
}

fn label(id: &str, account: &AccountId) -> String {
    format!("amiable access key {id} of {account}")
}

/// Written whole or not at all, and readable by nobody else from its first moment. A second
/// process that makes one at the same time finds the first one's.
pub(crate) fn create(path: &Path, entropy: &dyn Entropy) -> Result<()> {
    let mut bytes = Zeroizing::new([0u8; KEY_BYTES]);
    entropy.fill(bytes.as_mut());
    let mut unique = [0u8; 8];
    entropy.fill(&mut unique);
    let temporary = path.with_extension(format!("{:016x}", u64::from_le_bytes(unique)));
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| {
            file.write_all(bytes.as_ref())
                .and_then(|()| file.sync_all())
        });
    made.map_err(Error::internal)?;
    let linked = std::fs::hard_link(&temporary, path);
    std::fs::remove_file(&temporary).map_err(Error::internal)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Error::internal(error))
        }
        _ => sync_folder(path),
    }
}

pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SystemEntropy;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_sealed_secret_opens_only_under_its_own_key_and_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let master = MasterKey::load(&path, &SystemEntropy).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let account = AccountId::parse("123456789012").unwrap();
        let key = crate::keys::fresh("AKIA", account.clone(), &SystemEntropy);
        let sealed = master.seal(&key, &SystemEntropy).unwrap();
        let again = MasterKey::load(&path, &SystemEntropy).unwrap();
        assert_eq!(
            again.open(&key.id, &account, &sealed).unwrap().expose(),
            key.secret.expose()
        );
        assert!(again.open("AKIAOTHER", &account, &sealed).is_err());
        let other = MasterKey::load(&folder.path().join("other.key"), &SystemEntropy).unwrap();
        assert!(other.open(&key.id, &account, &sealed).is_err());
        assert!(again.open(&key.id, &account, &sealed[..5]).is_err());
    }
}
