//! DescribeKey.

use crate::allow::{Asked, allow};
use crate::create_grant::check_tokens;
use crate::find::{Reach, find};
use crate::managed::EBS_ALIAS;
use crate::{Key, Keys, managed};
use base::Result;
use identity::Call;

/// The key of this name, if the caller may know it. Asking for `alias/aws/ebs` makes it.
pub async fn describe_key(keys: &Keys, call: &Call, given: &str, tokens: &[String]) -> Result<Key> {
    const ACTION: &str = "kms:DescribeKey";
    let mut tx = keys.db.begin().await?;
    check_tokens(&mut tx, tokens).await?;
    let found = if given == EBS_ALIAS {
        managed::ensure(keys, &mut tx, call.place(), call.now).await?
    } else {
        find(&mut tx, call, given, (Reach::AnyOrAlias, ACTION)).await?
    };
    allow(&mut tx, call, &found, &Asked::plain(ACTION)).await?;
    tx.commit().await?;
    let mut key = found.key;
    key.state = key.state_at(call.now);
    Ok(key)
}
