//! The API, as a signed client sees it.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use protocol::sigv4::Signer;
use protocol::{Fault, Operation, Timestamp, call};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a server may be away before a request is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the API is and who calls it.
#[derive(Clone)]
pub(crate) struct Api {
    http: Client<HttpConnector, Full<Bytes>>,
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) access_key: String,
    secret: String,
    token: Option<String>,
}

impl Api {
    /// From the environment that `amiable env` prints; flags win.
    pub(crate) fn from_environment(
        endpoint: Option<String>,
        region: Option<String>,
    ) -> Result<Api> {
        let get = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let need = |name: &str| {
            get(name).with_context(|| {
                format!("{name} is not set\nhint: eval \"$(amiable env --data DIR)\"")
            })
        };
        let endpoint = match endpoint {
            Some(endpoint) => endpoint,
            None => need("AWS_ENDPOINT_URL")?,
        };
        if !endpoint.starts_with("http://") {
            bail!("the endpoint {endpoint} is not plain HTTP, which is all that is spoken (yet)");
        }
        let region = region.or(get("AWS_REGION")).or(get("AWS_DEFAULT_REGION"));
        Ok(Api {
            http: Client::builder(TokioExecutor::new()).build_http(),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            region: region.unwrap_or_else(|| "us-east-1".into()),
            access_key: need("AWS_ACCESS_KEY_ID")?,
            secret: need("AWS_SECRET_ACCESS_KEY")?,
            token: get("AWS_SESSION_TOKEN"),
        })
    }

    /// Calls an operation. A server that is away or busy is waited for; its refusals are answered.
    pub(crate) async fn call<O: Operation>(&self, input: O::Input) -> Result<O::Output> {
        let deadline = Instant::now() + PATIENCE;
        let mut wait = Duration::from_millis(50);
        loop {
            let failure = match self.once::<O>(input.clone()).await {
                Ok(output) => return Ok(output),
                Err(failure) => failure,
            };
            let again = match failure.downcast_ref::<Fault>() {
                Some(fault) => fault.status >= 500 || fault.code.contains("Throttl"),
                None => true,
            };
            if !again || Instant::now() + wait > deadline {
                return Err(failure);
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(2));
        }
    }

    async fn once<O: Operation>(&self, input: O::Input) -> Result<O::Output> {
        let mut request = call::request::<O>(&self.endpoint, input)?;
        let signer = Signer {
            access_key: self.access_key.clone(),
            secret: self.secret.clone(),
            session_token: self.token.clone(),
            region: self.region.clone(),
            service: O::SERVICE.name().to_owned(),
        };
        signer.sign(&mut request, now());
        let answer = self.http.request(request.map(Full::new)).await;
        let answer = answer.with_context(|| format!("{} does not answer", self.endpoint))?;
        let (parts, body) = answer.into_parts();
        let body = body
            .collect()
            .await
            .context("the answer broke off")?
            .to_bytes();
        Ok(call::response::<O>(&http::Response::from_parts(
            parts, body,
        ))?)
    }
}

/// Whether an error is the service's answer with this code.
pub(crate) fn is_fault(error: &anyhow::Error, code: &str) -> bool {
    error
        .downcast_ref::<Fault>()
        .is_some_and(|fault| fault.code == code)
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
