//! Bodies in chunks (`aws-chunked`): each chunk, and the trailer at the end, may have a signature
//! that continues the one before it.

use super::{Payload, Presented, Refusal, SIGNED_CHUNKS_AND_TRAILER, sha256, sign_text};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use bytes::{Bytes, BytesMut};

/// Longer lines, and more trailers, than any client sends.
const LINE: usize = 1024;
const TRAILERS: usize = 16;

/// A body without its framing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunked {
    /// The data.
    pub body: Bytes,
    /// The headers that came after it, such as a checksum. Nothing has compared them with the data.
    pub trailers: Vec<(String, String)>,
}

impl Presented {
    /// Takes the framing off a body, and checks each chunk's signature where it has one. A body
    /// that is not in chunks stays as it is.
    pub fn unchunk(&self, secret: &str, body: &Bytes) -> Result<Bytes, Refusal> {
        Ok(self.unchunk_with_trailers(secret, body)?.body)
    }

    /// The same, with the headers that came after the body.
    pub fn unchunk_with_trailers(&self, secret: &str, body: &Bytes) -> Result<Chunked, Refusal> {
        let seal = match self.payload {
            Payload::SignedChunks => Some(Seal {
                stamp: &self.stamp,
                scope: self.scope(),
                key: self.signing_key(secret),
                previous: hex::encode(&self.signature),
            }),
            Payload::UnsignedChunks => None,
            Payload::Declared(_) | Payload::Computed | Payload::Unsigned => {
                return Ok(Chunked {
                    body: body.clone(),
                    trailers: Vec::new(),
                });
            }
        };
        let with_trailer = self.declared.as_deref() == Some(SIGNED_CHUNKS_AND_TRAILER);
        let chunked = read(body, seal, with_trailer)?;
        let length = chunked.body.len().to_string();
        match &self.decoded_length {
            Some(declared) if *declared != length => Err(Refusal::Body),
            _ => Ok(chunked),
        }
    }
}

/// What each next signature is made with.
struct Seal<'a> {
    stamp: &'a str,
    scope: String,
    key: hmac::Tag,
    previous: String,
}

impl Seal<'_> {
    fn check_chunk(&mut self, data: &[u8], given: &str) -> Result<(), Refusal> {
        let hashes = format!("{}\n{}", sha256(b""), sha256(data));
        self.check("AWS4-HMAC-SHA256-PAYLOAD", &hashes, given)
    }

    fn check_trailers(&mut self, lines: &str, given: &str) -> Result<(), Refusal> {
        self.check("AWS4-HMAC-SHA256-TRAILER", &sha256(lines.as_bytes()), given)
    }

    fn check(&mut self, kind: &str, hashes: &str, given: &str) -> Result<(), Refusal> {
        let Seal {
            stamp,
            scope,
            previous,
            ..
        } = &*self;
        let text = format!("{kind}\n{stamp}\n{scope}\n{previous}\n{hashes}");
        let wanted = hex::encode(sign_text(&self.key, &text));
        verify_slices_are_equal(wanted.as_bytes(), given.as_bytes()).map_err(|_| Refusal::Body)?;
        self.previous = wanted;
        Ok(())
    }
}

fn read(body: &Bytes, mut seal: Option<Seal<'_>>, with_trailer: bool) -> Result<Chunked, Refusal> {
    let (mut out, mut rest) = (BytesMut::with_capacity(body.len()), body.as_ref());
    loop {
        let (line, tail) = split_line(rest)?;
        let (size, extension) = line.split_once(';').unwrap_or((line, ""));
        let size = usize::from_str_radix(size.trim(), 16).map_err(|_| Refusal::Body)?;
        let (data, tail) = tail.split_at_checked(size).ok_or(Refusal::Body)?;
        if let Some(seal) = &mut seal {
            let given = extension
                .strip_prefix("chunk-signature=")
                .ok_or(Refusal::Body)?;
            seal.check_chunk(data, given)?;
        }
        if size == 0 {
            let trailers = trailers(tail, seal, with_trailer)?;
            return Ok(Chunked {
                body: out.freeze(),
                trailers,
            });
        }
        out.extend_from_slice(data);
        rest = tail.strip_prefix(b"\r\n").ok_or(Refusal::Body)?;
    }
}

fn trailers(
    mut rest: &[u8],
    seal: Option<Seal<'_>>,
    with_trailer: bool,
) -> Result<Vec<(String, String)>, Refusal> {
    let (mut found, mut signature) = (Vec::new(), None);
    while !rest.is_empty() {
        let (line, tail) = split_line(rest)?;
        rest = tail;
        let line = line.trim_end_matches('\n');
        if line.is_empty() {
            continue;
        }
        let (name, value) = line.split_once(':').ok_or(Refusal::Body)?;
        match name.trim().to_ascii_lowercase().as_str() {
            "x-amz-trailer-signature" => signature = Some(value.trim().to_owned()),
            _ if found.len() == TRAILERS => return Err(Refusal::Body),
            name => found.push((name.to_owned(), value.trim().to_owned())),
        }
    }
    let Some(mut seal) = seal else {
        return Ok(found);
    };
    // Without a promise of trailers there is nothing that signs them.
    if !with_trailer {
        return if found.is_empty() {
            Ok(found)
        } else {
            Err(Refusal::Body)
        };
    }
    let lines: String = found
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    seal.check_trailers(&lines, &signature.ok_or(Refusal::Body)?)?;
    Ok(found)
}

fn split_line(bytes: &[u8]) -> Result<(&str, &[u8]), Refusal> {
    let end = bytes
        .windows(2)
        .take(LINE)
        .position(|pair| pair == b"\r\n")
        .ok_or(Refusal::Body)?;
    let line = std::str::from_utf8(&bytes[..end]).map_err(|_| Refusal::Body)?;
    Ok((line, &bytes[end + 2..]))
}
