//! The handshake: a client says which export it wants and what it understands.

use std::io::{self, Read, Write};
use std::sync::Arc;

use super::export::{Export, Exports};
use super::wire::{
    ALLOCATION, ALLOCATION_ID, FIXED_NEWSTYLE, MAX_PAYLOAD, NBD_MAGIC, NO_ZEROES, OPTION_MAGIC,
    OPTION_REPLY_MAGIC, PREFERRED_BLOCK, answer, info, option, take, transmission_flag,
};

/// Bytes of data that an option may have. The longest that means anything holds a name of 4096 bytes.
const MAX_OPTION: u32 = 64 << 10;
/// Options that a client may send before it has to choose an export.
const MAX_OPTIONS: usize = 256;
const MAX_NAME: usize = 4096;

/// What was agreed.
pub(super) struct Session {
    pub(super) export: Arc<dyn Export>,
    /// The size that the client was told.
    pub(super) size: u64,
    pub(super) structured: bool,
    pub(super) allocation: bool,
}

/// Lets the server note a name before the export of that name is opened.
pub(super) trait Claim {
    /// From now on this connection belongs to `name`; `false` if it has as many as it may have.
    fn claim(&mut self, name: &str) -> bool;
}

/// Shakes hands. `None`: the client left, as it may.
pub(super) fn shake(
    stream: &mut (impl Read + Write),
    exports: &dyn Exports,
    claim: &mut dyn Claim,
) -> io::Result<Option<Session>> {
    let mut hello = Vec::with_capacity(18);
    hello.extend_from_slice(&NBD_MAGIC.to_be_bytes());
    hello.extend_from_slice(&OPTION_MAGIC.to_be_bytes());
    hello.extend_from_slice(&(FIXED_NEWSTYLE | NO_ZEROES).to_be_bytes());
    stream.write_all(&hello)?;
    let flags = u32::from_be_bytes(receive(stream)?);
    if flags & !u32::from(FIXED_NEWSTYLE | NO_ZEROES) != 0 {
        return Err(violation("unknown client flags"));
    }
    let mut negotiation = Negotiation {
        exports,
        claim,
        short: flags & u32::from(NO_ZEROES) != 0,
        structured: false,
        allocation_of: None,
    };
    for _ in 0..MAX_OPTIONS {
        match negotiation.option(stream)? {
            Next::Option => {}
            Next::Leave => return Ok(None),
            Next::Start(session) => return Ok(Some(session)),
        }
    }
    Err(violation("too many options"))
}

enum Next {
    Option,
    Leave,
    Start(Session),
}

struct Negotiation<'a> {
    exports: &'a dyn Exports,
    claim: &'a mut dyn Claim,
    short: bool,
    structured: bool,
    /// The export for which `base:allocation` was asked.
    allocation_of: Option<String>,
}

impl Negotiation<'_> {
    fn option(&mut self, stream: &mut (impl Read + Write)) -> io::Result<Next> {
        if u64::from_be_bytes(receive(stream)?) != OPTION_MAGIC {
            return Err(violation("not an option"));
        }
        let number = u32::from_be_bytes(receive(stream)?);
        let length = u32::from_be_bytes(receive(stream)?);
        if length > MAX_OPTION {
            if number == option::EXPORT_NAME {
                return Err(violation("name too long"));
            }
            io::copy(&mut stream.take(u64::from(length)), &mut io::sink())?;
            reply(stream, number, answer::ERR_TOO_BIG, b"")?;
            return Ok(Next::Option);
        }
        let mut data = Vec::new();
        stream.take(u64::from(length)).read_to_end(&mut data)?;
        if data.len() != usize::try_from(length).unwrap_or(usize::MAX) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match number {
            option::EXPORT_NAME => self.export_name(stream, &data),
            option::ABORT => {
                // The client may be gone already, and need not hear this.
                let _ignored = reply(stream, number, answer::ACK, b"");
                Ok(Next::Leave)
            }
            option::LIST => self.list(stream, &data),
            option::INFO | option::GO => self.go(stream, number, &data),
            option::STRUCTURED_REPLY => self.structured_reply(stream, &data),
            option::LIST_META_CONTEXT | option::SET_META_CONTEXT => {
                self.meta_context(stream, number, &data)
            }
            _ => refuse(stream, number, answer::ERR_UNSUP),
        }
    }

    fn open(&mut self, name: &str) -> Option<Session> {
        // First claim, then look: who removes an export and then ends its connections misses none.
        if !self.claim.claim(name) {
            return None;
        }
        let export = self.exports.open(name)?;
        Some(Session {
            size: export.size(),
            export,
            structured: self.structured,
            allocation: self.allocation_of.as_deref() == Some(name),
        })
    }

    /// The oldest way to choose, which has no way to refuse but to hang up.
    fn export_name(&mut self, stream: &mut impl Write, data: &[u8]) -> io::Result<Next> {
        let session = name(data).and_then(|name| self.open(name));
        let Some(session) = session else {
            return Ok(Next::Leave);
        };
        let mut bytes = Vec::with_capacity(134);
        bytes.extend_from_slice(&session.size.to_be_bytes());
        bytes.extend_from_slice(&flags_of(&session).to_be_bytes());
        if !self.short {
            bytes.extend_from_slice(&[0; 124]);
        }
        stream.write_all(&bytes)?;
        Ok(Next::Start(session))
    }

    fn list(&self, stream: &mut impl Write, data: &[u8]) -> io::Result<Next> {
        if !data.is_empty() {
            return refuse(stream, option::LIST, answer::ERR_INVALID);
        }
        for name in self.exports.names() {
            let mut bytes = length(name.len()).to_be_bytes().to_vec();
            bytes.extend_from_slice(name.as_bytes());
            reply(stream, option::LIST, answer::SERVER, &bytes)?;
        }
        reply(stream, option::LIST, answer::ACK, b"")?;
        Ok(Next::Option)
    }

    fn go(&mut self, stream: &mut impl Write, number: u32, data: &[u8]) -> io::Result<Next> {
        let Some(name) = wanted_by_go(data) else {
            return refuse(stream, number, answer::ERR_INVALID);
        };
        let Some(session) = self.open(name) else {
            return refuse(stream, number, answer::ERR_UNKNOWN);
        };
        let mut bytes = info::EXPORT.to_be_bytes().to_vec();
        bytes.extend_from_slice(&session.size.to_be_bytes());
        bytes.extend_from_slice(&flags_of(&session).to_be_bytes());
        reply(stream, number, answer::INFO, &bytes)?;
        let mut bytes = info::BLOCK_SIZE.to_be_bytes().to_vec();
        for size in [1, PREFERRED_BLOCK, MAX_PAYLOAD] {
            bytes.extend_from_slice(&size.to_be_bytes());
        }
        reply(stream, number, answer::INFO, &bytes)?;
        reply(stream, number, answer::ACK, b"")?;
        Ok(if number == option::GO {
            Next::Start(session)
        } else {
            Next::Option
        })
    }

    fn structured_reply(&mut self, stream: &mut impl Write, data: &[u8]) -> io::Result<Next> {
        if !data.is_empty() {
            return refuse(stream, option::STRUCTURED_REPLY, answer::ERR_INVALID);
        }
        self.structured = true;
        reply(stream, option::STRUCTURED_REPLY, answer::ACK, b"")?;
        Ok(Next::Option)
    }

    fn meta_context(
        &mut self,
        stream: &mut impl Write,
        number: u32,
        data: &[u8],
    ) -> io::Result<Next> {
        let set = number == option::SET_META_CONTEXT;
        if set {
            self.allocation_of = None;
        }
        let Some((name, queries)) = wanted_contexts(data).filter(|_| self.structured) else {
            return refuse(stream, number, answer::ERR_INVALID);
        };
        if self.exports.open(name).is_none() {
            return refuse(stream, number, answer::ERR_UNKNOWN);
        }
        let all = !set && queries.is_empty();
        let matches = |query: &&[u8]| *query == ALLOCATION || (!set && *query == b"base:");
        if all || queries.iter().any(matches) {
            let mut bytes = (if set { ALLOCATION_ID } else { 0 }).to_be_bytes().to_vec();
            bytes.extend_from_slice(ALLOCATION);
            reply(stream, number, answer::META_CONTEXT, &bytes)?;
            if set {
                self.allocation_of = Some(name.to_owned());
            }
        }
        reply(stream, number, answer::ACK, b"")?;
        Ok(Next::Option)
    }
}

fn flags_of(session: &Session) -> u16 {
    use transmission_flag as flag;
    let reading = flag::HAS_FLAGS | flag::SEND_FLUSH | flag::SEND_CACHE | flag::CAN_MULTI_CONN;
    let structured = if session.structured { flag::SEND_DF } else { 0 };
    let writing = if session.export.is_read_only() {
        flag::READ_ONLY
    } else {
        flag::SEND_FUA | flag::SEND_TRIM | flag::SEND_WRITE_ZEROES | flag::SEND_FAST_ZERO
    };
    reading | structured | writing
}

fn name(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes)
        .ok()
        .filter(|name| name.len() <= MAX_NAME)
}

/// A length and as many bytes, and the rest.
fn counted(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (count, rest) = take::<4>(data)?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(count)).ok()?)
}

/// The name in `INFO` and `GO`. What is asked to be told is told anyway.
fn wanted_by_go(data: &[u8]) -> Option<&str> {
    let (bytes, rest) = counted(data)?;
    let (count, rest) = take::<2>(rest)?;
    (rest.len() == usize::from(u16::from_be_bytes(count)) * 2)
        .then(|| name(bytes))
        .flatten()
}

fn wanted_contexts(data: &[u8]) -> Option<(&str, Vec<&[u8]>)> {
    let (bytes, rest) = counted(data)?;
    let (count, mut rest) = take::<4>(rest)?;
    let mut queries = Vec::new();
    for _ in 0..u32::from_be_bytes(count) {
        let (query, after) = counted(rest)?;
        queries.push(query);
        rest = after;
    }
    rest.is_empty()
        .then(|| name(bytes))
        .flatten()
        .map(|name| (name, queries))
}

fn refuse(stream: &mut impl Write, number: u32, error: u32) -> io::Result<Next> {
    reply(stream, number, error, b"")?;
    Ok(Next::Option)
}

fn reply(stream: &mut impl Write, number: u32, kind: u32, data: &[u8]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(20 + data.len());
    bytes.extend_from_slice(&OPTION_REPLY_MAGIC.to_be_bytes());
    bytes.extend_from_slice(&number.to_be_bytes());
    bytes.extend_from_slice(&kind.to_be_bytes());
    bytes.extend_from_slice(&length(data.len()).to_be_bytes());
    bytes.extend_from_slice(data);
    stream.write_all(&bytes)
}

fn length(length: usize) -> u32 {
    u32::try_from(length).expect("names and answers of the handshake are far shorter than 4 GiB")
}

fn receive<const N: usize>(stream: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn violation(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
