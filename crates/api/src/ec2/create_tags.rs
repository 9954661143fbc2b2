//! CreateTags: the caller's own labels on things that it can see.

use crate::run::Run;
use crate::{App, translate};
use base::{AccountId, Error, Reason, Result, Subject};
use identity::{Action, Call, Permit, Resource};
use protocol::{Unit, ec2};
use store::Tx;

/// How many resources one call may tag.
pub(crate) const MOST: usize = 1000;

impl Run for ec2::CreateTags {
    async fn run(app: &App, call: &Call, input: ec2::CreateTagsRequest) -> Result<Unit> {
        let tags = translate::tags_from(&input.tags)?;
        if tags.is_empty() {
            return Err(Error::missing("Tag"));
        }
        let mut tx = app.db.begin().await?;
        let kinds = kinds(&mut tx, call, &input.resources).await?;
        let action = Action("ec2:CreateTags");
        let permit = authorize(&mut tx, call, action, &kinds).await?;
        for (resource, kind) in kinds {
            identity::put_tags(&mut tx, &permit, &resource, kind, &tags).await?;
        }
        tx.commit().await?;
        Ok(Unit {})
    }
}

/// Something that the caller sees and labels. Its labels are the caller's own, whoever owns it.
struct Labelled<'a> {
    id: &'a str,
    arn: String,
    account: &'a AccountId,
}

impl Resource for Labelled<'_> {
    fn arn(&self) -> String {
        self.arn.clone()
    }

    fn owner(&self) -> &AccountId {
        self.account
    }

    fn tagged_id(&self) -> String {
        self.id.to_owned()
    }
}

/// Whether the caller may label each of these.
pub(crate) async fn authorize(
    tx: &mut Tx,
    call: &Call,
    action: Action,
    kinds: &[(String, &'static str)],
) -> Result<Permit> {
    let (account, region) = call.place();
    let mut labelled = Vec::with_capacity(kinds.len());
    for (id, kind) in kinds {
        let name = match *kind {
            "key-pair" => instances::key_pair_name(tx, call, id).await?,
            _ => None,
        };
        let name = name.as_deref().unwrap_or(id);
        // Images and snapshots have no account in their ARNs.
        let arn = match *kind {
            "image" | "snapshot" => format!("arn:aws:ec2:{region}::{kind}/{name}"),
            _ => format!("arn:aws:ec2:{region}:{account}:{kind}/{name}"),
        };
        labelled.push(Labelled { id, arn, account });
    }
    let resources: Vec<&dyn Resource> = labelled.iter().map(|one| one as &dyn Resource).collect();
    identity::authorize(tx, call, action, &resources).await
}

/// Each resource with its kind; the caller must be able to see every one of them.
pub(crate) async fn kinds(
    tx: &mut Tx,
    call: &Call,
    resources: &[String],
) -> Result<Vec<(String, &'static str)>> {
    if resources.is_empty() {
        return Err(Error::missing("ResourceId"));
    }
    if resources.len() > MOST {
        let message = format!("A call tags at most {MOST} resources.");
        return Err(Error::new(Reason::Limit, Subject::Resource, message));
    }
    let mut kinds = Vec::with_capacity(resources.len());
    for resource in resources {
        kinds.push((resource.clone(), kind(tx, call, resource).await?));
    }
    Ok(kinds)
}

async fn kind(tx: &mut Tx, call: &Call, resource: &str) -> Result<&'static str> {
    use base::ResourceId;
    let (account, region) = call.place();
    match resource.split_once('-').map_or("", |(prefix, _)| prefix) {
        "ami" => {
            let id = base::ImageId::parse(resource)?;
            images::visible(tx, account, region, &id)
                .await
                .map(|_| "image")
        }
        "snap" => {
            let id = base::SnapshotId::parse(resource)?;
            volumes::readable_snapshot(tx, account, region, &id)
                .await
                .map(|_| "snapshot")
        }
        "vol" => {
            let id = base::VolumeId::parse(resource)?;
            volumes::volume_for(tx, account, &id)
                .await
                .map(|_| "volume")
        }
        _ => match instances::kind_of(tx, call, resource).await? {
            Some(kind) => Ok(kind),
            None => {
                let shown: String = resource.chars().take(64).collect();
                let message = format!("The ID '{shown}' is not valid");
                Err(Error::new(Reason::Malformed, Subject::Resource, message))
            }
        },
    }
}
