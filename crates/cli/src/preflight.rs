//! `amiable image preflight IMAGE --as ACCOUNT`: whether a launch or a copy would succeed, before
//! anybody tries.

use crate::rights::{Right, Shared, State, check_account};
use crate::{Common, line};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Lists each right that an account has or lacks to launch and to copy an image.
#[derive(Args)]
#[command(after_help = "\
Asked by the image's owner. Each missing right comes with the command that gives it. What the
account allows its own users, and its own key in the target Region, only that account can see.

Examples:
  amiable image preflight ami-0123456789abcdef0 --as 123456789012
  amiable image preflight ami-0123456789abcdef0 --as 123456789012 --to us-west-2

Exit codes: 0 both are possible, 1 failed, 2 wrong usage, 3 a right is missing.")]
pub struct Preflight {
    /// The image.
    image: String,
    /// The account that is to launch or copy it.
    #[arg(long, value_name = "ACCOUNT")]
    r#as: String,
    /// Where it is to be copied to [default: the Region of the image].
    #[arg(long, value_name = "REGION")]
    to: Option<String>,
    #[command(flatten)]
    common: Common,
}

impl Preflight {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        check_account(&self.r#as)?;
        let api = self.common.api()?;
        let shared = Shared::find(&api, &self.image).await?;
        let rights = shared.rights(&api, &self.r#as, true).await?;
        let launch = rights
            .iter()
            .filter(|right| right.for_launch)
            .all(Right::is_present);
        let copy = rights.iter().all(Right::is_present);
        let to = self.to.as_deref().unwrap_or(&api.region);
        if self.common.json {
            let shown: Vec<Value> = rights
                .iter()
                .map(|right| shared.shown(right, &self.r#as))
                .collect();
            let answer = json!({"image": self.image, "account": self.r#as, "region": to,
                "launch": launch, "copy": copy, "rights": shown});
            line(&answer.to_string())?;
        } else {
            for right in &rights {
                for text in lines(right, shared.command(right, &self.r#as)) {
                    line(&text)?;
                }
            }
            line(&format!("launch as {}: {}", self.r#as, word(launch)))?;
            line(&format!("copy to {to} as {}: {}", self.r#as, word(copy)))?;
        }
        Ok(if launch && copy {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(3)
        })
    }
}

fn word(possible: bool) -> &'static str {
    if possible { "possible" } else { "not possible" }
}

fn lines(right: &Right, command: Option<String>) -> Vec<String> {
    let subject = format!("{} {}", right.what, right.resource);
    match &right.state {
        State::Present(why) => vec![format!("present     {subject} ({why})")],
        State::Impossible(why) => vec![format!("impossible  {subject}: {why}")],
        State::Missing(_) => {
            let command = command.unwrap_or_default();
            vec![
                format!("missing     {subject}"),
                format!("            {command}"),
            ]
        }
    }
}
