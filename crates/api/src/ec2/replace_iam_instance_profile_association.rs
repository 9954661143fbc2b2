//! ReplaceIamInstanceProfileAssociation: wire to request, answer to wire, nothing else.

use super::associate_iam_instance_profile::{association, named};
use crate::translate::{present, required};
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::ec2;

impl Run for ec2::ReplaceIamInstanceProfileAssociation {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::ReplaceIamInstanceProfileAssociationRequest,
    ) -> Result<ec2::ReplaceIamInstanceProfileAssociationResult> {
        let id = required(present(input.association_id), "AssociationId")?;
        let named = named(input.iam_instance_profile);
        let what = (id.as_str(), &named);
        let made = instances::replace_profile(&app.instances, call, what).await?;
        Ok(ec2::ReplaceIamInstanceProfileAssociationResult {
            iam_instance_profile_association: Some(association(&made, "associating")),
        })
    }
}
