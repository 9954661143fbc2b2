//! Reads of a base that is still on its way wait, on threads that may: until what they want is
//! there, or until whoever asked is to be sent away.
//!
//! A wait that is given up is answered with `ConnectionAborted`, which is no answer to the guest
//! ([`device::base`]): one that outlives the server asks the next one again.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

/// Who waits, so that they can be told to give up.
pub(crate) struct Waits {
    ending: watch::Sender<bool>,
    folders: Mutex<HashMap<PathBuf, Arc<Notify>>>,
}

impl Default for Waits {
    fn default() -> Waits {
        Waits {
            ending: watch::Sender::new(false),
            folders: Mutex::default(),
        }
    }
}

impl Waits {
    /// Who reads a base on behalf of a volume's folder. To be called within the runtime that the
    /// reads will use.
    pub(crate) fn waiter(&self, folder: &Path) -> Waiter {
        Waiter {
            runtime: Handle::current(),
            given_up: self.of(folder),
            ending: self.ending.subscribe(),
        }
    }

    /// What the reads that wait on behalf of a volume's folder listen to.
    pub(crate) fn of(&self, folder: &Path) -> Arc<Notify> {
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        folders.entry(folder.to_owned()).or_default().clone()
    }

    /// The folder is gone.
    pub(crate) fn forget(&self, folder: &Path) {
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        folders.remove(folder);
    }

    /// Nobody waits any more from here on.
    pub(crate) fn end(&self) {
        self.ending.send_replace(true);
    }
}

/// Waits on behalf of a volume's folder.
pub(crate) struct Waiter {
    runtime: Handle,
    given_up: Arc<Notify>,
    ending: watch::Receiver<bool>,
}

impl Waiter {
    /// Does the work, unless it is given up before. Blocks.
    pub(crate) fn until<T>(&self, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        let mut ending = self.ending.clone();
        self.runtime.block_on(async {
            let told = self.given_up.notified();
            tokio::select! {
                biased;
                done = work => done,
                () = told => Err(io::ErrorKind::ConnectionAborted.into()),
                _ = ending.wait_for(|ending| *ending) => Err(io::ErrorKind::ConnectionAborted.into()),
            }
        })
    }
}
