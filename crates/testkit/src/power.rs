//! What a folder may hold after the host has lost power.
//!
//! A workload runs under `strace`, which writes down every call that changes files, with its bytes, and
//! every call that makes something durable. [`History`] makes of that what a disk may have held at any
//! moment:
//!
//! - what a file had been made to hold when `fsync` or `fdatasync` began is there once that returned;
//! - of what came later, each page of 4 KiB may be as it was at any moment since, whatever the other
//!   pages are: the system writes them back when it likes. Some pages are torn between two moments at
//!   a sector of 512 bytes. The length may be that of any moment since, too;
//! - names that were made, changed or removed in a directory are so once the directory was synced. Of
//!   later changes a directory may have lost any number, the latest first. A file whose name is lost is
//!   lost, however often it was synced itself. (Journalling file systems promise more.)
//!
//! Bytes written through shared memory or `io_uring` would not be seen: such a workload is refused,
//! but for the index of SQLite's log (`-shm`), which a start makes anew.

mod disk;
mod trace;

pub use disk::{Crash, History};

use std::path::Path;
use std::process::{Command, Output};

/// Runs the program under `strace`, which lets one of its calls fail: the one of this name that is the
/// `nth` of its thread. Whether the program came to its end all the same.
///
/// # Panics
/// If it cannot be traced.
pub fn fail(program: &mut Command, (call, error, nth): (&str, &str, u64)) -> bool {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null", "-e"]);
    strace.arg(format!("trace={call}"));
    strace.arg("-e");
    strace.arg(format!("inject={call}:error={error}:when={nth}"));
    let ran = under(strace, program);
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(
        !said.contains("strace:"),
        "it may not be traced here: {said}"
    );
    ran.status.success()
}

fn under(mut strace: Command, program: &Command) -> Output {
    strace.arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        strace.env(name, value.unwrap_or_default());
    }
    let ran = strace.output();
    ran.expect("strace is needed (the distribution's package)")
}

/// Runs the program under `strace`, with its acknowledgements as lines written to the file `acks`.
///
/// # Panics
/// If it cannot be traced, or fails.
pub fn record(program: &mut Command, folder: &Path, acks: &Path) -> History {
    let files = tempfile::tempdir().unwrap();
    let out = files.path().join("trace");
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-xx", "-s", "67108864", "-o"])
        .arg(&out)
        .arg("-e")
        .arg(format!("trace={}", trace::CALLS.join(",")));
    let ran = under(strace, program);
    assert!(
        ran.status.success(),
        "the workload failed, or may not be traced here: {}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
    let text = std::fs::read_to_string(&out).unwrap();
    History::of(trace::read(&text), folder, acks)
}
