//! What IAM keeps in an account: users, groups, roles, instance profiles and managed policies.
//!
//! They have much in common: an id that is never given twice, a name that is unique among its kind
//! whatever its case, a path, an ARN made of these. So they are one noun, and what only one kind
//! has is its [`Detail`].

use base::{AccountId, Entropy, Error, Reason, Result, Subject, Timestamp};
use serde::{Deserialize, Serialize};

/// A kind of entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A user.
    User,
    /// A group of users.
    Group,
    /// A role.
    Role,
    /// An instance profile, which hands a role to instances.
    Profile,
    /// A managed policy of the account's own.
    Policy,
}

impl Kind {
    /// Its name in ARNs.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Group => "group",
            Kind::Role => "role",
            Kind::Profile => "instance-profile",
            Kind::Policy => "policy",
        }
    }

    /// Its name in sentences.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Profile => "Instance Profile",
            Kind::User | Kind::Group | Kind::Role | Kind::Policy => self.as_str(),
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Kind::User => "AIDA",
            Kind::Group => "AGPA",
            Kind::Role => "AROA",
            Kind::Profile => "AIPA",
            Kind::Policy => "ANPA",
        }
    }

    /// The longest name.
    fn longest(self) -> usize {
        match self {
            Kind::User | Kind::Role => 64,
            Kind::Group | Kind::Profile | Kind::Policy => 128,
        }
    }

    /// How many of them an account may have.
    pub(crate) fn most(self) -> usize {
        match self {
            Kind::User => 5000,
            Kind::Group => 300,
            Kind::Role | Kind::Profile => 1000,
            Kind::Policy => 1500,
        }
    }
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its unique id, such as `AIDA…`.
    pub id: String,
    /// The account it is in.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Its path: `/`, or names between slashes.
    pub path: String,
    /// When it was made.
    pub created: Timestamp,
    /// The ARN of the policy that limits it (users and roles).
    pub boundary: Option<String>,
    /// What only its kind has.
    pub detail: Detail,
}

/// What only one kind has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Detail {
    /// Of a user.
    User,
    /// Of a group.
    Group,
    /// Of a role.
    Role {
        /// Who may assume it.
        trust: String,
        /// The text that describes it.
        description: Option<String>,
        /// The longest session, in seconds.
        max_session_s: u32,
    },
    /// Of an instance profile.
    Profile {
        /// The id of the role in it.
        role: Option<String>,
    },
    /// Of a managed policy.
    Policy {
        /// The text that describes it.
        description: Option<String>,
        /// The version that counts.
        default: u32,
        /// The last version that was made.
        last: u32,
        /// When a version was last made or chosen.
        updated: Timestamp,
    },
}

impl Detail {
    /// The kind of entity that this is the detail of.
    pub fn kind(&self) -> Kind {
        match self {
            Detail::User => Kind::User,
            Detail::Group => Kind::Group,
            Detail::Role { .. } => Kind::Role,
            Detail::Profile { .. } => Kind::Profile,
            Detail::Policy { .. } => Kind::Policy,
        }
    }
}

impl Entity {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.detail.kind()
    }

    /// Its ARN.
    pub fn arn(&self) -> String {
        arn(&self.account, self.kind(), &self.path, &self.name)
    }
}

/// The ARN of an entity of this name.
pub(crate) fn arn(account: &AccountId, kind: Kind, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:{}{path}{name}", kind.as_str())
}

/// An id that was never given before.
pub(crate) fn fresh_id(kind: Kind, entropy: &dyn Entropy) -> String {
    format!("{}{}", kind.prefix(), crate::keys::id_letters(entropy, 17))
}

/// Names are letters, digits and `_+=,.@-`.
pub(crate) fn check_name(kind: Kind, name: &str) -> Result<()> {
    let good = (1..=kind.longest()).contains(&name.len()) && name.bytes().all(is_name_letter);
    if good {
        return Ok(());
    }
    Err(malformed(format!(
        "The specified value for the name of a {} is invalid. It must contain only alphanumeric \
         characters and/or the following: +=,.@_- and have at most {} of them.",
        kind.word(),
        kind.longest()
    )))
}

pub(crate) fn is_name_letter(letter: u8) -> bool {
    letter.is_ascii_alphanumeric() || b"_+=,.@-".contains(&letter)
}

/// A path begins and ends with a slash.
pub(crate) fn check_path(path: &str) -> Result<()> {
    let good = path.len() <= 512
        && path.starts_with('/')
        && path.ends_with('/')
        && path.bytes().all(|b| (0x21..=0x7e).contains(&b))
        && !path.contains("//");
    if good {
        return Ok(());
    }
    Err(malformed(
        "The specified value for path is invalid. It must begin and end with / and contain only \
         alphanumeric characters and/or / characters.",
    ))
}

fn malformed(message: impl Into<String>) -> Error {
    Error::new(Reason::Malformed, Subject::Principal, message)
}

/// What a caller reads who names one that does not exist.
pub(crate) fn unknown(kind: Kind, name: &str) -> Error {
    let message = match kind {
        Kind::Policy => format!("Policy {name} does not exist or is not attachable."),
        Kind::Profile => format!("Instance Profile {name} cannot be found."),
        Kind::User | Kind::Group | Kind::Role => {
            format!("The {} with name {name} cannot be found.", kind.as_str())
        }
    };
    Error::not_found(Subject::Principal, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SystemEntropy;

    #[test]
    fn ids_have_the_prefix_and_length_of_their_kind() {
        for (kind, prefix) in [
            (Kind::User, "AIDA"),
            (Kind::Role, "AROA"),
            (Kind::Policy, "ANPA"),
        ] {
            let id = fresh_id(kind, &SystemEntropy);
            assert!(id.starts_with(prefix) && id.len() == 21, "{id}");
        }
    }

    #[test]
    fn names_and_paths_are_checked() {
        assert!(check_name(Kind::User, "a.b@c+d=e,f_g-1").is_ok());
        for bad in ["", "a b", "a/b", "ä", &"x".repeat(65)] {
            assert!(check_name(Kind::User, bad).is_err(), "{bad}");
        }
        assert!(check_path("/").is_ok() && check_path("/a/b/").is_ok());
        for bad in ["", "a/", "/a", "//", "/a b/", "/\u{e4}/"] {
            assert!(check_path(bad).is_err(), "{bad}");
        }
    }
}
