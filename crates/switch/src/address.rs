//! MAC addresses and IPv4 ranges, as values that are printed and parsed the usual way.

use std::{fmt, net::Ipv4Addr, str::FromStr};

/// A text that is not an address of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {wanted}")]
pub struct ParseError {
    text: String,
    wanted: &'static str,
}

/// An Ethernet address; lower case with colons in text, as the metadata service wants it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// The address that every device listens to.
    pub const BROADCAST: Mac = Mac([0xff; 6]);

    /// Whether this names one device rather than a group.
    pub fn is_unicast(self) -> bool {
        self.0[0] & 1 == 0 && self.0 != [0; 6]
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Mac {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Mac, ParseError> {
        let wrong = || ParseError {
            text: text.to_owned(),
            wanted: "a MAC address",
        };
        let mut bytes = [0; 6];
        let mut parts = text.split(':');
        for byte in &mut bytes {
            let part = parts
                .next()
                .filter(|part| part.len() == 2)
                .ok_or_else(wrong)?;
            *byte = u8::from_str_radix(part, 16).map_err(|_| wrong())?;
        }
        if parts.next().is_some() {
            Err(wrong())
        } else {
            Ok(Mac(bytes))
        }
    }
}

/// An IPv4 range such as `10.0.0.0/16`. Bits beyond the prefix are always zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cidr {
    base: Ipv4Addr,
    prefix: u8,
}

impl Cidr {
    /// Every address.
    pub const ANY: Cidr = Cidr {
        base: Ipv4Addr::UNSPECIFIED,
        prefix: 0,
    };

    /// The range of `prefix` bits (at most 32) that contains `address`.
    pub const fn new(address: Ipv4Addr, prefix: u8) -> Cidr {
        let prefix = if prefix > 32 { 32 } else { prefix };
        let base = address.to_bits() & Cidr::bits(prefix);
        Cidr {
            base: Ipv4Addr::from_bits(base),
            prefix,
        }
    }

    /// The range of one address.
    pub const fn host(address: Ipv4Addr) -> Cidr {
        Cidr::new(address, 32)
    }

    const fn bits(prefix: u8) -> u32 {
        if prefix == 0 {
            0
        } else {
            u32::MAX << (32 - prefix as u32)
        }
    }

    /// The lowest address.
    pub fn base(self) -> Ipv4Addr {
        self.base
    }

    /// How many leading bits are fixed.
    pub fn prefix(self) -> u8 {
        self.prefix
    }

    /// The prefix as a mask.
    pub fn mask(self) -> Ipv4Addr {
        Ipv4Addr::from_bits(Cidr::bits(self.prefix))
    }

    /// The highest address.
    pub fn broadcast(self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.base.to_bits() | !Cidr::bits(self.prefix))
    }

    /// The address `offset` above the lowest; wraps at the end of the address space.
    pub fn nth(self, offset: u32) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.base.to_bits().wrapping_add(offset))
    }

    /// Whether the range holds this address.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        address.to_bits() & Cidr::bits(self.prefix) == self.base.to_bits()
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.prefix)
    }
}

impl fmt::Debug for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Cidr {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Cidr, ParseError> {
        let wrong = || ParseError {
            text: text.to_owned(),
            wanted: "an IPv4 range",
        };
        let (address, prefix) = text.split_once('/').ok_or_else(wrong)?;
        let prefix = prefix
            .parse()
            .ok()
            .filter(|bits| *bits <= 32)
            .ok_or_else(wrong)?;
        Ok(Cidr::new(address.parse().map_err(|_| wrong())?, prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_own_addresses_and_no_others() {
        let range: Cidr = "10.1.2.3/20".parse().unwrap();
        assert_eq!(range.to_string(), "10.1.0.0/20");
        assert_eq!(range.mask().to_string(), "255.255.240.0");
        assert_eq!(range.broadcast().to_string(), "10.1.15.255");
        assert!(range.contains("10.1.15.255".parse().unwrap()));
        assert!(!range.contains("10.1.16.0".parse().unwrap()));
        assert!(Cidr::ANY.contains(Ipv4Addr::BROADCAST));
        assert!("10.0.0.0/33".parse::<Cidr>().is_err());
    }

    #[test]
    fn a_mac_reads_back_as_it_was_printed() {
        let mac: Mac = "02:AB:00:00:00:7f".parse().unwrap();
        assert_eq!(mac.to_string(), "02:ab:00:00:00:7f");
        assert_eq!(mac.to_string().parse(), Ok(mac));
        assert!(!Mac::BROADCAST.is_unicast());
        for wrong in [
            "",
            "02:00:00:00:00",
            "02:00:00:00:00:00:00",
            "2:00:00:00:00:001",
        ] {
            assert!(wrong.parse::<Mac>().is_err(), "{wrong}");
        }
    }
}
