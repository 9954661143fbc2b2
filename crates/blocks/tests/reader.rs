//! The reader in Python (docs/format/reader), which shares nothing with this crate, restores what
//! this crate wrote, and notices what was damaged.
//!
//! It runs with `AMIABLE_PYTHON` or `python3`, if that has the modules blake3 and zstandard.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop where it fails, says why it does not run, and runs a program"
)]

mod support;

use blocks::{Domain, SEGMENT, Tree};
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output};
use support::*;

fn python() -> Option<OsString> {
    let python = std::env::var_os("AMIABLE_PYTHON").unwrap_or_else(|| "python3".into());
    let modules = Command::new(&python)
        .args(["-c", "import blake3, zstandard"])
        .output();
    if modules.is_ok_and(|done| done.status.success()) {
        return Some(python);
    }
    eprintln!("not run: {} lacks blake3 or zstandard", python.display());
    None
}

fn restore(python: &OsString, dir: &Path, tree: &Tree, out: &Path) -> Output {
    let reader =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/format/reader/amiable_reader.py");
    let json = dir.join("tree.json");
    std::fs::write(&json, serde_json::to_string(tree).unwrap()).unwrap();
    let packs = dir.join("eu-west-1/packs");
    Command::new(python)
        .arg(reader)
        .args([packs, json, out.to_path_buf()])
        .output()
        .unwrap()
}

#[tokio::test]
async fn a_reader_written_from_the_pages_alone_restores_a_disk_and_notices_damage() {
    let Some(python) = python() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    // Two segments and a bit, with zeros within, text that compresses, and an end off the grid.
    let mut disk = noise(1, 3 << 20);
    disk.resize(usize::try_from(SEGMENT).unwrap() + 100_000, 0);
    disk.extend(b"Amiable stores a grain of text once. ".repeat(60_000));
    disk.resize(2 * usize::try_from(SEGMENT).unwrap(), 0);
    disk.extend(noise(2, 70_001));
    let tree = write_all(&store, &disk, &Domain::Plain).await;
    let out = dir.path().join("restored");
    let done = restore(&python, dir.path(), &tree, &out);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(std::fs::read(&out).unwrap() == disk);
    let digest = String::from_utf8(done.stdout).unwrap();
    assert_eq!(digest.trim(), tree.digest().to_string());

    let empty = Tree::empty(1 << 30, &Domain::Plain).unwrap();
    let done = restore(&python, dir.path(), &empty, &out);
    assert!(done.status.success());
    assert_eq!(std::fs::metadata(&out).unwrap().len(), 1 << 30);

    let sealed = write_all(&store, &disk[..100_000], &sealed(1)).await;
    let done = restore(&python, dir.path(), &sealed, &out);
    assert!(String::from_utf8_lossy(&done.stderr).contains("sealed"));

    let packs = files_under(&dir.path().join("eu-west-1/packs"));
    let largest = packs
        .iter()
        .max_by_key(|path| path.metadata().unwrap().len())
        .unwrap();
    let mut bytes = std::fs::read(largest).unwrap();
    bytes[1 << 20] ^= 1;
    std::fs::remove_file(largest).unwrap();
    std::fs::write(largest, bytes).unwrap();
    let done = restore(&python, dir.path(), &tree, &out);
    assert!(!done.status.success());
    assert!(String::from_utf8_lossy(&done.stderr).contains("the sum differs"));
}
