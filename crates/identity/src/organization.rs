//! The organization: all accounts of the installation, in a tree of units.
//!
//! There is one, from the first account on, which manages it. Its ids are made of the first
//! account's, so that nothing need be kept but the units and the accounts that were moved.

use crate::{Account, Action, Call, Identity, Permit, admit, keys, rows};
use aws_lc_rs::digest;
use base::{AccountId, Error, Reason, Result, Subject};
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

/// The organization's tree as an account that may look at it sees it.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The organization.
    pub organization: Organization,
    /// Its accounts, each with its unit (nothing: the root).
    pub accounts: Vec<(Account, Option<String>)>,
    /// Its units.
    pub units: Vec<Unit>,
}

impl Tree {
    /// Whether there is a root or unit of this id.
    fn check_parent(&self, id: &str) -> Result<Option<String>> {
        if id == self.organization.root {
            return Ok(None);
        }
        match self.units.iter().any(|unit| unit.id == id) {
            true => Ok(Some(id.to_owned())),
            false => Err(no_parent()),
        }
    }

    /// The accounts right beneath a root or unit.
    pub fn accounts_in(&self, parent: &str) -> Result<Vec<Account>> {
        let parent = self.check_parent(parent)?;
        let inside = self.accounts.iter().filter(|(_, unit)| *unit == parent);
        Ok(inside.map(|(account, _)| account.clone()).collect())
    }

    /// The units right beneath a root or unit.
    pub fn units_in(&self, parent: &str) -> Result<Vec<Unit>> {
        let parent = self.check_parent(parent)?;
        let inside = self.units.iter().filter(|unit| unit.parent == parent);
        Ok(inside.cloned().collect())
    }

    /// The id of the root or unit right above an account or unit.
    pub fn parent_of(&self, child: &str) -> Result<String> {
        let root = || self.organization.root.clone();
        if let Some((_, unit)) = self.accounts.iter().find(|(a, _)| a.id.as_str() == child) {
            return Ok(unit.clone().unwrap_or_else(root));
        }
        match self.units.iter().find(|unit| unit.id == child) {
            Some(unit) => Ok(unit.parent.clone().unwrap_or_else(root)),
            None => Err(Error::not_found(
                Subject::Resource,
                "You specified a child that doesn't exist.",
            )),
        }
    }

    /// An account by its id.
    pub fn account(&self, id: &str) -> Result<Account> {
        let found = self
            .accounts
            .iter()
            .find(|(account, _)| account.id.as_str() == id);
        found.map(|(account, _)| account.clone()).ok_or_else(|| {
            let message = "You specified an account that doesn't exist.";
            Error::not_found(Subject::Account, message)
        })
    }

    /// A unit by its id.
    pub fn unit(&self, id: &str) -> Result<Unit> {
        let found = self.units.iter().find(|unit| unit.id == id);
        found.cloned().ok_or_else(no_unit)
    }

    /// The ARN of an account.
    pub fn account_arn(&self, account: &AccountId) -> String {
        self.arn("account", account.as_str())
    }

    /// The ARN of a unit or the root.
    pub fn unit_arn(&self, id: &str) -> String {
        self.arn(
            if id == self.organization.root {
                "root"
            } else {
                "ou"
            },
            id,
        )
    }

    fn arn(&self, kind: &str, id: &str) -> String {
        let Organization {
            id: own,
            management,
            ..
        } = &self.organization;
        format!("arn:aws:organizations::{management}:{kind}/{own}/{id}")
    }
}

impl Organization {
    /// Its ARN.
    pub fn arn(&self) -> String {
        format!(
            "arn:aws:organizations::{}:organization/{}",
            self.management, self.id
        )
    }
}

fn no_parent() -> Error {
    Error::not_found(
        Subject::Organization,
        "You specified a root or organizational unit that doesn't exist.",
    )
}

fn no_unit() -> Error {
    Error::not_found(
        Subject::OrganizationalUnit,
        "You specified an organizational unit that doesn't exist.",
    )
}

async fn tree(tx: &mut Tx) -> Result<Tree> {
    let organization = organization(tx).await?;
    Ok(Tree {
        organization: organization.ok_or_else(|| Error::internal("there is no account"))?,
        accounts: rows::all_accounts(tx).await?,
        units: rows::units(tx).await?,
    })
}

/// The organization and its management account, which any member may look at.
pub async fn describe_organization(identity: &Identity, call: &Call) -> Result<Tree> {
    let mut tx = identity.db.read().await?;
    admit(&mut tx, call, Action("organizations:DescribeOrganization")).await?;
    tree(&mut tx).await
}

/// The whole tree, for the account that manages it.
pub async fn look(identity: &Identity, call: &Call, action: Action) -> Result<Tree> {
    let mut tx = identity.db.read().await?;
    let (_, tree) = manage(&mut tx, call, action).await?;
    Ok(tree)
}

async fn manage(tx: &mut Tx, call: &Call, action: Action) -> Result<(Permit, Tree)> {
    let permit = admit(tx, call, action).await?;
    let tree = tree(tx).await?;
    if tree.organization.management == *call.account() {
        return Ok((permit, tree));
    }
    let message = "You don't have permissions to access this resource.";
    Err(Error::new(
        Reason::NotAuthorized,
        Subject::Organization,
        message,
    ))
}

/// How deep units may lie in units.
const DEPTH: usize = 5;
const UNITS: usize = 1000;

/// Makes a unit.
pub async fn create_unit(
    identity: &Identity,
    call: &Call,
    (parent, name): (&str, &str),
) -> Result<(Tree, Unit)> {
    if !(1..=128).contains(&name.chars().count()) {
        return Err(Error::invalid(
            "The name of a unit has 1 to 128 characters.",
        ));
    }
    let mut tx = identity.db.begin().await?;
    let action = Action("organizations:CreateOrganizationalUnit");
    let (permit, tree) = manage(&mut tx, call, action).await?;
    let siblings = tree.units_in(parent)?;
    if siblings.iter().any(|unit| unit.name == name) {
        let message = "An OU with the same name already exists.";
        return Err(Error::new(
            Reason::Duplicate,
            Subject::OrganizationalUnit,
            message,
        ));
    }
    let mut above = 0;
    let mut next = parent.to_owned();
    while next != tree.organization.root {
        above += 1;
        next = tree.parent_of(&next)?;
    }
    if above >= DEPTH || tree.units.len() >= UNITS {
        let message = "You have reached the limit of organizational units.";
        return Err(Error::new(
            Reason::Limit,
            Subject::OrganizationalUnit,
            message,
        ));
    }
    let root = tree.organization.root.trim_start_matches("r-");
    let unit = Unit {
        id: format!(
            "ou-{root}-{}",
            keys::id_letters(&*identity.entropy, 8).to_lowercase()
        ),
        name: name.to_owned(),
        parent: Some(parent.to_owned()).filter(|parent| *parent != tree.organization.root),
    };
    rows::insert_unit(&mut tx, &permit, &unit).await?;
    tx.commit().await?;
    Ok((tree, unit))
}

/// Gives a unit another name.
pub async fn rename_unit(
    identity: &Identity,
    call: &Call,
    (id, name): (&str, &str),
) -> Result<(Tree, Unit)> {
    let mut tx = identity.db.begin().await?;
    let action = Action("organizations:UpdateOrganizationalUnit");
    let (permit, tree) = manage(&mut tx, call, action).await?;
    let unit = tree.unit(id)?;
    let twin = |other: &Unit| other.parent == unit.parent && other.id != id && other.name == name;
    if tree.units.iter().any(twin) {
        let message = "An OU with the same name already exists.";
        return Err(Error::new(
            Reason::Duplicate,
            Subject::OrganizationalUnit,
            message,
        ));
    }
    rows::rename_unit(&mut tx, &permit, id, name).await?;
    tx.commit().await?;
    let name = name.to_owned();
    Ok((tree, Unit { name, ..unit }))
}

/// Deletes a unit that nothing is in.
pub async fn delete_unit(identity: &Identity, call: &Call, id: &str) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let action = Action("organizations:DeleteOrganizationalUnit");
    let (permit, tree) = manage(&mut tx, call, action).await?;
    tree.unit(id)?;
    if !tree.accounts_in(id)?.is_empty() || !tree.units_in(id)?.is_empty() {
        let message = "The specified OU is not empty.";
        return Err(Error::new(
            Reason::InUse,
            Subject::OrganizationalUnit,
            message,
        ));
    }
    rows::delete_unit(&mut tx, &permit, id).await?;
    tx.commit().await
}

/// Moves an account from one place to another.
pub async fn move_account(
    identity: &Identity,
    call: &Call,
    account: &str,
    (from, to): (&str, &str),
) -> Result<()> {
    let mut tx = identity.db.begin().await?;
    let (permit, tree) = manage(&mut tx, call, Action("organizations:MoveAccount")).await?;
    let account = tree.account(account)?;
    tree.check_parent(from)?;
    let to = tree.check_parent(to).map_err(|_| {
        let message = "We can't find the destination container (a root or OU).";
        Error::new(Reason::Invalid, Subject::Organization, message)
    })?;
    if tree.parent_of(account.id.as_str())? != from {
        let message = "You specified a source parent that the account is not in.";
        return Err(Error::new(
            Reason::WrongState,
            Subject::Organization,
            message,
        ));
    }
    rows::move_account(&mut tx, &permit, &account.id, to.as_deref()).await?;
    tx.commit().await
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
