//! How many refused requests are recorded: anybody can send one, and the trail must not fill the
//! disk. Each address has so many in a minute, all together have so many; the others are counted,
//! and one record says how many they were.

use base::Timestamp;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a count lasts.
pub const MINUTE: Duration = Duration::from_secs(60);
/// Records for one address. Networks of IPv6 count as one address, as one host has a whole one.
const EACH: u32 = 20;
/// Records for all addresses.
const ALL: u32 = 200;
/// Addresses whose left-out requests are counted one by one.
const COUNTED: usize = 256;

/// What becomes of one refused request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// It is recorded.
    Recorded,
    /// It is the first that is left out: a minute later, [`Allowance::left_out`] is recorded.
    FirstLeftOut,
    /// It is left out, and counted.
    LeftOut,
}

/// How many requests were left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// By address; not all of them, if they were very many.
    pub by_peer: Vec<(IpAddr, u64)>,
    /// From all addresses.
    pub total: u64,
}

/// Counts refused requests.
#[derive(Debug, Default)]
pub struct Allowance {
    window: Mutex<Window>,
}

#[derive(Debug, Default)]
struct Window {
    began: Option<Timestamp>,
    recorded: u32,
    left_out: u64,
    peers: HashMap<IpAddr, Peer>,
}

#[derive(Debug, Default)]
struct Peer {
    recorded: u32,
    left_out: u64,
}

impl Allowance {
    /// Counts a refused request.
    pub fn take(&self, peer: IpAddr, now: Timestamp) -> Room {
        let mut window = self.window();
        let is_over = |began: Timestamp| began.plus(MINUTE) <= now;
        // A count of what was left out is closed by whoever records it.
        if window.left_out == 0 && window.began.is_none_or(is_over) {
            *window = Window {
                began: Some(now),
                ..Window::default()
            };
        }
        window.take(network(peer))
    }

    /// Ends the count, and says what was left out in it.
    pub fn left_out(&self) -> LeftOut {
        let window = std::mem::take(&mut *self.window());
        let left_out = |(address, peer): (&IpAddr, &Peer)| {
            (peer.left_out > 0).then_some((*address, peer.left_out))
        };
        let mut by_peer: Vec<_> = window.peers.iter().filter_map(left_out).collect();
        by_peer.sort();
        LeftOut {
            by_peer,
            total: window.left_out,
        }
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Window {
    fn take(&mut self, address: IpAddr) -> Room {
        let room = self.peers.len() < COUNTED || self.peers.contains_key(&address);
        let mut peer = room.then(|| self.peers.entry(address).or_default());
        let used = peer.as_ref().map_or(EACH, |peer| peer.recorded);
        if used < EACH && self.recorded < ALL {
            self.recorded += 1;
            if let Some(peer) = &mut peer {
                peer.recorded += 1;
            }
            return Room::Recorded;
        }
        self.left_out += 1;
        if let Some(peer) = &mut peer {
            peer.left_out += 1;
        }
        match self.left_out {
            1 => Room::FirstLeftOut,
            _ => Room::LeftOut,
        }
    }
}

fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000).plus(Duration::from_secs(seconds))
    }

    #[test]
    fn an_address_that_floods_leaves_room_for_others_and_is_counted() {
        let allowance = Allowance::default();
        let flood: IpAddr = "2001:db8::1".parse().unwrap();
        let same: IpAddr = "2001:db8::ffff".parse().unwrap();
        let other: IpAddr = "192.0.2.1".parse().unwrap();
        for _ in 0..EACH {
            assert_eq!(allowance.take(flood, at(0)), Room::Recorded);
        }
        assert_eq!(allowance.take(same, at(1)), Room::FirstLeftOut);
        assert_eq!(allowance.take(flood, at(2)), Room::LeftOut);
        assert_eq!(allowance.take(other, at(3)), Room::Recorded);
        let left_out = allowance.left_out();
        let network = "2001:db8::".parse().unwrap();
        assert_eq!((left_out.total, left_out.by_peer), (2, vec![(network, 2)]));
        assert_eq!(allowance.take(flood, at(4)), Room::Recorded);
    }

    #[test]
    fn many_addresses_together_are_bounded_too() {
        let allowance = Allowance::default();
        let mut recorded = 0;
        for number in 0..5000u32 {
            let peer = IpAddr::from(std::net::Ipv4Addr::from_bits(number));
            recorded += u32::from(allowance.take(peer, at(0)) == Room::Recorded);
        }
        assert_eq!(recorded, ALL);
        let left_out = allowance.left_out();
        assert_eq!(left_out.total, u64::from(5000 - ALL));
        assert!(left_out.by_peer.len() <= COUNTED);
    }

    #[test]
    fn a_minute_without_a_flood_ends_by_itself() {
        let allowance = Allowance::default();
        let peer: IpAddr = "192.0.2.1".parse().unwrap();
        for minute in 0..3 {
            for _ in 0..EACH {
                assert_eq!(allowance.take(peer, at(minute * 60)), Room::Recorded);
            }
        }
    }
}
