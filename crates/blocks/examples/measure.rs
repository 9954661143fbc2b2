//! Stores raw files one after the other in one directory and prints what each cost.
//!
//! `measure DIRECTORY [--sealed] RAW...`

use blocks::{
    Backend, Cache, DataKey, Domain, FileChanges, KeyRing, MemoryIndex, Meter, Store, Write,
};
use std::sync::Arc;
use std::time::Instant;

/// User and system time of this process so far, in seconds.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |n: usize| {
        after
            .split_whitespace()
            .nth(n)
            .and_then(|t| t.parse::<f64>().ok())
    };
    (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / 100.0
}

fn mib(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes >> 10).unwrap_or(u32::MAX)) / 1024.0
}

#[tokio::main]
#[allow(clippy::print_stdout, reason = "this is a program that prints")]
async fn main() -> anyhow::Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let domain = if let Some(at) = args.iter().position(|arg| arg == "--sealed") {
        args.remove(at);
        Domain::Sealed(KeyRing::new(1, DataKey::new([1; 32]))?)
    } else {
        Domain::Plain
    };
    anyhow::ensure!(
        args.len() >= 2,
        "usage: measure DIRECTORY [--sealed] RAW..."
    );
    let backend = Backend::directory(&args[0])?;
    let index = Arc::new(MemoryIndex::default());
    let cache = Cache::new(64 << 20, 32 << 20);
    let store = Store::open(backend, "measure", index, cache).await?;
    for path in &args[1..] {
        let (wall, cpu) = (Instant::now(), cpu_s());
        let source = Arc::new(FileChanges::whole(std::fs::File::open(path)?)?);
        let (size, meter) = (source.size(), Meter::new());
        let write = Write {
            base: None,
            size,
            domain: domain.clone(),
            source,
            meter: meter.clone(),
        };
        let tree = store.write(write).await?;
        let (wall, cpu, stats) = (wall.elapsed().as_secs_f64(), cpu_s() - cpu, meter.stats());
        let read = mib(stats.bytes_read);
        println!("{path}: {} MiB, digest {}", size >> 20, tree.digest());
        println!(
            "  write  {wall:.2} s, {cpu:.2} CPU s, {read:.0} MiB read, {:.0} MiB/s, {:.0} MiB/CPU s",
            read / wall,
            read / cpu
        );
        println!(
            "  chunks {} new ({:.1} MiB, {:.1} KiB each), {} reused; stored {:.1} MiB",
            stats.chunks_new,
            mib(stats.bytes_new),
            mib(stats.bytes_new) * 1024.0 / f64::from(u32::try_from(stats.chunks_new.max(1))?),
            stats.chunks_reused,
            mib(stats.bytes_stored),
        );
        let status = std::fs::read_to_string("/proc/self/status")?;
        let peak = status.lines().find(|line| line.starts_with("VmHWM"));
        println!("  peak memory so far {}", peak.unwrap_or_default());
        let (wall, cpu) = (Instant::now(), cpu_s());
        let verified = store.verify(&tree, &domain).await?;
        anyhow::ensure!(verified.ok(), "{:?}", verified.damage);
        let (wall, cpu, read) = (
            wall.elapsed().as_secs_f64(),
            cpu_s() - cpu,
            mib(verified.bytes),
        );
        println!(
            "  verify {wall:.2} s, {cpu:.2} CPU s, {:.0} MiB/CPU s",
            read / cpu
        );
    }
    let totals = store.totals().await?;
    println!(
        "total: {} packs, {:.1} MiB",
        totals.packs,
        mib(totals.bytes)
    );
    Ok(())
}
