//! How many connections guests hold to a service of this process: so many each, so many together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The room that a service has for the connections of guests.
#[derive(Debug)]
pub(crate) struct Rooms {
    each: usize,
    all: Arc<Semaphore>,
    taken: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// A place for one connection; free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Room {
    _own: OwnedSemaphorePermit,
    _shared: OwnedSemaphorePermit,
}

impl Rooms {
    pub(crate) fn new(each: usize, all: usize) -> Rooms {
        Rooms {
            each,
            all: Arc::new(Semaphore::new(all)),
            taken: Mutex::default(),
        }
    }

    /// A place for one more connection of this guest, if there is one.
    pub(crate) fn take(&self, guest: &str) -> Option<Room> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(|_, places| places.available_permits() < self.each);
        let places = taken
            .entry(guest.to_owned())
            .or_insert_with(|| Arc::new(Semaphore::new(self.each)));
        let own = places.clone().try_acquire_owned().ok()?;
        let shared = self.all.clone().try_acquire_owned().ok()?;
        Some(Room {
            _own: own,
            _shared: shared,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_that_takes_all_its_places_leaves_others_theirs_until_all_are_gone() {
        let rooms = Rooms::new(2, 3);
        let greedy = [rooms.take("greedy").unwrap(), rooms.take("greedy").unwrap()];
        assert!(rooms.take("greedy").is_none());
        let modest = rooms.take("modest").unwrap();
        assert!(rooms.take("late").is_none());
        drop(modest);
        assert!(rooms.take("late").is_some());
        drop(greedy);
        assert!(rooms.take("greedy").is_some());
        assert!(
            rooms.taken.lock().unwrap().len() <= 2,
            "who left is forgotten"
        );
    }
}
