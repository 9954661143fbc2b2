//! DescribeSnapshotAttribute: its owner's view of who may make volumes from a snapshot, and of what
//! is sold with it.

use crate::ec2::describe_image_attribute::unknown;
use crate::ec2::describe_images::marketplace;
use crate::run::Run;
use crate::{App, translate};
use base::Result;
use identity::Call;
use protocol::ec2;
use volumes::CreatePermission;

impl Run for ec2::DescribeSnapshotAttribute {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeSnapshotAttributeRequest,
    ) -> Result<ec2::DescribeSnapshotAttributeResult> {
        let id = translate::id(input.snapshot_id, "SnapshotId")?;
        let snapshot = volumes::sharing(&app.volumes, call, &id).await?;
        let mut answer = ec2::DescribeSnapshotAttributeResult {
            snapshot_id: Some(snapshot.id.to_string()),
            ..ec2::DescribeSnapshotAttributeResult::default()
        };
        match translate::required(input.attribute, "Attribute")?.as_str() {
            "createVolumePermission" => {
                answer.create_volume_permissions = Some(permissions(&snapshot.permission));
            }
            "productCodes" => {
                answer.product_codes = Some(marketplace(&snapshot.product_codes));
            }
            other => return Err(unknown(other)),
        }
        Ok(answer)
    }
}

/// A public snapshot is listed as such even while the account blocks public sharing.
fn permissions(permission: &CreatePermission) -> Vec<ec2::CreateVolumePermission> {
    let everybody = permission.public.then(|| ec2::CreateVolumePermission {
        group: Some("all".into()),
        user_id: None,
    });
    let accounts = permission
        .accounts
        .iter()
        .map(|account| ec2::CreateVolumePermission {
            group: None,
            user_id: Some(account.to_string()),
        });
    everybody.into_iter().chain(accounts).collect()
}
