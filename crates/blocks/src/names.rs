//! The names of stored things: [`Address`], [`Digest`], [`PackId`], and [`Location`].
//!
//! All are written as lower-case hex wherever people or JSON see them.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! hex_name {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $len]);

        impl $name {
            /// The name with these bytes.
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                let mut bytes = [0; $len];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| {
                    Error::invalid(format!(
                        "'{}' is not {} hexadecimal digits",
                        text.escape_debug(),
                        $len * 2
                    ))
                })?;
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(
                from: D,
            ) -> std::result::Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

hex_name!(
    /// The name of one stored chunk or page: a hash of its plaintext, keyed where it is sealed.
    Address,
    32
);
hex_name!(
    /// A hash over plaintext alone: the same bytes have the same digest everywhere.
    Digest,
    32
);
hex_name!(
    /// The name of one pack: random, never used twice.
    PackId,
    16
);

impl Digest {
    /// The digest of anything that holds only zeros.
    pub const ZERO: Self = Self([0; 32]);
}

/// Where a frame lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Location {
    /// The pack that holds it.
    pub pack: PackId,
    /// Its first byte within the pack.
    pub offset: u32,
    /// Its length in bytes.
    pub len: u32,
}
