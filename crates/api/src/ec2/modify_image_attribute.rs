//! ModifyImageAttribute: one change, in the structured form or the older one with `Attribute`.

use crate::ec2::describe_image_attribute::unknown;
use crate::run::Run;
use crate::{App, translate};
use base::{AccountId, Error, Reason, Result, Subject};
use identity::Call;
use images::{Change, Who, bad_item};
use protocol::{Unit, ec2};

impl Run for ec2::ModifyImageAttribute {
    async fn run(app: &App, call: &Call, input: ec2::ModifyImageAttributeRequest) -> Result<Unit> {
        let id = translate::id(input.image_id.clone(), "ImageId")?;
        let change = change(input)?;
        images::modify(&app.images, call, &id, change).await?;
        Ok(Unit {})
    }
}

fn change(input: ec2::ModifyImageAttributeRequest) -> Result<Change> {
    let mut changes = Vec::new();
    if let Some(description) = &input.description {
        changes.push(Change::Description(
            description.value.clone().unwrap_or_default(),
        ));
    }
    if let Some(permission) = &input.launch_permission {
        let who = |list: &[ec2::LaunchPermission]| list.iter().map(who).collect::<Result<Vec<_>>>();
        changes.push(Change::Launch {
            add: who(&permission.add)?,
            remove: who(&permission.remove)?,
        });
    }
    if let Some(imds) = &input.imds_support {
        changes.push(imds_support(imds.value.as_deref())?);
    }
    if !input.product_codes.is_empty() {
        changes.push(product_codes(&input)?);
    }
    if changes.is_empty() {
        return older_form(input);
    }
    if changes.len() > 1 {
        let message = "Only one attribute can be changed in one call.";
        return Err(Error::new(Reason::Combination, Subject::Parameter, message));
    }
    Ok(changes.remove(0))
}

fn imds_support(value: Option<&str>) -> Result<Change> {
    match value {
        Some("v2.0") => Ok(Change::ImdsV2),
        other => {
            let shown: String = other.unwrap_or_default().chars().take(64).collect();
            Err(Error::invalid(format!(
                "Value ({shown}) for parameter imdsSupport is invalid. Possible values: v2.0."
            )))
        }
    }
}

/// Product codes have no structured form: they come beside `Attribute`, or alone.
fn product_codes(input: &ec2::ModifyImageAttributeRequest) -> Result<Change> {
    let named = input.attribute.as_deref();
    if named.is_some_and(|name| name != "productCodes") {
        let message = "ProductCode can be given only with the attribute productCodes.";
        return Err(Error::new(Reason::Combination, Subject::Parameter, message));
    }
    if input
        .operation_type
        .as_deref()
        .is_some_and(|what| what != "add")
    {
        let message = "Product codes can be added, and never removed.";
        return Err(Error::new(Reason::NotPermitted, Subject::Image, message));
    }
    Ok(Change::ProductCodes(
        input.product_codes.iter().cloned().collect(),
    ))
}

fn older_form(input: ec2::ModifyImageAttributeRequest) -> Result<Change> {
    let has_lists = [
        &input.user_ids,
        &input.user_groups,
        &input.organization_arns,
        &input.organizational_unit_arns,
    ]
    .iter()
    .any(|list| !list.is_empty());
    let default = has_lists.then(|| "launchPermission".to_owned());
    let attribute = translate::present(input.attribute).or(default);
    match translate::required(attribute, "Attribute")?.as_str() {
        "description" => Ok(Change::Description(input.value.unwrap_or_default())),
        "productCodes" => Err(Error::missing("ProductCode")),
        "imdsSupport" => imds_support(input.value.as_deref()),
        "launchPermission" => {
            let groups = input.user_groups.iter().map(|group| of_group(group));
            let users = input.user_ids.iter().map(|user| of_user(user));
            let organizations = input.organization_arns.iter();
            let organizations = organizations.map(|arn| Who::organization(arn));
            let units = input.organizational_unit_arns.iter();
            let units = units.map(|arn| Who::unit(arn));
            let list = groups.chain(users).chain(organizations).chain(units);
            let list = list.collect::<Result<Vec<Who>>>()?;
            match translate::required(input.operation_type, "OperationType")?.as_str() {
                "add" => Ok(Change::Launch {
                    add: list,
                    remove: Vec::new(),
                }),
                "remove" => Ok(Change::Launch {
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
        other => Err(unknown(other)),
    }
}

fn who(permission: &ec2::LaunchPermission) -> Result<Who> {
    let given = [
        permission.user_id.as_deref().map(of_user),
        permission.group.as_deref().map(of_group),
        permission
            .organization_arn
            .as_deref()
            .map(Who::organization),
        permission.organizational_unit_arn.as_deref().map(Who::unit),
    ];
    let mut given = given.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(who), None) => who,
        _ => Err(Error::new(
            Reason::Combination,
            Subject::Parameter,
            "A launch permission names one account, group, organization or organizational unit.",
        )),
    }
}

fn of_user(user: &str) -> Result<Who> {
    AccountId::parse(user)
        .map(Who::Account)
        .map_err(|_| bad_item(user, "userId"))
}

fn of_group(group: &str) -> Result<Who> {
    if group == "all" {
        Ok(Who::All)
    } else {
        Err(bad_item(group, "userGroup"))
    }
}
