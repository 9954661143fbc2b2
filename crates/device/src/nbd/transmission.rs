//! One connection after its handshake: requests in, replies out, in whatever order they are done.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::handshake::Session;
use super::reply::Replies;
use super::requests::{Answerer, Outcome, Sink};
use super::server::Limits;
use super::wire::{Command, MAX_PAYLOAD, REQUEST_LEN, Request};
use crate::grain::narrow;
use crate::volume::Patience;

/// Bytes that are received at once.
const RECEIVE: usize = 256 << 10;
/// Bytes that a receiving buffer may keep while nothing needs them.
const KEEP: usize = 2 << 20;
/// Bytes of replies that are gathered before they are sent.
const SEND: usize = 512 << 10;
/// What a waiting request counts for at least, so that their number is bounded too.
const LEAST_COST: usize = 32 << 10;
/// A read up to this many bytes that comes alone is not worth a change of threads.
const ALONE: u32 = 64 << 10;
/// How long a helper thread without work stays.
const IDLE: Duration = Duration::from_secs(5);

/// A request for a helper thread.
struct Job {
    request: Request,
    payload: Vec<u8>,
    cost: usize,
}

#[derive(Default)]
struct Flight {
    waiting: VecDeque<Job>,
    /// Bytes of jobs that wait or are being done.
    cost: usize,
    helpers: usize,
    idle: usize,
    closing: bool,
}

/// What the threads of a connection share.
struct Connection {
    socket: UnixStream,
    session: Session,
    limits: Limits,
    sending: Mutex<()>,
    flight: Mutex<Flight>,
    /// There is work, or no more of it.
    work: Condvar,
    /// A job is done, or a helper has ended.
    landed: Condvar,
}

/// Serves until the client leaves or breaks the protocol, and every request has been answered.
pub(super) fn serve(socket: &UnixStream, session: Session, limits: Limits) -> io::Result<()> {
    let connection = Arc::new(Connection {
        socket: socket.try_clone()?,
        session,
        limits,
        sending: Mutex::new(()),
        flight: Mutex::new(Flight::default()),
        work: Condvar::new(),
        landed: Condvar::new(),
    });
    let result = Receiver::new(&connection).run();
    connection.finish();
    result
}

/// The requests of one connection, as they come in.
struct Receiver<'a> {
    connection: &'a Arc<Connection>,
    answerer: Answerer<'a>,
    /// For requests that come alone.
    patient: Answerer<'a>,
    replies: Replies,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl<'a> Receiver<'a> {
    fn new(connection: &'a Arc<Connection>) -> Receiver<'a> {
        Receiver {
            connection,
            answerer: Answerer::new(&connection.session, Patience::Hurry),
            patient: Answerer::new(&connection.session, Patience::Wait),
            replies: Replies::default(),
            bytes: vec![0; RECEIVE],
            start: 0,
            end: 0,
        }
    }

    fn run(&mut self) -> io::Result<()> {
        while self.receive(REQUEST_LEN)? {
            let header = self.bytes[self.start..self.end]
                .first_chunk()
                .and_then(Request::parse);
            let Some(request) = header else {
                return Err(io::ErrorKind::InvalidData.into());
            };
            self.start += REQUEST_LEN;
            match request.command {
                Command::Disconnect => break,
                // The payload has to be read to know where the next request begins.
                Command::Write if request.length > MAX_PAYLOAD => {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                Command::Write => {
                    let length = narrow(u64::from(request.length));
                    if !self.receive(length)? {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    self.handle(&request, length)?;
                    self.start += length;
                }
                Command::Read
                | Command::Flush
                | Command::Trim
                | Command::Cache
                | Command::WriteZeroes
                | Command::BlockStatus
                | Command::Unknown => self.handle(&request, 0)?,
            }
            if self.replies.len() >= SEND {
                self.connection.send(&mut self.replies)?;
            }
        }
        self.connection.send(&mut self.replies)
    }

    fn handle(&mut self, request: &Request, payload: usize) -> io::Result<()> {
        let payload = &self.bytes[self.start..self.start + payload];
        let mut sink = self.connection.as_ref();
        let outcome = self
            .answerer
            .answer(request, payload, &mut self.replies, &mut sink)?;
        if outcome == Outcome::Answered {
            return Ok(());
        }
        if self.comes_alone(request) {
            return self
                .patient
                .answer(request, payload, &mut self.replies, &mut sink)
                .map(|_| ());
        }
        let reading = if request.command == Command::Read {
            request.length
        } else {
            0
        };
        let cost = (payload.len() + narrow(u64::from(reading))).max(LEAST_COST);
        if !self.connection.has_room(cost) {
            // The client may wait for these before it reads on.
            self.connection.send(&mut self.replies)?;
        }
        self.connection.enqueue(Job {
            request: *request,
            payload: payload.to_vec(),
            cost,
        })
    }

    /// Whether nobody waits meanwhile, if this thread waits for what a small read asks for. The payload of
    /// a read is nothing, so what is behind its header is the next request.
    fn comes_alone(&self, request: &Request) -> bool {
        request.command == Command::Read
            && request.length <= ALONE
            && self.start == self.end
            && self.connection.session.export.is_near()
            && self.connection.flight().cost == 0
            && rustix::io::ioctl_fionread(&self.connection.socket).is_ok_and(|bytes| bytes == 0)
    }

    /// Makes at least `wanted` bytes available; `false` if the client left between two requests. Sends what
    /// there is to send before it waits.
    fn receive(&mut self, wanted: usize) -> io::Result<bool> {
        while self.end - self.start < wanted {
            self.connection.send(&mut self.replies)?;
            self.make_room(wanted);
            let mut socket = &self.connection.socket;
            match socket.read(self.room(wanted)) {
                Ok(0) if self.start == self.end => return Ok(false),
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Lets `wanted` bytes fit behind the start, moving what is there as seldom as possible.
    fn make_room(&mut self, wanted: usize) {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        if self.start + wanted.max(REQUEST_LEN) > self.bytes.len() {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if wanted > self.bytes.len() {
            self.bytes.resize(wanted, 0);
        } else if self.bytes.len() > KEEP && self.end <= RECEIVE && wanted <= RECEIVE {
            self.bytes.truncate(RECEIVE);
            self.bytes.shrink_to_fit();
        }
    }

    /// Where to receive to: as much as fits, but nothing behind a large payload, so that what comes behind it
    /// begins at the front again.
    fn room(&mut self, wanted: usize) -> &mut [u8] {
        let end = if wanted > RECEIVE / 4 {
            self.start + wanted
        } else {
            self.bytes.len()
        };
        &mut self.bytes[self.end..end]
    }
}

impl Sink for &Connection {
    fn send(&mut self, replies: &mut Replies) -> io::Result<()> {
        Connection::send(self, replies)
    }
}

impl Connection {
    fn send(&self, replies: &mut Replies) -> io::Result<()> {
        if replies.len() == 0 {
            return Ok(());
        }
        let sent = {
            let _alone = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
            (&self.socket).write_all(replies.as_slice())
        };
        replies.clear();
        // Half a reply may have gone out: nothing that follows it could be understood.
        sent.inspect_err(|_| self.hang_up())
    }

    fn hang_up(&self) {
        if let Err(error) = self.socket.shutdown(Shutdown::Both) {
            tracing::debug!(%error, "the client had hung up already");
        }
    }

    fn flight(&self) -> MutexGuard<'_, Flight> {
        self.flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_room(&self, cost: usize) -> bool {
        let flight = self.flight();
        flight.cost == 0 || flight.cost + cost <= self.limits.bytes_in_flight
    }

    /// Hands a request to a helper, once there is room for it.
    fn enqueue(self: &Arc<Self>, job: Job) -> io::Result<()> {
        let mut flight = self.flight();
        while flight.cost > 0 && flight.cost + job.cost > self.limits.bytes_in_flight {
            flight = self
                .landed
                .wait(flight)
                .unwrap_or_else(PoisonError::into_inner);
        }
        flight.cost += job.cost;
        flight.waiting.push_back(job);
        if flight.idle >= flight.waiting.len() || flight.helpers >= self.limits.helpers {
            self.work.notify_one();
            return Ok(());
        }
        let connection = Arc::clone(self);
        let started = std::thread::Builder::new()
            .name("nbd-helper".to_owned())
            .spawn(move || connection.help());
        match started {
            Ok(_) => flight.helpers += 1,
            // Those that there are will come to it.
            Err(_) if flight.helpers > 0 => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The life of a helper thread.
    fn help(&self) {
        let mut answerer = Answerer::new(&self.session, Patience::Wait);
        let mut replies = Replies::default();
        while let Some(job) = self.next_job() {
            let mut sink = self;
            let done = answerer
                .answer(&job.request, &job.payload, &mut replies, &mut sink)
                .and_then(|_| self.send(&mut replies));
            if let Err(error) = done {
                tracing::debug!(%error, "a request was not answered");
                self.hang_up();
            }
            self.flight().cost -= job.cost;
            self.landed.notify_all();
        }
        self.flight().helpers -= 1;
        self.landed.notify_all();
    }

    fn next_job(&self) -> Option<Job> {
        let mut flight = self.flight();
        loop {
            if let Some(job) = flight.waiting.pop_front() {
                return Some(job);
            }
            if flight.closing {
                return None;
            }
            flight.idle += 1;
            let (woken, timeout) = self
                .work
                .wait_timeout(flight, IDLE)
                .unwrap_or_else(PoisonError::into_inner);
            flight = woken;
            flight.idle -= 1;
            if timeout.timed_out() && flight.waiting.is_empty() {
                return None;
            }
        }
    }

    /// Waits for every request that was taken to be answered, and for the helpers to end.
    fn finish(&self) {
        let mut flight = self.flight();
        flight.closing = true;
        self.work.notify_all();
        while flight.helpers > 0 {
            flight = self
                .landed
                .wait(flight)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}
