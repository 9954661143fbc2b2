//! Account ids: twelve digits.

use crate::{Entropy, Error, Reason, Result, Subject};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An account's id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(String);

impl AccountId {
    /// Reads twelve digits.
    pub fn parse(text: &str) -> Result<AccountId> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(AccountId(text.to_owned()));
        }
        let shown: String = text.chars().take(64).collect();
        let message = format!("Invalid account id: \"{shown}\" (expecting 12 digits)");
        Err(Error::new(Reason::Malformed, Subject::Account, message))
    }

    /// A fresh account id; the first digit is not zero, so that no spreadsheet eats it.
    pub fn random(entropy: &dyn Entropy) -> AccountId {
        let mut bytes = [0u8; 8];
        entropy.fill(&mut bytes);
        let number = 100_000_000_000 + u64::from_le_bytes(bytes) % 900_000_000_000;
        AccountId(number.to_string())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for AccountId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    #[test]
    fn only_twelve_digits_are_an_account() {
        assert!(AccountId::parse("012345678901").is_ok());
        for bad in [
            "",
            "12345678901",
            "1234567890123",
            "1234-5678-9012",
            "12345678901x",
        ] {
            assert!(AccountId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_fresh_account_id_parses() {
        let id = AccountId::random(&SystemEntropy);
        assert_eq!(AccountId::parse(id.as_str()).unwrap(), id);
    }
}
