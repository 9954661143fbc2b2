//! The canonical request: what is signed, however the bytes came.

use super::Refusal;
use crate::query::{self, Plus};
use http::request::Parts;
use std::fmt::Write;

/// The canonical request.
pub(super) fn request(
    parts: &Parts,
    signed: &[String],
    service: &str,
    hash: &str,
) -> Result<String, Refusal> {
    let path = path(parts.uri.path(), service);
    let query = query(parts.uri.query().unwrap_or_default())?;
    let headers = headers(parts, signed)?;
    let method = parts.method.as_str();
    Ok(format!(
        "{method}\n{path}\n{query}\n{headers}\n{}\n{hash}",
        signed.join(";")
    ))
}

/// S3's paths are encoded once and stay as they are; everybody else's are encoded again after dots
/// and doubled slashes are resolved.
fn path(path: &str, service: &str) -> String {
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

/// Names and values, encoded in one way and sorted; without the signature itself.
fn query(text: &str) -> Result<String, Refusal> {
    let anew = |part: &str| {
        let plain = query::decode(part, Plus::Space).map_err(|_| Refusal::Incomplete)?;
        Ok(query::encode(&plain))
    };
    let mut pairs = Vec::new();
    for part in text.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let (name, value) = (anew(name)?, anew(value)?);
        if name != "X-Amz-Signature" {
            pairs.push((name, value));
        }
    }
    pairs.sort();
    let parts: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    Ok(parts.join("&"))
}

fn headers(parts: &Parts, signed: &[String]) -> Result<String, Refusal> {
    let mut out = String::new();
    for name in signed {
        let values: Vec<String> = parts
            .headers
            .get_all(name.as_str())
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .map(|value| value.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        let value = match (values.is_empty(), name.as_str(), parts.uri.authority()) {
            // HTTP/2 has the host in its own place.
            (true, "host", Some(authority)) => authority.to_string(),
            (true, _, _) => return Err(Refusal::Incomplete),
            (false, _, _) => values.join(","),
        };
        writeln!(out, "{name}:{value}").expect("a string takes everything");
    }
    Ok(out)
}
