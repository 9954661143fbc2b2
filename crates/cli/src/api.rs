//! The API, as a signed client sees it.
//!
//! Every request is repeated while that may help (see [`crate::retry`]); all that are sent here may
//! be: they read, or do the same thing once however often they come. Plain HTTP is all that is
//! spoken.

use crate::retry::{self, Outcome, Patience};
use anyhow::{Context, Error, Result, bail};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use protocol::sigv4::{Signer, UNSIGNED};
use protocol::{Fault, Operation, Timestamp, call, ebs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long one try may take.
const ONE_TRY: Duration = Duration::from_secs(120);
const CONNECT: Duration = Duration::from_secs(10);
/// Shorter than servers keep an idle connection.
const IDLE: Duration = Duration::from_secs(15);

/// Where the API is and who calls it.
#[derive(Clone)]
pub(crate) struct Api {
    http: Client<HttpConnector, Full<Bytes>>,
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) access_key: String,
    secret: String,
    token: Option<String>,
    /// Whether the server has ever answered.
    seen: Arc<AtomicBool>,
    failures: Duration,
}

impl Api {
    /// From the environment that `amiable env` prints; flags win.
    pub(crate) fn from_environment(
        endpoint: Option<String>,
        region: Option<String>,
    ) -> Result<Api> {
        let get = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let endpoint = endpoint.or_else(|| get("AWS_ENDPOINT_URL"));
        let region = region.or_else(|| get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")));
        let found = [
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_ACCESS_KEY_ID", get("AWS_ACCESS_KEY_ID")),
            ("AWS_SECRET_ACCESS_KEY", get("AWS_SECRET_ACCESS_KEY")),
            ("AWS_REGION", region),
        ];
        let [endpoint, access_key, secret, region] = all(found)?;
        if !endpoint.starts_with("http://") {
            bail!("The endpoint {endpoint} is not plain HTTP, which is all that is spoken yet.");
        }
        Ok(Api {
            http: client(),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            region,
            access_key,
            secret,
            token: get("AWS_SESSION_TOKEN"),
            seen: Arc::default(),
            failures: Patience::USUAL,
        })
    }

    /// The same, for a caller that wants to hear soon that the service fails at something.
    pub(crate) fn impatient(mut self) -> Api {
        self.failures = Duration::from_secs(1);
        self
    }

    /// Calls an operation. A server that is away or busy is waited for; its refusals are answered.
    pub(crate) async fn call<O: Operation>(&self, input: O::Input) -> Result<O::Output> {
        self.call_and_hear::<O>(input)
            .await
            .map(|(output, _)| output)
    }

    /// The same, with the answer's headers.
    pub(crate) async fn call_and_hear<O: Operation>(
        &self,
        input: O::Input,
    ) -> Result<(O::Output, HeaderMap)> {
        let (began, mut tries) = (Instant::now(), 0);
        loop {
            let (outcome, failure) = match self.once::<O>(input.clone()).await {
                Ok(output) => return Ok(output),
                Err(failure) => failure,
            };
            tries += 1;
            let patience = Patience {
                seen: self.seen.load(Ordering::Relaxed),
                failures: self.failures,
            };
            match patience.pause(outcome, tries, began.elapsed()) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(failure),
            }
        }
    }

    async fn once<O: Operation>(
        &self,
        input: O::Input,
    ) -> Result<(O::Output, HeaderMap), (Outcome, Error)> {
        let mut request = call::request::<O>(&self.endpoint, input)
            .with_context(|| format!("The endpoint {} is not a URL", self.endpoint))
            .map_err(|error| (Outcome::Final, error))?;
        if O::NAME == ebs::PutSnapshotBlock::NAME {
            // As AWS's own clients do: the checksum of the block is in a header that is signed, so
            // hashing the body once more, here and in the service, would prove nothing.
            let unsigned = HeaderValue::from_static(UNSIGNED);
            let headers = request.headers_mut();
            headers.insert("x-amz-content-sha256", unsigned);
        }
        let signer = Signer {
            access_key: self.access_key.clone(),
            secret: self.secret.clone(),
            session_token: self.token.clone(),
            region: self.region.clone(),
            service: O::SERVICE.name().to_owned(),
        };
        signer.sign(&mut request, now());
        let answer = match tokio::time::timeout(ONE_TRY, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(anyhow::anyhow!("{} does not answer in time", self.endpoint)),
        };
        let answer = answer.map_err(|error| (Outcome::Silence, error))?;
        self.seen.store(true, Ordering::Relaxed);
        let output = call::response::<O>(&answer)
            .map_err(|fault| (retry::outcome(fault.status, &fault.code), fault.into()))?;
        Ok((output, answer.into_parts().0.headers))
    }

    async fn exchange(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>> {
        let answer = self.http.request(request.map(Full::new)).await;
        let answer = answer.with_context(|| format!("{} does not answer", self.endpoint))?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.context("the answer broke off")?;
        Ok(http::Response::from_parts(parts, body.to_bytes()))
    }
}

/// All values, or an error that names every one that is missing.
fn all<const N: usize>(found: [(&str, Option<String>); N]) -> Result<[String; N]> {
    let missing: Vec<&str> = found
        .iter()
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| *name)
        .collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        bail!("not set: {missing}\nhint: eval \"$(amiable env --data DIR)\"");
    }
    Ok(found.map(|(_, value)| value.unwrap_or_default()))
}

fn client() -> Client<HttpConnector, Full<Bytes>> {
    let mut connector = HttpConnector::new();
    // Blocks are sent in more than one piece, and must not wait for acknowledgements between them.
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT));
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(connector)
}

/// The service's answer in an error, if there is one.
pub(crate) fn fault(error: &Error) -> Option<&Fault> {
    error.downcast_ref::<Fault>()
}

/// Whether an error is the service's answer with this code.
pub(crate) fn is_fault(error: &Error, code: &str) -> bool {
    fault(error).is_some_and(|fault| fault.code == code)
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_named_with_what_to_do() {
        let found = [("A", None), ("B", Some("b".to_owned())), ("C", None)];
        let said = all(found).unwrap_err().to_string();
        assert_eq!(
            said,
            "not set: A, C\nhint: eval \"$(amiable env --data DIR)\""
        );
        assert_eq!(all([("B", Some("b".to_owned()))]).unwrap(), ["b"]);
    }
}
