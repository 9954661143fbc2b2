//! The organization: all accounts of the installation, in a tree of units.
//!
//! There is one, from the first account on, which manages it. Its ids are made of the first
//! account's, so that nothing need be kept but the units and the accounts that were moved.

use crate::rows;
use aws_lc_rs::digest;
use base::{AccountId, Result};
use store::Tx;

/// The organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id, `o-…`.
    pub id: String,
    /// The id of its root, `r-…`.
    pub root: String,
    /// The account that manages it.
    pub management: AccountId,
}

/// Where an account is in the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The organization's id.
    pub id: String,
    /// The account that manages the organization.
    pub management: AccountId,
    /// The root's id and those of the units down to the account.
    pub units: Vec<String>,
}

impl Place {
    /// `o-…/r-…/ou-…/`: as `aws:PrincipalOrgPaths` has it.
    pub fn path(&self) -> String {
        format!("{}/{}/", self.id, self.units.join("/"))
    }

    /// Whether this ARN names the organization, or a unit that the account is in.
    pub fn is_within(&self, arn: &str) -> bool {
        let prefix = format!("arn:aws:organizations::{}:", self.management);
        let Some(rest) = arn.strip_prefix(&prefix) else {
            return false;
        };
        match rest.split('/').collect::<Vec<_>>()[..] {
            ["organization", id] => id == self.id,
            ["ou" | "root", id, unit] => id == self.id && self.units.iter().any(|own| own == unit),
            _ => false,
        }
    }
}

/// The organization; nothing before the first account.
pub async fn organization(tx: &mut Tx) -> Result<Option<Organization>> {
    let first = rows::first_account(tx).await?;
    Ok(first.map(|account| of_management(account.id)))
}

fn of_management(management: AccountId) -> Organization {
    let letters = letters(&format!("organization of {management}"), 14);
    let (id, root) = letters.split_at(10);
    Organization {
        id: format!("o-{id}"),
        root: format!("r-{root}"),
        management,
    }
}

fn letters(seed: &str, count: usize) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz012345";
    let hash = digest::digest(&digest::SHA256, seed.as_bytes());
    let bytes = hash.as_ref().iter().take(count);
    bytes
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect()
}

/// Where an account is; nothing if it is not one of this installation's.
pub async fn organization_of(tx: &mut Tx, account: &AccountId) -> Result<Option<Place>> {
    let Some(organization) = organization(tx).await? else {
        return Ok(None);
    };
    let Some(parent) = rows::parent_of_account(tx, account).await? else {
        return Ok(None);
    };
    let mut units = Vec::new();
    let mut next = parent;
    while let Some(id) = next {
        next = rows::unit(tx, &id).await?.and_then(|unit| unit.parent);
        units.push(id);
    }
    units.push(organization.root.clone());
    units.reverse();
    Ok(Some(Place {
        id: organization.id,
        management: organization.management,
        units,
    }))
}

/// A unit: accounts that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its id, `ou-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The unit that it is in; nothing if that is the root.
    pub parent: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_within_its_organization_and_every_unit_above_it() {
        let management = AccountId::parse("111122223333").unwrap();
        let organization = of_management(management.clone());
        assert_eq!((organization.id.len(), organization.root.len()), (12, 6));
        let place = Place {
            id: organization.id.clone(),
            management,
            units: vec![organization.root.clone(), "ou-a".into()],
        };
        let id = &organization.id;
        let arn = |rest: &str| format!("arn:aws:organizations::111122223333:{rest}");
        assert!(place.is_within(&arn(&format!("organization/{id}"))));
        assert!(place.is_within(&arn(&format!("ou/{id}/ou-a"))));
        assert!(!place.is_within(&arn(&format!("ou/{id}/ou-b"))));
        assert!(!place.is_within(&arn("organization/o-other")));
        assert!(!place.is_within("arn:aws:organizations::444455556666:organization/o-x"));
        assert_eq!(place.path(), format!("{id}/{}/ou-a/", organization.root));
    }
}
