//! CreateImage: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use images::Create;
use instances::Reboot;
use protocol::ec2;

impl Run for ec2::CreateImage {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::CreateImageRequest,
    ) -> Result<ec2::CreateImageResult> {
        let mut tags = translate::tag_sets(&input.tag_specifications, &["image", "snapshot"])?;
        let instance = translate::required(translate::present(input.instance_id), "InstanceId")?;
        let request = Create {
            name: translate::required(input.name, "Name")?,
            description: input.description.unwrap_or_default(),
            mappings: translate::mapping(input.block_device_mappings)?,
            image_tags: tags.remove("image").unwrap_or_default(),
            snapshot_tags: tags.remove("snapshot").unwrap_or_default(),
        };
        let reboot = if input.no_reboot == Some(true) {
            Reboot::No
        } else {
            Reboot::Yes
        };
        let id =
            instances::create_image(&app.instances, call, &instance, (&request, reboot)).await?;
        Ok(ec2::CreateImageResult {
            image_id: Some(id.to_string()),
        })
    }
}
