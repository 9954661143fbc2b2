//! The socket: who is connected to what, and how they are sent away.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::export::{Export, Exports, Table};
use super::handshake::{self, Claim, Session};
use super::transmission;
use crate::base::ZeroBase;

/// How long a client may take to shake hands, and to take in what it is told meanwhile.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a client that is sent away may take to read its last replies.
const GRACE: Duration = Duration::from_secs(5);
/// How long to wait before accepting again when the process is out of descriptors.
const BREATH: Duration = Duration::from_millis(50);

/// What clients may occupy.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections of the whole server.
    pub connections: usize,
    /// Connections of one export.
    pub connections_of_an_export: usize,
    /// Bytes of requests of one connection that wait or are being done by helpers. One request may be
    /// larger, and is then alone. Beside it a connection has one buffer for receiving and one for sending,
    /// each of at most one request (32 MiB), usually of 256 KiB.
    pub bytes_in_flight: usize,
    /// Helper threads of one connection: how many requests wait for disks or for the base at once.
    pub helpers: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1024,
            connections_of_an_export: 16,
            bytes_in_flight: 32 << 20,
            helpers: 16,
        }
    }
}

struct Guest {
    socket: UnixStream,
    /// The export that it asked for last.
    name: Option<String>,
    /// The same, once it has it.
    export: Option<Arc<dyn Export>>,
}

#[derive(Default)]
struct Guests {
    next: u64,
    by_number: BTreeMap<u64, Guest>,
}

struct Shared {
    exports: Arc<dyn Exports>,
    limits: Limits,
    closing: AtomicBool,
    guests: Mutex<Guests>,
    left: Condvar,
}

/// A listening server with its threads. Dropping it is [`Server::shutdown`].
pub struct Server {
    shared: Arc<Shared>,
    listener: UnixListener,
    socket: PathBuf,
    accepting: Mutex<Option<JoinHandle<()>>>,
}

impl Server {
    /// Listens on `socket`, which only this user can connect to, and serves `exports`. A socket that a
    /// process left behind is replaced; one that answers is not.
    ///
    /// # Errors
    /// `AddrInUse` if somebody listens there, or something that is not a socket is there.
    pub fn bind(socket: &Path, exports: Arc<dyn Exports>, limits: Limits) -> io::Result<Server> {
        let listener = listen(socket)?;
        let shared = Arc::new(Shared {
            exports,
            limits,
            closing: AtomicBool::new(false),
            guests: Mutex::new(Guests::default()),
            left: Condvar::new(),
        });
        let accepting = {
            let (shared, listener) = (Arc::clone(&shared), listener.try_clone()?);
            std::thread::Builder::new()
                .name("nbd-accept".to_owned())
                .spawn(move || accept(&shared, &listener))?
        };
        Ok(Server {
            shared,
            listener,
            socket: socket.to_owned(),
            accepting: Mutex::new(Some(accepting)),
        })
    }

    /// How many connections have the export of that name.
    pub fn connections(&self, name: &str) -> usize {
        let guests = self.shared.guests();
        let has = |guest: &&Guest| guest.export.is_some() && guest.name.as_deref() == Some(name);
        guests.by_number.values().filter(has).count()
    }

    /// Ends the connections of an export that has been removed from the [`Exports`]: takes no more
    /// requests, answers those that were taken, flushes, and returns when the last connection is closed.
    /// A client that does not read its answers is cut off after a few seconds.
    ///
    /// # Errors
    /// That of the flush.
    pub fn detach(&self, name: &str) -> io::Result<()> {
        let exports = self
            .shared
            .send_away(|guest| guest.name.as_deref() == Some(name));
        exports.iter().try_for_each(|export| export.flush())
    }

    /// Stops listening and sends every client away, as [`Server::detach`] does. The exports are flushed;
    /// a failure of that is reported by whoever flushes them next.
    pub fn shutdown(&self) {
        if self.shared.closing.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Err(error) = stop_listening(&self.listener) {
            tracing::warn!(%error, "the NBD socket could not be closed");
        }
        let accepting = self
            .accepting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if accepting.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that accepts NBD connections has panicked");
        }
        if let Err(error) = std::fs::remove_file(&self.socket) {
            tracing::debug!(%error, "the NBD socket was gone already");
        }
        for export in self.shared.send_away(|_| true) {
            if let Err(error) = export.flush() {
                tracing::error!(%error, "an export could not be flushed at the end");
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl Shared {
    fn guests(&self) -> MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the connections that are `meant`, and answers with the exports that they had.
    fn send_away(&self, meant: impl Fn(&Guest) -> bool) -> Vec<Arc<dyn Export>> {
        let mut guests = self.guests();
        let mut exports = Vec::new();
        let mut how = Shutdown::Read;
        let mut deadline = Instant::now() + GRACE;
        for guest in guests.by_number.values().filter(|guest| meant(guest)) {
            exports.extend(guest.export.clone());
            close(&guest.socket, how);
        }
        while guests.by_number.values().any(&meant) {
            let left = deadline.saturating_duration_since(Instant::now());
            guests = self
                .left
                .wait_timeout(guests, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            if Instant::now() >= deadline {
                how = Shutdown::Both;
                deadline += GRACE;
            }
            // Also those that came in the meantime and are still shaking hands.
            guests
                .by_number
                .values()
                .filter(|guest| meant(guest))
                .for_each(|guest| {
                    close(&guest.socket, how);
                });
        }
        exports
    }

    fn admit(&self, socket: &UnixStream) -> io::Result<Option<u64>> {
        let socket = socket.try_clone()?;
        let mut guests = self.guests();
        if guests.by_number.len() >= self.limits.connections {
            return Ok(None);
        }
        let number = guests.next;
        guests.next += 1;
        guests.by_number.insert(
            number,
            Guest {
                socket,
                name: None,
                export: None,
            },
        );
        Ok(Some(number))
    }

    fn dismiss(&self, number: u64) {
        self.guests().by_number.remove(&number);
        self.left.notify_all();
    }
}

fn close(socket: &UnixStream, how: Shutdown) {
    if let Err(error) = socket.shutdown(how) {
        tracing::debug!(%error, "the client had hung up already");
    }
}

fn listen(socket: &Path) -> io::Result<UnixListener> {
    if let Ok(found) = std::fs::symlink_metadata(socket) {
        if !found.file_type().is_socket() || UnixStream::connect(socket).is_ok() {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        std::fs::remove_file(socket)?;
    }
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Wakes the thread that accepts. The descriptor is a socket, whatever type it has here.
fn stop_listening(listener: &UnixListener) -> io::Result<()> {
    UnixStream::from(OwnedFd::from(listener.try_clone()?)).shutdown(Shutdown::Both)
}

fn accept(shared: &Arc<Shared>, listener: &UnixListener) {
    while !shared.closing.load(Ordering::Acquire) {
        match listener.accept() {
            Ok((socket, _)) => {
                if let Err(error) = welcome(shared, socket) {
                    tracing::warn!(%error, "an NBD connection could not be served");
                }
            }
            Err(_) if shared.closing.load(Ordering::Acquire) => return,
            Err(error) => {
                tracing::warn!(%error, "an NBD connection could not be accepted");
                std::thread::sleep(BREATH);
            }
        }
    }
}

fn welcome(shared: &Arc<Shared>, socket: UnixStream) -> io::Result<()> {
    let Some(number) = shared.admit(&socket)? else {
        tracing::warn!("an NBD client was turned away: there are too many");
        return Ok(());
    };
    let thread = Arc::clone(shared);
    let started = std::thread::Builder::new()
        .name("nbd".to_owned())
        .spawn(move || {
            if let Err(error) = host(&thread, number, &socket) {
                tracing::debug!(%error, "an NBD connection ended");
            }
            drop(socket);
            thread.dismiss(number);
        });
    started.map(|_| ()).inspect_err(|_| shared.dismiss(number))
}

fn host(shared: &Shared, number: u64, socket: &UnixStream) -> io::Result<()> {
    let mut claim = Claimed { shared, number };
    let mut timed = Timed {
        socket,
        deadline: Instant::now() + HANDSHAKE,
    };
    let Some(session) = handshake::shake(&mut timed, &*shared.exports, &mut claim)? else {
        return Ok(());
    };
    socket.set_read_timeout(None)?;
    socket.set_write_timeout(None)?;
    claim.note(&session);
    transmission::serve(socket, session, shared.limits)
}

/// A socket until a deadline, however the bytes trickle.
struct Timed<'a> {
    socket: &'a UnixStream,
    deadline: Instant,
}

impl Timed<'_> {
    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            Err(io::ErrorKind::TimedOut.into())
        } else {
            Ok(left)
        }
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(self.left()?))?;
        self.socket.read(buf)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(self.left()?))?;
        self.socket.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Claimed<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Claimed<'_> {
    fn note(&self, session: &Session) {
        if let Some(guest) = self.shared.guests().by_number.get_mut(&self.number) {
            guest.export = Some(Arc::clone(&session.export));
        }
    }
}

impl Claim for Claimed<'_> {
    fn claim(&mut self, name: &str) -> bool {
        let mut guests = self.shared.guests();
        let others = guests.by_number.iter().filter(|(number, guest)| {
            **number != self.number && guest.name.as_deref() == Some(name)
        });
        if others.count() >= self.shared.limits.connections_of_an_export {
            return false;
        }
        if let Some(guest) = guests.by_number.get_mut(&self.number) {
            guest.name = Some(name.to_owned());
        }
        true
    }
}

/// Lets a client that sends `input` and then hangs up talk to a read-only disk of one MiB named `disk`,
/// and answers with what it was sent.
#[doc(hidden)]
pub fn converse(input: &[u8]) -> io::Result<Vec<u8>> {
    let table = Arc::new(Table::default());
    table.insert(
        "disk",
        Arc::new(super::ReadOnly(ZeroBase { size: 1 << 20 })),
    );
    let (server, mut client) = UnixStream::pair()?;
    let shared = Shared {
        exports: table,
        limits: Limits::default(),
        closing: AtomicBool::new(false),
        guests: Mutex::new(Guests::default()),
        left: Condvar::new(),
    };
    std::thread::scope(|scope| {
        let hosting = scope.spawn(move || {
            let ended = host(&shared, 0, &server);
            close(&server, Shutdown::Both);
            ended
        });
        let mut hearing = client.try_clone()?;
        let heard = scope.spawn(move || {
            let mut bytes = Vec::new();
            match hearing.read_to_end(&mut bytes) {
                // Hung up on with something unsaid.
                Err(error) if error.kind() != io::ErrorKind::ConnectionReset => Err(error),
                Ok(_) | Err(_) => Ok(bytes),
            }
        });
        // The server may hang up before it has heard everything, and usually ends with an error.
        let _ignored = client
            .write_all(input)
            .and_then(|()| client.shutdown(Shutdown::Write));
        let _ignored = hosting
            .join()
            .map_err(|_| io::Error::other("the connection panicked"))?;
        heard
            .join()
            .map_err(|_| io::Error::other("the client panicked"))?
    })
}
