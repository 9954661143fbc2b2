//! The decision, and the proof of it.

use crate::Call;
use base::{AccountId, Error, Reason, Region, Result, Subject, Timestamp};
use store::{Lease, Tx};

/// What is to be done, such as `ec2:CopyImage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Action(pub &'static str);

/// Something that an action is about.
pub trait Resource: Sync {
    /// Its name, for the log and for policies.
    fn arn(&self) -> String;

    /// The account that owns it.
    fn owner(&self) -> &AccountId;

    /// Whether its owner shared it with this account for this action.
    fn is_shared_for(&self, _action: Action, _account: &AccountId) -> bool {
        false
    }

    /// What a caller reads who can see the resource, and may not do this with it.
    fn refusal(&self) -> Error {
        let message = format!(
            "You are not authorized to perform this operation on {}.",
            self.arn()
        );
        Error::new(Reason::NotAuthorized, Subject::Resource, message)
    }
}

/// The right to write, held by one operation. Only this module makes one.
#[derive(Clone, Debug)]
pub struct Permit {
    account: AccountId,
    region: Region,
    now: Timestamp,
    _only_made_here: Private,
}

#[derive(Clone, Debug)]
struct Private;

impl Permit {
    /// The account in whose name is written.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The Region in which is written.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// When the operation began.
    pub fn now(&self) -> Timestamp {
        self.now
    }
}

/// Whether the call may do this with these resources. A rehearsal ends here, with DryRun.
#[allow(
    clippy::unused_async,
    reason = "policies will be read from the transaction"
)]
pub async fn authorize(
    _tx: &mut Tx,
    call: &Call,
    action: Action,
    resources: &[&dyn Resource],
) -> Result<Permit> {
    let account = call.account();
    for resource in resources {
        if resource.owner() != account && !resource.is_shared_for(action, account) {
            return Err(resource.refusal());
        }
    }
    if call.dry_run {
        return Err(Error::dry_run());
    }
    Ok(permit(account.clone(), call.region.clone(), call.now))
}

/// [`authorize`] for an action that makes something new and is about nothing that exists.
pub async fn authorize_new(tx: &mut Tx, call: &Call, action: Action) -> Result<Permit> {
    authorize(tx, call, action, &[]).await
}

/// The right of a job to write for the account whose accepted request enqueued it. The lease is
/// the proof: only the database hands it out, and only an accepted request put the job there.
pub fn resume(_lease: &Lease, account: &AccountId, region: &Region, now: Timestamp) -> Permit {
    permit(account.clone(), region.clone(), now)
}

fn permit(account: AccountId, region: Region, now: Timestamp) -> Permit {
    Permit {
        account,
        region,
        now,
        _only_made_here: Private,
    }
}
