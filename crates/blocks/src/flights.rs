//! One fetch for all who want the same at the same time.
//!
//! Whoever asks first fetches; the others wait for what comes of it. A fetch that fails, or whose
//! reader goes away, leaves them to fetch themselves. Nobody who waits holds a fetch that others wait
//! for: [`Flights::board`] is asked for all that is wanted, then what is one's own is fetched, and
//! only then is the rest waited for. So no two wait for each other, as long as whoever fetches is a
//! thread or a task that nobody leaves alone meanwhile: chunks are shared by those who say that they
//! are ([`crate::chunks::Reader::Whole`]), and a page is fetched by a task of its own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What is being fetched.
pub(crate) struct Flights<K, V> {
    under_way: Mutex<HashMap<K, watch::Receiver<Option<V>>>>,
}

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self {
            under_way: Mutex::default(),
        }
    }
}

/// Who fetches.
pub(crate) enum Boarding<K: Eq + Hash, V> {
    /// Whoever asked.
    Own(Ticket<K, V>),
    /// Somebody else.
    Others(Waiting<V>),
}

/// The duty to fetch something. Dropped without [`Ticket::land`], it falls to those who wait.
pub(crate) struct Ticket<K: Eq + Hash, V> {
    flights: Arc<Flights<K, V>>,
    key: K,
    landed: watch::Sender<Option<V>>,
}

/// What somebody else fetches.
pub(crate) struct Waiting<V>(watch::Receiver<Option<V>>);

impl<K: Eq + Hash + Clone, V> Flights<K, V> {
    pub(crate) fn board(self: &Arc<Self>, key: K) -> Boarding<K, V> {
        match self.under_way().entry(key.clone()) {
            Entry::Occupied(there) => Boarding::Others(Waiting(there.get().clone())),
            Entry::Vacant(free) => {
                let (landed, waiting) = watch::channel(None);
                free.insert(waiting);
                Boarding::Own(Ticket {
                    flights: self.clone(),
                    key,
                    landed,
                })
            }
        }
    }
}

impl<K, V> Flights<K, V> {
    fn under_way(&self) -> MutexGuard<'_, HashMap<K, watch::Receiver<Option<V>>>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, V> Ticket<K, V> {
    /// Gives what was fetched to those who wait. Whoever asks from now on finds it in the cache.
    pub(crate) fn land(self, value: V) {
        self.landed.send_replace(Some(value));
    }
}

impl<K: Eq + Hash, V> Drop for Ticket<K, V> {
    fn drop(&mut self) {
        self.flights.under_way().remove(&self.key);
    }
}

impl<V: Clone> Waiting<V> {
    /// What was fetched; `None` if nothing came of it.
    pub(crate) async fn landed(mut self) -> Option<V> {
        let landed = self.0.wait_for(Option::is_some).await.ok()?;
        landed.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(boarding: Boarding<u8, u32>) -> Ticket<u8, u32> {
        match boarding {
            Boarding::Own(ticket) => ticket,
            Boarding::Others(_) => panic!("somebody fetches it"),
        }
    }

    fn others(boarding: Boarding<u8, u32>) -> Waiting<u32> {
        match boarding {
            Boarding::Others(waiting) => waiting,
            Boarding::Own(_) => panic!("nobody fetches it"),
        }
    }

    #[tokio::test]
    async fn who_waits_gets_what_was_fetched_or_learns_that_nothing_was() {
        let flights = Arc::new(Flights::default());
        let ticket = own(flights.board(1));
        let waiting = [others(flights.board(1)), others(flights.board(1))];
        own(flights.board(2)).land(20);
        ticket.land(10);
        for waiting in waiting {
            assert_eq!(waiting.landed().await, Some(10));
        }
        let ticket = own(flights.board(1));
        let waiting = others(flights.board(1));
        drop(ticket);
        assert_eq!(waiting.landed().await, None);
        assert!(flights.under_way().is_empty());
    }
}
