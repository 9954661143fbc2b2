//! The Unix stream socket to QEMU: frames behind a 4-byte big-endian length.
//!
//! QEMU listens, this side connects, and connects again for as long as the port lives. Frames in
//! flight when the connection breaks are lost, as on a cable. A length that no frame can have
//! breaks the connection, because nothing after it can be trusted.

use std::{
    future::Future,
    io,
    path::PathBuf,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::UnixStream,
    time::{Instant, sleep},
};

use crate::frame::routed_header;

/// The longest frame: 64 KiB of payload, an Ethernet header, a VLAN tag.
const LONGEST: usize = 64 * 1024 + 18;
const PREFIX: usize = 4;
const INBOX: usize = 2 * (LONGEST + PREFIX);

/// How much may wait for QEMU to read before whoever produces more is made to wait…
const OUTBOX_FULL: usize = 128 * 1024;
/// …and how much may be left when it may go on; in between, all its sources get a turn.
const OUTBOX_RESUME: usize = 48 * 1024;

const FIRST_RETRY: Duration = Duration::from_millis(10);
const LAST_RETRY: Duration = Duration::from_millis(250);
/// A connection that lived this long was a real one, and the next try comes at once.
const REAL: Duration = Duration::from_millis(500);

enum State {
    Waiting(Pin<Box<tokio::time::Sleep>>),
    Connecting(Pin<Box<dyn Future<Output = io::Result<UnixStream>> + Send>>),
    Up { stream: UnixStream, since: Instant },
}

/// The connection, up or down.
pub(crate) struct Link {
    path: PathBuf,
    state: State,
    retry: Duration,
    pub(crate) inbox: Inbox,
}

impl Link {
    pub(crate) fn new(path: PathBuf) -> Link {
        let state = State::Waiting(Box::pin(sleep(Duration::ZERO)));
        Link {
            path,
            state,
            retry: FIRST_RETRY,
            inbox: Inbox::default(),
        }
    }

    /// Works towards a connection; ready once, each time that one has been made.
    pub(crate) fn poll_connect(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match &mut self.state {
                State::Up { .. } => return Poll::Pending,
                State::Waiting(timer) => {
                    ready!(timer.as_mut().poll(cx));
                    self.state =
                        State::Connecting(Box::pin(UnixStream::connect(self.path.clone())));
                }
                State::Connecting(attempt) => match ready!(attempt.as_mut().poll(cx)) {
                    Ok(stream) => {
                        self.inbox.clear();
                        self.state = State::Up {
                            stream,
                            since: Instant::now(),
                        };
                        return Poll::Ready(());
                    }
                    Err(_) => self.wait(),
                },
            }
        }
    }

    fn wait(&mut self) {
        self.state = State::Waiting(Box::pin(sleep(self.retry)));
        self.retry = (self.retry * 2).min(LAST_RETRY);
    }

    /// Gives the connection up and goes for a new one.
    pub(crate) fn hang_up(&mut self) {
        if let State::Up { since, .. } = &self.state
            && since.elapsed() >= REAL
        {
            self.retry = FIRST_RETRY;
        }
        self.wait();
    }

    /// Reads what is there into the inbox: how many bytes, 0 at the end.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let State::Up { stream, .. } = &mut self.state else {
            return Poll::Pending;
        };
        let mut space = ReadBuf::new(self.inbox.space());
        ready!(Pin::new(stream).poll_read(cx, &mut space))?;
        let read = space.filled().len();
        self.inbox.end += read;
        Poll::Ready(Ok(read))
    }

    /// Writes what waits in the outbox, until QEMU takes no more.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        outbox: &mut Outbox,
    ) -> Poll<io::Result<()>> {
        let State::Up { stream, .. } = &mut self.state else {
            outbox.clear();
            return Poll::Ready(Ok(()));
        };
        while outbox.waiting() > 0 {
            match ready!(Pin::new(&mut *stream).poll_write(cx, &outbox.bytes[outbox.start..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => outbox.written(written),
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// A length that no frame can have.
#[derive(Debug)]
pub(crate) struct TooLong;

/// Bytes that have come in, cut into frames.
#[derive(Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Inbox {
    fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// Room for at least the rest of the frame that has begun.
    fn space(&mut self) -> &mut [u8] {
        if self.bytes.is_empty() {
            self.bytes = vec![0; INBOX];
        }
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        &mut self.bytes[self.end..]
    }

    /// The next whole frame.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, TooLong> {
        let waiting = &self.bytes[self.start..self.end];
        let Some((prefix, rest)) = waiting.split_first_chunk::<PREFIX>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_be_bytes(*prefix)).unwrap_or(usize::MAX);
        if length > LONGEST {
            return Err(TooLong);
        }
        if rest.len() < length {
            return Ok(None);
        }
        let begin = self.start + PREFIX;
        self.start = begin + length;
        Ok(Some(&self.bytes[begin..begin + length]))
    }
}

/// Frames on their way to QEMU.
#[derive(Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    start: usize,
    stalled: bool,
    pub(crate) frames: u64,
    pub(crate) total: u64,
}

impl Outbox {
    fn waiting(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        (self.start, self.stalled) = (0, false);
    }

    fn written(&mut self, count: usize) {
        self.start += count;
        if self.waiting() == 0 {
            self.clear();
        } else if self.start >= OUTBOX_FULL {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
    }

    /// Whether more may be added now. Not a hard limit: an answer to a frame is always taken.
    pub(crate) fn has_room(&mut self) -> bool {
        let waiting = self.waiting();
        self.stalled = waiting
            >= if self.stalled {
                OUTBOX_RESUME
            } else {
                OUTBOX_FULL
            };
        !self.stalled
    }

    /// Adds a whole frame.
    pub(crate) fn push(&mut self, frame: &[u8]) {
        self.prefix(frame.len());
        self.bytes.extend_from_slice(frame);
    }

    /// Adds a frame from the router: its Ethernet header, and a packet that `fill` writes.
    pub(crate) fn push_routed<R>(
        &mut self,
        target: crate::Mac,
        packet_len: usize,
        fill: impl FnOnce(&mut [u8]) -> R,
    ) -> R {
        let header = routed_header(target);
        self.prefix(header.len() + packet_len);
        self.bytes.extend_from_slice(&header);
        let begin = self.bytes.len();
        self.bytes.resize(begin + packet_len, 0);
        fill(&mut self.bytes[begin..])
    }

    fn prefix(&mut self, length: usize) {
        self.frames += 1;
        self.total += u64::try_from(length).unwrap_or(u64::MAX);
        let length = u32::try_from(length).expect("frames made here are shorter than 64 KiB");
        self.bytes.extend_from_slice(&length.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbox(bytes: &[u8]) -> Inbox {
        let mut inbox = Inbox::default();
        inbox.space()[..bytes.len()].copy_from_slice(bytes);
        inbox.end = bytes.len();
        inbox
    }

    #[test]
    fn frames_are_cut_where_their_lengths_say() {
        let mut inbox = inbox(b"\0\0\0\x03abc\0\0\0\0\0\0\0\x02d");
        assert_eq!(inbox.next().unwrap(), Some(&b"abc"[..]));
        assert_eq!(inbox.next().unwrap(), Some(&b""[..]));
        assert_eq!(inbox.next().unwrap(), None);
        inbox.space()[0] = b'e';
        inbox.end += 1;
        assert_eq!(inbox.next().unwrap(), Some(&b"de"[..]));
        assert_eq!(inbox.next().unwrap(), None);
    }

    #[test]
    fn there_is_always_room_for_the_longest_frame() {
        let mut inbox = inbox(&[0; 3]);
        assert!(inbox.space().len() > LONGEST + PREFIX);
        inbox.end = INBOX;
        inbox.start = PREFIX + LONGEST;
        assert!(inbox.space().len() >= LONGEST + PREFIX);
    }

    #[test]
    fn a_length_that_no_frame_has_is_refused() {
        assert!(inbox(&[0, 2, 0, 0]).next().is_err());
        assert!(inbox(&[0xff; 64]).next().is_err());
    }

    #[test]
    fn an_outbox_that_was_full_waits_until_it_is_nearly_empty() {
        let mut outbox = Outbox::default();
        while outbox.has_room() {
            outbox.push(&[0; 1514]);
        }
        outbox.written(OUTBOX_FULL / 2);
        assert!(!outbox.has_room());
        outbox.written(OUTBOX_FULL / 4);
        assert!(outbox.has_room());
    }
}
