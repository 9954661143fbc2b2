//! TCP/IP towards one guest: smoltcp, which plays every address beyond the guest's network card.
//!
//! The stack sees IP packets only; Ethernet and ARP are done outside. It accepts any destination
//! address, so the port decides beforehand which packets it may see. A segment that fits no
//! connection is answered with a reset.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    net::SocketAddrV4,
    time::{Duration, Instant},
};

use smoltcp::{
    iface::{Config, Interface, PollResult, SocketHandle, SocketSet},
    phy::{self, Checksum, Device, DeviceCapabilities, Medium},
    socket::tcp,
    time,
    wire::{HardwareAddress, IpCidr, IpEndpoint},
};

use crate::{GuestConfig, Mac, link::Outbox};

/// A peer that says nothing while something is owed to it is given up after this long.
const SILENCE: time::Duration = time::Duration::from_secs(300);
/// Every second segment is acknowledged at once, a single one this late. An acknowledgement costs an
/// emulated guest an interrupt; a guest whose Nagle waits for one is kept waiting no longer than this.
const ACK_DELAY: time::Duration = time::Duration::from_millis(3);
const KEEP_ALIVE: time::Duration = time::Duration::from_secs(60);

pub(crate) struct Stack {
    iface: Interface,
    pub(crate) sockets: SocketSet<'static>,
    wire: Wire,
    started: Instant,
    buffer: usize,
}

impl Stack {
    pub(crate) fn new(guest: &GuestConfig, buffer: usize) -> Stack {
        let started = Instant::now();
        let mut wire = Wire {
            packet: Vec::new(),
            arrived: false,
            guest: guest.mac,
            mtu: usize::from(guest.mtu),
            outbox: Outbox::default(),
        };
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = RandomState::new().build_hasher().finish();
        let mut iface = Interface::new(config, &mut wire, time::Instant::ZERO);
        let own = IpCidr::new(guest.gateway.into(), guest.subnet.prefix());
        iface.update_ip_addrs(|addresses| addresses.push(own).expect("there is room for one"));
        iface.set_any_ip(true);
        Stack {
            iface,
            sockets: SocketSet::new(Vec::new()),
            wire,
            started,
            buffer,
        }
    }

    pub(crate) fn outbox(&mut self) -> &mut Outbox {
        &mut self.wire.outbox
    }

    fn at(&self, now: Instant) -> time::Instant {
        let elapsed = now.saturating_duration_since(self.started).as_micros();
        time::Instant::from_micros(i64::try_from(elapsed).unwrap_or(i64::MAX))
    }

    /// Takes in one packet from the guest, and answers it if the answer is immediate.
    pub(crate) fn ingress(&mut self, packet: &[u8], now: Instant) {
        self.wire.packet.clear();
        self.wire.packet.extend_from_slice(packet);
        self.wire.arrived = true;
        let at = self.at(now);
        self.iface
            .poll_ingress_single(at, &mut self.wire, &mut self.sockets);
        self.wire.arrived = false;
    }

    /// Sends what connections owe the guest, in turns, until nothing is owed or the outbox is full.
    pub(crate) fn egress(&mut self, now: Instant) {
        let at = self.at(now);
        self.iface.poll_maintenance(at);
        while self.wire.outbox.has_room() {
            let sent = self
                .iface
                .poll_egress(at, &mut self.wire, &mut self.sockets);
            if matches!(sent, PollResult::None) {
                break;
            }
        }
    }

    /// In how long [`egress`](Stack::egress) has something to do, if nothing else happens.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Duration> {
        let at = self.at(now);
        let delay = self.iface.poll_delay(at, &self.sockets)?;
        Some(Duration::from_micros(delay.total_micros()))
    }

    fn socket(&self) -> tcp::Socket<'static> {
        let ring = || tcp::SocketBuffer::new(vec![0; self.buffer]);
        let mut socket = tcp::Socket::new(ring(), ring());
        socket.set_nagle_enabled(false);
        socket.set_ack_delay(Some(ACK_DELAY));
        socket.set_keep_alive(Some(KEEP_ALIVE));
        socket.set_timeout(Some(SILENCE));
        socket
    }

    /// Accepts the connection that `packet` begins, on the address that it is for.
    pub(crate) fn accept(
        &mut self,
        local: SocketAddrV4,
        hops: u8,
        packet: &[u8],
        now: Instant,
    ) -> Option<SocketHandle> {
        let mut socket = self.socket();
        socket.set_hop_limit(Some(hops.max(1)));
        socket.listen(endpoint(local)).ok()?;
        let handle = self.sockets.add(socket);
        self.ingress(packet, now);
        if self.sockets.get::<tcp::Socket<'_>>(handle).state() == tcp::State::Listen {
            self.sockets.remove(handle);
            return None;
        }
        Some(handle)
    }

    /// Begins a connection to the guest.
    pub(crate) fn connect(
        &mut self,
        local: SocketAddrV4,
        remote: SocketAddrV4,
    ) -> Option<SocketHandle> {
        let mut socket = self.socket();
        socket
            .connect(self.iface.context(), endpoint(remote), endpoint(local))
            .ok()?;
        Some(self.sockets.add(socket))
    }
}

fn endpoint(address: SocketAddrV4) -> IpEndpoint {
    IpEndpoint::new((*address.ip()).into(), address.port())
}

/// The device under the stack: one packet in, the outbox out.
struct Wire {
    packet: Vec<u8>,
    arrived: bool,
    guest: Mac,
    mtu: usize,
    outbox: Outbox,
}

impl Device for Wire {
    type RxToken<'a> = Arrival<'a>;
    type TxToken<'a> = Departure<'a>;

    fn receive(&mut self, _: time::Instant) -> Option<(Arrival<'_>, Departure<'_>)> {
        if !std::mem::take(&mut self.arrived) {
            return None;
        }
        let departure = Departure {
            guest: self.guest,
            outbox: &mut self.outbox,
        };
        Some((Arrival(&self.packet), departure))
    }

    fn transmit(&mut self, _: time::Instant) -> Option<Departure<'_>> {
        let room = self.outbox.has_room();
        room.then_some(Departure {
            guest: self.guest,
            outbox: &mut self.outbox,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        // The link is a socket of this host: nothing is corrupted on the way in.
        capabilities.checksum.ipv4 = Checksum::Tx;
        capabilities.checksum.tcp = Checksum::Tx;
        capabilities.checksum.icmpv4 = Checksum::Tx;
        capabilities
    }
}

struct Arrival<'a>(&'a [u8]);

impl phy::RxToken for Arrival<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

struct Departure<'a> {
    guest: Mac,
    outbox: &'a mut Outbox,
}

impl phy::TxToken for Departure<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        self.outbox.push_routed(self.guest, len, f)
    }
}
