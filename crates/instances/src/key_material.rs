//! Keys as bytes: making them, reading the forms in which people send public keys, and EC2's
//! fingerprints. Pure, but for the randomness of new keys.
//!
//! Only shapes are written here (DER, PEM, OpenSSH's and PuTTY's); the arithmetic is aws-lc's.

mod ppk;
mod shapes;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base::{Entropy, Error, Reason, Result, Secret, Subject};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use shapes::{der, element, pem, put, signed, take, unsigned};

/// The kinds of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum KeyKind {
    Rsa,
    Ed25519,
}

impl KeyKind {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyKind::Rsa => "rsa",
            KeyKind::Ed25519 => "ed25519",
        }
    }

    /// Reads AWS's word.
    pub fn parse(text: &str) -> Result<KeyKind> {
        match text {
            "rsa" => Ok(KeyKind::Rsa),
            "ed25519" => Ok(KeyKind::Ed25519),
            other => {
                let shown: String = other.chars().take(32).collect();
                Err(Error::invalid(format!(
                    "Invalid value '{shown}' for keyType."
                )))
            }
        }
    }
}

/// The forms of private keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyForm {
    /// What OpenSSH reads.
    #[default]
    Pem,
    /// What PuTTY reads.
    Ppk,
}

impl KeyForm {
    /// Reads AWS's word.
    pub fn parse(text: &str) -> Result<KeyForm> {
        match text {
            "pem" => Ok(KeyForm::Pem),
            "ppk" => Ok(KeyForm::Ppk),
            other => {
                let shown: String = other.chars().take(32).collect();
                let message = format!("Invalid value '{shown}' for keyFormat: pem or ppk.");
                Err(Error::invalid(message))
            }
        }
    }
}

/// A public key that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Public {
    pub(crate) kind: KeyKind,
    /// The key in OpenSSH's form, without a comment.
    pub(crate) line: String,
    pub(crate) fingerprint: String,
}

/// A new key: its public half, and the private half as a file's text.
pub(crate) struct New {
    pub(crate) public: Public,
    pub(crate) private: Secret,
}

/// Makes a key. The comment, one line, is kept in forms that have a place for it.
pub(crate) fn generate(
    kind: KeyKind,
    (form, comment): (KeyForm, &str),
    entropy: &dyn Entropy,
) -> Result<New> {
    match kind {
        KeyKind::Rsa => new_rsa(form, comment),
        KeyKind::Ed25519 => new_ed25519((form, comment), entropy),
    }
}

fn new_rsa(form: KeyForm, comment: &str) -> Result<New> {
    let failed = |_| Error::internal("an RSA key could not be made");
    let key = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(failed)?;
    let pkcs8: Pkcs8V1Der<'_> = key.as_der().map_err(failed)?;
    let parts =
        rsa_parts(pkcs8.as_ref()).ok_or_else(|| Error::internal("an odd RSA key was made"))?;
    let blob = rsa_blob(parts.exponent, parts.modulus);
    let fingerprint =
        colons(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, pkcs8.as_ref()).as_ref());
    let public = Public {
        kind: KeyKind::Rsa,
        line: line("ssh-rsa", &blob),
        fingerprint,
    };
    let private = match form {
        KeyForm::Pem => Secret::new(pem("RSA PRIVATE KEY", parts.pkcs1, 64)),
        KeyForm::Ppk => ppk::file("ssh-rsa", comment, (&blob, &parts.secret)),
    };
    Ok(New { public, private })
}

fn new_ed25519((form, comment): (KeyForm, &str), entropy: &dyn Entropy) -> Result<New> {
    let mut seed = [0u8; 32];
    entropy.fill(&mut seed);
    let failed = |_| Error::internal("an Ed25519 key could not be made");
    let key = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(failed)?;
    let point = key.public_key().as_ref();
    let public = ed25519(point);
    let private = match form {
        KeyForm::Pem => openssh_file(&seed, point, entropy),
        KeyForm::Ppk => {
            let mut secret = Vec::new();
            put(&mut secret, &seed);
            ppk::file("ssh-ed25519", comment, (&ed25519_blob(point), &secret))
        }
    };
    Ok(New { public, private })
}

/// OpenSSH's own form: Ed25519 keys have no other PEM that its programs read.
fn openssh_file(seed: &[u8; 32], point: &[u8], entropy: &dyn Entropy) -> Secret {
    let mut check = [0u8; 4];
    entropy.fill(&mut check);
    let mut secret = Vec::new();
    secret.extend([check, check].concat());
    put(&mut secret, b"ssh-ed25519");
    put(&mut secret, point);
    put(&mut secret, &[&seed[..], point].concat());
    put(&mut secret, b"");
    secret.extend((1u8..).take((8 - secret.len() % 8) % 8));
    let mut file = b"openssh-key-v1\0".to_vec();
    put(&mut file, b"none");
    put(&mut file, b"none");
    put(&mut file, b"");
    file.extend(1u32.to_be_bytes());
    put(&mut file, &ed25519_blob(point));
    put(&mut file, &secret);
    Secret::new(pem("OPENSSH PRIVATE KEY", &file, 70))
}

fn ed25519_blob(point: &[u8]) -> Vec<u8> {
    let mut blob = Vec::new();
    put(&mut blob, b"ssh-ed25519");
    put(&mut blob, point);
    blob
}

fn ed25519(point: &[u8]) -> Public {
    let blob = ed25519_blob(point);
    let fingerprint = STANDARD.encode(digest::digest(&digest::SHA256, &blob));
    Public {
        kind: KeyKind::Ed25519,
        line: line("ssh-ed25519", &blob),
        fingerprint,
    }
}

fn imported_rsa(exponent: &[u8], modulus: &[u8]) -> Result<Public> {
    let bits = modulus.len() * 8;
    if !(1024..=8192).contains(&bits) || exponent.is_empty() || exponent.len() > 8 {
        return Err(bad_format());
    }
    let blob = rsa_blob(exponent, modulus);
    let fingerprint = colons(&Md5::digest(spki(exponent, modulus)));
    Ok(Public {
        kind: KeyKind::Rsa,
        line: line("ssh-rsa", &blob),
        fingerprint,
    })
}

/// Reads a public key that a caller sent: a line of OpenSSH, RFC 4716's block, or DER, plain or in
/// Base64 or PEM. (The API's own Base64 is off already.)
pub(crate) fn import(material: &[u8]) -> Result<Public> {
    if material.len() > 16 * 1024 {
        return Err(bad_format());
    }
    match std::str::from_utf8(material).map(str::trim) {
        Ok(text) if text.starts_with("---- BEGIN SSH2 PUBLIC KEY") => blob_of_rfc4716(text),
        Ok(text) if text.starts_with("ssh-") => blob_of_line(text),
        Ok(text) if text.starts_with("-----BEGIN PUBLIC KEY") => {
            let inner: String = text.lines().filter(|l| !l.starts_with("-----")).collect();
            return STANDARD
                .decode(inner)
                .ok()
                .map_or_else(|| Err(bad_format()), |der| from_der(&der));
        }
        Ok(text) => {
            let inner: String = text.split_ascii_whitespace().collect();
            return STANDARD
                .decode(inner)
                .ok()
                .map_or_else(|| Err(bad_format()), |der| from_der(&der));
        }
        Err(_) => return from_der(material),
    }
    .and_then(|blob| from_blob(&blob))
    .ok_or_else(bad_format)?
}

fn blob_of_line(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.split_ascii_whitespace().nth(1)?).ok()
}

fn blob_of_rfc4716(text: &str) -> Option<Vec<u8>> {
    let mut body = String::new();
    let mut continues = false;
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("----"))
    {
        let header = continues || line.contains(':');
        continues = header && line.ends_with('\\');
        if !header {
            body.push_str(line);
        }
    }
    STANDARD.decode(body).ok()
}

fn from_blob(blob: &[u8]) -> Option<Result<Public>> {
    let mut rest = blob;
    match take(&mut rest)? {
        b"ssh-rsa" => {
            let (exponent, modulus) = (take(&mut rest)?, take(&mut rest)?);
            rest.is_empty()
                .then(|| imported_rsa(unsigned(exponent), unsigned(modulus)))
        }
        b"ssh-ed25519" => {
            let point = take(&mut rest).filter(|point| point.len() == 32)?;
            rest.is_empty().then(|| Ok(ed25519(point)))
        }
        _ => None,
    }
}

/// SubjectPublicKeyInfo of RSA, or PKCS#1's RSAPublicKey.
fn from_der(der: &[u8]) -> Result<Public> {
    let numbers = |mut outer: &[u8]| -> Option<(Vec<u8>, Vec<u8>)> {
        let mut body = element(&mut outer, 0x30)?;
        if body.first() == Some(&0x30) {
            element(&mut body, 0x30)?;
            let bits = element(&mut body, 0x03)?;
            let mut inner = bits.strip_prefix(&[0])?;
            body = element(&mut inner, 0x30)?;
        }
        let modulus = unsigned(element(&mut body, 0x02)?).to_vec();
        let exponent = unsigned(element(&mut body, 0x02)?).to_vec();
        Some((exponent, modulus))
    };
    let (exponent, modulus) = numbers(der).ok_or_else(bad_format)?;
    imported_rsa(&exponent, &modulus)
}

fn bad_format() -> Error {
    let message = "Key is not in valid OpenSSH public key format";
    Error::new(Reason::Malformed, Subject::KeyMaterial, message)
}

struct RsaParts<'a> {
    pkcs1: &'a [u8],
    modulus: &'a [u8],
    exponent: &'a [u8],
    /// What PuTTY keeps: the private exponent, the primes, and the second's inverse modulo the first.
    secret: Vec<u8>,
}

fn rsa_parts(pkcs8: &[u8]) -> Option<RsaParts<'_>> {
    let mut outer = pkcs8;
    let mut body = element(&mut outer, 0x30)?;
    element(&mut body, 0x02)?;
    element(&mut body, 0x30)?;
    let pkcs1 = element(&mut body, 0x04)?;
    let mut rest = pkcs1;
    let mut numbers = element(&mut rest, 0x30)?;
    element(&mut numbers, 0x02)?;
    let modulus = unsigned(element(&mut numbers, 0x02)?);
    let exponent = unsigned(element(&mut numbers, 0x02)?);
    let mut number = || element(&mut numbers, 0x02).map(signed);
    let (private, first, second) = (number()?, number()?, number()?);
    // The private exponent modulo either prime is not among them.
    number()?;
    number()?;
    let inverse = number()?;
    let mut secret = Vec::new();
    for number in [private, first, second, inverse] {
        put(&mut secret, &number);
    }
    Some(RsaParts {
        secret,
        pkcs1,
        modulus,
        exponent,
    })
}

fn rsa_blob(exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let mut blob = Vec::new();
    put(&mut blob, b"ssh-rsa");
    put(&mut blob, &signed(exponent));
    put(&mut blob, &signed(modulus));
    blob
}

fn spki(exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    // rsaEncryption, with its parameters: NULL.
    const ALGORITHM: [u8; 15] = [
        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ];
    let numbers = [der(0x02, &signed(modulus)), der(0x02, &signed(exponent))].concat();
    let bits = [&[0][..], &der(0x30, &numbers)].concat();
    der(0x30, &[&ALGORITHM[..], &der(0x03, &bits)].concat())
}

fn line(algorithm: &str, blob: &[u8]) -> String {
    format!("{algorithm} {}", STANDARD.encode(blob))
}

fn colons(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(":")
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SystemEntropy;
    use std::io::Write;
    use std::process::{Command, Stdio};

    fn made(kind: KeyKind) -> New {
        generate(kind, (KeyForm::Pem, ""), &SystemEntropy).unwrap()
    }

    fn pipe(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{program} {arguments:?}");
        output.stdout
    }

    fn public_by_ssh_keygen(private: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, private).unwrap();
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let text = pipe("ssh-keygen", &["-y", "-f", path.to_str().unwrap()], b"");
        String::from_utf8(text).unwrap().trim().to_owned()
    }

    #[test]
    fn ssh_keygen_reads_the_private_keys_that_are_made_and_finds_the_same_public_ones() {
        for kind in [KeyKind::Rsa, KeyKind::Ed25519] {
            let new = made(kind);
            let found = public_by_ssh_keygen(new.private.expose());
            assert!(
                found.starts_with(&new.public.line),
                "{found} is not {}",
                new.public.line
            );
        }
    }

    #[test]
    fn puttygen_reads_the_private_keys_that_are_made_and_finds_the_same_public_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.ppk");
        let path = path.to_str().unwrap();
        for kind in [KeyKind::Rsa, KeyKind::Ed25519] {
            let new = generate(kind, (KeyForm::Ppk, "my key"), &SystemEntropy).unwrap();
            std::fs::write(path, new.private.expose()).unwrap();
            let public = String::from_utf8(pipe("puttygen", &[path, "-L"], b"")).unwrap();
            assert_eq!(public.trim(), format!("{} my key", new.public.line));
            // It is the private half of that key: OpenSSH finds the same public half in what puttygen made of it.
            let opened = pipe(
                "puttygen",
                &[path, "-O", "private-openssh", "-o", "/dev/stdout"],
                b"",
            );
            let found = public_by_ssh_keygen(&String::from_utf8(opened).unwrap());
            assert!(found.starts_with(&new.public.line), "{found}");
        }
    }

    #[test]
    fn a_made_rsa_keys_fingerprint_is_the_one_that_aws_tells_people_to_compute() {
        let new = made(KeyKind::Rsa);
        let pkcs8 = [
            "pkcs8", "-inform", "PEM", "-outform", "DER", "-topk8", "-nocrypt",
        ];
        let der = pipe("openssl", &pkcs8, new.private.expose().as_bytes());
        let told = String::from_utf8(pipe("openssl", &["sha1", "-c"], &der)).unwrap();
        assert!(told.trim().ends_with(&new.public.fingerprint), "{told}");
    }

    #[test]
    fn an_imported_rsa_keys_fingerprint_is_the_one_that_aws_tells_people_to_compute() {
        let new = made(KeyKind::Rsa);
        let rsa = ["rsa", "-pubout", "-outform", "DER"];
        let der = pipe("openssl", &rsa, new.private.expose().as_bytes());
        let told = String::from_utf8(pipe("openssl", &["md5", "-c"], &der)).unwrap();
        let from_line = import(new.public.line.as_bytes()).unwrap();
        assert!(told.trim().ends_with(&from_line.fingerprint), "{told}");
        let inner = new.public.line.split(' ').nth(1).unwrap();
        let block = format!(
            "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"me \\\nand you\"\n{}\n---- END SSH2 PUBLIC KEY ----\n",
            inner
                .as_bytes()
                .chunks(60)
                .map(|c| std::str::from_utf8(c).unwrap())
                .collect::<Vec<_>>()
                .join("\n")
        );
        for form in [
            der.clone(),
            STANDARD.encode(&der).into_bytes(),
            block.into_bytes(),
        ] {
            assert_eq!(import(&form).unwrap(), from_line);
        }
    }

    #[test]
    fn an_ed25519_keys_fingerprint_is_ssh_keygens() {
        let new = made(KeyKind::Ed25519);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pub");
        std::fs::write(&path, &new.public.line).unwrap();
        let told = pipe("ssh-keygen", &["-l", "-f", path.to_str().unwrap()], b"");
        let told = String::from_utf8(told).unwrap();
        assert!(told.contains(&format!(
            "SHA256:{}",
            new.public.fingerprint.trim_end_matches('=')
        )));
        let commented = format!("{} me@here", new.public.line);
        assert_eq!(import(commented.as_bytes()).unwrap(), new.public);
    }

    #[test]
    fn what_is_no_public_key_is_refused_and_never_panics() {
        let good = made(KeyKind::Rsa).public.line;
        let blob = STANDARD.decode(good.split(' ').nth(1).unwrap()).unwrap();
        for cut in 0..blob.len() {
            assert!(import(line("ssh-rsa", &blob[..cut]).as_bytes()).is_err());
            drop(import(&blob[..cut]));
        }
        for bad in [
            "",
            "ssh-rsa",
            "ssh-rsa !!!",
            "ssh-dss AAAA",
            "hello",
            "MIIB",
            "\u{0}\u{1}",
        ] {
            let error = import(bad.as_bytes()).unwrap_err();
            assert_eq!(
                (error.reason, error.subject),
                (Reason::Malformed, Subject::KeyMaterial)
            );
        }
        for bad in [
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff][..],
            &[0xff; 40],
            &[0x30, 0x80, 0, 0],
        ] {
            assert!(import(bad).is_err());
        }
    }
}
