//! `amiable image show IMAGE`.

use crate::api::Api;
use crate::{Common, DIGEST_TAG, fetch, line, plain, snapshot};
use anyhow::Result;
use clap::Args;
use protocol::ec2;
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// Shows an image.
#[derive(Args)]
#[command(after_help = "\
Who may launch an image is shown to its owner, what its snapshots hold to whoever may see them.

Example: amiable image show ami-0123456789abcdef0

Exit codes: 0 shown, 1 failed, 2 wrong usage.")]
pub struct Show {
    /// The image.
    image: String,
    #[command(flatten)]
    common: Common,
}

impl Show {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let api = self.common.api()?;
        let image = fetch::image(&api, &self.image).await?;
        let mut shown = facts(&image);
        if let Some(disks) = shown["disks"].as_array_mut() {
            for disk in disks {
                add_snapshot(&api, disk).await?;
            }
        }
        if let Some(who) = launch_permission(&api, &self.image).await? {
            shown["launch_permission"] = who;
        }
        if self.common.json {
            line(&shown.to_string())?;
        } else {
            for text in lines("", &shown) {
                line(&text)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What the snapshot of a disk shows, where the caller may see it.
async fn add_snapshot(api: &Api, disk: &mut Value) -> Result<()> {
    let Some(id) = disk["snapshot_id"].as_str() else {
        return Ok(());
    };
    if let Some(found) = snapshot::describe(api, id).await? {
        disk["digest"] = json!(snapshot::digest(&found.tags));
        disk["state"] = json!(found.state);
        disk["encrypted"] = json!(found.encrypted);
        disk["data_bytes"] = json!(found.full_snapshot_size_in_bytes);
    }
    Ok(())
}

/// Who may launch the image; nothing for those who are not its owner.
async fn launch_permission(api: &Api, image: &str) -> Result<Option<Value>> {
    let input = ec2::DescribeImageAttributeRequest {
        image_id: Some(image.to_owned()),
        attribute: Some("launchPermission".into()),
        ..ec2::DescribeImageAttributeRequest::default()
    };
    match api.call::<ec2::DescribeImageAttribute>(input).await {
        Ok(permission) => {
            let who = permission
                .launch_permissions
                .unwrap_or_default()
                .into_iter();
            Ok(Some(who.map(|one| one.user_id.or(one.group)).collect()))
        }
        // The image was just seen, so this is about the attribute.
        Err(error) if crate::api::fault(&error).is_some_and(|f| f.status < 500) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What DescribeImages shows of an image.
pub(crate) fn facts(image: &ec2::Image) -> Value {
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
        .filter(|tag| tag.key.as_deref() != Some(DIGEST_TAG));
    let tags: Map<String, Value> = tags
        .map(|tag| (tag.key.clone().unwrap_or_default(), json!(tag.value)))
        .collect();
    let reason = image.state_reason.as_ref();
    json!({
        "image_id": image.image_id, "name": image.name, "description": image.description,
        "state": image.state, "state_reason": reason.and_then(|reason| reason.message.clone()),
        "owner": image.owner_id, "public": image.public,
        "architecture": image.architecture, "boot_mode": image.boot_mode,
        "root_device": image.root_device_name, "created": image.creation_date,
        "last_launched": image.last_launched_time,
        "source_image": image.source_image_id, "source_region": image.source_image_region,
        "source_instance": image.source_instance_id, "digest": snapshot::digest(&image.tags),
        "disks": image.block_device_mappings.iter().map(disk).collect::<Vec<_>>(), "tags": tags,
    })
}

/// Facts for people: a line for each that there is.
fn lines(indent: &str, facts: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, value) in facts.as_object().into_iter().flatten() {
        let name = plain(&name.replace('_', " "));
        let deeper = format!("{indent}  ");
        match value {
            Value::Null => {}
            Value::Object(inner) if inner.is_empty() => {}
            Value::Array(all) if all.is_empty() => {}
            Value::Array(all) if all.iter().any(Value::is_object) => {
                for one in all {
                    lines.push(format!("{indent}{}", name.trim_end_matches('s')));
                    lines.extend(self::lines(&deeper, one));
                }
            }
            Value::Object(_) => {
                lines.push(format!("{indent}{name}"));
                lines.extend(self::lines(&deeper, value));
            }
            Value::Array(all) => {
                let all: Vec<String> = all.iter().map(scalar).collect();
                lines.push(one(indent, &name, &all.join(", ")));
            }
            _ => lines.push(one(indent, &name, &scalar(value))),
        }
    }
    lines
}

fn one(indent: &str, name: &str, value: &str) -> String {
    let width = 24 - indent.len();
    format!("{indent}{name:<width$}{value}")
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => plain(text),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_see_a_line_for_each_fact_that_there_is() {
        let shown = json!({
            "image_id": "ami-1", "description": null, "public": false, "tags": {},
            "disks": [{"device": "/dev/xvda", "size_gib": 8}],
            "launch_permission": ["111122223333", "all"],
        });
        let lines = lines("", &shown);
        let has = |text: &str| lines.iter().any(|line| line == text);
        assert!(has("image id                ami-1"), "{lines:?}");
        assert!(has("public                  no"));
        assert!(has("disk") && has("  device                /dev/xvda"));
        assert!(has("launch permission       111122223333, all"));
        assert_eq!(lines.len(), 6);
    }
}
