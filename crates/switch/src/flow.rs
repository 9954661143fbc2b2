//! One TCP connection of a guest, carried over to a stream of the host, in both directions.
//!
//! ```text
//!   Opening ──▶ Open ──▶ Leaving ──▶ removed
//!      └───────────────────▲
//! ```
//!
//! What the host has not taken stays in the guest's window, and what the guest has not taken stays
//! in the host's socket: nothing else is buffered. The end of one direction is passed on as the end
//! of that direction; a reset is passed on as a reset.

use std::{
    io,
    net::{Ipv4Addr, SocketAddrV4},
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use smoltcp::{
    iface::SocketHandle,
    socket::tcp::{self, State},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf},
    net::TcpStream,
};

use crate::GuestStream;

/// How long the stack keeps a connection that is over, to send what is still owed.
const LEAVING: Duration = Duration::from_millis(200);
/// How long a connection of which one direction has ended may stand idle.
const HALF_CLOSED: Duration = Duration::from_secs(300);
/// The same where the host's side is the metadata service, which has nothing to wait for.
const HALF_CLOSED_METADATA: Duration = Duration::from_secs(10);

/// Bytes between a link-local service and the stack, for each direction.
const SERVICE_BUFFER: usize = 64 * 1024;

/// What answers on a link-local address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// The metadata service.
    Metadata,
    /// The API.
    Api,
}

/// The host's end.
pub(crate) enum Host {
    /// A socket of the host.
    Socket(TcpStream),
    /// A link-local service of this process.
    Service(Service, DuplexStream),
}

impl Host {
    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self {
            Host::Socket(stream) => Pin::new(stream).poll_read(cx, buf),
            Host::Service(_, stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Host::Socket(stream) => Pin::new(stream).poll_write(cx, bytes),
            Host::Service(_, stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Host::Socket(stream) => Pin::new(stream).poll_shutdown(cx),
            Host::Service(_, stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }

    /// Makes dropping the host's end a reset rather than an end.
    fn spoil(&self) {
        if let Host::Socket(stream) = self {
            spoil(stream);
        }
    }
}

/// Makes dropping a socket send a reset.
pub(crate) fn spoil(stream: &TcpStream) {
    if let Err(error) = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO)) {
        tracing::debug!(%error, "a connection will end instead of being reset");
    }
}

/// The two ends as the guest sees them: its port, and the address on the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ends {
    pub(crate) guest_port: u16,
    pub(crate) far: SocketAddrV4,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening { until: Instant },
    Open,
    Leaving { until: Instant },
}

pub(crate) struct Flow {
    pub(crate) ends: Ends,
    pub(crate) handle: SocketHandle,
    host: Option<Host>,
    phase: Phase,
    /// The host has sent all it had.
    host_ended: bool,
    /// The host takes no more: what the guest still sends is thrown away.
    host_deaf: bool,
    /// The guest's end has been passed on to the host.
    guest_ended: bool,
    moved: Instant,
    /// The other end of the host's, for a link-local service, until the guest has shown by
    /// completing the handshake that it means it.
    unannounced: Option<(Service, GuestStream)>,
}

impl Flow {
    pub(crate) fn new(ends: Ends, handle: SocketHandle, host: Host, until: Instant) -> Flow {
        Flow {
            ends,
            handle,
            host: Some(host),
            phase: Phase::Opening { until },
            host_ended: false,
            host_deaf: false,
            guest_ended: false,
            moved: until,
            unannounced: None,
        }
    }

    /// A connection of the guest of this address to a link-local service.
    pub(crate) fn to_service(
        service: Service,
        guest: Ipv4Addr,
        (ends, handle): (Ends, SocketHandle),
        until: Instant,
    ) -> Flow {
        let (ours, theirs) = tokio::io::duplex(SERVICE_BUFFER);
        let stream = GuestStream::new(theirs, SocketAddrV4::new(guest, ends.guest_port));
        Flow {
            unannounced: Some((service, stream)),
            ..Flow::new(ends, handle, Host::Service(service, ours), until)
        }
    }

    /// The stream for a link-local service, once, when the connection has been made.
    pub(crate) fn announce(&mut self) -> Option<(Service, GuestStream)> {
        if self.phase == Phase::Open {
            self.unannounced.take()
        } else {
            None
        }
    }

    pub(crate) fn is_leaving(&self) -> bool {
        matches!(self.phase, Phase::Leaving { .. })
    }

    /// Whether the connection can be forgotten.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        matches!(self.phase, Phase::Leaving { until } if until <= now)
    }

    /// When the connection must be looked at even if nothing happens.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Opening { until } | Phase::Leaving { until } => Some(until),
            Phase::Open if self.host_ended || self.guest_ended => {
                Some(self.moved + self.patience())
            }
            Phase::Open => None,
        }
    }

    fn patience(&self) -> Duration {
        match self.host {
            Some(Host::Service(Service::Metadata, _)) => HALF_CLOSED_METADATA,
            _ => HALF_CLOSED,
        }
    }

    /// Moves what can be moved and follows the connection's state.
    pub(crate) fn pump(
        &mut self,
        socket: &mut tcp::Socket<'_>,
        cx: &mut Context<'_>,
        now: Instant,
    ) {
        if self.is_leaving() {
            return;
        }
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            return self.reset(socket, now);
        }
        match socket.state() {
            State::SynSent | State::SynReceived => return,
            // A reset while it was being made puts an accepting socket back to listening.
            State::Listen => return self.reset(socket, now),
            State::Closed if self.host_ended && self.guest_ended => return self.leave(now),
            State::Closed => return self.reset(socket, now),
            _ => {}
        }
        if self.phase != Phase::Open {
            (self.phase, self.moved) = (Phase::Open, now);
        }
        if let Err(error) = self.carry(socket, cx, now) {
            tracing::debug!(%error, far = %self.ends.far, "the host's end of a connection broke");
            return self.reset(socket, now);
        }
        if socket.state() == State::TimeWait {
            self.leave(now);
        }
    }

    fn carry(
        &mut self,
        socket: &mut tcp::Socket<'_>,
        cx: &mut Context<'_>,
        now: Instant,
    ) -> io::Result<()> {
        let Some(host) = &mut self.host else {
            return Ok(());
        };
        while !self.host_ended && socket.can_send() {
            match from_host(host, socket, cx) {
                Poll::Pending => break,
                Poll::Ready(Ok(0)) => {
                    self.host_ended = true;
                    socket.close();
                }
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Err(error),
            }
            self.moved = now;
        }
        while socket.can_recv() {
            if self.host_deaf {
                drop_received(socket);
                continue;
            }
            match to_host(host, socket, cx) {
                Poll::Pending => break,
                Poll::Ready(Ok(_)) => self.moved = now,
                // The service has hung up. What it said before still goes to the guest.
                Poll::Ready(Err(_)) if matches!(host, Host::Service(..)) => self.host_deaf = true,
                Poll::Ready(Err(error)) => return Err(error),
            }
        }
        let guest_said_all = matches!(
            socket.state(),
            State::CloseWait | State::LastAck | State::Closing | State::TimeWait
        );
        if guest_said_all && !socket.can_recv() && !self.guest_ended {
            self.guest_ended = true;
            self.moved = now;
            if let Poll::Ready(Err(error)) = host.poll_shutdown(cx) {
                tracing::debug!(%error, "the host's end was already closed");
            }
        }
        Ok(())
    }

    fn leave(&mut self, now: Instant) {
        (self.host, self.unannounced) = (None, None);
        self.phase = Phase::Leaving {
            until: now + LEAVING,
        };
    }

    /// Ends the connection on both sides at once.
    pub(crate) fn reset(&mut self, socket: &mut tcp::Socket<'_>, now: Instant) {
        if let Some(host) = &self.host {
            host.spoil();
        }
        socket.abort();
        self.leave(now);
    }
}

fn from_host(
    host: &mut Host,
    socket: &mut tcp::Socket<'_>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    let read = socket.send(|space| {
        let mut space = ReadBuf::new(space);
        let read = host.poll_read(cx, &mut space);
        let count = space.filled().len();
        (count, read.map_ok(|()| count))
    });
    read.unwrap_or(Poll::Pending)
}

fn to_host(
    host: &mut Host,
    socket: &mut tcp::Socket<'_>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    let written = socket.recv(|bytes| {
        let written = host.poll_write(cx, bytes);
        let count = if let Poll::Ready(Ok(count)) = &written {
            *count
        } else {
            0
        };
        (count, written)
    });
    match written {
        Ok(Poll::Ready(Ok(0))) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
        Ok(written) => written,
        Err(_) => Poll::Pending,
    }
}

fn drop_received(socket: &mut tcp::Socket<'_>) {
    if socket.recv(|bytes| (bytes.len(), ())).is_err() {
        tracing::trace!("nothing was left to drop");
    }
}
