//! What a hostile guest can send, taken in without QEMU, for the fuzz target and the test below.

use std::{
    net::Ipv4Addr,
    sync::Arc,
    task::{Context, Waker},
    time::Instant,
};

use crate::{
    Cidr, Dns, GuestConfig, GuestStream, IngressRule, LinkLocal, Mac, Outbound, Protocol, Switch,
    SwitchConfig, frame::ETHERNET,
};

const OWN: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);
const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 6);

struct Silent;

impl LinkLocal for Silent {
    fn accept(&self, _: &str, stream: GuestStream) {
        drop(stream);
    }
}

/// Feeds `cable` to a guest's port as frames, each behind a byte of flags and a two-byte length.
/// Flags: 1 makes the source MAC and 2 the source address the guest's own, so that what lies behind
/// the check for honesty is reached; 4 lets connections move. Nothing leaves the process. Must be
/// called within a tokio runtime.
pub fn replay(mut cable: &[u8]) {
    let mut settings = SwitchConfig::new(Arc::new(Silent));
    settings.api = Some(Arc::new(Silent));
    settings.dns = Dns::Off;
    settings.limits.connections = 8;
    settings.limits.buffer = 4096;
    settings.limits.queued_frames = 4;
    settings.limits.conversations = 16;
    let switch = Switch::new(settings);
    switch
        .add_guest(guest(NEIGHBOUR))
        .expect("the configuration is sound");
    let everyone = IngressRule {
        protocol: Protocol::All,
        ports: 0..=1024,
        source: Cidr::ANY,
    };
    switch
        .set_ingress(&NEIGHBOUR.to_string(), vec![everyone])
        .expect("it was just added");
    let mut port = switch
        .loose_port(guest(OWN))
        .expect("the configuration is sound");
    let mut cx = Context::from_waker(Waker::noop());
    while let Some(([flags, high, low], rest)) = cable.split_first_chunk::<3>() {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
        let (frame, after) = rest.split_at(length);
        cable = after;
        port.frame(&disguised(frame, *flags), Instant::now());
        if flags & 4 != 0 {
            port.poll(&mut cx);
        }
    }
}

fn guest(ipv4: Ipv4Addr) -> GuestConfig {
    let mac = Mac([2, 0, 0, 0, 0, ipv4.octets()[3]]);
    let mut guest = GuestConfig::new(
        ipv4.to_string(),
        "net",
        mac,
        ipv4,
        Cidr::new(ipv4, 24),
        "/nowhere/at/all",
    );
    guest.outbound = Outbound::None;
    guest
}

fn disguised(frame: &[u8], flags: u8) -> Vec<u8> {
    let mut frame = frame.to_vec();
    if let (1, Some(source)) = (flags & 1, frame.get_mut(6..12)) {
        source.copy_from_slice(&guest(OWN).mac.0);
    }
    if let (2, Some(source)) = (flags & 2, frame.get_mut(ETHERNET + 12..ETHERNET + 16)) {
        source.copy_from_slice(&OWN.octets());
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{GATEWAY_MAC, METADATA, Packet, udp};

    /// A generator that is always the same, so that a failure can be seen again.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 >> 16).unwrap() % sides
        }

        fn byte(&mut self) -> u8 {
            u8::try_from(self.roll(256)).unwrap()
        }
    }

    #[tokio::test]
    async fn damaged_frames_of_every_kind_do_no_harm() {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        for _ in 0..400 {
            let mut cable = Vec::new();
            for _ in 0..40 {
                let frame = damaged(&mut dice);
                cable.push(dice.byte() | 3);
                cable.extend_from_slice(&u16::try_from(frame.len()).unwrap().to_be_bytes());
                cable.extend_from_slice(&frame);
            }
            replay(&cable);
        }
    }

    fn damaged(dice: &mut Dice) -> Vec<u8> {
        let targets = [
            METADATA,
            NEIGHBOUR,
            Ipv4Addr::new(10, 0, 0, 1),
            Ipv4Addr::BROADCAST,
        ];
        let to = (targets[dice.roll(4)], [80, 53, 67, 22][dice.roll(4)]);
        let data: Vec<u8> = (0..dice.roll(64)).map(|_| dice.byte()).collect();
        let mut bytes = udp((OWN, [68, 4000, 4001][dice.roll(3)]), to, &data).unwrap();
        if bytes.len() >= 40 {
            bytes[9] = [1, 6, 6, 17][dice.roll(4)];
            bytes[32] = 0x50;
            bytes[33] = [2, 0x10, 0x11, 0x14, 0x18][dice.roll(5)];
        }
        let mut frame = Packet::parse(&bytes)
            .unwrap()
            .framed(GATEWAY_MAC, Mac([0; 6]));
        for _ in 0..dice.roll(4) {
            let at = dice.roll(frame.len());
            frame[at] = dice.byte();
        }
        frame.truncate(frame.len() - dice.roll(3) * dice.roll(8));
        frame
    }
}
