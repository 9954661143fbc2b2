//! The one connection to SQLite that writes, and whose turn it is.
//!
//! A transaction that has ended while others wait for their turn is not committed at once: the next one
//! is a savepoint within the same transaction of SQLite's, and one commit, with one flush, makes all of
//! them durable. Nobody is answered before that. Who waits for a turn may go away, but never leaves
//! behind what nobody would commit.
//!
//! What SQLite takes back by itself, as when the disk is full, fails all who were not answered yet.

use rusqlite::Connection;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedMutexGuard, oneshot};
use tokio::time::Instant;

/// How many wait for one commit, and for how long the first of them does while others have their turn.
const MOST: usize = 64;
const LONGEST: Duration = Duration::from_millis(5);

/// Gives turns, in the order in which they are asked for. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Shared>);

struct Shared {
    writing: Arc<tokio::sync::Mutex<Writing>>,
    /// How many wait for a turn. Whether somebody else will commit is decided under this lock.
    waiting: Mutex<usize>,
}

struct Writing {
    connection: Connection,
    /// Who has ended, and is told when it is durable.
    ended: Vec<oneshot::Sender<Result<(), Failed>>>,
    /// When the first of them did.
    since: Option<Instant>,
}

/// A transaction under way. Dropping it undoes it.
pub(crate) struct Turn {
    shared: Arc<Shared>,
    writing: Option<OwnedMutexGuard<Writing>>,
    /// It began after another one that is not durable yet.
    nested: bool,
    begun: bool,
}

/// Why a transaction was not committed, for all whom it concerns.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Sqlite(Arc<rusqlite::Error>),
    #[error("the connection went away before the commit")]
    Gone,
}

impl Failed {
    pub(crate) fn code(&self) -> Option<rusqlite::ErrorCode> {
        match self {
            Failed::Sqlite(error) => error.sqlite_error_code(),
            Failed::Gone => None,
        }
    }
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Failed {
        Failed::Sqlite(Arc::new(error))
    }
}

impl Turns {
    pub(crate) fn new(connection: Connection) -> Turns {
        let writing = Writing {
            connection,
            ended: Vec::new(),
            since: None,
        };
        Turns(Arc::new(Shared {
            writing: Arc::new(tokio::sync::Mutex::new(writing)),
            waiting: Mutex::new(0),
        }))
    }

    /// Waits for a turn, and begins a transaction.
    pub(crate) async fn next(&self) -> Result<Turn, Failed> {
        let waiting = Waiting::among(&self.0);
        let writing = self.0.writing.clone().lock_owned().await;
        drop(waiting);
        let nested = !writing.ended.is_empty();
        let mut turn = Turn {
            shared: self.0.clone(),
            writing: Some(writing),
            nested,
            begun: false,
        };
        let begin = match nested {
            true => "SAVEPOINT turn",
            false => "BEGIN IMMEDIATE",
        };
        turn.connection().execute_batch(begin)?;
        turn.begun = true;
        Ok(turn)
    }
}

impl Turn {
    pub(crate) fn connection(&self) -> &Connection {
        match &self.writing {
            Some(writing) => &writing.connection,
            None => unreachable!("a turn has the connection until it ends"),
        }
    }

    /// To be called with the error of a statement: some take back all that is not durable yet.
    pub(crate) fn failed(&mut self, error: rusqlite::Error) -> Failed {
        let error = Failed::from(error);
        if let Some(writing) = &mut self.writing
            && writing.connection.is_autocommit()
        {
            writing.tell(&Err(error.clone()));
        }
        error
    }

    /// Makes everything written durable and visible.
    pub(crate) async fn commit(mut self) -> Result<(), Failed> {
        if self.nested {
            self.connection().execute_batch("RELEASE turn")?;
        }
        let Some(mut writing) = self.writing.take() else {
            unreachable!("a turn ends once");
        };
        let (ended, durable) = oneshot::channel();
        writing.ended.push(ended);
        writing.since.get_or_insert_with(Instant::now);
        self.shared.hand_on(writing);
        durable.await.unwrap_or(Err(Failed::Gone))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(mut writing) = self.writing.take() else {
            return;
        };
        let connection = &writing.connection;
        // SQLite takes back by itself what a full disk cut short.
        if self.begun && !connection.is_autocommit() {
            let undo = match self.nested {
                true => "ROLLBACK TO turn; RELEASE turn",
                false => "ROLLBACK",
            };
            if let Err(error) = connection.execute_batch(undo) {
                tracing::warn!(%error, "a transaction could not be rolled back");
                writing.give_up(&error.into());
            }
        }
        if !writing.ended.is_empty() {
            self.shared.hand_on(writing);
        }
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, usize> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves the commit to the next, or does it.
    fn hand_on(&self, mut writing: OwnedMutexGuard<Writing>) {
        let waiting = self.waiting();
        if *waiting > 0 && writing.has_time() {
            // Under the lock: whoever goes away now finds the connection free.
            drop(writing);
            return;
        }
        drop(waiting);
        writing.commit();
    }
}

impl Writing {
    fn has_time(&self) -> bool {
        let began = self.since.unwrap_or_else(Instant::now);
        self.ended.len() < MOST && began.elapsed() < LONGEST
    }

    fn commit(&mut self) {
        match self.connection.execute_batch("COMMIT") {
            Ok(()) => self.tell(&Ok(())),
            Err(error) => self.give_up(&error.into()),
        }
    }

    /// Takes back all that is not durable.
    fn give_up(&mut self, why: &Failed) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::warn!(%error, "a transaction could not be rolled back");
        }
        self.tell(&Err(why.clone()));
    }

    fn tell(&mut self, what: &Result<(), Failed>) {
        self.since = None;
        for ended in self.ended.drain(..) {
            // Who has gone away does not care.
            drop(ended.send(what.clone()));
        }
    }
}

/// Somebody who waits for a turn.
struct Waiting(Arc<Shared>);

impl Waiting {
    fn among(shared: &Arc<Shared>) -> Waiting {
        *shared.waiting() += 1;
        Waiting(shared.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        *waiting -= 1;
        // Somebody may have relied on a turn that will not be taken. Whoever has the connection now
        // will see that nobody waits.
        if *waiting == 0
            && let Ok(mut writing) = self.0.writing.clone().try_lock_owned()
        {
            drop(waiting);
            if !writing.ended.is_empty() {
                writing.commit();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::pin::Pin;

    /// A folder with a database, who writes to it, and somebody who looks on.
    fn database() -> (tempfile::TempDir, Turns, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let open = || Connection::open(folder.path().join("db")).unwrap();
        let writer = open();
        let made = "PRAGMA journal_mode = WAL; CREATE TABLE words (word TEXT PRIMARY KEY)";
        writer.execute_batch(made).unwrap();
        let turns = Turns::new(writer);
        let looks_on = open();
        (folder, turns, looks_on)
    }

    fn write(turn: &mut Turn, word: &str) {
        let sql = "INSERT INTO words (word) VALUES (?1)";
        turn.connection().execute(sql, [word]).unwrap();
    }

    fn words(looks_on: &Connection) -> Vec<String> {
        let sql = "SELECT word FROM words ORDER BY word";
        let mut statement = looks_on.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    type Asking = Pin<Box<dyn Future<Output = Result<Turn, Failed>>>>;

    /// Somebody who waits for a turn.
    fn asking(turns: &Turns) -> Asking {
        let turns = turns.clone();
        let mut asking: Asking = Box::pin(async move { turns.next().await });
        assert!((&mut asking).now_or_never().is_none());
        asking
    }

    #[tokio::test]
    async fn who_has_ended_waits_for_the_last_and_what_one_takes_back_is_not_there() {
        let (_folder, turns, looks_on) = database();
        let mut first = turns.next().await.unwrap();
        write(&mut first, "first");
        let (second, third) = (asking(&turns), asking(&turns));
        let mut first = Box::pin(first.commit());
        assert!((&mut first).now_or_never().is_none());

        let mut second = second.await.unwrap();
        write(&mut second, "second");
        drop(second);
        assert!((&mut first).now_or_never().is_none());
        assert!(words(&looks_on).is_empty());

        let mut third = third.await.unwrap();
        write(&mut third, "third");
        third.commit().await.unwrap();
        first.await.unwrap();
        assert_eq!(words(&looks_on), ["first", "third"]);
    }

    #[tokio::test]
    async fn the_last_may_take_back_its_own_and_commits_what_the_others_did() {
        let (_folder, turns, looks_on) = database();
        let mut first = turns.next().await.unwrap();
        write(&mut first, "first");
        let second = asking(&turns);
        let first = first.commit();
        let mut first = Box::pin(first);
        assert!((&mut first).now_or_never().is_none());
        let mut second = second.await.unwrap();
        write(&mut second, "second");
        drop(second);
        first.await.unwrap();
        assert_eq!(words(&looks_on), ["first"]);
    }

    #[tokio::test]
    async fn whoever_goes_away_leaves_nothing_behind_that_nobody_commits() {
        let (_folder, turns, looks_on) = database();
        let mut first = turns.next().await.unwrap();
        write(&mut first, "first");
        let waiting = [asking(&turns), asking(&turns)];
        let mut first = Box::pin(first.commit());
        assert!((&mut first).now_or_never().is_none());
        drop(waiting);
        let durable = (&mut first).now_or_never();
        durable.expect("it was committed").unwrap();
        assert_eq!(words(&looks_on), ["first"]);

        // Nor while another has its turn.
        let mut second = turns.next().await.unwrap();
        write(&mut second, "second");
        drop(asking(&turns));
        let durable = second.commit().now_or_never();
        durable.expect("nobody waits").unwrap();
        assert_eq!(words(&looks_on), ["first", "second"]);
    }

    #[tokio::test]
    async fn what_sqlite_takes_back_fails_all_who_were_not_answered() {
        let (_folder, turns, looks_on) = database();
        let mut first = turns.next().await.unwrap();
        write(&mut first, "first");
        let (second, third) = (asking(&turns), asking(&turns));
        let mut first = Box::pin(first.commit());
        assert!((&mut first).now_or_never().is_none());

        let mut second = second.await.unwrap();
        let sql = "INSERT OR ROLLBACK INTO words (word) VALUES ('first')";
        let error = second.connection().execute_batch(sql).unwrap_err();
        let told = second.failed(error).to_string();
        assert!(told.contains("UNIQUE"), "{told}");
        let error = first.await.unwrap_err();
        assert_eq!(error.to_string(), told);
        drop(second);

        let mut third = third.await.unwrap();
        write(&mut third, "third");
        third.commit().await.unwrap();
        assert_eq!(words(&looks_on), ["third"]);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_many_turns() {
        let (_folder, turns, looks_on) = database();
        let mut first = turns.next().await.unwrap();
        write(&mut first, "first");
        let (second, third) = (asking(&turns), asking(&turns));
        let mut first = Box::pin(first.commit());
        assert!((&mut first).now_or_never().is_none());
        let mut second = second.await.unwrap();
        write(&mut second, "second");
        tokio::time::advance(LONGEST).await;
        let durable = second.commit().now_or_never();
        durable.expect("it was committed").unwrap();
        first.await.unwrap();
        assert_eq!(words(&looks_on), ["first", "second"]);
        drop(third);
    }
}
