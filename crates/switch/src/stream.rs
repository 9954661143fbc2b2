//! A guest's connection to a link-local service (the metadata, the API), as a stream of bytes.

use std::{
    io,
    net::SocketAddrV4,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// A TCP connection that a guest made. Shutting down writing sends FIN; dropping it hangs up after
/// what was written has been sent. A connection that the guest resets reads as ended.
#[derive(Debug)]
pub struct GuestStream {
    bytes: DuplexStream,
    peer: SocketAddrV4,
}

impl GuestStream {
    pub(crate) fn new(bytes: DuplexStream, peer: SocketAddrV4) -> GuestStream {
        GuestStream { bytes, peer }
    }

    /// Where the guest connected from: its own address, which it cannot forge, and a port of it.
    pub fn peer(&self) -> SocketAddrV4 {
        self.peer
    }
}

impl AsyncRead for GuestStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_read(cx, buf)
    }
}

impl AsyncWrite for GuestStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.bytes).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_shutdown(cx)
    }
}
