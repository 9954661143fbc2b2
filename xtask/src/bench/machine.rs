//! Processor time, the clock and the machine's load, from `/proc`.

use anyhow::{Context, Result};
use std::fs;
use std::time::Instant;

/// What some work cost, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cost {
    pub(super) cpu: f64,
    pub(super) wall: f64,
}

impl Cost {
    /// The cost of one of `count` operations.
    pub(super) fn per(self, count: u32) -> Cost {
        let count = f64::from(count.max(1));
        Cost {
            cpu: self.cpu / count,
            wall: self.wall / count,
        }
    }
}

/// Measures work from now on.
pub(super) struct Meter {
    server: Option<u32>,
    began: Instant,
    cpu: f64,
}

impl Meter {
    /// Counts the programs that are started and waited for, and nothing else.
    pub(super) fn programs() -> Result<Meter> {
        Meter::start(None)
    }

    /// Counts them, and a server.
    pub(super) fn programs_and(server: u32) -> Result<Meter> {
        Meter::start(Some(server))
    }

    fn start(server: Option<u32>) -> Result<Meter> {
        Ok(Meter {
            server,
            cpu: waited_for()? + server.map_or(Ok(0.0), of_process)?,
            began: Instant::now(),
        })
    }

    pub(super) fn stop(self) -> Result<Cost> {
        let wall = self.began.elapsed().as_secs_f64();
        let cpu = waited_for()? + self.server.map_or(Ok(0.0), of_process)?;
        Ok(Cost {
            cpu: cpu - self.cpu,
            wall,
        })
    }
}

/// The processor time that a process used so far, all of its threads.
pub(super) fn of_process(id: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))
        .with_context(|| format!("process {id} is gone"))?;
    seconds(&stat, [11, 12])
}

/// The processor time of the programs that this one started and waited for.
fn waited_for() -> Result<f64> {
    seconds(&fs::read_to_string("/proc/self/stat")?, [13, 14])
}

/// Adds fields of a `stat` line, counted after the name, in ticks of 10 ms.
fn seconds(stat: &str, fields: [usize; 2]) -> Result<f64> {
    let after = stat.rsplit(')').next().unwrap_or_default();
    let words: Vec<&str> = after.split_whitespace().collect();
    let mut sum = 0.0;
    for field in fields {
        let word = words.get(field).context("a short line in /proc")?;
        sum += word.parse::<f64>()? / 100.0;
    }
    Ok(sum)
}

/// How many programs want to run, averaged over a minute.
pub(super) fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.and_then(|word| word.parse().ok()).unwrap_or(f64::NAN)
}

/// Cores, memory and kind of processor, in one line.
pub(super) fn description() -> Result<String> {
    let cpu = fs::read_to_string("/proc/cpuinfo")?;
    let memory = fs::read_to_string("/proc/meminfo")?;
    let value = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let kib: u64 = value(&memory, "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse().ok())
        .unwrap_or(0);
    Ok(format!(
        "Machine: {} cores, {} GiB of memory, {}.",
        std::thread::available_parallelism()?,
        kib.div_ceil(1 << 20),
        value(&cpu, "model name").unwrap_or_else(|| "processor unknown".to_owned()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_read_behind_a_name_with_spaces_and_brackets() {
        let stat = "7 (a ) b) S 1 2 3 4 5 6 7 8 9 10 150 50 300 100 20 0";
        assert!((seconds(stat, [11, 12]).unwrap() - 2.0).abs() < 1e-9);
        assert!((seconds(stat, [13, 14]).unwrap() - 4.0).abs() < 1e-9);
        assert!(seconds("7 (a) S 1", [11, 12]).is_err());
    }
}
