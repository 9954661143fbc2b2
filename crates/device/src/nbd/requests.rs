//! What each request does to an export, and the reply that it gets. No sockets and no threads.

use std::io;

use super::export::Export;
use super::handshake::Session;
use super::reply::{DATA_HEADER, Last, Replies, SIMPLE_HEADER, error_number};
use super::wire::{Command, MAX_PAYLOAD, Request, command_flag, errno};
use crate::base::{Extent, Kind};
use crate::grain::{narrow, wide};
use crate::volume::{Patience, Zeroing};

/// Extents in one answer about block status.
const MAX_EXTENTS: usize = 2048;
/// Bytes of one chunk of read data, so that a large read needs little memory.
const PIECE: u64 = 1 << 20;
/// Pieces of one chunk's range below which holes are not worth their headers.
const SMALLEST_HOLE_READ: usize = 32 << 10;
const MOST_HOLES: usize = 64;

/// Whether a request has its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered,
    /// It would have to wait; nothing was done.
    WouldWait,
}

/// Takes replies away while a long one is being made.
pub(super) trait Sink {
    fn send(&mut self, replies: &mut Replies) -> io::Result<()>;
}

/// Answers requests for one connection.
pub(super) struct Answerer<'a> {
    pub(super) session: &'a Session,
    pub(super) patience: Patience,
    pub(super) sparse: Vec<Extent>,
    pub(super) scratch: Vec<u8>,
}

impl<'a> Answerer<'a> {
    pub(super) fn new(session: &'a Session, patience: Patience) -> Answerer<'a> {
        Answerer {
            session,
            patience,
            sparse: Vec::new(),
            scratch: Vec::new(),
        }
    }

    fn export(&self) -> &'a dyn Export {
        &*self.session.export
    }

    /// Does what is asked and appends the reply. Errors are those of the connection, after which it ends.
    pub(super) fn answer(
        &mut self,
        request: &Request,
        payload: &[u8],
        replies: &mut Replies,
        sink: &mut dyn Sink,
    ) -> io::Result<Outcome> {
        if let Err(error) = check(self.session, request) {
            self.fail(request, error, replies);
            return Ok(Outcome::Answered);
        }
        let done = match request.command {
            Command::Read => return self.read(request, replies, sink),
            Command::BlockStatus => return self.block_status(request, replies),
            Command::Write => self.write(request, payload),
            Command::Flush => self.slowly(|export| export.flush()),
            Command::Cache => self.cache(request),
            Command::Trim | Command::WriteZeroes => self.zero(request),
            Command::Disconnect | Command::Unknown => Err(io::ErrorKind::InvalidInput.into()),
        };
        match done {
            Ok(true) => self.succeed(request, replies),
            Ok(false) => return Ok(Outcome::WouldWait),
            Err(error) => self.fail(request, number(error)?, replies),
        }
        Ok(Outcome::Answered)
    }

    fn succeed(&self, request: &Request, replies: &mut Replies) {
        if self.session.structured && request.command == Command::Read {
            replies.done(request);
        } else {
            replies.simple(request, 0);
        }
    }

    fn fail(&self, request: &Request, error: u32, replies: &mut Replies) {
        let chunks = matches!(request.command, Command::Read | Command::BlockStatus);
        if self.session.structured && chunks {
            replies.failed(request, error);
        } else {
            replies.simple(request, error);
        }
    }

    fn slowly(&self, act: impl FnOnce(&dyn Export) -> io::Result<()>) -> io::Result<bool> {
        match self.patience {
            Patience::Hurry => Ok(false),
            Patience::Wait => act(self.export()).map(|()| true),
        }
    }

    fn write(&self, request: &Request, payload: &[u8]) -> io::Result<bool> {
        let export = self.export();
        match self.patience {
            // A write that must be durable waits; there is no use in beginning it here.
            Patience::Hurry if request.has(command_flag::FUA) => Ok(false),
            Patience::Hurry => export.try_write(payload, request.offset),
            Patience::Wait => {
                export.write(payload, request.offset)?;
                self.force(request)
            }
        }
    }

    fn zero(&self, request: &Request) -> io::Result<bool> {
        let how = match request.command {
            Command::Trim => Zeroing::Trim,
            _ if request.has(command_flag::NO_HOLE) => Zeroing::Allocate,
            _ => Zeroing::Punch,
        };
        let done =
            self.slowly(|export| export.zero(request.offset, u64::from(request.length), how))?;
        if done { self.force(request) } else { Ok(false) }
    }

    fn force(&self, request: &Request) -> io::Result<bool> {
        if request.has(command_flag::FUA) {
            self.export().flush()?;
        }
        Ok(true)
    }

    /// Reads the range and drops it, so that the caches below have it.
    fn cache(&mut self, request: &Request) -> io::Result<bool> {
        if self.patience == Patience::Hurry {
            return Ok(false);
        }
        let end = request.offset + u64::from(request.length);
        let mut at = request.offset;
        while at < end {
            let length = (end - at).min(PIECE);
            self.scratch.resize(narrow(length), 0);
            self.sparse.clear();
            self.session
                .export
                .read(&mut self.scratch, at, &mut self.sparse)?;
            at += length;
        }
        Ok(true)
    }

    fn block_status(&mut self, request: &Request, replies: &mut Replies) -> io::Result<Outcome> {
        if self.patience == Patience::Hurry {
            return Ok(Outcome::WouldWait);
        }
        let most = if request.has(command_flag::REQ_ONE) {
            1
        } else {
            MAX_EXTENTS
        };
        let length = u64::from(request.length);
        match self.export().extents(request.offset, length, most) {
            Ok(extents) if !extents.is_empty() => replies.block_status(request, &extents),
            Ok(_) => self.fail(request, errno::INVALID, replies),
            Err(error) => self.fail(request, number(error)?, replies),
        }
        Ok(Outcome::Answered)
    }

    fn read(
        &mut self,
        request: &Request,
        replies: &mut Replies,
        sink: &mut dyn Sink,
    ) -> io::Result<Outcome> {
        if request.length == 0 {
            self.succeed(request, replies);
            return Ok(Outcome::Answered);
        }
        if !self.session.structured {
            return self.read_whole(request, replies, SIMPLE_HEADER);
        }
        let length = u64::from(request.length);
        if length <= PIECE || request.has(command_flag::DF) {
            return self.read_whole(request, replies, DATA_HEADER);
        }
        if self.patience == Patience::Hurry {
            return Ok(Outcome::WouldWait);
        }
        self.read_in_pieces(request, replies, sink)
    }

    /// A read whose reply is one piece: its data is read to where it will be sent from.
    fn read_whole(
        &mut self,
        request: &Request,
        replies: &mut Replies,
        header: usize,
    ) -> io::Result<Outcome> {
        let length = narrow(u64::from(request.length));
        let buf = &mut replies.space(header + length)[header..];
        match fetch(
            self.session,
            self.patience,
            buf,
            request.offset,
            &mut self.sparse,
        ) {
            Ok(true) => {}
            Ok(false) => return Ok(Outcome::WouldWait),
            Err(error) => {
                self.fail(request, number(error)?, replies);
                return Ok(Outcome::Answered);
            }
        }
        if header == DATA_HEADER && self.has_holes(request) {
            self.scratch.clear();
            self.scratch.extend_from_slice(buf);
            replies.pieces(request, &self.scratch, &self.sparse, Last::Yes);
            return Ok(Outcome::Answered);
        }
        clear_zeros(buf, request.offset, &self.sparse);
        if header == DATA_HEADER {
            let extent = Extent {
                offset: request.offset,
                length: wide(length),
                kind: Kind::Data,
            };
            replies.data_header(request, extent, Last::Yes);
        } else {
            replies.simple(request, 0);
        }
        replies.advance(length);
        Ok(Outcome::Answered)
    }

    /// Whether the range that was just read is to be sent with holes.
    fn has_holes(&self, request: &Request) -> bool {
        let zeros = self.sparse.iter().any(|extent| extent.kind == Kind::Zero);
        let one = self.sparse.len() == 1;
        let worth = narrow(u64::from(request.length)) >= SMALLEST_HOLE_READ
            && self.sparse.len() <= MOST_HOLES
            && !request.has(command_flag::DF);
        zeros && (one || worth)
    }

    fn read_in_pieces(
        &mut self,
        request: &Request,
        replies: &mut Replies,
        sink: &mut dyn Sink,
    ) -> io::Result<Outcome> {
        let end = request.offset + u64::from(request.length);
        let mut at = request.offset;
        while at < end {
            let length = narrow((end - at).min(PIECE));
            let last = if at + wide(length) == end {
                Last::Yes
            } else {
                Last::No
            };
            self.scratch.resize(length, 0);
            let read = fetch(
                self.session,
                self.patience,
                &mut self.scratch,
                at,
                &mut self.sparse,
            );
            if let Err(error) = read {
                self.fail(request, number(error)?, replies);
                return Ok(Outcome::Answered);
            }
            if self.sparse.len() > MOST_HOLES {
                clear_zeros(&mut self.scratch, at, &self.sparse);
                self.sparse.clear();
                self.sparse.push(Extent {
                    offset: at,
                    length: wide(length),
                    kind: Kind::Data,
                });
            }
            replies.pieces(request, &self.scratch, &self.sparse, last);
            sink.send(replies)?;
            at += wide(length);
        }
        Ok(Outcome::Answered)
    }
}

/// What the client is told of a failure. What was given up is not answered: the connection ends,
/// and the client asks again on its next one.
fn number(error: io::Error) -> io::Result<u32> {
    if error.kind() == io::ErrorKind::ConnectionAborted {
        return Err(error);
    }
    Ok(error_number(&error))
}

fn fetch(
    session: &Session,
    patience: Patience,
    buf: &mut [u8],
    offset: u64,
    sparse: &mut Vec<Extent>,
) -> io::Result<bool> {
    sparse.clear();
    match patience {
        Patience::Hurry => session.export.try_read(buf, offset, sparse),
        Patience::Wait => session.export.read(buf, offset, sparse).map(|()| true),
    }
}

fn clear_zeros(buf: &mut [u8], offset: u64, sparse: &[Extent]) {
    for extent in sparse.iter().filter(|extent| extent.kind == Kind::Zero) {
        buf[narrow(extent.offset - offset)..narrow(extent.end() - offset)].fill(0);
    }
}

/// What the protocol demands of a request before anything is done.
fn check(session: &Session, request: &Request) -> Result<(), u32> {
    use command_flag as flag;
    let writes = matches!(
        request.command,
        Command::Write | Command::Trim | Command::WriteZeroes
    );
    let allowed = match request.command {
        Command::Write | Command::Trim => flag::FUA,
        Command::Read => flag::DF | flag::FUA,
        Command::WriteZeroes => flag::FUA | flag::NO_HOLE | flag::FAST_ZERO,
        Command::BlockStatus => flag::REQ_ONE,
        Command::Flush | Command::Cache => 0,
        Command::Disconnect | Command::Unknown => return Err(errno::INVALID),
    };
    if request.flags & !allowed != 0 {
        return Err(errno::INVALID);
    }
    if writes && session.export.is_read_only() {
        return Err(errno::PERM);
    }
    if request.command == Command::Flush {
        return Ok(());
    }
    if request.command == Command::BlockStatus && (!session.allocation || request.length == 0) {
        return Err(errno::INVALID);
    }
    if request.command == Command::Read && request.length > MAX_PAYLOAD {
        return Err(errno::INVALID);
    }
    let beyond = if matches!(request.command, Command::Write | Command::WriteZeroes) {
        errno::NO_SPACE
    } else {
        errno::INVALID
    };
    match request.offset.checked_add(u64::from(request.length)) {
        Some(end) if end <= session.size => Ok(()),
        Some(_) | None => Err(beyond),
    }
}
