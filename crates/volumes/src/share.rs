//! Who may make volumes and copies from a snapshot besides its owner: ModifySnapshotAttribute,
//! ResetSnapshotAttribute and the owner's view of it.
//!
//! A snapshot that is sealed under a key of its owner's can be shared with accounts (which then
//! need the key too), never with everybody; one under the account's own `aws/ebs` key with nobody.
//! While public sharing is blocked altogether, a public snapshot keeps its permission and is
//! private. (EBS User Guide, "Share a snapshot", "Block public access".)

use crate::settings::{self, PublicAccess};
use crate::{Snapshot, SnapshotState, Volumes, rows};
use base::{AccountId, Error, Reason, Result, SnapshotId, Subject};
use identity::{Action, Call, Permit, authorize};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::Tx;

/// Who may make volumes from a snapshot besides its owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatePermission {
    /// Everybody.
    pub public: bool,
    /// Everybody may not after all, as long as the owner blocks all public sharing.
    pub suspended: bool,
    /// These accounts.
    pub accounts: BTreeSet<AccountId>,
}

/// Whom a permission is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sharee {
    /// Everybody (the group `all`).
    All,
    /// One account.
    Account(AccountId),
}

/// A change to who may make volumes from a snapshot.
#[derive(Clone, Debug, Default)]
pub struct ShareSnapshot {
    /// Those who now may.
    pub add: Vec<Sharee>,
    /// Those who no longer may.
    pub remove: Vec<Sharee>,
}

/// How many entries one request may have, and how many accounts a snapshot.
const ENTRIES: usize = 500;
const SHARES: usize = 1000;

impl CreatePermission {
    /// Whether everybody may now.
    pub fn is_public(&self) -> bool {
        self.public && !self.suspended
    }

    /// Whether this account may, as one among others or by name.
    pub fn includes(&self, account: &AccountId) -> bool {
        self.is_public() || self.accounts.contains(account)
    }
}

/// Changes who may make volumes from a snapshot of the caller's.
pub async fn share_snapshot(
    volumes: &Volumes,
    call: &Call,
    id: &SnapshotId,
    change: ShareSnapshot,
) -> Result<()> {
    if change.add.len() + change.remove.len() > ENTRIES {
        let message = format!("At most {ENTRIES} permissions can be changed in one call.");
        return Err(Error::invalid(message));
    }
    let mut tx = volumes.db().begin().await?;
    let action = Action("ec2:ModifySnapshotAttribute");
    let (snapshot, permit) = own(&mut tx, call, id, action).await?;
    let here = settings::of(&mut tx, call.account(), &call.region).await?;
    let shared = snapshot.shared(change, here.public_access)?;
    rows::put_snapshot(&mut tx, &permit, &shared).await?;
    tx.commit().await
}

/// Puts a seller's product codes on snapshots of the permit's account, for good.
pub async fn add_product_codes(
    tx: &mut Tx,
    permit: &Permit,
    ids: &[SnapshotId],
    codes: &BTreeSet<String>,
) -> Result<()> {
    for mut snapshot in crate::snapshots_by_id(tx, ids).await?.into_values() {
        if snapshot.owner != *permit.account() {
            continue;
        }
        if snapshot.permission.public {
            let message = format!(
                "The snapshot '{}' is public, so it can't get product codes.",
                snapshot.id
            );
            return Err(Error::new(Reason::NotPermitted, Subject::Snapshot, message));
        }
        snapshot.product_codes.extend(codes.iter().cloned());
        rows::put_snapshot(tx, permit, &snapshot).await?;
    }
    Ok(())
}

/// Takes back every permission on a snapshot of the caller's.
pub async fn reset_sharing(volumes: &Volumes, call: &Call, id: &SnapshotId) -> Result<()> {
    let mut tx = volumes.db().begin().await?;
    let action = Action("ec2:ResetSnapshotAttribute");
    let (snapshot, permit) = own(&mut tx, call, id, action).await?;
    let private = Snapshot {
        permission: CreatePermission::default(),
        ..snapshot
    };
    rows::put_snapshot(&mut tx, &permit, &private).await?;
    tx.commit().await
}

/// A snapshot whose permissions the caller may read: its own.
pub async fn sharing(volumes: &Volumes, call: &Call, id: &SnapshotId) -> Result<Snapshot> {
    let mut tx = volumes.db().read().await?;
    let action = Action("ec2:DescribeSnapshotAttribute");
    let (snapshot, _) = own(&mut tx, call, id, action).await?;
    Ok(snapshot)
}

/// A snapshot that the caller sees, with the right to do something to it that is its owner's.
async fn own(
    tx: &mut Tx,
    call: &Call,
    id: &SnapshotId,
    action: Action,
) -> Result<(Snapshot, Permit)> {
    let snapshot = crate::readable_snapshot(tx, call.account(), &call.region, id).await?;
    let permit = authorize(tx, call, action, &[&snapshot]).await?;
    Ok((snapshot, permit))
}

impl Snapshot {
    /// Adding what is there and removing what is not both succeed; the owner is never listed.
    fn shared(mut self, change: ShareSnapshot, access: PublicAccess) -> Result<Snapshot> {
        if self.state == SnapshotState::Error {
            let message = format!("The snapshot '{}' is in the 'error' state.", self.id);
            return Err(Error::new(Reason::WrongState, Subject::Snapshot, message));
        }
        if !change.add.is_empty() {
            self.check_shareable()?;
        }
        for sharee in change.add {
            match sharee {
                Sharee::All => self.publish(access)?,
                Sharee::Account(account) if account == self.owner => {}
                Sharee::Account(account) => drop(self.permission.accounts.insert(account)),
            }
        }
        for sharee in change.remove {
            match sharee {
                Sharee::All => {
                    self.permission.public = false;
                    self.permission.suspended = false;
                }
                Sharee::Account(account) => drop(self.permission.accounts.remove(&account)),
            }
        }
        if self.permission.accounts.len() > SHARES {
            let message = format!("A snapshot can be shared with at most {SHARES} accounts.");
            return Err(Error::new(Reason::Limit, Subject::Storage, message));
        }
        Ok(self)
    }

    fn publish(&mut self, access: PublicAccess) -> Result<()> {
        if !self.product_codes.is_empty() {
            let message = "Snapshots with product codes can't be shared publicly.";
            return Err(Error::new(Reason::NotPermitted, Subject::Snapshot, message));
        }
        if self.encrypted {
            let message = "Encrypted snapshots can't be shared publicly.";
            return Err(Error::new(Reason::Unsupported, Subject::Snapshot, message));
        }
        if access != PublicAccess::Unblocked {
            let message = "You can't publicly share this snapshot because block public access \
                for snapshots is enabled for this account. To publicly share the snapshot, you \
                must call the DisableSnapshotBlockPublicAccess API.";
            return Err(Error::new(Reason::NotPermitted, Subject::Snapshot, message));
        }
        self.permission.public = true;
        self.permission.suspended = false;
        Ok(())
    }

    fn check_shareable(&self) -> Result<()> {
        if self
            .sealing
            .as_ref()
            .is_some_and(|sealing| sealing.is_managed())
        {
            let message = "Encrypted snapshots with EBS default key cannot be shared";
            return Err(Error::new(Reason::NotPermitted, Subject::Snapshot, message));
        }
        Ok(())
    }
}
