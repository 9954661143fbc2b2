//! What another account needs to launch or copy an image, and which of it there is: asked of the
//! API as the image's owner, who alone can see and change all of it.
//!
//! | right | launch | copy |
//! |---|---|---|
//! | launch permission on the image | needed | needed |
//! | to read each snapshot | – | needed |
//! | to use the key of each encrypted snapshot | needed | needed |
//! | no product that forbids copies | – | needed |
//!
//! What the other account allows its own users, and its own key in the target Region, only that
//! account can see.

use crate::api::{self, Api};
use crate::{fetch, snapshot};
use anyhow::{Context as _, Result, ensure};
use policy::{Context, Document, Kind, Named, Policies, Principal, Request, decide};
use protocol::{ec2, kms, sts};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What EBS does with a key for somebody who launches or copies.
pub(crate) const KEY_OPERATIONS: [&str; 4] =
    ["CreateGrant", "Decrypt", "DescribeKey", "ReEncryptFrom"];

/// One right.
#[derive(Debug)]
pub(crate) struct Right {
    /// What it allows.
    pub(crate) what: String,
    /// The image, snapshot or key.
    pub(crate) resource: String,
    /// Whether launching needs it, or only copying.
    pub(crate) for_launch: bool,
    /// Whether it is there.
    pub(crate) state: State,
}

/// Whether a right is there.
#[derive(Debug)]
pub(crate) enum State {
    /// It is, and why.
    Present(String),
    /// It is not, and what gives it.
    Missing(Gift),
    /// Nothing can give it as things are.
    Impossible(String),
}

/// What gives a right.
#[derive(Debug)]
pub(crate) enum Gift {
    Launch,
    Storage,
    Key,
}

/// An image, its owner's view of it.
pub(crate) struct Shared {
    image: ec2::Image,
    owner: String,
    region: String,
}

impl Shared {
    /// The image, which must be the caller's own.
    pub(crate) async fn find(api: &Api, id: &str) -> Result<Shared> {
        let image = fetch::image(api, id).await?;
        let input = sts::GetCallerIdentityRequest::default();
        let caller = api.call::<sts::GetCallerIdentity>(input).await?.account;
        let owner = image.owner_id.clone().unwrap_or_default();
        ensure!(
            caller.as_deref() == Some(owner.as_str()),
            "{id} belongs to {owner}: only its owner can see and give rights to it."
        );
        let region = api.region.clone();
        Ok(Shared {
            image,
            owner,
            region,
        })
    }

    fn id(&self) -> &str {
        self.image.image_id.as_deref().unwrap_or_default()
    }

    /// Every right that the account needs, for copying if `copy` says so.
    pub(crate) async fn rights(&self, api: &Api, account: &str, copy: bool) -> Result<Vec<Right>> {
        let mut rights = vec![self.launch(api, account).await?];
        if copy {
            rights.extend(self.product());
        }
        let mut keys = BTreeSet::new();
        for (_, id) in fetch::disks(&self.image) {
            let found = snapshot::describe(api, &id).await?;
            let found = found.with_context(|| format!("The snapshot {id} is gone."))?;
            if copy {
                rights.push(self.storage(api, account, &id).await?);
            }
            keys.extend(found.kms_key_id);
        }
        for key in keys {
            rights.push(self.key(api, account, &key).await?);
        }
        Ok(rights)
    }

    async fn launch(&self, api: &Api, account: &str) -> Result<Right> {
        let input = ec2::DescribeImageAttributeRequest {
            image_id: Some(self.id().to_owned()),
            attribute: Some("launchPermission".into()),
            ..ec2::DescribeImageAttributeRequest::default()
        };
        let answer = api.call::<ec2::DescribeImageAttribute>(input).await?;
        let given = answer.launch_permissions.unwrap_or_default();
        let state = if account == self.owner {
            State::Present("its owner".into())
        } else if given.iter().any(|one| one.group.as_deref() == Some("all")) {
            State::Present("the image is public".into())
        } else if given
            .iter()
            .any(|one| one.user_id.as_deref() == Some(account))
        {
            State::Present("shared with the account".into())
        } else {
            State::Missing(Gift::Launch)
        };
        Ok(Right {
            what: "launch the image".into(),
            resource: self.id().to_owned(),
            for_launch: true,
            state,
        })
    }

    /// What is sold with an image may forbid its copies in other accounts.
    fn product(&self) -> Option<Right> {
        let sold = !self.image.product_codes.is_empty();
        let operation = self.image.usage_operation.as_deref();
        let billed = operation.is_some_and(|operation| operation != "RunInstances");
        let why = match (sold, billed) {
            (true, _) => "it has a product code",
            (_, true) => "it has an EC2 billing product",
            _ => return None,
        };
        let why = format!(
            "{why}: such an image can be launched, and an image made of the instance, but not be copied to another account (unless the service was told otherwise)"
        );
        Some(Right {
            what: "copy what is sold with it".into(),
            resource: self.id().to_owned(),
            for_launch: false,
            state: State::Impossible(why),
        })
    }

    async fn storage(&self, api: &Api, account: &str, id: &str) -> Result<Right> {
        let input = ec2::DescribeSnapshotAttributeRequest {
            snapshot_id: Some(id.to_owned()),
            attribute: Some("createVolumePermission".into()),
            ..ec2::DescribeSnapshotAttributeRequest::default()
        };
        let state = match api.call::<ec2::DescribeSnapshotAttribute>(input).await {
            Ok(answer) => {
                let given = answer.create_volume_permissions.unwrap_or_default();
                if account == self.owner {
                    State::Present("its owner".into())
                } else if given.iter().any(|one| one.group.as_deref() == Some("all")) {
                    State::Present("the snapshot is public".into())
                } else if given
                    .iter()
                    .any(|one| one.user_id.as_deref() == Some(account))
                {
                    State::Present("shared with the account".into())
                } else {
                    State::Missing(Gift::Storage)
                }
            }
            Err(error) => refused(error, "the snapshot is somebody else's")?,
        };
        Ok(Right {
            what: "read the snapshot".into(),
            resource: id.to_owned(),
            for_launch: false,
            state,
        })
    }

    async fn key(&self, api: &Api, account: &str, key: &str) -> Result<Right> {
        let state = if account == self.owner {
            State::Present("its owner".into())
        } else {
            match self.key_state(api, account, key).await {
                Ok(state) => state,
                Err(error) => refused(error, "the key is somebody else's")?,
            }
        };
        Ok(Right {
            what: "use the key".into(),
            resource: key.to_owned(),
            for_launch: true,
            state,
        })
    }

    async fn key_state(&self, api: &Api, account: &str, key: &str) -> Result<State> {
        let input = kms::DescribeKeyRequest {
            key_id: Some(key.to_owned()),
            ..kms::DescribeKeyRequest::default()
        };
        let about = api.call::<kms::DescribeKey>(input).await?.key_metadata;
        let about = about.context("the answer describes no key")?;
        if about.key_manager.as_deref() == Some("AWS") {
            let why = "the snapshot is encrypted under aws/ebs, which cannot be shared: copy the image under a key of your own, and share the copy";
            return Ok(State::Impossible(why.into()));
        }
        if about.key_state.as_deref() != Some("Enabled") {
            let state = about.key_state.unwrap_or_default();
            return Ok(State::Impossible(format!("the key is {state}")));
        }
        if self.is_granted(api, account, key).await? {
            return Ok(State::Present("a grant".into()));
        }
        let input = kms::GetKeyPolicyRequest {
            key_id: Some(key.to_owned()),
            ..kms::GetKeyPolicyRequest::default()
        };
        let policy = api.call::<kms::GetKeyPolicy>(input).await?.policy;
        let allows = self.allows(&policy.unwrap_or_default(), account, key);
        Ok(match allows {
            true => State::Present("the key's policy".into()),
            false => State::Missing(Gift::Key),
        })
    }

    async fn is_granted(&self, api: &Api, account: &str, key: &str) -> Result<bool> {
        let (root, mut marker) = (root(account), None);
        loop {
            let input = kms::ListGrantsRequest {
                key_id: Some(key.to_owned()),
                marker,
                ..kms::ListGrantsRequest::default()
            };
            let page = api.call::<kms::ListGrants>(input).await?;
            let gives = |grant: &kms::GrantListEntry| {
                let to = grant.grantee_principal.as_deref();
                let has = |operation: &str| grant.operations.iter().any(|one| one == operation);
                (to == Some(account) || to == Some(root.as_str()))
                    && grant.constraints.is_none()
                    && KEY_OPERATIONS.iter().all(|operation| has(operation))
            };
            if page.grants.iter().any(gives) {
                return Ok(true);
            }
            marker = page.next_marker;
            if marker.is_none() {
                return Ok(false);
            }
        }
    }

    /// Whether a key's policy lets the account use it as EBS does.
    fn allows(&self, text: &str, account: &str, key: &str) -> bool {
        let Ok(document) = Document::parse(text, Kind::Resource) else {
            return false;
        };
        let named = Named {
            name: key.to_owned(),
            document: Arc::new(document),
        };
        let policies = Policies {
            resource: Some(&named),
            resource_must_allow: true,
            ..Policies::default()
        };
        let principal = Principal::Root {
            account: account.to_owned(),
        };
        let mut context = Context::new();
        context.set("kms:CallerAccount", account);
        context.set("kms:GrantIsForAWSResource", "true");
        context.set(
            "kms:ViaService",
            format!("ec2.{}.amazonaws.com", self.region),
        );
        KEY_OPERATIONS.iter().all(|operation| {
            let request = Request {
                principal: &principal,
                action: &format!("kms:{operation}"),
                resource: key,
                resource_owner: &self.owner,
                context: &context,
            };
            decide(&policies, &request).is_allowed()
        })
    }

    /// Gives a right that is missing.
    pub(crate) async fn give(&self, api: &Api, right: &Right, account: &str) -> Result<()> {
        let State::Missing(gift) = &right.state else {
            return Ok(());
        };
        let resource = Some(right.resource.clone());
        match gift {
            Gift::Launch => {
                let permission = ec2::LaunchPermission {
                    user_id: Some(account.to_owned()),
                    ..ec2::LaunchPermission::default()
                };
                let input = ec2::ModifyImageAttributeRequest {
                    image_id: resource,
                    launch_permission: Some(ec2::LaunchPermissionModifications {
                        add: vec![permission],
                        ..ec2::LaunchPermissionModifications::default()
                    }),
                    ..ec2::ModifyImageAttributeRequest::default()
                };
                api.call::<ec2::ModifyImageAttribute>(input).await.map(drop)
            }
            Gift::Storage => {
                let input = ec2::ModifySnapshotAttributeRequest {
                    snapshot_id: resource,
                    attribute: Some("createVolumePermission".into()),
                    operation_type: Some("add".into()),
                    user_ids: vec![account.to_owned()],
                    ..ec2::ModifySnapshotAttributeRequest::default()
                };
                api.call::<ec2::ModifySnapshotAttribute>(input)
                    .await
                    .map(drop)
            }
            Gift::Key => {
                let input = kms::CreateGrantRequest {
                    key_id: resource,
                    grantee_principal: Some(root(account)),
                    operations: KEY_OPERATIONS.map(str::to_owned).to_vec(),
                    name: Some(format!("amiable-share-{}", self.id())),
                    ..kms::CreateGrantRequest::default()
                };
                api.call::<kms::CreateGrant>(input).await.map(drop)
            }
        }
    }

    /// The command of the aws CLI that gives a right.
    pub(crate) fn command(&self, right: &Right, account: &str) -> Option<String> {
        let State::Missing(gift) = &right.state else {
            return None;
        };
        let (resource, region) = (&right.resource, &self.region);
        Some(match gift {
            Gift::Launch => format!(
                "aws ec2 modify-image-attribute --region {region} --image-id {resource} --launch-permission 'Add=[{{UserId={account}}}]'"
            ),
            Gift::Storage => format!(
                "aws ec2 modify-snapshot-attribute --region {region} --snapshot-id {resource} --attribute createVolumePermission --operation-type add --user-ids {account}"
            ),
            Gift::Key => format!(
                "aws kms create-grant --region {region} --key-id {resource} --grantee-principal {} --operations {}",
                root(account),
                KEY_OPERATIONS.join(" ")
            ),
        })
    }

    /// A right, for programs.
    pub(crate) fn shown(&self, right: &Right, account: &str) -> Value {
        let (state, why) = match &right.state {
            State::Present(why) => ("present", Some(why)),
            State::Missing(_) => ("missing", None),
            State::Impossible(why) => ("impossible", Some(why)),
        };
        json!({
            "right": right.what,
            "resource": right.resource,
            "needed_for": if right.for_launch { ["launch", "copy"].as_slice() } else { &["copy"] },
            "state": state,
            "because": why,
            "command": self.command(right, account),
        })
    }
}

impl Right {
    pub(crate) fn is_present(&self) -> bool {
        matches!(self.state, State::Present(_))
    }
}

/// Refused by the service, which is an answer too; whatever else went wrong is an error.
fn refused(error: anyhow::Error, why: &str) -> Result<State> {
    match api::fault(&error) {
        Some(fault) if fault.status < 500 => Ok(State::Impossible(format!(
            "{why}, or gone ({})",
            fault.code
        ))),
        _ => Err(error),
    }
}

fn root(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

/// Twelve digits.
pub(crate) fn check_account(account: &str) -> Result<()> {
    let good = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    ensure!(
        good,
        "An account is named by its twelve digits, not {account:?}."
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Shared {
        Shared {
            image: ec2::Image {
                image_id: Some("ami-1".into()),
                ..ec2::Image::default()
            },
            owner: "111111111111".into(),
            region: "us-east-1".into(),
        }
    }

    fn policy(principal: &str, action: &str) -> String {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": principal}, "Action": action, "Resource": "*"}]})
        .to_string()
    }

    #[test]
    fn a_key_policy_counts_only_if_it_lets_the_account_do_all_that_ebs_does() {
        let (mine, key) = ("222222222222", "arn:aws:kms:us-east-1:111111111111:key/k");
        let allows = |text: &str| shared().allows(text, mine, key);
        assert!(allows(&policy("arn:aws:iam::222222222222:root", "kms:*")));
        assert!(!allows(&policy("arn:aws:iam::333333333333:root", "kms:*")));
        assert!(!allows(&policy(
            "arn:aws:iam::222222222222:root",
            "kms:Decrypt"
        )));
        assert!(!allows("no policy"));
    }

    #[test]
    fn a_missing_right_comes_with_the_command_that_gives_it() {
        let right = |gift, resource: &str| Right {
            what: String::new(),
            resource: resource.into(),
            for_launch: true,
            state: State::Missing(gift),
        };
        let command = |right| shared().command(&right, "222222222222").unwrap();
        assert_eq!(
            command(right(Gift::Launch, "ami-1")),
            "aws ec2 modify-image-attribute --region us-east-1 --image-id ami-1 --launch-permission 'Add=[{UserId=222222222222}]'"
        );
        assert!(command(right(Gift::Storage, "snap-1")).contains("--user-ids 222222222222"));
        assert!(
            command(right(Gift::Key, "k"))
                .ends_with("CreateGrant Decrypt DescribeKey ReEncryptFrom")
        );
    }

    #[test]
    fn an_image_with_a_billing_product_can_be_launched_and_not_copied() {
        let mut shared = shared();
        assert!(shared.product().is_none());
        shared.image.usage_operation = Some("RunInstances:0002".into());
        let right = shared.product().unwrap();
        assert!(!right.for_launch && matches!(right.state, State::Impossible(_)));
    }

    #[test]
    fn accounts_have_twelve_digits() {
        assert!(check_account("123456789012").is_ok());
        assert!(check_account("12345678901").is_err() && check_account("root").is_err());
    }
}
