//! Instance profiles of instances that are there already: AssociateIamInstanceProfile,
//! ReplaceIamInstanceProfileAssociation, DisassociateIamInstanceProfile and
//! DescribeIamInstanceProfileAssociations.
//!
//! An association is part of its instance's row, and ends with the instance. The metadata service
//! reads the row with every request, so a change holds for the guest's next request. Whoever gives
//! an instance a profile needs the right to pass on the role in it (`iam:PassRole`).

use crate::describe_network::List;
use crate::instance::{Instance, Profile, State};
use crate::look::look_alive;
use crate::{Instances, rows};
use base::pattern::check;
use base::{AccountId, Entropy, Error, InstanceId, ProfileAssociationId, Reason, ResourceId};
use base::{Result, Subject, Timestamp};
use identity::{Action, Call, Context, Permit, Resource, authorize, authorize_new};
use store::Tx;

/// An instance profile's association with an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Association {
    /// Its id.
    pub id: ProfileAssociationId,
    /// The instance.
    pub instance: InstanceId,
    /// The unique id of the profile, `AIPA…`.
    pub profile_id: String,
    /// The profile's ARN.
    pub profile_arn: String,
    /// Since when.
    pub since: Timestamp,
}

/// Which profile a caller names.
#[derive(Clone, Debug, Default)]
pub struct NamedProfile {
    /// By its name.
    pub name: Option<String>,
    /// By its ARN.
    pub arn: Option<String>,
}

impl Profile {
    /// A profile that an instance is given now, by its id and ARN.
    pub(crate) fn given(
        (id, arn): (String, String),
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Profile {
        Profile {
            id,
            arn,
            association: Some(ProfileAssociationId::random(entropy)),
            since: Some(now),
        }
    }
}

impl Instance {
    /// The association with its profile; nothing if it has none.
    pub fn association(&self) -> Option<Association> {
        let profile = self.profile.as_ref()?;
        // An older row has no association's id: the digits of the instance's are as unique.
        let digits = self.id.as_ref().trim_start_matches("i-");
        let of_instance = || ProfileAssociationId::parse(&format!("iip-assoc-{digits}")).ok();
        Some(Association {
            id: profile.association.clone().or_else(of_instance)?,
            instance: self.id.clone(),
            profile_id: profile.id.clone(),
            profile_arn: profile.arn.clone(),
            since: profile.since.unwrap_or(self.created),
        })
    }
}

/// An instance that is about to get a profile: policies may ask for which.
struct Receiving<'a> {
    instance: &'a Instance,
    profile: &'a str,
}

impl Resource for Receiving<'_> {
    fn arn(&self) -> String {
        self.instance.arn()
    }

    fn owner(&self) -> &AccountId {
        &self.instance.owner
    }

    fn conditions(&self, context: &mut Context) {
        self.instance.conditions(context);
        context.set("ec2:NewInstanceProfile", self.profile);
    }
}

/// AssociateIamInstanceProfile: of an instance that has none.
pub async fn associate_profile(
    instances: &Instances,
    call: &Call,
    (instance, named): (&str, &NamedProfile),
) -> Result<Association> {
    let mut tx = instances.db().begin().await?;
    let instance = look_alive(&mut tx, call, instance).await?;
    let action = Action("ec2:AssociateIamInstanceProfile");
    let (permit, profile) = may_give(&mut tx, call, action, (&instance, named)).await?;
    check_state(&instance)?;
    if instance.profile.is_some() {
        let message = format!(
            "There is an existing association for instance {}",
            instance.id
        );
        let subject = Subject::ProfileAssociation;
        return Err(Error::new(Reason::WrongState, subject, message));
    }
    give(instances, tx, &permit, (instance, profile)).await
}

/// ReplaceIamInstanceProfileAssociation: another profile, by another association.
pub async fn replace_profile(
    instances: &Instances,
    call: &Call,
    (association, named): (&str, &NamedProfile),
) -> Result<Association> {
    let mut tx = instances.db().begin().await?;
    let instance = associated(&mut tx, call, association).await?;
    let action = Action("ec2:ReplaceIamInstanceProfileAssociation");
    let (permit, profile) = may_give(&mut tx, call, action, (&instance, named)).await?;
    check_state(&instance)?;
    give(instances, tx, &permit, (instance, profile)).await
}

/// DisassociateIamInstanceProfile. What it answers has ended.
pub async fn disassociate_profile(
    instances: &Instances,
    call: &Call,
    association: &str,
) -> Result<Association> {
    let mut tx = instances.db().begin().await?;
    let mut instance = associated(&mut tx, call, association).await?;
    let action = Action("ec2:DisassociateIamInstanceProfile");
    let permit = authorize(&mut tx, call, action, &[&instance]).await?;
    let ended = instance.association().ok_or_else(|| unknown(association))?;
    instance.profile = None;
    rows::put_instance(&mut tx, &permit, &instance).await?;
    tx.commit().await?;
    Ok(ended)
}

/// DescribeIamInstanceProfileAssociations.
pub async fn describe_associations(
    instances: &Instances,
    call: &Call,
    list: &List,
) -> Result<(Vec<Association>, Option<String>)> {
    check(&list.filters, &["instance-id", "state"])?;
    let (page, name) = list.page(call, "profile-associations", 5, 1000)?;
    let mut tx = instances.db().read().await?;
    authorize_new(
        &mut tx,
        call,
        Action("ec2:DescribeIamInstanceProfileAssociations"),
    )
    .await?;
    let mut all = associations(&mut tx, call).await?;
    let ids: Vec<ProfileAssociationId> = list
        .ids
        .iter()
        .map(|id| ProfileAssociationId::parse(id))
        .collect::<Result<_>>()?;
    if let Some(missing) = ids.iter().find(|id| !all.iter().any(|one| one.id == **id)) {
        return Err(unknown(missing.as_ref()));
    }
    all.retain(|one| {
        let meets = |filter: &base::pattern::Filter| match filter.name.as_str() {
            "instance-id" => filter.one(one.instance.as_ref()),
            _ => filter.one("associated"),
        };
        (ids.is_empty() || ids.contains(&one.id)) && list.filters.iter().all(meets)
    });
    all.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(page.cut(&name, all, |one| one.id.to_string()))
}

async fn associations(tx: &mut Tx, call: &Call) -> Result<Vec<Association>> {
    let all = rows::instances(tx, call.place()).await?;
    let alive = all
        .iter()
        .filter(|instance| instance.state != State::Terminated);
    Ok(alive.filter_map(Instance::association).collect())
}

/// The caller's instance of an association.
async fn associated(tx: &mut Tx, call: &Call, association: &str) -> Result<Instance> {
    let id = ProfileAssociationId::parse(association)?;
    let all = associations(tx, call).await?;
    let found = all.iter().find(|one| one.id == id);
    let found = found.ok_or_else(|| unknown(association))?;
    look_alive(tx, call, found.instance.as_ref()).await
}

fn unknown(association: &str) -> Error {
    let message = format!("An invalid association-id of '{association}' was given");
    Error::not_found(Subject::ProfileAssociation, message)
}

fn check_state(instance: &Instance) -> Result<()> {
    match instance.state {
        State::Pending | State::Running | State::Stopping | State::Stopped => Ok(()),
        State::ShuttingDown | State::Terminated => {
            let message = format!(
                "The instance '{}' is not in a state from which it can be given an instance profile.",
                instance.id
            );
            Err(Error::new(Reason::WrongState, Subject::Instance, message))
        }
    }
}

async fn may_give(
    tx: &mut Tx,
    call: &Call,
    action: Action,
    (instance, named): (&Instance, &NamedProfile),
) -> Result<(Permit, (String, String))> {
    let (name, arn) = (named.name.as_deref(), named.arn.as_deref());
    if (name, arn) == (None, None) {
        return Err(Error::missing("IamInstanceProfile"));
    }
    let found = identity::profile_to_pass(tx, call, (name, arn)).await?;
    let profile = (found.id.clone(), found.arn());
    let receiving = Receiving {
        instance,
        profile: &profile.1,
    };
    let permit = authorize(tx, call, action, &[&receiving]).await?;
    Ok((permit, profile))
}

async fn give(
    instances: &Instances,
    mut tx: Tx,
    permit: &Permit,
    (mut instance, profile): (Instance, (String, String)),
) -> Result<Association> {
    instance.profile = Some(Profile::given(profile, instances.entropy(), permit.now()));
    rows::put_instance(&mut tx, permit, &instance).await?;
    tx.commit().await?;
    let made = instance.association();
    made.ok_or_else(|| Error::internal("an instance lost the profile that it was given"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_association_has_an_id_whether_its_row_has_or_not() {
        let mut instance = crate::testing::instance();
        assert_eq!(instance.association(), None);
        let named = || ("AIPA".to_owned(), "arn".to_owned());
        let now = Timestamp::from_millis(7);
        instance.profile = Some(Profile::given(named(), &base::SystemEntropy, now));
        let made = instance.association().unwrap();
        assert!(made.id.as_ref().starts_with("iip-assoc-"));
        assert_eq!(made.since, now);
        let (id, arn) = named();
        instance.profile = serde_json::from_value(serde_json::json!({"id": id, "arn": arn})).ok();
        let older = instance.association().unwrap();
        assert_eq!(older.id.as_ref(), "iip-assoc-0123456789abcdef0");
        assert_eq!(older.since, instance.created);
    }
}
