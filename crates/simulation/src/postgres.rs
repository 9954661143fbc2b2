//! Between the server and a real PostgreSQL: a proxy that holds statements back in the middle of
//! transactions, so that transactions overtake each other as the seed says, and that cuts connections.
//!
//! Promises: a request is held before it reaches PostgreSQL, never after; what is cut after a
//! request has been carried out before; [`Postgres::cut`] returns when no transaction is left that
//! could still commit.

use crate::faulty::{Cut, Faults};
use crate::gates::{Busy, Gates};
use crate::world::sound;
use crate::{Broken, Result};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// What a request to the database is called where it is held.
pub const STATEMENT: &str = "statement";
/// So often it is looked whether PostgreSQL has noticed that its client is gone.
const LOOKS: usize = 2000;

/// A database of its own on a real server, and the way to it.
pub struct Postgres {
    /// What the server opens: the proxy.
    pub url: String,
    proxy: SocketAddr,
    /// Around the proxy.
    direct: String,
    shared: Arc<Shared>,
}

struct Shared {
    server: SocketAddr,
    gates: Arc<Gates>,
    faults: Arc<Faults>,
    connections: Mutex<Vec<Weak<Connection>>>,
    ended: AtomicBool,
}

/// One connection of the server's.
struct Connection {
    client: TcpStream,
    server: TcpStream,
    /// What was asked and is not answered yet.
    asked: Mutex<Vec<Asked>>,
}

struct Asked {
    _busy: Busy,
    /// The answer is lost, and the connection with it.
    cut: bool,
}

/// A message of the protocol: its type, which the first one of a connection lacks, and all its bytes.
struct Message {
    kind: u8,
    bytes: Vec<u8>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Postgres {
    /// Makes a database.
    pub async fn start(gates: Arc<Gates>, faults: Arc<Faults>) -> Result<Postgres> {
        let direct = testkit::fresh_postgresql().await;
        let (host, name) = direct
            .split_once('@')
            .and_then(|(_, rest)| rest.split_once('/'))
            .ok_or_else(|| Broken(format!("{direct} names no host")))?;
        let server = sound(host.parse(), "the address of PostgreSQL")?;
        let listener = sound(TcpListener::bind("127.0.0.1:0"), "a port")?;
        let proxy = sound(listener.local_addr(), "a port")?;
        let url = format!("postgres://postgres@{proxy}/{name}");
        let shared = Arc::new(Shared {
            server,
            gates,
            faults,
            connections: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let accepting = shared.clone();
        std::thread::spawn(move || accepting.accept(&listener));
        Ok(Postgres {
            url,
            proxy,
            direct,
            shared,
        })
    }

    /// Cuts every connection, as the end of the server's process does, and waits until PostgreSQL has
    /// given up what was under way on them.
    pub async fn cut(&self) -> Result<()> {
        for connection in locked(&self.shared.connections).drain(..) {
            if let Some(connection) = connection.upgrade() {
                connection.cut();
            }
        }
        self.shared.gates.release_all(STATEMENT);
        for _ in 0..LOOKS {
            if testkit::connections_to_postgresql(&self.direct).await == 0 {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(Broken("PostgreSQL keeps connections that were cut".into()))
    }

    /// Drops the database.
    pub async fn end(self) -> Result<()> {
        self.cut().await?;
        self.shared.ended.store(true, Relaxed);
        // The thread that accepts looks up.
        drop(TcpStream::connect(self.proxy));
        testkit::drop_postgresql(&self.direct).await;
        Ok(())
    }
}

impl Shared {
    fn accept(self: &Arc<Shared>, listener: &TcpListener) {
        for client in listener.incoming() {
            if self.ended.load(Relaxed) {
                return;
            }
            let Ok(client) = client else { continue };
            let shared = self.clone();
            std::thread::spawn(move || shared.carry(client));
        }
    }

    /// Carries one connection until it ends.
    fn carry(&self, client: TcpStream) -> Option<()> {
        let server = TcpStream::connect(self.server).ok()?;
        client.set_nodelay(true).ok()?;
        server.set_nodelay(true).ok()?;
        let (client_reads, server_reads) = (client.try_clone().ok()?, server.try_clone().ok()?);
        let connection = Arc::new(Connection {
            client,
            server,
            asked: Mutex::default(),
        });
        locked(&self.connections).push(Arc::downgrade(&connection));
        let answering = connection.clone();
        let gates = self.gates.clone();
        std::thread::spawn(move || {
            answering.answers(server_reads, &gates);
            answering.cut();
        });
        self.requests(client_reads, &connection);
        connection.cut();
        Some(())
    }

    /// Hands on what the server asks, request by request.
    fn requests(&self, mut client: TcpStream, connection: &Connection) -> Option<()> {
        let mut request = message(&mut client, true)?.bytes;
        connection.send(request, self.gates.busy(), false)?;
        loop {
            request = Vec::new();
            let last = loop {
                let message = message(&mut client, false)?;
                request.extend_from_slice(&message.bytes);
                if matches!(message.kind, b'Q' | b'S' | b'X') {
                    break message;
                }
            };
            let ends = last.kind == b'X' || last.bytes.ends_with(b"ROLLBACK\0");
            let is_commit = last.bytes.ends_with(b"COMMIT\0");
            if !ends && self.faults.chance(if is_commit { 3 } else { 10 }) {
                self.gates.pass_blocking(STATEMENT);
            }
            let busy = self.gates.busy();
            match self.faults.cut().filter(|_| !ends) {
                Some(Cut::Before) => return None,
                Some(Cut::After) => connection.send(request, busy, true)?,
                None => connection.send(request, busy, false)?,
            }
        }
    }
}

impl Connection {
    fn send(&self, request: Vec<u8>, busy: Busy, cut: bool) -> Option<()> {
        locked(&self.asked).push(Asked { _busy: busy, cut });
        (&self.server).write_all(&request).ok()
    }

    /// Hands on what PostgreSQL answers, each answer as a whole.
    fn answers(&self, mut server: TcpStream, gates: &Gates) {
        let mut answer = Vec::new();
        while let Some(message) = message(&mut server, false) {
            answer.extend_from_slice(&message.bytes);
            if message.kind != b'Z' {
                continue;
            }
            let asked = {
                let mut all = locked(&self.asked);
                (!all.is_empty()).then(|| all.remove(0))
            };
            if asked.as_ref().is_some_and(|asked| asked.cut)
                || (&self.client).write_all(&answer).is_err()
            {
                return;
            }
            answer.clear();
            gates.note();
        }
        // The reason for which PostgreSQL ends a connection.
        drop((&self.client).write_all(&answer));
    }

    fn cut(&self) {
        drop(self.client.shutdown(Shutdown::Both));
        drop(self.server.shutdown(Shutdown::Both));
        locked(&self.asked).clear();
    }
}

/// The next message; `None` at the end of the connection.
fn message(from: &mut impl Read, first: bool) -> Option<Message> {
    let read = |from: &mut dyn Read| -> io::Result<Message> {
        let head = if first { 0 } else { 1 };
        let mut bytes = vec![0; head + 4];
        from.read_exact(&mut bytes)?;
        let mut length = [0; 4];
        length.copy_from_slice(&bytes[head..]);
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)?;
        bytes.resize(head + length.max(4), 0);
        from.read_exact(&mut bytes[head + 4..])?;
        let kind = if first { 0 } else { bytes[0] };
        Ok(Message { kind, bytes })
    };
    read(from).ok()
}
