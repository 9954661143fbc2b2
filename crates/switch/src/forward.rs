//! Ports of the host that lead to ports of a guest.
//!
//! Opening binds at once, so that a port that is taken is known at once. Dropping a [`Listener`]
//! stops the socket from listening before it returns; connections made before live on.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Handle,
    sync::mpsc,
    task::JoinHandle,
};

use crate::{Cidr, Forward, flow::spoil};

/// A connection that somebody made to a forwarded port.
pub(crate) struct Visitor {
    pub(crate) stream: TcpStream,
    pub(crate) guest_port: u16,
}

/// One open forward.
pub(crate) struct Listener {
    pub(crate) host: SocketAddr,
    pub(crate) guest_port: u16,
    sources: Arc<Mutex<Vec<Cidr>>>,
    socket: Arc<TcpListener>,
    task: JoinHandle<()>,
}

impl Listener {
    pub(crate) fn open(
        forward: &Forward,
        visitors: mpsc::Sender<Visitor>,
        runtime: &Handle,
    ) -> io::Result<Listener> {
        let socket = std::net::TcpListener::bind(forward.host)?;
        socket.set_nonblocking(true)?;
        let _within = runtime.enter();
        let socket = Arc::new(TcpListener::from_std(socket)?);
        let sources = Arc::new(Mutex::new(forward.sources.clone()));
        let doorman = welcome(
            socket.clone(),
            forward.guest_port,
            sources.clone(),
            visitors,
        );
        let task = runtime.spawn(doorman);
        Ok(Listener {
            host: forward.host,
            guest_port: forward.guest_port,
            sources,
            socket,
            task,
        })
    }

    pub(crate) fn set_sources(&self, sources: Vec<Cidr>) {
        *self.sources.lock().unwrap_or_else(PoisonError::into_inner) = sources;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Only aborting the task would leave the port open until the task next runs.
        if let Err(error) = SockRef::from(&*self.socket).shutdown(std::net::Shutdown::Both) {
            tracing::debug!(host = %self.host, %error, "a listener closes late");
        }
        self.task.abort();
    }
}

async fn welcome(
    socket: Arc<TcpListener>,
    guest_port: u16,
    sources: Arc<Mutex<Vec<Cidr>>>,
    visitors: mpsc::Sender<Visitor>,
) {
    loop {
        let (stream, peer) = match socket.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, mostly: others need time to give theirs back.
                tracing::debug!(%error, "cannot accept a forwarded connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        if !may_enter(&sources, peer.ip()) {
            spoil(&stream);
        } else if visitors.send(Visitor { stream, guest_port }).await.is_err() {
            return;
        }
    }
}

fn may_enter(sources: &Mutex<Vec<Cidr>>, peer: IpAddr) -> bool {
    let sources = sources.lock().unwrap_or_else(PoisonError::into_inner);
    match peer.to_canonical() {
        IpAddr::V4(peer) => sources.iter().any(|source| source.contains(peer)),
        IpAddr::V6(_) => false,
    }
}
