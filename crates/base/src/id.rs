//! Resource ids as EC2 writes them: a prefix, a dash, and 17 hexadecimal digits (8 in old ones).

use crate::{Entropy, Error, Reason, Result, Subject};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What all typed ids have in common.
pub trait ResourceId: Sized + Clone + fmt::Display + AsRef<str> {
    /// The part before the dash.
    const PREFIX: &'static str;
    /// What an error about such an id is about.
    const SUBJECT: Subject;

    /// A fresh id.
    fn random(entropy: &dyn Entropy) -> Self;

    /// Reads an id that a caller sent.
    fn parse(text: &str) -> Result<Self>;
}

fn well_formed(text: &str, prefix: &str) -> bool {
    let Some(digits) = text
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('-'))
    else {
        return false;
    };
    matches!(digits.len(), 8 | 17)
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn fresh(prefix: &str, entropy: &dyn Entropy) -> String {
    let mut bytes = [0u8; 9];
    entropy.fill(&mut bytes);
    let mut digits: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    digits.truncate(17);
    format!("{prefix}-{digits}")
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $subject:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl ResourceId for $name {
            const PREFIX: &'static str = $prefix;
            const SUBJECT: Subject = Subject::$subject;

            fn random(entropy: &dyn Entropy) -> Self {
                $name(fresh($prefix, entropy))
            }

            fn parse(text: &str) -> Result<Self> {
                if well_formed(text, $prefix) {
                    return Ok($name(text.to_owned()));
                }
                let shown: String = text.chars().take(64).collect();
                let message = format!("Invalid id: \"{shown}\" (expecting \"{}-...\")", $prefix);
                Err(Error::new(Reason::Malformed, Subject::$subject, message))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// An image.
    ImageId = "ami", Image;
    /// A snapshot.
    SnapshotId = "snap", Snapshot;
    /// A volume.
    VolumeId = "vol", Volume;
    /// An instance.
    InstanceId = "i", Instance;
    /// The instances of one launch.
    ReservationId = "r", Instance;
    /// A key pair.
    KeyPairId = "key", KeyPair;
    /// A virtual private cloud.
    VpcId = "vpc", Vpc;
    /// A subnet.
    SubnetId = "subnet", Subnet;
    /// A security group.
    GroupId = "sg", Group;
    /// One rule of a security group.
    GroupRuleId = "sgr", GroupRule;
    /// A network interface.
    InterfaceId = "eni", Interface;
    /// A network interface's attachment.
    AttachmentId = "eni-attach", Attachment;
    /// An instance profile's association with an instance.
    ProfileAssociationId = "iip-assoc", ProfileAssociation;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    #[test]
    fn a_fresh_id_parses() {
        let id = ImageId::random(&SystemEntropy);
        assert_eq!(ImageId::parse(id.as_ref()).unwrap(), id);
        assert_eq!(id.as_ref().len(), "ami-".len() + 17);
    }

    #[test]
    fn old_short_ids_are_accepted_and_other_forms_are_refused() {
        assert!(InstanceId::parse("i-0123abcd").is_ok());
        for bad in [
            "",
            "i-",
            "i-xyz",
            "ami-0123abcd",
            "i-0123ABCD",
            "i-0123abcd0",
            "i 0123abcd",
        ] {
            assert_eq!(
                InstanceId::parse(bad).unwrap_err().reason,
                Reason::Malformed,
                "{bad}"
            );
        }
    }
}
