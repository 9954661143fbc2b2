//! DescribeIamInstanceProfileAssociations: wire to request, answer to wire, nothing else.

use super::associate_iam_instance_profile::association;
use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use instances::List;
use protocol::ec2;

impl Run for ec2::DescribeIamInstanceProfileAssociations {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeIamInstanceProfileAssociationsRequest,
    ) -> Result<ec2::DescribeIamInstanceProfileAssociationsResult> {
        let list = List {
            ids: input.association_ids,
            filters: translate::filters(input.filters),
            max_results: input.max_results,
            next_token: input.next_token,
        };
        let (found, next_token) =
            instances::describe_associations(&app.instances, call, &list).await?;
        let shown = found.iter().map(|one| association(one, "associated"));
        Ok(ec2::DescribeIamInstanceProfileAssociationsResult {
            iam_instance_profile_associations: shown.collect(),
            next_token,
        })
    }
}
