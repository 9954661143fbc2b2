//! CreateKey.

use crate::allow::{Right, allow_own, check_lockout};
use crate::key::{Key, Manager, Origin, Rotation, State};
use crate::material::{self, Material};
use crate::rows::{self, Kept};
use crate::{Keys, name};
use base::{AccountId, Error, Reason, Region, Result, Subject, Tag, Tags, Timestamp, check_tags};
use identity::Call;
use policy::{Context, Document, Kind};
use serde_json::json;
use store::Tx;

/// How many keys an account may have in a Region.
const MOST: i64 = 100_000;
const LONGEST_DESCRIPTION: usize = 8192;

/// A request for a key.
#[derive(Clone, Debug)]
pub struct CreateKey {
    /// Its policy; absent: the account decides.
    pub policy: Option<String>,
    /// What its owner writes about it.
    pub description: String,
    /// Where its material comes from.
    pub origin: Origin,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// What the policy must do for whoever sets it.
    pub lockout: Lockout,
}

/// Whether a new policy may lock everybody out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lockout {
    /// It must let the caller or the account change it again.
    #[default]
    Checked,
    /// It may be final.
    Allowed,
}

/// Makes a key.
pub async fn create_key(keys: &Keys, call: &Call, request: CreateKey) -> Result<Key> {
    check_description(&request.description)?;
    let tags = key_tags(&request.tags)?;
    let (account, region) = call.place();
    let mut tx = keys.db.begin().await?;
    let right = may_create(&mut tx, call, &request, &tags).await?;
    if rows::count_keys(&mut tx, account, region).await? >= MOST {
        let message = format!("An account can have {MOST} keys in a Region.");
        return Err(Error::new(Reason::Limit, Subject::Key, message));
    }
    let made = Made {
        place: (account.clone(), region.clone()),
        description: request.description,
        origin: request.origin,
        manager: Manager::Customer,
        tags,
        now: call.now,
    };
    let policy = request.policy.unwrap_or_else(|| default_policy(account));
    let key = make(keys, &mut tx, &right, made, &policy).await?;
    check_policy(&mut tx, call, &key, &policy, request.lockout).await?;
    tx.commit().await?;
    Ok(key)
}

async fn may_create(tx: &mut Tx, call: &Call, request: &CreateKey, tags: &Tags) -> Result<Right> {
    let mut more = request_tags(tags);
    more.set("kms:KeyOrigin", request.origin.as_str());
    more.set("kms:KeySpec", "SYMMETRIC_DEFAULT");
    more.set("kms:KeyUsage", "ENCRYPT_DECRYPT");
    more.set("kms:MultiRegion", "false");
    more.set(
        "kms:BypassPolicyLockoutSafetyCheck",
        (request.lockout == Lockout::Allowed).to_string(),
    );
    if !tags.is_empty() {
        let rehearsed = Call {
            dry_run: false,
            ..call.clone()
        };
        allow_own(tx, &rehearsed, ("kms:TagResource", "*"), more.clone()).await?;
    }
    allow_own(tx, call, ("kms:CreateKey", "*"), more).await
}

/// What a new key is made of.
pub(crate) struct Made {
    pub(crate) place: (AccountId, Region),
    pub(crate) description: String,
    pub(crate) origin: Origin,
    pub(crate) manager: Manager,
    pub(crate) tags: Tags,
    pub(crate) now: Timestamp,
}

/// Writes a key and, if it is made here, its first material.
pub(crate) async fn make(
    keys: &Keys,
    tx: &mut Tx,
    right: &Right,
    made: Made,
    policy: &str,
) -> Result<Key> {
    let (account, region) = made.place;
    let (state, material) = match made.origin {
        Origin::AwsKms => (State::Enabled, 1),
        Origin::External => (State::PendingImport, 0),
    };
    let key = Key {
        id: name::fresh_id(&*keys.entropy),
        account,
        region,
        created: made.now,
        description: made.description,
        state,
        origin: made.origin,
        manager: made.manager,
        deletion: None,
        rotation: Rotation::default(),
        material,
        expires: None,
        tags: made.tags,
    };
    rows::insert_key(tx, right, &key, policy).await?;
    if made.origin == Origin::AwsKms {
        add_material(keys, tx, right, &key, (None, made.now)).await?;
    }
    Ok(key)
}

/// Writes fresh material under the number that the key encrypts with.
pub(crate) async fn add_material(
    keys: &Keys,
    tx: &mut Tx,
    right: &Right,
    key: &Key,
    (rotation, since): (Option<rows::Cause>, Timestamp),
) -> Result<()> {
    let fresh = Material::random(&*keys.entropy);
    let kept = Kept {
        id: fresh.id(),
        since,
        rotation,
    };
    let sealed = material::seal(keys, &key.id, key.material, &fresh)?;
    rows::put_material(tx, right, (&key.id, key.material), &kept, &sealed).await
}

/// The policy of a key whose account decides by its own policies.
pub(crate) fn default_policy(account: &AccountId) -> String {
    let text = json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
            "Action": "kms:*",
            "Resource": "*",
        }],
    });
    text.to_string()
}

/// Whether a text may be the key's policy.
pub(crate) async fn check_policy(
    tx: &mut Tx,
    call: &Call,
    key: &Key,
    text: &str,
    lockout: Lockout,
) -> Result<()> {
    Document::parse(text, Kind::Resource)
        .map_err(|problem| Error::new(Reason::Malformed, Subject::Policy, problem.message))?;
    match lockout {
        Lockout::Checked => check_lockout(tx, call, (&key.arn(), &key.account), text).await,
        Lockout::Allowed => Ok(()),
    }
}

/// What policies may ask about tags that a request sets.
pub(crate) fn request_tags(tags: &Tags) -> Context {
    let mut context = Context::new();
    context.set_many("aws:TagKeys", tags.keys());
    for (name, value) in tags {
        context.set(format!("aws:RequestTag/{name}"), value);
    }
    context
}

/// Tags that a caller sent.
pub(crate) fn key_tags(tags: &[Tag]) -> Result<Tags> {
    check_tags(tags).map_err(|error| Error::new(error.reason, Subject::Tag, error.message))
}

pub(crate) fn check_description(text: &str) -> Result<()> {
    if text.chars().count() <= LONGEST_DESCRIPTION {
        return Ok(());
    }
    let message = format!("A description has at most {LONGEST_DESCRIPTION} characters.");
    Err(Error::invalid(message))
}
