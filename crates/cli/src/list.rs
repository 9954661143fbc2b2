//! `amiable image ls`.

use crate::show::facts;
use crate::{Common, line, plain, snapshot};
use anyhow::Result;
use clap::Args;
use protocol::ec2;
use serde_json::Value;
use std::process::ExitCode;

/// Images of a page.
const PAGE: i32 = 1000;

/// Lists images.
#[derive(Args)]
#[command(after_help = "\
Digests are shortened; --json shows them whole.

Examples:
  amiable image ls
  amiable image ls --all --json

Exit codes: 0 listed, 1 failed, 2 wrong usage.")]
pub struct Ls {
    /// Every image that may be launched, not only one's own.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    common: Common,
}

impl Ls {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let mut images = self.images().await?;
        images
            .sort_by(|a, b| (&a.creation_date, &a.image_id).cmp(&(&b.creation_date, &b.image_id)));
        if self.common.json {
            let all: Vec<Value> = images.iter().map(facts).collect();
            line(&Value::Array(all).to_string())?;
        } else {
            for row in table(images.iter().map(row).collect()) {
                line(&row)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn images(&self) -> Result<Vec<ec2::Image>> {
        let api = self.common.api()?;
        let owners: &[&str] = if self.all { &[] } else { &["self"] };
        let (mut images, mut next_token) = (Vec::new(), None);
        loop {
            let input = ec2::DescribeImagesRequest {
                owners: owners.iter().map(|owner| (*owner).to_owned()).collect(),
                include_disabled: Some(true),
                max_results: Some(PAGE),
                next_token,
                ..ec2::DescribeImagesRequest::default()
            };
            let page = api.call::<ec2::DescribeImages>(input).await?;
            images.extend(page.images);
            next_token = page.next_token;
            if next_token.is_none() {
                return Ok(images);
            }
        }
    }
}

const COLUMNS: usize = 7;

fn row(image: &ec2::Image) -> [String; COLUMNS] {
    let text = |value: &Option<String>| plain(value.as_deref().unwrap_or("-"));
    let created: String = text(&image.creation_date).chars().take(19).collect();
    let gib = image
        .block_device_mappings
        .iter()
        .filter_map(|mapping| mapping.ebs.as_ref()?.volume_size)
        .fold(0i64, |sum, gib| sum + i64::from(gib));
    let digest = snapshot::digest(&image.tags).unwrap_or_else(|| "-".into());
    [
        text(&image.image_id),
        text(&image.state),
        created,
        format!("{gib} GiB"),
        digest.chars().take(16).collect(),
        text(&image.owner_id),
        text(&image.name),
    ]
}

/// Lines with a heading, each column as wide as its widest text.
fn table(rows: Vec<[String; COLUMNS]>) -> Vec<String> {
    let heading = [
        "IMAGE", "STATE", "CREATED", "SIZE", "DIGEST", "OWNER", "NAME",
    ];
    let mut all = vec![heading.map(str::to_owned)];
    all.extend(rows);
    let mut widths = [0; COLUMNS];
    for row in &all {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let lined_up = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    all.iter().map(lined_up).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_under_their_headings() {
        let image = ec2::Image {
            image_id: Some("ami-0123456789abcdef0".into()),
            state: Some("available".into()),
            name: Some("debian\u{1b}".into()),
            ..ec2::Image::default()
        };
        let lines = table(vec![row(&image)]);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].find("STATE"), lines[1].find("available"));
        assert_eq!(lines[0].find("NAME"), lines[1].find("debian\u{fffd}"));
        assert_eq!(table(Vec::new()).len(), 1);
    }
}
