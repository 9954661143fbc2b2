//! Signature Version 4: verified on the server, made by clients.
//!
//! A request carries its signature in the `Authorization` header or, presigned, in the query
//! string. [`read`] finds it, the caller looks up the secret, [`Presented::verify`] decides, and
//! [`Presented::unchunk`] takes the framing off a chunked body. The path is taken as it came, never
//! decoded and written anew.
//!
//! A body that is not signed is accepted for S3 and EBS alone, as AWS does: block data is bound by
//! its signed checksum header. Every `x-amz-` header must be signed, so that nobody on the way can
//! add one.

mod canonical;
mod chunks;
mod sign;

pub use chunks::Chunked;
pub use sign::Signer;

use crate::fault::Fault;
use crate::shape::Timestamp;
use crate::{query, time};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, hmac};
use http::request::Parts;
use std::fmt;

/// How far a request's clock may be off.
const SKEW_MS: i64 = 15 * 60 * 1000;
/// How long a presigned request may be good for.
const LONGEST_S: i64 = 7 * 24 * 3600;
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// Stands for the hash of a body that is not part of the signature.
pub const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const UNSIGNED_CHUNKS: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const SIGNED_CHUNKS: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const SIGNED_CHUNKS_AND_TRAILER: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
/// Services that take a body without a signed hash.
const TAKE_UNSIGNED: &[&str] = &["s3", "ebs"];

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is none.
    Missing,
    /// It cannot be read.
    Incomplete,
    /// No such access key, or not with this session token.
    UnknownKey,
    /// It does not match the request.
    Mismatch,
    /// The request is too old, or from the future.
    Expired,
    /// The session whose token it carries is over.
    SessionOver,
    /// The body is not the one that was signed.
    Body,
}

impl Refusal {
    /// The answer in the words of the service (`json`: one of the JSON services).
    pub fn fault(self, ec2: bool, json: bool) -> Fault {
        let (query, of_json, status, message) = match self {
            Refusal::UnknownKey | Refusal::Mismatch | Refusal::Body if ec2 => {
                let message = "AWS was not able to validate the provided access credentials";
                return Fault::new("AuthFailure", 401, message);
            }
            Refusal::SessionOver if ec2 => {
                return Fault::new("RequestExpired", 400, "Request has expired.");
            }
            Refusal::SessionOver => (
                "ExpiredToken",
                "ExpiredTokenException",
                if json { 400 } else { 403 },
                "The security token included in the request is expired",
            ),
            Refusal::Missing => (
                "MissingAuthenticationToken",
                "MissingAuthenticationTokenException",
                403,
                "Request is missing Authentication Token",
            ),
            Refusal::Incomplete => (
                "IncompleteSignature",
                "IncompleteSignatureException",
                400,
                "The request signature does not conform to AWS standards: Signature Version 4 is \
                 needed, with its credential, its date, and its signed headers, host and every \
                 x-amz- header among them.",
            ),
            Refusal::UnknownKey => (
                "InvalidClientTokenId",
                "UnrecognizedClientException",
                403,
                "The security token included in the request is invalid.",
            ),
            Refusal::Mismatch | Refusal::Body => (
                "SignatureDoesNotMatch",
                "InvalidSignatureException",
                403,
                "The request signature we calculated does not match the signature you provided. \
                 Check your AWS Secret Access Key and signing method.",
            ),
            Refusal::Expired => (
                "RequestExpired",
                "InvalidSignatureException",
                400,
                "Request has expired: its date is more than 15 minutes off, or its time to live \
                 is over.",
            ),
        };
        Fault::new(if json { of_json } else { query }, status, message)
    }
}

/// How a body is bound to the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Its hash is signed, and stands in a header.
    Declared(String),
    /// Its hash is signed, and must be computed.
    Computed,
    /// It is not signed.
    Unsigned,
    /// It comes in chunks, each with a signature.
    SignedChunks,
    /// It comes in chunks without signatures.
    UnsignedChunks,
}

impl Payload {
    fn read(text: &str) -> Result<Payload, Refusal> {
        match text {
            UNSIGNED => Ok(Payload::Unsigned),
            UNSIGNED_CHUNKS => Ok(Payload::UnsignedChunks),
            SIGNED_CHUNKS | SIGNED_CHUNKS_AND_TRAILER => Ok(Payload::SignedChunks),
            hash if hash.len() == 64 => Ok(Payload::Declared(hash.to_owned())),
            _ => Err(Refusal::Incomplete),
        }
    }

    fn is_signed(&self) -> bool {
        match self {
            Payload::Declared(_) | Payload::Computed | Payload::SignedChunks => true,
            Payload::Unsigned | Payload::UnsignedChunks => false,
        }
    }
}

/// A signature as it came. Its `Debug` shows neither the session token nor the signature.
#[derive(Clone)]
pub struct Presented {
    /// The access key id.
    pub access_key: String,
    /// The session token, if there is one.
    pub session_token: Option<String>,
    /// The Region of the credential scope.
    pub region: String,
    /// The service of the credential scope.
    pub service: String,
    /// How the body is bound to it.
    pub payload: Payload,
    /// What the header or parameter `X-Amz-Content-Sha256` says.
    declared: Option<String>,
    /// What the header `X-Amz-Decoded-Content-Length` says.
    decoded_length: Option<String>,
    date: String,
    stamp: String,
    time: Timestamp,
    lifetime_s: Option<i64>,
    signed: Vec<String>,
    signature: Vec<u8>,
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented")
            .field("access_key", &self.access_key)
            .field("scope", &self.scope())
            .field("time", &self.stamp)
            .field("payload", &self.payload)
            .field("signed", &self.signed)
            .finish_non_exhaustive()
    }
}

/// Finds the signature of a request.
pub fn read(parts: &Parts) -> Result<Presented, Refusal> {
    match parts.headers.get("authorization") {
        Some(value) => of_header(parts, value.to_str().map_err(|_| Refusal::Incomplete)?),
        None => of_query(parts),
    }
}

/// The parts of a signature before they are judged.
struct Raw<'a> {
    credential: &'a str,
    signed: &'a str,
    signature: &'a str,
    stamp: String,
    token: Option<String>,
    declared: Option<String>,
    lifetime_s: Option<i64>,
}

fn of_header(parts: &Parts, value: &str) -> Result<Presented, Refusal> {
    let rest = value.strip_prefix(ALGORITHM).ok_or(Refusal::Incomplete)?;
    let rest = rest.strip_prefix([' ', '\t']).ok_or(Refusal::Incomplete)?;
    let field = |name: &str| {
        let mut fields = rest.split(',').map(str::trim);
        let found = fields.find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        found.ok_or(Refusal::Incomplete)
    };
    let stamp = match text_of(parts, "x-amz-date") {
        Some(stamp) => stamp.to_owned(),
        None => {
            let date = text_of(parts, "date").and_then(time::parse);
            time::basic(date.ok_or(Refusal::Incomplete)?)
        }
    };
    let raw = Raw {
        credential: field("Credential")?,
        signed: field("SignedHeaders")?,
        signature: field("Signature")?,
        stamp,
        token: text_of(parts, "x-amz-security-token").map(str::to_owned),
        declared: text_of(parts, "x-amz-content-sha256").map(str::to_owned),
        lifetime_s: None,
    };
    Presented::new(raw, parts)
}

fn of_query(parts: &Parts) -> Result<Presented, Refusal> {
    let pairs = query::pairs(parts.uri.query().unwrap_or_default());
    let pairs = pairs.map_err(|_| Refusal::Incomplete)?;
    let find = |name: &str| {
        pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let need = |name: &str| find(name).ok_or(Refusal::Incomplete);
    if find("X-Amz-Algorithm").ok_or(Refusal::Missing)? != ALGORITHM {
        return Err(Refusal::Incomplete);
    }
    let lifetime: i64 = need("X-Amz-Expires")?
        .parse()
        .map_err(|_| Refusal::Incomplete)?;
    if !(0..=LONGEST_S).contains(&lifetime) {
        return Err(Refusal::Incomplete);
    }
    let raw = Raw {
        credential: need("X-Amz-Credential")?,
        signed: need("X-Amz-SignedHeaders")?,
        signature: need("X-Amz-Signature")?,
        stamp: need("X-Amz-Date")?.to_owned(),
        token: find("X-Amz-Security-Token").map(str::to_owned),
        declared: find("X-Amz-Content-Sha256").map(str::to_owned),
        lifetime_s: Some(lifetime),
    };
    Presented::new(raw, parts)
}

fn text_of<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts
        .headers
        .get(name)
        .and_then(|value| value.to_str().ok())
}

impl Presented {
    fn new(raw: Raw<'_>, parts: &Parts) -> Result<Presented, Refusal> {
        let scope: Vec<&str> = raw.credential.split('/').collect();
        let [access_key, date, region, service, "aws4_request"] = scope.as_slice() else {
            return Err(Refusal::Incomplete);
        };
        let presigned = raw.lifetime_s.is_some();
        let payload = match raw.declared.as_deref() {
            Some(declared) => Payload::read(declared)?,
            None if presigned && *service == "s3" => Payload::Unsigned,
            None => Payload::Computed,
        };
        let signed: Vec<String> = raw.signed.split(';').map(str::to_owned).collect();
        let presented = Presented {
            access_key: (*access_key).to_owned(),
            session_token: raw.token,
            region: (*region).to_owned(),
            service: (*service).to_owned(),
            payload,
            declared: raw.declared,
            decoded_length: text_of(parts, "x-amz-decoded-content-length").map(str::to_owned),
            date: (*date).to_owned(),
            time: stamp_time(&raw.stamp, date)?,
            stamp: raw.stamp,
            lifetime_s: raw.lifetime_s,
            signature: hex::decode(raw.signature).map_err(|_| Refusal::Incomplete)?,
            signed,
        };
        presented.check_coverage(parts)?;
        Ok(presented)
    }

    /// The host and every `x-amz-` header must be signed, and the body where the service wants it.
    fn check_coverage(&self, parts: &Parts) -> Result<(), Refusal> {
        let is_signed = |name: &str| self.signed.iter().any(|signed| signed == name);
        // Some clients name themselves in this header after they have signed; a presigned request
        // may come with the hash of its body.
        let may_be_added = |name: &str| {
            name == "x-amz-user-agent"
                || (self.lifetime_s.is_some() && name == "x-amz-content-sha256")
        };
        let mut names = parts.headers.keys().map(http::HeaderName::as_str);
        let added =
            names.any(|name| name.starts_with("x-amz-") && !is_signed(name) && !may_be_added(name));
        let unsigned_body =
            !self.payload.is_signed() && !TAKE_UNSIGNED.contains(&self.service.as_str());
        let odd = self.signed.iter().any(String::is_empty);
        if added || unsigned_body || odd || !is_signed("host") {
            return Err(Refusal::Incomplete);
        }
        Ok(())
    }

    /// Whether the request's time is near enough.
    pub fn check_time(&self, now: Timestamp) -> Result<(), Refusal> {
        let late = now.0 - self.time.0;
        let limit = self.lifetime_s.map_or(SKEW_MS, |seconds| seconds * 1000);
        if late > limit || -late > SKEW_MS {
            Err(Refusal::Expired)
        } else {
            Ok(())
        }
    }

    /// Whether the secret made this signature for this request, and it is in time. The body is
    /// read where the signature binds it.
    pub fn verify(
        &self,
        secret: &str,
        parts: &Parts,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.check_time(now)?;
        let hash = self.payload_hash(body)?;
        let request = canonical::request(parts, &self.signed, &self.service, &hash)?;
        let key = self.signing_key(secret);
        let wanted = sign_text(&key, &string_to_sign(&self.stamp, &self.scope(), &request));
        verify_slices_are_equal(wanted.as_ref(), &self.signature).map_err(|_| Refusal::Mismatch)
    }

    fn signing_key(&self, secret: &str) -> hmac::Tag {
        signing_key(secret, &self.date, &self.region, &self.service)
    }

    fn scope(&self) -> String {
        scope(&self.date, &self.region, &self.service)
    }

    fn payload_hash(&self, body: &[u8]) -> Result<String, Refusal> {
        match (&self.payload, &self.declared) {
            (Payload::Declared(hash), _) => {
                let same = verify_slices_are_equal(sha256(body).as_bytes(), hash.as_bytes());
                same.map(|()| hash.clone()).map_err(|_| Refusal::Body)
            }
            (Payload::Computed, _) => Ok(sha256(body)),
            (_, Some(declared)) => Ok(declared.clone()),
            (_, None) => Ok(UNSIGNED.to_owned()),
        }
    }
}

/// The moment of `20260131T123456Z`, if it is one and of this day.
fn stamp_time(stamp: &str, date: &str) -> Result<Timestamp, Refusal> {
    let time = time::parse(stamp).ok_or(Refusal::Incomplete)?;
    if time::basic(time) != stamp || date.len() != 8 || !stamp.starts_with(date) {
        return Err(Refusal::Incomplete);
    }
    Ok(time)
}

fn scope(date: &str, region: &str, service: &str) -> String {
    format!("{date}/{region}/{service}/aws4_request")
}

fn string_to_sign(stamp: &str, scope: &str, request: &str) -> String {
    format!(
        "{ALGORITHM}\n{stamp}\n{scope}\n{}",
        sha256(request.as_bytes())
    )
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

fn sign_text(key: &hmac::Tag, text: &str) -> hmac::Tag {
    sign_with(key.as_ref(), text)
}

fn sign_with(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

fn signing_key(secret: &str, date: &str, region: &str, service: &str) -> hmac::Tag {
    let key = sign_with(format!("AWS4{secret}").as_bytes(), date);
    [region, service, "aws4_request"]
        .into_iter()
        .fold(key, |key, part| sign_text(&key, part))
}

#[cfg(test)]
mod tests;
