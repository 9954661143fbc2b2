//! ModifySnapshotAttribute: who may make volumes from a snapshot, in the structured form or the
//! older one with `OperationType`.

use crate::ec2::describe_image_attribute::unknown;
use crate::run::Run;
use crate::{App, translate};
use base::{AccountId, Error, Reason, Result, Subject};
use identity::Call;
use protocol::{Unit, ec2};
use volumes::{ShareSnapshot, Sharee};

impl Run for ec2::ModifySnapshotAttribute {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::ModifySnapshotAttributeRequest,
    ) -> Result<Unit> {
        let id = translate::id(input.snapshot_id.clone(), "SnapshotId")?;
        let change = change(input)?;
        volumes::share_snapshot(&app.volumes, call, &id, change).await?;
        Ok(Unit {})
    }
}

fn change(input: ec2::ModifySnapshotAttributeRequest) -> Result<ShareSnapshot> {
    match translate::present(input.attribute).as_deref() {
        None | Some("createVolumePermission") => {}
        Some(other) => return Err(unknown(other)),
    }
    if let Some(permission) = &input.create_volume_permission {
        let read = |list: &[ec2::CreateVolumePermission]| {
            list.iter().map(sharee).collect::<Result<Vec<_>>>()
        };
        return Ok(ShareSnapshot {
            add: read(&permission.add)?,
            remove: read(&permission.remove)?,
        });
    }
    let groups = input.group_names.iter().map(|group| of_group(group));
    let users = input.user_ids.iter().map(|user| of_user(user));
    let list = groups.chain(users).collect::<Result<Vec<Sharee>>>()?;
    if list.is_empty() {
        return Err(Error::missing("CreateVolumePermission"));
    }
    match translate::required(input.operation_type, "OperationType")?.as_str() {
        "add" => Ok(ShareSnapshot {
            add: list,
            remove: Vec::new(),
        }),
        "remove" => Ok(ShareSnapshot {
            add: Vec::new(),
            remove: list,
        }),
        other => {
            let shown: String = other.chars().take(64).collect();
            Err(Error::invalid(format!(
                "Value ({shown}) for parameter operationType is invalid: add or remove."
            )))
        }
    }
}

fn sharee(permission: &ec2::CreateVolumePermission) -> Result<Sharee> {
    match (&permission.user_id, &permission.group) {
        (Some(user), None) => of_user(user),
        (None, Some(group)) => of_group(group),
        _ => Err(Error::new(
            Reason::Combination,
            Subject::Parameter,
            "A permission names either one account or one group.",
        )),
    }
}

fn of_user(user: &str) -> Result<Sharee> {
    AccountId::parse(user)
        .map(Sharee::Account)
        .map_err(|_| bad_item(user, "userId"))
}

fn of_group(group: &str) -> Result<Sharee> {
    if group == "all" {
        Ok(Sharee::All)
    } else {
        Err(bad_item(group, "userGroup"))
    }
}

fn bad_item(value: &str, kind: &str) -> Error {
    let shown: String = value.chars().take(64).collect();
    let message = format!("Invalid attribute item value '{shown}' for {kind} item type.");
    Error::new(Reason::Invalid, Subject::ImageAttribute, message)
}
