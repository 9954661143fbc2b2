//! Regions and their zones. Regions are rows and prefixes, not processes.

use crate::{Error, Reason, Result, Subject};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A Region's name, such as `us-east-1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Region(String);

impl Region {
    /// Reads a Region's name: lower-case words joined by dashes, ending in a number.
    pub fn parse(text: &str) -> Result<Region> {
        let parts: Vec<&str> = text.split('-').collect();
        let words = |p: &&str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase());
        let good = text.len() <= 32
            && parts.len() >= 3
            && parts[..parts.len() - 1].iter().all(words)
            && !parts[parts.len() - 1].is_empty()
            && parts[parts.len() - 1].bytes().all(|b| b.is_ascii_digit());
        if good {
            return Ok(Region(text.to_owned()));
        }
        let shown: String = text.chars().take(64).collect();
        let message = format!("Invalid region: \"{shown}\"");
        Err(Error::new(Reason::Invalid, Subject::Region, message))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The Region's zones: three of them, lettered.
    pub fn zones(&self) -> [Zone; 3] {
        ['a', 'b', 'c'].map(|letter| Zone {
            region: self.clone(),
            letter,
        })
    }
}

impl AsRef<str> for Region {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An Availability Zone: a Region and a letter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Zone {
    region: Region,
    letter: char,
}

impl Zone {
    /// Reads a zone of this Region, such as `us-east-1a`.
    pub fn parse(region: &Region, text: &str) -> Result<Zone> {
        region
            .zones()
            .into_iter()
            .find(|zone| zone.to_string() == text)
            .ok_or_else(|| {
                let shown: String = text.chars().take(64).collect();
                let names = region.zones().map(|zone| zone.to_string()).join(", ");
                let message = format!(
                    "Invalid availability zone: [{shown}]. The zones of {region} are {names}."
                );
                Error::new(Reason::Invalid, Subject::Zone, message)
            })
    }

    /// The Region it lies in.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The zone's position in its Region, from 0.
    pub fn index(&self) -> u8 {
        match self.letter {
            'b' => 1,
            'c' => 2,
            _ => 0,
        }
    }

    /// The zone's id, such as `us-east-1-az1`: the same for every account.
    pub fn id(&self) -> String {
        format!("{}-az{}", self.region, self.index() + 1)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.region, self.letter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_names_are_words_and_a_number() {
        for good in ["us-east-1", "eu-west-1", "us-gov-west-1", "ap-southeast-12"] {
            assert!(Region::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "us",
            "us-east",
            "US-EAST-1",
            "us-east-",
            "us--1",
            "../etc-1",
            "a/b-c-1",
        ] {
            assert!(Region::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_zone_belongs_to_its_region() {
        let region = Region::parse("us-east-1").unwrap();
        let zone = Zone::parse(&region, "us-east-1b").unwrap();
        assert_eq!(
            (zone.to_string().as_str(), zone.id().as_str()),
            ("us-east-1b", "us-east-1-az2")
        );
        assert!(Zone::parse(&region, "us-west-2a").is_err());
    }
}
