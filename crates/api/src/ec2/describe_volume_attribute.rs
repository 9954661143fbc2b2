//! DescribeVolumeAttribute: its owner's view of one attribute.

use crate::ec2::describe_image_attribute::unknown;
use crate::ec2::describe_images::marketplace;
use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::DescribeVolumeAttribute {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeVolumeAttributeRequest,
    ) -> Result<ec2::DescribeVolumeAttributeResult> {
        let id = translate::id(input.volume_id, "VolumeId")?;
        let volume = volumes::volume_attributes(&app.volumes, call, &id).await?;
        let mut answer = ec2::DescribeVolumeAttributeResult {
            volume_id: Some(volume.id.to_string()),
            ..ec2::DescribeVolumeAttributeResult::default()
        };
        match translate::required(input.attribute, "Attribute")?.as_str() {
            // No volume is ever found inconsistent and held back, so there is nothing to enable.
            "autoEnableIO" => {
                answer.auto_enable_io = Some(ec2::AttributeBooleanValue { value: Some(false) });
            }
            "productCodes" => {
                answer.product_codes = Some(marketplace(&volume.product_codes));
            }
            other => return Err(unknown(other)),
        }
        Ok(answer)
    }
}
