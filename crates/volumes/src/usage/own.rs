//! What a snapshot holds, and how much of it nothing else needs: what deleting it would free.
//!
//! The index counts how many refer to each frame (docs/format/collection.md), so that nothing has to
//! be compared: the references of the snapshot are taken back on paper, from its root down, and what
//! nobody refers to then is its own. That costs what is its own, and looks at nothing below what
//! others share.

use super::rows;
use base::{AccountId, Region, Result, SnapshotId};
use blocks::Address;
use std::collections::HashMap;
use store::{Db, Tx};

/// What a completed snapshot holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// Whose it is.
    pub account: AccountId,
    /// Where it lies.
    pub region: Region,
    /// Bytes of its blocks that hold data, as AWS counts them.
    pub full_bytes: u64,
    /// Stored bytes that nothing else refers to, no snapshot and no volume. `None` while the Region
    /// has references that are not counted yet; the server counts them within a minute or so.
    pub own_bytes: Option<u64>,
}

/// What the snapshots of an account hold, or those of all.
pub async fn held(db: &Db, account: Option<&AccountId>) -> Result<Vec<Held>> {
    let mut tx = db.read().await?;
    let mut all = Vec::new();
    for snapshot in rows::completed(&mut tx, account).await? {
        let root = snapshot.tree.as_ref().and_then(blocks::Tree::root_address);
        let own_bytes = match root {
            None => Some(0),
            Some(_) if rows::is_counting(&mut tx, &snapshot.region).await? => None,
            Some(root) => Some(own(&mut tx, &snapshot.region, root).await?),
        };
        all.push(Held {
            snapshot: snapshot.id,
            account: snapshot.owner,
            region: snapshot.region,
            full_bytes: snapshot.data_bytes.unwrap_or_default(),
            own_bytes,
        });
    }
    Ok(all)
}

/// Bytes that go if one reference to a root goes.
async fn own(tx: &mut Tx, region: &Region, root: Address) -> Result<u64> {
    let mut bytes = 0;
    let mut taken: HashMap<Address, i64> = HashMap::from([(root, 1)]);
    let mut touched = vec![root];
    while !touched.is_empty() {
        let counts = rows::counts(tx, region, &touched).await?;
        let free = counts
            .into_iter()
            .filter(|(name, _, refs)| taken.get(name) == Some(refs));
        let mut gone = Vec::new();
        for (name, length, _) in free {
            bytes += length;
            gone.push(name);
        }
        touched.clear();
        for name in rows::named_by(tx, region, &gone).await? {
            let times = taken.entry(name).or_default();
            *times += 1;
            if *times == 1 {
                touched.push(name);
            }
        }
    }
    Ok(bytes)
}
