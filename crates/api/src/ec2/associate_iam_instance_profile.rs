//! AssociateIamInstanceProfile: wire to request, answer to wire, nothing else.

use crate::translate::{present, required};
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use instances::{Association, NamedProfile};
use protocol::ec2;

impl Run for ec2::AssociateIamInstanceProfile {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::AssociateIamInstanceProfileRequest,
    ) -> Result<ec2::AssociateIamInstanceProfileResult> {
        let instance = required(present(input.instance_id), "InstanceId")?;
        let named = named(input.iam_instance_profile);
        let what = (instance.as_str(), &named);
        let made = instances::associate_profile(&app.instances, call, what).await?;
        Ok(ec2::AssociateIamInstanceProfileResult {
            iam_instance_profile_association: Some(association(&made, "associating")),
        })
    }
}

/// The profile that a request names.
pub(super) fn named(given: Option<ec2::IamInstanceProfileSpecification>) -> NamedProfile {
    let given = given.unwrap_or_default();
    NamedProfile {
        name: present(given.name),
        arn: present(given.arn),
    }
}

/// An association on the wire. What a change answers is on its way there, as EC2 says it, though
/// it holds at once.
pub(super) fn association(of: &Association, state: &str) -> ec2::IamInstanceProfileAssociation {
    ec2::IamInstanceProfileAssociation {
        association_id: Some(of.id.to_string()),
        instance_id: Some(of.instance.to_string()),
        iam_instance_profile: Some(ec2::IamInstanceProfile {
            arn: Some(of.profile_arn.clone()),
            id: Some(of.profile_id.clone()),
        }),
        state: Some(state.to_owned()),
        timestamp: None,
    }
}
