//! Signature Version 4: verified on the server, made by clients.
//!
//! A request carries its signature in the `Authorization` header or, presigned, in the query
//! string. [`read`] finds it, the caller looks up the secret, [`Presented::verify`] decides. The
//! path and query are taken as they came, never decoded and written anew.

use crate::fault::Fault;
use crate::shape::Timestamp;
use crate::{query, time};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, hmac};
use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request};

/// How far a request's clock may be off.
const SKEW_MS: i64 = 15 * 60 * 1000;
/// How long a presigned request may be good for.
const LONGEST_S: i64 = 7 * 24 * 3600;
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

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
    /// The body is not the one that was signed.
    Body,
}

impl Refusal {
    /// The answer in the words of the service (`json`: one of the JSON services).
    pub fn fault(self, ec2: bool, json: bool) -> Fault {
        let validate = "AWS was not able to validate the provided access credentials";
        let (query, of_json, status, message) = match self {
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
                "The request signature does not conform to AWS standards: Signature Version 4 is needed, with its credential, signed headers (host among them) and date.",
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
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
            ),
            Refusal::Expired => (
                "RequestExpired",
                "InvalidSignatureException",
                400,
                "Request has expired: its date is more than 15 minutes off, or its time to live is over.",
            ),
        };
        match self {
            Refusal::UnknownKey | Refusal::Mismatch | Refusal::Body if ec2 => {
                Fault::new("AuthFailure", 401, validate)
            }
            _ if json => Fault::new(of_json, status, message),
            _ => Fault::new(query, status, message),
        }
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

/// A signature as it came.
#[derive(Clone, Debug)]
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
    date: String,
    stamp: String,
    time: Timestamp,
    lifetime_s: Option<i64>,
    signed: Vec<String>,
    signature: Vec<u8>,
}

/// Finds the signature of a request.
pub fn read(parts: &Parts) -> Result<Presented, Refusal> {
    let text = |value: &HeaderValue| {
        value
            .to_str()
            .map(str::to_owned)
            .map_err(|_| Refusal::Incomplete)
    };
    match parts.headers.get("authorization") {
        Some(value) => of_header(parts, &text(value)?),
        None => of_query(parts),
    }
}

fn of_header(parts: &Parts, value: &str) -> Result<Presented, Refusal> {
    let rest = value.strip_prefix(ALGORITHM).ok_or(Refusal::Incomplete)?;
    let field = |name: &str| {
        rest.split(',')
            .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
    };
    let get = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let stamp = match get("x-amz-date") {
        Some(stamp) => stamp.to_owned(),
        None => {
            let date = get("date")
                .and_then(time::parse)
                .ok_or(Refusal::Incomplete)?;
            time::basic(date)
        }
    };
    let payload = match get("x-amz-content-sha256") {
        None => Payload::Computed,
        Some("UNSIGNED-PAYLOAD") => Payload::Unsigned,
        Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER") => Payload::UnsignedChunks,
        Some(
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" | "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        ) => Payload::SignedChunks,
        Some(hash) if hash.len() == 64 => Payload::Declared(hash.to_owned()),
        Some(_) => return Err(Refusal::Incomplete),
    };
    let token = get("x-amz-security-token").map(str::to_owned);
    Presented::new(
        field("Credential").ok_or(Refusal::Incomplete)?,
        field("SignedHeaders").ok_or(Refusal::Incomplete)?,
        field("Signature").ok_or(Refusal::Incomplete)?,
        (stamp, token, payload, None),
    )
}

fn of_query(parts: &Parts) -> Result<Presented, Refusal> {
    let pairs =
        query::pairs(parts.uri.query().unwrap_or_default()).map_err(|_| Refusal::Incomplete)?;
    let find = |name: &str| {
        pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let algorithm = find("X-Amz-Algorithm").ok_or(Refusal::Missing)?;
    if algorithm != ALGORITHM {
        return Err(Refusal::Incomplete);
    }
    let lifetime = find("X-Amz-Expires").ok_or(Refusal::Incomplete)?;
    let lifetime = lifetime.parse::<i64>().map_err(|_| Refusal::Incomplete)?;
    if !(0..=LONGEST_S).contains(&lifetime) {
        return Err(Refusal::Incomplete);
    }
    let stamp = find("X-Amz-Date").ok_or(Refusal::Incomplete)?.to_owned();
    let token = find("X-Amz-Security-Token").map(str::to_owned);
    Presented::new(
        find("X-Amz-Credential").ok_or(Refusal::Incomplete)?,
        find("X-Amz-SignedHeaders").ok_or(Refusal::Incomplete)?,
        find("X-Amz-Signature").ok_or(Refusal::Incomplete)?,
        (stamp, token, Payload::Computed, Some(lifetime)),
    )
}

impl Presented {
    fn new(
        credential: &str,
        signed: &str,
        signature: &str,
        (stamp, session_token, payload, lifetime_s): (String, Option<String>, Payload, Option<i64>),
    ) -> Result<Presented, Refusal> {
        let parts: Vec<&str> = credential.split('/').collect();
        let [access_key, date, region, service, "aws4_request"] = parts.as_slice() else {
            return Err(Refusal::Incomplete);
        };
        let time = time::parse(&stamp).ok_or(Refusal::Incomplete)?;
        if stamp.len() != 16 || !stamp.starts_with(date) || date.len() != 8 {
            return Err(Refusal::Incomplete);
        }
        let signed: Vec<String> = signed.split(';').map(str::to_owned).collect();
        if !signed.iter().any(|name| name == "host") || signed.iter().any(String::is_empty) {
            return Err(Refusal::Incomplete);
        }
        Ok(Presented {
            access_key: (*access_key).to_owned(),
            session_token,
            region: (*region).to_owned(),
            service: (*service).to_owned(),
            payload,
            date: (*date).to_owned(),
            stamp,
            time,
            lifetime_s,
            signed,
            signature: hex::decode(signature).map_err(|_| Refusal::Incomplete)?,
        })
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
        let hash = self.payload_hash(parts, body)?;
        let query = self.signed_query(parts);
        let headers = canonical_headers(&parts.headers, parts.uri.authority(), &self.signed)?;
        let path = canonical_path(parts.uri.path(), &self.service);
        let request = canonical(
            parts.method.as_str(),
            &path,
            &query,
            &headers,
            &self.signed,
            &hash,
        );
        let key = signing_key(secret, &self.date, &self.region, &self.service);
        let scope = self.scope();
        let wanted = sign_text(&key, &string_to_sign(&self.stamp, &scope, &request));
        verify_slices_are_equal(wanted.as_ref(), &self.signature).map_err(|_| Refusal::Mismatch)
    }

    fn scope(&self) -> String {
        format!(
            "{}/{}/{}/aws4_request",
            self.date, self.region, self.service
        )
    }

    fn payload_hash(&self, parts: &Parts, body: &[u8]) -> Result<String, Refusal> {
        let header = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|v| v.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        match &self.payload {
            Payload::Declared(hash) => {
                let same = verify_slices_are_equal(sha256(body).as_bytes(), hash.as_bytes());
                same.map(|()| hash.clone()).map_err(|_| Refusal::Body)
            }
            Payload::Computed if self.lifetime_s.is_some() && self.service == "s3" => {
                Ok("UNSIGNED-PAYLOAD".into())
            }
            Payload::Computed => Ok(sha256(body)),
            Payload::Unsigned | Payload::SignedChunks | Payload::UnsignedChunks => {
                Ok(header("x-amz-content-sha256"))
            }
        }
    }

    /// The canonical query string: sorted, without the signature itself.
    fn signed_query(&self, parts: &Parts) -> String {
        canonical_query(parts.uri.query().unwrap_or_default())
    }

    /// Takes the chunk framing off a body, and checks each chunk's signature where it has one.
    pub fn unchunk(&self, secret: &str, body: &Bytes) -> Result<Bytes, Refusal> {
        let signed = match self.payload {
            Payload::SignedChunks => true,
            Payload::UnsignedChunks => false,
            Payload::Declared(_) | Payload::Computed | Payload::Unsigned => return Ok(body.clone()),
        };
        let key = signing_key(secret, &self.date, &self.region, &self.service);
        let mut previous = hex::encode(&self.signature);
        let (mut out, mut rest) = (BytesMut::with_capacity(body.len()), body.as_ref());
        loop {
            let (line, tail) = split_line(rest).ok_or(Refusal::Body)?;
            let (size, extension) = line.split_once(';').unwrap_or((line, ""));
            let size = usize::from_str_radix(size.trim(), 16).map_err(|_| Refusal::Body)?;
            let (data, tail) = tail.split_at_checked(size).ok_or(Refusal::Body)?;
            if signed {
                let given = extension
                    .strip_prefix("chunk-signature=")
                    .ok_or(Refusal::Body)?;
                let text = format!(
                    "AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{previous}\n{}\n{}",
                    self.stamp,
                    self.scope(),
                    sha256(b""),
                    sha256(data)
                );
                let wanted = hex::encode(sign_text(&key, &text));
                verify_slices_are_equal(wanted.as_bytes(), given.as_bytes())
                    .map_err(|_| Refusal::Body)?;
                previous = wanted;
            }
            out.extend_from_slice(data);
            if size == 0 {
                return Ok(out.freeze());
            }
            rest = tail.strip_prefix(b"\r\n").ok_or(Refusal::Body)?;
        }
    }
}

fn split_line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes
        .windows(2)
        .take(200)
        .position(|pair| pair == b"\r\n")?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 2..]))
}

fn canonical(
    method: &str,
    path: &str,
    query: &str,
    headers: &str,
    signed: &[String],
    hash: &str,
) -> String {
    format!(
        "{method}\n{path}\n{query}\n{headers}\n{}\n{hash}",
        signed.join(";")
    )
}

/// S3's paths are encoded once, everybody else's twice, after dot segments are resolved.
fn canonical_path(path: &str, service: &str) -> String {
    if service == "s3" {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    let mut out: String = parts
        .iter()
        .map(|part| format!("/{}", query::encode(part)))
        .collect();
    if out.is_empty() || path.ends_with('/') {
        out.push('/');
    }
    out
}

/// Names and values as they came if they are well encoded, sorted.
fn canonical_query(text: &str) -> String {
    let mut pairs: Vec<(String, String)> = text
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (name.replace('+', "%20"), value.replace('+', "%20")))
        .filter(|(name, _)| name != "X-Amz-Signature")
        .collect();
    pairs.sort();
    let parts: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    parts.join("&")
}

fn canonical_headers(
    headers: &HeaderMap,
    authority: Option<&http::uri::Authority>,
    signed: &[String],
) -> Result<String, Refusal> {
    let mut out = String::new();
    for name in signed {
        let values: Vec<String> = headers
            .get_all(name.as_str())
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .map(|value| value.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        let value = match (values.is_empty(), name.as_str(), authority) {
            (true, "host", Some(authority)) => authority.to_string(),
            (true, _, _) => return Err(Refusal::Incomplete),
            (false, _, _) => values.join(","),
        };
        out.push_str(&format!("{name}:{value}\n"));
    }
    Ok(out)
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

fn sign_text(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

fn signing_key(secret: &str, date: &str, region: &str, service: &str) -> Vec<u8> {
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in [date, region, service, "aws4_request"] {
        key = sign_text(&key, part).as_ref().to_vec();
    }
    key
}

/// What a client signs with.
#[derive(Clone)]
pub struct Signer {
    /// The access key id.
    pub access_key: String,
    /// The secret.
    pub secret: String,
    /// The session token, if there is one.
    pub session_token: Option<String>,
    /// The Region.
    pub region: String,
    /// The service.
    pub service: String,
}

impl Signer {
    /// Signs a request in its headers.
    pub fn sign(&self, request: &mut Request<Bytes>, now: Timestamp) {
        let stamp = time::basic(now);
        let date = stamp[..8].to_owned();
        let hash = sha256(request.body());
        let host = request
            .uri()
            .authority()
            .map(ToString::to_string)
            .unwrap_or_default();
        let mut set = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                request.headers_mut().insert(name, value);
            }
        };
        set("host", &host);
        set("x-amz-date", &stamp);
        set("x-amz-content-sha256", &hash);
        if let Some(token) = &self.session_token {
            set("x-amz-security-token", token);
        }
        let mut signed: Vec<String> = request
            .headers()
            .keys()
            .map(|name| name.as_str().to_owned())
            .collect();
        signed.sort();
        let headers = canonical_headers(request.headers(), None, &signed).unwrap_or_default();
        let uri = request.uri();
        let path = canonical_path(uri.path(), &self.service);
        let query = canonical_query(uri.query().unwrap_or_default());
        let text = canonical(
            request.method().as_str(),
            &path,
            &query,
            &headers,
            &signed,
            &hash,
        );
        let scope = format!("{date}/{}/{}/aws4_request", self.region, self.service);
        let key = signing_key(&self.secret, &date, &self.region, &self.service);
        let signature = hex::encode(sign_text(&key, &string_to_sign(&stamp, &scope, &text)));
        let value = format!(
            "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
            self.access_key,
            signed.join(";")
        );
        if let Ok(value) = HeaderValue::from_str(&value) {
            request.headers_mut().insert("authorization", value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer {
            access_key: "AKIDEXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
            region: "us-east-1".into(),
            service: "service".into(),
        }
    }

    #[test]
    fn the_published_example_signs_as_published() {
        // AWS's signature test suite, "get-vanilla".
        let key = signing_key(&signer().secret, "20150830", "us-east-1", "service");
        let headers = "host:example.amazonaws.com\nx-amz-date:20150830T123600Z\n";
        let signed = ["host".to_owned(), "x-amz-date".to_owned()];
        let request = canonical("GET", "/", "", headers, &signed, &sha256(b""));
        let text = string_to_sign(
            "20150830T123600Z",
            "20150830/us-east-1/service/aws4_request",
            &request,
        );
        assert_eq!(
            hex::encode(sign_text(&key, &text)),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
    }

    fn signed() -> (Parts, Bytes, Timestamp) {
        let now = Timestamp(1_700_000_000_000);
        let mut request = Request::post("http://127.0.0.1:4566/a%20b/../c?z=1&a=%2F")
            .body(Bytes::from_static(b"Action=X"))
            .unwrap();
        signer().sign(&mut request, now);
        let (parts, body) = request.into_parts();
        (parts, body, now)
    }

    #[test]
    fn what_we_sign_verifies_and_any_change_is_noticed() {
        let (parts, body, now) = signed();
        let secret = signer().secret;
        let check =
            |parts: &Parts, body: &[u8], at| read(parts).unwrap().verify(&secret, parts, body, at);
        assert_eq!(check(&parts, &body, now), Ok(()));
        assert_eq!(check(&parts, b"Action=Y", now), Err(Refusal::Body));
        assert_eq!(
            check(&parts, &body, Timestamp(now.0 + SKEW_MS + 1000)),
            Err(Refusal::Expired)
        );
        assert_eq!(
            check(&parts, &body, Timestamp(now.0 - SKEW_MS - 1000)),
            Err(Refusal::Expired)
        );
        let mut other = parts.clone();
        other.uri = "http://127.0.0.1:4566/a%20b/../c?z=2&a=%2F"
            .parse()
            .unwrap();
        assert_eq!(check(&other, &body, now), Err(Refusal::Mismatch));
        let mut other = parts.clone();
        other.method = http::Method::PUT;
        assert_eq!(check(&other, &body, now), Err(Refusal::Mismatch));
        let wrong = read(&parts).unwrap().verify("other", &parts, &body, now);
        assert_eq!(wrong, Err(Refusal::Mismatch));
    }

    #[test]
    fn what_is_no_signature_is_refused_without_a_panic() {
        let refuse = |value: &str| {
            let request = Request::get("/")
                .header("authorization", value)
                .body(())
                .unwrap();
            read(&request.into_parts().0).unwrap_err()
        };
        for bad in [
            "",
            "Basic x",
            "AWS4-HMAC-SHA256",
            "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00",
        ] {
            assert_eq!(refuse(bad), Refusal::Incomplete, "{bad}");
        }
        let plain = Request::get("/").body(()).unwrap().into_parts().0;
        assert_eq!(read(&plain).unwrap_err(), Refusal::Missing);
    }
}
