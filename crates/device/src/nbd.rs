//! An NBD server on a Unix socket: many exports by name, many connections to each.
//!
//! Speaks the fixed newstyle handshake, simple and structured replies, and the `base:allocation` context, as
//! the NBD protocol document (`doc/proto.md` of the NetworkBlockDevice project) defines them.
//!
//! Shape: a thread for each connection reads as many requests as have come in, answers on the spot what
//! needs no waiting (what the page cache or a cache of the base holds), and sends those answers together. What
//! must wait (flushes, cold reads, trims) goes to a few helper threads of the connection, which start when
//! they are needed and end when they are idle.
//!
//! Promises: a client can occupy no more than its connection's [`Limits`], and no other connection waits for
//! it; whatever it sends, it reaches only the bytes of the export that it named; a flush on one connection
//! covers what was answered on all of them.
//!
//! It does no TLS and asks for no password: who may connect is decided by the permissions of the socket.

mod export;
mod handshake;
mod reply;
mod requests;
mod server;
mod transmission;
mod wire;

pub use export::{Export, Exports, ReadOnly, Table};
pub use server::{Limits, Server};

/// For fuzzing: lets a client that sends `input` talk to an export of one MiB.
#[doc(hidden)]
pub use server::converse;
