//! The key that AWS manages for EBS: `alias/aws/ebs`, made when an account first needs it in a
//! Region. Every principal of the account may use it, through EC2 alone; nobody changes, shares or
//! deletes it.

use crate::allow::{Found, Right};
use crate::create_key::{self, Made};
use crate::key::{Manager, Origin};
use crate::name::{Name, What};
use crate::rows::Alias;
use crate::service::KeyRef;
use crate::{Keys, find, jobs, rows};
use base::{AccountId, Region, Result, Tags, Timestamp};
use identity::Call;
use serde_json::json;
use store::Tx;

/// Its alias.
pub const EBS_ALIAS: &str = "alias/aws/ebs";

/// What AWS manages, it rotates every year.
const YEAR_DAYS: u32 = 365;

/// The caller's own key for EBS in the Region of the call, made if it is absent.
pub async fn managed_ebs(keys: &Keys, tx: &mut Tx, call: &Call) -> Result<KeyRef> {
    let (account, region) = call.place();
    let found = ensure(keys, tx, (account, region), call.now).await?;
    Ok(KeyRef::of(&found.key))
}

/// The name under which EC2 asks for keys in a Region.
pub(crate) fn ebs_service(region: &Region) -> String {
    format!("ec2.{region}.amazonaws.com")
}

/// An account's own key for EBS in a Region, made if it is absent.
pub(crate) async fn ensure(
    keys: &Keys,
    tx: &mut Tx,
    (account, region): (&AccountId, &Region),
    now: Timestamp,
) -> Result<Found> {
    let name = Name {
        account: None,
        region: None,
        what: What::Alias(EBS_ALIAS.to_owned()),
    };
    if let Some(found) = find::at(tx, account, region, &name).await? {
        return Ok(found);
    }
    let right = Right::of_service();
    let made = Made {
        place: (account.clone(), region.clone()),
        description: "Default key that protects my EBS volumes when no other key is defined".into(),
        origin: Origin::AwsKms,
        manager: Manager::Aws,
        tags: Tags::new(),
        now,
    };
    let policy = policy(account, region);
    let mut key = create_key::make(keys, tx, &right, made, &policy).await?;
    key.rotation.every_days = Some(YEAR_DAYS);
    jobs::plan_rotation(tx, &mut key, now).await?;
    rows::put_key(tx, &right, &key).await?;
    let alias = Alias {
        name: EBS_ALIAS.to_owned(),
        key: key.id.clone(),
        created: now,
        updated: now,
    };
    rows::put_alias(tx, &right, (account, region), &alias).await?;
    Ok(Found {
        key,
        policy,
        alias: Some(EBS_ALIAS.to_owned()),
    })
}

fn policy(account: &AccountId, region: &Region) -> String {
    let text = json!({
        "Version": "2012-10-17",
        "Id": "auto-ebs-2",
        "Statement": [
            {
                "Sid": "Use through EBS by all principals of the account",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [
                    "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*",
                    "kms:CreateGrant", "kms:DescribeKey",
                ],
                "Resource": "*",
                "Condition": {"StringEquals": {
                    "kms:CallerAccount": account.as_str(),
                    "kms:ViaService": ebs_service(region),
                }},
            },
            {
                "Sid": "What the account may see by itself",
                "Effect": "Allow",
                "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
                "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
                "Resource": "*",
            },
        ],
    });
    text.to_string()
}
