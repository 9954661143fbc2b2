//! Signatures that clients make.

use super::{
    ALGORITHM, LONGEST_S, Refusal, UNSIGNED, canonical, scope, sha256, sign_text, signing_key,
    string_to_sign,
};
use crate::shape::Timestamp;
use crate::{query, time};
use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Uri};

/// What a client signs with. It has no `Debug`, because it holds the secret.
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
    /// Signs a request in its headers; all of its headers are signed. The request must be whole:
    /// its URI has a host, and its headers are text. A body is part of the signature unless the
    /// request says already that it is not ([`UNSIGNED`] in `x-amz-content-sha256`).
    pub fn sign(&self, request: &mut Request<Bytes>, now: Timestamp) {
        let stamp = time::basic(now);
        let hash = match request.headers().get("x-amz-content-sha256") {
            Some(said) if said == UNSIGNED => UNSIGNED.to_owned(),
            _ => sha256(request.body()),
        };
        let host = request
            .uri()
            .authority()
            .map(ToString::to_string)
            .unwrap_or_default();
        set(request, "host", &host);
        set(request, "x-amz-date", &stamp);
        set(request, "x-amz-content-sha256", &hash);
        if let Some(token) = &self.session_token {
            set(request, "x-amz-security-token", token);
        }
        let mut signed: Vec<String> = request
            .headers()
            .keys()
            .map(|name| name.as_str().to_owned())
            .collect();
        signed.sort();
        let Ok(signature) = self.signature(request, &signed, &stamp, &hash) else {
            return;
        };
        let value = format!(
            "{ALGORITHM} Credential={}/{}, SignedHeaders={}, Signature={signature}",
            self.access_key,
            scope(&stamp[..8], &self.region, &self.service),
            signed.join(";")
        );
        set(request, "authorization", &value);
    }

    /// Signs a request in its query string, good for so many seconds (a week at most). Its body is
    /// part of the signature but for S3.
    pub fn presign(&self, request: &mut Request<Bytes>, lifetime_s: i64, now: Timestamp) {
        let stamp = time::basic(now);
        let scope = scope(&stamp[..8], &self.region, &self.service);
        let host = request
            .uri()
            .authority()
            .map(ToString::to_string)
            .unwrap_or_default();
        set(request, "host", &host);
        let lifetime_s = lifetime_s.clamp(0, LONGEST_S);
        let mut pairs = vec![
            ("X-Amz-Algorithm".to_owned(), ALGORITHM.to_owned()),
            (
                "X-Amz-Credential".to_owned(),
                format!("{}/{scope}", self.access_key),
            ),
            ("X-Amz-Date".to_owned(), stamp.clone()),
            ("X-Amz-Expires".to_owned(), lifetime_s.to_string()),
            ("X-Amz-SignedHeaders".to_owned(), "host".to_owned()),
        ];
        if let Some(token) = &self.session_token {
            pairs.push(("X-Amz-Security-Token".to_owned(), token.clone()));
        }
        add_query(request, &query::form(&pairs));
        let hash = if self.service == "s3" {
            UNSIGNED.to_owned()
        } else {
            sha256(request.body())
        };
        let signed = ["host".to_owned()];
        if let Ok(signature) = self.signature(request, &signed, &stamp, &hash) {
            add_query(request, &format!("X-Amz-Signature={signature}"));
        }
    }

    fn signature(
        &self,
        request: &Request<Bytes>,
        signed: &[String],
        stamp: &str,
        hash: &str,
    ) -> Result<String, Refusal> {
        let parts = request.clone().into_parts().0;
        let text = canonical::request(&parts, signed, &self.service, hash)?;
        let date = &stamp[..8];
        let scope = scope(date, &self.region, &self.service);
        let key = signing_key(&self.secret, date, &self.region, &self.service);
        Ok(hex::encode(sign_text(
            &key,
            &string_to_sign(stamp, &scope, &text),
        )))
    }
}

fn set(request: &mut Request<Bytes>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        request.headers_mut().insert(name, value);
    }
}

fn add_query(request: &mut Request<Bytes>, more: &str) {
    let mut parts = request.uri().clone().into_parts();
    let path = request.uri().path();
    let text = match request.uri().query().filter(|query| !query.is_empty()) {
        Some(query) => format!("{path}?{query}&{more}"),
        None => format!("{path}?{more}"),
    };
    if let Ok(path) = PathAndQuery::try_from(text) {
        parts.path_and_query = Some(path);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
}
