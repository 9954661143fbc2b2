//! An authenticated request, before anything is known of what it asks for.

use crate::Session;
use base::{AccountId, Region, Timestamp};
use policy::{Context, Principal};

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account that acts, owns what it makes, and pays.
    pub account: AccountId,
    /// The principal's ARN.
    pub arn: String,
    /// The principal's unique id; for a session of a role, the role's id and the session's name.
    pub user_id: String,
    /// The principal as policies name it.
    pub principal: Principal,
    /// What temporary credentials carry; nothing if the caller signs with an access key.
    pub session: Option<Session>,
}

impl Caller {
    /// The root user of an account.
    pub fn root(account: AccountId) -> Caller {
        Caller {
            arn: format!("arn:aws:iam::{account}:root"),
            user_id: account.to_string(),
            principal: Principal::Root {
                account: account.to_string(),
            },
            account,
            session: None,
        }
    }

    /// A user, with `id` `AIDA…`.
    pub fn user(account: AccountId, arn: String, id: String) -> Caller {
        Caller {
            principal: Principal::User {
                account: account.to_string(),
                arn: arn.clone(),
                id: id.clone(),
            },
            account,
            arn,
            user_id: id,
            session: None,
        }
    }

    /// Whether this is the root user of its account, who may do everything in it.
    pub fn is_root(&self) -> bool {
        matches!(self.principal, Principal::Root { .. })
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
    /// What policies may ask about the request beside its action and resource.
    pub context: Context,
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
