//! The server in one process under a seed: its clock, its randomness, the order in which its
//! concurrent work meets store and index, the faults of its stores, and the moments at which it is
//! killed all follow from one number. A model says what must be there; audits compare.
//!
//! What is simulated, what is audited, and what is not: docs/simulation.md. Promises: a run says
//! what it found broken and how to run it again; on SQLite the same seed gives the same trace.
//!
//! Where to start: [`run`]. `world` is the server and what it stands on, `ask` what its users ask,
//! `model` what must come of it, `plan` what is asked next, `steps` what happens in which order,
//! `audit` and `ending` what is compared. `gates`, `gated`, `faulty` and `postgres` are how the seed gets in.

mod ask;
mod audit;
mod disk;
mod ending;
mod faulty;
mod gated;
mod gates;
mod model;
mod plan;
mod postgres;
mod random;
mod steps;
mod world;

use std::collections::BTreeMap;
use std::fmt;

/// Something that must always hold did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

type Result<T> = std::result::Result<T, Broken>;

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Steps taken.
    pub steps: u64,
    /// Faults that happened, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Requests that were answered with success, by operation.
    pub requests: BTreeMap<&'static str, u64>,
    /// Requests that were answered with an error.
    pub refused: u64,
    /// Jobs that ended.
    pub jobs: u64,
    /// Rounds of upkeep that ended.
    pub upkeep: u64,
    /// Packs that were deleted by them.
    pub packs_deleted: u64,
    /// Comparisons made, by what was compared.
    pub checks: BTreeMap<&'static str, u64>,
    /// What happened, in order.
    pub trace: Vec<String>,
    /// What was found broken.
    pub broken: Option<Broken>,
}

/// What the server keeps its rows in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file. The same seed gives the same trace.
    Sqlite,
    /// A real server. Transactions overlap, and the same seed gives similar traces.
    Postgres,
}

/// Runs one seed for so many steps, then lets everything come to its end and compares.
pub fn run(engine: Engine, seed: u64, steps: u64) -> Report {
    let on_postgres = engine == Engine::Postgres;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .max_blocking_threads(if on_postgres { 2 } else { 1 })
        .build();
    match runtime {
        Ok(runtime) => {
            let (end, ended) = std::sync::mpsc::channel::<()>();
            if on_postgres {
                // While a thread is busy, the clock stands still although all wait for PostgreSQL.
                runtime.spawn_blocking(move || ended.recv());
            }
            let report = runtime.block_on(steps::run(engine, seed, steps));
            drop(end);
            report
        }
        Err(error) => Report {
            broken: Some(Broken(format!("no runtime: {error}"))),
            ..Report::default()
        },
    }
}
