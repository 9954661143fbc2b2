//! PuTTY's private key files: version 2, which every PuTTY, WinSCP and FileZilla reads, and without a
//! passphrase. (PuTTY's manual, appendix C.)

use super::shapes::{base64_lines, put};
use aws_lc_rs::{digest, hmac};
use base::Secret;

/// What the key of the check is made from, if there is no passphrase.
const CHECK: &[u8] = b"putty-private-key-file-mac-key";
const ENCRYPTION: &str = "none";
const WIDTH: usize = 64;

/// A file. The comment is one line.
pub(super) fn file(algorithm: &str, comment: &str, (public, private): (&[u8], &[u8])) -> Secret {
    let block = |name: &str, bytes: &[u8]| {
        let lines = base64_lines(bytes, WIDTH);
        format!("{name}-Lines: {}\n{}\n", lines.len(), lines.join("\n"))
    };
    Secret::new(format!(
        "PuTTY-User-Key-File-2: {algorithm}\nEncryption: {ENCRYPTION}\nComment: {comment}\n\
         {}{}Private-MAC: {}\n",
        block("Public", public),
        block("Private", private),
        hex::encode(check(algorithm, comment, (public, private))),
    ))
}

/// By this PuTTY tells a file that was changed.
fn check(algorithm: &str, comment: &str, (public, private): (&[u8], &[u8])) -> hmac::Tag {
    let key = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, CHECK);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_ref());
    let mut all = Vec::new();
    for part in [
        algorithm.as_bytes(),
        ENCRYPTION.as_bytes(),
        comment.as_bytes(),
        public,
        private,
    ] {
        put(&mut all, part);
    }
    hmac::sign(&key, &all)
}
