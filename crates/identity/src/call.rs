//! An authenticated request, before anything is known of what it asks for.

use base::{AccountId, Region, Timestamp};

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account that acts, owns what it makes, and pays.
    pub account: AccountId,
    /// The principal's ARN.
    pub arn: String,
    /// The principal's unique id.
    pub user_id: String,
}

impl Caller {
    /// The root user of an account.
    pub fn root(account: AccountId) -> Caller {
        let arn = format!("arn:aws:iam::{account}:root");
        Caller {
            user_id: account.to_string(),
            account,
            arn,
        }
    }
}

/// One authenticated request.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// The Region that was called.
    pub region: Region,
    /// The id of this request, in the answer and in the log.
    pub request_id: String,
    /// When it came.
    pub now: Timestamp,
    /// A rehearsal: checked like the real thing, then answered with DryRun.
    pub dry_run: bool,
}

impl Call {
    /// The account that acts.
    pub fn account(&self) -> &AccountId {
        &self.caller.account
    }

    /// Where the call is: what client tokens and most names are unique in.
    pub fn place(&self) -> (&AccountId, &Region) {
        (&self.caller.account, &self.region)
    }
}
