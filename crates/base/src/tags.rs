//! Tags and the rules that hold for all of them.

use crate::{Error, Reason, Result, Subject};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The tags of one resource.
pub type Tags = BTreeMap<String, String>;

/// One tag, as a caller sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// The key: 1 to 128 characters, not of the reserved prefix.
    pub key: String,
    /// The value: up to 256 characters.
    pub value: String,
}

const TAGS_PER_RESOURCE: usize = 50;

/// Checks tags that a caller sent, and answers them as a map. A key may not come twice, nor begin
/// with `aws:` or `amiable:`, which are the service's own.
pub fn check_tags(tags: &[Tag]) -> Result<Tags> {
    let mut map = Tags::new();
    for tag in tags {
        check_tag(tag)?;
        if map.insert(tag.key.clone(), tag.value.clone()).is_some() {
            let message = format!("Duplicate tag key '{}' specified.", tag.key);
            return Err(Error::new(Reason::Invalid, Subject::Parameter, message));
        }
    }
    if map.len() > TAGS_PER_RESOURCE {
        let message = format!("The maximum number of tags of a resource is {TAGS_PER_RESOURCE}.");
        return Err(Error::new(Reason::Limit, Subject::Tag, message));
    }
    Ok(map)
}

fn check_tag(tag: &Tag) -> Result<()> {
    let length = tag.key.chars().count();
    if length == 0 || length > 128 {
        let message = "Tag keys must be between 1 and 128 characters long.";
        return Err(Error::new(Reason::Malformed, Subject::Tag, message));
    }
    if tag.value.chars().count() > 256 {
        let message = "Tag values must be at most 256 characters long.";
        return Err(Error::new(Reason::Invalid, Subject::Parameter, message));
    }
    let lower = tag.key.to_ascii_lowercase();
    if lower.starts_with("aws:") || lower.starts_with("amiable:") {
        let prefix = if lower.starts_with("aws:") {
            "aws:"
        } else {
            "amiable:"
        };
        let message = format!(
            "Tag keys starting with '{prefix}' are reserved for internal use: '{}'.",
            tag.key
        );
        return Err(Error::new(Reason::Malformed, Subject::Tag, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> Tag {
        Tag {
            key: key.into(),
            value: value.into(),
        }
    }

    #[test]
    fn reserved_long_repeated_and_too_many_tags_are_refused() {
        assert!(check_tags(&[tag("Name", ""), tag("name", "x")]).is_ok());
        assert!(check_tags(&[tag("aws:x", "")]).is_err());
        assert!(check_tags(&[tag("amiable:digest", "")]).is_err());
        assert!(check_tags(&[tag("", "")]).is_err());
        assert!(check_tags(&[tag(&"k".repeat(129), "")]).is_err());
        assert!(check_tags(&[tag("k", &"v".repeat(257))]).is_err());
        assert!(check_tags(&[tag("k", "1"), tag("k", "2")]).is_err());
        let many: Vec<Tag> = (0..51).map(|n| tag(&n.to_string(), "")).collect();
        assert_eq!(check_tags(&many).unwrap_err().reason, Reason::Limit);
    }
}
