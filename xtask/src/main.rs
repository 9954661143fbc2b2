//! Every developer command: `cargo xtask <command>`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "xtask talks to the person who started it"
)]

mod bench;
mod demo;
mod fuzz;
mod r#gen;
mod guests;
mod packages;
mod python;
mod service;
mod shell;
mod simulate;
mod test;
mod tidy;
mod wire;

use anyhow::{Result, bail};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <command>

  demo [--keep] [--yes]   the main job, with real disks and machines; --keep leaves it running
  test [--yes] [PART]     everything that must pass; PART: check, rust, simulation, wire, clients, fuzz;
                          debian (only when named)
  check                   format, lints, documentation, layers
  bench [--yes] [--rounds N] [PART]
                          what it costs, with peers beside it; PART: disks, snapshot, nightly, launch,
                          volumes, cold, nbd, catalogue, calls, direct,
                          boot
  gen [--check]           writes the wire types from AWS's service models
  tidy                    what no compiler checks: layers, forbidden words, links
  fuzz [--seconds N] [X]  runs every fuzz target (whose name contains X) for N seconds
  simulate [OPTION]...    the server under seeds: --seeds N, --minutes M, --seed S, --steps K, --postgres, --trace
  guest tiny|debian       builds a guest disk and prints where it lies
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| words.iter().any(|word| word == flag);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["demo", ..] => demo::run(has("--keep"), has("--yes")),
        ["test", rest @ ..] => test::run(
            rest.iter().find(|word| !word.starts_with("--")).copied(),
            has("--yes"),
        ),
        ["check"] => test::check(),
        ["gen", ..] => r#gen::run(has("--check")),
        ["bench", rest @ ..] => run_bench(rest, has("--yes")),
        ["simulate", rest @ ..] => simulate::run(rest),
        ["tidy"] => tidy::run(),
        ["fuzz", rest @ ..] => run_fuzz(rest),
        ["guest", which] => guest(which),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        [other, ..] => bail!("there is no command {other:?}\n\n{USAGE}"),
    }
}

fn run_bench(words: &[&str], yes: bool) -> Result<()> {
    let words: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| *word != "--yes")
        .collect();
    match words.as_slice() {
        [] => bench::run(None, None, yes),
        ["--rounds", rounds] => bench::run(None, Some(rounds.parse()?), yes),
        ["--rounds", rounds, part] | [part, "--rounds", rounds] => {
            bench::run(Some(part), Some(rounds.parse()?), yes)
        }
        [part] if !part.starts_with("--") => bench::run(Some(part), None, yes),
        _ => bail!("bench [--yes] [--rounds N] [PART]"),
    }
}

fn run_fuzz(words: &[&str]) -> Result<()> {
    match words {
        [] => fuzz::run(60, None),
        ["--seconds", seconds] => fuzz::run(seconds.parse()?, None),
        ["--seconds", seconds, only] | [only, "--seconds", seconds] => {
            fuzz::run(seconds.parse()?, Some(only))
        }
        [only] => fuzz::run(60, Some(only)),
        _ => bail!("fuzz [--seconds N] [X]"),
    }
}

fn guest(which: &str) -> Result<()> {
    let cache = guests::Cache::open()?;
    let path = match which {
        "tiny" => guests::tiny(&cache)?,
        "debian" => guests::debian(&cache)?,
        other => bail!("there is no guest {other:?}: tiny or debian"),
    };
    println!("{}", path.display());
    Ok(())
}
