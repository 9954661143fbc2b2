//! The four ways to name a key: its id, its ARN, an alias's name, an alias's ARN. Pure.
//!
//! An id or an alias's name is looked for in the caller's account and Region; an ARN names its own,
//! and a key of another Region is not found.

use base::{AccountId, Entropy, Error, Reason, Region, Result, Subject};

/// What a caller calls a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// The account in an ARN.
    pub(crate) account: Option<AccountId>,
    /// The Region in an ARN.
    pub(crate) region: Option<Region>,
    /// What is named there.
    pub(crate) what: What,
}

/// What is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A key by its id.
    Key(String),
    /// An alias by its name, with `alias/`.
    Alias(String),
}

/// Longer names are no names.
const LONGEST: usize = 2048;

/// Reads what a caller calls a key.
pub(crate) fn parse(given: &str) -> Result<Name> {
    if given.is_empty() || given.len() > LONGEST {
        return Err(unknown(given));
    }
    let Some(rest) = given.strip_prefix("arn:") else {
        return Ok(Name {
            account: None,
            region: None,
            what: what(given).ok_or_else(|| unknown(given))?,
        });
    };
    let parts: Vec<&str> = rest.splitn(5, ':').collect();
    let [_, "kms", region, account, resource] = parts[..] else {
        return Err(bad_arn(given));
    };
    let found = match resource.strip_prefix("key/") {
        Some(id) => Some(What::Key(id.to_owned())),
        None => what(resource).filter(|what| matches!(what, What::Alias(_))),
    };
    Ok(Name {
        account: Some(AccountId::parse(account).map_err(|_| bad_arn(given))?),
        region: Some(Region::parse(region).map_err(|_| bad_arn(given))?),
        what: found.ok_or_else(|| bad_arn(given))?,
    })
}

fn what(text: &str) -> Option<What> {
    if text.starts_with("alias/") {
        return Some(What::Alias(text.to_owned()));
    }
    let is_id = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_id.then(|| What::Key(text.to_owned()))
}

/// The refusal of what names no key here.
pub(crate) fn unknown(given: &str) -> Error {
    let message = format!("Invalid keyId '{}'", shown(given));
    Error::not_found(Subject::Key, message)
}

fn bad_arn(given: &str) -> Error {
    let message = format!("Invalid arn {}", shown(given));
    Error::new(Reason::Malformed, Subject::Key, message)
}

/// What may be shown of what a caller sent.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(256).collect()
}

/// A key's ARN.
pub(crate) fn key_arn(region: &Region, account: &AccountId, id: &str) -> String {
    format!("arn:aws:kms:{region}:{account}:key/{id}")
}

/// An alias's ARN.
pub(crate) fn alias_arn(region: &Region, account: &AccountId, alias: &str) -> String {
    format!("arn:aws:kms:{region}:{account}:{alias}")
}

/// Checks the name of an alias that an account wants to have.
pub(crate) fn check_alias(alias: &str) -> Result<()> {
    let bad = |message: String| Error::new(Reason::Malformed, Subject::Alias, message);
    let Some(rest) = alias.strip_prefix("alias/").filter(|rest| !rest.is_empty()) else {
        return Err(bad(format!(
            "Alias must start with the prefix \"alias/\". Please see \
             https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html: '{}'",
            shown(alias)
        )));
    };
    if rest.starts_with("aws/") {
        let message = "The prefix \"alias/aws/\" is reserved for keys that AWS manages.";
        return Err(Error::new(Reason::NotPermitted, Subject::Alias, message));
    }
    let good = alias.len() <= 256
        && rest
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/_-".contains(&b));
    if good {
        return Ok(());
    }
    Err(bad(format!(
        "Alias {} has characters that an alias cannot have, or more than 256.",
        shown(alias)
    )))
}

/// A fresh key's id: a random UUID.
pub(crate) fn fresh_id(entropy: &dyn Entropy) -> String {
    let mut bytes = [0u8; 16];
    entropy.fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    id_of(&bytes)
}

/// The id that these sixteen bytes are.
pub(crate) fn id_of(bytes: &[u8; 16]) -> String {
    let text = hex::encode(bytes);
    [
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..],
    ]
    .join("-")
}

/// The sixteen bytes of an id.
pub(crate) fn bytes_of(id: &str) -> Option<[u8; 16]> {
    let mut bytes = [0u8; 16];
    hex::decode_to_slice(id.replace('-', ""), &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SystemEntropy;

    #[test]
    fn a_key_has_four_names() {
        let id = fresh_id(&SystemEntropy);
        assert_eq!(id_of(&bytes_of(&id).unwrap()), id);
        assert_eq!(parse(&id).unwrap().what, What::Key(id.clone()));
        let alias = parse("alias/mine").unwrap();
        assert_eq!(alias.what, What::Alias("alias/mine".into()));
        let arn = format!("arn:aws:kms:us-east-1:123456789012:key/{id}");
        let key = parse(&arn).unwrap();
        assert_eq!(key.account.unwrap().as_str(), "123456789012");
        assert_eq!(key.region.unwrap().as_str(), "us-east-1");
        assert_eq!(key.what, What::Key(id));
        let arn = parse("arn:aws:kms:us-east-1:123456789012:alias/a/b").unwrap();
        assert_eq!(arn.what, What::Alias("alias/a/b".into()));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for bad in ["", "a b", "key/x", "\u{e9}", &"x".repeat(3000)] {
            assert_eq!(parse(bad).unwrap_err().reason, Reason::NotFound, "{bad}");
        }
        for bad in [
            "arn:aws:kms:us-east-1:123456789012:key",
            "arn:aws:ec2:us-east-1:123456789012:key/x",
            "arn:aws:kms:us-east-1:12:key/x",
            "arn:aws:kms:mars:123456789012:key/x",
            "arn:",
        ] {
            assert_eq!(parse(bad).unwrap_err().reason, Reason::Malformed, "{bad}");
        }
    }

    #[test]
    fn aliases_have_their_prefix_and_not_that_of_aws() {
        assert!(check_alias("alias/ebs/prod_1-a").is_ok());
        for bad in [
            "",
            "alias/",
            "ebs",
            "alias/a b",
            "alias/a:b",
            &format!("alias/{}", "x".repeat(300)),
        ] {
            assert_eq!(
                check_alias(bad).unwrap_err().reason,
                Reason::Malformed,
                "{bad}"
            );
        }
        assert_eq!(
            check_alias("alias/aws/ebs").unwrap_err().reason,
            Reason::NotPermitted
        );
    }
}
