//! Which packets of other guests a guest receives.
//!
//! A packet comes in if a rule permits it, or if it belongs to a conversation that the guest itself
//! began. Only the latter are remembered: what a rule permits is asked of the rules every time, so a
//! rule that is taken away stops its traffic with the next packet, and a flood of permitted packets
//! fills no table. What goes out is never refused.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use crate::{
    Cidr,
    frame::{Packet, protocol},
};

/// What a rule permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Everything.
    All,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP, every type.
    Icmp,
    /// Another IP protocol, by number.
    Other(u8),
}

/// Permits packets of other guests of the network to come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngressRule {
    /// Which protocol.
    pub protocol: Protocol,
    /// Which ports of the guest; matters for TCP and UDP only.
    pub ports: RangeInclusive<u16>,
    /// From whom.
    pub source: Cidr,
}

impl IngressRule {
    fn permits(&self, flow: &Flow) -> bool {
        let kind = match self.protocol {
            Protocol::All => true,
            Protocol::Tcp => flow.protocol == protocol::TCP && self.ports.contains(&flow.own_port),
            Protocol::Udp => flow.protocol == protocol::UDP && self.ports.contains(&flow.own_port),
            Protocol::Icmp => flow.protocol == protocol::ICMP,
            Protocol::Other(number) => flow.protocol == number,
        };
        kind && self.source.contains(flow.peer)
    }
}

/// One conversation, seen from the guest. For an echo the identifier stands for both ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Flow {
    protocol: u8,
    peer: Ipv4Addr,
    peer_port: u16,
    own_port: u16,
}

const ECHO_REPLY: u8 = 0;
const ECHO: u8 = 8;

impl Flow {
    fn outgoing(packet: &Packet<'_>) -> Option<Flow> {
        let (own_port, peer_port) = Flow::ports(packet)?;
        Some(Flow {
            protocol: packet.protocol,
            peer: packet.target,
            peer_port,
            own_port,
        })
    }

    fn incoming(packet: &Packet<'_>) -> Option<Flow> {
        let (peer_port, own_port) = Flow::ports(packet)?;
        Some(Flow {
            protocol: packet.protocol,
            peer: packet.source,
            peer_port,
            own_port,
        })
    }

    fn ports(packet: &Packet<'_>) -> Option<(u16, u16)> {
        match packet.protocol {
            protocol::TCP | protocol::UDP => packet.ports(),
            protocol::ICMP => match packet.icmp()? {
                (ECHO | ECHO_REPLY, _, id, _) => Some((id, id)),
                _ => Some((0, 0)),
            },
            _ => Some((0, 0)),
        }
    }
}

/// How long a conversation is remembered after its last packet.
fn remembered_for(packet: &Packet<'_>) -> Duration {
    let seconds = match packet.tcp() {
        Some(flags) if flags.resets() => 10,
        Some(flags) if flags.begins() => 120,
        Some(_) => 5 * 3600,
        None => 180,
    };
    Duration::from_secs(seconds)
}

/// One guest's rules and the conversations that it began.
pub(crate) struct Firewall {
    rules: Vec<IngressRule>,
    begun: HashMap<Flow, Instant>,
    capacity: usize,
    swept: Instant,
    /// Until when TCP that is already under way is taken for the guest's own: after a restart of
    /// this process the guests are still talking, and what they said before is forgotten.
    adopts_until: Instant,
    /// Rules that went until then: what they let in was begun by others, and is not adopted.
    gone: Vec<IngressRule>,
}

const ADOPTS_FOR: Duration = Duration::from_secs(60);

impl Firewall {
    pub(crate) fn new(capacity: usize, now: Instant) -> Firewall {
        Firewall {
            rules: Vec::new(),
            begun: HashMap::new(),
            capacity,
            swept: now,
            adopts_until: now + ADOPTS_FOR,
            gone: Vec::new(),
        }
    }

    pub(crate) fn set_rules(&mut self, rules: Vec<IngressRule>, now: Instant) {
        let before = std::mem::replace(&mut self.rules, rules);
        if now < self.adopts_until {
            for rule in before {
                if !self.gone.contains(&rule) {
                    self.gone.push(rule);
                }
            }
            self.gone.retain(|rule| !self.rules.contains(rule));
        } else {
            self.gone.clear();
        }
    }

    fn permits(&self, flow: &Flow) -> bool {
        self.rules.iter().any(|rule| rule.permits(flow))
    }

    fn adopts(&self, flow: &Flow, now: Instant) -> bool {
        now < self.adopts_until
            && !self.permits(flow)
            && !self.gone.iter().any(|rule| rule.permits(flow))
    }

    /// The guest sends this packet to another.
    pub(crate) fn note_outgoing(&mut self, packet: &Packet<'_>, now: Instant) {
        let Some(flow) = Flow::outgoing(packet) else {
            return;
        };
        let until = now + remembered_for(packet);
        if let Some(known) = self.begun.get_mut(&flow) {
            *known = until;
        } else if self.begins(packet, &flow, now) {
            self.remember(flow, until, now);
        }
    }

    /// Whether the packet begins a conversation rather than answers one that a rule permits.
    fn begins(&self, packet: &Packet<'_>, flow: &Flow, now: Instant) -> bool {
        match packet.protocol {
            protocol::TCP => match packet.tcp() {
                Some(flags) if flags.begins() => true,
                Some(_) => self.adopts(flow, now),
                None => false,
            },
            protocol::ICMP => matches!(packet.icmp(), Some((ECHO, ..))),
            _ => !self.permits(flow),
        }
    }

    fn remember(&mut self, flow: Flow, until: Instant, now: Instant) {
        let full = self.begun.len() >= self.capacity;
        if full && now.duration_since(self.swept) > Duration::from_secs(1) {
            self.swept = now;
            self.begun.retain(|_, until| *until > now);
        }
        if self.begun.len() < self.capacity {
            self.begun.insert(flow, until);
        }
    }

    /// Whether the guest receives this packet of another.
    pub(crate) fn admits(&mut self, packet: &Packet<'_>, now: Instant) -> bool {
        let Some(flow) = Flow::incoming(packet) else {
            return false;
        };
        self.permits(&flow) || self.answers(packet, flow, now)
    }

    fn answers(&mut self, packet: &Packet<'_>, flow: Flow, now: Instant) -> bool {
        let flow = match packet.icmp() {
            Some((ECHO_REPLY, ..)) | None => flow,
            Some((3 | 11 | 12, _, _, quoted)) => match Flow::quoted(quoted, packet.target) {
                Some(flow) => return self.begun.get(&flow).is_some_and(|until| *until > now),
                None => return false,
            },
            Some(_) => return false,
        };
        if packet.tcp().is_some_and(|flags| flags.begins()) {
            return false;
        }
        match self.begun.get_mut(&flow) {
            Some(until) if *until > now => {
                *until = now + remembered_for(packet);
                true
            }
            _ => false,
        }
    }
}

impl Flow {
    /// The conversation that an ICMP error is about, if the guest at `own` spoke in it.
    fn quoted(quoted: &[u8], own: Ipv4Addr) -> Option<Flow> {
        let header_len = usize::from(quoted.first()? & 0x0f) * 4;
        let header = quoted.first_chunk::<20>()?;
        let source = Ipv4Addr::from(*header[12..].first_chunk::<4>()?);
        let target = Ipv4Addr::from(*header[16..].first_chunk::<4>()?);
        let packet = Packet {
            bytes: quoted,
            payload: quoted.get(header_len..)?,
            source,
            target,
            protocol: header[9],
            fragment: false,
        };
        Flow::outgoing(&packet).filter(|_| source == own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::udp;

    const OWN: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);
    const PEER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 6);

    fn tcp(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), flags: u8) -> Vec<u8> {
        let mut bytes = udp(from, to, &[0; 12]).unwrap();
        bytes[9] = 6;
        bytes[33] = flags;
        bytes
    }

    fn permit(protocol: Protocol, port: u16) -> IngressRule {
        IngressRule {
            protocol,
            ports: port..=port,
            source: Cidr::host(PEER),
        }
    }

    fn admits(wall: &mut Firewall, bytes: &[u8], now: Instant) -> bool {
        wall.admits(&Packet::parse(bytes).unwrap(), now)
    }

    #[test]
    fn nothing_comes_in_but_what_a_rule_permits() {
        let now = Instant::now();
        let mut wall = Firewall::new(8, now);
        let syn = tcp((PEER, 4000), (OWN, 22), 2);
        assert!(!admits(&mut wall, &syn, now));
        wall.set_rules(vec![permit(Protocol::Tcp, 22)], now);
        assert!(admits(&mut wall, &syn, now));
        assert!(!admits(&mut wall, &tcp((PEER, 4000), (OWN, 23), 2), now));
        assert!(!admits(
            &mut wall,
            &tcp((Ipv4Addr::new(10, 0, 0, 7), 4000), (OWN, 22), 2),
            now
        ));
        assert!(!admits(
            &mut wall,
            &udp((PEER, 4000), (OWN, 22), b"").unwrap(),
            now
        ));
        wall.set_rules(Vec::new(), now);
        assert!(!admits(&mut wall, &syn, now));
    }

    #[test]
    fn answers_come_in_until_the_conversation_is_forgotten() {
        let now = Instant::now();
        let mut wall = Firewall::new(8, now);
        let question = udp((OWN, 5000), (PEER, 53), b"?").unwrap();
        let reply = udp((PEER, 53), (OWN, 5000), b"!").unwrap();
        assert!(!admits(&mut wall, &reply, now));
        wall.note_outgoing(&Packet::parse(&question).unwrap(), now);
        assert!(admits(&mut wall, &reply, now));
        assert!(!admits(
            &mut wall,
            &udp((PEER, 54), (OWN, 5000), b"!").unwrap(),
            now
        ));
        assert!(!admits(&mut wall, &reply, now + Duration::from_secs(400)));
    }

    #[test]
    fn a_server_that_answered_is_closed_when_its_rule_goes() {
        let now = Instant::now();
        let mut wall = Firewall::new(8, now);
        wall.set_rules(vec![permit(Protocol::Tcp, 22)], now);
        assert!(admits(&mut wall, &tcp((PEER, 4000), (OWN, 22), 2), now));
        wall.note_outgoing(
            &Packet::parse(&tcp((OWN, 22), (PEER, 4000), 0x12)).unwrap(),
            now,
        );
        wall.set_rules(Vec::new(), now);
        let more = tcp((PEER, 4000), (OWN, 22), 0x10);
        assert!(!admits(&mut wall, &more, now));
        wall.note_outgoing(
            &Packet::parse(&tcp((OWN, 22), (PEER, 4000), 0x10)).unwrap(),
            now,
        );
        assert!(
            !admits(&mut wall, &more, now),
            "what it still had to say opens nothing again"
        );
    }

    #[test]
    fn a_connection_under_way_is_adopted_only_at_the_start() {
        let now = Instant::now();
        let late = now + ADOPTS_FOR;
        let data = tcp((OWN, 5000), (PEER, 80), 0x10);
        let reply = tcp((PEER, 80), (OWN, 5000), 0x10);
        let mut wall = Firewall::new(8, now);
        wall.note_outgoing(&Packet::parse(&data).unwrap(), late);
        assert!(!admits(&mut wall, &reply, late));
        wall.note_outgoing(&Packet::parse(&data).unwrap(), now);
        assert!(admits(&mut wall, &reply, now));
        assert!(
            !admits(&mut wall, &tcp((PEER, 80), (OWN, 5000), 2), now),
            "a SYN is no answer"
        );
    }

    #[test]
    fn the_table_never_grows_beyond_its_bound() {
        let now = Instant::now();
        let mut wall = Firewall::new(8, now);
        for port in 1..100 {
            let packet = udp((OWN, port), (PEER, 53), b"").unwrap();
            wall.note_outgoing(&Packet::parse(&packet).unwrap(), now);
        }
        assert_eq!(wall.begun.len(), 8);
    }
}
