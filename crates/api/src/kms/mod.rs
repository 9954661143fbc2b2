//! The operations of KMS, and what they translate alike.

mod cancel_key_deletion;
mod create_alias;
mod create_grant;
mod create_key;
mod decrypt;
mod delete_alias;
mod delete_imported_key_material;
mod describe_key;
mod disable_key;
mod disable_key_rotation;
mod enable_key;
mod enable_key_rotation;
mod encrypt;
mod generate_data_key;
mod generate_data_key_without_plaintext;
mod generate_random;
mod get_key_policy;
mod get_key_rotation_status;
mod get_parameters_for_import;
mod import_key_material;
mod list_aliases;
mod list_grants;
mod list_key_policies;
mod list_key_rotations;
mod list_keys;
mod list_resource_tags;
mod list_retirable_grants;
mod put_key_policy;
mod re_encrypt;
mod retire_grant;
mod revoke_grant;
mod rotate_key_on_demand;
mod schedule_key_deletion;
mod tag_resource;
mod untag_resource;
mod update_alias;
mod update_key_description;

use crate::translate;
use base::{Error, Result, Tag};
use bytes::Bytes;
use identity::Call;
use keys::{EncryptionContext, Grant, Key, Lockout, Manager, Origin, Plain, State, Wanted, With};
use protocol::kms;

/// The one algorithm of symmetric keys.
const ALGORITHM: &str = "SYMMETRIC_DEFAULT";

fn key(given: Option<String>) -> Result<String> {
    translate::required(given, "KeyId")
}

fn wanted(limit: Option<i32>, marker: Option<String>) -> Wanted {
    Wanted { limit, marker }
}

/// Checks the limit of a list of one, which has no second page.
fn first_page(limit: Option<i32>, marker: Option<String>) -> Result<()> {
    if marker.is_some_and(|marker| !marker.is_empty()) {
        let message = "The marker is not valid for this request.";
        let (reason, subject) = (base::Reason::Invalid, base::Subject::PageToken);
        return Err(Error::new(reason, subject, message));
    }
    match limit {
        Some(limit) if !(1..=1000).contains(&limit) => {
            Err(Error::invalid("Limit is a number between 1 and 1000."))
        }
        _ => Ok(()),
    }
}

/// The call, as a rehearsal if the request says so.
fn rehearsed(call: &Call, dry_run: Option<bool>) -> Call {
    Call {
        dry_run: dry_run.unwrap_or(false),
        ..call.clone()
    }
}

fn with(key_id: Option<String>, context: EncryptionContext, tokens: Vec<String>) -> Result<With> {
    Ok(With {
        key: key(key_id)?,
        context,
        tokens,
    })
}

/// Secret bytes for whoever asked for them; the answer's own copy is not wiped.
fn shown(plain: &Plain) -> Bytes {
    Bytes::copy_from_slice(plain.expose())
}

fn length(number: i32) -> Result<usize> {
    let bad = |_| Error::invalid("NumberOfBytes must not be negative.");
    usize::try_from(number).map_err(bad)
}

/// How long a data key is: by its kind or by a number, never both.
fn data_key_length(spec: Option<&str>, number: Option<i32>) -> Result<usize> {
    match (spec, number) {
        (Some("AES_256"), None) => Ok(32),
        (Some("AES_128"), None) => Ok(16),
        (None, Some(number)) => length(number),
        (Some(other), None) => {
            let shown: String = other.chars().take(64).collect();
            let message = format!("KeySpec is AES_256 or AES_128, not '{shown}'.");
            Err(Error::invalid(message))
        }
        (Some(_), Some(_)) | (None, None) => Err(Error::invalid(
            "Please specify either number of bytes or key spec.",
        )),
    }
}

fn lockout(bypass: Option<bool>) -> Lockout {
    match bypass {
        Some(true) => Lockout::Allowed,
        Some(false) | None => Lockout::Checked,
    }
}

fn tags(given: Vec<kms::Tag>) -> Result<Vec<Tag>> {
    let tag = |tag: kms::Tag| {
        Ok(Tag {
            key: translate::required(tag.tag_key, "TagKey")?,
            value: tag.tag_value.unwrap_or_default(),
        })
    };
    given.into_iter().map(tag).collect()
}

fn metadata(key: &Key) -> kms::KeyMetadata {
    let manager = match key.manager {
        Manager::Customer => "CUSTOMER",
        Manager::Aws => "AWS",
    };
    let has_material = key.state != State::PendingImport;
    let expiration = (key.origin == Origin::External && has_material)
        .then(|| keys::model(key.expires).to_owned());
    kms::KeyMetadata {
        aws_account_id: Some(key.account.to_string()),
        key_id: Some(key.id.clone()),
        arn: Some(key.arn()),
        creation_date: Some(translate::time(key.created)),
        enabled: Some(key.state == State::Enabled),
        description: Some(key.description.clone()),
        key_usage: Some("ENCRYPT_DECRYPT".to_owned()),
        key_state: Some(key.state.as_str().to_owned()),
        deletion_date: keys::deletion_shown(key).map(translate::time),
        valid_to: key.expires.filter(|_| has_material).map(translate::time),
        origin: Some(key.origin.as_str().to_owned()),
        expiration_model: expiration,
        key_manager: Some(manager.to_owned()),
        customer_master_key_spec: Some(ALGORITHM.to_owned()),
        key_spec: Some(ALGORITHM.to_owned()),
        encryption_algorithms: vec![ALGORITHM.to_owned()],
        multi_region: Some(false),
        ..kms::KeyMetadata::default()
    }
}

fn grants((found, next_marker): (Vec<Grant>, Option<String>)) -> kms::ListGrantsResponse {
    kms::ListGrantsResponse {
        grants: found.into_iter().map(grant).collect(),
        truncated: Some(next_marker.is_some()),
        next_marker,
    }
}

fn grant(grant: Grant) -> kms::GrantListEntry {
    let operations = grant.operations.iter();
    kms::GrantListEntry {
        key_id: Some(grant.key_arn()),
        grant_id: Some(grant.id.to_string()),
        name: Some(grant.name.clone().unwrap_or_default()),
        creation_date: Some(translate::time(grant.created)),
        grantee_principal: Some(grant.grantee.clone()),
        retiring_principal: grant.retiring.clone(),
        issuing_account: Some(format!("arn:aws:iam::{}:root", grant.issuer)),
        operations: operations.map(|one| one.as_str().to_owned()).collect(),
        constraints: constraints(grant.constraints),
    }
}

fn constraints(constraints: keys::Constraints) -> Option<kms::GrantConstraints> {
    if constraints.equals.is_none() && constraints.subset.is_none() {
        return None;
    }
    Some(kms::GrantConstraints {
        encryption_context_subset: constraints.subset.unwrap_or_default(),
        encryption_context_equals: constraints.equals.unwrap_or_default(),
    })
}
