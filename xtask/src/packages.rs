//! Debian packages that a command needs: which are missing, and installing them.
//!
//! Installs with apt-get as root, or by sudo after one question; where neither is possible it says what to type.

#![allow(
    clippy::print_stderr,
    reason = "xtask talks to the person who started it"
)]

use std::{
    env,
    io::{self, IsTerminal, Write},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// What building the guest images takes.
const GUESTS: &[&str] = &[
    "apt",
    "cpio",
    "debian-archive-keyring",
    "dosfstools",
    "e2fsprogs",
    "fdisk",
    "grub-common",
    "lz4",
    "mmdebstrap",
    "mtools",
    "syslinux",
    "syslinux-common",
    "xz-utils",
    "zstd",
];

/// Running machines, and looking at them from outside.
const MACHINES: &[&str] = &[
    "ca-certificates",
    "curl",
    "openssh-client",
    "ovmf",
    "qemu-system-x86",
    "qemu-utils",
];

/// Other sides to test against.
const PEERS: &[&str] = &[
    "libnbd-bin",
    "nbdkit",
    "postgresql",
    "putty-tools",
    "strace",
];

/// The aws CLI and boto3 come in a virtual environment of Python's.
const CLIENTS: &[&str] = &["python3-pip", "python3-venv"];

/// What `cargo xtask demo` takes.
pub const DEMO: &[&[&str]] = &[GUESTS, MACHINES, CLIENTS];

/// What the tests take.
pub const TEST: &[&[&str]] = &[GUESTS, MACHINES, PEERS, CLIENTS];

/// What the benchmarks take: the disks that are measured, and what measures them.
pub const BENCH: &[&[&str]] = &[GUESTS, &["fio", "openssl", "qemu-utils"], CLIENTS];

/// The programs that stand beside ours. One that the distribution does not have is left out.
pub const BENCH_PEERS: &[&str] = &["borgbackup", "casync", "nbdkit", "restic"];

/// Installs what can be installed of `wanted`, and says what cannot.
pub fn try_each(wanted: &[&str], yes: bool) -> Result<()> {
    for package in wanted {
        if let Err(error) = ensure(&[&[*package]], yes) {
            eprintln!("Without {package}: {error:#}");
        }
    }
    Ok(())
}

/// Installs what is missing of `wanted`; asks first, once, if someone is there to answer and `yes` was not said.
pub fn ensure(wanted: &[&[&str]], yes: bool) -> Result<()> {
    let wanted = wanted.concat();
    if !has("dpkg-query") || !has("apt-get") {
        eprintln!(
            "This system has no apt; be sure that these are there: {}",
            wanted.join(" ")
        );
        return Ok(());
    }
    let missing = missing(&wanted)?;
    if missing.is_empty() {
        return Ok(());
    }
    let by_hand = format!("sudo apt-get install {}", missing.join(" "));
    let become_root = become_root()?;
    if !agreed(&missing, yes, become_root.is_empty())? {
        bail!("These packages are missing. To install them: {by_hand}");
    }
    eprintln!("Installing {}", missing.join(" "));
    // The lists of a fresh machine are empty or old; that they cannot be refreshed need not matter.
    if let Err(error) = apt_get(&become_root, &["update"]) {
        eprintln!("{error:#}; going on with the lists that are here");
    }
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(&missing);
    apt_get(&become_root, &install).with_context(|| format!("To install them by hand: {by_hand}"))
}

/// The packages of `wanted` that are not installed.
fn missing<'a>(wanted: &[&'a str]) -> Result<Vec<&'a str>> {
    let known = Command::new("dpkg-query")
        .args(["--show", "--showformat", "${Package} ${db:Status-Status}\n"])
        .args(wanted)
        .stderr(Stdio::null())
        .output()
        .context("asking dpkg-query which packages are installed")?;
    let known = String::from_utf8_lossy(&known.stdout).into_owned();
    Ok(not_in(&known, wanted))
}

/// `known` has lines of a package and its state.
fn not_in<'a>(known: &str, wanted: &[&'a str]) -> Vec<&'a str> {
    let is_installed = |package: &str| {
        known
            .lines()
            .any(|line| line.split_once(' ') == Some((package, "installed")))
    };
    wanted
        .iter()
        .copied()
        .filter(|package| !is_installed(package))
        .collect()
}

/// What has to stand before a command so that it runs as root: nothing, or sudo.
fn become_root() -> Result<Vec<&'static str>> {
    let id = Command::new("id")
        .arg("-u")
        .output()
        .context("asking who we are")?;
    if String::from_utf8_lossy(&id.stdout).trim() == "0" {
        return Ok(Vec::new());
    }
    // With a terminal sudo may ask for a password; without one it must not.
    Ok(if io::stdin().is_terminal() {
        vec!["sudo"]
    } else {
        vec!["sudo", "-n"]
    })
}

fn agreed(missing: &[&str], yes: bool, is_root: bool) -> Result<bool> {
    let alone = !io::stdin().is_terminal();
    if yes || env::var_os("CI").is_some() || (alone && is_root) {
        return Ok(true);
    }
    if alone {
        return Ok(Command::new("sudo")
            .args(["-n", "true"])
            .status()
            .is_ok_and(|it| it.success()));
    }
    eprint!(
        "These Debian packages are missing: {}\nInstall them now? [Y/n] ",
        missing.join(" ")
    );
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(
        answer.trim().to_ascii_lowercase().as_str(),
        "" | "y" | "yes"
    ))
}

fn apt_get(become_root: &[&str], args: &[&str]) -> Result<()> {
    let line = [
        become_root,
        &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"],
        args,
    ]
    .concat();
    let (program, rest) = line.split_first().context("an empty command")?;
    let status = Command::new(program)
        .args(rest)
        .stdout(Stdio::from(io::stderr()))
        .status()
        .with_context(|| format!("starting {program}"))?;
    if !status.success() {
        bail!("apt-get {} failed ({status})", args.first().unwrap_or(&""));
    }
    Ok(())
}

/// Whether a program of this name is to be found.
pub fn has(program: &str) -> bool {
    let paths = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&paths).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_was_removed_is_missing() {
        let known = "zstd installed\nlz4 config-files\nlz4-doc installed\n";
        assert_eq!(not_in(known, &["zstd", "lz4", "cpio"]), ["lz4", "cpio"]);
    }

    #[test]
    fn what_every_debian_has_is_not_missing() {
        if has("dpkg-query") {
            assert!(missing(&["dpkg", "base-files"]).unwrap().is_empty());
            assert_eq!(
                missing(&["dpkg", "no-such-package"]).unwrap(),
                ["no-such-package"]
            );
        }
    }
}
