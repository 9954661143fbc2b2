//! The opaque tokens of the direct API. Each is marked under this installation's secret, so that
//! one that was made up, altered, or given for something else is refused.

use aws_lc_rs::hmac;
use base::{Error, Reason, Result, Subject, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::time::Duration;

/// How long tokens are good: AWS says seven days.
const LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// The longest token that AWS's clients accept.
const MOST: usize = 256;

/// When a token that is made now expires.
pub(super) fn expiry(now: Timestamp) -> Timestamp {
    now.plus(LIFE)
}

/// The right to read one block of one snapshot.
pub(super) fn block(secret: &[u8], snapshot: &str, index: u64, until: Timestamp) -> String {
    seal(secret, &format!("block {snapshot} {index}"), until.millis())
}

pub(super) fn check_block(
    secret: &[u8],
    snapshot: &str,
    index: u64,
    (token, now): (&str, Timestamp),
) -> Result<()> {
    let until = open(secret, &format!("block {snapshot} {index}"), token);
    if until.is_some_and(|until| now.millis() <= until) {
        return Ok(());
    }
    let message = "The block token is not valid for this block, or has expired.";
    Err(Error::new(Reason::Invalid, Subject::BlockToken, message))
}

/// Where a list goes on.
pub(super) fn page(secret: &[u8], list: &str, next: u64) -> String {
    seal(
        secret,
        &format!("page {list}"),
        i64::try_from(next).unwrap_or(i64::MAX),
    )
}

pub(super) fn check_page(secret: &[u8], list: &str, token: &str) -> Result<u64> {
    let next = open(secret, &format!("page {list}"), token);
    next.and_then(|next| u64::try_from(next).ok())
        .ok_or_else(|| {
            Error::new(
                Reason::Invalid,
                Subject::PageToken,
                "The page token is not valid for this list.",
            )
        })
}

fn seal(secret: &[u8], purpose: &str, number: i64) -> String {
    let mark = hmac::sign(&key(secret), &marked(purpose, number));
    STANDARD.encode([&number.to_be_bytes()[..], mark.as_ref()].concat())
}

fn open(secret: &[u8], purpose: &str, token: &str) -> Option<i64> {
    let bytes = (token.len() <= MOST)
        .then(|| STANDARD.decode(token).ok())
        .flatten()?;
    let (number, mark) = bytes.split_first_chunk::<8>()?;
    let number = i64::from_be_bytes(*number);
    hmac::verify(&key(secret), &marked(purpose, number), mark).ok()?;
    Some(number)
}

fn key(secret: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret)
}

fn marked(purpose: &str, number: i64) -> Vec<u8> {
    [&number.to_be_bytes()[..], purpose.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_block_until_it_expires() {
        let (now, secret) = (Timestamp::from_millis(1000), [7; 32]);
        let token = block(&secret, "snap-1", 3, expiry(now));
        assert!(
            token.len() <= 256
                && token
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
        );
        assert!(check_block(&secret, "snap-1", 3, (&token, now)).is_ok());
        assert!(check_block(&secret, "snap-1", 4, (&token, now)).is_err());
        assert!(check_block(&secret, "snap-2", 3, (&token, now)).is_err());
        assert!(check_block(&[8; 32], "snap-1", 3, (&token, now)).is_err());
        let later = expiry(now).plus(Duration::from_secs(1));
        assert!(check_block(&secret, "snap-1", 3, (&token, later)).is_err());
        for bad in [
            "",
            "ABoBAQ==",
            "é",
            &"A".repeat(64),
            &"A".repeat(10_000),
            &"é".repeat(40),
            &token[..55],
        ] {
            assert!(
                check_block(&secret, "snap-1", 3, (bad, now)).is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_page_goes_on_in_its_own_list_only() {
        let token = page(&[7; 32], "snap-1", 300);
        assert_eq!(check_page(&[7; 32], "snap-1", &token).unwrap(), 300);
        assert!(check_page(&[7; 32], "snap-1 snap-2", &token).is_err());
    }
}
