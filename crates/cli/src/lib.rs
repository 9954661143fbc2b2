//! `amiable image …`: images from the command line, a client of the API like any other.
//!
//! Only allocated blocks travel; an import that was cut off is resumed by the same command. Bars go
//! to standard error and only to a terminal; `--json` prints one JSON document.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage, 3 verification found damage.

mod api;
mod digest;
mod export;
mod fetch;
mod import;
mod journal;
mod show;
mod verify;

use anyhow::Result;
use clap::{Args, Subcommand};
use std::io::Write;
use std::process::ExitCode;

/// The commands on images.
#[derive(Subcommand)]
pub enum ImageCommand {
    /// Imports a disk (raw, qcow2, VMDK, VHD, VHDX) and registers it as an image. Resumable.
    Import(import::Import),
    /// Writes an image's root disk to a file.
    Export(export::Export),
    /// Lists images.
    Ls(show::Ls),
    /// Shows everything about an image.
    Show(show::Show),
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

/// Runs a command.
pub async fn run(command: ImageCommand) -> Result<ExitCode> {
    match command {
        ImageCommand::Import(import) => import.run().await,
        ImageCommand::Export(export) => export.run().await,
        ImageCommand::Ls(ls) => ls.run().await,
        ImageCommand::Show(show) => show.run().await,
        ImageCommand::Verify(verify) => verify.run().await,
    }
}

/// Prints a line of the answer.
pub(crate) fn line(text: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
