//! `amiable image share IMAGE --with ACCOUNT`: launch, storage and keys in one step.

use crate::rights::{Shared, State, check_account};
use crate::{Common, line};
use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// Shares an image with another account.
#[derive(Args)]
#[command(after_help = "\
Gives the account what it lacks to launch and to copy the image: launch permission, the right to
read each snapshot, and a grant on each key that allows what EBS does for it and no more. Nothing
is given if one of these cannot be. To see what is there: amiable image preflight.

Example: amiable image share ami-0123456789abcdef0 --with 123456789012

Exit codes: 0 shared, 1 failed, 2 wrong usage.")]
pub struct Share {
    /// The image.
    image: String,
    /// The account to share it with.
    #[arg(long, value_name = "ACCOUNT")]
    with: String,
    /// To launch only: no right to read the snapshots, which copying needs.
    #[arg(long)]
    launch_only: bool,
    #[command(flatten)]
    common: Common,
}

impl Share {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        check_account(&self.with)?;
        let api = self.common.api()?;
        let shared = Shared::find(&api, &self.image).await?;
        let rights = shared.rights(&api, &self.with, !self.launch_only).await?;
        for right in rights.iter().filter(|right| right.for_launch) {
            if let State::Impossible(why) = &right.state {
                bail!(
                    "{} ({}) cannot be shared: {why}.",
                    right.resource,
                    right.what
                );
            }
        }
        let mut given = Vec::new();
        for right in &rights {
            if matches!(right.state, State::Missing(_)) {
                shared.give(&api, right, &self.with).await?;
                given.push(right);
            }
        }
        if self.common.json {
            let given: Vec<_> = given
                .iter()
                .map(|right| shared.shown(right, &self.with))
                .collect();
            line(&json!({"image": self.image, "account": self.with, "given": given}).to_string())?;
            return Ok(ExitCode::SUCCESS);
        }
        for right in &given {
            line(&format!("given: {} ({})", right.what, right.resource))?;
        }
        if given.is_empty() {
            line("Nothing was missing.")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
