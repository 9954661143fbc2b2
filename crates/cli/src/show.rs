//! `amiable image ls` and `amiable image show`.

use crate::import::digest_tag;
use crate::{Common, fetch, line};
use anyhow::Result;
use clap::Args;
use protocol::ec2;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Lists images.
#[derive(Args)]
pub struct Ls {
    /// Every image that may be launched, not only one's own.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    common: Common,
}

/// Shows an image.
#[derive(Args)]
pub struct Show {
    /// The image.
    image: String,
    #[command(flatten)]
    common: Common,
}

impl Ls {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let api = self.common.api()?;
        let owners = if self.all {
            Vec::new()
        } else {
            vec!["self".to_owned()]
        };
        let (mut images, mut next_token) = (Vec::new(), None);
        loop {
            let input = ec2::DescribeImagesRequest {
                owners: owners.clone(),
                max_results: Some(1000),
                next_token,
                ..ec2::DescribeImagesRequest::default()
            };
            let page = api.call::<ec2::DescribeImages>(input).await?;
            images.extend(page.images);
            next_token = page.next_token;
            if next_token.is_none() {
                break;
            }
        }
        if self.common.json {
            let all: Vec<Value> = images.iter().map(facts).collect();
            line(&Value::Array(all).to_string())?;
            return Ok(ExitCode::SUCCESS);
        }
        for image in &images {
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            let digest = digest_tag(&image.tags).unwrap_or_else(|| "-".into());
            let digest = &digest[..digest.len().min(16)];
            line(&format!(
                "{:<22} {:<10} {:<24} {digest:<16} {}",
                text(&image.image_id),
                text(&image.state),
                text(&image.creation_date),
                text(&image.name)
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Show {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let api = self.common.api()?;
        let image = fetch::image(&api, &self.image).await?;
        let mut shown = facts(&image);
        let input = ec2::DescribeImageAttributeRequest {
            image_id: Some(self.image.clone()),
            attribute: Some("launchPermission".into()),
            ..ec2::DescribeImageAttributeRequest::default()
        };
        // Only the owner may see it.
        if let Ok(permission) = api.call::<ec2::DescribeImageAttribute>(input).await {
            let who = permission
                .launch_permissions
                .iter()
                .map(|p| p.user_id.clone().or(p.group.clone()));
            shown["launch_permission"] = who.collect();
        }
        if self.common.json {
            line(&shown.to_string())?;
        } else {
            line(&serde_json::to_string_pretty(&shown)?)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn facts(image: &ec2::Image) -> Value {
    let disk = |mapping: &ec2::BlockDeviceMapping| {
        let ebs = mapping.ebs.clone().unwrap_or_default();
        json!({
            "device": mapping.device_name, "snapshot_id": ebs.snapshot_id,
            "size_gib": ebs.volume_size, "type": ebs.volume_type,
            "delete_on_termination": ebs.delete_on_termination,
        })
    };
    let tags = image
        .tags
        .iter()
        .filter(|tag| tag.key.as_deref() != Some("amiable:digest"));
    let tags: serde_json::Map<String, Value> = tags
        .map(|tag| (tag.key.clone().unwrap_or_default(), json!(tag.value)))
        .collect();
    json!({
        "image_id": image.image_id, "name": image.name, "description": image.description,
        "state": image.state, "owner": image.owner_id, "public": image.public,
        "architecture": image.architecture, "boot_mode": image.boot_mode,
        "root_device": image.root_device_name, "created": image.creation_date,
        "source_image": image.source_image_id, "source_region": image.source_image_region,
        "source_instance": image.source_instance_id, "digest": digest_tag(&image.tags),
        "disks": image.block_device_mappings.iter().map(disk).collect::<Vec<_>>(), "tags": tags,
    })
}
