//! The noun: a grant. Pure.
//!
//! A grant lets one principal, or one resource of the installation, do some things with one key,
//! as long as the encryption context is as its constraints say. It only ever adds: what a policy
//! denies stays denied.

use crate::blob::EncryptionContext;
use crate::name;
use base::{AccountId, Error, Reason, Region, Result, Subject, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A grant's id: 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GrantId(pub String);

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a grant can allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the operations'")]
pub enum Operation {
    Decrypt,
    Encrypt,
    GenerateDataKey,
    GenerateDataKeyWithoutPlaintext,
    ReEncryptFrom,
    ReEncryptTo,
    CreateGrant,
    RetireGrant,
    DescribeKey,
}

impl Operation {
    const ALL: [Operation; 9] = [
        Operation::Decrypt,
        Operation::Encrypt,
        Operation::GenerateDataKey,
        Operation::GenerateDataKeyWithoutPlaintext,
        Operation::ReEncryptFrom,
        Operation::ReEncryptTo,
        Operation::CreateGrant,
        Operation::RetireGrant,
        Operation::DescribeKey,
    ];

    /// AWS's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Decrypt => "Decrypt",
            Operation::Encrypt => "Encrypt",
            Operation::GenerateDataKey => "GenerateDataKey",
            Operation::GenerateDataKeyWithoutPlaintext => "GenerateDataKeyWithoutPlaintext",
            Operation::ReEncryptFrom => "ReEncryptFrom",
            Operation::ReEncryptTo => "ReEncryptTo",
            Operation::CreateGrant => "CreateGrant",
            Operation::RetireGrant => "RetireGrant",
            Operation::DescribeKey => "DescribeKey",
        }
    }

    /// From AWS's name; those of other kinds of keys are refused.
    pub fn parse(text: &str) -> Result<Operation> {
        let named = |operation: &Operation| operation.as_str() == text;
        Operation::ALL.into_iter().find(named).ok_or_else(|| {
            let names = Operation::ALL.map(Operation::as_str).join(", ");
            Error::invalid(format!(
                "Grants on symmetric encryption keys do not allow '{}', but {names}.",
                name::shown(text)
            ))
        })
    }

    /// The operation of an action such as `kms:Decrypt`.
    pub(crate) fn of_action(action: &str) -> Option<Operation> {
        let text = action.strip_prefix("kms:")?;
        let named = |operation: &Operation| operation.as_str() == text;
        Operation::ALL.into_iter().find(named)
    }

    /// Whether an encryption context comes with it, so that constraints can be met.
    fn has_context(self) -> bool {
        match self {
            Operation::Decrypt
            | Operation::Encrypt
            | Operation::GenerateDataKey
            | Operation::GenerateDataKeyWithoutPlaintext
            | Operation::ReEncryptFrom
            | Operation::ReEncryptTo => true,
            Operation::CreateGrant | Operation::RetireGrant | Operation::DescribeKey => false,
        }
    }
}

/// What the encryption context must be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Constraints {
    /// It must be this.
    pub equals: Option<EncryptionContext>,
    /// It must hold this, and may hold more.
    pub subset: Option<EncryptionContext>,
}

impl Constraints {
    /// Whether an operation with this context may be done.
    pub(crate) fn meet(&self, operation: Operation, context: &EncryptionContext) -> bool {
        if !operation.has_context() {
            return true;
        }
        let holds = |(name, value): (&String, &String)| context.get(name) == Some(value);
        self.equals.as_ref().is_none_or(|equal| equal == context)
            && self
                .subset
                .as_ref()
                .is_none_or(|part| part.iter().all(holds))
    }

    /// AWS's names of the kinds that are set.
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        let equals = self.equals.as_ref().map(|_| "EncryptionContextEquals");
        let subset = self.subset.as_ref().map(|_| "EncryptionContextSubset");
        equals.into_iter().chain(subset).collect()
    }
}

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The id of the key.
    pub key: String,
    /// The key's account and Region, for its ARN.
    pub account: AccountId,
    /// The key's Region.
    pub region: Region,
    /// Its owner's name for it.
    pub name: Option<String>,
    /// Who may: an ARN, an account's id, or a service.
    pub grantee: String,
    /// Who may give it back.
    pub retiring: Option<String>,
    /// The account under whose name it was given.
    pub issuer: AccountId,
    /// What may be done.
    pub operations: Vec<Operation>,
    /// With which contexts.
    pub constraints: Constraints,
    /// When it was given.
    pub created: Timestamp,
    /// The resource of the installation that it is for; then no principal may use it.
    pub resource: Option<String>,
}

/// What grant tokens begin with.
const TOKEN: &str = "amiable grant 1 ";

impl Grant {
    /// The ARN of its key.
    pub fn key_arn(&self) -> String {
        name::key_arn(&self.region, &self.account, &self.key)
    }

    /// Whether it allows this with this context.
    pub(crate) fn allows(&self, operation: Operation, context: &EncryptionContext) -> bool {
        self.operations.contains(&operation) && self.constraints.meet(operation, context)
    }

    /// A text that names it. It is no secret: only the grant's principals can do anything with it.
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{TOKEN}{}", self.id))
    }
}

/// The grant that a token names.
pub(crate) fn of_token(token: &str) -> Result<GrantId> {
    let bad = || {
        let message = "The grant token is not one that was made here.";
        Error::new(Reason::Invalid, Subject::GrantToken, message)
    };
    if token.len() > 8192 {
        return Err(bad());
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| bad())?;
    let text = std::str::from_utf8(&bytes).map_err(|_| bad())?;
    let id = text.strip_prefix(TOKEN).ok_or_else(bad)?;
    Ok(GrantId(id.to_owned()))
}

/// The principal that a grant to a resource shows: nobody signs in as it.
pub(crate) fn shown_grantee(account: &AccountId, resource: &str) -> String {
    let id = resource.rsplit(['/', ':']).next().unwrap_or_default();
    format!("arn:aws:sts::{account}:assumed-role/aws:ec2-infrastructure/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn constraints_are_exact_and_know_case() {
        let id = || context(&[("aws:ebs:id", "vol-1")]);
        let more = context(&[("aws:ebs:id", "vol-1"), ("more", "1")]);
        let other = context(&[("AWS:ebs:id", "vol-1")]);
        let equals = Constraints {
            equals: Some(id()),
            subset: None,
        };
        let subset = Constraints {
            equals: None,
            subset: Some(id()),
        };
        for (constraints, given, wanted) in [
            (&equals, &id(), true),
            (&equals, &more, false),
            (&equals, &other, false),
            (&equals, &context(&[]), false),
            (&subset, &id(), true),
            (&subset, &more, true),
            (&subset, &other, false),
            (&subset, &context(&[]), false),
        ] {
            assert_eq!(
                constraints.meet(Operation::Decrypt, given),
                wanted,
                "{constraints:?} {given:?}"
            );
        }
        assert!(equals.meet(Operation::DescribeKey, &context(&[])));
    }

    #[test]
    fn a_token_names_its_grant_and_nothing_else_does() {
        let token = URL_SAFE_NO_PAD.encode(format!("{TOKEN}abc"));
        assert_eq!(of_token(&token).unwrap(), GrantId("abc".into()));
        for bad in [
            "",
            "x",
            "????",
            &URL_SAFE_NO_PAD.encode("abc"),
            &"A".repeat(10_000),
        ] {
            assert_eq!(
                of_token(bad).unwrap_err().subject,
                Subject::GrantToken,
                "{bad}"
            );
        }
    }
}
