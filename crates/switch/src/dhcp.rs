//! DHCP: one guest, one address, always the same answer.
//!
//! Pure. A lease says an hour but nothing expires: the address is the guest's for as long as the
//! guest is there, so a renewal after a restart of this process meets the same answer.

use std::net::Ipv4Addr;

use crate::{GuestConfig, Mac};

const COOKIE: [u8; 4] = [99, 130, 83, 99];
const LEASE_SECONDS: u32 = 3600;
const FIXED: usize = 236;

const DISCOVER: u8 = 1;
const OFFER: u8 = 2;
const REQUEST: u8 = 3;
const ACK: u8 = 5;
const NAK: u8 = 6;
const INFORM: u8 = 8;

/// An answer, and the address to send it to (port 68).
pub(crate) struct Answer {
    pub(crate) to: Ipv4Addr,
    pub(crate) message: Vec<u8>,
}

/// What a client wants, as far as it matters.
struct Question<'a> {
    fixed: &'a [u8; FIXED],
    kind: u8,
    server: Option<Ipv4Addr>,
    /// The address the client believes is its own.
    claims: Option<Ipv4Addr>,
    holds: Ipv4Addr,
}

/// Answers a DHCP message, if it is one that deserves an answer.
pub(crate) fn answer(guest: &GuestConfig, message: &[u8]) -> Option<Answer> {
    let question = Question::parse(message, guest.mac)?;
    let kind = match question.kind {
        DISCOVER => OFFER,
        REQUEST
            if question
                .server
                .is_some_and(|server| server != guest.gateway) =>
        {
            return None;
        }
        REQUEST if question.claims.is_some_and(|address| address != guest.ipv4) => NAK,
        REQUEST | INFORM => ACK,
        _ => return None,
    };
    Some(Answer {
        to: question.reply_to(kind, guest),
        message: question.reply(kind, guest),
    })
}

impl<'a> Question<'a> {
    fn parse(message: &'a [u8], mac: Mac) -> Option<Question<'a>> {
        let (fixed, rest) = message.split_first_chunk::<FIXED>()?;
        let options = rest.strip_prefix(&COOKIE)?;
        let asks = fixed[..3] == [1, 1, 6] && fixed[28..34] == mac.0;
        let kind = option(options, 53).filter(|_| asks)?.first().copied()?;
        let holds = address(&fixed[12..16])?;
        let claims = option(options, 50).and_then(address);
        Some(Question {
            fixed,
            kind,
            server: option(options, 54).and_then(address),
            claims: claims.or(Some(holds).filter(|address| !address.is_unspecified())),
            holds,
        })
    }

    fn reply_to(&self, kind: u8, guest: &GuestConfig) -> Ipv4Addr {
        let wants_broadcast = self.fixed[10] & 0x80 != 0;
        if kind == NAK {
            Ipv4Addr::BROADCAST
        } else if !self.holds.is_unspecified() || !wants_broadcast {
            guest.ipv4
        } else {
            Ipv4Addr::BROADCAST
        }
    }

    fn reply(&self, kind: u8, guest: &GuestConfig) -> Vec<u8> {
        let mut reply = self.fixed.to_vec();
        reply[0] = 2;
        reply[3] = 0;
        reply[16..FIXED].fill(0);
        if kind != NAK && self.kind != INFORM {
            reply[16..20].copy_from_slice(&guest.ipv4.octets());
        }
        reply[28..34].copy_from_slice(&guest.mac.0);
        reply.extend_from_slice(&COOKIE);
        put(&mut reply, 53, &[kind]);
        put(&mut reply, 54, &guest.gateway.octets());
        if kind != NAK {
            self.settings(&mut reply, guest);
        }
        reply.push(255);
        reply.resize(reply.len().max(300), 0);
        reply
    }

    fn settings(&self, reply: &mut Vec<u8>, guest: &GuestConfig) {
        if self.kind != INFORM {
            put(reply, 51, &LEASE_SECONDS.to_be_bytes());
            put(reply, 58, &(LEASE_SECONDS / 2).to_be_bytes());
            put(reply, 59, &(LEASE_SECONDS / 8 * 7).to_be_bytes());
        }
        put(reply, 1, &guest.subnet.mask().octets());
        put(reply, 28, &guest.subnet.broadcast().octets());
        put(reply, 3, &guest.gateway.octets());
        put(reply, 6, &guest.subnet.nth(2).octets());
        put(reply, 12, guest.hostname.as_bytes());
        put(reply, 15, guest.domain.as_bytes());
        put(reply, 26, &guest.mtu.to_be_bytes());
    }
}

fn put(reply: &mut Vec<u8>, code: u8, value: &[u8]) {
    if let (Ok(length), false) = (u8::try_from(value.len()), value.is_empty()) {
        reply.extend_from_slice(&[code, length]);
        reply.extend_from_slice(value);
    }
}

fn address(bytes: &[u8]) -> Option<Ipv4Addr> {
    <[u8; 4]>::try_from(bytes).ok().map(Ipv4Addr::from)
}

/// The first option of this code.
fn option(mut options: &[u8], code: u8) -> Option<&[u8]> {
    loop {
        match *options {
            [0, ..] => options = &options[1..],
            [255, ..] | [] | [_] => return None,
            [found, length, ..] => {
                let end = usize::from(length) + 2;
                let value = options.get(2..end)?;
                if found == code {
                    return Some(value);
                }
                options = &options[end..];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: Mac = Mac([2, 0, 0, 0, 0, 9]);

    fn guest() -> GuestConfig {
        let address = Ipv4Addr::new(10, 0, 1, 9);
        GuestConfig::new(
            "i-1",
            "vpc-1",
            MAC,
            address,
            crate::Cidr::new(address, 20),
            "/none",
        )
    }

    fn question(kind: u8, options: &[u8]) -> Vec<u8> {
        let mut message = vec![0; FIXED];
        message[..4].copy_from_slice(&[1, 1, 6, 0]);
        message[28..34].copy_from_slice(&MAC.0);
        message.extend_from_slice(&COOKIE);
        message.extend_from_slice(&[53, 1, kind]);
        message.extend_from_slice(options);
        message.push(255);
        message
    }

    fn options(answer: &Answer) -> &[u8] {
        &answer.message[FIXED + 4..]
    }

    #[test]
    fn a_guest_is_offered_its_address_and_settings() {
        let answer = answer(&guest(), &question(DISCOVER, &[])).unwrap();
        assert_eq!(option(options(&answer), 53), Some(&[OFFER][..]));
        assert_eq!(answer.message[16..20], [10, 0, 1, 9]);
        assert_eq!(option(options(&answer), 1), Some(&[255, 255, 240, 0][..]));
        assert_eq!(option(options(&answer), 3), Some(&[10, 0, 0, 1][..]));
        assert_eq!(option(options(&answer), 6), Some(&[10, 0, 0, 2][..]));
        assert_eq!(option(options(&answer), 12), Some(&b"ip-10-0-1-9"[..]));
        assert_eq!(option(options(&answer), 26), Some(&[5, 220][..]));
    }

    #[test]
    fn a_guest_that_wants_another_address_is_told_no() {
        let answer = answer(&guest(), &question(REQUEST, &[50, 4, 10, 0, 1, 10])).unwrap();
        assert_eq!(option(options(&answer), 53), Some(&[NAK][..]));
        assert_eq!(answer.to, Ipv4Addr::BROADCAST);
    }

    #[test]
    fn messages_of_others_and_damaged_ones_get_no_answer() {
        let mut other = question(DISCOVER, &[]);
        other[33] = 1;
        assert!(answer(&guest(), &other).is_none());
        assert!(answer(&guest(), &question(REQUEST, &[54, 4, 10, 0, 0, 99])).is_none());
        let whole = question(REQUEST, &[50, 200, 1]);
        for end in 0..whole.len() {
            let _any = answer(&guest(), &whole[..end]);
        }
    }
}
