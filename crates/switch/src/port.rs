//! One guest's port: everything that its frames can lead to.
//!
//! A port is one task, and the task is one hand-written future: whatever wakes it (frames from QEMU,
//! bytes from a host socket, packets of other guests, a timer), it does a bounded round of
//! everything and sleeps again. So a connection costs two ring buffers and no task, the order of a
//! round is what keeps interactive traffic ahead, and one guest cannot hold up another's.
//!
//! A frame's way: [`Port::frame`] drops what is not the guest's own → [`Port::packet`] decides by
//! destination → the stack, another guest's queue, DHCP, DNS, or nowhere.

use std::{
    collections::HashMap,
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, PoisonError, atomic::Ordering::Relaxed},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use smoltcp::socket::tcp;
use tokio::{net::TcpStream, sync::mpsc, task::JoinSet, time::Sleep};

use crate::{
    Cidr, GuestConfig, Mac, Outbound, SwitchConfig, dhcp, dns,
    flow::{Ends, Flow, Host, Service, spoil},
    forward::Visitor,
    frame::{self, API, Arp, Frame, GATEWAY_MAC, METADATA, Packet, Payload, protocol},
    link::Link,
    stack::Stack,
    stats::count,
    switch::{Network, Peer},
};

/// Rounds before other tasks of the thread get their turn.
const ROUNDS: usize = 4;
/// Ports of the gateway that forwarded connections come from.
const FIRST_PORT: u16 = 32768;

/// What was started elsewhere and has come to an end.
enum Event {
    /// A connection to the outside was made, or was not.
    Connected {
        ends: Ends,
        stream: io::Result<TcpStream>,
    },
    /// A name was looked up: the packet for the guest.
    Answered(Option<Vec<u8>>),
}

/// What is needed to make a port.
pub(crate) struct Plan {
    pub(crate) guest: Arc<GuestConfig>,
    pub(crate) shared: Arc<SwitchConfig>,
    pub(crate) network: Arc<Network>,
    pub(crate) own: Arc<Peer>,
    pub(crate) frames: mpsc::Receiver<Vec<u8>>,
    pub(crate) visitors: mpsc::Receiver<Visitor>,
}

pub(crate) struct Port {
    plan: Plan,
    link: Link,
    stack: Stack,
    flows: Vec<Flow>,
    /// Connections to the outside that are being made, and the packets that asked for them.
    pending: HashMap<Ends, Vec<u8>>,
    lookups: usize,
    tasks: JoinSet<Event>,
    next_port: u16,
    timer: Pin<Box<Sleep>>,
}

impl Port {
    pub(crate) fn new(plan: Plan) -> Port {
        Port {
            link: Link::new(plan.guest.socket.clone()),
            stack: Stack::new(&plan.guest, plan.shared.limits.buffer),
            flows: Vec::new(),
            pending: HashMap::new(),
            lookups: 0,
            tasks: JoinSet::new(),
            next_port: FIRST_PORT,
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
            plan,
        }
    }

    /// Serves the guest until the task is aborted.
    pub(crate) async fn run(mut self) {
        let serve = std::future::poll_fn(move |cx| -> Poll<()> {
            // The TCP stack is fed by the guest. Should it ever panic, that guest loses its
            // connections, and nobody else notices.
            if catch_unwind(AssertUnwindSafe(|| self.poll(cx))).is_err() {
                tracing::error!(guest = %self.plan.guest.id, "the guest's port failed; it starts anew");
                self.start_anew();
                cx.waker().wake_by_ref();
            }
            Poll::Pending
        });
        // A round is bounded here; the runtime's own budget would cut it at a random place.
        tokio::task::unconstrained(serve).await;
    }

    fn start_anew(&mut self) {
        self.link = Link::new(self.plan.guest.socket.clone());
        self.stack = Stack::new(&self.plan.guest, self.plan.shared.limits.buffer);
        self.flows.clear();
        self.pending.clear();
        self.lookups = 0;
        self.tasks = JoinSet::new();
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) {
        let mut busy = true;
        for _ in 0..ROUNDS {
            busy = self.round(cx);
            if !busy {
                break;
            }
        }
        self.arm(cx);
        if busy {
            cx.waker().wake_by_ref();
        }
    }

    /// One bounded turn of everything; whether another is worth while at once.
    fn round(&mut self, cx: &mut Context<'_>) -> bool {
        let now = Instant::now();
        if self.link.poll_connect(cx).is_ready() {
            self.connected();
        }
        self.finished(cx, now);
        self.visitors(cx, now);
        let more_frames = self.read(cx, now);
        let more_packets = self.deliver(cx);
        self.pump(cx, now);
        self.stack.egress(now);
        let drained = self.write(cx);
        drained && (more_frames || more_packets)
    }

    fn connected(&mut self) {
        // What was not wholly sent over the last connection must not be continued on this one.
        self.stack.outbox().clear();
        let stats = &self.plan.own.stats;
        stats.connected.store(true, Relaxed);
        count(&stats.connects, 1);
        tracing::debug!(guest = %self.plan.guest.id, "connected to the guest's network card");
    }

    fn disconnect(&mut self, why: &str, cx: &Context<'_>) {
        tracing::debug!(guest = %self.plan.guest.id, why, "lost the guest's network card");
        self.plan.own.stats.connected.store(false, Relaxed);
        self.link.hang_up();
        cx.waker().wake_by_ref(); // The next round begins to reconnect.
    }

    // ── from the guest ─────────────────────────────────────────────────────────────────────────

    /// Takes in what QEMU has sent; whether there may be more.
    fn read(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        if !self.stack.outbox().has_room() {
            return false; // The guest does not read: it is heard again when it does.
        }
        match self.link.poll_read(cx) {
            Poll::Pending => return false,
            Poll::Ready(Ok(0)) => self.disconnect("closed by QEMU", cx),
            Poll::Ready(Err(error)) => self.disconnect(&error.to_string(), cx),
            Poll::Ready(Ok(_)) => self.inbox(cx, now),
        }
        true
    }

    fn inbox(&mut self, cx: &Context<'_>, now: Instant) {
        let mut inbox = std::mem::take(&mut self.link.inbox);
        let verdict = loop {
            match inbox.next() {
                Ok(Some(frame)) => self.frame(frame, now),
                Ok(None) => break Ok(()),
                Err(too_long) => break Err(too_long),
            }
        };
        self.link.inbox = inbox;
        if verdict.is_err() {
            self.disconnect("a frame longer than any", cx);
        }
    }

    pub(crate) fn frame(&mut self, bytes: &[u8], now: Instant) {
        let own = self.plan.own.clone();
        count(&own.stats.frames_out, 1);
        count(
            &own.stats.bytes_out,
            u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        );
        let Some(frame) = Frame::parse(bytes) else {
            return count(&own.stats.dropped, 1);
        };
        if frame.source != own.mac {
            return count(&own.stats.spoofed, 1);
        }
        match frame.payload {
            Payload::Arp(arp) => self.arp(&arp),
            Payload::Ipv4(packet) if packet.source == own.ipv4 => {
                self.packet(&packet, frame.target, now);
            }
            Payload::Ipv4(packet) if packet.source.is_unspecified() => self.dhcp(&packet),
            Payload::Ipv4(_) => count(&own.stats.spoofed, 1),
            Payload::Other => count(&own.stats.dropped, 1),
        }
    }

    fn dropped(&self) {
        count(&self.plan.own.stats.dropped, 1);
    }

    /// Answers for every address that the guest may reach without a router: the router's, the
    /// services', and the other guests' of its subnet with their own MACs.
    fn arp(&mut self, arp: &Arp) {
        let own = &self.plan.own;
        let honest =
            arp.sender_mac == own.mac && (arp.sender == own.ipv4 || arp.sender.is_unspecified());
        if !honest {
            return count(&own.stats.spoofed, 1);
        }
        if let (true, Some(owner)) = (arp.asks, self.owner(arp.target)) {
            self.stack.outbox().push(&arp.answer(owner));
        }
    }

    fn owner(&self, address: Ipv4Addr) -> Option<Mac> {
        let guest = &self.plan.guest;
        if address == guest.ipv4 {
            None
        } else if let Some(peer) = self.plan.network.peer(address) {
            guest.subnet.contains(address).then_some(peer.mac)
        } else {
            (guest.is_resolver(address) || self.service_at(address).is_some())
                .then_some(GATEWAY_MAC)
        }
    }

    fn dhcp(&mut self, packet: &Packet<'_>) {
        let guest = &self.plan.guest;
        let answer = match packet.udp() {
            Some((68, 67, message)) if !packet.fragment => dhcp::answer(guest, message),
            _ => None,
        };
        let Some(answer) = answer else {
            return self.dropped();
        };
        match frame::udp((guest.gateway, 67), (answer.to, 68), &answer.message) {
            Some(packet) => self.send_routed(&packet),
            None => self.dropped(),
        }
    }

    /// Sends the guest an IP packet from the router.
    fn send_routed(&mut self, packet: &[u8]) {
        let mac = self.plan.own.mac;
        self.stack
            .outbox()
            .push_routed(mac, packet.len(), |space| space.copy_from_slice(packet));
    }

    /// Decides by destination what becomes of a packet that is truly the guest's.
    fn packet(&mut self, packet: &Packet<'_>, target: Mac, now: Instant) {
        if packet.fragment {
            return self.dropped();
        }
        if let Some(peer) = self.plan.network.peer(packet.target) {
            return self.to_peer(&peer, packet, target, now);
        }
        match packet.protocol {
            protocol::TCP => self.tcp(packet, now),
            protocol::UDP => self.udp(packet),
            protocol::ICMP if self.plan.guest.is_resolver(packet.target) => {
                if matches!(packet.icmp(), Some((8, 0, ..))) {
                    self.stack.ingress(packet.bytes, now);
                }
            }
            _ => self.dropped(),
        }
    }

    fn to_peer(&self, peer: &Peer, packet: &Packet<'_>, target: Mac, now: Instant) {
        let own = &self.plan.own;
        if peer.ipv4 == own.ipv4 || packet.bytes.len() > usize::from(self.plan.guest.mtu) {
            return self.dropped();
        }
        lock(&own.firewall).note_outgoing(packet, now);
        if !lock(&peer.firewall).admits(packet, now) {
            return count(&own.stats.refused, 1);
        }
        // Within a subnet guests know each other's MACs; elsewhere they know the router's.
        let source = if target == peer.mac {
            own.mac
        } else {
            GATEWAY_MAC
        };
        if peer
            .frames
            .try_send(packet.framed(peer.mac, source))
            .is_err()
        {
            self.dropped();
        }
    }

    fn udp(&mut self, packet: &Packet<'_>) {
        let guest = self.plan.guest.clone();
        match packet.udp() {
            Some((68, 67, _)) if packet.target == guest.gateway || packet.target.is_broadcast() => {
                self.dhcp(packet);
            }
            Some((port, 53, question)) if guest.is_resolver(packet.target) => {
                self.look_up(packet.target, port, question, None);
            }
            Some((port, 53, question)) if self.is_outside(packet.target) => {
                let server = SocketAddr::from((packet.target, 53));
                self.look_up(packet.target, port, question, Some(server));
            }
            Some(_) if self.is_outside(packet.target) => self.prohibit(packet),
            _ => self.dropped(),
        }
    }

    /// Tells the guest at once what it would otherwise learn by waiting.
    fn prohibit(&mut self, packet: &Packet<'_>) {
        self.dropped();
        if let Some(refusal) = frame::prohibited(packet, self.plan.guest.gateway) {
            self.send_routed(&refusal);
        }
    }

    fn look_up(&mut self, at: Ipv4Addr, port: u16, question: &[u8], server: Option<SocketAddr>) {
        let limits = &self.plan.shared.limits;
        if self.lookups >= limits.lookups || !dns::is_question(question) {
            return self.dropped();
        }
        self.lookups += 1;
        let (shared, guest, question) = (
            self.plan.shared.clone(),
            self.plan.guest.clone(),
            question.to_vec(),
        );
        self.tasks.spawn(async move {
            let servers = match server {
                Some(server) if is_of_this_host(server.ip()) => Vec::new(),
                Some(server) => vec![server],
                None => dns::servers(&shared.dns).await,
            };
            let room = usize::from(guest.mtu) - 28;
            let answer = dns::ask(&servers, &question, room, shared.limits.lookup_timeout).await;
            let packet =
                answer.and_then(|answer| frame::udp((at, 53), (guest.ipv4, port), &answer));
            Event::Answered(packet)
        });
    }

    // ── TCP ────────────────────────────────────────────────────────────────────────────────────

    fn tcp(&mut self, packet: &Packet<'_>, now: Instant) {
        let (Some((guest_port, far_port)), Some(flags)) = (packet.ports(), packet.tcp()) else {
            return self.dropped();
        };
        let ends = Ends {
            guest_port,
            far: SocketAddrV4::new(packet.target, far_port),
        };
        if flags.begins() {
            self.begin(ends, packet, now);
        } else if self.is_answerable(packet.target) {
            self.stack.ingress(packet.bytes, now);
        }
    }

    /// The guest wants a connection.
    fn begin(&mut self, ends: Ends, packet: &Packet<'_>, now: Instant) {
        if self.pending.contains_key(&ends) {
            return; // It asks again while the connection is being made.
        }
        if let Some(at) = self.flows.iter().position(|flow| flow.ends == ends) {
            if !self.flows[at].is_leaving() {
                return self.stack.ingress(packet.bytes, now);
            }
            self.forget(at);
        }
        if self.flows.len() + self.pending.len() >= self.plan.shared.limits.connections {
            return self.dropped();
        }
        if let (Some(service), 80) = (self.service_at(packet.target), ends.far.port()) {
            return self.serve(service, ends, packet, now);
        }
        match self.destination(ends.far) {
            Some(destination) => self.dial(ends, destination, packet),
            // The stack has no such connection and answers with a reset.
            None if self.is_answerable(packet.target) => self.stack.ingress(packet.bytes, now),
            None => self.dropped(),
        }
    }

    /// The link-local service that has this address.
    fn service_at(&self, address: Ipv4Addr) -> Option<Service> {
        match address {
            METADATA => Some(Service::Metadata),
            API if self.plan.shared.api.is_some() => Some(Service::Api),
            _ => None,
        }
    }

    fn serve(&mut self, service: Service, ends: Ends, packet: &Packet<'_>, now: Instant) {
        let hops = match service {
            Service::Metadata => self.plan.own.metadata_hops.load(Relaxed),
            Service::Api => 64,
        };
        let Some(handle) = self.stack.accept(ends.far, hops, packet.bytes, now) else {
            return;
        };
        let until = now + self.plan.shared.limits.connect_timeout;
        let guest = self.plan.guest.ipv4;
        self.flows
            .push(Flow::to_service(service, guest, (ends, handle), until));
    }

    /// Where a connection to this address goes; `None` if nowhere.
    fn destination(&self, far: SocketAddrV4) -> Option<Destination> {
        let guest = &self.plan.guest;
        if *far.ip() == guest.gateway
            && let Some(open) = guest
                .gateway_ports
                .iter()
                .find(|open| open.port == far.port())
        {
            return Some(Destination::Given(open.to));
        }
        if far.port() == 53 && guest.is_resolver(*far.ip()) {
            return Some(Destination::Resolver);
        }
        self.is_outside(*far.ip())
            .then_some(Destination::Outside(far))
    }

    /// Whether the guest may reach this address through the host.
    fn is_outside(&self, address: Ipv4Addr) -> bool {
        self.plan.guest.outbound == Outbound::Internet
            && !self.plan.guest.range.contains(address)
            && is_public_enough(address)
            && !self
                .plan
                .shared
                .forbidden
                .iter()
                .any(|range| range.contains(address))
    }

    /// Whether the stack may answer for this address with a reset. Never for another guest's: one
    /// that is not plugged in at the moment, as after a restart of this process, keeps its
    /// connections.
    fn is_answerable(&self, address: Ipv4Addr) -> bool {
        let guest = &self.plan.guest;
        self.service_at(address).is_some()
            || guest.is_resolver(address)
            || is_public_enough(address) && !guest.range.contains(address)
    }

    fn dial(&mut self, ends: Ends, destination: Destination, packet: &Packet<'_>) {
        let limits = &self.plan.shared.limits;
        if self.pending.len() >= limits.pending {
            return self.dropped();
        }
        self.pending.insert(ends, packet.bytes.to_vec());
        let shared = self.plan.shared.clone();
        self.tasks.spawn(async move {
            let attempt = destination.connect(&shared);
            let stream = match tokio::time::timeout(shared.limits.connect_timeout, attempt).await {
                Ok(stream) => stream,
                Err(_) => Err(io::ErrorKind::TimedOut.into()),
            };
            Event::Connected { ends, stream }
        });
    }

    fn finished(&mut self, cx: &mut Context<'_>, now: Instant) {
        while let Poll::Ready(Some(event)) = self.tasks.poll_join_next(cx) {
            match event {
                Ok(Event::Connected { ends, stream }) => self.dialled(ends, stream, now),
                Ok(Event::Answered(packet)) => {
                    self.lookups -= 1;
                    if let Some(packet) = packet {
                        self.send_routed(&packet);
                    }
                }
                Err(error) => tracing::error!(%error, "a task of a guest's port failed"),
            }
        }
    }

    /// The far end has answered: only now the guest's connection is accepted, or reset.
    fn dialled(&mut self, ends: Ends, stream: io::Result<TcpStream>, now: Instant) {
        let Some(packet) = self.pending.remove(&ends) else {
            return;
        };
        match stream {
            Ok(stream) => match self.stack.accept(ends.far, 64, &packet, now) {
                Some(handle) => self.open(ends, handle, stream, now),
                None => spoil(&stream),
            },
            Err(error) => {
                tracing::debug!(guest = %self.plan.guest.id, far = %ends.far, %error, "no connection");
                self.stack.ingress(&packet, now);
            }
        }
    }

    fn open(
        &mut self,
        ends: Ends,
        handle: smoltcp::iface::SocketHandle,
        stream: TcpStream,
        now: Instant,
    ) {
        if let Err(error) = keep_lively(&stream) {
            tracing::debug!(%error, "a connection goes without keep-alive");
        }
        let until = now + self.plan.shared.limits.connect_timeout;
        self.flows
            .push(Flow::new(ends, handle, Host::Socket(stream), until));
    }

    fn visitors(&mut self, cx: &mut Context<'_>, now: Instant) {
        while let Poll::Ready(Some(visitor)) = self.plan.visitors.poll_recv(cx) {
            if self.flows.len() + self.pending.len() >= self.plan.shared.limits.connections {
                spoil(&visitor.stream);
                continue;
            }
            let local = SocketAddrV4::new(self.plan.guest.gateway, self.free_port());
            let remote = SocketAddrV4::new(self.plan.guest.ipv4, visitor.guest_port);
            let ends = Ends {
                guest_port: visitor.guest_port,
                far: local,
            };
            match self.stack.connect(local, remote) {
                Some(handle) => self.open(ends, handle, visitor.stream, now),
                None => spoil(&visitor.stream),
            }
        }
    }

    fn free_port(&mut self) -> u16 {
        loop {
            let port = self.next_port;
            self.next_port = port.checked_add(1).unwrap_or(FIRST_PORT);
            if !self.flows.iter().any(|flow| flow.ends.far.port() == port) {
                return port;
            }
        }
    }

    fn pump(&mut self, cx: &mut Context<'_>, now: Instant) {
        let mut at = 0;
        while at < self.flows.len() {
            let flow = &mut self.flows[at];
            if flow.is_over(now) {
                self.forget(at);
                continue;
            }
            flow.pump(
                self.stack.sockets.get_mut::<tcp::Socket<'_>>(flow.handle),
                cx,
                now,
            );
            if let Some((service, stream)) = flow.announce() {
                let shared = &self.plan.shared;
                let answers = match service {
                    Service::Metadata => Some(&shared.metadata),
                    Service::Api => shared.api.as_ref(),
                };
                if let Some(answers) = answers {
                    answers.accept(&self.plan.guest.id, stream);
                }
            }
            at += 1;
        }
        self.plan
            .own
            .stats
            .connections
            .store(self.flows.len(), Relaxed);
    }

    fn forget(&mut self, at: usize) {
        let flow = self.flows.swap_remove(at);
        self.stack.sockets.remove(flow.handle);
    }

    // ── to the guest ───────────────────────────────────────────────────────────────────────────

    /// Passes on what other guests have sent; whether there may be more.
    fn deliver(&mut self, cx: &mut Context<'_>) -> bool {
        // A share of each round, so that a flood from a neighbour leaves room for the rest.
        for _ in 0..64 {
            if !self.stack.outbox().has_room() {
                return false;
            }
            match self.plan.frames.poll_recv(cx) {
                Poll::Ready(Some(frame)) => self.stack.outbox().push(&frame),
                Poll::Ready(None) | Poll::Pending => return false,
            }
        }
        true
    }

    /// Writes to QEMU; whether all was taken.
    fn write(&mut self, cx: &mut Context<'_>) -> bool {
        let stats = &self.plan.own.stats;
        let outbox = self.stack.outbox();
        count(&stats.frames_in, std::mem::take(&mut outbox.frames));
        count(&stats.bytes_in, std::mem::take(&mut outbox.total));
        match self.link.poll_write(cx, outbox) {
            Poll::Ready(Ok(())) => true,
            Poll::Ready(Err(error)) => {
                self.disconnect(&error.to_string(), cx);
                true
            }
            Poll::Pending => false,
        }
    }

    /// Sets the timer to the next moment at which something is due by itself.
    fn arm(&mut self, cx: &mut Context<'_>) {
        let now = Instant::now();
        let flows = self.flows.iter().filter_map(Flow::deadline).min();
        let mut due = flows.map(|deadline| deadline.saturating_duration_since(now));
        if self.stack.outbox().has_room()
            && let Some(delay) = self.stack.next(now)
        {
            due = Some(due.map_or(delay, |due| due.min(delay)));
        }
        let Some(due) = due else { return };
        let due = due.max(Duration::from_millis(1));
        self.timer.as_mut().reset(tokio::time::Instant::now() + due);
        if self.timer.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }
}

/// Where a guest's connection goes.
enum Destination {
    /// To an address that the configuration names.
    Given(SocketAddr),
    /// To the host's resolver.
    Resolver,
    /// To the outside.
    Outside(SocketAddrV4),
}

impl Destination {
    async fn connect(self, shared: &SwitchConfig) -> io::Result<TcpStream> {
        match self {
            Destination::Given(address) => TcpStream::connect(address).await,
            Destination::Resolver => {
                let servers = dns::servers(&shared.dns).await;
                TcpStream::connect(&servers[..]).await
            }
            Destination::Outside(address) => {
                if is_of_this_host((*address.ip()).into()) {
                    return Err(io::ErrorKind::ConnectionRefused.into());
                }
                TcpStream::connect(address).await
            }
        }
    }
}

/// Whether the host would speak to itself under this address. Asks the kernel's routing by
/// connecting a datagram socket, which sends nothing: only towards itself are both ends the same.
fn is_of_this_host(address: IpAddr) -> bool {
    let probe = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((address, 9))?;
        socket.local_addr()
    });
    // Where there is no route there is no connection either; say no in doubt.
    probe.map_or(true, |local| {
        local.ip() == address || local.ip().is_loopback()
    })
}

/// Not loopback, not link-local, not "this host", not multicast, not reserved.
fn is_public_enough(address: Ipv4Addr) -> bool {
    const REFUSED: [Cidr; 4] = [
        Cidr::new(Ipv4Addr::new(0, 0, 0, 0), 8),
        Cidr::new(Ipv4Addr::new(127, 0, 0, 0), 8),
        Cidr::new(Ipv4Addr::new(169, 254, 0, 0), 16),
        Cidr::new(Ipv4Addr::new(224, 0, 0, 0), 3),
    ];
    !REFUSED.iter().any(|range| range.contains(address))
}

/// Finds out when the far end has vanished, and sends small pieces at once.
fn keep_lively(stream: &TcpStream) -> io::Result<()> {
    let idle = socket2::TcpKeepalive::new().with_time(Duration::from_secs(60));
    socket2::SockRef::from(stream).set_tcp_keepalive(&idle)?;
    stream.set_nodelay(true)
}

fn lock<T>(shared: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic while it was held leaves at worst one conversation forgotten.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
