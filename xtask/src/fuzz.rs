//! `cargo xtask fuzz`: every target of `fuzz/fuzz_targets`, each for some seconds.
//!
//! The stable compiler is enough: it instruments for libFuzzer when told to run LLVM's pass, and
//! the targets are plain programs. What they find stays in `fuzz/artifacts`, what they have learnt
//! in `fuzz/corpus`.

use crate::shell;
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Coverage counters for libFuzzer, and comparisons so that it can guess magic numbers.
const FLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "-Cdebug-assertions",
    "-Coverflow-checks",
    "--cfg=fuzzing",
];

/// Larger inputs teach nothing more, and cost.
const LARGEST_INPUT: &str = "-max_len=65536";
const MOST_MEMORY_MIB: &str = "-rss_limit_mb=2048";
const SLOWEST_S: &str = "-timeout=10";

/// Targets that run side by side.
const AT_ONCE: usize = 2;

/// Runs the targets whose names contain `only`, each for so many seconds.
pub(crate) fn run(seconds: u32, only: Option<&str>) -> Result<()> {
    let folder = shell::root().join("fuzz");
    let names = targets(&folder)?;
    let names: Vec<_> = names
        .into_iter()
        .filter(|name| only.is_none_or(|only| name.contains(only)))
        .collect();
    ensure!(
        !names.is_empty(),
        "there is no such target in fuzz/fuzz_targets"
    );
    let programs = build(&folder, &names)?;
    let (folder, programs) = (folder.as_path(), programs.as_path());
    let mut failed = Vec::new();
    for pair in names.chunks(AT_ONCE) {
        println!("-- {}, {seconds} s", pair.join(" and "));
        std::thread::scope(|scope| {
            let mut running = Vec::new();
            for name in pair {
                running.push((
                    name,
                    scope.spawn(move || fuzz(folder, programs, name, seconds)),
                ));
            }
            for (name, thread) in running {
                match thread.join() {
                    Ok(Ok(figures)) => println!("   {name}: {figures}"),
                    Ok(Err(error)) => failed.push((name.as_str(), format!("{error:#}"))),
                    Err(_) => failed.push((name.as_str(), "its thread panicked".to_owned())),
                }
            }
        });
    }
    for (_, error) in &failed {
        println!("{error}");
    }
    let failed: Vec<&str> = failed.iter().map(|(name, _)| *name).collect();
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("findings in {}", failed.join(", "))
    }
}

fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.join("fuzz_targets"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.file_stem().and_then(|name| name.to_str());
            names.push(name.context("a target's name is not text")?.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Builds for an explicit platform, so that build scripts and macros stay without counters.
fn build(folder: &Path, names: &[String]) -> Result<PathBuf> {
    let platform = platform()?;
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| shell::root().join("target"), PathBuf::from)
        .join("fuzz");
    let mut cargo = shell::cargo();
    cargo.args([
        "build",
        "--quiet",
        "--release",
        "--target",
        &platform,
        "--manifest-path",
    ]);
    cargo
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target);
    for name in names {
        cargo.args(["--bin", name]);
    }
    shell::run(cargo.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f")))?;
    Ok(target.join(platform).join("release"))
}

fn platform() -> Result<String> {
    let about = shell::output(Command::new("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not say its host")?.to_owned())
}

/// Runs one target; answers how many inputs it tried.
fn fuzz(folder: &Path, programs: &Path, name: &str, seconds: u32) -> Result<String> {
    let (corpus, seeds) = (
        folder.join("corpus").join(name),
        folder.join("seeds").join(name),
    );
    let artifacts = folder.join("artifacts").join(name);
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&artifacts)?;
    let log = artifacts.join("log");
    let mut program = Command::new(programs.join(name));
    program.arg(&corpus);
    if seeds.exists() {
        program.arg(seeds);
    }
    program.arg(format!("-max_total_time={seconds}"));
    program.arg(format!("-artifact_prefix={}/", artifacts.display()));
    program.args([
        LARGEST_INPUT,
        MOST_MEMORY_MIB,
        SLOWEST_S,
        "-print_final_stats=1",
    ]);
    program
        .stderr(std::fs::File::create(&log)?)
        .stdout(std::process::Stdio::null());
    let status = program
        .status()
        .with_context(|| format!("{name} cannot be started"))?;
    let said = shell::read(&log);
    if !status.success() {
        let lines: Vec<&str> = said.lines().collect();
        let end = lines.len().saturating_sub(40);
        bail!("{name} ended with {status}:\n{}", lines[end..].join("\n"));
    }
    let tried = said
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let tried = tried.with_context(|| format!("{name} does not say what it tried"))?;
    Ok(format!("{} inputs, no finding", tried.trim()))
}
