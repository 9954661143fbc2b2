//! `amiable image …` and `amiable snapshot …`: images and snapshots from the command line, a client of the API like any other.
//!
//! What it promises. Only blocks that hold anything travel; an import that was cut off is resumed
//! by the same command (see [`journal`]); everything that is read is checked against the service's
//! checksums; files appear whole or not at all. Bars go to standard error and only to a terminal;
//! `--json` prints one JSON document.
//!
//! What it does not do. It opens no socket but the API's, knows nothing of the data folder, and
//! speaks plain HTTP only.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage, 3 verification found damage, a difference was
//! found, or a right is missing.
//!
//! Start at a command: [`import`], [`export`], [`list`], [`show`], [`diff`], [`verify`].

mod api;
mod diff;
mod digest;
mod export;
mod fetch;
mod import;
mod journal;
mod list;
mod preflight;
mod progress;
mod reencrypt;
mod register;
mod remote;
mod retry;
mod rights;
mod share;
mod show;
mod snapshot;
mod to_come;
mod upload;
mod verify;

use anyhow::{Error, Result};
use clap::{Args, Subcommand};
use std::fmt;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

/// Bytes of a block of the EBS direct API.
pub(crate) const BLOCK: u64 = 512 * 1024;
/// Bytes of a GiB.
pub(crate) const GIB: u64 = 1 << 30;
/// Blocks on their way at once.
pub(crate) const IN_FLIGHT: usize = 12;
/// Under which the service shows digests.
pub(crate) const DIGEST_TAG: &str = "amiable:digest";

/// The commands on images.
#[derive(Subcommand)]
pub enum ImageCommand {
    /// Imports a disk (raw, qcow2, VMDK, VHD, VHDX) and registers it as an image. Resumable.
    Import(import::Import),
    /// Writes a disk of an image to a file.
    Export(export::Export),
    /// Lists images.
    Ls(list::Ls),
    /// Shows everything about an image.
    Show(show::Show),
    /// Lists which blocks differ between two images or snapshots.
    Diff(diff::Diff),
    /// Shares an image with another account: launch, storage and keys in one step.
    Share(share::Share),
    /// Lists the rights that an account has or lacks to launch and to copy an image.
    Preflight(preflight::Preflight),
    /// Reads every block of an image back and recomputes its digests.
    Verify(verify::Verify),
}

/// What every command takes.
#[derive(Args, Clone)]
pub(crate) struct Common {
    /// Where the service answers [default: AWS_ENDPOINT_URL].
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// The Region [default: AWS_REGION, else AWS_DEFAULT_REGION].
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Common {
    pub(crate) fn api(&self) -> Result<api::Api> {
        api::Api::from_environment(self.endpoint.clone(), self.region.clone())
    }
}

pub use reencrypt::SnapshotCommand;

/// Runs a command on a snapshot.
pub async fn run_on_snapshot(command: SnapshotCommand) -> Result<ExitCode> {
    let SnapshotCommand::Reencrypt(reencrypt) = command;
    reencrypt.run().await.map_err(worded)
}

/// Runs a command.
pub async fn run(command: ImageCommand) -> Result<ExitCode> {
    let done = match command {
        ImageCommand::Import(import) => import.run().await,
        ImageCommand::Export(export) => export.run().await,
        ImageCommand::Ls(ls) => ls.run().await,
        ImageCommand::Show(show) => show.run().await,
        ImageCommand::Diff(diff) => diff.run().await,
        ImageCommand::Share(share) => share.run().await,
        ImageCommand::Preflight(preflight) => preflight.run().await,
        ImageCommand::Verify(verify) => verify.run().await,
    };
    done.map_err(worded)
}

/// What to do about an error; it is printed on a line of its own after the error.
#[derive(Debug)]
pub(crate) struct Hint(pub(crate) &'static str);

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The error in one text: the causes from the outside in, then what to do about it.
fn worded(error: Error) -> Error {
    let hint = match api::fault(&error).map(|fault| fault.code.as_str()) {
        Some(code) if is_about_credentials(code) => {
            Some("are these this installation's? eval \"$(amiable env --data DIR)\"")
        }
        _ => error.downcast_ref::<Hint>().map(|hint| hint.0),
    };
    let Some(hint) = hint else {
        return error;
    };
    let is_hint = error.is::<Hint>();
    let causes = error.chain().skip(usize::from(is_hint));
    let said: Vec<String> = causes.map(ToString::to_string).collect();
    Error::msg(format!("{}\nhint: {hint}", said.join(": ")))
}

fn is_about_credentials(code: &str) -> bool {
    [
        "AuthFailure",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
    ]
    .contains(&code)
}

/// Prints a line of the answer. Whoever stops reading has read enough.
pub(crate) fn line(text: &str) -> Result<()> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Text of the service as a terminal may see it.
pub(crate) fn plain(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Fault;

    #[test]
    fn a_hint_comes_last_on_a_line_of_its_own() {
        let error = Error::msg("reset").context("block 7 could not be sent");
        let said = worded(error.context(Hint("again"))).to_string();
        assert_eq!(said, "block 7 could not be sent: reset\nhint: again");
        assert_eq!(worded(Error::msg("x")).to_string(), "x");
    }

    #[test]
    fn credentials_of_elsewhere_come_with_the_command_that_sets_the_right_ones() {
        let fault = Fault::new("AuthFailure", 401, "No.");
        let said = worded(Error::new(fault).context(Hint("again"))).to_string();
        assert!(said.starts_with("No. (AuthFailure)\nhint: "), "{said}");
        assert!(said.contains("amiable env"));
    }

    #[test]
    fn what_a_terminal_would_obey_is_not_shown() {
        assert_eq!(plain("a\u{1b}[2Jb\n"), "a\u{fffd}[2Jb\u{fffd}");
    }
}
