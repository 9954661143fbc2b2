//! `simulation [--seed S] [--seeds N] [--steps K] [--minutes M] [--postgres] [--trace]`: runs seeds one after
//! the other and says what they did; on a failure, how to run it again. `RUST_LOG=info` shows what
//! the server logs meanwhile.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to the person who started it"
)]

use simulation::{Engine, Report};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How much of a trace is shown after a failure.
const SHOWN: usize = 60;
/// What has not ended after so long never will.
const LONGEST: Duration = Duration::from_secs(10 * 60);

struct Options {
    engine: Engine,
    seed: u64,
    named: bool,
    seeds: Option<u64>,
    steps: u64,
    minutes: Option<u64>,
    trace: bool,
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        engine: Engine::Sqlite,
        seed: 1,
        named: false,
        seeds: None,
        steps: 1000,
        minutes: None,
        trace: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || {
            let text = words.next().ok_or(format!("{word} needs a number"))?;
            text.parse()
                .map_err(|_| format!("{word} {text}: not a number"))
        };
        match word.as_str() {
            "--seed" => (options.seed, options.named) = (number()?, true),
            "--seeds" => options.seeds = Some(number()?),
            "--steps" => options.steps = number()?,
            "--minutes" => options.minutes = Some(number()?),
            "--postgres" => options.engine = Engine::Postgres,
            "--trace" => options.trace = true,
            other => return Err(format!("{other} is not known")),
        }
    }
    Ok(options)
}

fn again(options: &Options, seed: u64) -> String {
    let engine = match options.engine {
        Engine::Sqlite => "",
        Engine::Postgres => " --postgres",
    };
    let steps = options.steps;
    format!("again: cargo xtask simulate --seed {seed} --steps {steps}{engine}")
}

/// Ends the process if a seed does not end; dropping what it gives says that it has.
fn watched(seed: u64, again: String) -> std::sync::mpsc::Sender<()> {
    let (ended, wait) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        if wait.recv_timeout(LONGEST) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            eprintln!("seed {seed} stands still\n{again}");
            std::process::exit(1);
        }
    });
    ended
}

fn add(to: &mut BTreeMap<&'static str, u64>, from: &BTreeMap<&'static str, u64>) {
    for (name, count) in from {
        *to.entry(name).or_default() += count;
    }
}

fn show(title: &str, counts: &BTreeMap<&'static str, u64>) {
    println!("{title}: {}", counts.values().sum::<u64>());
    for (name, count) in counts {
        println!("  {count:>9}  {name}");
    }
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let options = match options() {
        Ok(options) => options,
        Err(what) => {
            eprintln!("simulation: {what}");
            return ExitCode::FAILURE;
        }
    };
    let began = Instant::now();
    let until = options
        .minutes
        .map(|minutes| began + Duration::from_secs(60 * minutes));
    let many = match (options.seeds, until) {
        (Some(seeds), _) => seeds,
        (None, Some(_)) => u64::MAX,
        // One that is named is run by itself.
        (None, None) if options.named => 1,
        (None, None) => 20,
    };
    let (mut total, mut seeds) = (Report::default(), 0);
    for seed in (options.seed..).take(usize::try_from(many).unwrap_or(usize::MAX)) {
        if until.is_some_and(|until| Instant::now() > until) {
            break;
        }
        let ended = watched(seed, again(&options, seed));
        let report = simulation::run(options.engine, seed, options.steps);
        drop(ended);
        seeds += 1;
        if let Some(broken) = &report.broken {
            let from = report.trace.len().saturating_sub(SHOWN);
            for line in &report.trace[from..] {
                eprintln!("  {line}");
            }
            eprintln!("\nseed {seed} after {} steps: {broken}", report.steps);
            eprintln!("{}", again(&options, seed));
            return ExitCode::FAILURE;
        }
        if options.trace {
            println!("{}", report.trace.join("\n"));
        }
        total.steps += report.steps;
        total.refused += report.refused;
        total.jobs += report.jobs;
        total.upkeep += report.upkeep;
        total.packs_deleted += report.packs_deleted;
        add(&mut total.faults, &report.faults);
        add(&mut total.requests, &report.requests);
        add(&mut total.checks, &report.checks);
    }
    println!(
        "{seeds} seeds from {}, {} steps in {:.0} s; nothing is broken",
        options.seed,
        total.steps,
        began.elapsed().as_secs_f64()
    );
    println!(
        "{} requests refused, {} jobs run, {} rounds of upkeep, {} packs deleted",
        total.refused, total.jobs, total.upkeep, total.packs_deleted
    );
    show("requests that succeeded", &total.requests);
    show("faults", &total.faults);
    show("comparisons", &total.checks);
    ExitCode::SUCCESS
}
