//! The listener: bounded bytes in, answers out.
//!
//! A body has a limit, a client has a time to send its headers and its body, and there is a limit
//! to how many connections are open, so that neither a large nor a slow client costs others. Guests
//! come in by a door of their own, with a limit of their own, and are answered like everybody.

use crate::metrics::Metrics;
use anyhow::{Context, Result};
use api::App;
use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use instances::GuestConnection;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, watch};

/// No operation that is spoken has a larger body: a block is 512 KiB.
const LARGEST_BODY: usize = 2 << 20;
/// How long a client may take for its headers, and again for its body.
const PATIENCE: Duration = Duration::from_secs(30);
const CONNECTIONS: usize = 4096;
/// How long a guest may keep a connection: what it does not read must not stay for ever.
const LONGEST_GUEST_CONNECTION: Duration = Duration::from_secs(15 * 60);
/// How long running requests may take to end when the server is asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves the listener and the guests until `stop` turns true, then lets running requests end.
pub(crate) async fn serve(
    listener: TcpListener,
    guests: mpsc::Receiver<GuestConnection>,
    (app, metrics): (App, Arc<Metrics>),
    mut stop: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let app = Counted { app, metrics };
    tokio::select! {
        () = accept(listener, &graceful, &app) => {}
        () = admit(guests, &graceful, &app) => {}
        _ = stop.changed() => {}
    }
    if tokio::time::timeout(GRACE, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests were cut off");
    }
}

/// The service, and what counts its answers.
#[derive(Clone)]
struct Counted {
    app: App,
    metrics: Arc<Metrics>,
}

/// Serves who connects to the listener.
async fn accept(listener: TcpListener, graceful: &GracefulShutdown, app: &Counted) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let builder = builder();
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else {
            return;
        };
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of files, most likely: wait for some to be closed.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let connection = graceful.watch(connection(&builder, (stream, peer), app.clone()));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
            drop(permit);
        });
    }
}

/// Serves the guests. How many connections they have is bounded before they come here.
async fn admit(
    mut guests: mpsc::Receiver<GuestConnection>,
    graceful: &GracefulShutdown,
    app: &Counted,
) {
    let builder = builder();
    while let Some(guest) = guests.recv().await {
        let peer = guest.peer();
        let connection = graceful.watch(connection(&builder, (guest, peer), app.clone()));
        tokio::spawn(async move {
            match tokio::time::timeout(LONGEST_GUEST_CONNECTION, connection).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%peer, %error, "a guest's connection ended"),
                Err(_) => tracing::debug!(%peer, "a guest's connection was cut off"),
            }
        });
    }
    // Nobody makes guests' connections any more; the listener goes on.
    std::future::pending().await
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        // Simple clients shut down their side as soon as they have asked.
        .half_close(true)
        .max_buf_size(64 << 10);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(64);
    builder
}

fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    builder: &auto::Builder<TokioExecutor>,
    (stream, peer): (S, SocketAddr),
    app: Counted,
) -> impl hyper_util::server::graceful::GracefulConnection<
    Error = Box<dyn std::error::Error + Send + Sync>,
> + Send
+ 'static {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(api::Peer(peer));
        answer(app.clone(), request)
    });
    builder
        .serve_connection(TokioIo::new(stream), service)
        .into_owned()
}

async fn answer(
    at: Counted,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    if is_health(&parts) {
        return Ok(Response::new(Full::new(Bytes::from_static(b"ok\n"))));
    }
    let answer = match tokio::time::timeout(PATIENCE, collect(body)).await {
        Ok(Ok(body)) => api::handle(&at.app, &parts, body).await,
        Ok(Err(TooMuch::Size)) => refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            "The request's body is too large.",
        ),
        Ok(Err(TooMuch::Broken)) => refuse(
            StatusCode::BAD_REQUEST,
            "IncompleteBody",
            "The request's body did not arrive whole.",
        ),
        Err(_) => refuse(
            StatusCode::REQUEST_TIMEOUT,
            "RequestTimeout",
            "The request's body did not arrive in time.",
        ),
    };
    at.metrics.answered(answer.status());
    Ok(answer.map(Full::new))
}

fn is_health(parts: &Parts) -> bool {
    parts.method == http::Method::GET
        && parts.uri.path() == "/-/health"
        && parts.uri.query().is_none()
}

enum TooMuch {
    Size,
    Broken,
}

/// The whole body, if it keeps to the limit. What declares itself too large is not read at all.
async fn collect(mut body: Incoming) -> Result<Bytes, TooMuch> {
    let declared = body.size_hint().lower();
    if declared > u64::try_from(LARGEST_BODY).unwrap_or(u64::MAX) {
        return Err(TooMuch::Size);
    }
    let mut bytes = BytesMut::with_capacity(usize::try_from(declared).unwrap_or(0));
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| TooMuch::Broken)?.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > LARGEST_BODY {
            return Err(TooMuch::Size);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

/// An answer before the service of the request is known: in EC2's form.
fn refuse(status: StatusCode, code: &str, message: &str) -> Response<Bytes> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code>\
         <Message>{message}</Message></Error></Errors></Response>"
    );
    let mut answer = Response::new(Bytes::from(body));
    *answer.status_mut() = status;
    let close = http::HeaderValue::from_static("close");
    answer.headers_mut().insert(http::header::CONNECTION, close);
    answer
}

/// Binds the address to listen on.
pub(crate) async fn bind(address: &str) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("{address} cannot be listened on"))
}
