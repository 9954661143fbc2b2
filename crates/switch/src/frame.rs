//! Ethernet, ARP, IPv4, and as much of TCP, UDP and ICMP as deciding needs.
//!
//! Pure: bytes to values and back. Nothing here panics, whatever the bytes; lengths that a header
//! claims are believed only after they were compared with what is there. Checksums of what a guest
//! sends are not verified: the link is a socket of this host.

use std::net::Ipv4Addr;

use crate::Mac;

/// The MAC of the router, in every network.
pub const GATEWAY_MAC: Mac = Mac([0x02, 0x61, 0x6d, 0x69, 0x00, 0x01]);
/// Where the metadata service answers.
pub const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
/// Where the API answers.
pub const API: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 251);
/// AWS's link-local address of the resolver.
pub const RESOLVER: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 253);
/// Bytes before an Ethernet frame's payload.
pub const ETHERNET: usize = 14;

/// IP protocol numbers.
pub mod protocol {
    /// ICMP.
    pub const ICMP: u8 = 1;
    /// TCP.
    pub const TCP: u8 = 6;
    /// UDP.
    pub const UDP: u8 = 17;
}

const TYPE_IPV4: u16 = 0x0800;
const TYPE_ARP: u16 = 0x0806;

/// An Ethernet frame.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Whom it is for.
    pub target: Mac,
    /// Who claims to have sent it.
    pub source: Mac,
    /// What it carries.
    pub payload: Payload<'a>,
}

/// What a frame carries.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    /// ARP for IPv4 over Ethernet.
    Arp(Arp),
    /// IPv4, well formed as far as its own header goes.
    Ipv4(Packet<'a>),
    /// Anything else, and what is malformed.
    Other,
}

impl<'a> Frame<'a> {
    /// Reads a frame; `None` if it is too short to be one.
    pub fn parse(bytes: &'a [u8]) -> Option<Frame<'a>> {
        let (header, rest) = bytes.split_first_chunk::<ETHERNET>()?;
        let [t0, t1, t2, t3, t4, t5, s0, s1, s2, s3, s4, s5, k0, k1] = *header;
        let payload = match u16::from_be_bytes([k0, k1]) {
            TYPE_ARP => Arp::parse(rest).map_or(Payload::Other, Payload::Arp),
            TYPE_IPV4 => Packet::parse(rest).map_or(Payload::Other, Payload::Ipv4),
            _ => Payload::Other,
        };
        Some(Frame {
            target: Mac([t0, t1, t2, t3, t4, t5]),
            source: Mac([s0, s1, s2, s3, s4, s5]),
            payload,
        })
    }
}

/// An ARP question or answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arp {
    /// Whether it asks (rather than answers or announces).
    pub asks: bool,
    /// The MAC that the sender claims.
    pub sender_mac: Mac,
    /// The address that the sender claims; 0.0.0.0 while it probes.
    pub sender: Ipv4Addr,
    /// The address in question.
    pub target: Ipv4Addr,
}

impl Arp {
    fn parse(bytes: &[u8]) -> Option<Arp> {
        let fields = bytes.first_chunk::<28>()?;
        if fields[..6] != [0, 1, 8, 0, 6, 4] || fields[6] != 0 {
            return None;
        }
        Some(Arp {
            asks: fields[7] == 1,
            sender_mac: Mac(array(fields, 8)?),
            sender: Ipv4Addr::from(array::<4>(fields, 14)?),
            target: Ipv4Addr::from(array::<4>(fields, 24)?),
        })
    }

    /// The frame that answers this question: `owner` has the address.
    pub fn answer(&self, owner: Mac) -> Vec<u8> {
        let mut frame = ethernet(self.sender_mac, owner, TYPE_ARP, 28);
        frame.extend_from_slice(&[0, 1, 8, 0, 6, 4, 0, 2]);
        frame.extend_from_slice(&owner.0);
        frame.extend_from_slice(&self.target.octets());
        frame.extend_from_slice(&self.sender_mac.0);
        frame.extend_from_slice(&self.sender.octets());
        frame
    }
}

/// An IPv4 packet whose lengths agree with the bytes.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    /// The packet, header included, without Ethernet padding.
    pub bytes: &'a [u8],
    /// What follows the header.
    pub payload: &'a [u8],
    /// Who claims to have sent it.
    pub source: Ipv4Addr,
    /// Whom it is for.
    pub target: Ipv4Addr,
    /// The protocol of the payload.
    pub protocol: u8,
    /// Whether it is only a part of a packet.
    pub fragment: bool,
}

impl<'a> Packet<'a> {
    /// Reads a packet; `None` if its header is malformed or more is promised than is there.
    pub fn parse(bytes: &'a [u8]) -> Option<Packet<'a>> {
        let header = bytes.first_chunk::<20>()?;
        let header_len = usize::from(header[0] & 0x0f) * 4;
        let total = usize::from(u16::from_be_bytes([header[2], header[3]]));
        if header[0] >> 4 != 4 || header_len < 20 || total < header_len {
            return None;
        }
        let bytes = bytes.get(..total)?;
        Some(Packet {
            bytes,
            payload: bytes.get(header_len..)?,
            source: Ipv4Addr::from(array::<4>(header, 12)?),
            target: Ipv4Addr::from(array::<4>(header, 16)?),
            protocol: header[9],
            fragment: u16::from_be_bytes([header[6], header[7]]) & 0x3fff != 0,
        })
    }

    /// Source and target port of TCP or UDP.
    pub fn ports(&self) -> Option<(u16, u16)> {
        if self.protocol != protocol::TCP && self.protocol != protocol::UDP {
            return None;
        }
        let [a, b, c, d] = *self.payload.first_chunk::<4>()?;
        Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
    }

    /// The flags of a TCP segment with a whole header.
    pub fn tcp(&self) -> Option<TcpFlags> {
        let header = self.payload.first_chunk::<20>()?;
        (self.protocol == protocol::TCP).then_some(TcpFlags(header[13]))
    }

    /// Source port, target port and data of a UDP datagram.
    pub fn udp(&self) -> Option<(u16, u16, &'a [u8])> {
        let header = self.payload.first_chunk::<8>()?;
        let length = usize::from(u16::from_be_bytes([header[4], header[5]]));
        let (source, target) = self.ports().filter(|_| self.protocol == protocol::UDP)?;
        Some((source, target, self.payload.get(8..length)?))
    }

    /// Type, code and identifier of an ICMP message, and what follows its header.
    pub fn icmp(&self) -> Option<(u8, u8, u16, &'a [u8])> {
        let (header, rest) = self.payload.split_first_chunk::<8>()?;
        let id = u16::from_be_bytes([header[4], header[5]]);
        (self.protocol == protocol::ICMP).then_some((header[0], header[1], id, rest))
    }

    /// The frame that carries this packet.
    pub fn framed(&self, target: Mac, source: Mac) -> Vec<u8> {
        let mut frame = ethernet(target, source, TYPE_IPV4, self.bytes.len());
        frame.extend_from_slice(self.bytes);
        frame
    }
}

/// The flags of a TCP segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpFlags(u8);

impl TcpFlags {
    /// Whether the segment begins a connection (SYN without ACK).
    pub fn begins(self) -> bool {
        self.0 & 0x16 == 0x02
    }

    /// Whether the segment ends a connection at once.
    pub fn resets(self) -> bool {
        self.0 & 0x04 != 0
    }
}

/// The start of a frame with room for `payload` more bytes.
fn ethernet(target: Mac, source: Mac, kind: u16, payload: usize) -> Vec<u8> {
    let mut frame = Vec::with_capacity(ETHERNET + payload);
    frame.extend_from_slice(&target.0);
    frame.extend_from_slice(&source.0);
    frame.extend_from_slice(&kind.to_be_bytes());
    frame
}

/// The Ethernet header of an IPv4 packet from the router.
pub(crate) fn routed_header(target: Mac) -> [u8; ETHERNET] {
    let mut header = [0; ETHERNET];
    header[..6].copy_from_slice(&target.0);
    header[6..12].copy_from_slice(&GATEWAY_MAC.0);
    header[12..].copy_from_slice(&TYPE_IPV4.to_be_bytes());
    header
}

/// An IPv4 packet with a correct header; `None` if the payload is too long for one.
fn ipv4(source: Ipv4Addr, target: Ipv4Addr, kind: u8, payload: &[u8]) -> Option<Vec<u8>> {
    let total = u16::try_from(payload.len().checked_add(20)?).ok()?;
    let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, kind, 0, 0];
    packet[2..4].copy_from_slice(&total.to_be_bytes());
    packet.extend_from_slice(&source.octets());
    packet.extend_from_slice(&target.octets());
    let sum = checksum(0, &packet);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet.extend_from_slice(payload);
    Some(packet)
}

/// An IPv4 packet that carries one UDP datagram; `None` if the data is too long for one.
pub fn udp(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), data: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(data.len().checked_add(8)?).ok()?;
    let mut datagram = Vec::with_capacity(data.len() + 8);
    for field in [from.1, to.1, length, 0] {
        datagram.extend_from_slice(&field.to_be_bytes());
    }
    datagram.extend_from_slice(data);
    let mut pseudo = [0; 12];
    pseudo[..4].copy_from_slice(&from.0.octets());
    pseudo[4..8].copy_from_slice(&to.0.octets());
    pseudo[9] = protocol::UDP;
    pseudo[10..].copy_from_slice(&length.to_be_bytes());
    let sum = match checksum(partial(0, &pseudo), &datagram) {
        0 => u16::MAX, // zero would mean "no checksum"
        sum => sum,
    };
    datagram[6..8].copy_from_slice(&sum.to_be_bytes());
    ipv4(from.0, to.0, protocol::UDP, &datagram)
}

/// The packet that tells a sender that the router refuses to carry `packet`.
pub fn prohibited(packet: &Packet<'_>, router: Ipv4Addr) -> Option<Vec<u8>> {
    let quoted = &packet.bytes[..packet.bytes.len().min(68)];
    let mut message = vec![3, 13, 0, 0, 0, 0, 0, 0];
    message.extend_from_slice(quoted);
    let sum = checksum(0, &message);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    ipv4(router, packet.source, protocol::ICMP, &message)
}

fn partial(start: u32, bytes: &[u8]) -> u32 {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let sum = pairs.iter().fold(start, |sum, pair| {
        fold(sum + u32::from(u16::from_be_bytes(*pair)))
    });
    rest.iter()
        .fold(sum, |sum, last| fold(sum + (u32::from(*last) << 8)))
}

fn fold(sum: u32) -> u32 {
    (sum & 0xffff) + (sum >> 16)
}

/// The Internet checksum over `bytes`, continuing from `start`.
fn checksum(start: u32, bytes: &[u8]) -> u16 {
    let sum = fold(partial(start, bytes));
    !u16::try_from(sum & 0xffff).unwrap_or(u16::MAX)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk::<N>().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);
    const B: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 6);

    #[test]
    fn a_datagram_reads_back_and_its_sums_are_right() {
        let bytes = udp((A, 1000), (B, 53), b"odd").unwrap();
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!((packet.source, packet.target), (A, B));
        assert_eq!(packet.udp(), Some((1000, 53, &b"odd"[..])));
        assert_eq!(checksum(0, &bytes[..20]), 0);
        let mut pseudo = [0; 12];
        pseudo[..4].copy_from_slice(&A.octets());
        pseudo[4..8].copy_from_slice(&B.octets());
        pseudo[9] = 17;
        pseudo[11] = 11;
        assert_eq!(checksum(partial(0, &pseudo), packet.payload), 0);
    }

    #[test]
    fn a_packet_that_promises_more_than_is_there_is_refused() {
        let mut bytes = udp((A, 1), (B, 2), b"data").unwrap();
        assert!(Packet::parse(&bytes[..bytes.len() - 1]).is_none());
        bytes[0] = 0x4f;
        assert!(Packet::parse(&bytes).is_none());
        bytes[0] = 0x65;
        assert!(Packet::parse(&bytes).is_none());
    }

    #[test]
    fn every_prefix_and_every_flipped_byte_is_read_without_panic() {
        let whole = Packet::parse(&udp((A, 1), (B, 2), b"data").unwrap())
            .unwrap()
            .framed(GATEWAY_MAC, Mac([2, 0, 0, 0, 0, 9]));
        for end in 0..whole.len() {
            touch(&whole[..end]);
        }
        for at in 0..whole.len() {
            for value in 0..=255 {
                let mut bytes = whole.clone();
                bytes[at] = value;
                touch(&bytes);
            }
        }
    }

    fn touch(bytes: &[u8]) {
        if let Some(Frame {
            payload: Payload::Ipv4(packet),
            ..
        }) = Frame::parse(bytes)
        {
            let _seen = (packet.ports(), packet.tcp(), packet.udp(), packet.icmp());
            prohibited(&packet, A).unwrap();
        }
    }

    #[test]
    fn an_arp_question_is_answered_to_the_one_who_asked() {
        let mut question = ethernet(Mac::BROADCAST, Mac([2, 0, 0, 0, 0, 9]), TYPE_ARP, 28);
        question.extend_from_slice(&[0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 9, 10, 0, 0, 5]);
        question.extend_from_slice(&[0, 0, 0, 0, 0, 0, 10, 0, 0, 6]);
        let Some(Frame {
            payload: Payload::Arp(arp),
            ..
        }) = Frame::parse(&question)
        else {
            panic!("not ARP")
        };
        assert!(arp.asks && arp.target == B);
        let answer = arp.answer(GATEWAY_MAC);
        let answer = Frame::parse(&answer).unwrap();
        assert_eq!(
            (answer.target, answer.source),
            (Mac([2, 0, 0, 0, 0, 9]), GATEWAY_MAC)
        );
        let Payload::Arp(arp) = answer.payload else {
            panic!("not ARP")
        };
        assert_eq!((arp.asks, arp.sender, arp.target), (false, B, A));
    }
}
