//! A guest's connection to the metadata service, as a stream of bytes.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// A TCP connection that a guest made. Shutting down writing sends FIN; dropping it hangs up after
/// what was written has been sent. A connection that the guest resets reads as ended.
#[derive(Debug)]
pub struct GuestStream {
    bytes: DuplexStream,
    guest_port: u16,
}

impl GuestStream {
    pub(crate) fn new(bytes: DuplexStream, guest_port: u16) -> GuestStream {
        GuestStream { bytes, guest_port }
    }

    /// The port that the guest connected from.
    pub fn guest_port(&self) -> u16 {
        self.guest_port
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
