//! ModifyInstanceMetadataOptions: wire to request, answer to wire, nothing else.

use super::{describe_instances, run_instances};
use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::ModifyInstanceMetadataOptions {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::ModifyInstanceMetadataOptionsRequest,
    ) -> Result<ec2::ModifyInstanceMetadataOptionsResult> {
        let id = translate::required(translate::present(input.instance_id), "InstanceId")?;
        let words = (
            input.http_tokens,
            input.http_endpoint,
            input.instance_metadata_tags,
        );
        let request = run_instances::metadata(words, input.http_put_response_hop_limit)?;
        let changed =
            instances::modify_metadata_options(&app.instances, call, &id, &request).await?;
        Ok(ec2::ModifyInstanceMetadataOptionsResult {
            instance_id: Some(changed.id.to_string()),
            instance_metadata_options: Some(describe_instances::metadata_options(
                &changed.metadata,
                changed.state,
            )),
        })
    }
}
