//! A guest without a machine: another TCP/IP stack behind the Unix socket that QEMU would offer.
//!
//! It runs in a thread of its own and is spoken to with blocking calls, like a remote machine. Every
//! wait gives up after ten seconds with the name of what it waited for.

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, SocketAddrV4},
    os::unix::net::{UnixListener, UnixStream},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use smoltcp::{
    iface::{Config, Interface, SocketHandle, SocketSet},
    phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken},
    socket::{dhcpv4, icmp, tcp, udp},
    time,
    wire::{
        EthernetAddress, HardwareAddress, Icmpv4Packet, Icmpv4Repr, IpAddress, IpCidr, IpEndpoint,
    },
};
use switch::{Cidr, GuestConfig, Mac, Switch};

const PATIENCE: Duration = Duration::from_secs(10);
/// Long enough for one question and its answer: this stack asks ARP once a second at most.
const ONE_ROUND: Duration = Duration::from_millis(2500);

/// Frames between the stack and the thread.
#[derive(Default)]
struct Card {
    arrived: VecDeque<Vec<u8>>,
    leaving: Vec<u8>,
    mtu: usize,
}

struct Arrived(Vec<u8>);

impl RxToken for Arrived {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

struct Leaving<'a>(&'a mut Vec<u8>);

impl TxToken for Leaving<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        self.0
            .extend_from_slice(&u32::try_from(len).unwrap().to_be_bytes());
        let start = self.0.len();
        self.0.resize(start + len, 0);
        f(&mut self.0[start..])
    }
}

impl Device for Card {
    type RxToken<'a> = Arrived;
    type TxToken<'a> = Leaving<'a>;

    fn receive(&mut self, _: time::Instant) -> Option<(Arrived, Leaving<'_>)> {
        let frame = self.arrived.pop_front()?;
        Some((Arrived(frame), Leaving(&mut self.leaving)))
    }

    fn transmit(&mut self, _: time::Instant) -> Option<Leaving<'_>> {
        (self.leaving.len() < 256 * 1024).then_some(Leaving(&mut self.leaving))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = self.mtu + 14;
        capabilities
    }
}

struct Machine {
    iface: Interface,
    sockets: SocketSet<'static>,
    card: Card,
    cable: Option<UnixStream>,
    unread: Vec<u8>,
    /// Every frame that came in, newest last, for tests that look at frames.
    seen: VecDeque<Vec<u8>>,
    plugged: u32,
}

/// A guest, spoken to from outside.
pub struct Guest {
    pub config: GuestConfig,
    machine: Arc<Mutex<Machine>>,
    off: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
    next_port: u16,
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.off.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// A configuration for guest number `number` of `network`; a socket in `folder`.
pub fn config(folder: &std::path::Path, network: &str, number: u8) -> GuestConfig {
    let ipv4 = Ipv4Addr::new(10, 0, 0, number);
    let mac = Mac([2, 0, 0, 0, network.len().try_into().unwrap(), number]);
    let id = format!("{network}-{number}");
    let socket = folder.join(&id);
    GuestConfig::new(id, network, mac, ipv4, Cidr::new(ipv4, 24), socket)
}

impl Guest {
    /// A machine that listens on its socket and has its address already.
    pub fn start(config: GuestConfig) -> Guest {
        let guest = Guest::start_blank(config);
        guest.take_address(guest.config.ipv4, guest.config.gateway);
        guest
    }

    /// The same, plugged in and connected.
    pub fn plug(switch: &Switch, config: GuestConfig) -> Guest {
        let guest = Guest::start(config);
        switch.add_guest(guest.config.clone()).unwrap();
        guest.wait_plugged(1);
        guest
    }

    /// A machine without address.
    pub fn start_blank(config: GuestConfig) -> Guest {
        let listener = UnixListener::bind(&config.socket).unwrap();
        listener.set_nonblocking(true).unwrap();
        let mut card = Card {
            mtu: usize::from(config.mtu),
            ..Card::default()
        };
        let mac = HardwareAddress::Ethernet(EthernetAddress(config.mac.0));
        let mut setup = Config::new(mac);
        setup.random_seed = u64::from(config.mac.0[5]) * 7919;
        let iface = Interface::new(setup, &mut card, time::Instant::ZERO);
        let machine = Arc::new(Mutex::new(Machine {
            iface,
            sockets: SocketSet::new(Vec::new()),
            card,
            cable: None,
            unread: Vec::new(),
            seen: VecDeque::new(),
            plugged: 0,
        }));
        let off = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (machine, off) = (machine.clone(), off.clone());
            move || run(&machine, &listener, &off)
        });
        let next_port = 40000;
        Guest {
            config,
            machine,
            off,
            thread: Some(thread),
            next_port,
        }
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap()
    }

    fn wait<T>(&self, what: &str, mut look: impl FnMut(&mut Machine) -> Option<T>) -> T {
        self.wait_at_most(PATIENCE, &mut look)
            .unwrap_or_else(|| panic!("no {what} in time"))
    }

    fn wait_at_most<T>(
        &self,
        patience: Duration,
        look: &mut impl FnMut(&mut Machine) -> Option<T>,
    ) -> Option<T> {
        let start = Instant::now();
        while start.elapsed() < patience {
            if let Some(found) = look(&mut self.machine()) {
                return Some(found);
            }
            thread::sleep(Duration::from_micros(200));
        }
        None
    }

    pub fn take_address(&self, address: Ipv4Addr, gateway: Ipv4Addr) {
        let mut machine = self.machine();
        machine.iface.update_ip_addrs(|list| {
            list.clear();
            list.push(IpCidr::new(address.into(), 24)).unwrap();
        });
        machine
            .iface
            .routes_mut()
            .add_default_ipv4_route(gateway)
            .unwrap();
    }

    /// Waits until the switch has connected this many times.
    pub fn wait_plugged(&self, times: u32) {
        self.wait("connection of the switch", |machine| {
            (machine.plugged >= times && machine.cable.is_some()).then_some(())
        });
    }

    /// Breaks the connection to the switch, as QEMU does when it exits; the next one is accepted.
    pub fn unplug(&self) {
        self.machine().cable = None;
    }

    /// Asks for an address: address, gateway and name servers.
    pub fn dhcp(&self) -> (Ipv4Addr, Ipv4Addr, Vec<Ipv4Addr>) {
        let handle = self.machine().sockets.add(dhcpv4::Socket::new());
        let lease = self.wait("DHCP lease", |machine| {
            match machine.sockets.get_mut::<dhcpv4::Socket<'_>>(handle).poll() {
                Some(dhcpv4::Event::Configured(lease)) => Some((
                    lease.address,
                    lease.router.expect("a router"),
                    lease.dns_servers.iter().copied().collect::<Vec<_>>(),
                )),
                _ => None,
            }
        });
        assert_eq!(lease.0.prefix_len(), self.config.subnet.prefix());
        self.take_address(lease.0.address(), lease.1);
        (lease.0.address(), lease.1, lease.2)
    }

    // ── TCP ────────────────────────────────────────────────────────────────────────────────────

    pub fn listen(&self, port: u16) -> SocketHandle {
        let mut socket = socket();
        socket.listen(port).unwrap();
        self.machine().sockets.add(socket)
    }

    /// Begins a connection without waiting for it.
    pub fn dial(&mut self, to: SocketAddrV4) -> SocketHandle {
        self.next_port += 1;
        let mut machine = self.machine();
        let mut socket = socket();
        let context = machine.iface.context();
        socket
            .connect(
                context,
                (IpAddress::from(*to.ip()), to.port()),
                self.next_port,
            )
            .unwrap();
        machine.sockets.add(socket)
    }

    /// Connects: the connection, or `None` if it was refused.
    pub fn connect(&mut self, to: SocketAddrV4) -> Option<SocketHandle> {
        let handle = self.dial(to);
        self.is_established(handle).then_some(handle)
    }

    fn is_established(&self, handle: SocketHandle) -> bool {
        self.wait("answer to a SYN", |machine| {
            match tcp(machine, handle).state() {
                tcp::State::Closed => Some(false),
                tcp::State::SynSent | tcp::State::SynReceived | tcp::State::Listen => None,
                _ => Some(true),
            }
        })
    }

    /// Whether a connection to any of these is made within a moment; for packets that should vanish.
    pub fn reaches(&mut self, targets: &[SocketAddrV4]) -> Option<SocketAddrV4> {
        let dialled: Vec<_> = targets.iter().map(|to| (self.dial(*to), *to)).collect();
        let made = self.wait_at_most(ONE_ROUND, &mut |machine| {
            let made =
                |at: &&(SocketHandle, _)| tcp(machine, at.0).state() == tcp::State::Established;
            dialled.iter().find(made).map(|(_, to)| *to)
        });
        for (handle, _) in dialled {
            self.machine().sockets.remove(handle);
        }
        made
    }

    pub fn wait_accepted(&self, handle: SocketHandle) {
        assert!(self.is_established(handle));
    }

    pub fn state(&self, handle: SocketHandle) -> tcp::State {
        tcp(&mut self.machine(), handle).state()
    }

    pub fn wait_state(&self, handle: SocketHandle, wanted: tcp::State) {
        self.wait(&format!("state {wanted}"), |machine| {
            (tcp(machine, handle).state() == wanted).then_some(())
        });
    }

    pub fn send(&self, handle: SocketHandle, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let sent = self.wait("room to send", |machine| {
                let sent = tcp(machine, handle).send_slice(bytes).unwrap();
                (sent > 0).then_some(sent)
            });
            bytes = &bytes[sent..];
        }
    }

    /// Reads until the other side has said all, or `limit` bytes.
    pub fn receive(&self, handle: SocketHandle, limit: usize) -> Vec<u8> {
        let mut all = Vec::new();
        let mut chunk = vec![0; 256 * 1024];
        while all.len() < limit {
            let most = chunk.len().min(limit - all.len());
            let read = self.wait("bytes", |machine| {
                let socket = tcp(machine, handle);
                match socket.recv_slice(&mut chunk[..most]) {
                    Ok(0) => None,
                    Ok(read) => Some(read),
                    Err(_) => Some(0),
                }
            });
            if read == 0 {
                break;
            }
            all.extend_from_slice(&chunk[..read]);
        }
        all
    }

    /// Says that nothing more will be said.
    pub fn finish(&self, handle: SocketHandle) {
        tcp(&mut self.machine(), handle).close();
    }

    pub fn abort(&self, handle: SocketHandle) {
        tcp(&mut self.machine(), handle).abort();
    }

    // ── other packets ──────────────────────────────────────────────────────────────────────────

    /// Sends a datagram and waits a while for one back.
    pub fn ask(&self, from: u16, to: SocketAddrV4, bytes: &[u8]) -> Option<Vec<u8>> {
        let handle = self.open_udp(from);
        {
            let mut machine = self.machine();
            let to = IpEndpoint::new((*to.ip()).into(), to.port());
            machine
                .sockets
                .get_mut::<udp::Socket<'_>>(handle)
                .send_slice(bytes, to)
                .unwrap();
        }
        let answer = self.hear(handle, ONE_ROUND).map(|(bytes, _)| bytes);
        self.machine().sockets.remove(handle);
        answer
    }

    pub fn open_udp(&self, port: u16) -> SocketHandle {
        let ring = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 8], vec![0; 16384]);
        let mut socket = udp::Socket::new(ring(), ring());
        socket.bind(port).unwrap();
        self.machine().sockets.add(socket)
    }

    pub fn hear(&self, handle: SocketHandle, patience: Duration) -> Option<(Vec<u8>, IpEndpoint)> {
        self.wait_at_most(patience, &mut |machine| {
            let (bytes, from) = machine
                .sockets
                .get_mut::<udp::Socket<'_>>(handle)
                .recv()
                .ok()?;
            Some((bytes.to_vec(), from.endpoint))
        })
    }

    pub fn say(&self, handle: SocketHandle, to: IpEndpoint, bytes: &[u8]) {
        self.machine()
            .sockets
            .get_mut::<udp::Socket<'_>>(handle)
            .send_slice(bytes, to)
            .unwrap();
    }

    /// Whether an echo comes back. Asks twice: a stack like this one forgets the first question
    /// while it asks ARP where to answer.
    pub fn ping(&self, to: Ipv4Addr) -> bool {
        self.ping_once(to) || self.ping_once(to)
    }

    fn ping_once(&self, to: Ipv4Addr) -> bool {
        let ring = || icmp::PacketBuffer::new(vec![icmp::PacketMetadata::EMPTY; 4], vec![0; 2048]);
        let mut socket = icmp::Socket::new(ring(), ring());
        socket.bind(icmp::Endpoint::Ident(77)).unwrap();
        let handle = self.machine().sockets.add(socket);
        {
            let mut machine = self.machine();
            let repr = Icmpv4Repr::EchoRequest {
                ident: 77,
                seq_no: 1,
                data: b"hello",
            };
            let socket = machine.sockets.get_mut::<icmp::Socket<'_>>(handle);
            let space = socket.send(repr.buffer_len(), to.into()).unwrap();
            let checksums = smoltcp::phy::ChecksumCapabilities::default();
            repr.emit(&mut Icmpv4Packet::new_unchecked(space), &checksums);
        }
        let answered = self.wait_at_most(ONE_ROUND / 2, &mut |machine| {
            machine
                .sockets
                .get_mut::<icmp::Socket<'_>>(handle)
                .recv()
                .ok()
                .map(|_| ())
        });
        self.machine().sockets.remove(handle);
        answered.is_some()
    }

    /// Puts a frame on the cable as it is.
    pub fn raw(&self, frame: &[u8]) {
        let mut machine = self.machine();
        let prefix = u32::try_from(frame.len()).unwrap().to_be_bytes();
        machine.card.leaving.extend_from_slice(&prefix);
        machine.card.leaving.extend_from_slice(frame);
    }

    /// Puts bytes on the cable that need not be frames.
    pub fn noise(&self, bytes: &[u8]) {
        self.machine().card.leaving.extend_from_slice(bytes);
    }

    /// Waits for a frame that fits, among all that came since [`forget`](Guest::forget).
    pub fn frame(&self, what: &str, fits: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        self.wait(what, |machine| {
            machine.seen.iter().find(|frame| fits(frame)).cloned()
        })
    }

    /// Whether a frame that fits has come.
    pub fn saw(&self, fits: impl Fn(&[u8]) -> bool) -> bool {
        self.machine().seen.iter().any(|frame| fits(frame))
    }

    pub fn forget(&self) {
        self.machine().seen.clear();
    }
}

fn socket() -> tcp::Socket<'static> {
    let ring = || tcp::SocketBuffer::new(vec![0; 256 * 1024]);
    let mut socket = tcp::Socket::new(ring(), ring());
    socket.set_ack_delay(None);
    socket
}

fn tcp(machine: &mut Machine, handle: SocketHandle) -> &mut tcp::Socket<'static> {
    machine.sockets.get_mut::<tcp::Socket<'static>>(handle)
}

fn run(machine: &Mutex<Machine>, listener: &UnixListener, off: &AtomicBool) {
    let started = Instant::now();
    while !off.load(Relaxed) {
        let busy = machine.lock().unwrap().turn(listener, started.elapsed());
        if busy {
            thread::yield_now();
        } else {
            thread::sleep(Duration::from_micros(100));
        }
    }
}

impl Machine {
    fn turn(&mut self, listener: &UnixListener, now: Duration) -> bool {
        if self.cable.is_none() {
            match listener.accept() {
                Ok((cable, _)) => {
                    cable.set_nonblocking(true).unwrap();
                    self.cable = Some(cable);
                    self.plugged += 1;
                    self.unread.clear();
                    self.card.leaving.clear();
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        let read = self.read();
        let now = time::Instant::from_micros(i64::try_from(now.as_micros()).unwrap());
        self.iface.poll(now, &mut self.card, &mut self.sockets);
        let written = self.write();
        read || written
    }

    fn read(&mut self) -> bool {
        let Some(cable) = &mut self.cable else {
            return false;
        };
        let mut chunk = vec![0; 128 * 1024];
        let read = match cable.read(&mut chunk) {
            Ok(0) => {
                self.cable = None;
                return false;
            }
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(_) => {
                self.cable = None;
                return false;
            }
        };
        self.unread.extend_from_slice(&chunk[..read]);
        let mut at = 0;
        while let Some((prefix, rest)) = self.unread[at..].split_first_chunk::<4>() {
            let length = usize::try_from(u32::from_be_bytes(*prefix)).unwrap();
            let Some(frame) = rest.get(..length) else {
                break;
            };
            if self.seen.len() == 256 {
                self.seen.pop_front();
            }
            self.seen.push_back(frame.to_vec());
            self.card.arrived.push_back(frame.to_vec());
            at += 4 + length;
        }
        self.unread.drain(..at);
        true
    }

    fn write(&mut self) -> bool {
        let Some(cable) = &mut self.cable else {
            self.card.leaving.clear();
            return false;
        };
        let mut wrote = false;
        while !self.card.leaving.is_empty() {
            match cable.write(&self.card.leaving) {
                Ok(written) => {
                    self.card.leaving.drain(..written);
                    wrote = true;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => {
                    self.cable = None;
                    return false;
                }
            }
        }
        wrote
    }
}
