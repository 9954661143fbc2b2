//! Managed policies of AWS's that every account has. Their names and what they are for are AWS's;
//! the documents are ours, at the size of what is spoken here.

use policy::{Document, Kind, Named};
use std::sync::{Arc, LazyLock};

/// A managed policy of AWS's.
#[derive(Debug)]
pub struct Managed {
    /// Its name.
    pub name: &'static str,
    /// Its unique id.
    pub id: &'static str,
    /// What it is for.
    pub description: &'static str,
    document: Arc<Document>,
}

impl Managed {
    /// Its ARN.
    pub fn arn(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }

    /// Its document's text.
    pub fn text(&self) -> &str {
        self.document.text()
    }
}

const PREFIX: &str = "arn:aws:iam::aws:policy/";

/// Name, id, description and statements.
#[rustfmt::skip]
const POLICIES: &[(&str, &str, &str, &str)] = &[
    (
        "AdministratorAccess", "ANPAAMIABLEADMINISTRA",
        "Everything.",
        r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
    ),
    (
        "PowerUserAccess", "ANPAAMIABLEPOWERUSERA",
        "Everything but the management of users, roles, policies and accounts.",
        r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},
           {"Effect":"Allow","Action":["iam:ListRoles","organizations:DescribeOrganization"],"Resource":"*"}"#,
    ),
    (
        "ReadOnlyAccess", "ANPAAMIABLEREADONLYAC",
        "Reading of everything, and no change of anything.",
        r#"{"Effect":"Allow","Action":["ec2:Describe*","ec2:Get*","ec2:List*","ec2:Search*",
           "ebs:List*","ebs:GetSnapshotBlock","iam:Get*","iam:List*","iam:Simulate*",
           "iam:GenerateCredentialReport","kms:Describe*","kms:Get*","kms:List*",
           "organizations:Describe*","organizations:List*","sts:GetCallerIdentity",
           "sts:GetAccessKeyInfo","sts:GetSessionToken","cloudtrail:LookupEvents",
           "cloudtrail:Get*","cloudtrail:List*","cloudtrail:Describe*","ce:Get*","ce:List*",
           "pricing:*","tag:Get*","ssm:Get*","ssm:Describe*","ssm:List*"],"Resource":"*"}"#,
    ),
    (
        "IAMFullAccess", "ANPAAMIABLEIAMFULLACC",
        "Management of users, groups, roles and policies.",
        r#"{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount",
           "organizations:DescribeOrganization","organizations:DescribeOrganizationalUnit",
           "organizations:ListChildren","organizations:ListParents","organizations:ListRoots"],
           "Resource":"*"}"#,
    ),
    (
        "IAMReadOnlyAccess", "ANPAAMIABLEIAMREADONL",
        "Reading of users, groups, roles and policies.",
        r#"{"Effect":"Allow","Action":["iam:Get*","iam:List*","iam:Simulate*"],"Resource":"*"}"#,
    ),
    (
        "AmazonEC2FullAccess", "ANPAAMIABLEECTWOFULLA",
        "Everything of EC2.",
        r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#,
    ),
    (
        "AmazonEC2ReadOnlyAccess", "ANPAAMIABLEECTWOREADO",
        "Reading of everything of EC2.",
        r#"{"Effect":"Allow","Action":["ec2:Describe*","ec2:GetSecurityGroupsForVpc"],"Resource":"*"}"#,
    ),
    (
        "AWSKeyManagementServicePowerUser", "ANPAAMIABLEKEYMANAGEM",
        "Making and using of keys; who may use a key is for its own policy to say.",
        r#"{"Effect":"Allow","Action":["kms:CreateAlias","kms:CreateKey","kms:DeleteAlias",
           "kms:Describe*","kms:GenerateRandom","kms:Get*","kms:List*","kms:TagResource",
           "kms:UntagResource","iam:ListGroups","iam:ListRoles","iam:ListUsers"],"Resource":"*"}"#,
    ),
];

static ALL: LazyLock<Vec<Managed>> = LazyLock::new(|| {
    let each = POLICIES.iter().map(|(name, id, description, statements)| {
        let text = format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{statements}]}}");
        let document = Document::parse(&text, Kind::Identity)
            .expect("a suite parses every document of this table");
        Managed {
            name,
            id,
            description,
            document: Arc::new(document),
        }
    });
    each.collect()
});

/// All of them.
pub fn managed_policies() -> &'static [Managed] {
    &ALL
}

/// The one of this ARN.
pub fn managed_policy(arn: &str) -> Option<&'static Managed> {
    let name = arn.strip_prefix(PREFIX)?;
    ALL.iter().find(|managed| managed.name == name)
}

pub(crate) fn named(arn: &str) -> Option<Named> {
    managed_policy(arn).map(|managed| Named {
        name: arn.to_owned(),
        document: managed.document.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_managed_policy_is_found_by_its_arn_and_ids_are_unique() {
        let mut ids: Vec<&str> = managed_policies()
            .iter()
            .map(|managed| managed.id)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), POLICIES.len());
        for managed in managed_policies() {
            assert_eq!(managed.id.len(), 21, "{}", managed.id);
            assert!(named(&managed.arn()).is_some());
        }
        assert!(named("arn:aws:iam::123456789012:policy/AdministratorAccess").is_none());
    }
}
