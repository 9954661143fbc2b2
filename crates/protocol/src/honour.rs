//! What an operation does not honour, it refuses by name.
//!
//! The table of an operation names members of its input, joined by dots. A name honours everything
//! beneath it; `Name=value` honours that value alone (`Encrypted=false`, which Terraform always
//! sends). `DryRun` is honoured everywhere.

use crate::query::{join, scalar_text};
use crate::shape::{Kind, Shape, Value};

/// The path of the first member that a request has and that is not honoured.
pub fn refused(value: &Value, shape: &Shape, honoured: &[&str]) -> Option<String> {
    within(value, shape, honoured, "")
}

fn within(value: &Value, shape: &Shape, honoured: &[&str], path: &str) -> Option<String> {
    let Value::Structure(values) = value else {
        return None;
    };
    let mut both = shape
        .members
        .iter()
        .zip(values)
        .filter(|(_, value)| **value != Value::Absent);
    both.find_map(|(member, value)| {
        let at = join(path, member.name);
        if honoured.contains(&at.as_str()) || at == "DryRun" {
            return None;
        }
        let exact = format!("{at}=");
        let values = honoured
            .iter()
            .filter_map(|entry| entry.strip_prefix(&exact));
        if values
            .into_iter()
            .any(|honoured| honoured == scalar_text(value))
        {
            return None;
        }
        let beneath = format!("{at}.");
        if !honoured.iter().any(|entry| entry.starts_with(&beneath)) {
            return Some(at);
        }
        beneath_of(value, &member.kind, honoured, &at)
    })
}

fn beneath_of(value: &Value, kind: &Kind, honoured: &[&str], at: &str) -> Option<String> {
    match (value, kind) {
        (Value::Structure(_), Kind::Structure(shape)) => within(value, shape(), honoured, at),
        (Value::List(items), Kind::List(list)) => items
            .iter()
            .find_map(|item| beneath_of(item, &list.item, honoured, at)),
        _ => Some(at.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2;
    use crate::shape::Structure;

    fn first(input: ec2::CopyImageRequest, honoured: &[&str]) -> Option<String> {
        refused(
            &input.into_value(),
            ec2::CopyImageRequest::shape(),
            honoured,
        )
    }

    #[test]
    fn a_dry_run_does_not_hide_what_comes_after_it() {
        let input = ec2::CopyImageRequest {
            dry_run: Some(true),
            name: Some("x".into()),
            kms_key_id: Some("k".into()),
            ..Default::default()
        };
        assert_eq!(first(input, &["Name"]), Some("KmsKeyId".to_owned()));
    }

    #[test]
    fn one_value_can_be_honoured_and_another_refused() {
        let input = |encrypted| ec2::CopyImageRequest {
            encrypted,
            ..Default::default()
        };
        assert_eq!(first(input(Some(false)), &["Encrypted=false"]), None);
        assert_eq!(
            first(input(Some(true)), &["Encrypted=false"]),
            Some("Encrypted".to_owned())
        );
        assert_eq!(first(input(None), &[]), None);
    }

    #[test]
    fn a_path_honours_what_is_beneath_it_and_nothing_beside_it() {
        let input = ec2::RegisterImageRequest {
            block_device_mappings: vec![ec2::BlockDeviceMapping {
                device_name: Some("/dev/sda1".into()),
                ebs: Some(ec2::EbsBlockDevice {
                    snapshot_id: Some("snap-1".into()),
                    kms_key_id: Some("k".into()),
                    ..Default::default()
                }),
                ..Default::default()
            }],
            ..Default::default()
        };
        let first = |honoured: &[&str]| {
            let shape = ec2::RegisterImageRequest::shape();
            refused(&input.clone().into_value(), shape, honoured)
        };
        assert_eq!(first(&["BlockDeviceMappings"]), None);
        assert_eq!(
            first(&["BlockDevice"]),
            Some("BlockDeviceMappings".to_owned())
        );
        assert_eq!(
            first(&[
                "BlockDeviceMappings.DeviceName",
                "BlockDeviceMappings.Ebs.SnapshotId"
            ]),
            Some("BlockDeviceMappings.Ebs.KmsKeyId".to_owned())
        );
    }
}
