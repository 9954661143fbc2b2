//! What many operations of Organizations answer in the same way.

use crate::translate;
use base::{AccountId, Result};
use identity::{Account, Call, Tree, Unit};
use protocol::organizations;
use store::Page;

const MOST: usize = 20;

pub(super) fn list(call: &Call, operation: &str) -> String {
    format!("organizations:{operation} {}", call.account())
}

/// MaxResults and NextToken: twenty at most.
pub(super) fn page(
    call: &Call,
    operation: &str,
    most: Option<i32>,
    token: Option<&str>,
) -> Result<Page> {
    let limit = Some(most.unwrap_or(20));
    Page::read(&list(call, operation), limit, token, MOST)
}

/// This page of accounts, and the token of the next.
pub(super) fn cut(
    page: &Page,
    call: &Call,
    operation: &str,
    mut accounts: Vec<Account>,
) -> (Vec<Account>, Option<String>) {
    accounts.sort_by(|one, other| one.id.cmp(&other.id));
    page.cut(&list(call, operation), accounts, |account| {
        account.id.to_string()
    })
}

/// Accounts have no mail here: an address that can never be one.
pub(super) fn email(account: &AccountId) -> String {
    format!("{account}@amiable.invalid")
}

pub(super) fn account(tree: &Tree, account: &Account) -> organizations::Account {
    organizations::Account {
        arn: Some(tree.account_arn(&account.id)),
        id: Some(account.id.to_string()),
        name: Some(account.name.clone()),
        email: Some(email(&account.id)),
        status: Some("ACTIVE".into()),
        state: Some("ACTIVE".into()),
        joined_method: Some("CREATED".into()),
        joined_timestamp: Some(translate::time(account.created)),
        paths: Vec::new(),
    }
}

pub(super) fn unit(tree: &Tree, unit: &Unit) -> organizations::OrganizationalUnit {
    organizations::OrganizationalUnit {
        arn: Some(tree.unit_arn(&unit.id)),
        id: Some(unit.id.clone()),
        name: Some(unit.name.clone()),
        path: None,
    }
}
