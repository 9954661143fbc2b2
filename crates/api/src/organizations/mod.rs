//! The operations of Organizations.

mod create_organizational_unit;
mod delete_organizational_unit;
mod describe_account;
mod describe_organization;
mod describe_organizational_unit;
mod list_accounts;
mod list_accounts_for_parent;
mod list_children;
mod list_organizational_units_for_parent;
mod list_parents;
mod list_roots;
mod move_account;
mod shape;
mod update_organizational_unit;
