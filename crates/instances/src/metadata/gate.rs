//! Who gets an answer: methods, tokens and the instance's options. Pure.
//!
//! (EC2 User Guide, "Use the Instance Metadata Service to access instance metadata".) Tokens are
//! signed rather than kept: the instance, the end of validity, and a signature under a secret of
//! this installation. So they outlive a restart, and any number of them costs nothing.

use crate::MetadataOptions;
use aws_lc_rs::hmac;
use base::{InstanceId, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use http::{HeaderMap, Method, StatusCode};
use std::time::Duration;

const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const TOKEN: &str = "x-aws-ec2-metadata-token";
const LONGEST: u64 = 21_600;

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It gets what stands at this path.
    Read(String),
    /// It gets a token that is valid this long.
    NewToken(Duration),
    /// It is refused.
    Refuse(StatusCode),
}

/// Makes and checks the tokens of one instance.
pub struct Token<'a> {
    /// The installation's secret.
    pub secret: &'a hmac::Key,
    /// Who asks.
    pub instance: &'a InstanceId,
    /// The time.
    pub now: Timestamp,
}

impl Token<'_> {
    /// A token that is valid for so long.
    pub fn make(&self, ttl: Duration) -> String {
        let until = self.now.plus(ttl).millis();
        let mut bytes = until.to_be_bytes().to_vec();
        bytes.extend(hmac::sign(self.secret, &self.signed(until)).as_ref());
        URL_SAFE.encode(bytes)
    }

    /// Whether a token is one of ours, of this instance, and still valid.
    pub fn is_good(&self, text: &str) -> bool {
        if text.len() > 128 {
            return false;
        }
        let Ok(bytes) = URL_SAFE.decode(text) else {
            return false;
        };
        let Some((until, signature)) = bytes.split_first_chunk::<8>() else {
            return false;
        };
        let until = i64::from_be_bytes(*until);
        until > self.now.millis()
            && hmac::verify(self.secret, &self.signed(until), signature).is_ok()
    }

    fn signed(&self, until: i64) -> Vec<u8> {
        format!("metadata token\n{}\n{until}", self.instance).into_bytes()
    }
}

/// Decides on a request.
pub fn gate(
    (method, path): (&Method, &str),
    headers: &HeaderMap,
    options: &MetadataOptions,
    token: &Token<'_>,
) -> Gate {
    if !options.enabled {
        return Gate::Refuse(StatusCode::FORBIDDEN);
    }
    match *method {
        Method::PUT => put(path, headers),
        Method::GET | Method::HEAD => get(path, headers, options, token),
        _ => Gate::Refuse(StatusCode::METHOD_NOT_ALLOWED),
    }
}

fn put(path: &str, headers: &HeaderMap) -> Gate {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["latest", "api", "token"] if headers.contains_key("x-forwarded-for") => {
            Gate::Refuse(StatusCode::FORBIDDEN)
        }
        ["latest", "api", "token"] => {
            let ttl = headers.get(TTL).and_then(|value| value.to_str().ok());
            match ttl.and_then(|text| text.trim().parse::<u64>().ok()) {
                Some(seconds) if (1..=LONGEST).contains(&seconds) => {
                    Gate::NewToken(Duration::from_secs(seconds))
                }
                _ => Gate::Refuse(StatusCode::BAD_REQUEST),
            }
        }
        // Under a dated version on purpose, so that nobody comes to depend on it.
        [_, "api", "token"] => Gate::Refuse(StatusCode::FORBIDDEN),
        _ => Gate::Refuse(StatusCode::METHOD_NOT_ALLOWED),
    }
}

fn get(path: &str, headers: &HeaderMap, options: &MetadataOptions, token: &Token<'_>) -> Gate {
    let sent = headers
        .get(TOKEN)
        .map(|value| value.to_str().unwrap_or_default());
    let allowed = match sent {
        Some(text) => token.is_good(text),
        None => !options.tokens_required,
    };
    if allowed {
        Gate::Read(path.to_owned())
    } else {
        Gate::Refuse(StatusCode::UNAUTHORIZED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::ResourceId;
    use http::HeaderValue;

    const OPTIONAL: MetadataOptions = MetadataOptions {
        tokens_required: false,
        hop_limit: 1,
        enabled: true,
        tags: false,
    };

    fn ask(
        method: Method,
        path: &str,
        header: Option<(&'static str, &str)>,
        options: MetadataOptions,
    ) -> Gate {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        let instance = InstanceId::parse("i-00000001").unwrap();
        let token = Token {
            secret: &secret,
            instance: &instance,
            now: Timestamp::from_millis(1000),
        };
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        gate((&method, path), &headers, &options, &token)
    }

    #[test]
    fn a_token_is_put_with_a_time_to_live_and_only_under_latest() {
        let put = |path: &str, ttl: Option<&str>| {
            ask(Method::PUT, path, ttl.map(|ttl| (TTL, ttl)), OPTIONAL)
        };
        let long = Gate::NewToken(Duration::from_secs(21_600));
        assert_eq!(put("/latest/api/token", Some("21600")), long);
        for bad in [
            None,
            Some("0"),
            Some("21601"),
            Some("-1"),
            Some("x"),
            Some(""),
        ] {
            assert_eq!(
                put("/latest/api/token", bad),
                Gate::Refuse(StatusCode::BAD_REQUEST)
            );
        }
        let dated = put("/2021-03-23/api/token", Some("60"));
        assert_eq!(dated, Gate::Refuse(StatusCode::FORBIDDEN));
        let relayed = ask(
            Method::PUT,
            "/latest/api/token",
            Some(("x-forwarded-for", "1.2.3.4")),
            OPTIONAL,
        );
        assert_eq!(relayed, Gate::Refuse(StatusCode::FORBIDDEN));
    }

    #[test]
    fn without_a_token_only_version_one_is_answered_and_a_bad_token_is_never() {
        let required = MetadataOptions {
            tokens_required: true,
            ..OPTIONAL
        };
        let get = |token: Option<&str>, options| {
            ask(
                Method::GET,
                "/latest/",
                token.map(|token| (TOKEN, token)),
                options,
            )
        };
        assert_eq!(get(None, OPTIONAL), Gate::Read("/latest/".into()));
        assert_eq!(get(None, required), Gate::Refuse(StatusCode::UNAUTHORIZED));
        assert_eq!(
            get(Some("bad"), OPTIONAL),
            Gate::Refuse(StatusCode::UNAUTHORIZED)
        );
        assert_eq!(
            get(Some(""), OPTIONAL),
            Gate::Refuse(StatusCode::UNAUTHORIZED)
        );
        let off = MetadataOptions {
            enabled: false,
            ..OPTIONAL
        };
        assert_eq!(get(None, off), Gate::Refuse(StatusCode::FORBIDDEN));
    }

    #[test]
    fn a_token_is_good_for_its_instance_until_its_time_is_over() {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        let (one, two) = (
            InstanceId::parse("i-00000001").unwrap(),
            InstanceId::parse("i-00000002").unwrap(),
        );
        let at = |instance, millis| Token {
            secret: &secret,
            instance,
            now: Timestamp::from_millis(millis),
        };
        let text = at(&one, 0).make(Duration::from_secs(1));
        assert!(at(&one, 999).is_good(&text));
        assert!(!at(&one, 1000).is_good(&text));
        assert!(!at(&two, 0).is_good(&text));
        assert!(!at(&one, 0).is_good(&"A".repeat(500)) && !at(&one, 0).is_good("AAAA"));
    }
}
