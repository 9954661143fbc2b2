//! What an image may be called.

use base::{Error, Reason, Result, Subject};

/// 3 to 128 of letters, digits, space and `( ) [ ] . / - ' @ _`.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ()[]./-'@_".contains(c);
    if (3..=128).contains(&name.chars().count()) && name.chars().all(allowed) {
        return Ok(());
    }
    let message = "AMI names must be between 3 and 128 characters long, and may contain letters, \
        numbers, spaces, '(', ')', '[', ']', '.', '/', '-', \"'\", '@' and '_'";
    Err(Error::new(Reason::Malformed, Subject::ImageName, message))
}

/// At most 255 characters.
pub(crate) fn check_description(description: &str) -> Result<()> {
    if description.chars().count() <= 255 {
        return Ok(());
    }
    Err(Error::invalid(
        "The description must be at most 255 characters long.",
    ))
}

/// The error for a name that another image of the owner has.
pub(crate) fn taken(name: &str, by: &str) -> Error {
    let message = format!("AMI name {name} is already in use by AMI {by}");
    Error::new(Reason::Duplicate, Subject::ImageName, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_documented_alphabet() {
        for good in ["abc", "web server (v1.2) [x]/a-b'c@d_e", &"n".repeat(128)] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "ab", "a*b", "näme", "a\nb", "a:b", &"n".repeat(129)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
