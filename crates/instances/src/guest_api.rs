//! The API's address inside guests, 169.254.169.251: their connections on the way to whoever
//! listens for the API.
//!
//! Nothing is believed because it comes from a guest: a request has to be signed like any other.
//! What is known of it is the guest's private address, which it cannot forge. A guest has so many
//! connections at once, and all guests together leave room for those who come from elsewhere.

use crate::rooms::{Room, Rooms};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use switch::GuestStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;

/// Connections of one guest at once; more are hung up on. Tools that move blocks use dozens.
const CONNECTIONS: usize = 64;
/// Connections of all guests at once.
const ALL_CONNECTIONS: usize = 1024;
/// Connections that the listener has not taken yet.
const WAITING: usize = 64;

/// The guests' end, for [`Settings`](crate::Settings).
#[derive(Clone, Debug)]
pub struct GuestApi {
    rooms: Arc<Rooms>,
    connections: mpsc::Sender<GuestConnection>,
}

/// A guest's connection to the API. Counts as one of that guest's until it is dropped.
#[derive(Debug)]
pub struct GuestConnection {
    stream: GuestStream,
    _room: Room,
}

impl GuestConnection {
    /// The guest's private address, and the port that it connected from.
    pub fn peer(&self) -> SocketAddr {
        self.stream.peer().into()
    }
}

impl AsyncRead for GuestConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for GuestConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The guests' end, and the listener's.
pub fn guest_api() -> (GuestApi, mpsc::Receiver<GuestConnection>) {
    let (connections, listener) = mpsc::channel(WAITING);
    let rooms = Arc::new(Rooms::new(CONNECTIONS, ALL_CONNECTIONS));
    (GuestApi { rooms, connections }, listener)
}

impl switch::LinkLocal for GuestApi {
    fn accept(&self, guest: &str, stream: GuestStream) {
        let Some(room) = self.rooms.take(guest) else {
            tracing::debug!(guest, "too many connections to the API");
            return;
        };
        let connection = GuestConnection {
            stream,
            _room: room,
        };
        // Full or gone: the guest is hung up on, and asks again.
        if let Err(error) = self.connections.try_send(connection) {
            tracing::debug!(guest, %error, "nobody takes a connection to the API");
        }
    }
}
