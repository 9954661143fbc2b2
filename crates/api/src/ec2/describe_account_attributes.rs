//! DescribeAccountAttributes: what clients ask to learn whether there is a default VPC.

use crate::App;
use crate::run::Run;
use base::{Error, Result};
use identity::Call;
use protocol::ec2;

impl Run for ec2::DescribeAccountAttributes {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeAccountAttributesRequest,
    ) -> Result<ec2::DescribeAccountAttributesResult> {
        let vpc = instances::default_vpc(&app.instances, call)
            .await?
            .to_string();
        let all = [
            ("supported-platforms", "VPC".to_owned()),
            ("default-vpc", vpc),
            ("max-instances", "20".into()),
            ("vpc-max-security-groups-per-interface", "5".into()),
            ("max-elastic-ips", "0".into()),
            ("vpc-max-elastic-ips", "0".into()),
        ];
        for name in &input.attribute_names {
            if !all.iter().any(|(known, _)| known == name) {
                let shown: String = name.chars().take(64).collect();
                return Err(Error::invalid(format!("Invalid attribute: {shown}")));
            }
        }
        let wanted = |name: &str| {
            input.attribute_names.is_empty() || input.attribute_names.iter().any(|n| n == name)
        };
        let shown = |(name, value): (&str, String)| ec2::AccountAttribute {
            attribute_name: Some(name.to_owned()),
            attribute_values: vec![ec2::AccountAttributeValue {
                attribute_value: Some(value),
            }],
        };
        let attributes = all.into_iter().filter(|(name, _)| wanted(name)).map(shown);
        Ok(ec2::DescribeAccountAttributesResult {
            account_attributes: attributes.collect(),
        })
    }
}
