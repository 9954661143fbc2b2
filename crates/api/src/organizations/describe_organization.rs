//! DescribeOrganization: the organization, which any account in it may look at.

use super::shape;
use crate::{App, run::Run};
use base::Result;
use identity::Call;
use protocol::organizations;

impl Run for organizations::DescribeOrganization {
    async fn run(
        app: &App,
        call: &Call,
        _input: protocol::Unit,
    ) -> Result<organizations::DescribeOrganizationResponse> {
        let tree = identity::describe_organization(&app.identity(), call).await?;
        let organization = &tree.organization;
        Ok(organizations::DescribeOrganizationResponse {
            organization: Some(organizations::Organization {
                arn: Some(organization.arn()),
                id: Some(organization.id.clone()),
                feature_set: Some("ALL".into()),
                master_account_arn: Some(tree.account_arn(&organization.management)),
                master_account_id: Some(organization.management.to_string()),
                master_account_email: Some(shape::email(&organization.management)),
                available_policy_types: Vec::new(),
            }),
        })
    }
}
