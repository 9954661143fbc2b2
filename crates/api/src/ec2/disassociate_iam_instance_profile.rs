//! DisassociateIamInstanceProfile: wire to request, answer to wire, nothing else.

use super::associate_iam_instance_profile::association;
use crate::translate::{present, required};
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::DisassociateIamInstanceProfile {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DisassociateIamInstanceProfileRequest,
    ) -> Result<ec2::DisassociateIamInstanceProfileResult> {
        let id = required(present(input.association_id), "AssociationId")?;
        let ended = instances::disassociate_profile(&app.instances, call, &id).await?;
        Ok(ec2::DisassociateIamInstanceProfileResult {
            iam_instance_profile_association: Some(association(&ended, "disassociating")),
        })
    }
}
