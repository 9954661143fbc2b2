//! HTTP/1.1 over the streams of guests. Bounded in everything: connections of a guest, headers,
//! and the time a guest may take over a request.

use super::{Facts, Found, Gate, Token, find, gate};
use crate::describe::product_codes;
use crate::rooms::Rooms;
use crate::{Instances, rows};
use base::{InstanceId, ResourceId, Result};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;
use switch::GuestStream;

/// Connections of one guest at once; more are hung up on.
const CONNECTIONS: usize = 32;
/// Connections of all guests at once.
const ALL_CONNECTIONS: usize = 8192;
const HEADERS: Duration = Duration::from_secs(10);
const LONGEST_CONNECTION: Duration = Duration::from_secs(120);

/// Answers guests on the metadata address.
pub(crate) struct LinkLocal {
    pub(crate) instances: Mutex<Weak<crate::supervisor::Inner>>,
    rooms: Rooms,
}

impl LinkLocal {
    pub(crate) fn new() -> LinkLocal {
        LinkLocal {
            instances: Mutex::default(),
            rooms: Rooms::new(CONNECTIONS, ALL_CONNECTIONS),
        }
    }
}

impl switch::LinkLocal for LinkLocal {
    fn accept(&self, guest: &str, stream: GuestStream) {
        let Ok(id) = InstanceId::parse(guest) else {
            return;
        };
        let Some(room) = self.rooms.take(guest) else {
            return;
        };
        let inner = self
            .instances
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .upgrade();
        let Some(inner) = inner else { return };
        tokio::spawn(async move {
            let served = serve(Instances::of(inner), id, stream);
            // A guest that is slow or speaks no HTTP only harms itself.
            drop(tokio::time::timeout(LONGEST_CONNECTION, served).await);
            drop(room);
        });
    }
}

async fn serve(instances: Instances, id: InstanceId, stream: GuestStream) {
    let service = service_fn(|request: Request<Incoming>| {
        let (instances, id) = (instances.clone(), id.clone());
        async move { Ok::<_, Infallible>(answer(&instances, &id, &request).await) }
    });
    let served = http().serve_connection(TokioIo::new(stream), service).await;
    if let Err(error) = served {
        tracing::debug!(instance = %id, %error, "a metadata connection broke");
    }
}

fn http() -> hyper::server::conn::http1::Builder {
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(16 * 1024)
        // Simple clients shut down their side as soon as they have asked.
        .half_close(true);
    builder
}

async fn answer(
    instances: &Instances,
    id: &InstanceId,
    request: &Request<Incoming>,
) -> Response<Full<Bytes>> {
    match try_answer(instances, id, request).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::error!(instance = %id, error = %error.chain(), "no metadata could be read");
            plain(StatusCode::SERVICE_UNAVAILABLE, Bytes::new())
        }
    }
}

async fn try_answer(
    instances: &Instances,
    id: &InstanceId,
    request: &Request<Incoming>,
) -> Result<Response<Full<Bytes>>> {
    let Some(mut facts) = facts(instances, id).await? else {
        return Ok(plain(StatusCode::NOT_FOUND, Bytes::new()));
    };
    let token = Token {
        secret: instances.token_secret(),
        instance: id,
        now: instances.clock().now(),
    };
    let (method, path) = (request.method(), request.uri().path());
    Ok(
        match gate(
            (method, path),
            request.headers(),
            &facts.instance.metadata,
            &token,
        ) {
            Gate::Refuse(status) => refusal(status),
            Gate::NewToken(ttl) => {
                let mut answer = plain(StatusCode::OK, token.make(ttl).into());
                let seconds = http::HeaderValue::from(ttl.as_secs());
                answer
                    .headers_mut()
                    .insert("x-aws-ec2-metadata-token-ttl-seconds", seconds);
                answer
            }
            Gate::Read(path) => match find(facts.with(instances, &path).await?, &path) {
                Found::Text(text) => plain(StatusCode::OK, text.into()),
                Found::Bytes(bytes) => {
                    let mut answer = plain(StatusCode::OK, bytes.into());
                    let kind = http::HeaderValue::from_static("application/octet-stream");
                    answer
                        .headers_mut()
                        .insert(http::header::CONTENT_TYPE, kind);
                    answer
                }
                Found::Nothing => refusal(StatusCode::NOT_FOUND),
            },
        },
    )
}

fn refusal(status: StatusCode) -> Response<Full<Bytes>> {
    let text = format!(
        "{} - {}\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default()
    );
    plain(status, text.into())
}

fn plain(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("text/plain"),
    );
    headers.insert(
        http::header::SERVER,
        http::HeaderValue::from_static("EC2ws"),
    );
    answer
}

async fn facts(instances: &Instances, id: &InstanceId) -> Result<Option<Facts>> {
    let mut tx = instances.db().read().await?;
    let Some(instance) = rows::instance(&mut tx, id).await? else {
        return Ok(None);
    };
    let subnet = rows::subnet(&mut tx, &instance.interface.subnet).await?;
    let vpc = rows::vpc(&mut tx, &instance.interface.vpc).await?;
    let groups = rows::groups_in(&mut tx, &instance.interface.vpc).await?;
    let attached = volumes::attached_to(&mut tx, id).await?;
    let product_codes = product_codes(&attached);
    let mut devices: Vec<String> = attached
        .into_iter()
        .filter_map(|volume| volume.attachment.map(|attachment| attachment.device))
        .collect();
    devices.sort();
    let tags = identity::tags_of(&mut tx, &instance.owner, id.as_ref()).await?;
    let group_names = groups
        .into_iter()
        .filter(|group| instance.is_in(&group.id))
        .map(|group| group.name);
    Ok(Some(Facts {
        group_names: group_names.collect(),
        subnet_cidr: subnet.map(|subnet| subnet.cidr).unwrap_or_default(),
        vpc_cidr: vpc.map(|vpc| vpc.cidr).unwrap_or_default(),
        devices,
        product_codes,
        tags,
        session: None,
        instance,
    }))
}

impl Facts {
    /// The same with credentials of the instance's role, if the path can show them.
    async fn with(&mut self, instances: &Instances, path: &str) -> Result<&Facts> {
        let identity = instances.settings().identity.as_ref();
        let may_show = path.contains("/iam") || path.trim_end_matches('/').ends_with("/meta-data");
        if let (Some(profile), Some(identity)) = (&self.instance.profile, identity)
            && may_show
        {
            let mut tx = instances.db().read().await?;
            let role = identity::instance_role(&mut tx, &profile.id).await?;
            let now = instances.clock().now();
            let session = |role| {
                let whose = (&self.instance, &role);
                instances.handed().get(identity, whose, now)
            };
            self.session = role.map(session).transpose()?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_client_that_hangs_up_its_side_after_asking_gets_its_answer() {
        let (mut client, server) = tokio::io::duplex(4096);
        let service = service_fn(|_: Request<Incoming>| async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok::<_, Infallible>(plain(StatusCode::OK, Bytes::from_static(b"late")))
        });
        let serving = tokio::spawn(http().serve_connection(TokioIo::new(server), service));
        let request = b"PUT /latest/api/token HTTP/1.0\r\nHost: x\r\nConnection: close\r\n\r\n";
        client.write_all(request).await.unwrap();
        client.shutdown().await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("late"), "{answer:?}");
        serving.await.unwrap().unwrap();
    }
}
